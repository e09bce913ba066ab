"""Results: computed from the stored answers. What lists show of them may have been computed before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from scipy.special import ndtri
from sqlalchemy.orm import Session

from quizengine.errors import NotFoundError
from quizengine.model.attempt import FINAL
from quizengine.model.estimate import Band
from quizengine.model.profile import Profile, logit
from quizengine.model.result import HEADLINES, Headline, Result, SkillResult
from quizengine.model.roadmap import Roadmap
from quizengine.psychometrics import SkillEstimate, bands
from quizengine.psychometrics.bar import joint_chance
from quizengine.services.hiring import remembering, screens
from quizengine.services.hiring.profiles import stored
from quizengine.services.history import Evidence, evidence_of, roadmap_of
from quizengine.services.permissions import Actor, may
from quizengine.services.runtime import Runtime
from quizengine.services.scoring import Answered, estimate
from quizengine.services.sealing import digest
from quizengine.store import contract, listing, profiles
from quizengine.store import screens as store
from quizengine.store.hiring_rows import InvitationRow, ScreenRow
from quizengine.store.rows import AttemptRow

#: A skill with few answers counts as measured all the same when its posterior is as narrow as this.
MEASURED_SD = 0.45
BAND = float(ndtri(0.9))
#: So many results of a list are looked up, computed and kept together.
AT_ONCE = 500
#: Reals are told to so many decimals.
DECIMALS = 4
NO_RESULT = "There is no such result here."


def require(session: Session, actor: Actor, result_id: str) -> InvitationRow:
    """Return the invitation behind a result that the actor may see.

    Raises
    ------
    NotFoundError
        If there is none, nobody has begun, or it is not theirs to see.
    """
    row = store.find_result(session, result_id, actor.organisation_id)
    screens.find(session, actor, row.screen_id)
    if row.attempt_id is None or not may(actor, "results", screen=row.screen_id):
        raise NotFoundError(NO_RESULT)
    return row


def require_screen(session: Session, actor: Actor, screen_id: str) -> ScreenRow:
    """Return a screen whose results the actor may see.

    Raises
    ------
    NotFoundError
        If the screen, or its results, are not the actor's to see.
    """
    screen = screens.find(session, actor, screen_id)
    if not may(actor, "results", screen=screen_id):
        raise NotFoundError(NO_RESULT)
    return screen


def read(runtime: Runtime, actor: Actor, result_id: str) -> Result:
    """Return the result of one candidate.

    Raises
    ------
    NotFoundError
        As `require`.
    """
    with runtime.transaction.reading() as session:
        return result_of(session, require(session, actor, result_id))


def of_screen(runtime: Runtime, actor: Actor, screen_id: str) -> list[Result]:
    """Return the results of a screen: by headline, then by code, never by score.

    Raises
    ------
    NotFoundError
        As `require_screen`.
    """
    with runtime.transaction.reading() as session:
        screen = require_screen(session, actor, screen_id)
        return _in_order(several(runtime, session, screen, listing.begun(session, screen_id)))


def of_codes(runtime: Runtime, actor: Actor, screen_id: str, codes: Collection[str]) -> list[Result]:
    """Return the results behind codes of a screen in the same order, each computed now: for decisions.

    Raises
    ------
    NotFoundError
        As `require_screen`.
    """
    with runtime.transaction.reading() as session:
        require_screen(session, actor, screen_id)
        rows = [row for row in listing.begun(session, screen_id) if row.code in codes]
        return _in_order(_computed(session, rows, Known()).values())


def _in_order(found: Iterable[Result]) -> list[Result]:
    return sorted(found, key=lambda one: (HEADLINES.index(one.headline), one.code))


def several(
    runtime: Runtime, session: Session, screen: ScreenRow, rows: Sequence[InvitationRow]
) -> Iterator[Result]:
    """Yield the results of invitations to a screen in their order; those not known yet are computed and kept.

    ``session`` only reads: what is kept is written in transactions of its own.
    """
    common = Known()
    for first in range(0, len(rows), AT_ONCE):
        some = rows[first : first + AT_ONCE]
        keys = remembering.keys_of(session, screen.profile_id, some)
        found = remembering.known(session, keys)
        made = _computed(session, [row for row in some if row.attempt_id not in found], common)
        remembering.keep(runtime, keys, made)
        yield from ((found | made)[key] for key in keys)


def _computed(session: Session, rows: Sequence[InvitationRow], common: Known) -> dict[str, Result]:
    # Held, so that the session finds each without asking the database again.
    held = contract.attempts(session, [str(row.attempt_id) for row in rows])
    return {str(row.attempt_id): result_of(session, row, common) for row in rows if row.attempt_id in held}


@dataclass(slots=True)
class Known:
    """What many results have in common, read once: profiles by their screen, roadmaps by their hash."""

    profiles: dict[str, Profile] = field(default_factory=dict)
    roadmaps: dict[str, Roadmap] = field(default_factory=dict)


def result_of(
    session: Session,
    row: InvitationRow,
    known: Known | None = None,
    *,
    also: Sequence[str] = (),
    withdrawn: bool = False,
) -> Result:
    """Return what the answers of an invitation's attempt say about its screen's profile.

    Whoever asks for many hands ``known`` on from one to the next. Answers of the attempts ``also`` count
    with them; with ``withdrawn`` it is as it was before questions were withdrawn.
    """
    known = known or Known()
    attempt = contract.attempt(session, str(row.attempt_id))
    if row.screen_id not in known.profiles:
        screen = store.screen_of(session, row.screen_id)
        found = profiles.find_profile(session, screen.profile_id, screen.organisation_id)
        known.profiles[row.screen_id] = stored(found).profile
    if attempt.roadmap_digest not in known.roadmaps:
        known.roadmaps[attempt.roadmap_digest] = roadmap_of(session, attempt)
    roadmap, profile = known.roadmaps[attempt.roadmap_digest], known.profiles[row.screen_id]
    evidence = [one for id_ in (*also, attempt.id) for one in evidence_of(session, id_, withdrawn=withdrawn)]
    return concluded(
        _facts(row, attempt, session), roadmap, profile, evidence, has_ended=attempt.state in FINAL
    )


def concluded(
    facts: Result, roadmap: Roadmap, profile: Profile, evidence: Sequence[Evidence], *, has_ended: bool
) -> Result:
    """Return the facts of a sitting with what its answers say: figures, and the headline after the end.

    From values alone, so that whoever has them comes to the same.
    """
    # In screenings a misconception says nothing of another skill: only verdicts count.
    answered = [replace(one, points_to=None) for one in evidence if isinstance(one, Answered)]
    found = estimate(roadmap, {}, answered)
    told = replace(
        _with_bar(_counted(facts, profile, evidence), roadmap, profile, found),
        skills=_skills(roadmap, profile, found, answered),
    )
    if has_ended and facts.headline != "voided":
        told = _with_headline(told, profile)
    return replace(told, evidence_hash=evidence_hash(evidence_table(told)))


def _facts(row: InvitationRow, attempt: AttemptRow, session: Session) -> Result:
    """Return the facts of a sitting, without what its answers say."""
    credited = Counter[str]()
    for credit in contract.credits_of(session, attempt.id):
        credited[credit.kind] += credit.milliseconds
    # Whoever judges learns of no adjustment: pauses are left out, extra time is put into everybody's.
    paused = credited.pop("pause", 0)
    minutes = _minutes(attempt, paused) * adjusted(attempt)
    headline: Headline = "running" if attempt.voided_at is None else "voided"
    return Result(
        id=row.result_id, screen_id=row.screen_id, code=row.code, attempt_id=attempt.id, headline=headline,
        p_meets=0.0, composite=0.0, composite_sd=0.0, composite_low=0.0, composite_high=0.0,
        cut=0.0, certain=0.0, reasons=(), skills=(), answers=0, asked=len(attempt.planned), dont_know=0,
        undecided=0, started_at=attempt.started_at, finished_at=_ended(attempt, minutes), minutes=minutes,
        credited={kind: ms / 60_000 for kind, ms in credited.items()},
        bank_digest=attempt.bank_digest, engine_version=attempt.engine_version, evidence_hash="",
    )  # fmt: skip


def _counted(facts: Result, profile: Profile, evidence: Sequence[Evidence]) -> Result:
    scored = [one for one in evidence if isinstance(one, Answered)]
    return replace(
        facts,
        cut=profile.bar,
        certain=profile.certain,
        answers=len(scored),
        dont_know=sum(one.dont_know for one in scored),
        undecided=len(evidence) - len(scored),
    )


def _minutes(attempt: AttemptRow, paused: int) -> float:
    if attempt.started_at is None:
        return 0.0
    end = attempt.finished_at or attempt.last_contact_at or attempt.started_at
    return max(0.0, (end - attempt.started_at).total_seconds() / 60 - paused / 60_000)


def _ended(attempt: AttemptRow, minutes: float) -> datetime | None:
    """Return when a test ended, in the time that everybody has: the true moment would tell of extra time."""
    if attempt.finished_at is None or attempt.started_at is None:
        return attempt.finished_at
    return attempt.started_at + timedelta(minutes=minutes)


def adjusted(attempt: AttemptRow) -> float:
    """Return by what times of an attempt are multiplied to be told in the time that everybody has."""
    share = 100 / attempt.multiplier_percent
    if not attempt.untimed or attempt.base_ms is None or attempt.started_at is None:
        return share
    end = attempt.finished_at or attempt.last_contact_at or attempt.started_at
    took = max(1.0, (end - attempt.started_at) / timedelta(milliseconds=1))
    return min(share, attempt.base_ms / took)


def _with_bar(told: Result, roadmap: Roadmap, profile: Profile, found: SkillEstimate) -> Result:
    place = {skill.id: at for at, skill in enumerate(roadmap.skills)}
    weights = np.zeros(len(roadmap.skills))
    for one in profile.skills:
        weights[place[one.skill]] = one.weight
    weights /= weights.sum()
    required = [(place[one.skill], logit(one.floor)) for one in profile.required if one.floor is not None]
    lines = np.vstack([weights, np.eye(len(weights))[[at for at, _ in required]]])
    bars = [profile.bar, *(floor for _, floor in required)]
    mean, spread = lines @ found.mean, lines @ found.covariance @ lines.T
    sd = float(np.sqrt(spread[0, 0]))
    return replace(
        told,
        p_meets=float(joint_chance(mean[None], spread[None], bars)[0]),
        composite=float(mean[0]),
        composite_sd=sd,
        composite_low=float(mean[0]) - BAND * sd,
        composite_high=float(mean[0]) + BAND * sd,
    )


def _skills(
    roadmap: Roadmap, profile: Profile, found: SkillEstimate, answered: Sequence[Answered]
) -> tuple[SkillResult, ...]:
    place = {skill.id: at for at, skill in enumerate(roadmap.skills)}
    titles = {skill.id: skill.title for skill in roadmap.skills}
    counts = Counter(one.item.skills[0][0] for one in answered)
    cuts = np.zeros(len(roadmap.skills))
    for one in profile.skills:
        cuts[place[one.skill]] = logit(one.target)
    gaps, (chance, low, high) = found.gap_probabilities(cuts), found.chances()
    told = []
    for one in profile.skills:
        at = place[one.skill]
        sd = float(found.standard_errors[at])
        measured = counts[one.skill] >= one.least or sd <= MEASURED_SD
        band: Band = bands([float(gaps[at])], measured=[measured])[0]
        told.append(
            SkillResult(
                skill=one.skill, title=titles[one.skill], target=one.target, floor=one.floor,
                weight=one.weight, p_meets=1 - float(gaps[at]), chance=float(chance[at]), low=float(low[at]),
                high=float(high[at]), mean=float(found.mean[at]), sd=sd, answers=counts[one.skill],
                band=band, measured=measured,
            )
        )  # fmt: skip
    return tuple(told)


def _with_headline(told: Result, profile: Profile) -> Result:
    reasons = list(_lacking(told, profile))
    if reasons:
        return replace(told, headline="not enough evidence", reasons=tuple(reasons))
    headline = _headline(told.p_meets, profile.certain)
    if headline == "not enough evidence":
        unclear = [one.title for one in told.skills if one.band == "unclear"]
        reasons = [
            f"P = {told.p_meets:.0%} lies between {1 - profile.certain:.0%} and {profile.certain:.0%}: these "
            "answers do not tell on which side of the bar the person is."
        ]
        if unclear:
            reasons.append(f"More questions on {', '.join(unclear[:4])} would tell most.")
    return replace(told, headline=headline, reasons=tuple(reasons))


def _headline(p: float, certain: float) -> Headline:
    if p >= certain:
        return "meets"
    return "below" if p <= 1 - certain else "not enough evidence"


def _lacking(told: Result, profile: Profile) -> list[str]:
    """Return why the answers are too little evidence, whatever the probability, and what would settle it."""
    reasons = []
    if told.answers < profile.least:
        reasons.append(
            f"{told.answers} answers count; {profile.least} are the least. "
            f"{profile.least - told.answers} more would do."
        )
    if told.undecided:
        reasons.append(f"{told.undecided} answers wait for a person to look at.")
    least = {one.skill: one.least for one in profile.required}
    reasons += [
        f"{one.title} is required and has {one.answers} answers; {least[one.skill]} are the least."
        for one in told.skills
        if one.skill in least and one.answers < least[one.skill]
    ]
    return reasons


def evidence_table(told: Result) -> dict[str, Any]:
    """Return all that is told, as JSON: what a decision rests on. Reals have four decimals."""
    content: dict[str, Any] = plain(asdict(told))
    del content["evidence_hash"]
    return content


def summary_of(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a notice says of a result: its headline and probability, and the band of each skill."""
    return {
        "headline": result["headline"],
        "p_meets": result["p_meets"],
        "skills": {one["skill"]: one["band"] for one in result["skills"]},
    }


def plain(value: object) -> Any:
    """Return a value as JSON, reals to four decimals, which machines agree on; times in UTC."""
    if isinstance(value, float):
        return round(value, DECIMALS)
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds")
    return value


def evidence_hash(table: Mapping[str, Any]) -> str:
    """Return the hash of what ``evidence_table`` gave: reals stand in it as decimal text."""
    return digest(_texts(table))


def _texts(value: Any) -> Any:
    if isinstance(value, float):
        return f"{value:.{DECIMALS}f}"
    if isinstance(value, Mapping):
        return {key: _texts(one) for key, one in value.items()}
    return [_texts(one) for one in value] if isinstance(value, list) else value
