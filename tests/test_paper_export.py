"""Every answer type in every format: in the file, refused by name, or noted; equal bytes each time."""

from __future__ import annotations

import os
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest

from quizengine.paper.export import FORMATS, NOTES_FILE, Options, archive, export, is_strictly_good
from quizengine.paper.export.notes import Note, notes_text
from tests.export_examples import KINDS, collection

GOLDEN = Path(__file__).parent / "golden" / "export"
EVERYTHING = Options(with_key=True, as_text=True, as_essay=True)
LMS = [form for form in FORMATS if form in ("moodle", "gift", "qti21", "qti30")]
BY_MEANING = {"expression", "equation", "interval", "set"}
BY_HAND = {"sql", "config", "factorisation"}
#: What a format refuses whatever is asked of it.
NEVER = {"gift": {"vector", "matrix", "table", "ordering", "several"}}
ONE_LINE = {"moodle", "gift"}


def refused_by_default(form: str) -> set[str]:
    return BY_MEANING | BY_HAND | NEVER.get(form, set()) | ({"output"} if form in ONE_LINE else set())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form", LMS)
def test_a_type_is_in_the_file_or_refused_by_name(form: str, kind: str) -> None:
    made = export(collection(kind), form)
    refusals = [note for note in made.notes if note.kind == "refused"]

    if kind in refused_by_default(form):
        assert made.count == 0
        assert refusals[0].question == f"math.examples.{kind}"
        assert f"math.examples.{kind}" in made.files[NOTES_FILE].decode()
    else:
        assert (made.count, refusals) == (1, [])


@pytest.mark.parametrize("kind", sorted(BY_MEANING | BY_HAND))
@pytest.mark.parametrize("form", LMS)
def test_a_refusal_names_what_would_do_and_that_does(form: str, kind: str) -> None:
    refusal = export(collection(kind), form).notes[0].text

    for option, options in (("--as-text", Options(as_text=True)), ("--as-essay", Options(as_essay=True))):
        if option in refusal:
            made = export(collection(kind), form, options)
            assert made.count == 1
            assert not is_strictly_good(made.notes)
    assert "--as-essay" in refusal
    assert ("--as-text" in refusal) == (kind in BY_MEANING)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form", sorted(set(FORMATS) - set(LMS)))
def test_formats_without_a_judge_take_every_type(form: str, kind: str) -> None:
    made = export(collection(kind), form, Options(with_key=True))

    assert made.count == 1
    assert is_strictly_good(made.notes)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form", FORMATS)
def test_a_file_is_as_it_was_when_it_was_read(form: str, kind: str, request: pytest.FixtureRequest) -> None:
    made = export(collection(kind), form, EVERYTHING)
    # The bytes of a PDF are Typst's; that they are equal each time is tested below.
    text = "".join(
        f"===== {name} =====\n{'PDF' if name.endswith('.pdf') else content.decode()}\n"
        for name, content in made.files.items()
    )
    path = GOLDEN / form / f"{kind}.txt"
    if request.config.getoption("--update-golden"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())

    assert text.encode() == path.read_bytes()


def test_another_process_makes_the_same_bytes() -> None:
    code = (
        "from hashlib import sha256\n"
        "from quizengine.paper.export import FORMATS, Options, archive, export\n"
        "from tests.export_examples import KINDS, collection\n"
        "for form in FORMATS:\n"
        "    made = export(collection(*KINDS), form, Options(True, True, True))\n"
        "    print(form, sha256(archive(made.files)).hexdigest())"
    )

    told = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            timeout=900,
            cwd=Path(__file__).parents[1],
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone},
        ).stdout
        for seed, zone in (("1", "UTC"), ("2", "Asia/Kathmandu"))
    }

    assert len(told) == 1
    assert len(next(iter(told)).splitlines()) == len(FORMATS)


def test_an_archive_has_no_dates_and_its_files_in_order() -> None:
    content = archive({"b.txt": b"2", "a/c.txt": b"1"})

    with ZipFile(BytesIO(content)) as made:
        assert made.namelist() == ["a/c.txt", "b.txt"]
        assert {one.date_time[0] for one in made.infolist()} == {1980}


def test_notes_say_each_thing_once_and_name_the_questions() -> None:
    notes = [Note("lost", "no hints", f"q{at}") for at in range(4)] + [Note("lost", "no hints", "q1", "slip")]

    text = notes_text("Notes", notes, most=2)

    assert text.count("no hints") == 1
    assert "q1 (slip)" in text
    assert "and 2 more" in text
