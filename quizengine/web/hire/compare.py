"""The results of a screen: as a list, some side by side, one decision about several people."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from quizengine.errors import RequestError
from quizengine.model.result import Result
from quizengine.psychometrics.brackets import TIED, brackets, chances_above
from quizengine.services.hiring import decisions, resits, results, screens, together
from quizengine.services.hiring.screens import Screen
from quizengine.services.hiring.together import Wish
from quizengine.services.permissions import may
from quizengine.web.context import runtime
from quizengine.web.hire import staff
from quizengine.web.hire.frame import page
from quizengine.web.hire.words import HEADLINES, REASONS, VERDICTS, headline_words
from quizengine.web.words import now

blueprint = Blueprint("hire_compare", __name__, url_prefix="/hire")

#: How many people are read side by side.
SIDE_BY_SIDE = (2, 5)


@blueprint.get("/screens/<screen>/compare")
@staff.needs("results")
def compare(screen: str) -> ResponseReturnValue:
    """Show all candidates of a screen: by headline and code, or by composite with brackets.

    ``skills=yes`` adds a column for the band of each skill.
    """
    actor = staff.require_actor()
    found = screens.read(runtime(), actor, screen)
    told = results.of_screen(runtime(), actor, screen)
    by_composite = request.args.get("order") == "composite"
    rows, groups = _in_brackets(told) if by_composite else (told, {})
    return page(
        "compare",
        screen=found,
        rows=rows,
        groups=groups,
        later=resits.later_sittings(runtime(), actor, screen),
        by_composite=by_composite,
        with_skills=request.args.get("skills") == "yes",
        skills=next(([skill.title for skill in one.skills] for one in told if one.is_told), []),
        words=HEADLINES,
        verdicts=decisions.last_verdicts(runtime(), actor, screen),
        verdict_words=VERDICTS,
        elsewhere=_other_versions(found),
        may_decide=may(actor, "decide", screen=screen),
        may_export=may(actor, "export_results", screen=screen),
        may_name=may(actor, "names_in_exports", screen=screen),
        sees_answers=may(actor, "see_answers", screen=screen),
    )


def _in_brackets(told: list[Result]) -> tuple[list[Result], dict[str, tuple[int, int]]]:
    """Return the results by composite, and the first and last of the brackets that each stands in."""
    ended = [one for one in told if one.is_told]
    runs = brackets([one.composite for one in ended], [one.composite_sd**2 for one in ended])
    groups: dict[str, tuple[int, int]] = {}
    for number, run in enumerate(runs, 1):
        for at in run:
            first, _ = groups.get(ended[at].id, (number, number))
            groups[ended[at].id] = (first, number)
    ended.sort(key=lambda one: -one.composite)
    return ended + [one for one in told if not one.is_told], groups


def _other_versions(found: Screen) -> list[Screen]:
    """Return the screens of other versions of the same profile that the actor sees results of."""
    actor = staff.require_actor()
    return [
        one
        for one in screens.all_of(runtime(), actor)
        if one.profile.slug == found.profile.slug
        and one.profile.version != found.profile.version
        and may(actor, "results", screen=one.id)
    ]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two people by code, the better-placed first, and the chance that they are in this order."""

    one: str
    other: str
    chance: float

    @property
    def is_tied(self) -> bool:
        """Whether the two cannot be told apart."""
        return self.chance < TIED


@blueprint.get("/screens/<screen>/side")
@staff.needs("results")
def side_by_side(screen: str) -> ResponseReturnValue:
    """Show two to five people side by side, by code."""
    actor = staff.require_actor()
    found = screens.read(runtime(), actor, screen)
    wanted = set(request.args.getlist("code"))
    told = [one for one in results.of_screen(runtime(), actor, screen) if one.code in wanted and one.is_told]
    told.sort(key=lambda one: one.code)
    least, most = SIDE_BY_SIDE
    fits = least <= len(told) <= most
    return page(
        "side",
        screen=found,
        people=told if fits else [],
        later=resits.later_sittings(runtime(), actor, screen),
        chosen=len(told),
        most=most,
        pairs=_pairs(told) if fits else [],
        words=HEADLINES,
        headlines={one.id: headline_words(one) for one in told},
        verdicts=decisions.last_verdicts(runtime(), actor, screen),
        verdict_words=VERDICTS,
    )


def _pairs(told: list[Result]) -> list[Pair]:
    above = chances_above([one.composite for one in told], [one.composite_sd**2 for one in told])
    return [
        Pair(told[i].code, told[j].code, float(above[i, j]))
        if above[i, j] >= 0.5
        else Pair(told[j].code, told[i].code, float(above[j, i]))
        for i in range(len(told))
        for j in range(i + 1, len(told))
    ]


@blueprint.get("/screens/<screen>/decide")
@staff.needs("decide")
def decide_form(screen: str) -> ResponseReturnValue:
    """Ask what is decided about the people who were chosen."""
    return _together(screen, request.args.getlist("code"), _wish(), ())


def _wish() -> Wish:
    form = request.form
    return Wish(verdict=form.get("verdict", ""), reason=form.get("reason", ""), note=form.get("note", ""))


def _together(
    screen: str, codes: list[str], wish: Wish, faults: tuple[str, ...], *, looked: bool = False
) -> str:
    actor = staff.require_actor()
    found = screens.read(runtime(), actor, screen)
    preview = together.preview(runtime(), actor, screen, codes, wish)
    return page(
        "together",
        screen=found,
        preview=preview,
        looked=looked,
        faults=[("note", one) for one in faults or (preview.faults if looked else ())],
        wish=wish,
        most=together.MOST_TOGETHER,
        words=HEADLINES,
        verdict_words=VERDICTS,
        reason_words=REASONS,
    )


@blueprint.post("/screens/<screen>/decide")
@staff.needs("decide")
def decide(screen: str) -> ResponseReturnValue:
    """Show what a common decision does; record it when it was looked at."""
    codes, wish = request.form.getlist("code"), _wish()
    digest = request.form.get("digest", "")
    if not digest:
        return _together(screen, codes, wish, (), looked=True)
    try:
        together.decide(runtime(), staff.require_actor(), screen, codes, wish, digest=digest, now=now())
    except RequestError as error:
        return _together(screen, codes, wish, (str(error),), looked=True), 422
    return redirect(url_for("hire_compare.compare", screen=screen), 303)
