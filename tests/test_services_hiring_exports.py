"""Exports: the columns are those of the dictionary, cells are no formulas, names only where granted."""

from __future__ import annotations

import csv
import io
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from quizengine.errors import NotFoundError
from quizengine.services.hiring import audit, exports
from quizengine.services.permissions import Actor
from quizengine.services.runtime import Runtime
from tests.factories import NOON, make_runtime
from tests.hiring import make_owner, make_person, make_screen
from tests.hiring_sittings import begin, sit, two_skill_bank


@pytest.fixture
def runtime(tmp_path: Path) -> Runtime:
    return make_runtime(tmp_path, two_skill_bank())


@pytest.fixture
def owner(runtime: Runtime) -> Actor:
    return make_owner(runtime)


def unpacked(made: bytes) -> dict[str, list[dict[str, str]]]:
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        return {
            name: list(csv.DictReader(io.StringIO(archive.read(name).decode(), newline="")))
            for name in archive.namelist()
        }


def test_every_column_stands_in_the_dictionary_and_no_other(runtime: Runtime, owner: Actor) -> None:
    screen = make_screen(runtime, owner, title="=cmd()")
    sit(runtime, owner, screen, "rrd" + "w" * 17)
    begin(runtime, owner, screen, "Bob Stein")

    files = unpacked(exports.export(runtime, owner, screen, names=False, now=NOON))

    assert len(files["results.csv"]) == 2
    assert len(files["answers.csv"]) == 20
    for name in ("results.csv", "answers.csv"):
        told = [row["column"] for row in files["dictionary.csv"] if row["file"] == name]
        assert list(files[name][0]) == told
    assert {row["screen"] for row in files["results.csv"]} == {"'=cmd()"}
    ended = next(row for row in files["results.csv"] if row["state"] == "finished")
    running = next(row for row in files["results.csv"] if row["state"] == "begun")
    assert ended["dont_know"] == "1"
    assert 0 <= float(ended["p_meets"]) <= 1
    assert float(ended["composite_lo80"]) < float(ended["composite"])
    assert running["p_meets"] == running["headline"] == ""


def test_names_stand_in_an_export_only_for_whom_it_was_granted(runtime: Runtime, owner: Actor) -> None:
    screen = make_screen(runtime, owner)
    sit(runtime, owner, screen, "r" * 20)
    granted = make_person(runtime, owner, "admin", grants=("names_in_exports",))

    blind = exports.export(runtime, owner, screen, names=False, now=NOON)
    with pytest.raises(NotFoundError):
        exports.export(runtime, owner, screen, names=True, now=NOON)
    named = unpacked(exports.export(runtime, granted, screen, names=True, now=NOON))

    text = str(unpacked(blind))
    assert not [word for word in ("Ann", "Lee", "ann@example.org", "number-of-Ann") if word in text]
    assert named["results.csv"][0]["name"] == "Ann Lee"
    assert named["results.csv"][0]["external_id"] == "number-of-Ann"


def test_an_export_stands_in_the_audit_chain_and_answers_need_their_right(
    runtime: Runtime, owner: Actor
) -> None:
    screen = make_screen(runtime, owner)
    sit(runtime, owner, screen, "r" * 20)
    recruiter = make_person(runtime, owner, "recruiter", grants=("export_results", "results"))
    recruiter = replace(recruiter, screens=frozenset({screen}))

    files = unpacked(exports.export(runtime, recruiter, screen, names=False, now=NOON))

    assert "answers.csv" not in files
    assert audit.entries(runtime, owner)[0][0].act == "export"
