"""A file of results, checked in seven steps."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from quizengine.bank import Bank
from quizengine.model.counting import counted
from quizengine.model.grade import Grade
from quizengine.model.profile import profile_from_json
from quizengine.model.result import Result
from quizengine.services.hiring.results import concluded, evidence_hash, evidence_table, summary_of
from quizengine.services.hiring.results_file import shape_faults
from quizengine.services.history import Evidence, digest_of, evidence
from quizengine.services.sealing import content_hash
from quizengine.services.verifying.answers import Panels, grade_differences, variant_differences
from quizengine.services.verifying.chains import chain_differences, unsealed
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

#: What of a result is the estimate itself; the rest of its figures and words follows from it.
ESTIMATED = ("mean", "sd", "composite", "composite_sd")
NOT_WHOLE = "the file has not its form"


def verify_results(table: Mapping[str, Any], bank: Bank | None, heads: Collection[str] = ()) -> Verification:
    """Check a file of results.

    Parameters
    ----------
    bank
        What questions are made again from; None skips that.
    heads
        Hashes of chains that were obtained elsewhere: each must be in a chain of the file.
    """
    what = (
        counted(len(table["attempts"]), "attempt")
        if isinstance(table.get("attempts"), list)
        else "no attempts"
    )
    whole = [*compared("content_hash", table.get("content_hash"), content_hash(table))]
    faults = [*_shape(table)]
    if not faults:
        try:
            return Verification(what, (step("schema", whole), *_steps(table, bank, heads)))
        except FAULTS as error:
            faults = [Difference("attempts", "no results that can be read", repr(error))]
    rest = [Step(name, skipped=NOT_WHOLE) for name in STEPS if name != "schema"]
    return Verification(what, (step("schema", [*faults, *whole]), *rest))


def _steps(table: Mapping[str, Any], bank: Bank | None, heads: Collection[str]) -> Iterator[Step]:
    """Give the steps after the first."""
    panels, sealed = Panels(table["panels"]), unsealed(table)
    note = f"{counted(sealed, 'event')} from before events were sealed" if sealed else ""
    yield step("chains", chain_differences(table, heads), note=note)
    yield _variants(table, panels, bank)
    yield _grades(table, panels)
    figures = list(_figure_differences(table))
    estimates = [one for one in figures if _is_estimate(one)]
    yield step("estimate", estimates)
    yield step("headline", [one for one in figures if one not in estimates])
    yield _decisions(table)


def _shape(table: Mapping[str, Any]) -> Iterator[Difference]:
    """Yield where the file is not what it ought to be, down to variants that cannot be read."""
    faults = [Difference(path, "something else", message) for path, message in shape_faults(table)]
    yield from faults
    if faults:
        return
    for digest, content in table["roadmaps"].items():
        yield from compared(f"roadmaps.{digest[:12]}", digest, digest_of(content))
    try:
        profile_from_json(table["profile"]["content"])
        for content in table["roadmaps"].values():
            codec.roadmap_from_json(content)
    except FAULTS as error:
        yield Difference("profile", "no profile and roadmap that can be read", repr(error))
    panels = Panels(table["panels"])
    for place, attempt in enumerate(table["attempts"]):
        path = f"attempts[{place}]"
        try:
            _facts(attempt["result"])
            table["roadmaps"][attempt["roadmap"]]
        except FAULTS as error:
            yield Difference(f"{path}.result", "no result that can be read", repr(error))
        for number, answer in enumerate(attempt["answers"]):
            shown = [answer["variant"], *(one["judged_by"] for one in answer["grades"] if one["judged_by"])]
            try:
                for content in shown:
                    panels.variant(content)
                    outline_from_json(content)
                for one in answer["grades"]:
                    _grade(one)
            except FAULTS as error:
                yield Difference(f"{path}.answers[{number}]", "no answer that can be read", repr(error))


def _answers(table: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any]]]:
    for place, attempt in enumerate(table["attempts"]):
        for number, answer in enumerate(attempt["answers"]):
            yield f"attempts[{place}].answers[{number}]", attempt, answer


def _variants(table: Mapping[str, Any], panels: Panels, bank: Bank | None) -> Step:
    of_this = [
        (path, answer)
        for path, attempt, answer in _answers(table)
        if bank and attempt["result"]["bank_digest"] == bank.digest
    ]
    count = sum(1 for _ in _answers(table))
    if bank is None or (count and not of_this):
        named = sorted({attempt["result"]["bank_digest"][:12] for attempt in table["attempts"]})
        have = f"this one is {bank.digest[:12]}" if bank else "there is none here"
        return Step(
            "variants", skipped=f"they are of the bank {', '.join(named)} and {have}: name it with --bank"
        )
    left = f", {count - len(of_this)} of another bank left out" if len(of_this) < count else ""
    found = (
        one
        for path, answer in of_this
        for one in variant_differences(f"{path}.variant", answer["variant"], panels, bank)
    )
    return step("variants", found, note=f"{counted(len(of_this), 'question')}{left}")


def _grades(table: Mapping[str, Any], panels: Panels) -> Step:
    kept = [
        (path, answer)
        for path, _, answer in _answers(table)
        if answer["salt"] is not None or answer["answers"] or answer["dont_know"]
    ]
    gone = sum(1 for _ in _answers(table)) - len(kept)
    if gone and not kept:
        return Step("grades", skipped="the texts of the answers were erased")
    found = (one for path, answer in kept for one in grade_differences(path, answer, panels))
    return step(
        "grades",
        found,
        note=f"{counted(len(kept), 'answer')}{f', {gone} whose text was erased' if gone else ''}",
    )


def _is_estimate(one: Difference) -> bool:
    return one.path.rpartition(".")[2] in ESTIMATED


def _figure_differences(table: Mapping[str, Any]) -> Iterator[Difference]:
    for place, attempt in enumerate(table["attempts"]):
        path = f"attempts[{place}]"
        counted = [answer for answer in attempt["answers"] if not _is_withdrawn(answer)]
        found = _table_of(table, attempt, [(answer, answer["grades"][-1]) for answer in counted])
        yield from compared(f"{path}.result", attempt["result"], found)
        if attempt["recomputed"]:
            last = f"{path}.recomputed[{len(attempt['recomputed']) - 1}].after"
            yield from compared(last, attempt["recomputed"][-1]["after"], summary_of(attempt["result"]))


def _table_of(
    table: Mapping[str, Any],
    attempt: Mapping[str, Any],
    graded: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]],
) -> dict[str, Any]:
    """Return the result that answers of an attempt lead to, each with the grade that counts."""
    found: list[Evidence] = [
        evidence(
            outline_from_json(answer["variant"]), _grade(told), dont_know=answer["dont_know"], milliseconds=0
        )
        for answer, told in graded
    ]
    facts = replace(_facts(attempt["result"]), asked=len(attempt["planned"]))
    roadmap = codec.roadmap_from_json(table["roadmaps"][attempt["roadmap"]])
    profile = profile_from_json(table["profile"]["content"])
    return evidence_table(concluded(facts, roadmap, profile, found, has_ended=True))


def _grade(told: Mapping[str, Any]) -> Grade:
    return Grade(verdict=told["verdict"], score=told["score"], misconception=told["misconception"])


def _facts(told: Mapping[str, Any]) -> Result:
    """Return a result with what is a fact of the sitting; all else is computed."""
    values: dict[str, Any] = {field.name: told[field.name] for field in fields(Result) if field.name in told}
    times = {
        name: datetime.fromisoformat(told[name]) if told[name] else None
        for name in ("started_at", "finished_at")
    }
    return Result(
        **{**values, **times, "headline": "running", "reasons": (), "skills": (), "evidence_hash": ""}
    )


def _decisions(table: Mapping[str, Any]) -> Step:
    made = sum(len(attempt["decisions"]) for attempt in table["attempts"])
    recorded = [row for row in table["audit"] if row["act"] == "decision"]
    if not made and not recorded:
        return Step("decisions", skipped="nobody has decided")
    return step("decisions", _decision_differences(table, recorded), note=counted(made, "decision"))


def _decision_differences(
    table: Mapping[str, Any], recorded: Sequence[Mapping[str, Any]]
) -> Iterator[Difference]:
    for place, attempt in enumerate(table["attempts"]):
        result = attempt["result"]
        rows = [row["data"] for row in recorded if row["data"].get("result") == result["id"]]
        path = f"attempts[{place}].decisions"
        yield from compared(f"{path}.length", len(attempt["decisions"]), len(rows))
        for number, (decision, row) in enumerate(zip(attempt["decisions"], rows, strict=False)):
            at = f"{path}[{number}]"
            yield from compared(f"{at}.evidence_hash", decision["evidence_hash"], row.get("evidence"))
            for name in ("verdict", "reason"):
                yield from compared(f"{at}.{name}", decision[name], row.get(name))
            yield from _evidence_differences(at, table, attempt, decision)


def _evidence_differences(
    path: str, table: Mapping[str, Any], attempt: Mapping[str, Any], decision: Mapping[str, Any]
) -> Iterator[Difference]:
    """Compare the evidence of a decision with its hash, and with what the grades of that moment lead to."""
    kept = decision["evidence"]
    if kept is None:
        if decision["evidence_hash"] != evidence_hash(attempt["result"]):
            yield Difference(f"{path}.evidence", None, "the result that was decided on")
        return
    yield from compared(f"{path}.evidence_hash", decision["evidence_hash"], evidence_hash(kept))
    yield from compared(f"{path}.headline", decision["headline"], kept["headline"])
    yield from compared(f"{path}.p_meets", decision["p_meets"], f"{kept['p_meets']:.4f}")
    at = decision["at"]
    counted = [answer for answer in attempt["answers"] if not _is_withdrawn(answer, at)]
    graded = [(answer, _as_of(answer["grades"], at)) for answer in counted]
    yield from compared(f"{path}.evidence", kept, _table_of(table, attempt, graded))


def _is_withdrawn(answer: Mapping[str, Any], at: str | None = None) -> bool:
    """Whether an answer did not count at a moment, or does not now."""
    times = answer.get("withdrawn", [])
    if at is None:
        return any(one["until"] is None for one in times)
    return any(one["at"] <= at and (one["until"] is None or at < one["until"]) for one in times)


def _as_of(grades: Sequence[Mapping[str, Any]], at: str) -> Mapping[str, Any]:
    """Return the grade that counted at a moment: the last one that was given by then."""
    return [one for one in grades if one["at"] is None or one["at"] <= at][-1]
