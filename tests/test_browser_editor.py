"""The SQL editor in a real browser, under the policy that the pages have."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Page, sync_playwright

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[1]
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-abc'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'"
)
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Editor</title>
<meta name="csp-nonce" content="abc"><link rel="icon" href="data:,">
<link rel="stylesheet" href="/static/css/tokens.css"><link rel="stylesheet" href="/static/css/editor.css">
<script type="module" src="/static/js/editor.js"></script>
<main><h1>Question</h1><form action="/answered"><label for="q">Your query</label>
<textarea id="q" name="q" required data-editor="sql"
  data-schema='{"users": ["user_id", "surname"]}'>SELECT 1</textarea>
<button>Answer</button></form></main></html>"""
CHROMIUM = os.environ.get("QUIZENGINE_CHROMIUM") or next(
    filter(
        None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"))
    ),
    None,
)


class Server(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the name that the base class gives it)
        """Say nothing."""

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()

    def do_GET(self) -> None:
        if self.path.startswith("/static/"):
            super().do_GET()
            return
        body = PAGE.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Server, directory=str(ROOT))) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def page(address: str) -> Iterator[Page]:
    if CHROMIUM is None:
        pytest.skip("no Chromium found: install it, or give its path in QUIZENGINE_CHROMIUM")
    flags = ["--no-sandbox"] if os.geteuid() == 0 else []
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=CHROMIUM, args=flags) as browser,
    ):
        page = browser.new_page()
        faults: list[str] = []
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(address + "/question")
        page.wait_for_selector(".cm-content")
        yield page
        assert faults == []


def test_the_text_area_stays_the_form_field(page: Page) -> None:
    page.locator(".cm-content").press("Control+End")
    page.keyboard.type(" + 1")

    assert page.input_value("textarea") == "SELECT 1 + 1"
    assert page.get_attribute(".cm-content", "aria-label") == "Your query"

    page.click("text=Answer")
    page.wait_for_url("**/answered?q=SELECT+1+%2B+1")


def test_tab_leaves_the_editor_in_both_directions(page: Page) -> None:
    page.locator(".cm-content").focus()

    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Answer"
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    assert page.evaluate("document.activeElement.textContent") == "Plain text box"


def test_control_enter_answers_only_after_a_confirmation(page: Page) -> None:
    page.locator(".cm-content").press("Control+Enter")
    page.get_by_role("button", name="Keep editing").click()
    assert page.url.endswith("/question")

    page.locator(".cm-content").press("Control+Enter")
    page.get_by_role("dialog").get_by_role("button", name="Answer").click()
    page.wait_for_url("**/answered?q=SELECT+1")


def test_the_plain_text_box_is_one_click_away_and_remembered(page: Page) -> None:
    page.click("text=Plain text box")
    page.fill("textarea", "SELECT 2")
    page.reload()
    page.wait_for_selector("text=SQL editor")

    assert page.is_visible("textarea")
    assert page.locator(".cm-content").count() == 0

    page.fill("textarea", "SELECT 3")
    page.click("text=SQL editor")
    assert page.inner_text(".cm-content") == "SELECT 3"


def test_columns_of_the_schema_are_offered(page: Page) -> None:
    page.locator(".cm-content").press("Control+End")
    page.keyboard.type(", surn")

    page.get_by_role("option", name="surname").wait_for()


def test_a_draft_put_into_the_text_area_reaches_the_editor(page: Page) -> None:
    page.eval_on_selector(
        "textarea", "area => { area.value = 'SELECT 9'; area.dispatchEvent(new Event('editor:refresh')) }"
    )

    assert page.inner_text(".cm-content") == "SELECT 9"


def test_the_editor_has_no_serious_fault_of_accessibility(page: Page) -> None:
    # through the debugger, so that the page's own policy needs no exception for the checker
    page.evaluate((ROOT / "tests/vendor/axe.min.js").read_text() + "; 0")

    faults = page.evaluate("axe.run().then(result => result.violations.map(one => one.id + ': ' + one.help))")

    assert faults == []
