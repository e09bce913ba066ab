"""The form of exported results: what a file holds so that anybody can compute them again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

FORMAT = "quizengine-results-1"
HASH = r"^[0-9a-f]{64}$"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class ScreenPart(_Strict):
    """The screen that the results are of."""

    id: str
    title: str


class ProfilePart(_Strict):
    """The version of the role profile: its bar as it is stored, and the questions of its form."""

    id: str
    version: int
    method: str
    content: dict[str, Any]
    questions: list[str]
    bank_digest: str


class EventPart(_Strict):
    """One event of an attempt's chain: what is open of it, and the seal of the rest.

    Without a seal it was written by a release that had none; then its hash cannot be computed again.
    """

    n: int
    open: dict[str, Any]
    seal: str | None = Field(pattern=HASH)
    hash: str = Field(pattern=HASH)


class GradePart(_Strict):
    """One grade of an answer. The first was given with the answer; ``at`` says when later ones were.

    ``judged_by`` is the variant that it was judged by where that is another than the one shown.
    """

    verdict: Literal["correct", "partial", "wrong", "unreadable", "undecided"]
    score: float = Field(ge=0, le=1)
    rule: str
    read_as: str
    misconception: str | None
    feedback: str
    hint: str
    engine_version: str
    at: str | None
    judged_by: dict[str, Any] | None


class WithdrawnPart(_Strict):
    """A time in which an answer did not count, because its question was withdrawn; null: it still is."""

    at: str
    until: str | None


class AnswerPart(_Strict):
    """One answer: the variant as it was shown, what was given, and its grades, the last of which counts.

    ``salt`` opens the seal of what was given; it is null where that was erased. ``withdrawn`` says when it
    did not count.
    """

    number: int = Field(ge=1)
    variant: dict[str, Any]
    answers: dict[str, Any]
    dont_know: bool
    decimal: Literal["point", "comma"]
    seconds: float
    salt: str | None
    grades: list[GradePart] = Field(min_length=1)
    withdrawn: list[WithdrawnPart] = Field(default_factory=list)


class DecisionPart(_Strict):
    """A decision by a person, and the result that it was made on."""

    verdict: Literal["advance", "hold", "reject"]
    reason: str
    staff: str
    at: str
    evidence_hash: str = Field(pattern=HASH)
    headline: str
    p_meets: str
    evidence: dict[str, Any] | None


class RecomputedPart(_Strict):
    """An answer that was judged again, withdrawn or restored after the end, with what was told then."""

    question: str
    kind: Literal["regraded", "withdrawn", "restored"] = "regraded"
    at: str
    by: str
    before: dict[str, Any]
    after: dict[str, Any]


class AttemptPart(_Strict):
    """One candidate's attempt: its chain, answers, result and the decisions on it."""

    roadmap: str = Field(pattern=HASH)
    planned: list[str]
    events: list[EventPart]
    answers: list[AnswerPart]
    result: dict[str, Any]
    recomputed: list[RecomputedPart]
    decisions: list[DecisionPart]


class AuditPart(_Strict):
    """A row of the organisation's audit chain about these results; ``before`` is the hash it follows."""

    n: int
    before: str = Field(pattern=HASH)
    at: str
    actor: str
    act: str
    data: dict[str, str | int]
    note: str
    hash: str = Field(pattern=HASH)


class ResultsFile(_Strict):
    """Results of a screen, or of one candidate, with all that is needed to compute them again."""

    format: Literal["quizengine-results-1"]
    exported_at: str
    engine_version: str
    organisation: str
    screen: ScreenPart
    profile: ProfilePart
    attempts: list[AttemptPart]
    audit: list[AuditPart]
    roadmaps: dict[str, dict[str, Any]]
    panels: dict[str, dict[str, Any]]
    content_hash: str = Field(pattern=HASH)


def shape_faults(table: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the places where a table is no file of results, each with what is wrong there."""
    try:
        ResultsFile.model_validate(table)
    except ValidationError as error:
        return [(path_of(one["loc"]), one["msg"]) for one in error.errors(include_url=False)]
    return []


def path_of(place: tuple[str | int, ...]) -> str:
    """Return a place in a file as text.

    >>> path_of(("attempts", 0, "answers", 2, "variant"))
    'attempts[0].answers[2].variant'
    """
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place)
    return text.removeprefix(".")


def results_schema() -> dict[str, Any]:
    """Return the JSON Schema of a file of results."""
    found = ResultsFile.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **found}
