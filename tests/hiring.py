"""An organisation with somebody of each role, signed in, for tests of the hiring side."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from quizengine.services.hiring import accounts, invitations, outbox, passwords, profiles, screens
from quizengine.services.hiring.forms import supply
from quizengine.services.hiring.screens import ScreenPlan
from quizengine.services.permissions import Actor, StaffRole
from quizengine.services.runtime import Runtime
from tests.factories import NOON

# The real cost is a quarter of a second a hash.
passwords.HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)

PASSWORD = "a sentence of my own"


def make_owner(runtime: Runtime, email: str = "olga@example.org", organisation: str = "Example Ltd") -> Actor:
    """The owner of a new organisation, who has set a password."""
    token = accounts.create_owner(runtime, email=email, organisation=organisation, now=NOON)
    session = accounts.use_link(
        runtime, token, name=email.partition("@")[0].title(), password=PASSWORD, now=NOON
    )
    return actor_of(runtime, session)


def actor_of(runtime: Runtime, session: str) -> Actor:
    found = accounts.actor_of(runtime, session, now=NOON)
    assert found is not None
    return found


def make_person(
    runtime: Runtime, owner: Actor, *roles: StaffRole, email: str = "", grants: tuple[str, ...] = ()
) -> Actor:
    """Somebody of the owner's organisation with these roles, who has set a password."""
    email = email or f"{'-'.join(roles)}-{owner.organisation_id[:6]}@example.org"
    token = accounts.add_person(runtime, owner, email=email, name=email, roles=roles, now=NOON)
    session = accounts.use_link(runtime, token, name=email.partition("@")[0], password=PASSWORD, now=NOON)
    made = actor_of(runtime, session)
    if not grants:
        return made
    accounts.set_rights(runtime, owner, made.staff_id, roles=roles, grants=grants, now=NOON)
    return actor_of(runtime, accounts.sign_in(runtime, email=email, password=PASSWORD, address="", now=NOON))


@dataclass
class Member:
    """A browser of the staff."""

    client: FlaskClient

    def get(self, path: str) -> TestResponse:
        return self.client.get(path)

    def page(self, path: str) -> str:
        """The text of a page that must be there."""
        response = self.client.get(path)
        assert response.status_code == 200, (path, response.status_code, response.headers.get("Location"))
        return response.text

    def post(self, path: str, form: dict[str, Any] | None = None) -> TestResponse:
        """Send a form with the token of this session."""
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.client.get("/").text)
        assert found
        return self.client.post(path, data={"csrf_token": found[1], **(form or {})})

    def sign_in(self, email: str, password: str = PASSWORD) -> TestResponse:
        return self.post("/login", {"email": email, "password": password})


def member(app: Flask, email: str) -> Member:
    """Somebody of the staff who has signed in."""
    made = Member(app.test_client())
    assert made.sign_in(email).status_code == 303
    return made


def runtime_of(app: Flask) -> Runtime:
    """What the application works with."""
    found: Runtime = app.extensions["quizengine"]
    return found


def make_profile(runtime: Runtime, owner: Actor, *, questions: int = 0) -> str:
    """An active profile of the owner's organisation that asks as many questions as the bank has, or fewer."""
    made = profiles.copy_role(runtime, owner, "ml-engineer", now=NOON)
    profile = profiles.read(runtime, owner, made).profile
    has = sum(len(supply(runtime.bank)[one.skill]) for one in profile.skills)
    length = questions or min(has, profile.questions)
    profile = replace(profile, cut=0.0, questions=length, least=min(length, profile.least))
    _, shown = profiles.preview(runtime, profile)
    profiles.save(runtime, owner, made, profile, rationale="", revision=1, shown=shown, now=NOON)
    profiles.activate(runtime, owner, made, now=NOON)
    return made


def make_screen(runtime: Runtime, owner: Actor, profile: str = "", **plan: Any) -> str:
    """An open screen."""
    texts = {
        "title": "ML engineer, Berlin",
        "contact": "Ida, ida@example.org",
        "privacy": "We use your answers.",
    }
    made = screens.create(
        runtime, owner, profile or make_profile(runtime, owner), ScreenPlan(**{**texts, **plan}), now=NOON
    )
    screens.move(runtime, owner, made, "open", now=NOON)
    return made


def invite(runtime: Runtime, owner: Actor, screen: str, text: str, *, now: datetime = NOON) -> list[str]:
    """Invite the people of a list; return the tokens of their links, in the order of the addresses."""
    listed = invitations.hand_in(runtime, owner, screen, text, now=now)
    looked, _ = invitations.dry_run(runtime, owner, screen, listed, now=now)
    assert looked is not None
    invitations.confirm(
        runtime, owner, screen, listed, digest=looked.digest, now=now, base="http://localhost"
    )
    return tokens(runtime, screen)


def tokens(runtime: Runtime, screen: str) -> list[str]:
    """The tokens in the letters that are to be handed over, in the order of the addresses."""
    found = [
        re.search(r"http://localhost/i/(\S+)", letter.body) for letter in outbox.by_hand(runtime, screen)
    ]
    return [link[1] for link in found if link]
