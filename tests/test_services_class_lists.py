"""Class lists: what spreadsheets write is read, and every row that cannot be used is named."""

from __future__ import annotations

import csv
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizengine.errors import TableError
from quizengine.services.class_lists import read_class_list

NAMES = st.lists(
    st.text(st.characters(categories=["L", "N", "P", "Zs"]), min_size=1, max_size=60)
    .map(lambda text: " ".join(text.split()))
    .filter(lambda text: text and text.isprintable()),
    min_size=1,
    unique_by=str.casefold,
)


@given(NAMES, st.sampled_from(",;\t"), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_every_name_comes_back(names: list[str], delimiter: str, encoding: str) -> None:
    out = StringIO()
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerows([["group", " Name "], *(["1", name] for name in names)])

    assert read_class_list(out.getvalue().encode(encoding)) == tuple(names)


def test_every_broken_row_is_named_and_none_is_lost() -> None:
    rows = [
        "name,group",
        "Ada,1",
        ",2",
        "Grace,1,x",
        "ada,3",
        "",
        "M\u00fcller,1",
        "Zo\u00eb",
        "Ok,2",
        "X" * 81 + ",1",
    ]
    content = "\n".join(rows).encode().replace("\u00fc".encode(), b"\xfc")

    with pytest.raises(TableError) as told:
        read_class_list(content)

    lines = dict(line.split(": ", 1) for line in str(told.value).splitlines())
    assert list(lines) == [f"line {n}" for n in (3, 4, 5, 6, 7, 8, 10)]
    assert "no name" in lines["line 3"]
    assert "3 columns where the first line has 2" in lines["line 4"]
    assert "stands on line 2 already" in lines["line 5"]
    assert "empty" in lines["line 6"]
    assert "not UTF-8" in lines["line 7"]
    assert "81" in lines["line 10"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "one column name; it holds nothing"),
        (b"person\nAda\n", "it holds person"),
        (b"name,name\nAda,B\n", "one column name"),
        (b"name\n", "no name below"),
        (b"name\n\n\n", "no name below"),
        (b"\xff\xfen", "one column name|UTF-16"),
        (b"name\n" + b"".join(b"n%d\n" % n for n in range(1001)), "1001 names; 1000"),
        (b"name\n" + b"x" * 200_000, "200,000 bytes"),
        (b'name\n"' + b"x" * 150_000 + b'"', "no CSV"),
    ],
)
def test_what_is_no_class_list_says_what_is_missing(content: bytes, words: str) -> None:
    with pytest.raises(TableError, match=words):
        read_class_list(content)


@pytest.mark.parametrize("content", [b"\xff\xfa\x1b[31m\nAda\n", b"\x1b[31mname\nAda\n", b"\x00\x07\n"])
def test_what_is_no_text_is_named_and_never_shown(content: bytes) -> None:
    with pytest.raises(TableError) as told:
        read_class_list(content)

    assert str(told.value).isprintable()
    assert "line" in str(told.value)
