"""The calls of a question's page, as JSON: lease, draft, commit, beat. None tells right from wrong."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from flask import Blueprint, Response, get_template_attribute, jsonify, request, url_for
from flask_wtf.csrf import generate_csrf

from quizengine.errors import AttemptClosedError, LeaseHeldError, NotFoundError, RequestError
from quizengine.model.grade import Decimal, Grade, ResponseValue
from quizengine.model.grade import Response as Given
from quizengine.model.variant import Variant
from quizengine.services import attempts
from quizengine.services.attempt import calls, integrity, network
from quizengine.services.attempt.lease import Caller
from quizengine.services.attempts import Outcome, Standing
from quizengine.web import people
from quizengine.web.attempt import after
from quizengine.web.clocks import clock_table, iso
from quizengine.web.context import runtime
from quizengine.web.device import device_id
from quizengine.web.errors import respond
from quizengine.web.forms import read_answers, read_object
from quizengine.web.question import faults_of, first_input
from quizengine.web.widgets import make_widget
from quizengine.web.words import now

blueprint = Blueprint("attempt_calls", __name__, url_prefix="/t")

#: Far below what a database column holds: an answer that cannot be read adds one more.
MAX_SEQ = 2**30
MAX_TOKEN = 64
MAX_OFFLINE_MS = 24 * 3_600_000


@blueprint.post("/<aid>/lease")
def lease(aid: str) -> Response:
    """Make the tab that asks the one that writes; ``take`` takes it from where it is."""
    body = read_object(request, "tab and take")
    learner, moment = people.require_learner(), now()
    tab, take = _token(body, "tab"), body.get("take") is True
    if not tab:
        raise RequestError("tab is a text that the page chose for itself.")
    try:
        given, standing = calls.claim(runtime(), learner, aid, _caller(body), tab, take=take, now=moment)
    except LeaseHeldError as error:
        return _refused(aid, error, moment, where=error.where, since=iso(error.since))
    except AttemptClosedError as error:
        return _refused(aid, error, moment)
    network.note(runtime(), learner, aid, request.remote_addr or "", now=moment)
    if take:
        integrity.record(runtime(), learner, aid, [integrity.Seen("takeover")], now=moment)
    draft = None if standing.draft is None else {name: _json(value) for name, value in standing.draft.items()}
    return jsonify(
        lease=given.token,
        epoch=given.epoch,
        slot=standing.slot_id,
        saved_seq=standing.draft_seq,
        draft=draft,
        **clock_table(standing.clock),
    )


@blueprint.put("/<aid>/slots/<slot>/draft")
def draft(aid: str, slot: str) -> Response:
    """Keep what stands in the form."""
    body = read_object(request, "seq and answers")
    if body.get("seq") is None:
        return respond(428, detail="A draft needs seq, a number from 1 that grows with each save.")
    seq = _seq(body)
    learner, moment = people.require_learner(), now()
    answers = read_answers(attempts.shown_variant(runtime(), learner, aid, slot), body.get("answers"))
    try:
        saved = calls.save(runtime(), learner, slot, answers, seq=seq, now=moment, caller=_caller(body))
    except AttemptClosedError as error:
        return _refused(aid, error, moment, saved_seq=_kept_seq(aid, learner))
    return jsonify(saved_seq=saved.seq, saved_at=iso(saved.at), **clock_table(saved.clock))


def _kept_seq(aid: str, learner: str) -> int:
    return attempts.standing(runtime(), learner, aid).draft_seq


@blueprint.post("/<aid>/slots/<slot>/commit")
def commit(aid: str, slot: str) -> Response:
    """Record an answer, once, however often it is sent."""
    body = read_object(request, "answers or dont_know")
    learner, moment = people.require_learner(), now()
    variant = attempts.shown_variant(runtime(), learner, aid, slot)
    dont_know, caller = body.get("dont_know") is True, _caller(body)
    answers = {} if dont_know else read_answers(variant, body.get("answers"))
    given = Given(
        answers=answers, dont_know=dont_know, decimal=caller.decimal, milliseconds=_ms(body, "client_ms")
    )
    key = request.headers.get("Idempotency-Key", "")[:MAX_TOKEN]
    try:
        outcome, standing = calls.give(runtime(), learner, slot, given, now=moment, caller=caller, key=key)
    except AttemptClosedError as error:
        return _refused(aid, error, moment, next=url_for("attempt.where", aid=aid))
    clock = clock_table(standing.clock)
    if outcome.kind == "unreadable":
        told = _unreadable(variant, outcome.grade, answers, caller.decimal)
        return jsonify(saved_seq=standing.draft_seq, must_skip=standing.must_skip, **told, **clock)
    return jsonify(**_told(outcome, standing), next=after(aid, outcome), **clock)


def _told(outcome: Outcome, standing: Standing) -> dict[str, Any]:
    """Return what a page is told of an answer that counts; only practice is told what it is worth."""
    if outcome.kind == "graded":
        grade = outcome.grade
        return {
            "outcome": "graded",
            "verdict": grade.verdict,
            "score": grade.score,
            "misconception": grade.misconception,
            "read_as": grade.read_as,
        }
    progress = {"done": standing.answered, "at_least": standing.at_least, "at_most": standing.at_most}
    return {"outcome": outcome.kind, "progress": progress}


def _unreadable(
    variant: Variant, grade: Grade, answers: Mapping[str, ResponseValue], decimal: Decimal
) -> dict[str, Any]:
    """Return why each field could not be read: in words, where in the text, and as the page shows it."""
    found = faults_of(variant, grade, answers)
    inputs = {
        part.name: first_input(make_widget(part, typed=answers.get(part.name), decimal=decimal))
        for part in variant.parts
    }
    line = get_template_attribute("parts/field.html", "fault_line")
    summary = get_template_attribute("parts/error_summary.html", "error_summary")
    of_one = len(variant.parts) == 1
    fields = {
        name: {
            "message": fault.message,
            "start": grade.start if of_one else None,
            "end": grade.end if of_one else None,
            "read_as": None,
            "input": inputs[name],
            "html": line(inputs[name], fault.message, fault.before, fault.marked, fault.after),
        }
        for name, fault in found.items()
    }
    messages = [(inputs[name], fault.message) for name, fault in found.items()]
    return {"outcome": "unreadable", "fields": fields, "summary_html": summary(messages)}


@blueprint.post("/<aid>/beat")
def beat(aid: str) -> Response:
    """Take a sign of life, with what the page saw; tell the clock."""
    body = read_object(request, "lease and visible")
    learner, moment = people.require_learner(), now()
    integrity.record(runtime(), learner, aid, _seen(body.get("events")), now=moment)
    network.note(runtime(), learner, aid, request.remote_addr or "", now=moment)
    told = calls.beat(runtime(), learner, aid, now=moment, caller=_caller(body), seen=_ms(body, "seen"))
    return jsonify(lease="held" if told.held else "lost", **clock_table(told.clock))


@blueprint.get("/<aid>/token")
def token(aid: str) -> Response:
    """Give the holder a fresh token, for a page that was open for very long."""
    _ = attempts.standing(runtime(), people.require_learner(), aid)
    return jsonify(token=generate_csrf())


def _refused(aid: str, error: AttemptClosedError, moment: datetime, **more: Any) -> Response:
    try:
        clock = clock_table(calls.clock(runtime(), people.require_learner(), aid, now=moment))
    except NotFoundError:
        clock = {}
    table = {"reason": error.reason, "orphan": error.orphan, **more, **clock}
    return respond(409, detail=str(error), more=table)


def _json(value: ResponseValue) -> Any:
    return value if isinstance(value, str) else [_json(one) for one in value]


def _caller(body: Mapping[str, Any]) -> Caller:
    reading = body.get("reading")
    said = reading.get("decimal") if isinstance(reading, dict) else body.get("decimal")
    decimal: Literal["point", "comma"] = "comma" if said == "comma" else "point"
    return Caller(
        device=device_id(), lease=_token(body, "lease"), offline_ms=_ms(body, "offline_ms"), decimal=decimal
    )


def _token(body: Mapping[str, Any], name: str) -> str:
    found = body.get(name, "")
    if not isinstance(found, str) or len(found) > MAX_TOKEN:
        raise RequestError(f"{name} is a text of at most {MAX_TOKEN} characters.")
    return found


def _seq(body: Mapping[str, Any]) -> int:
    seq = body.get("seq")
    if not isinstance(seq, int) or isinstance(seq, bool) or not 0 < seq <= MAX_SEQ:
        raise RequestError("seq is a whole number from 1 that grows with each save.")
    return seq


def _ms(body: Mapping[str, Any], name: str) -> int:
    """Return a number that the page counted; what is none counts as 0, it is only a hint."""
    found = body.get(name)
    whole = isinstance(found, int) and not isinstance(found, bool)
    return max(0, min(found, MAX_OFFLINE_MS)) if whole and isinstance(found, int) else 0


def _seen(body: object) -> list[integrity.Seen]:
    """Return what the page saw beside the answers, as far as it is something that is recorded."""
    listed = body[: integrity.MAX_A_CALL] if isinstance(body, list) else []
    return [
        integrity.Seen(one["kind"], milliseconds=_ms(one, "ms"), characters=_ms(one, "characters"))
        for one in listed
        if isinstance(one, dict) and one.get("kind") in integrity.FROM_PAGES
    ]
