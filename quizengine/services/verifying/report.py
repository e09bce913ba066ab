"""A learner's report, checked in the same steps; it holds no chain and nobody decides on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from quizengine.bank import Bank
from quizengine.model.grade import Grade
from quizengine.roadmap.graph import role as find_role
from quizengine.services.exports import skill_table
from quizengine.services.history import evidence
from quizengine.services.scoring import Answered, gaps_of
from quizengine.services.sealing import content_hash
from quizengine.services.verifying.answers import (
    Panels,
    judged,
    variant_differences,
)
from quizengine.services.verifying.outcome import (
    FAULTS,
    STEPS,
    Difference,
    Step,
    Verification,
    compared,
    step,
)
from quizengine.store import codec
from quizengine.store.codec import outline_from_json

NOT_WHOLE = "the file has not its form"
#: Of a skill: what the estimate gives; band and counts follow from it.
ESTIMATED = ("probability", "chance", "low", "high")
JUDGED = ("verdict", "score", "rule", "misconception")


def verify_report(table: Mapping[str, Any], bank: Bank | None) -> Verification:
    """Check a learner's report; ``bank`` is what questions are made again from, None skips that."""
    whole = [*_whole(table)]
    panels = Panels(table.get("panels", {}))
    try:
        figures = list(_figure_differences(table))
        variants = _variants(table, panels, bank)
        grades = step(
            "grades", list(_grade_differences(table, panels)), note=f"{len(table['answers'])} answers"
        )
    except FAULTS as error:
        fault = Difference("", "no report that can be read", repr(error))
        rest = [Step(name, skipped=NOT_WHOLE) for name in STEPS if name != "schema"]
        return Verification("a report", (step("schema", [*whole, fault]), *rest))
    estimates = [one for one in figures if one.path.rpartition(".")[2] in ESTIMATED]
    return Verification(
        f"a report of {len(table['skills'])} skills",
        (
            step("schema", whole, note="" if "content_hash" in table else "it holds no hash of its content"),
            Step("chains", skipped="a report holds no chain"),
            variants,
            grades,
            step("estimate", estimates),
            step("headline", [one for one in figures if one not in estimates]),
            Step("decisions", skipped="nobody decides on a report"),
        ),
    )


def _whole(table: Mapping[str, Any]) -> Iterator[Difference]:
    if "content_hash" in table:
        yield from compared("content_hash", table["content_hash"], content_hash(table))


def _variants(table: Mapping[str, Any], panels: Panels, bank: Bank | None) -> Step:
    if bank is None or table["bank_digest"] != bank.digest:
        have = f"this one is {bank.digest[:12]}" if bank else "there is none here"
        named = table["bank_digest"][:12]
        return Step("variants", skipped=f"they are of the bank {named} and {have}: name it with --bank")
    found = [
        one
        for place, answer in enumerate(table["answers"])
        for one in variant_differences(f"answers[{place}].variant", answer["variant"], panels, bank)
    ]
    return step("variants", found, note=f"{len(table['answers'])} questions")


def _grade_differences(table: Mapping[str, Any], panels: Panels) -> Iterator[Difference]:
    for place, answer in enumerate(table["answers"]):
        found = judged({**answer, "grades": [{"judged_by": answer.get("judged_by")}]}, panels)
        if "undecided" in (answer["verdict"], found.verdict):
            continue
        for name in JUDGED:
            yield from compared(f"answers[{place}].{name}", answer[name], getattr(found, name))


def _figure_differences(table: Mapping[str, Any]) -> Iterator[Difference]:
    roadmap = codec.roadmap_from_json(table["roadmap"])
    told = [*table["answers"], *table.get("on_paper", [])]
    found = [
        evidence(
            outline_from_json(one["variant"]),
            Grade(
                verdict=one["verdict"] or "unreadable",
                score=one["score"] or 0.0,
                misconception=one["misconception"],
            ),
            dont_know=one["dont_know"],
            milliseconds=0,
        )
        for one in told
    ]
    answered = [one for one in found if isinstance(one, Answered)]
    gaps = gaps_of(roadmap, find_role(roadmap, table["role"]), table["self_rating"], answered)
    by_skill = {one.skill: skill_table(one) for one in gaps}
    for place, skill in enumerate(table["skills"]):
        yield from compared(f"skills[{place}]", skill, by_skill.pop(skill["skill"], None))
    for name in by_skill:
        yield Difference("skills", "no such skill", name)
    bands = Counter(one["band"] for one in table["skills"])
    yield from compared("counts", table["counts"], {name: bands[name] for name in table["counts"]})
