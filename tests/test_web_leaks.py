"""A diagnostic tells nothing before its end: no key, no solution, no name, no difference between replies."""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from quizengine.bank import Bank
from quizengine.grading import grade, variant_with
from quizengine.model.answers import (
    Answer,
    IntegerAnswer,
    MatrixAnswer,
    NumberAnswer,
    SetAnswer,
    VectorAnswer,
)
from quizengine.model.variant import QuestionId
from quizengine.services.attempt import making
from quizengine.services.attempt.making import Terms
from quizengine.services.runtime import Runtime
from quizengine.store.rows import AttemptRow
from quizengine.web import create_app
from quizengine.web.settings import Settings
from tests.factories import make_misconception
from tests.web_questions import RIGHT, WRONG, bank, fixed_question

SENTINELS = ("questionsentinel", "solutionsentinel", "slipsentinel", "feedbacksentinel", "918273", "465564")
#: What seeds and difficulties are made to be, so that they can be looked for.
SEED, DIFFICULTY = 465_564_546, -2.4655645
#: What differs from one reply to the next though nothing is told by it.
CHANGING = (
    r"nonce-[\w-]+",
    r'(?<=name="csp-nonce" content=")[\w-]+',
    r'(?<=name="csrf_token" value=")[^"]+',
    r'(?<=name="csrf-token" content=")[^"]+',
    r"\d{4}-\d\d-\d\dT[\d:.]+Z?",
    r"\d\d:\d\d UTC",
)
KINDS = tuple(RIGHT)


def bank_of(kind: str, answer: Answer | None = None) -> Bank:
    """Two questions of one type that look the same, with sentinels in all that must not be told."""
    entries = []
    for name in ("a", "b"):
        entry = fixed_question(kind)
        id_ = QuestionId(f"math.matrices.questionsentinel-{name}")
        slip = replace(
            make_misconception(IntegerAnswer(value=918273), "slipsentinel"), feedback="feedbacksentinel"
        )
        part = entry.fixed.parts[0]
        fixed = replace(
            entry.fixed,
            question_id=id_,
            difficulty=DIFFICULTY,
            solution="solutionsentinel",
            misconceptions=(slip,),
            parts=(replace(part, answer=answer or part.answer),),
        )
        entries.append(replace(entry, question=replace(entry.question, id=id_), fixed=fixed))
    return replace(bank(), questions={entry.question.id: entry for entry in entries})


class Taker:
    """A person in a diagnostic who keeps every reply."""

    def __init__(self, folder: Path, made: Bank, *, examined: bool = False) -> None:
        app = create_app(Settings(data=folder / "data"), bank=made)
        app.testing, app.config["PROPAGATE_EXCEPTIONS"] = True, False
        self.client: FlaskClient = app.test_client()
        self.replies: list[str] = []
        self.token, self.slot = "", ""
        self.get("/learn/start")
        place = self.post("/learn/start", {"role": made.roadmap.roles[0].id, "hours": "6"})
        self.at = self.screening(app, made) if examined else place.headers["Location"]
        self.get(self.at)
        self.post(f"{self.at}/start", {})
        self.question()

    def screening(self, app: Flask, made: Bank) -> str:
        """A screening of the whole bank, whose seed is a sentinel."""
        runtime: Runtime = app.extensions["quizengine"]
        with self.client.session_transaction() as session:
            learner = session["learner"]
        terms = Terms(kind="screening", questions=tuple(made.questions), minutes=60)
        attempt = making.make(runtime, learner, terms, now=datetime.now(UTC))
        with runtime.transaction() as session:
            session.get_one(AttemptRow, attempt).seed = SEED
        return f"/t/{attempt}"

    def get(self, path: str) -> Any:
        return self.kept(self.client.get(path))

    def post(self, path: str, form: Mapping[str, Any]) -> Any:
        return self.kept(self.client.post(path, data={"csrf_token": self.token, **form}))

    def script(self, method: str, path: str, body: Mapping[str, Any]) -> Any:
        headers = {"X-CSRFToken": self.token}
        return self.kept(self.client.open(path, method=method, json=body, headers=headers))

    def question(self) -> Any:
        page = self.get(f"{self.at}/q")
        found = re.search(r'name="slot" value="([^"]+)"', page.text)
        self.slot = found[1] if found else self.slot
        return page

    def answer(self, form: Mapping[str, Any]) -> Any:
        return self.post(f"{self.at}/q", {"slot": self.slot, **form})

    def kept(self, reply: Any) -> Any:
        found = re.search(r'name="csrf_token" value="([^"]+)"', reply.text)
        self.token = found[1] if found else self.token
        images = re.findall(r"base64,([\w+/=]+)", reply.text)
        cookies = [one[3:].split(";")[0] for one in reply.headers.getlist("Set-Cookie") if one[:3] == "qe="]
        hidden = [base64.b64decode(image).decode() for image in images] + list(map(_read_cookie, cookies))
        self.replies.append("\n".join([str(reply.headers), reply.text, *hidden]))
        return reply

    def plain(self, reply: Any) -> tuple[int, dict[str, str], str]:
        """A reply without what is new in every one; the length stays, ids are all of one length."""
        names = {self.at: "/t/-", self.at.rpartition("/")[2]: "-", self.slot: "slot"}
        texts = [reply.text, *(f"{key}: {value}" for key, value in reply.headers if key != "Set-Cookie")]
        for found, put in names.items():
            texts = [text.replace(found, put) for text in texts]
        texts = [re.sub("|".join(CHANGING), "-", text) for text in texts]
        return reply.status_code, {text.split(":")[0]: text for text in texts[1:]}, texts[0]


def _read_cookie(value: str) -> str:
    """The text of a signed session, which anybody can read."""
    packed = value.startswith(".")
    payload = value.lstrip(".").split(".")[0]
    raw = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)) if payload else b""
    return (zlib.decompress(raw) if packed else raw).decode("utf-8", "replace")


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_of_the_key_is_in_any_reply_before_the_end(kind: str, tmp_path: Path) -> None:
    secret: dict[str, Answer] = {
        "integer": IntegerAnswer(value=918273),
        "number": NumberAnswer(value=Fraction(918273)),
        "vector": VectorAnswer(values=(Fraction(918273), Fraction(1), Fraction(2))),
        "matrix": MatrixAnswer(rows=((Fraction(918273), Fraction(1)), (Fraction(2), Fraction(3)))),
        "set": SetAnswer(values=(Fraction(918273), Fraction(1))),
    }
    taker = Taker(tmp_path, bank_of(kind, secret.get(kind)))
    slot = f"{taker.at}/slots/{taker.slot}"

    taker.script("PUT", f"{slot}/draft", {"seq": 1, "answers": {"answer": "(("}})
    taker.script("PUT", f"{slot}/draft", {"seq": 2, "answers": {"nothing": "1"}})
    for value in ("1", "((", ["1", "2"], [["1"]], 7):
        taker.script("POST", f"{slot}/read", {"part": "answer", "value": value})
    for path in (slot, f"{slot}/draft", f"{taker.at}/done", f"{taker.at}/finish", "/learn", "/"):
        taker.get(path)
    taker.post(f"{taker.at}/next", {"like": taker.slot})
    for form in ({}, dict.fromkeys(RIGHT[kind], "(("), WRONG[kind]):
        taker.answer(form)
    taker.get(slot)
    taker.answer(RIGHT[kind])  # of a question that has another answer: refused
    taker.question()

    told = "\n".join(taker.replies)
    assert len(taker.replies) >= 20
    assert [word for word in SENTINELS if word in told] == []


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_in_any_reply_of_a_whole_screening(kind: str, tmp_path: Path) -> None:
    taker = Taker(tmp_path, bank_of(kind), examined=True)
    tab = {"tab": "one", "take": False}
    lease = taker.script("POST", f"{taker.at}/lease", tab).json["lease"]

    for turn in ("first", "second"):
        slot, answers = f"{taker.at}/slots/{taker.slot}", typed(RIGHT[kind])
        taker.script("PUT", f"{slot}/draft", {"lease": lease, "seq": 5, "answers": answers})
        taker.script("PUT", f"{slot}/draft", {"lease": lease, "seq": 4, "answers": typed(WRONG[kind])})
        taker.script("PUT", f"{slot}/draft", {"lease": "none", "seq": 6, "answers": answers})
        taker.script("POST", f"{taker.at}/beat", {"lease": lease, "events": [{"kind": "blur"}]})
        taker.script("POST", f"{taker.at}/lease", {"tab": "two", "take": False})
        taker.get(f"{taker.at}/token")
        given = {"lease": lease, "answers": answers if turn == "first" else typed(WRONG[kind])}
        taker.script("POST", f"{slot}/commit", {"lease": lease, "answers": {"answer": "(("}})
        taker.script("POST", f"{slot}/commit", given)
        taker.script("POST", f"{slot}/commit", {"lease": lease, "dont_know": True})
        taker.question()
    taker.post(f"{taker.at}/finish", {})
    for path in ("", "/q", "/done", "/finish"):
        taker.get(f"{taker.at}{path}")

    told = "\n".join(taker.replies)
    assert "/done" in told
    assert [word for word in SENTINELS if word in told] == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_commit_tells_right_and_wrong_by_the_same_bytes(kind: str, tmp_path: Path) -> None:
    told = []
    for name, form in (("right", RIGHT[kind]), ("wrong", WRONG[kind])):
        taker = Taker(tmp_path / name, bank_of(kind), examined=True)
        slot = f"{taker.at}/slots/{taker.slot}"
        reply = taker.script("POST", f"{slot}/commit", {"answers": typed(form)})
        assert reply.json["outcome"] == "accepted"
        clock = {"server_now", "deadline", "remaining_ms"}
        plain = {key: value for key, value in reply.json.items() if key not in clock}
        told.append((plain["outcome"], plain["progress"], sorted(plain), sorted(reply.headers.keys())))

    assert told[0] == told[1]


def typed(form: Mapping[str, Any]) -> dict[str, Any]:
    """What a form posts, in the shape in which a script sends it."""
    fields = {tuple(name.split(".")[2:]): value for name, value in form.items()}
    if () in fields:
        whole = fields[()]
        return {"answer": whole.replace("\r\n", "\n") if isinstance(whole, str) else whole}
    if all(len(place) == 1 and place[0].isalpha() for place in fields):  # an ordering: positions by item
        order = sorted(fields, key=lambda place: int(fields[place]))
        return {"answer": [place[0] for place in order]}
    if all(len(place) == 1 for place in fields):
        return {"answer": [fields[place] for place in sorted(fields)]}
    rows: dict[str, list[str]] = {}
    for place in sorted(fields):
        rows.setdefault(place[0], []).append(fields[place])
    return {"answer": list(rows.values())}


@pytest.mark.parametrize("kind", KINDS)
def test_right_and_wrong_answers_get_the_same_reply(kind: str, tmp_path: Path) -> None:
    told = []
    for name, form in (("right", RIGHT[kind]), ("wrong", WRONG[kind])):
        taker = Taker(tmp_path / name, bank_of(kind))
        reply = taker.answer(form)
        told.append([taker.plain(reply), taker.plain(taker.question()), taker.plain(taker.get("/learn"))])

    assert told[0] == told[1]


OTHERS: list[tuple[Answer, Answer]] = [
    (IntegerAnswer(value=42), IntegerAnswer(value=-7)),
    (NumberAnswer(value=Fraction(42)), NumberAnswer(value=Fraction(-1, 3))),
    (VectorAnswer(values=(Fraction(42), Fraction(1))), VectorAnswer(values=(Fraction(1, 7), Fraction(0)))),
    (SetAnswer(values=(Fraction(42), Fraction(1))), SetAnswer(values=(Fraction(-1, 2),))),
]
TYPED = (
    "42", "-7", "-1/3", "1/3", "0.333", "42%", "42 kg", "1e9", "9**9**9", "((", "", "1, 42", "42; 1", "{}",
    "{42, 1}", "-1/2", "(1/7, 0)", "1/7", "0", "3/0", "sqrt(2)", "42.0", "042", "1,000", "½", "x = 42",
)  # fmt: skip


@pytest.mark.parametrize(("one", "other"), OTHERS, ids=lambda answer: type(answer).__name__)
def test_whether_a_text_can_be_read_does_not_depend_on_the_key(one: Answer, other: Answer) -> None:
    def refusal(answer: Answer, text: str) -> str:
        found = grade(variant_with(answer), text)
        return found.feedback if found.verdict == "unreadable" else ""

    assert [refusal(one, text) for text in TYPED] == [refusal(other, text) for text in TYPED]
