"""Formats without a judge: CSV, JSON, Markdown, LaTeX. No answer leaves unless it is asked for."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from quizengine.markup import commands, to_text
from quizengine.markup.document import read_markdown
from quizengine.markup.formula import read_formula
from quizengine.markup.latex import DEFINITIONS, declarations, latex_text, to_latex
from quizengine.markup.writing import escape_markdown, fenced
from quizengine.model.answers import ChoiceAnswer, Option
from quizengine.model.collection import Collection, Family
from quizengine.paper.export import KEYED, Options, export
from quizengine.paper.export.documents import _PREAMBLE
from quizengine.services.exporting import (
    CollectionError,
    collection_from_json,
    collection_schema,
)
from tests.export_examples import KINDS, collection, example
from tests.factories import make_variant

SCHEMA = Path(__file__).parents[1] / "docs" / "schemas" / "questions-1.schema.json"
ENVIRONMENTS = sorted(set(commands.ENVIRONMENTS) - {"array", "substack"})
NO_LATEX = "no pdflatex found: LaTeX is not compiled (Debian: apt-get install texlive-latex-recommended)"


def content(form: str, *kinds: str, with_key: bool = False, **options: bool) -> str:
    files = export(collection(*kinds), form, Options(with_key=with_key, **options)).files
    return next(iter(files.values())).decode()


# The key


@pytest.mark.parametrize("form", sorted(KEYED))
def test_no_answer_leaves_without_with_key(form: str) -> None:
    secret = "an option that nobody else has"
    variant = make_variant(ChoiceAnswer(options=(Option("a", "x"), Option("b", "y")), key="b"))
    variant = replace(variant, solution=f"The solution: {secret}.", hints=(secret,), values={"v": secret})
    made = {
        key: export(Collection("One", (Family((variant,), 1),)), form, Options(with_key=key)).files
        for key in (True, False)
    }

    assert secret.encode() in b"".join(made[True].values())
    assert secret.encode() not in b"".join(made[False].values())


@pytest.mark.parametrize(
    "kind", ["integer", "number", "fraction", "sql", "config", "output", "set", "expression"]
)
@pytest.mark.parametrize("form", sorted(KEYED))
def test_without_its_key_a_file_holds_no_key_of_any_type(form: str, kind: str) -> None:
    secrets = {
        "integer": "-12", "number": "0.25", "fraction": "3/4", "sql": "SELECT count(*)",
        "config": "replicas: 3", "output": "0\n1", "set": "{2, 3}", "expression": "x^2 - 1",
    }  # fmt: skip

    assert secrets[kind] not in content(form, kind)


# CSV


def test_a_row_a_variant_is_read_back_as_it_was() -> None:
    rows = list(csv.DictReader(io.StringIO(content("csv", *KINDS, with_key=True), newline="")))

    assert [row["question"] for row in rows] == [f"math.examples.{kind}" for kind in KINDS]
    number = rows[KINDS.index("number")]
    assert (number["key"], number["marks"], number["types"]) == ("0.25", "2", "number")
    assert number["figure"].endswith('.svg: A line from 0 to "10" & down.')
    assert "You made the slip" in number["mistakes"]


@pytest.mark.parametrize("start", "=+-@\t\r")
def test_no_cell_is_a_formula_unless_raw(start: str) -> None:
    variant = replace(make_variant(), title=f"{start}cmd|'/c calc'!A0")
    one = Collection("One", (Family((variant,), 1),))

    guarded, raw = (
        next(
            csv.DictReader(
                io.StringIO(export(one, "csv", options).files["questions.csv"].decode(), newline="")
            )
        )
        for options in (Options(), Options(raw=True))
    )

    assert guarded["title"] == f"'{variant.title}"
    assert raw["title"] == variant.title


def test_a_mark_for_excel_stands_first_if_asked() -> None:
    files = export(collection("integer"), "csv", Options(bom=True)).files

    assert files["questions.csv"].startswith(b"\xef\xbb\xbfname,")


# JSON


def test_json_with_its_key_is_read_back_as_the_same_questions() -> None:
    before = collection(*KINDS)

    assert collection_from_json(json.loads(content("json", *KINDS, with_key=True))) == before


def test_json_without_its_key_is_not_read_back() -> None:
    with pytest.raises(CollectionError, match="--with-key"):
        collection_from_json(json.loads(content("json", "integer")))


@pytest.mark.parametrize(
    "broken", [[], {}, {"format": "quizengine-questions-1", "key": True}, {"format": "other"}, "text", None]
)
def test_what_is_no_file_of_questions_is_refused(broken: object) -> None:
    with pytest.raises(CollectionError):
        collection_from_json(broken)


def test_the_published_schema_is_that_of_the_code() -> None:
    assert json.loads(SCHEMA.read_text("utf-8")) == collection_schema()


@pytest.mark.parametrize("with_key", [True, False])
def test_json_keeps_to_its_schema(with_key: bool) -> None:
    validator = Draft202012Validator(json.loads(SCHEMA.read_text("utf-8")))

    assert [
        error.message
        for error in validator.iter_errors(json.loads(content("json", *KINDS, with_key=with_key)))
    ] == []


def test_the_schema_refuses_a_key_where_there_should_be_none() -> None:
    validator = Draft202012Validator(json.loads(SCHEMA.read_text("utf-8")))
    told = json.loads(content("json", "integer", with_key=True)) | {"key": False}

    assert list(validator.iter_errors(told))


# Markdown


@pytest.mark.parametrize("kind", KINDS)
def test_markdown_is_read_back_by_markdown_it_with_the_prompt_as_it_was(kind: str) -> None:
    text = content("markdown", kind, with_key=True)

    read_markdown(text)  # raises where a formula or a dollar was broken
    assert to_text(example(kind).prompt).split("\n")[0] in to_text(text)
    assert to_text(example(kind).solution) in to_text(text)


# CommonMark puts a sign of its own in the place of NUL.
@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=60))
def test_escaped_text_is_text_in_markdown(text: str) -> None:
    line = " ".join(text.split())

    assert " ".join(to_text(f"x {escape_markdown(line)} x").split()) == " ".join(f"x {line} x".split())


@given(st.text(alphabet="`a\n ", max_size=30))
def test_nothing_ends_a_block_of_code(text: str) -> None:
    tokens = read_markdown(fenced(text))

    assert [token.type for token in tokens] == ["fence"]


# LaTeX


def compiled(source: str, folder: Path) -> str:
    """Compile a source; return what LaTeX complained of."""
    latex = shutil.which("pdflatex")
    if latex is None:
        if os.environ.get("QUIZENGINE_REQUIRE_ALL"):
            pytest.fail(NO_LATEX)
        pytest.skip(NO_LATEX)
    (folder / "a.tex").write_text(source, "utf-8")
    done = subprocess.run(
        [latex, "-interaction=nonstopmode", "-no-shell-escape", "a.tex"],
        cwd=folder, capture_output=True, check=False, timeout=120,
    )  # fmt: skip
    told = done.stdout.decode("utf-8", "replace")
    return "\n".join(line for line in told.splitlines() if line.startswith("!"))


def document(body: str) -> str:
    signs, _ = declarations(body)
    return "\n".join([_PREAMBLE, DEFINITIONS, signs, r"\begin{document}", body, r"\end{document}"])


@pytest.mark.slow
def test_every_type_compiles_with_its_key_and_its_figure(tmp_path: Path) -> None:
    made = export(collection(*KINDS), "latex", Options(with_key=True))
    (tmp_path / "images").mkdir()
    for name, data in made.files.items():
        (tmp_path / name).write_bytes(data)

    assert compiled(made.files["questions.tex"].decode(), tmp_path) == ""


@pytest.mark.slow
def test_every_command_of_formulas_compiles(tmp_path: Path) -> None:
    forms = [
        *(f"a {name} b" for name in commands.SYMBOLS),
        *(f"{name}{{1}}{{2}}" for name in sorted(commands.FRACTIONS | commands.BINOMIALS | commands.STACKS)),
        *(f"{name}{{x}}" for name in sorted({*commands.ACCENTS, *commands.FONTS, *commands.ARROWS})),
        *(f"{name}{{ab}}" for name in sorted(commands.WORDS)),
        *(rf"\begin{{{name}}}a \\ b\end{{{name}}}" for name in ENVIRONMENTS),
        r"\begin{array}{l|r}a & b\end{array}", r"\boxed{x}", r"a \pmod{3}", r"\sum_{\substack{a\\b}}^n",
    ]  # fmt: skip
    for form in forms:
        read_formula(form)
    signs = "".join(text for text, _ in commands.SYMBOLS.values() if len(text) == 1 and not text.isascii())

    assert (
        compiled(document("\n\n".join(to_latex(f"${form}$") for form in forms) + f"\n\n{signs}"), tmp_path)
        == ""
    )


@pytest.mark.slow
def test_text_that_looks_like_latex_is_text(tmp_path: Path) -> None:
    nasty = [
        "\\end{document} 100% #1 & $x$ _a_ ^ ~ {} <|> `'\"",
        "--",
        "[x]",
        "\\input{a}",
        "é \u2013 “x” € ≤ 漢",
    ]
    body = "\n\n".join(latex_text(one) for one in nasty)
    table = to_latex("| a | b |\n|---|---|\n| \\[x\\] | `a_b` |\n\n- \\[y\\]\n\n3. three\n4. four")
    code = to_latex("```\n\\end{verbatim} \\input{x}\n```")

    assert compiled(document(f"{body}\n\n{table}\n\n{code}"), tmp_path) == ""


def test_a_sign_that_no_font_has_is_told() -> None:
    variant = replace(make_variant(), title="漢")

    made = export(Collection("One", (Family((variant,), 1),)), "latex")

    assert "漢" in made.notes[0].text
    assert "[U+6F22]" in made.files["questions.tex"].decode()
