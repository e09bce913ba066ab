"""An organisation with somebody of each role, signed in, for tests of the hiring side."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from quizengine.services.hiring import accounts, passwords
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
