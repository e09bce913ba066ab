"""Exports: the columns are those of the dictionary, cells are no formulas, names only where granted."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from quizengine.errors import NotFoundError, SlowDownError
from quizengine.services.attempt import accommodations
from quizengine.services.attempt.accommodations import Accommodation
from quizengine.services.hiring import audit, conditions, exports
from quizengine.services.hiring.results_export import results_table
from quizengine.services.permissions import Actor
from quizengine.services.runtime import Runtime
from tests.factories import KEY, NOON, make_runtime
from tests.hiring import make_owner, make_person, make_screen
from tests.hiring_sittings import answer, begin, finish, sit, two_skill_bank


@pytest.fixture
def runtime(tmp_path: Path) -> Runtime:
    return make_runtime(tmp_path, two_skill_bank())


@pytest.fixture
def owner(runtime: Runtime) -> Actor:
    return make_owner(runtime)


def texts(made: Iterable[bytes]) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(b"".join(made))) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def unpacked(made: Iterable[bytes]) -> dict[str, list[dict[str, Any]]]:
    return {
        name: [json.loads(line) for line in text.splitlines()]
        if name.endswith("jsonl")
        else list(csv.DictReader(io.StringIO(text, newline="")))
        for name, text in texts(made).items()
    }


def test_every_column_stands_in_the_dictionary_and_no_other(runtime: Runtime, owner: Actor) -> None:
    screen = make_screen(runtime, owner, title="=cmd()")
    sit(runtime, owner, screen, "rrd" + "w" * 17)
    begin(runtime, owner, screen, "Bob Stein")

    files = unpacked(exports.export(runtime, owner, screen, names=False, now=NOON))

    assert len(files["results.csv"]) == 2
    assert len(files["answers.csv"]) == 20
    for name in ("results.csv", "answers.csv", "audit.csv", "events.jsonl"):
        told = [row["column"] for row in files["dictionary.csv"] if row["file"] == name]
        assert list(files[name][0]) == told
        assert files[name]
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

    text = str(texts(blind))
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
    assert "audit.csv" not in files
    assert list(files["events.jsonl"][0]) == ["candidate_code", "attempt", "n", "open", "seal", "hash"]


def test_ten_exports_an_hour_are_enough(runtime: Runtime, owner: Actor) -> None:
    screen = make_screen(runtime, owner)
    sit(runtime, owner, screen, "r" * 20)
    for _ in range(9):
        exports.export(runtime, owner, screen, names=False, now=NOON)
    results_table(runtime, owner, screen, now=NOON)

    with pytest.raises(SlowDownError):
        exports.export(runtime, owner, screen, names=False, now=NOON + timedelta(minutes=59))
    with pytest.raises(SlowDownError):
        results_table(runtime, owner, screen, now=NOON + timedelta(minutes=59))
    assert unpacked(exports.export(runtime, owner, screen, names=False, now=NOON + timedelta(minutes=61)))


def test_no_export_betrays_who_has_extra_time(runtime: Runtime, owner: Actor) -> None:
    screen = make_screen(runtime, owner)
    sat = begin(runtime, owner, screen)
    given = Accommodation(multiplier_percent=285, breaks=True)
    accommodations.grant(runtime, sat.learner, given, by="olga", note="notesentinel", now=NOON)
    answer(runtime, sat, "r" * 19)
    finish(runtime, sat, now=NOON + timedelta(minutes=114))

    table = results_table(runtime, owner, screen, now=NOON)
    files = texts(exports.export(runtime, owner, screen, names=False, now=NOON))

    told = json.dumps(table) + str(files)
    for trace in (KEY.decode(), "notesentinel", 'adjusted"', "deadline", "paused", "T13:54", "T14:51"):
        assert trace not in told, trace
    [row] = unpacked(exports.export(runtime, owner, screen, names=False, now=NOON))["results.csv"]
    assert (row["minutes_used"], row["conditions"]) == ("40.0", "standard")
    assert row["submitted_at"] == "2026-03-02T12:40:00Z"
    # Where the candidate lets it be known.
    conditions.allow(runtime, sat.learner, sat.attempt, told=True)
    [row] = unpacked(exports.export(runtime, owner, screen, names=False, now=NOON))["results.csv"]
    assert row["conditions"] == "under approved conditions"


def test_who_approves_adjustments_gets_events_with_what_their_seals_hold(
    runtime: Runtime, owner: Actor
) -> None:
    screen = make_screen(runtime, owner)
    sit(runtime, owner, screen, "r" * 20)
    approver = make_person(runtime, owner, "admin", grants=("accommodate",))

    lines = unpacked(exports.export(runtime, approver, screen, names=False, now=NOON))["events.jsonl"]

    assert {"started", "committed", "complete"} <= {line["kind"] for line in lines}
    assert all(line["at"] for line in lines)


def test_a_mark_at_the_beginning_is_a_choice(runtime: Runtime, owner: Actor) -> None:
    screen = make_screen(runtime, owner)
    sit(runtime, owner, screen, "r" * 20)

    plain = texts(exports.export(runtime, owner, screen, names=False, now=NOON))
    marked = texts(exports.export(runtime, owner, screen, names=False, now=NOON, bom=True))

    assert marked["answers.csv"] == "\ufeff" + plain["answers.csv"]
    assert (
        plain["results.csv"].splitlines()[0].startswith("candidate_code,screen,profile,profile_version,state")
    )
