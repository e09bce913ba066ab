"""A person with a browser: starts, reads the page, fills the form in, sends it."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.web_questions import RIGHT, WRONG

START = {"role": "ml-engineer", "hours": "6"}


@dataclass
class Person:
    """A browser, and the attempt that it is at."""

    client: FlaskClient
    attempt: str = ""

    def get(self, path: str) -> TestResponse:
        return self.client.get(path)

    def page(self, path: str) -> str:
        """The text of a page that must be there."""
        response = self.client.get(path)
        assert response.status_code == 200, (path, response.status_code)
        return html.unescape(response.text)

    def post(self, path: str, form: dict[str, Any] | None = None) -> TestResponse:
        """Send a form with the token of this session."""
        return self.client.post(path, data={"csrf_token": self.token(), **(form or {})})

    def token(self) -> str:
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.client.get("/").text)
        assert found
        return found[1]

    def begin(self, **form: str) -> str:
        """Start a diagnostic and go to its first question; return the attempt's id."""
        at = self.post("/learn/start", START | form).headers["Location"]
        self.attempt = at.rsplit("/", 1)[1]
        self.post(f"/t/{self.attempt}/start")
        return self.attempt

    def practise(self, skill: str = "math.matrices", **form: str) -> str:
        """Begin to practise; return the attempt's id."""
        at = self.post(f"/learn/practice/{skill}", form).headers["Location"]
        self.attempt = at.split("/")[2]
        return self.attempt

    def question(self) -> tuple[str, str]:
        """The slot and the answer type of the question on the page."""
        page = self.page(f"/t/{self.attempt}/q")
        slot = re.search(r'name="slot" value="([a-z2-7]{26})"', page)
        kind = re.search(r'class="widget widget-([a-z]+)"', page)
        assert slot
        assert kind
        return slot[1], kind[1]

    def send(self, form: dict[str, Any], slot: str = "") -> TestResponse:
        """Answer the question on the page, or the one of ``slot``."""
        return self.post(f"/t/{self.attempt}/q", {"slot": slot or self.question()[0], **form})

    def answer(self, how: str = "right") -> TestResponse:
        """Answer the question on the page: right, wrong or dont-know."""
        slot, kind = self.question()
        forms = {"right": RIGHT[kind], "wrong": WRONG[kind], "dont-know": {"dont_know": "yes"}}
        return self.send(forms[how], slot)

    def finish(self) -> str:
        """Answer every question in turn right, wrong and not at all; return the address of the report."""
        for how in ("right", "wrong", "dont-know", "wrong") * 8:
            if self.answer(how).headers["Location"].endswith("/done"):
                break
        found = re.search(r'href="(/learn/report/[a-z2-7]{26})"', self.page(f"/t/{self.attempt}/done"))
        assert found
        return found[1]


def person(app: Flask) -> Person:
    """Somebody who has not been here before."""
    return Person(app.test_client())
