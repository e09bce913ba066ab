"""Questions of other systems become questions that load and are judged; nothing is dropped silently."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from quizengine.bank import Bank, load_bank
from quizengine.cli import main
from quizengine.grading import grade, key_text
from quizengine.markup import to_text
from quizengine.markup.from_html import html_to_markdown, text_to_markdown
from quizengine.model.variant import Variant
from quizengine.paper.export import Options, export
from quizengine.services.importing import ImportFileError, import_questions
from tests.export_examples import collection

HEAD = '<?xml version="1.0" encoding="UTF-8"?><quiz>'


def moodle(kind: str, inside: str, text: str = "What is it, <b>then</b>?", name: str = "A name") -> bytes:
    return (
        f'{HEAD}<question type="category"/><question type="{kind}">'
        f"<name><text>{name}</text></name>"
        f'<questiontext format="html"><text><![CDATA[{text}]]></text></questiontext>{inside}'
        "</question></quiz>"
    ).encode()


def answer(text: str, fraction: float, feedback: str = "", more: str = "") -> str:
    said = f"<feedback><text>{feedback}</text></feedback>"
    return f'<answer fraction="{fraction}"><text>{text}</text>{more}{said}</answer>'


def bank_of(content: bytes, form: str, folder: Path) -> Bank:
    for name, text in import_questions(content, form).files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return load_bank(folder)


def only(content: bytes, form: str, folder: Path) -> Variant:
    bank = bank_of(content, form, folder)
    assert len(bank) == 1
    return bank[next(iter(bank))].variant(1)


def notes_of(content: bytes, form: str) -> str:
    return "\n".join(note for made in import_questions(content, form).made for note in made.notes)


# Moodle XML


def test_a_choice_keeps_its_options_its_key_and_what_is_said(tmp_path: Path) -> None:
    inside = (
        answer("A mouse", 100) + answer("A &lt;i&gt;cat&lt;/i&gt;", 0, "Cats eat mice, never cheese.")
        + "<generalfeedback><text>Mice are said to like it.</text></generalfeedback>"
    )  # fmt: skip
    variant = only(moodle("multichoice", inside, "Who likes \\(x^2\\) &amp; cheese?"), "moodle", tmp_path)

    assert to_text(variant.prompt) == "Who likes x^2 & cheese?"
    assert key_text(variant.answer) == "A mouse"
    told = grade(variant, next(one.id for one in variant.answer.options if "cat" in one.text))  # type: ignore[union-attr]
    assert (told.verdict, told.feedback) == ("wrong", "Cats eat mice, never cheese.")
    assert variant.solution == "Mice are said to like it."


def test_several_right_options_become_ticks(tmp_path: Path) -> None:
    inside = "<single>false</single>" + answer("2", 50) + answer("3", 50) + answer("4", -100)
    variant = only(moodle("multichoice", inside), "moodle", tmp_path)

    assert variant.answer_types == ("choices",)
    assert key_text(variant.answer) in ("2; 3", "3; 2")


def test_a_number_keeps_its_tolerance_and_a_credit(tmp_path: Path) -> None:
    inside = (
        answer("2.5", 100, more="<tolerance>0.1</tolerance>")
        + answer("-4", 50, "You turned the sign round.", "<tolerance>0.1</tolerance>")
        + answer("*", 0, "Look it up again.")
    )  # fmt: skip
    content = moodle("numerical", inside)
    variant = only(content, "moodle", tmp_path)

    assert grade(variant, "2.59").verdict == "correct"
    assert grade(variant, "2.61").verdict == "wrong"
    assert (grade(variant, "-4").score, grade(variant, "-4").feedback) == (
        0.5,
        "You turned the sign round.",
    )
    assert "what is said about any other answer" in notes_of(content, "moodle")


def test_pairs_and_what_belongs_to_none_come_along(tmp_path: Path) -> None:
    inside = "".join(
        f"<subquestion><text>{left}</text><answer><text>{right}</text></answer></subquestion>"
        for left, right in (("cat", "mouse"), ("dog", "bone"), ("", "hay"))
    )
    variant = only(moodle("matching", inside), "moodle", tmp_path)

    assert key_text(variant.answer) in ("cat: mouse; dog: bone", "dog: bone; cat: mouse")
    assert "hay" in {one.text for one in variant.answer.right}  # type: ignore[union-attr]


def test_a_short_answer_is_a_word_or_a_number(tmp_path: Path) -> None:
    word = only(
        moodle("shortanswer", answer("Paris", 100) + answer("Rome", 0, "That is in Italy, not in France.")),
        "moodle",
        tmp_path / "a",
    )
    ratio = only(moodle("shortanswer", answer("3/4", 100) + answer("6/8", 100)), "moodle", tmp_path / "b")

    assert grade(word, [["  paris "]]).verdict == "correct"
    assert grade(word, [["Rome"]]).feedback == "That is in Italy, not in France."
    assert grade(ratio, "0.75").verdict == "correct"


def test_true_or_false_is_a_choice(tmp_path: Path) -> None:
    variant = only(moodle("truefalse", answer("true", 0) + answer("false", 100)), "moodle", tmp_path)

    assert key_text(variant.answer) == "false"


@pytest.mark.parametrize(
    ("kind", "inside", "text", "reason"),
    [
        ("essay", "", "Write a long text.", "its type is essay"),
        ("cloze", "", "Two {1:NM:=2}", "its type is cloze"),
        ("numerical", answer("two", 100), "How many are there?", "no number"),
        ("numerical", answer("2", 50), "How many are there?", "the full mark"),
        ("multichoice", answer("a", 50) + answer("b", 50), "Which one is it?", "worth the full mark"),
        (
            "multichoice",
            answer("a", 100) + answer("a", 0),
            "Which one is it?",
            "two of its options are equal",
        ),
        ("shortanswer", answer("P*s", 100), "Which town is it?", "pattern"),
        ("numerical", answer("2", 100), "See <img src='x.png'>.", "a picture"),
        ("numerical", answer("2", 100), "Compute \\(\\foo{2}\\).", "\\foo"),
        ("numerical", answer("2", 100), "", "no text"),
    ],
)
def test_what_cannot_come_along_is_named_with_its_reason(
    kind: str, inside: str, text: str, reason: str
) -> None:
    with pytest.raises(ImportFileError) as told:
        import_questions(moodle(kind, inside, text), "moodle")

    assert "A name: " in str(told.value)
    assert reason in str(told.value)


def test_a_wrong_answer_too_near_to_the_key_is_told_and_the_question_stays(tmp_path: Path) -> None:
    inside = answer("2", 100, more="<tolerance>0.5</tolerance>") + answer("2.4", 0, "That is near, but no.")
    content = moodle("numerical", inside)

    assert grade(only(content, "moodle", tmp_path), "2").verdict == "correct"
    assert "lost: its 1 wrong answers with feedback" in notes_of(content, "moodle")


# GIFT

GIFT = r"""
// A comment, then the examples of Moodle's own documentation
$CATEGORY: $course$/top/Animals

::Q1:: 1+1=2 {T#That is not so: count again.}

::Q2:: What's between orange and green in the spectrum?
{ =yellow # right; good! ~red # wrong, it's yellow ~blue # wrong, it's yellow }

Two plus {=two =2} equals four.

::Q4:: Which animal eats which food? { =cat -> cat food =dog -> dog food }

::Q5:: What is a number from 1 to 5? {#3:2}

::Q6:: What is a number from 1 to 5? {#1..5}

::Q7:: When was Ulysses S. Grant born? {#
=1822:0 # Correct! Full credit.
=%50%1822:2 # He was born in 1822. Half credit for being close.
}

::Q8:: What two people are entombed in Grant's tomb? {
~%-100%No one ~%50%Grant ~%50%Grant's wife ~%-100%Her father }

::Q9:: How are you? {}

::Q10\:x::[html]<p>\{x \= \#1\} \~ \\(\\frac\{1\}\{2\}\\)</p>{#0.5}
"""


def test_the_examples_of_the_format_come_along(tmp_path: Path) -> None:
    found = import_questions(GIFT.encode(), "gift")
    bank = bank_of(GIFT.encode(), "gift", tmp_path)
    variants = [bank[made.id].variant(1) for made in found.made]

    assert [variant.answer_types[0] for variant in variants] == [
        "choice", "choice", "table", "matching", "number", "number", "integer", "choices", "number",
    ]  # fmt: skip
    assert [key_text(one.answer) for one in variants[:2]] == ["True", "yellow"]
    assert grade(variants[4], "4.9").verdict == grade(variants[5], "1").verdict == "correct"
    assert to_text(variants[2].prompt) == "Two plus ____ equals four."
    assert to_text(variants[-1].prompt) == "{x = #1} ~ 1/2"
    assert [one.name for one in found.left_out] == ["Q9 (line 26)"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("What {=a", "its { has no }"),
        ("What {=a} and {=b}", "more than one place"),
        ("Only a text", "no answers"),
        ("What {#one}", "no number"),
        ("What {#5..1}", "the smaller first"),
        ("What {a ~b}", "no = or ~ before it"),
        ("What {~%x%a ~b}", "none of its options is right"),
        ("What {~%200%a ~b}", "no percentage"),
    ],
)
def test_broken_gift_is_told_with_its_line(text: str, reason: str) -> None:
    with pytest.raises(ImportFileError) as told:
        import_questions(f"\n{text}\n".encode(), "gift")

    assert reason in str(told.value)
    assert "line 2" in str(told.value)


@given(st.text(alphabet="{}=~#:%\\->T1.x\n /[]", max_size=80))
def test_no_gift_breaks_the_reader(text: str) -> None:
    try:
        import_questions(f"::a:: {text}".encode(), "gift")
    except ImportFileError:
        return


# Hostile files


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b'<!DOCTYPE q [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><quiz>&b;</quiz>', "DTD"),
        (b'<!DOCTYPE q SYSTEM "file:///etc/passwd"><quiz/>', "DTD"),
        (b'<!DOCTYPE q [<!ENTITY a SYSTEM "file:///etc/passwd">]><quiz>&a;</quiz>', "DTD"),
        (b"<quiz>&undefined;</quiz>", "well-formed"),
        (b"<quiz><question>", "well-formed"),
        (b"PK\x03\x04", "well-formed"),
        (b'<?xml version="1.0" encoding="nonsense"?><quiz/>', "well-formed"),
        ('<?xml version="1.0" encoding="UTF-8"?><quiz>é</quiz>'.encode("latin-1"), "well-formed"),
        (b"<html></html>", "<html>"),
        (b"<quiz></quiz>", "no questions"),
        (b"  ", "empty"),
        (b"<quiz>" + b" " * 20_000_001, "bytes"),
        (b"<quiz>" + b'<question type="essay"/>' * 5001 + b"</quiz>", "5001 questions"),
    ],
)
def test_a_hostile_file_gets_a_clear_error(content: bytes, reason: str) -> None:
    with pytest.raises(ImportFileError, match=reason):
        import_questions(content, "moodle")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("é {=a}".encode("latin-1"), "line 1: the file is not UTF-8"),
        (b"a\0b {=a}", "zero bytes"),
        (b"", "empty"),
    ],
)
def test_text_that_is_none_gets_a_clear_error(content: bytes, reason: str) -> None:
    with pytest.raises(ImportFileError, match=reason):
        import_questions(content, "gift")


def test_elements_nested_without_end_are_refused(tmp_path: Path) -> None:
    deep = moodle("numerical", answer("2", 100), "<b>" * 5000 + "x")

    with pytest.raises(ImportFileError, match="nested"):
        import_questions(deep, "moodle")


@pytest.mark.parametrize(
    "text", ["{{ 1/0 }}", "{% for x in y %}", "{# gone #}", "{{ '{{' }}", "'''", '"""', "\\"]
)
def test_text_that_looks_like_an_expression_stays_text(text: str, tmp_path: Path) -> None:
    inside = answer(f"<![CDATA[<code>{text}</code>]]>", 100) + answer("other", 0, f"So: {text} it is not.")
    variant = only(
        moodle("multichoice", inside, f"What is <code>{text}</code> and {text}?"), "moodle", tmp_path
    )

    assert to_text(variant.prompt) == f"What is {text} and {text}?"
    assert to_text(key_text(variant.answer)) == text
    assert to_text(variant.misconceptions[0].feedback) == f"So: {text} it is not."


@given(st.text(alphabet=st.characters(blacklist_categories=["Cc", "Cs"]), max_size=60))
def test_plain_text_comes_back_as_it_was(text: str) -> None:
    line = " ".join(text.replace("\\", "").replace("$", "").split())

    assert " ".join(to_text(text_to_markdown(f"x {line}")).split()) == f"x {line}".strip()


def test_html_becomes_markdown_and_what_changes_is_told() -> None:
    told: list[str] = []
    html = (
        "<p>a<br>b</p><ul><li>one<li>two</ul><table><tr><th>h|</th></tr><tr><td>x<sup>2</sup></td></tr></table>"
        "<marquee>m</marquee>"
    )

    text = to_text(html_to_markdown(html, told.append))

    assert "a\nb" in text
    assert "- one\n- two" in text
    assert "h|" in text
    assert "x²" in text
    assert told == ["<marquee> has no Markdown: its text stands there plainly"]


# Round trip and command


@pytest.mark.parametrize("form", ["moodle", "gift"])
@pytest.mark.parametrize("kind", ["integer", "fraction", "choice", "choices", "matching"])
def test_what_was_exported_is_imported_with_the_same_key(form: str, kind: str, tmp_path: Path) -> None:
    before = collection(kind).variants[0]
    content = next(iter(export(collection(kind), form, Options()).files.values()))

    after = only(content, form, tmp_path)

    assert to_text(after.prompt).split() == to_text(before.prompt).split()
    assert sorted(to_text(key_text(after.answer)).split("; ")) == sorted(
        to_text(key_text(before.answer)).split("; ")
    )


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(main, ["import", *map(str, words)])


def test_the_command_makes_a_bank_that_check_reads(tmp_path: Path) -> None:
    (tmp_path / "quiz.gift").write_text(GIFT, "utf-8")

    found = run(tmp_path / "quiz.gift", "--format", "gift", "--out", tmp_path / "bank")
    checked = CliRunner().invoke(main, ["check", "--bank", str(tmp_path / "bank"), "--seeds", "2"])

    assert found.exit_code == 0, found.output
    assert "left out  Q9 (line 26): it is an essay" in found.output
    assert "left for you: misconceptions" in (tmp_path / "bank" / "IMPORT-REPORT.txt").read_text("utf-8")
    assert "9 questions" in checked.output
    assert "it names no misconception" in checked.output


def test_questions_go_to_a_skill_of_a_bank_and_write_nothing_over(tmp_path: Path) -> None:
    (tmp_path / "quiz.gift").write_text(
        "::One:: What is it, then? {=a =%0%b #That is not so at all.}", "utf-8"
    )
    out = tmp_path / "bank"
    run(tmp_path / "quiz.gift", "--format", "gift", "--out", out)

    twice = run(tmp_path / "quiz.gift", "--format", "gift", "--out", out)
    more = run(tmp_path / "quiz.gift", "--format", "gift", "--out", out, "--skill", "imported.questions")
    unknown = run(tmp_path / "quiz.gift", "--format", "gift", "--out", out, "--skill", "imported.question")

    assert (twice.exit_code, "--skill" in twice.output) == (1, True)
    assert more.exit_code == 0, more.output
    assert sorted(load_bank(out)) == ["imported.questions.one", "imported.questions.one-2"]
    assert "Did you mean 'imported.questions'?" in unknown.output


def test_a_file_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_bytes(b"<html/>")

    found = run(tmp_path / "a.xml", "--format", "moodle", "--out", tmp_path / "out")

    assert found.exit_code == 1
    assert found.output.startswith(f"Error: {tmp_path / 'a.xml'}: this is no Moodle XML")
    assert not (tmp_path / "out").exists()
