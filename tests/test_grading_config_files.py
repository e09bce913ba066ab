"""Configuration files as strangers type them: read as data, within bounds, refused with a line."""

from __future__ import annotations

from typing import Any, get_args

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from quizengine.errors import UnreadableResponseError
from quizengine.grading.config import EMPTY_FILES, outline, read_file
from quizengine.model.answers import FileKind
from tests.bounds import at_once

KINDS: tuple[FileKind, ...] = get_args(FileKind)


def refused(kind: FileKind, text: str) -> str:
    with pytest.raises(UnreadableResponseError) as caught:
        read_file(kind, text)
    error = caught.value
    if error.start is not None:
        assert 0 <= error.start <= (error.end or 0) <= len(text) + 1
    return str(error)


# YAML and JSON


def test_every_scalar_stays_the_text_that_was_typed() -> None:
    text = "on: [1.10, no, 0x1F, 2024-01-01, 'it''s']\nn: null\nempty:\nt: ~\nq: '~'\nf: >-\n  a\n  b\n"

    assert read_file("yaml", text) == {
        "on": ["1.10", "no", "0x1F", "2024-01-01", "it's"],
        "n": "",
        "empty": "",
        "t": "",
        "q": "~",
        "f": "a b",
    }


def test_documents_of_a_stream_are_a_list_and_empty_ones_do_not_count() -> None:
    assert read_file("yaml-stream", "---\na: 1\n---\n---\nb: 2\n...\n") == [{"a": "1"}, {"b": "2"}]
    assert read_file("yaml-stream", "a: 1") == [{"a": "1"}]


def test_json_is_read_like_yaml() -> None:
    text = '{"a": [1.50, true, null, "x"], "b": {"c": -3e2}}'

    assert read_file("json", text) == {"a": ["1.50", "true", "", "x"], "b": {"c": "-3e2"}}
    assert read_file("json", text) == read_file("yaml", text)


scalars = st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=8)
trees: st.SearchStrategy[Any] = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(scalars, inner, max_size=3),
    max_leaves=12,
)


@settings(deadline=None)
@given(st.dictionaries(scalars, trees, max_size=4), st.booleans())
def test_what_pyyaml_writes_is_read_back(tree: Any, flow: bool) -> None:
    text = yaml.safe_dump(tree, default_flow_style=flow, allow_unicode=True)

    assert read_file("yaml", text) == tree


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: 1\nb:\n  c: 1\n  c: 2\n", "Line 4: the key “c” stands already in line 3."),
        ("a: b: c", "Line 1: a colon cannot stand here"),
        ("a:\n\tb: 1", "Line 2: this character cannot stand here: indent with spaces"),
        ("a:\n    b: 1\n   c: 2", "Line 3: this line is indented like none"),
        ("a: 'x", "Line 1: a quote that is opened here is never closed"),
        ("a: [1, 2", "Line 1: a comma or the closing bracket is missing"),
        ("x: &a [1]\ny: *a", "Line 1: the anchor “a” is not read here; write the value out."),
        ("y: *a", "Line 1: the alias “a” is not read here"),
        (
            "a: !!python/object/apply:os.system [ls]",
            "Line 1: the tag “tag:yaml.org,2002:python/object/apply:os.system”",
        ),
        ("? [a, b]\n: c", "a key is a plain text"),
        ("just words", "Keys with values are wanted here"),
        ("a: 1\n---\nb: 2", "One document is wanted here"),
        ("# nothing but this\n", "Nothing is written here yet."),
        ("a: \x07", "cannot be part of YAML"),
    ],
)
def test_yaml_that_cannot_be_read_says_where_and_what_to_do(text: str, words: str) -> None:
    assert words in refused("yaml", text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"a": 1,}', "Line 1: "),
        ('{"a": 1, "a": 2}', "The key “a” stands twice"),
        ("a: 1", "Line 1: Expecting value"),
        ('"text"', "Keys with values are wanted here"),
    ],
)
def test_json_that_cannot_be_read_says_what_to_do(text: str, words: str) -> None:
    assert words in refused("json", text)


# Dockerfiles

DOCKERFILE = """\
# syntax=docker/dockerfile:1
ARG PYTHON=3.12.4
FROM python:${PYTHON}-slim AS build
COPY --chown=app:app requirements.txt pyproject.toml ./
RUN --mount=type=cache,target=/root/.cache pip install \\
    # a comment in between
    -r requirements.txt

FROM gcr.io/distroless/python3
ARG PYTHON
env PORT=8000 NAME="two words"
LABEL owner=ml python=$PYTHON
COPY --from=build /srv /srv
EXPOSE $PORT ${METRICS:-9000}/tcp ${UNKNOWN}
USER 1000:1000
CMD ["python", "-m", "app", "--port", "8000"]
"""


def steps(stage: int, instruction: str) -> list[Any]:
    tree: Any = read_file("dockerfile", DOCKERFILE)
    return [step for step in tree["stages"][stage]["steps"] if step["do"] == instruction]


def test_a_dockerfile_is_stages_of_steps() -> None:
    tree: Any = read_file("dockerfile", DOCKERFILE)

    assert [(stage["image"], stage["name"]) for stage in tree["stages"]] == [
        ("python:3.12.4-slim", "build"),
        ("gcr.io/distroless/python3", ""),
    ]
    (copy,) = steps(0, "COPY")
    assert (copy["words"], copy["flags"]) == (
        ["requirements.txt", "pyproject.toml", "./"],
        {"chown": "app:app"},
    )
    (run,) = steps(0, "RUN")
    assert run["text"] == "pip install -r requirements.txt"
    assert run["flags"] == {"mount": "type=cache,target=/root/.cache"}


def test_variables_that_a_dockerfile_sets_are_filled_in() -> None:
    assert steps(1, "EXPOSE")[0]["words"] == ["8000", "9000/tcp", "${UNKNOWN}"]
    assert steps(1, "LABEL")[0]["vars"] == {"owner": "ml", "python": "3.12.4"}
    assert steps(1, "ENV")[0]["vars"] == {"PORT": "8000", "NAME": "two words"}


def test_a_stage_that_builds_on_an_earlier_one_goes_on_with_it() -> None:
    text = "FROM python:3.12 AS base\nUSER app\nFROM base AS test\nRUN pytest\nFROM base\nCMD x\n"

    tree: Any = read_file("dockerfile", text)

    assert [stage["image"] for stage in tree["stages"]] == ["python:3.12"] * 3
    assert [[step["do"] for step in stage["steps"]] for stage in tree["stages"]] == [
        ["USER"],
        ["USER", "RUN"],
        ["USER", "CMD"],
    ]


def test_the_two_forms_of_a_command_are_told_apart() -> None:
    tree: Any = read_file(
        "dockerfile", "FROM a\nCMD ['python', 'x']\nENTRYPOINT [\"python\", \"x\"]\nENV A b c\n"
    )

    forms = [(step["do"], step["form"], step["text"]) for step in tree["stages"][0]["steps"]]
    # single quotes are no JSON: a shell gets the brackets
    assert forms == [
        ("CMD", "shell", "['python', 'x']"),
        ("ENTRYPOINT", "exec", "python x"),
        ("ENV", "shell", "A=b c"),
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("RUN ls", "Line 1: a Dockerfile begins with FROM"),
        ("# only a comment\n", "begins with FROM, and this has none"),
        ("FROM a\nRUNN ls", "Line 2: there is no instruction named “RUNN”. Did you mean 'RUN'?"),
        ("FROM a\nUSER app \\\n", "Line 2: the file ends in the middle of this instruction"),
        ("FROM a\nRUN", "Line 2: this is no instruction with its argument"),
        ("FROM a b", "Line 1: write FROM image or FROM image AS name"),
        ("FROM a\nRUN <<EOF\nls\nEOF\n", "Line 2: a here-document"),
        ("FROM a\nENV A='x", "Line 2: a quote is not closed"),
        ("FROM a\nENV A=1 B", "Line 2: write NAME=value"),
        (
            "FROM a\nENV a=xxxxxxxxxxxxxxxx\n" + "ENV a=$a$a\n" * 300,
            "with its variables filled in this is too long",
        ),
        ("FROM a AS b\n" + "RUN x\n" * 200 + "FROM b\n", "more than 300 instructions are not read"),
    ],
)
def test_a_dockerfile_that_cannot_be_read_says_where_and_what_to_do(text: str, words: str) -> None:
    assert words in refused("dockerfile", text)


# All kinds


@pytest.mark.parametrize("kind", KINDS)
def test_the_least_file_of_each_kind_can_be_read(kind: FileKind) -> None:
    assert outline(kind, read_file(kind, EMPTY_FILES[kind]))


def test_what_was_read_is_told_in_words() -> None:
    assert (
        outline("dockerfile", read_file("dockerfile", DOCKERFILE)) == "a Dockerfile with 2 stages and 9 steps"
    )
    assert outline("yaml-stream", read_file("yaml-stream", "a: 1")) == "YAML with 1 document"
    assert (
        outline("yaml", read_file("yaml", f"{{{', '.join('abcdefgh')}}}"))
        == "YAML with the keys a, b, c, d, e, f, …"
    )
    assert outline("json", read_file("json", "[1, 2]")) == "JSON, a list of 2 items"


LONG = 20_000
HOSTILE = {
    "deep brackets": "[" * LONG,
    "deep braces": "{" * LONG,
    "deep mixture": "[{" * 10_000,
    "deep values": "{a: " * 5_000,
    "deep dashes": "- " * 10_000,
    "deep keys": "? " * 10_000,
    "deep lines": "[\n" * 10_000,
    "many items": "[" + "a, " * 6_000,
    "many keys": "".join(f"k{i}: v\n" for i in range(2_500)),
    "many documents": "---\n" * 5_000,
    "nine laughs": "".join(
        f"{b}: &{b} [*{a},*{a},*{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    ),
    "one word": "a" * LONG,
    "a long key": "a: {" + "b" * 19_000,
    "quotes": "'" + "''" * 9_900,
    "escapes": '"' + "\\x41" * 4_900 + '"',
    "spaces": " " * LONG,
    "line ends": "\n" * LONG,
    "a long number": '{"a": ' + "9" * 19_000 + "}",
    "json depth": "[" * 900 + "]" * 900,
    "doubled variables": "FROM a\nENV a=xxxxxxxxxx\n" + "ENV a=$a$a\n" * 1_500,
    "continued lines": "FROM a\nRUN " + "a \\\n" * 4_900 + "b",
    "many stages": "FROM a\n" * 2_800,
    "backslashes": "FROM a\nRUN " + "\\" * 19_000,
    "dollars": "FROM a\nENV x=" + "${a" * 6_000,
    "quotes in pairs": "FROM a\nENV a=" + "'a'" * 6_000,
    "comments": "#\n" * 9_999,
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("kind", KINDS)
def test_a_hostile_file_is_read_or_refused_at_once(kind: FileKind, name: str) -> None:
    told = ""
    with at_once():
        try:
            read_file(kind, HOSTILE[name])
        except UnreadableResponseError as error:
            told = str(error)

    assert len(told) < 250
    assert all(char.isprintable() for char in told)
