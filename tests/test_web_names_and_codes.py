"""Who sees invitations by name and results by code cannot put the two together from what pages tell them."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from quizengine.services.hiring import decisions, erasing, intervening, monitor, results, sitting
from quizengine.services.hiring.intervening import Order
from quizengine.services.permissions import Actor
from quizengine.services.runtime import Runtime
from quizengine.store import database
from tests.factories import NOON, make_runtime
from tests.hiring import Member, make_owner, make_person, make_screen, member, runtime_of
from tests.hiring_sittings import Sat, answer, begin, finish, result_of, sit, two_skill_bank
from tests.web_questions import make_app

#: In the order of their names; their codes are drawn, so that theirs is another most of the time.
PEOPLE = ("Ann", "Bob", "Cem", "Dee", "Eve", "Fay")
ID = re.compile(r"\b[a-z2-7]{26}\b")
CODE = re.compile(r"\b[2-9A-HJKMNP-Z]{2}-[2-9A-HJKMNP-Z]{3}\b")


@dataclass
class World:
    app: Flask
    runtime: Runtime
    owner: Actor
    screen: str
    sat: dict[str, Sat]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    app = make_app(tmp_path_factory.mktemp("both"), bank_=two_skill_bank())
    runtime = runtime_of(app)
    owner = make_owner(runtime)
    screen = make_screen(runtime, owner)
    sat = {}
    for at, name in enumerate(PEOPLE):
        start = NOON + timedelta(minutes=at)
        sat[name] = begin(runtime, owner, screen, f"{name} Lee", now=start)
        answer(runtime, sat[name], "rw" * (3 + at), now=start)
        if name != "Fay":
            finish(runtime, sat[name], now=start + timedelta(minutes=20 + at))
    order = Order(act="add_time", reason="technical", note="The power failed.", minutes=7)
    intervening.do(runtime, owner, sat["Fay"].invitation, order, now=NOON + timedelta(minutes=9))
    sitting.note_finished(runtime, now=NOON + timedelta(hours=1))
    make_person(runtime, owner, "auditor", email="aldo@example.org")
    return World(app, runtime, owner, screen, sat)


@pytest.fixture
def olga(world: World) -> Member:
    return member(world.app, "olga@example.org")


def by_name(world: World, olga: Member) -> str:
    """What stands beside names."""
    base = f"/hire/screens/{world.screen}"
    tabs = "".join(olga.page(f"{base}/live?tab={tab}") for tab in monitor.TABS)
    people = "".join(
        olga.page(f"/hire/invitations/{one.invitation}/{page}")
        for one in world.sat.values()
        for page in ("live", "data", "resit")
        if (one, page) != (world.sat["Fay"], "resit")
    )
    return olga.page(base) + olga.page(f"{base}/letters") + tabs + people


def by_code(world: World, olga: Member) -> str:
    """What stands beside codes: pages, files, the audit chain."""
    base = f"/hire/screens/{world.screen}"
    pages = [
        olga.page(f"{base}/compare"),
        olga.page("/hire/audit"),
        olga.page(f"{base}/compare?order=composite"),
    ]
    pages += [olga.page(f"/hire/results/{sat.result}") for sat in world.sat.values()]
    archive = zipfile.ZipFile(io.BytesIO(olga.post(f"{base}/export").data))
    pages += [archive.read(name).decode() for name in archive.namelist()]
    return "".join(pages) + olga.post(f"{base}/export", {"as": "json"}).text


def test_no_id_and_no_code_stands_on_both_sides(world: World, olga: Member) -> None:
    named, coded = by_name(world, olga), by_code(world, olga)

    shared = set(ID.findall(named)) & set(ID.findall(coded))
    assert shared <= {world.screen, *ID.findall(olga.page("/hire/roles")), world.owner.staff_id}
    assert {one.invitation for one in world.sat.values()} <= set(ID.findall(named))
    assert {one.result for one in world.sat.values()} <= set(ID.findall(coded))
    assert CODE.findall(re.sub(r"csrf_token\" value=\"[^\"]+", "", named)) == []
    assert not [name for name in PEOPLE if f"{name} Lee" in coded]


def test_a_list_of_names_stands_in_their_own_order(world: World, olga: Member) -> None:
    base = f"/hire/screens/{world.screen}"
    for page in (olga.page(base), olga.page(f"{base}/live?tab=finished")):
        found = re.findall(r"(\w+) Lee(?=<br>|</th>)", page)
        assert found == sorted(found)
        assert set(found) >= set(PEOPLE[:-1])


def test_how_a_finished_test_went_stands_beside_no_name(world: World, olga: Member) -> None:
    live = olga.page(f"/hire/screens/{world.screen}/live?tab=finished")
    letters = olga.page(f"/hire/screens/{world.screen}/letters")

    assert "min</td>" not in live
    assert " of 20" not in live
    assert "stands with its result, by code" in live
    assert "min</td>" in olga.page(f"/hire/screens/{world.screen}/live?tab=in_progress")
    assert "Your answers to" in letters
    assert not re.search(r"\d+ of 20 questions|It ended", letters)


def test_the_audit_chain_leads_from_no_name_to_a_code(world: World, olga: Member) -> None:
    aldo = member(world.app, "aldo@example.org")
    invited = {one.invitation for one in world.sat.values()}
    base = f"/hire/screens/{world.screen}/export"

    def of_invitations(browser: Member) -> list[dict[str, str]]:
        archive = zipfile.ZipFile(io.BytesIO(browser.post(base).data))
        rows = csv.DictReader(io.StringIO(archive.read("audit.csv").decode()))
        return [
            json.loads(row["data"])
            for row in rows
            if row["act"] in ("invitation.activated", "attempt.add_time")
        ]

    assert not invited & set(ID.findall(olga.page("/hire/audit")))
    assert invited <= set(ID.findall(aldo.page("/hire/audit")))  # who knows no names sees of whom it is
    assert all(not {"invitation", "code"} & set(data) for data in of_invitations(olga))
    assert {data["invitation"] for data in of_invitations(aldo)} == invited


def test_the_id_of_an_invitation_is_none_of_a_result(world: World, olga: Member) -> None:
    sat = world.sat["Ann"]

    for page in ("", "/answers", "/timeline", "/print"):
        assert olga.get(f"/hire/results/{sat.invitation}{page}").status_code == 404
        assert olga.get(f"/hire/results/{sat.result}{page}").status_code == 200
    assert olga.get(f"/hire/invitations/{sat.result}/data").status_code == 404


def test_data_are_handed_over_only_by_who_may_know_whose_result_it_is(world: World, olga: Member) -> None:
    sat = world.sat["Bob"]
    at = f"/hire/invitations/{sat.invitation}/data"

    assert olga.post(f"{at}/export").status_code == 409
    assert "after a decision about them" in olga.page(at)
    decisions.decide(
        world.runtime, world.owner, sat.result, verdict="hold", reason="withdrew", note="", now=NOON
    )

    assert olga.post(f"{at}/export").mimetype == "application/zip"


def test_whose_erasure_waits_is_told_without_a_code(world: World, olga: Member) -> None:
    erasing.ask_for(world.runtime, world.owner, world.sat["Cem"].invitation, now=NOON)
    page = olga.page(f"/hire/screens/{world.screen}")

    assert "Somebody asked to be erased" in page
    assert CODE.findall(re.sub(r"csrf_token\" value=\"[^\"]+", "", page)) == []


def test_results_from_before_get_ids_of_their_own(tmp_path: Path) -> None:
    runtime = make_runtime(tmp_path, two_skill_bank())
    owner = make_owner(runtime)
    screen = make_screen(runtime, owner)
    sat = [sit(runtime, owner, screen, "rw", name) for name in PEOPLE[:2]]
    url = database.sqlite_url(tmp_path / "quizengine.db")

    database.downgrade(url, "0021-1")
    database.upgrade(url)

    made = {result_of(runtime, one.invitation) for one in sat}
    assert len(made) == 2
    assert not made & {one for each in sat for one in (each.invitation, each.result)}
    assert {one.id for one in results.of_screen(runtime, owner, screen)} == made
