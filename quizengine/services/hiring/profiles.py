"""Role profiles: copied from the roadmap's roles, edited as drafts, frozen when they are active."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Literal, cast

from sqlalchemy.orm import Session

from quizengine.bank import Bank
from quizengine.errors import ConflictError, RequestError
from quizengine.model.profile import (
    Profile,
    ProfileSkill,
    profile_from_json,
    profile_to_json,
)
from quizengine.model.roadmap import Role
from quizengine.model.variant import SkillId
from quizengine.psychometrics import Misclassification
from quizengine.psychometrics.standards import MOST
from quizengine.roadmap.graph import role as find_role
from quizengine.roadmap.graph import role_skills
from quizengine.services.hiring import audit, starting
from quizengine.services.hiring.errors_of_bar import estimate_errors
from quizengine.services.hiring.forms import content_digest, form_of, supply
from quizengine.services.hiring.rotation import pool_of
from quizengine.services.permissions import Actor
from quizengine.services.runtime import Runtime, new_id
from quizengine.store import profiles
from quizengine.store.hiring_rows import ProfileRow

MOST_SKILLS, MOST_REQUIRED = 12, 5
QUESTIONS, MINUTES, CERTAIN = (8, 40), (10, 180), (0.6, 0.95)
MOST_RATIONALE = 2000
LEAST_CHANCE = 0.01

State = Literal["draft", "active", "retired"]
Method = Literal["expert", "angoff", "contrasting"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredProfile:
    """One version of a role profile, with how its cut came to be and what it is worth.

    ``estimate`` is None until the errors of just this content were shown and saved. ``questions`` is the
    form in the middle, ``pool`` all questions that forms are drawn from, both empty before it is active.
    """

    id: str
    slug: str
    version: int
    state: State
    revision: int
    profile: Profile
    method: Method
    set_by: str
    rationale: str
    cut_facts: dict[str, Any]
    estimate: Misclassification | None
    bank_digest: str
    questions: tuple[str, ...]
    pool: tuple[str, ...]
    changed_at: datetime


def from_role(bank: Bank, role_id: str) -> Profile:
    """Return the profile that a role starts from: its 12 highest goals that the bank can ask, lowered.

    Each is asked for twice, so that eight questions a skill are enough for none to go to more than a quarter
    of a screen's people.

    Raises
    ------
    UnknownNameError
        If there is no such role.
    """
    role = find_role(bank.roadmap, role_id)
    skills = starting.lowered(goals(bank, role))
    return Profile(role=role.id, title=role.title, skills=skills, questions=starting.LENGTH)


def goals(bank: Bank, role: Role) -> tuple[ProfileSkill, ...]:
    """Return the 12 highest goals of a role that the bank can ask for, in the roadmap's order.

    Of goals that are as high those come first on which the bank has most questions: they wear out slowest.
    """
    has = supply(bank)
    asked = [id_ for id_ in role_skills(bank.roadmap, role) if len(has.get(id_, ())) >= 2]
    chosen = sorted(asked, key=lambda id_: (-role.targets[id_], -len(has[id_])))[:MOST_SKILLS]
    return tuple(ProfileSkill(skill=id_, target=role.targets[id_]) for id_ in asked if id_ in chosen)


def check(bank: Bank, profile: Profile) -> None:
    """Refuse a profile that contradicts itself or that the bank cannot ask for.

    Raises
    ------
    RequestError
        With every fault, one a line.
    """
    faults = _faults(bank, profile)
    if faults:
        raise RequestError("\n".join(faults))
    form_of(bank, profile)


def _faults(bank: Bank, profile: Profile) -> list[str]:
    known = {skill.id: skill.title for skill in bank.roadmap.skills}
    names = [one.skill for one in profile.skills]
    checks = {
        f"A profile has 1 to {MOST_SKILLS} skills, not {len(names)}.": 1 <= len(names) <= MOST_SKILLS,
        "A skill is named twice.": len(set(names)) == len(names),
        f"At most {MOST_REQUIRED} skills have a floor; the others can make up for each other.": (
            len(profile.required) <= MOST_REQUIRED
        ),
        "Sure enough lies between 60% and 95%.": CERTAIN[0] <= profile.certain <= CERTAIN[1],
        f"A form has {QUESTIONS[0]} to {QUESTIONS[1]} questions.": (
            QUESTIONS[0] <= profile.questions <= QUESTIONS[1]
        ),
        "A result needs one answer or more, and at most as many as there are questions.": (
            1 <= profile.least <= profile.questions
        ),
        f"The time is {MINUTES[0]} to {MINUTES[1]} minutes.": MINUTES[0] <= profile.minutes <= MINUTES[1],
        "A profile needs a title.": bool(profile.title.strip()),
    }
    faults = [message for message, holds in checks.items() if not holds]
    for one in profile.skills:
        faults += _skill_faults(one, known)
    if names and not faults and abs(profile.bar) > MOST:
        faults.append("The cut is outside [-3, 3] logits: nearly everybody, or nearly nobody, would pass.")
    return faults


def _skill_faults(one: ProfileSkill, known: Mapping[SkillId, str]) -> list[str]:
    if one.skill not in known:
        return [f"There is no skill {one.skill!r}."]
    checks = {
        "a target lies between 1% and 99%": LEAST_CHANCE <= one.target <= 1 - LEAST_CHANCE,
        "a weight is above 0 and at most 100": 0 < one.weight <= 100,
        "a floor lies between 1% and the target": (
            one.floor is None or LEAST_CHANCE <= one.floor <= one.target
        ),
        "1 to 10 answers make a skill measured": 1 <= one.least <= 10,
    }
    return [f"{known[one.skill]}: {message}." for message, holds in checks.items() if not holds]


def copy_role(runtime: Runtime, actor: Actor, role_id: str, *, now: datetime) -> str:
    """Make a draft from a role of the roadmap; return its id."""
    bank, profile = runtime.bank, from_role(runtime.bank, role_id)
    why = starting.reasons(profile.title, goals(bank, find_role(bank.roadmap, role_id)))
    return _add(runtime, actor, role_id, profile, now=now, rationale=why)


def new_version(runtime: Runtime, actor: Actor, profile_id: str, *, now: datetime) -> str:
    """Make a draft that begins as another version is; return its id."""
    before = read(runtime, actor, profile_id)
    return _add(runtime, actor, before.slug, before.profile, now=now, rationale=before.rationale)


def _add(
    runtime: Runtime, actor: Actor, slug: str, profile: Profile, *, now: datetime, rationale: str = ""
) -> str:
    profile_id = new_id()
    with runtime.transaction() as session:
        version = profiles.newest_version(session, actor.organisation_id, slug) + 1
        session.add(
            ProfileRow(
                id=profile_id, organisation_id=actor.organisation_id, slug=slug, version=version,
                state="draft", content=profile_to_json(profile), method="expert", set_by=actor.staff_id,
                rationale=rationale, bank_digest=runtime.bank.digest, created_at=now, changed_at=now,
            )
        )  # fmt: skip
        _note(session, actor, "profile.made", profile_id, now=now)
    return profile_id


def _note(session: Session, actor: Actor, act: str, profile_id: str, *, now: datetime) -> None:
    session.flush()
    audit.record(session, actor.organisation_id, actor=actor.staff_id, act=act, now=now, profile=profile_id)


def read(runtime: Runtime, actor: Actor, profile_id: str) -> StoredProfile:
    """Return one version of a profile.

    Raises
    ------
    NotFoundError
        If the actor's organisation has none of that id.
    """
    with runtime.transaction.reading() as session:
        return stored(profiles.find_profile(session, profile_id, actor.organisation_id))


def stored(row: ProfileRow) -> StoredProfile:
    """Return a row as a value."""
    return StoredProfile(
        id=row.id,
        slug=row.slug,
        version=row.version,
        state=cast(State, row.state),
        revision=row.revision,
        profile=profile_from_json(row.content),
        method=cast(Method, row.method),
        set_by=row.set_by,
        rationale=row.rationale,
        cut_facts=row.cut_facts,
        estimate=Misclassification(**row.estimate) if row.estimate else None,
        bank_digest=row.bank_digest,
        questions=tuple(row.questions),
        pool=tuple(row.pool or row.questions),
        changed_at=row.changed_at,
    )


def all_of(runtime: Runtime, actor: Actor) -> list[StoredProfile]:
    """Return the profiles of the actor's organisation, by slug, the newest version of each first."""
    with runtime.transaction.reading() as session:
        return [stored(row) for row in profiles.profiles_of(session, actor.organisation_id)]


def preview(runtime: Runtime, profile: Profile) -> tuple[Misclassification, str]:
    """Return how often the profile's bar would be wrong, and the token that says that this was shown."""
    check(runtime.bank, profile)
    return estimate_errors(runtime.bank, profile), content_digest(profile)


def save(  # noqa: PLR0913  (a draft, and what proves that it was looked at)
    runtime: Runtime,
    actor: Actor,
    profile_id: str,
    profile: Profile,
    *,
    rationale: str,
    revision: int,
    shown: str,
    now: datetime,
) -> None:
    """Save a draft whose errors were shown.

    Parameters
    ----------
    revision
        Of the draft that the form was made from.
    shown
        The token of `preview`.

    Raises
    ------
    RequestError
        If the profile cannot be, or its errors were not shown.
    ConflictError
        If somebody else has changed the draft meanwhile, or it is none any more.
    """
    found, token = preview(runtime, profile)
    if shown != token:
        raise RequestError("Look at what this bar does to people first, then save it.")
    if len(rationale) > MOST_RATIONALE:
        raise RequestError(f"The reasons have at most {MOST_RATIONALE} characters.")
    with runtime.transaction() as session:
        row = _draft(session, actor, profile_id, revision)
        before = profile_from_json(row.content)
        if _ground(before, row.method) != _ground(profile, row.method):
            # Numbers that somebody typed are that person's judgement, whatever found the ones before.
            row.method, row.set_by, row.cut_facts = "expert", actor.staff_id, {}
        row.content, row.rationale = profile_to_json(profile), rationale.strip()
        row.estimate, row.bank_digest = asdict(found), runtime.bank.digest
        row.revision, row.changed_at = row.revision + 1, now
        _note(session, actor, "profile.saved", profile_id, now=now)


def _ground(profile: Profile, method: str) -> tuple[object, ...]:
    """Return what a method's cut stands on: it holds for another profile as far as that is the same."""
    if method == "contrasting":
        # Composites were compared, at the price of a wrong "meets" that ``certain`` says.
        weights = [(one.skill, one.weight) for one in profile.skills]
        return profile.cut, profile.certain, weights
    return profile.cut, [(one.skill, one.target) for one in profile.skills]


def set_cut(  # noqa: PLR0913  (a cut, with all that must be kept about it)
    runtime: Runtime,
    actor: Actor,
    profile_id: str,
    profile: Profile,
    *,
    method: Method,
    facts: dict[str, Any],
    revision: int,
    now: datetime,
) -> None:
    """Put a cut that a method found into a draft; its errors are to be looked at anew."""
    check(runtime.bank, profile)
    with runtime.transaction() as session:
        row = _draft(session, actor, profile_id, revision)
        row.content, row.method, row.cut_facts = profile_to_json(profile), method, facts
        row.set_by, row.estimate = actor.staff_id, {}
        row.revision, row.changed_at = row.revision + 1, now
        _note(session, actor, f"profile.cut-{method}", profile_id, now=now)


def _draft(session: Session, actor: Actor, profile_id: str, revision: int) -> ProfileRow:
    row = profiles.find_profile(session, profile_id, actor.organisation_id)
    if row.state != "draft":
        raise ConflictError("This version is no draft any more: make a new version.")
    if row.revision != revision:
        raise ConflictError(
            "Somebody else has saved this draft since you opened it. Open it again to see theirs; "
            "what you typed is still in your form when you go back."
        )
    return row


def activate(runtime: Runtime, actor: Actor, profile_id: str, *, now: datetime) -> None:
    """Freeze a draft with its questions, so that screens can use it.

    Raises
    ------
    ConflictError
        If it is no draft, or its errors were not looked at since it was changed.
    """
    draft = read(runtime, actor, profile_id)
    questions, pool = form_of(runtime.bank, draft.profile), pool_of(runtime.bank, draft.profile)
    with runtime.transaction() as session:
        row = _draft(session, actor, profile_id, draft.revision)
        if not row.estimate or row.bank_digest != runtime.bank.digest:
            raise ConflictError("Look at what this bar does to people, and save it; then activate it.")
        row.state, row.questions, row.pool, row.changed_at = "active", list(questions), list(pool), now
        _note(session, actor, "profile.activated", profile_id, now=now)


def retire(runtime: Runtime, actor: Actor, profile_id: str, *, now: datetime) -> None:
    """Take a version out of use; what was measured with it stays."""
    with runtime.transaction() as session:
        row = profiles.find_profile(session, profile_id, actor.organisation_id)
        row.state, row.changed_at = "retired", now
        _note(session, actor, "profile.retired", profile_id, now=now)


def with_cut(profile: Profile, cut: float | None) -> Profile:
    """Return the profile with another cut of its composite; None takes the mean of its targets."""
    return replace(profile, cut=cut)


def skill_titles(bank: Bank) -> dict[str, str]:
    """Return the title of each skill that the bank has questions on, in the roadmap's order."""
    has = supply(bank)
    return {skill.id: skill.title for skill in bank.roadmap.skills if has.get(skill.id)}
