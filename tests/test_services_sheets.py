"""Choosing what is printed, the codes of sheets, and marking what was written on them."""

from __future__ import annotations

import json
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizengine.errors import TableError, UnknownNameError
from quizengine.grading import grade, key_text
from quizengine.model.answers import OrderingAnswer
from quizengine.model.sheet import Sheet, SheetItem
from quizengine.model.variant import misconception_title
from quizengine.services.codes import SIGNS, SheetCodeError, make_code, read_code
from quizengine.services.marking import MarksError, mark_rows, marks_text, read_marks
from quizengine.services.sheets import (
    FORM_LETTERS,
    SheetError,
    SheetWish,
    make_sheets,
    plan_sheets,
    sheet_from_json,
    sheet_to_json,
)
from tests.factories import shipped_bank

WISH = SheetWish(skills=("math.matrices", "math.bayes"), minutes=30, forms=2, copies=4, seed=5)


def sheets(wish: SheetWish = WISH) -> list[Sheet]:
    return list(make_sheets(wish, plan_sheets(shipped_bank(), wish)))


@pytest.fixture(scope="module")
def four() -> list[Sheet]:
    return sheets()


def test_the_minutes_are_met_and_every_skill_has_its_share(four: list[Sheet]) -> None:
    assert all(27 <= sheet.minutes <= 33 for sheet in four)
    skills = [item.variant.primary_skill for item in four[0].items]
    assert skills == sorted(skills, key=WISH.skills.index)
    assert all(sum(one == skill for one in skills) >= 2 for skill in WISH.skills)


def test_inside_a_skill_it_goes_from_easy_to_hard(four: list[Sheet]) -> None:
    for skill in WISH.skills:
        levels = [i.variant.difficulty for i in four[0].items if i.variant.primary_skill == skill]
        assert levels == sorted(levels)


def test_each_copy_has_the_same_questions_with_values_of_its_own(four: list[Sheet]) -> None:
    assert [sheet.form for sheet in four] == ["A", "B", "A", "B"]
    assert len({sheet.code for sheet in four}) == 4
    assert len({tuple(i.variant.question_id for i in sheet.items) for sheet in four}) == 1
    for one, other in combinations(four, 2):
        for left, right in zip(one.items, other.items, strict=True):
            assert left.variant.identity != right.variant.identity


def test_equal_wishes_give_equal_sheets(four: list[Sheet]) -> None:
    assert sheets() == four


def test_a_record_gives_the_sheet_back_whole(four: list[Sheet]) -> None:
    sql = sheets(SheetWish(skills=("de.sql-joins",), minutes=20, seed=2))

    for sheet in (*four, *sql):
        assert sheet_from_json(json.loads(json.dumps(sheet_to_json(sheet)))) == sheet


@pytest.mark.parametrize("damage", [None, [], {}, {"format": "quizengine-sheets-1"}, {"format": "x"}])
def test_what_is_no_record_is_refused(damage: object) -> None:
    with pytest.raises(SheetError):
        sheet_from_json(damage)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"minutes": 0}, "between 1 and 240"),
        ({"forms": 27}, "between 1 and 26"),
        ({"copies": 1001}, "between 1 and 1000"),
        ({"difficulty": (2.0, 1.0)}, "1..2"),
        ({"difficulty": (2.9, 3.0)}, "from -"),
        ({"minutes": 1, "difficulty": (0.5, 3.0)}, "shortest question"),
        ({"skills": ()}, "which skills"),
    ],
)
def test_a_wish_that_cannot_be_met_says_what_would_do(wish: dict[str, object], words: str) -> None:
    with pytest.raises(SheetError, match=words):
        plan_sheets(shipped_bank(), SheetWish(**{"skills": ("math.matrices",), **wish}))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wish", "near"), [({"skills": ("maths",)}, "math"), ({"types": ("matrx",)}, "matrix")]
)
def test_an_unknown_name_gets_the_nearest(wish: dict[str, object], near: str) -> None:
    with pytest.raises(UnknownNameError, match=near):
        plan_sheets(shipped_bank(), SheetWish(**{"skills": ("math",), **wish}))  # type: ignore[arg-type]


def test_too_few_questions_are_told() -> None:
    plan = plan_sheets(shipped_bank(), SheetWish(skills=("math.matrices",), minutes=200))

    assert any("of the 200 wanted minutes" in note for note in plan.notes)


def test_only_the_types_asked_for_come() -> None:
    plan = plan_sheets(shipped_bank(), SheetWish(skills=("math",), types=("matrix",), minutes=20))

    assert {part.type for entry in plan.questions for part in entry.question.parts} == {"matrix"}


@given(st.text(), st.sampled_from(FORM_LETTERS))
def test_a_code_is_read_however_it_is_typed(seed: str, form: str) -> None:
    code = make_code(seed, form)

    assert set(code) <= {*SIGNS, "-"}
    assert read_code(code) == read_code(code.lower()) == read_code(f" {code.replace('-', ' ')} ") == code


def test_each_of_the_26_forms_has_a_sign_of_its_own_in_codes() -> None:
    assert len({make_code("run 7, copy 1", form)[-2] for form in FORM_LETTERS}) == 26


@given(st.text(), st.integers(0, 9), st.sampled_from(SIGNS))
def test_one_wrong_sign_is_seen(seed: str, place: int, sign: str) -> None:
    body = make_code(seed, "A").replace("-", "")
    wrong = body[:place] + sign + body[place + 1 :]

    if wrong != body:
        with pytest.raises(SheetCodeError):
            read_code(wrong)


@given(st.text(), st.integers(0, 8), st.integers(0, 8))
def test_two_swapped_signs_are_seen(seed: str, one: int, other: int) -> None:
    signs = list(make_code(seed, "A").replace("-", ""))
    signs[one], signs[other] = signs[other], signs[one]

    if "".join(signs) != make_code(seed, "A").replace("-", ""):
        with pytest.raises(SheetCodeError):
            read_code("".join(signs))


@pytest.mark.parametrize(
    ("typed", "words"), [("", "10 signs"), ("0000-0000-00", "no O"), ("ÄÄÄÄ-ÄÄÄÄ-AA", "no O")]
)
def test_what_is_no_code_says_why(typed: str, words: str) -> None:
    with pytest.raises(SheetCodeError, match=words):
        read_code(typed)


def right_rows(sheet: Sheet) -> str:
    lines = ["code,item,part,answer"]
    for at, item in enumerate(sheet.items, 1):
        parts = item.variant.parts
        lines += [f'{sheet.code},{at},{part.name},"{key_text(part.answer)}"' for part in parts]
    return "\n".join(lines)


def test_right_answers_have_all_marks(four: list[Sheet]) -> None:
    typed = sheets(SheetWish(skills=("math.matrices",), types=("integer", "matrix"), minutes=20))[0]

    found = list(mark_rows(typed, read_marks(right_rows(typed), typed)))

    assert [one.score for one in found] == [1.0] * len(typed.items)
    assert sum(one.marks for one in found) == typed.marks


def test_a_wrong_answer_has_its_name(four: list[Sheet]) -> None:
    item = next(i for i in four[0].items if i.variant.question_id == "math.matrices.determinant-2x2")
    at = four[0].items.index(item) + 1
    wrong = item.variant.misconceptions[0]
    answer = wrong.answers[0]
    assert answer is not None
    rows = f"item,answer\n{at},{key_text(answer)}\n"

    found = list(mark_rows(four[0], read_marks(rows, four[0])))[at - 1]

    assert (found.misconception, found.score) == (wrong.id, 0.0)
    assert grade(item.variant, key_text(answer)).misconception == wrong.id


def test_a_mistake_is_named_as_the_key_names_it_or_by_its_id(four: list[Sheet]) -> None:
    name = four[0].items[0].variant.misconceptions[0].id

    for typed in (name, f"{misconception_title(name)}."):
        rows = read_marks(f'item,mark,misconception\n1,wrong,"{typed}"\n', four[0])
        assert next(mark_rows(four[0], rows)).misconception == name


def test_marks_by_hand_and_what_was_not_reached(four: list[Sheet]) -> None:
    rows = "item,mark\n1,right\n2,0.25\n3,dont know\n4,not reached\n"

    found = list(mark_rows(four[0], read_marks(rows, four[0])))

    assert [(one.how, one.score) for one in found[:4]] == [
        ("marked", 1.0),
        ("marked", 0.25),
        ("dont-know", 0.0),
        ("not-reached", None),
    ]
    assert all(one.how == "not-reached" for one in found[4:])


def test_numbers_beside_the_items_of_an_ordering_are_their_places() -> None:
    entry = next(e for e in shipped_bank().questions.values() if e.question.parts[0].type == "ordering")
    variant = entry.variant(3)
    assert isinstance(variant.answer, OrderingAnswer)
    places = [variant.answer.key.index(one.id) + 1 for one in variant.answer.items]
    sheet = Sheet(
        code="919G-PETW-A4", form="A", title="t", paper="a4", large_print=False, minutes=1,
        items=(SheetItem(variant, 1),),
    )  # fmt: skip

    rows = read_marks(f'item,answer\n1,"{", ".join(map(str, places))}"\n', sheet)

    assert next(mark_rows(sheet, rows)).score == 1


def test_every_faulty_line_is_named_at_once(four: list[Sheet]) -> None:
    rows = "item,answer,mark\n0,1,\n99,1,\nx,1,\n1,,\n1,2,right\n2,,great\n2,,1e9\n"

    with pytest.raises(MarksError) as told:
        read_marks(rows, four[0])

    assert [line.split(":")[0] for line in str(told.value).splitlines()] == [f"line {n}" for n in range(2, 9)]


@pytest.mark.parametrize("text", ["", "a,b\n1,2", "item\n1", "\x00"])
def test_a_file_without_the_columns_says_which(text: str, four: list[Sheet]) -> None:
    with pytest.raises(MarksError, match="item,answer"):
        read_marks(text, four[0])


def test_rows_of_other_sheets_are_left_out_and_the_last_counts(four: list[Sheet]) -> None:
    rows = f"code,item,mark\n{four[1].code},1,wrong\n{four[0].code},1,wrong\n{four[0].code},1,right\n"

    assert next(mark_rows(four[0], read_marks(rows, four[0]))).score == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_csv_of_any_spreadsheet_is_read(encoding: str, delimiter: str, four: list[Sheet]) -> None:
    rows = [
        ["Item", "code", "mark", "remark"],
        ["1", four[0].code, '"0,5"', "très bien"],
        [],
        ["2", "", "right"],
    ]
    content = "\r\n".join(delimiter.join(row) for row in rows).encode(encoding)

    found = read_marks(marks_text(content), four[0])

    assert [(one.line, one.item, one.mark) for one in found] == [(2, 1, "0.5"), (4, 2, "right")]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The file is empty"),
        (b" \n\n", "The file is empty"),
        (b"code,item,mark\n\n", "no row below the first line"),
        (b"name,mark\nAda,1\n", "first line must name the columns"),
        (b"code,item,item,mark\n", "column item twice"),
        (b"PK\x03\x04\x14\x00", "workbook"),
        (b"\x89PNG\r\n\x1a\n\x00", "line 1: byte 1 is not UTF-8"),
        (
            b"item,mark,note\n1,right,M\xfcller\n2,wrong,\n3,right,\xe9\n",
            "line 2: byte 10 .*\nline 4: byte 9",
        ),
        (b"\xff\xfec", "damaged UTF-16"),
        (b"item,answer\n1,[1,2]\n", "line 2: there are 3 columns where the first line has 2"),
        (b'item,answer\n1,"1\n2"\n9999,1\n', "line 4: there is no question 9999"),
        (b'item,answer\n1,"' + b"x" * 140_000, "line 2: this is no CSV"),
        (b"item,mark\n" + b"1,right\n" * 125_000, "1,000,000 bytes"),
    ],
    ids=range(13),
)
def test_a_file_that_is_no_csv_of_marks_says_what_to_mend(
    content: bytes, words: str, four: list[Sheet]
) -> None:
    with pytest.raises((MarksError, TableError), match=words):
        read_marks(marks_text(content), four[0])
