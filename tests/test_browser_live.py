"""The live page beside a candidate's: both learn of what happens without a reload by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from quizengine.services.hiring import intervening
from quizengine.services.hiring.intervening import Order
from quizengine.services.permissions import Actor
from quizengine.web.hire import live
from quizengine.web.words import now
from tests.browsing import Site, axe_faults, chromium, serve
from tests.hiring import PASSWORD, invite, make_owner, make_screen
from tests.hiring_sittings import begin, two_skill_bank

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setattr(live, "EVERY", 1)
    with serve(tmp_path, two_skill_bank()) as found:
        yield found


def sign_in(page: Page, site: Site, owner: Actor) -> None:
    page.goto(f"{site.url}/login")
    page.fill("#email", owner.email)
    page.fill("#password", PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_both_sides_see_a_pause_without_reloading(site: Site, browser: Browser) -> None:
    owner = make_owner(site.runtime)
    screen = make_screen(site.runtime, owner)
    sat = begin(site.runtime, owner, screen, "Bob Stein", now=now() - timedelta(minutes=1))
    link = invite(site.runtime, owner, screen, "email,name\nann@example.org,Ann Lee", now=now())[0]
    candidate = browser.new_context().new_page()
    candidate.goto(f"{site.url}/i/{link}")
    candidate.check("[name=privacy]")
    candidate.check("[name=own_work]")
    candidate.get_by_role("button", name="Go on to the instructions").click()
    candidate.get_by_role("button", name="Start").click()
    candidate.fill("[name='a.answer']", "7")
    candidate.wait_for_selector("[data-save-line]:has-text('Saved')")
    staff = browser.new_context().new_page()
    sign_in(staff, site, owner)
    staff.goto(f"{site.url}/hire/screens/{screen}/live?tab=in_progress")
    staff.evaluate("window.marker = 1")
    staff.focus(f"#act-{sat.invitation}")
    ann = staff.get_by_role("row", name="Ann Lee").get_by_role("link").get_attribute("href")
    assert ann

    order = Order(act="pause", reason="disturbance", note="The fire alarm rang.")
    intervening.do(site.runtime, owner, ann.split("/")[3], order, now=now())
    candidate.fill("[name='a.answer']", "78")

    candidate.wait_for_selector("text=The fire alarm rang.")
    staff.wait_for_selector("#tab-paused:has-text('1')")
    assert staff.evaluate("[window.marker, document.activeElement.id]") == [1, f"act-{sat.invitation}"]
    assert axe_faults(staff) == []
    assert axe_faults(candidate) == []
    candidate.get_by_role("button", name="Go on").click()
    candidate.wait_for_load_state("networkidle")
    assert candidate.input_value("[name='a.answer']") in ("7", "78")
    # In a tab of its own: the page of the question may be on its way to itself.
    beside = candidate.context.new_page()
    beside.goto(candidate.url.replace("/q", "/help"))
    assert axe_faults(beside) == []
