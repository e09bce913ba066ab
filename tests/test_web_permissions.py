"""Every page of the hiring side, every role, own and foreign things: what the table says, no more."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule

from quizengine.services.hiring import accounts, invitations, profiles, screens
from quizengine.services.permissions import STAFF_ROLES, TABLE, Permission, StaffRole, cell
from tests.factories import NOON
from tests.hiring import Member, invite, make_owner, make_person, make_screen, member, runtime_of
from tests.hiring_sittings import sit, two_skill_bank
from tests.web_questions import make_app

#: Pages of /hire that somebody without an account must reach.
OPEN = {"hire_accounts.setup_form", "hire_accounts.setup"}
IN_AND_OUT = {"hire_accounts.sign_in_form", "hire_accounts.sign_in", "hire_accounts.sign_out"}
NOBODY = "aaaaaaaaaaaaaaaaaaaaaaaaaa"


@dataclass
class Side:
    """One organisation: a browser for each role, and the ids of its things by the name in the URL."""

    members: dict[StaffRole, Member]
    ids: dict[str, str] = field(default_factory=dict)


@dataclass
class World:
    app: Flask
    ours: Side
    theirs: Side


def make_side(app: Flask, name: str) -> Side:
    runtime = runtime_of(app)
    owner = make_owner(runtime, f"owner@{name}.example.org", name)
    members: dict[StaffRole, Member] = {"owner": member(app, owner.email)}
    for role in STAFF_ROLES[1:]:
        email = f"{role}@{name}.example.org"
        make_person(runtime, owner, role, email=email)
        members[role] = member(app, email)
    extra = make_person(runtime, owner, "author", email=f"extra@{name}.example.org")
    profile = profiles.copy_role(runtime, owner, "ml-engineer", now=NOON)
    screen = make_screen(runtime, owner)
    everybody = [person.id for person in accounts.people(runtime, owner)]
    screens.assign(runtime, owner, screen, everybody, now=NOON)
    invite(runtime, owner, screen, f"email\ncan@{name}.example.com")
    sat = sit(runtime, owner, screen, "rw", f"Can-{name} Didate")
    listed = invitations.hand_in(runtime, owner, screen, f"email\ndidate@{name}.example.com", now=NOON)
    invited = invitations.people_of(runtime, owner, screen, now=NOON)[0]
    ids = {
        "pid": extra.staff_id, "profile": profile, "screen": screen, "listed": listed,
        "invitation": invited.id, "result": sat.result,
    }  # fmt: skip
    return Side(members, ids)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    app = make_app(tmp_path_factory.mktemp("rights"), bank_=two_skill_bank())
    return World(app, make_side(app, "ours"), make_side(app, "theirs"))


def rules(app: Flask) -> list[tuple[Rule, str]]:
    """Every page of the hiring side with a method."""
    return [
        (rule, method)
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("hire_") and rule.endpoint not in OPEN | IN_AND_OUT
        for method in sorted((rule.methods or set()) & {"GET", "POST", "PUT"})
    ]


def needed(app: Flask, rule: Rule) -> tuple[Permission, ...]:
    view: Any = app.view_functions[rule.endpoint]
    assert hasattr(view, "permissions"), f"{rule.endpoint} names no permission"
    found: tuple[Permission, ...] = view.permissions
    return found


def path_of(rule: Rule, ids: dict[str, str]) -> str:
    path = rule.rule
    for name in rule.arguments:
        assert name in ids, f"the test makes nothing for <{name}> of {rule}"
        path = path.replace(f"<{name}>", ids[name])
    return path


def test_every_page_of_the_hiring_side_names_a_permission_of_the_table(world: World) -> None:
    found = {name for rule, _ in rules(world.app) for name in needed(world.app, rule)}

    assert found <= set(TABLE)
    assert all(
        rule.endpoint.startswith("hire_")
        for rule in world.app.url_map.iter_rules()
        if rule.rule.startswith("/hire")
    )


def test_who_is_not_signed_in_is_sent_to_sign_in(world: World) -> None:
    nobody = Member(world.app.test_client())

    for rule, method in rules(world.app):
        path = path_of(rule, world.ours.ids)
        answer = nobody.get(path) if method == "GET" else nobody.post(path)
        assert (answer.status_code, answer.headers["Location"][:6]) == (303, "/login"), path


def cases(world: World) -> Iterator[tuple[Rule, str, StaffRole, bool]]:
    for rule, method in rules(world.app):
        permissions = needed(world.app, rule)
        for role in STAFF_ROLES:
            yield rule, method, role, lets_in(role, permissions)


def test_a_page_is_there_for_whom_the_table_lets_in_and_for_nobody_else(world: World) -> None:
    wrong = []
    for rule, method, role, lets_in in cases(world):
        browser, path = world.ours.members[role], path_of(rule, world.ours.ids)
        if lets_in and method != "GET":
            continue  # what an act does is the matter of its own tests
        answer = browser.get(path) if method == "GET" else browser.post(path)
        if (answer.status_code != 404) != lets_in:
            wrong.append((role, method, path, answer.status_code))

    assert wrong == []


LINK = re.compile(r'<a [^>]*href="(/hire[^"#]*)')
ACTION = re.compile(r'(?:<form [^>]*action|formaction)="(/hire[^"#]*)"')


def test_no_page_offers_a_link_or_an_act_to_somebody_for_whom_it_is_not_there(world: World) -> None:
    wrong, seen = [], dict[StaffRole, set[str]]()
    urls = world.app.url_map.bind("localhost")
    for role, browser in world.ours.members.items():
        waiting = [
            path_of(rule, world.ours.ids)
            for rule, method in rules(world.app)
            if method == "GET" and lets_in(role, needed(world.app, rule))
        ]
        seen[role] = set(waiting)
        while waiting:
            page = waiting.pop()
            found = browser.get(page)
            text = found.text if found.mimetype == "text/html" else ""
            for action in set(ACTION.findall(text)):
                path = action.partition("?")[0]
                method = "POST" if "POST" in urls.allowed_methods(path) else "GET"
                rule, _ = urls.match(path, method=method, return_rule=True)
                if not lets_in(role, needed(world.app, rule)):
                    wrong.append((role, page, "act", action))
            for link in {html.unescape(one) for one in LINK.findall(text)} - seen[role]:
                seen[role].add(link)
                if browser.get(link).status_code == 404:
                    wrong.append((role, page, "link", link))
                else:
                    waiting.append(link)

    assert wrong == []
    assert len(seen["owner"]) > len(seen["author"]) > 3


def lets_in(role: StaffRole, permissions: tuple[Permission, ...]) -> bool:
    """Whether the table lets a role in without a grant."""
    cells = [cell(role, permission) for permission in permissions]
    return not cells or any(found not in (None, "grant") for found in cells)


def test_things_of_another_organisation_do_not_exist_for_any_role(world: World) -> None:
    wrong = []
    for rule, method in rules(world.app):
        if not rule.arguments:
            continue
        for name in rule.arguments:
            # each id in turn is foreign, the others are ours; and one that nobody has
            for foreign in (world.theirs.ids[name], NOBODY):
                path = path_of(rule, {**world.ours.ids, name: foreign})
                for role, browser in world.ours.members.items():
                    form = {"roles": ["admin"], "name": "X"}
                    answer = browser.get(path) if method == "GET" else browser.post(path, form)
                    if answer.status_code != 404:
                        wrong.append((role, method, path, answer.status_code))

    assert wrong == []
