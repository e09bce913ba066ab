"""Printed sets in the browser: chosen, printed, found again, marked; foreign ones are not there."""

from __future__ import annotations

import html
import io
import json
import re
import zipfile
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from quizengine.model.sheet import PrintKind, Sheet
from quizengine.paper.typeset import qr
from quizengine.services import marking, printing
from quizengine.services.permissions import may_with_sheet
from quizengine.web import create_app
from quizengine.web.pressing import Pressing
from quizengine.web.settings import Settings
from tests.web_learner import Person, person
from tests.web_questions import RIGHT, WRONG, bank, draw_fixed, make_app

FORM = {
    "source": "skills",
    "skills": "math.matrices",
    "amount": "questions",
    "questions": "18",
    "minutes": "40",
    "level": "any",
    "forms": "1",
    "copies": "1",
    "paper": "a4",
    "key": "separate",
    "mix": "m",
}
#: The codes in the table of a run.
CODES = 'class="sheet-code" href="/sheets/([^"]+)"'


def fake_joined(self: Pressing, title: str, sheets: Sequence[Sheet], kind: PrintKind) -> bytes:
    return f"%PDF {kind} {title}: {' '.join(sheet.code for sheet in sheets)}".encode()


def fake(self: Pressing, sheet: Sheet) -> Mapping[PrintKind, bytes]:
    """A print without Typst, which tests of its own have."""
    return {kind: f"%PDF {kind} {sheet.code}".encode() for kind in sheet.prints}


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Flask:
    draw_fixed(monkeypatch)
    monkeypatch.setattr(Pressing, "printer", fake)
    monkeypatch.setattr(Pressing, "joined", fake_joined)
    for name in ("work_later", "work_soon"):
        monkeypatch.setattr(Pressing, name, Pressing.work)
    return make_app(tmp_path)


@pytest.fixture
def somebody(app: Flask) -> Person:
    return person(app)


def printed(somebody: Person, **form: Any) -> str:
    """Print one set; return its code."""
    at = somebody.post("/sheets/new", FORM | form)
    assert at.status_code == 303, at.text
    place = somebody.get(at.headers["Location"]).headers["Location"]
    return place.rpartition("/")[2]


def kinds_on(app: Flask, code: str) -> list[str]:
    """The answer type of each question of a sheet."""
    kept = printing.read_sheet(app.extensions["quizengine"], None, code)
    return [item.variant.answer_types[0] for item in kept.sheet.items]


def renamed(form: Mapping[str, Any], number: int) -> dict[str, Any]:
    """A form of one question, as the page with all of them has it."""
    return {name.replace("a.answer", f"a.q{number}-answer"): value for name, value in form.items()}


def test_before_anything_was_printed_there_is_one_thing_to_do(somebody: Person) -> None:
    page = somebody.page("/sheets")

    assert "Nothing printed yet" in page
    assert len(re.findall(r'class="button[^"]*" href="/sheets/new"', page)) == 1


def test_the_form_shows_what_will_be_on_the_sheet(somebody: Person) -> None:
    page = somebody.post("/sheets/preview", FORM)
    part = somebody.client.post(
        "/sheets/preview", data={**FORM, "csrf_token": somebody.token()}, headers={"X-Part": "preview"}
    )

    assert page.status_code == part.status_code == 200
    line = re.search(r"<strong>(18 questions, about \d+ minutes, about \d+ pages)</strong>", page.text)
    assert line
    assert line[1] in json.loads(part.text)["html"]
    assert "Nothing printed yet" in somebody.page("/sheets")


def test_what_was_shown_is_what_is_printed(app: Flask, somebody: Person) -> None:
    form = FORM | {"questions": "6"}
    shown = re.findall(
        r"<li>([^<]+)</li>", somebody.post("/sheets/preview", form).text.split("preview-sections")[1]
    )

    code = printed(somebody, questions="6")

    kept = printing.read_sheet(app.extensions["quizengine"], None, code)
    assert [item.variant.title for item in kept.sheet.items] == shown[:6]


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"skills": []}, "Choose at least one skill"),
        ({"skills": "math.matrixes"}, "math.matrices"),
        ({"questions": "0"}, "from 1 to 60"),
        ({"questions": "100000"}, "from 1 to 60"),
        ({"amount": "minutes", "minutes": "ten"}, "from 1 to 240"),
        ({"forms": "27"}, "from 1 to 26"),
        ({"copies": "501"}, "from 1 to 500"),
        ({"title": "x" * 61}, "at most 60"),
        ({"level": "2"}, "one of the difficulties"),
        ({"paper": "a3"}, "one of the paper sizes"),
        ({"key": "twice"}, "where the key is printed"),
        ({"source": "gaps"}, "no report yet"),
        ({"source": "role", "role": "ml-enginer"}, "ml-engineer"),
        ({"types": "matrx"}, "matrix"),
    ],
)
def test_a_form_that_cannot_be_met_is_asked_again(somebody: Person, form: dict[str, Any], words: str) -> None:
    found = somebody.post("/sheets/new", FORM | form)

    assert found.status_code == 422
    assert words in found.text
    assert 'name="mix" value="m"' in found.text


def test_a_double_click_prints_one_set(somebody: Person) -> None:
    first, again = (somebody.post("/sheets/new", FORM).headers["Location"] for _ in range(2))

    assert first == again
    assert somebody.page("/sheets").count('class="card sheet-run"') == 1


def test_a_sheet_has_its_files(somebody: Person) -> None:
    code = printed(somebody)

    sheet, key = somebody.get(f"/sheets/{code}.pdf"), somebody.get(f"/sheets/{code}/key")
    packed = somebody.get(f"/sheets/{code}.zip")

    assert (sheet.data, key.data) == (f"%PDF sheet {code}".encode(), f"%PDF key {code}".encode())
    assert key.headers["Cache-Control"] == "no-store"
    with zipfile.ZipFile(io.BytesIO(packed.data)) as archive:
        assert archive.namelist() == [f"{code}.pdf", f"keys/{code}-key.pdf"]
        assert archive.testzip() is None
        assert archive.read(f"{code}.pdf") == sheet.data
    assert code in somebody.page("/sheets")


@pytest.mark.parametrize(("place", "button"), [("same", "Sheet with key"), ("none", "Sheet")])
def test_a_key_that_was_not_printed_by_itself_is_set_when_it_is_asked_for(
    somebody: Person, monkeypatch: pytest.MonkeyPatch, place: str, button: str
) -> None:
    set_: list[str] = []

    def key(self: Pressing, sheet: Sheet) -> bytes:
        set_.append(sheet.code)
        return b"%PDF the key"

    monkeypatch.setattr(Pressing, "key", key)
    at = somebody.post("/sheets/new", FORM | {"key": place, "copies": "2", "questions": "2"})
    run, code = somebody.page(at.location), re.findall(CODES, somebody.page(at.location))[0]

    first, again = (somebody.get(f"/sheets/{code}/key").data for _ in range(2))

    assert (first, again, set_) == (b"%PDF the key", b"%PDF the key", [code])
    assert re.search(rf"</svg>\s*{button}</a>", somebody.page(f"/sheets/{code}"))
    assert "Keys as one PDF" not in run
    assert somebody.get(f"{at.location}.pdf?of=keys").status_code == 404
    with zipfile.ZipFile(io.BytesIO(somebody.get(f"{at.location}.zip").data)) as archive:
        assert len(archive.namelist()) == 2
    assert re.search(rf'name="key" value="{place}" checked', somebody.page(f"/sheets/new?like={code}"))


def test_no_page_of_a_sheet_tells_its_answers(app: Flask, somebody: Person) -> None:
    code = printed(somebody)
    seed = printing.read_sheet(app.extensions["quizengine"], None, code).wish.seed
    kept = printing.read_sheet(app.extensions["quizengine"], None, code).sheet

    pages = [somebody.page(path) for path in ("/sheets", f"/sheets/{code}", f"/sheets/{code}/marks",
                                             f"/sheets/new?like={code}")]  # fmt: skip

    for page in pages:
        assert str(seed) not in page
        for item in kept.items:
            assert item.variant.solution not in page
            assert not any(wrong.feedback in page for wrong in item.variant.misconceptions)


def enter(somebody: Person, code: str, **form: Any) -> TestResponse:
    return somebody.post(f"/sheets/{code}/marks", {"decimal": "point", "own": "yes", **form})


@pytest.mark.parametrize("forms", [RIGHT, WRONG], ids=["right", "wrong"])
def test_every_answer_type_is_typed_as_online(app: Flask, somebody: Person, forms: Any) -> None:
    code = printed(somebody)
    sent: dict[str, Any] = {}
    for number, kind in enumerate(kinds_on(app, code), 1):
        sent |= renamed(forms[kind], number)

    answer = enter(somebody, code, **sent)

    assert answer.status_code == 303, answer.text
    marks = printing.read_sheet(app.extensions["quizengine"], None, code).marks
    verdicts = {mark.grade.verdict for mark in marks.values() if mark.grade}
    assert len(marks) == len(kinds_on(app, code))
    assert verdicts == {"correct"} if forms is RIGHT else "correct" not in verdicts
    assert all(mark.how == "typed" for mark in marks.values())
    assert "We read this as" in somebody.page(f"/sheets/{code}")


def test_marks_by_hand_are_shown_and_can_be_changed(app: Flask, somebody: Person) -> None:
    code = printed(somebody, questions="4")

    enter(
        somebody,
        code,
        **{"m.1": "right", "m.2": "partly", "s.2": "0.25", "m.3": "dont-know", "m.4": "not-reached"},
    )
    page = somebody.page(f"/sheets/{code}")
    again = somebody.page(f"/sheets/{code}/marks")
    enter(somebody, code, **{"m.1": "wrong"})

    for words in ("Correct, marked by hand", "Partly right, marked by hand", "Did not know", "Not reached"):
        assert words in page
    assert re.search(r'name="m.2" value="partly" checked', again)
    assert re.search(r'value="0.25" selected', again)
    mark = printing.read_sheet(app.extensions["quizengine"], None, code).marks[1]
    assert mark.grade is not None
    assert mark.grade.score == 0


def test_what_cannot_be_read_is_asked_again_and_the_rest_is_kept(app: Flask, somebody: Person) -> None:
    code = printed(somebody, types="integer", questions="1")
    both = printed(somebody, questions="6", mix="other")

    found = enter(somebody, code, **{"a.q1-answer": "sinx)"})
    clash = enter(somebody, both, **{"m.1": "right", "a.q1-answer": "7", "a.q1-answer.0": "7", "m.2": "right",
                                     "a.q1-answer.0.0": "7"})  # fmt: skip

    assert found.status_code == 422
    assert 'value="sinx)"' in found.text
    assert "error-summary" in found.text
    assert printing.read_sheet(app.extensions["quizengine"], None, code).marks == {}
    assert clash.status_code == 422
    assert "take one of the two away" in clash.text
    assert list(printing.read_sheet(app.extensions["quizengine"], None, both).marks) == [2]


def test_the_echo_reads_without_judging(somebody: Person) -> None:
    code = printed(somebody, types="fraction", questions="1")
    body = {"part": "q1-answer", "value": "6/8", "decimal": "point"}

    said = somebody.client.post(
        f"/sheets/{code}/items/1/read", json=body, headers={"X-CSRFToken": somebody.token()}
    )
    beyond = somebody.client.post(
        f"/sheets/{code}/items/2/read", json=body, headers={"X-CSRFToken": somebody.token()}
    )

    assert said.json
    assert said.json["ok"]
    assert beyond.status_code == 404


def test_marks_change_the_report(somebody: Person) -> None:
    somebody.begin()
    report = somebody.finish()
    before = json.loads(somebody.get(f"{report}.json").text)
    code = printed(somebody, source="gaps", questions="6")

    enter(somebody, code, **{f"m.{number}": "right" for number in range(1, 7)})

    after = json.loads(somebody.get(f"{report}.json").text)
    assert before["on_paper"] == []
    assert len(after["on_paper"]) == 6
    chance = [
        {one["skill"]: one["chance"] for one in table["skills"]}["math.matrices"] for table in (before, after)
    ]
    assert chance[1] > chance[0]
    assert "6 answers on" in somebody.page(report)
    assert "They count in" in somebody.page(f"/sheets/{code}")


def test_what_somebody_else_wrote_counts_for_nobody(somebody: Person) -> None:
    somebody.begin()
    report = somebody.finish()
    code = printed(somebody)

    somebody.post(f"/sheets/{code}/marks", {"m.1": "right"})

    assert json.loads(somebody.get(f"{report}.json").text)["on_paper"] == []
    assert "they count in no report of yours" in somebody.page(f"/sheets/{code}")


def test_many_copies_have_a_page_with_their_progress(app: Flask, somebody: Person, monkeypatch: Any) -> None:
    monkeypatch.setattr(Pressing, "work_later", lambda self, run_id: None)
    at = somebody.post("/sheets/new", FORM | {"copies": "12", "forms": "2", "questions": "2"}).headers[
        "Location"
    ]
    waiting = somebody.page(at)
    monkeypatch.setattr(printing, "SILENT", timedelta(0))
    interrupted = somebody.page(at)
    assert somebody.get(f"{at}.pdf").status_code == 404
    monkeypatch.setattr(Pressing, "work_later", Pressing.work)

    somebody.post(f"{at}/go-on")

    done = somebody.page(at)
    assert "0 of 12 copies are ready" in waiting
    assert "Reload" in waiting
    assert "Go on" in interrupted
    assert done.count('class="sheet-code"') == 12
    with zipfile.ZipFile(io.BytesIO(somebody.get(f"{at}.zip").data)) as archive:
        assert len(archive.namelist()) == 24
    codes = re.findall(CODES, done)
    everything = f"Practice set, 12 sheets: {' '.join(codes)}"
    assert somebody.get(f"{at}.pdf").text == f"%PDF sheet {everything}"
    assert somebody.get(f"{at}.pdf?of=keys").text == f"%PDF key {everything}"


def test_a_class_list_gives_each_person_a_copy(somebody: Person) -> None:
    def sent(content: bytes) -> TestResponse:
        return somebody.post(
            "/sheets/new", {**FORM, "questions": "2", "names": (io.BytesIO(content), "class.csv")}
        )

    broken = sent(b"name\nAda\n\nAda\n")
    at = sent("name;group\nAda;1\nMüller, Jörg;2\n".encode()).headers["Location"]

    assert broken.status_code == 422
    assert "line 3: this row is empty" in broken.text
    assert "line 4: Ada stands on line 2 already" in broken.text
    page = somebody.page(at)
    assert "<td>Ada</td>" in page
    assert "<td>Müller, Jörg</td>" in page


@pytest.fixture
def of_two(somebody: Person) -> tuple[str, list[str]]:
    """The page of a run of two sheets with two questions each, and their codes."""
    at = somebody.post("/sheets/new", FORM | {"copies": "2", "questions": "2"}).headers["Location"]
    return at, re.findall(CODES, somebody.page(at))


def test_the_marking_grid_is_on_paper_too(
    app: Flask, somebody: Person, of_two: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    at, codes = of_two
    monkeypatch.setattr(Pressing, "pdf", lambda _, source: source.encode())

    found = somebody.get(f"{at}/marks.pdf")

    assert f"{at}/marks.pdf" in somebody.page(at)
    assert found.mimetype == "application/pdf"
    assert all(code in found.text.replace("\\", "") for code in codes)
    assert person(app).get(f"{at}/marks.pdf").status_code == 404


def boxes(somebody: Person, at: str) -> dict[str, str]:
    page = somebody.page(f"{at}/marks")
    return dict(re.findall(r'class="input mark-box" id="[^"]*" name="([^"]+)" value="([^"]*)"', page))


def test_points_of_all_sheets_are_entered_in_a_grid(somebody: Person, of_two: tuple[str, list[str]]) -> None:
    at, (one, other) = of_two
    before = boxes(somebody, at)
    wrong = somebody.post(f"{at}/marks", {f"{one}.1": "1", f"{one}.2": "99"})
    unchanged = boxes(somebody, at)
    sent = {f"{one}.1": "1,0", f"{one}.2": "?", f"{other}.1": "0.5", f"{other}.2": "-"}

    found = somebody.post(f"{at}/marks", sent)
    again = somebody.post(f"{at}/marks", boxes(somebody, at))

    assert list(before) == list(sent)
    assert set(before.values()) == {""}
    assert wrong.status_code == 422
    assert "question 2, of" in wrong.text
    assert unchanged == before
    assert boxes(somebody, at) == {**sent, f"{one}.1": "1"}
    assert (found.headers["Location"], again.headers["Location"]) == (
        f"{at}/marks?entered=4#entered",
        f"{at}/marks?entered=0#entered",
    )


def test_a_pasted_table_is_looked_at_before_it_is_entered(
    somebody: Person, of_two: tuple[str, list[str]]
) -> None:
    at, (one, other) = of_two
    text = f"code,item,mark\n{one},1,right\n{other},2,wrong\n"

    broken = somebody.post(f"{at}/marks.csv", {"text": text + "nonsense,1,right\n", "do": "try"})
    tried = somebody.post(f"{at}/marks.csv", {"text": text, "do": "try"})
    before = boxes(somebody, at)
    entered = somebody.post(f"{at}/marks.csv", {"text": text, "do": "enter"})

    assert broken.status_code == 422
    assert "line 4" in broken.text
    assert "nothing is entered yet" in tried.text
    assert set(before.values()) == {""}
    assert entered.headers["Location"].endswith("?entered=2#entered")
    assert boxes(somebody, at)[f"{other}.2"] == "0"


def sent_file(somebody: Person, at: str, content: bytes, **form: Any) -> TestResponse:
    return somebody.post(f"{at}/marks.csv", {"file": (io.BytesIO(content), "class.csv"), **form})


def test_a_file_of_marks_is_looked_at_and_then_entered_once(
    somebody: Person, of_two: tuple[str, list[str]]
) -> None:
    at, (one, other) = of_two
    content = f"Item;code;mark\r\n1;{one};right\r\n2;{other.lower()};0,5\r\n".encode("utf-8-sig")

    # Not even with the button to enter is a file entered that nobody has looked at.
    tried = sent_file(somebody, at, content, do="enter", text="what was pasted before")
    before = boxes(somebody, at)
    text = html.unescape(re.search(r'(?s)<textarea[^>]*id="text"[^>]*>(.*?)</textarea>', tried.text)[1])  # type: ignore[index]
    entered, again = (somebody.post(f"{at}/marks.csv", {"text": text, "do": "enter"}) for _ in range(2))

    assert "the file comes to; nothing is entered yet" in tried.text
    assert set(before.values()) == {""}
    assert entered.location.endswith("?entered=2#entered")
    assert again.location.endswith("?entered=0#entered")
    assert boxes(somebody, at)[f"{one}.1"] == "1"


def test_a_file_that_cannot_be_read_says_why_and_loses_nothing(
    somebody: Person, of_two: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(marking, "MAX_BYTES", 1000)
    at, (one, _) = of_two
    pasted = f"code,item,mark\n{one},1,right"

    found = sent_file(somebody, at, b"PK\x03\x04", text=pasted, do="try")
    large = sent_file(somebody, at, b"x" * 1001, text=pasted, do="try")
    many = sent_file(somebody, at, b"code,item,mark\n" + b"x,1,right\n" * 60, text=pasted, do="try")

    for answer, words in (
        (found, "workbook"),
        (large, "1,000 bytes"),
        (many, "and 10 more lines at fault"),
    ):
        assert answer.status_code == 422
        assert words in answer.text
        assert "Enter them" not in answer.text
    assert pasted in found.text
    assert pasted in large.text
    assert set(boxes(somebody, at).values()) == {""}


def test_nobody_else_enters_marks_of_a_run(app: Flask, of_two: tuple[str, list[str]]) -> None:
    at, (one, _) = of_two
    other = person(app)
    printed(other)

    assert other.get(f"{at}/marks").status_code == 404
    text = f"code,item,mark\n{one},1,right\n"
    assert other.post(f"{at}/marks.csv", {"text": text, "do": "enter"}).status_code == 404


def test_a_code_is_typed_to_come_back(somebody: Person) -> None:
    code = printed(somebody)

    found = somebody.get(f"/sheets/enter?code={code.lower().replace('-', '%20')}")
    wrong = somebody.get(f"/sheets/enter?code={code[:-1]}{'3' if code[-1] != '3' else '4'}")

    assert found.headers["Location"] == f"/sheets/{code}/marks"
    assert wrong.status_code == 422
    assert "check sign" in wrong.text
    assert somebody.get(f"/sheets/{code.replace('-', '')}/marks").status_code == 200


def test_foreign_and_unknown_codes_look_the_same_and_cannot_be_guessed(app: Flask, somebody: Person) -> None:
    code, other = printed(somebody), person(app)
    printed(other, mix="other")
    paths = ["", ".pdf", ".zip", "/key", "/marks"]

    def told(one: str) -> list[tuple[int, list[str]]]:
        replies = [other.get(f"/sheets/{one}{path}") for path in paths]
        return [(reply.status_code, re.findall(r"<h1>.*?</h1>", reply.text)) for reply in replies]

    foreign, unknown = told(code), told("7KQM-42XF-A6")

    assert foreign == unknown
    assert {status for status, _ in foreign} == {404}
    assert other.post(f"/sheets/{code}/marks", {"m.1": "right"}).status_code == 404
    tries = [other.get("/sheets/7KQM-42XF-A6").status_code for _ in range(12)]
    assert tries[-1] == 429
    assert set(tries) == {404, 429}


def test_a_post_without_its_token_is_refused(somebody: Person) -> None:
    code = printed(somebody)

    for path in ("/sheets/new", "/sheets/preview", f"/sheets/{code}/marks", f"/sheets/{code}/items/1/read"):
        assert somebody.client.post(path, data=FORM).status_code == 403, path


def test_nobody_has_sheets_before_they_begin(somebody: Person) -> None:
    assert somebody.get("/sheets/7KQM-42XF-A6").status_code == 404
    assert somebody.get("/sheets/runs/aaaaaaaaaaaaaaaaaaaaaaaaaa").status_code == 404
    assert somebody.get("/sheets/enter").status_code == 200


def test_another_like_it_has_the_same_wish_and_a_mix_of_its_own(somebody: Person) -> None:
    code = printed(somebody, title="Monday", paper="letter", large_print="yes", level="medium")

    page = somebody.page(f"/sheets/new?like={code}")

    assert 'value="Monday"' in page
    assert re.search(r'value="letter" checked', page)
    assert re.search(r'name="large_print" value="yes" checked', page)
    assert re.search(r'value="medium" selected', page)
    assert re.search(r'value="math.matrices" checked', page)
    assert 'name="mix" value="m"' not in page


def test_with_a_public_address_the_qr_code_leads_to_the_marks(tmp_path: Path, monkeypatch: Any) -> None:
    sources: list[str] = []

    def kept(self: Pressing, source: str) -> bytes:
        sources.append(source)
        return b"%PDF"

    draw_fixed(monkeypatch)
    monkeypatch.setattr(Pressing, "pdf", kept)
    app = create_app(Settings(data=tmp_path / "public", public_url="http://localhost"), bank=bank())

    code = printed(person(app), questions="1")

    address = f"http://localhost/sheets/{code.replace('-', '')}/marks"
    assert qr(address) in sources[0]
    assert qr("QE1:" + code.replace("-", "")) not in sources[0]


#: What each page of a sheet takes, as the table of rights names it.
PAGES = {
    "sheets.show": "enter", "sheets.sheet_pdf": "print", "sheets.sheet_zip": "key", "sheets.key": "key",
    "sheets.share": "share", "sheet_marks.marks": "enter", "sheet_marks.enter": "enter",
    "sheet_marks.read": "enter",
}  # fmt: skip


def pages_of(app: Flask, code: str) -> list[tuple[str, str, str]]:
    """Endpoint, method and address of every page that is about one sheet."""
    return [
        (rule.endpoint, method, rule.rule.replace("<code>", code).replace("<int:number>", "1"))
        for rule in app.url_map.iter_rules()
        if rule.arguments & {"code"} and rule.endpoint.startswith("sheet")
        for method in sorted((rule.methods or set()) & {"GET", "POST"})
    ]


def opened(who: Person, app: Flask, code: str) -> dict[str, int]:
    found = {}
    for endpoint, method, path in pages_of(app, code):
        answer = who.get(path) if method == "GET" else who.post(path, {"do": "stop"})
        found[endpoint] = answer.status_code
    return found


def test_every_page_of_a_sheet_opens_for_whom_the_table_of_rights_says(
    app: Flask, somebody: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(printing, "MISSES", 10_000)
    code, other = printed(somebody, questions="2"), person(app)
    printed(other, mix="other")

    before = opened(other, app, code)
    somebody.post(f"/sheets/{code}/share", {"do": "share", "of": "sheet"})
    shared = opened(other, app, code)
    somebody.post(f"/sheets/{code}/share", {"do": "stop", "of": "sheet"})
    after, unknown = opened(other, app, code), opened(other, app, "7KQM-42XF-A6")

    assert set(before) == set(PAGES)
    assert set(before.values()) == {404}
    assert after == unknown == before
    for endpoint, permission in PAGES.items():
        is_open = may_with_sheet(permission, is_owner=False, is_shared=True)  # type: ignore[arg-type]
        assert (shared[endpoint] != 404) == is_open, endpoint
    assert 404 not in opened(somebody, app, code).values()


def test_somebody_with_the_code_enters_answers_of_their_own(app: Flask, somebody: Person) -> None:
    at = somebody.post(
        "/sheets/new", FORM | {"questions": "2", "names": (io.BytesIO(b"name\nAda\nGrace\n"), "c.csv")}
    )
    code, second = re.findall(CODES, somebody.page(at.location))
    enter(somebody, code, **{"m.1": "right", "m.2": "wrong"})
    other = person(app)
    other.begin()
    report = other.finish()
    somebody.post(f"/sheets/{code}/share", {"do": "share", "of": "run"})

    found = other.get(f"/sheets/enter?code={second}")
    marks = other.page(f"/sheets/{code}/marks")
    saved = other.post(f"/sheets/{code}/marks", {"m.1": "dont-know", "m.2": "right"})
    page = other.page(saved.location)

    assert found.location == f"/sheets/{second}/marks"
    assert not re.search(r'name="m\.\d" value="(right|wrong)" checked', marks)
    assert 'name="own"' not in marks
    for words in ("Ada", "/key", ".pdf", ".zip", "/runs/", "/share", "Make another"):
        assert words not in marks + page, words
    assert "shared with you" in page
    assert "Did not know" in page
    assert len(json.loads(other.get(f"{report}.json").text)["on_paper"]) == 2
    mine = somebody.page(f"/sheets/{code}")
    assert "Did not know" not in mine
    assert "1 person has done so" in mine
    assert "2 of 2 copies are shared" in mine
    assert code not in other.page("/sheets")


def test_who_scans_a_sheet_and_has_not_begun_is_asked_to_first(app: Flask, somebody: Person) -> None:
    code, other = printed(somebody), person(app)
    somebody.post(f"/sheets/{code}/share", {"do": "share"})

    asked = [other.get(other.get(f"/sheets/{one}/marks").location) for one in (code, "7KQM-42XF-A6")]
    begun = other.post("/sheets/enter", {"code": code})
    there = other.get(begun.location)

    assert {page.status_code for page in asked} == {404}
    assert all("Whose answers are they?" in page.text for page in asked)
    assert there.location == f"/sheets/{code}/marks"
    assert other.get(there.location).status_code == 200
