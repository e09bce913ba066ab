"""Role profiles: the list, one version, the editor that shows a bar's errors first, the cut."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from quizengine.errors import ConflictError, RequestError
from quizengine.model.profile import RESITS, Profile, ProfileSkill
from quizengine.model.variant import SkillId
from quizengine.psychometrics import Misclassification
from quizengine.services.hiring import cuts, profiles, rotation
from quizengine.services.hiring.forms import cuts_for_shares
from quizengine.services.hiring.profiles import StoredProfile
from quizengine.services.permissions import may
from quizengine.web.context import runtime
from quizengine.web.forms import whole_number
from quizengine.web.hire import staff
from quizengine.web.hire.frame import page
from quizengine.web.hire.words import RESITS as RESITS_SAID
from quizengine.web.words import now
from quizengine.web.words import number as shown_number

blueprint = Blueprint("hire_roles", __name__, url_prefix="/hire/roles")

#: Rows of the editor to add skills with.
MORE = 3
#: Digits that the fields of the editor (role_edit.html) show, of shares and of cuts in logits.
SHARE_DIGITS, CUT_DIGITS = 3, 3
#: Shares of people for which the editor says where the cut would lie.
SHARES = (0.5, 0.25, 0.1)


@dataclass(frozen=True, slots=True)
class Draft:
    """What stands in the editor: the profile as far as it can be read, and what cannot."""

    profile: Profile
    rationale: str
    faults: tuple[str, ...]


@blueprint.get("")
@staff.needs("profiles_read")
def index() -> ResponseReturnValue:
    """Show all profiles, and the roles of the roadmap that can be copied."""
    actor = staff.require_actor()
    return page(
        "roles",
        profiles=profiles.all_of(runtime(), actor),
        roles=runtime().bank.roadmap.roles,
        may_edit=may(actor, "profiles_edit"),
    )


@blueprint.post("")
@staff.needs("profiles_edit")
def copy() -> ResponseReturnValue:
    """Make a draft from a role of the roadmap."""
    made = profiles.copy_role(runtime(), staff.require_actor(), request.form.get("role", ""), now=now())
    return redirect(url_for("hire_roles.edit_form", profile=made), 303)


@blueprint.get("/<profile>")
@staff.needs("profiles_read")
def show(profile: str) -> ResponseReturnValue:
    """Show one version."""
    actor = staff.require_actor()
    stored = profiles.read(runtime(), actor, profile)
    return page(
        "role",
        stored=stored,
        titles=profiles.skill_titles(runtime().bank),
        may_edit=may(actor, "profiles_edit"),
        is_behind=stored.bank_digest != runtime().bank.digest,
    )


@blueprint.get("/<profile>/edit")
@staff.needs("profiles_edit")
def edit_form(profile: str) -> ResponseReturnValue:
    """Show a draft in the editor, with the errors of its bar as it stands."""
    stored = _draft(profile)
    return _editor(stored, Draft(stored.profile, stored.rationale, ()))


def _draft(profile: str) -> StoredProfile:
    stored = profiles.read(runtime(), staff.require_actor(), profile)
    if stored.state != "draft":
        raise ConflictError("This version is no draft any more: make a new version.")
    return stored


def _editor(stored: StoredProfile, draft: Draft) -> str:
    found, token, faults = _looked_at(draft)
    bank = runtime().bank
    return page(
        "role_edit",
        stored=stored,
        draft=draft,
        profile=draft.profile,
        estimate=found,
        shown=token,
        faults=faults,
        titles=profiles.skill_titles(bank),
        more=range(MORE if len(draft.profile.skills) + MORE <= profiles.MOST_SKILLS else 1),
        quantiles=list(zip(SHARES, cuts_for_shares(bank, draft.profile, SHARES), strict=True))
        if draft.profile.skills
        else [],
        limits=profiles,
        resits=RESITS_SAID,
        cap=rotation.CAP,
        worn=_worn(draft.profile) if found else [],
    )


def _worn(profile: Profile) -> list[tuple[SkillId, float]]:
    """Return the skills whose questions go to more people than they should, the worst first."""
    bank = runtime().bank
    found = rotation.least_exposure(bank, profile, rotation.pool_of(bank, profile))
    over = [(skill, share) for skill, share in found.items() if share > rotation.CAP]
    return sorted(over, key=lambda one: -one[1])


def _looked_at(draft: Draft) -> tuple[Misclassification | None, str, tuple[str, ...]]:
    if draft.faults:
        return None, "", draft.faults
    try:
        found, token = profiles.preview(runtime(), draft.profile)
    except RequestError as error:
        return None, "", tuple(str(error).splitlines())
    return found, token, ()


@blueprint.post("/<profile>/edit")
@staff.needs("profiles_edit")
def edit(profile: str) -> ResponseReturnValue:
    """Show what the bar that was typed does; save it where just that was shown before."""
    stored = _draft(profile)
    draft = _read_draft(stored)
    if whole_number(request.form.get("revision", ""), digits=6) != stored.revision:
        return _conflict_page(stored, draft), 409
    if request.form.get("save") != "yes" or draft.faults:
        return _editor(stored, draft), 422 if draft.faults else 200
    try:
        profiles.save(
            runtime(),
            staff.require_actor(),
            profile,
            draft.profile,
            rationale=draft.rationale,
            revision=stored.revision,
            shown=request.form.get("shown", ""),
            now=now(),
        )
    except ConflictError:  # saved by somebody else between the look above and this moment
        return _conflict_page(_draft(profile), draft), 409
    except RequestError as error:
        return _editor(stored, replace(draft, faults=tuple(str(error).splitlines()))), 422
    return redirect(url_for("hire_roles.show", profile=profile), 303)


def _conflict_page(theirs: StoredProfile, mine: Draft) -> str:
    """Show what somebody else has saved since beside what was typed; either can be gone on with."""
    titles = profiles.skill_titles(runtime().bank)
    columns = [_told(one, titles) for one in (theirs.profile, mine.profile)]
    names = list(dict.fromkeys([*columns[0], *columns[1]]))
    kept = [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name not in ("csrf_token", "revision", "save", "shown")
    ]
    return page(
        "role_conflict",
        stored=theirs,
        rows=[(name, columns[0].get(name, "-"), columns[1].get(name, "-")) for name in names],
        kept=kept,
    )


def _told(profile: Profile, titles: Mapping[str, str]) -> dict[str, str]:
    """Return a profile line by line, in words."""
    lines = {
        "Title": profile.title,
        "Cut": "mean of the targets" if profile.cut is None else f"{profile.cut:.2f} logits",
        "Sure enough": f"{profile.certain:.0%}",
        "Questions": str(profile.questions),
        "Answers for a result": str(profile.least),
        "Minutes": str(profile.minutes),
    }
    for one in profile.skills:
        floor = "none" if one.floor is None else f"{one.floor:.0%}"
        title = titles.get(one.skill, str(one.skill))
        lines[title] = f"target {one.target:.0%}, weight {one.weight:g}, floor {floor}, {one.least} answers"
    return lines


def _read_draft(stored: StoredProfile) -> Draft:
    form, faults = request.form, list[str]()
    before = stored.profile
    known = {str(one.skill): one for one in before.skills}
    skills = []
    for at in range(profiles.MOST_SKILLS + MORE):
        name = form.get(f"skill.{at}", "")
        if name and form.get(f"off.{at}") != "yes":
            skills.append(_read_skill(at, name, known.get(name), faults))

    def number(name: str, what: str, default: float) -> float:
        found = _number(form.get(name, ""))
        if found is None:
            faults.append(f"{what}: write a number.")
        return default if found is None else found

    cut = form.get("cut", "").strip()
    profile = Profile(
        role=before.role,
        title=form.get("title", "").strip()[:120],
        skills=tuple(skills),
        cut=_as_exact(number("cut", "The cut", 0.0), before.cut, CUT_DIGITS) if cut else None,
        certain=_as_exact(number("certain", "Sure enough", 80) / 100, before.certain, SHARE_DIGITS),
        least=round(number("least", "Answers for a result", before.least)),
        questions=round(number("questions", "Questions", before.questions)),
        minutes=round(number("minutes", "Minutes", before.minutes)),
        resit=next((one for one in RESITS if one == form.get("resit")), before.resit),
    )
    return Draft(profile, form.get("rationale", "")[: profiles.MOST_RATIONALE], tuple(faults))


def _as_exact(typed: float, before: float | None, digits: int) -> float:
    """Return the number that was there where the field, which shows so many digits of it, is unchanged.

    What raters or groups set has more digits than a field shows; rounded, it would be somebody's own number.
    """
    rounded = round(typed, digits)
    return before if before is not None and round(before, digits) == rounded else rounded


def _read_skill(at: int, name: str, before: ProfileSkill | None, faults: list[str]) -> ProfileSkill:
    form = request.form
    title = profiles.skill_titles(runtime().bank).get(name, name)
    target, weight = _number(form.get(f"target.{at}", "")), _number(form.get(f"weight.{at}", ""))
    floor_text = form.get(f"floor.{at}", "").strip()
    floor, least = _number(floor_text), whole_number(form.get(f"least.{at}", ""), digits=6)
    if target is None or weight is None or least is None or (floor_text and floor is None):
        faults.append(f"{title}: target, weight, floor and answers are numbers; a floor may be left empty.")
    return ProfileSkill(
        skill=SkillId(name),
        target=0.5
        if target is None
        else _as_exact(target / 100, before.target if before else None, SHARE_DIGITS),
        weight=1.0 if weight is None else float(shown_number(weight)),
        floor=None
        if floor is None
        else _as_exact(floor / 100, before.floor if before else None, SHARE_DIGITS),
        least=2 if least is None else least,
    )


def _number(text: str) -> float | None:
    try:
        found = float(text.strip().removesuffix("%").replace(",", ".")) if len(text) <= 12 else None
    except ValueError:
        return None
    return found if found is not None and abs(found) < 1e6 else None


@blueprint.get("/<profile>/cut")
@staff.needs("profiles_edit")
def cut_form(profile: str) -> ResponseReturnValue:
    """Ask for ratings, or for the scores of two groups."""
    return _cut_page(_draft(profile), "")


def _cut_page(stored: StoredProfile, fault: str) -> str:
    bank = runtime().bank
    skills = {one.skill for one in stored.profile.skills}
    examples = [e.question.id for e in bank.questions.values() if e.question.primary_skill in skills]
    return page(
        "role_cut",
        stored=stored,
        faults=fault.splitlines(),
        method=request.form.get("method", "angoff"),
        text=request.form.get("text", ""),
        examples=examples[:2],
        titles=profiles.skill_titles(bank),
    )


@blueprint.post("/<profile>/cut")
@staff.needs("profiles_edit")
def cut(profile: str) -> ResponseReturnValue:
    """Set the cut by a method; then the editor shows what it does."""
    stored = _draft(profile)
    set_cut = cuts.set_contrasting if request.form.get("method") == "contrasting" else cuts.set_angoff
    try:
        set_cut(
            runtime(),
            staff.require_actor(),
            profile,
            request.form.get("text", ""),
            revision=whole_number(request.form.get("revision", ""), digits=6) or 0,
            now=now(),
        )
    except RequestError as error:
        return _cut_page(stored, str(error)), 422
    return redirect(url_for("hire_roles.edit_form", profile=profile), 303)


@blueprint.post("/<profile>/activate")
@staff.needs("profiles_edit")
def activate(profile: str) -> ResponseReturnValue:
    """Freeze a draft."""
    profiles.activate(runtime(), staff.require_actor(), profile, now=now())
    return redirect(url_for("hire_roles.show", profile=profile), 303)


@blueprint.post("/<profile>/retire")
@staff.needs("profiles_edit")
def retire(profile: str) -> ResponseReturnValue:
    """Take a version out of use."""
    profiles.retire(runtime(), staff.require_actor(), profile, now=now())
    return redirect(url_for("hire_roles.show", profile=profile), 303)


@blueprint.post("/<profile>/version")
@staff.needs("profiles_edit")
def version(profile: str) -> ResponseReturnValue:
    """Make a draft that begins as this version is."""
    made = profiles.new_version(runtime(), staff.require_actor(), profile, now=now())
    return redirect(url_for("hire_roles.edit_form", profile=made), 303)
