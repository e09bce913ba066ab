"""Things that tests need, with defaults, so that a test shows only what it is about."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from quizengine.bank import Bank, load_bank
from quizengine.bank.engines import without_postgres
from quizengine.model.answers import Answer, IntegerAnswer
from quizengine.model.variant import Misconception, Part, QuestionId, SkillId, Variant
from quizengine.resources import resource
from quizengine.services.runtime import Runtime
from quizengine.store.database import open_engine, sqlite_url, transactions, upgrade

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
BANK = resource("question_banks") / "backend_to_ml"
KEY = b"a key of thirty-two bytes for us"

_banks: dict[Path, Bank] = {}


def shipped_bank() -> Bank:
    """The bank that ships, loaded once a test process."""
    if BANK not in _banks:
        _banks[BANK] = load_bank(BANK)
    return _banks[BANK]


def make_runtime(folder: Path, bank: Bank | None = None) -> Runtime:
    """A runtime on the database in ``folder``, made if there is none: twice on one folder is a restart."""
    url = sqlite_url(folder / "quizengine.db")
    upgrade(url)
    return Runtime(bank or without_postgres(shipped_bank())[0], transactions(open_engine(url)), KEY)


def make_misconception(answer: Answer, name: str = "slip", points_to: str = "math.vectors") -> Misconception:
    """A misconception with one wrong answer."""
    return Misconception(id=name, answers=(answer,), feedback="That is a slip.", points_to=SkillId(points_to))


def make_variant(
    *answers: Answer,
    misconceptions: tuple[Misconception, ...] = (),
    values: Mapping[str, str] | None = None,
    prompt: str = "What is it?",
) -> Variant:
    """A variant with these answers; one integer, 7, by default."""
    given = answers or (IntegerAnswer(value=7),)
    names = ["answer"] if len(given) == 1 else [f"part{i + 1}" for i in range(len(given))]
    return Variant(
        question_id=QuestionId("math.matrices.test"),
        version=1,
        title="A test",
        skills=((SkillId("math.matrices"), 1.0),),
        difficulty=0.0,
        seconds=60,
        values=dict(values or {}),
        prompt=prompt,
        parts=tuple(Part(name, "", 1.0, answer) for name, answer in zip(names, given, strict=True)),
        misconceptions=misconceptions,
        solution="It is so.",
        identity="a=1",
    )
