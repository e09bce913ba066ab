"""A screen on the frozen bank ``banks/golden``: sat, decided on, exported."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from quizengine.bank import Bank, load_bank
from quizengine.bank.gates import key_response
from quizengine.model.grade import Response
from quizengine.model.variant import Variant
from quizengine.services import attempts
from quizengine.services.hiring import decisions
from quizengine.services.hiring.results_export import results_table
from quizengine.services.permissions import Actor
from quizengine.services.runtime import Runtime
from tests.factories import NOON, make_runtime
from tests.hiring import make_owner, make_screen
from tests.hiring_sittings import Sat, begin, finish

GOLDEN_BANK = Path(__file__).parent / "banks" / "golden"
GOLDEN_FILE = Path(__file__).parent / "golden" / "results-1.json"


DETERMINANT = "math.matrices.determinant-2x2"


@dataclass
class Place:
    """A screen that two have sat, the first of whom was decided on."""

    folder: Path
    runtime: Runtime
    owner: Actor
    screen: str
    able: Sat
    other: Sat

    def copied(self, under: Path) -> Place:
        """The same in a folder of its own, on a server with the golden bank."""
        copy = under / "copy"
        shutil.copytree(self.folder, copy)
        return replace(self, folder=copy, runtime=make_runtime(copy, golden_bank()))


def golden_bank() -> Bank:
    return load_bank(GOLDEN_BANK)


def bank_with_a_wrong_key(folder: Path) -> Bank:
    """The golden bank, but that a determinant is the sum of the two products."""
    shutil.copytree(GOLDEN_BANK, folder)
    file = folder / "questions" / "math" / "matrices" / "determinant-2x2.toml"
    text = file.read_text("utf-8")
    right, wrong = '"a*d - b*c"', '"a*d + b*c"'
    text = text.replace(f"det = {right}", f"det = {wrong}").replace(
        f"value     = {wrong}", f"value     = {right}"
    )
    file.write_text(text, "utf-8")
    return load_bank(folder)


def golden_runtime(folder: Path) -> Runtime:
    return make_runtime(folder, golden_bank())


def answer_by(runtime: Runtime, sat: Sat, *, right: str, minutes: float = 1) -> None:
    """Answer all questions, with their keys where the skill is among ``right``."""
    moment = NOON
    while True:
        moment += timedelta(minutes=minutes)
        standing = attempts.standing(runtime, sat.learner, sat.attempt, now=moment)
        if standing.slot_id is None or standing.variant is None:
            return
        given = _given(standing.variant, knows=standing.variant.primary_skill in right.split())
        attempts.commit(runtime, sat.learner, standing.slot_id, given, now=moment)


def _given(variant: Variant, *, knows: bool) -> Response:
    """The key, a wrong whole number where one is asked, or "I don't know yet"."""
    if knows and variant.question_id == DETERMINANT:  # whatever the bank says its key is
        a, b, c, d = (int(variant.values[name]) for name in "abcd")
        return Response(answers={variant.parts[0].name: str(a * d - b * c)}, milliseconds=40_000)
    if knows:
        return Response(answers=key_response(variant), milliseconds=40_000)
    if variant.answer_types == ("integer",):
        return Response(answers={variant.parts[0].name: "12345"}, milliseconds=9_000)
    return Response(answers={}, dont_know=True, milliseconds=5_000)


def sit_golden(runtime: Runtime, owner: Actor) -> tuple[str, list[Sat]]:
    """A screen with two who have sat it, the first of whom was decided on; its id and theirs."""
    screen = make_screen(runtime, owner)
    able, other = begin(runtime, owner, screen), begin(runtime, owner, screen, "Bob Stein")
    answer_by(runtime, able, right="math.vectors math.matrices de.sql-joins")
    answer_by(runtime, other, right="de.sql-joins")
    for sat in (able, other):
        finish(runtime, sat)
    decisions.decide(
        runtime, owner, able.result, verdict="hold", reason="other", note="Talk first.", now=NOON
    )
    return screen, [able, other]


def exported(runtime: Runtime, owner: Actor, screen: str, result: str | None = None) -> dict[str, Any]:
    """A file of results, as it is read back."""
    table = results_table(runtime, owner, screen, result_id=result, now=NOON)
    read: dict[str, Any] = json.loads(json.dumps(table))
    return read


def make_golden(folder: Path) -> dict[str, Any]:
    """What ``golden/results-1.json`` was made by; it is not made again, it must go on verifying."""
    runtime = golden_runtime(folder)
    owner = make_owner(runtime)
    screen, _ = sit_golden(runtime, owner)
    return exported(runtime, owner, screen)
