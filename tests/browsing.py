"""A site on the loopback, a browser for it, and hands that answer each answer type."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from quizengine.bank import Bank, load_bank
from quizengine.grading import notations
from quizengine.model.answers import ANSWER_TYPES, MatrixAnswer, VectorAnswer
from quizengine.model.grade import ResponseValue
from quizengine.model.variant import Part, Variant
from quizengine.psychometrics import Design
from quizengine.services import attempts
from quizengine.services.attempts import Standing
from quizengine.services.runtime import Runtime
from quizengine.store.rows import AttemptRow
from quizengine.web import create_app
from quizengine.web.settings import Settings
from tests.factories import BANK, shipped_bank

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")
FLAGS = ("--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync")
SERIOUS = ("serious", "critical")
MAX_TABS = 120


def find_chromium() -> str:
    """Return the browser to drive; without one the test is skipped, or fails where CI demands it."""
    found = os.environ.get("QUIZENGINE_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        missing = "no Chromium found: install it, or give its path in QUIZENGINE_CHROMIUM"
        if os.environ.get("QUIZENGINE_REQUIRE_BROWSER") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
    return found


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser."""
    # The sandbox of Chromium refuses to run as root.
    flags = [*FLAGS, "--no-sandbox"] if os.geteuid() == 0 else [*FLAGS]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=flags)
        yield browser
        browser.close()


def bank_of_every_type(folder: Path) -> Bank:
    """A bank with one question of each answer type, so that a diagnostic asks them all."""
    shipped = shipped_bank()
    (folder / "questions").mkdir(parents=True)
    for name in ("bank.toml", "roadmap.toml"):
        shutil.copy(BANK / name, folder / name)
    shutil.copytree(BANK / "datasets", folder / "datasets")
    for kind in ANSWER_TYPES:
        entries = shipped.questions.values()
        fit = [entry for entry in entries if kind in [part.type for part in entry.question.parts]]
        chosen = min(fit, key=lambda entry: (len(entry.question.parts), entry.question.id))
        target = folder / chosen.path.relative_to(BANK)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(chosen.path, target)
    return load_bank(folder)


#: A diagnostic that does not stop before it has asked every type, and asks each question of that bank.
TO_THE_END = Design(min_items=len(ANSWER_TYPES), min_gain=0)


@dataclass
class Site:
    """A running server, and its runtime, with which a test knows the right answers."""

    url: str
    app: Flask
    runtime: Runtime

    def standing(self, attempt_id: str) -> Standing:
        """Where an attempt stands, whoever it belongs to."""
        with self.runtime.transaction() as session:
            row = session.get(AttemptRow, attempt_id)
            assert row is not None
            learner = row.learner_id
        return attempts.standing(self.runtime, learner, attempt_id)


class _Quiet(WSGIRequestHandler):
    """The development server, without a line for each request."""

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 (the base class names it so)
        """Say nothing."""


@contextmanager
def serve(data: Path, bank: Bank | None = None, port: int = 0, *, author: bool = False) -> Iterator[Site]:
    """A server on a free port of the loopback."""
    app = create_app(Settings(data=data, author=author), bank=bank or shipped_bank())
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=_Quiet)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield Site(f"http://127.0.0.1:{server.port}", app, app.extensions["quizengine"])
    finally:
        server.shutdown()
        thread.join()


@dataclass
class Watch:
    """What a page must not do: write console errors, reach another host, get a 5xx."""

    site: str
    faults: list[str] = field(default_factory=list)

    def over(self, page: Page) -> Page:
        """Watch a page."""
        page.on("console", lambda message: self._console(message.type, message.text))
        page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        page.on("request", lambda request: self._request(request.url))
        page.on("response", lambda r: self.faults.append(f"{r.status} {r.url}") if r.status >= 500 else None)
        return page

    def _console(self, kind: str, text: str) -> None:
        # Chromium reports the 422 of a form that asks again, which is what the page is meant to say.
        if kind == "error" and "status of 422" not in text:
            self.faults.append(f"console: {text}")

    def _request(self, url: str) -> None:
        if not url.startswith((self.site, "data:", "blob:")):
            self.faults.append(f"request to {url}")


def axe_faults(page: Page, *, rules: Sequence[str] = ()) -> list[str]:
    """Serious faults of accessibility on the page as it stands, one line each; by all rules, or by some."""
    # A script from the test, not from the page: the page's own policy stays as it is.
    page.evaluate(AXE.read_text(encoding="utf-8"))
    options = {"resultTypes": ["violations"], **({"runOnly": list(rules)} if rules else {})}
    found: dict[str, Any] = page.evaluate("options => axe.run(document, options)", options)
    return [
        f"{page.url}: {violation['id']}: {node['html'][:120]}"
        for violation in found["violations"]
        if violation["impact"] in SERIOUS
        for node in violation["nodes"]
    ]


def focused(page: Page, selector: str) -> bool:
    """Whether the focus is on what the selector means."""
    found: bool = page.evaluate("s => document.activeElement?.matches(s) ?? false", selector)
    return found


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the focus is on what the selector means."""
    for _ in range(MAX_TABS):
        if focused(page, selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{selector} is not reached in {MAX_TABS} tabs: {page.url}")


def press(page: Page, selector: str) -> None:
    """Tab to a button or link, and press Enter."""
    tab_to(page, selector)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def right(part: Part) -> ResponseValue:
    """The key of a part, cell by cell where the form has cells."""
    if isinstance(part.answer, VectorAnswer | MatrixAnswer):
        return next(one for one in notations(part.answer) if not isinstance(one, str))
    return notations(part.answer)[0]


def wrong(variant: Variant) -> list[ResponseValue]:
    """What a person with the first misconception gives in each part."""
    first = next(one for one in variant.misconceptions if one.query or any(one.answers))
    if first.query:
        return [first.query]
    made = zip(variant.parts, first.answers, strict=True)
    return [right(Part(part.name, "", 1.0, answer or part.answer)) for part, answer in made]


def fill(page: Page, part: Part, kind: str, value: ResponseValue) -> None:
    """Put a value into the widget of a part, with the mouse where that is the way."""
    name = f"a.{part.name}"
    if kind in ("vector", "matrix", "table") and not isinstance(value, str):
        if page.locator(f"[name='{name}']").count():  # one box, where the shape is part of the question
            page.fill(f"[name='{name}']", in_one_line(value))
        else:
            _fill_cells(page, name, value)
    elif kind == "choice":
        page.check(f"input[name='{name}'][value='{value}']")
    elif kind == "choices":
        for option in value:
            page.check(f"input[name='{name}'][value='{option}']")
    elif kind == "ordering":
        _arrange(page, [str(item) for item in value])
    elif kind == "matching":
        for select, chosen in zip(page.locator(f"select[name^='{name}.']").all(), value, strict=True):
            select.select_option(str(chosen))
    elif kind == "sql":
        page.locator(".cm-content").click()
        page.keyboard.press("Control+A")
        page.keyboard.press("Delete")
        page.keyboard.insert_text(str(value))
    else:
        page.fill(f"[name='{name}']", str(value))


def in_one_line(value: ResponseValue) -> str:
    """A grid as one text: ``1; 2`` is a vector, ``1 2; 3 4`` a matrix."""
    return "; ".join(row if isinstance(row, str) else " ".join(row) for row in value)


def _fill_cells(page: Page, name: str, value: ResponseValue) -> None:
    rows = [(row,) if isinstance(row, str) else row for row in value]
    flat = [cell for row in rows for cell in row]
    boxes = page.locator(f"input[name^='{name}.']").all()
    assert len(boxes) == len(flat), "the key has as many cells as the form asks for"
    for box, cell in zip(boxes, flat, strict=True):
        box.fill(cell)


def _arrange(page: Page, wanted: list[str]) -> None:
    for place, item in enumerate(wanted):
        row = page.locator(f"[data-item='{item}']")
        for _ in range(len(wanted)):
            order = page.locator("[data-item]").evaluate_all("rows => rows.map(row => row.dataset.item)")
            if order.index(item) <= place:
                break
            row.locator("[data-move='-1']").click()


def answer_button(page: Page) -> Any:
    """The button that commits."""
    return page.get_by_role("button", name="Answer", exact=True)
