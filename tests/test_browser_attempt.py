"""A timed attempt in a real browser: the network away and back, another device, more time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from quizengine.services import learners
from quizengine.services.attempt import accommodations, integrity, making
from quizengine.services.attempt.accommodations import Accommodation
from quizengine.services.attempt.making import Terms
from quizengine.store import contract
from quizengine.store.rows import ResponseRow
from tests.browsing import Site, Watch, answer_button, axe_faults, chromium, serve
from tests.sittings import QUESTIONS, small_bank

pytestmark = pytest.mark.browser

BOX = "[name='a.answer']"


class Candidate:
    """Somebody with a screening of five questions, and the devices they use."""

    def __init__(self, site: Site, browser: Browser) -> None:
        self.site, self.browser = site, browser
        guest = learners.new_guest(site.runtime, now=datetime.now(UTC))
        self.id, self.link = guest.id, f"{site.url}/learn/resume/{guest.token}"
        self.attempt = making.make(
            site.runtime,
            guest.id,
            Terms(kind="screening", questions=QUESTIONS, minutes=60),
            now=datetime.now(UTC),
        )
        self.url = f"{site.url}/t/{self.attempt}"
        self.watch = Watch(site.url)
        self.contexts: list[BrowserContext] = []

    def device(self) -> Page:
        """A browser of its own, signed in."""
        context = self.browser.new_context()
        self.contexts.append(context)
        page = self.watch.over(context.new_page())
        page.set_default_timeout(30_000)
        expect.set_options(timeout=30_000)
        page.goto(self.link)
        page.get_by_role("main").get_by_role("button").first.click()
        return page

    def start(self, page: Page) -> None:
        page.goto(self.url)
        page.get_by_role("button", name=re.compile("^Start,|^Show the first question")).click()
        expect(page.locator(BOX)).to_be_visible()
        # A network taken away before the page's script came would leave a form without drafts.
        page.wait_for_load_state("load")

    def given(self) -> list[str]:
        """The texts that were recorded, in order."""
        with self.site.runtime.transaction.reading() as session:
            return [
                row.answers.get("answer", "") for row in session.query(ResponseRow).order_by(ResponseRow.id)
            ]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture
def candidate(tmp_path: Path, browser: Browser) -> Iterator[Candidate]:
    with serve(tmp_path, small_bank()) as site:
        made = Candidate(site, browser)
        yield made
        for context in made.contexts:
            context.close()


def saved(page: Page) -> None:
    expect(page.locator("[data-save-line]")).to_contain_text("Saved")


def number(page: Page, wanted: int) -> None:
    expect(page.locator(".progress-text").first).to_contain_text(f"Question {wanted} of")


def test_an_answer_given_without_a_network_waits_on_the_device_and_goes_out_once(
    candidate: Candidate,
) -> None:
    page = candidate.device()
    candidate.start(page)
    page.fill(BOX, "1")
    saved(page)

    page.context.set_offline(True)
    page.fill(BOX, "12")
    expect(page.locator("[data-save-line]")).to_contain_text("kept on this device")
    answer_button(page).click()
    expect(page.locator("[data-save-line]")).to_contain_text("1 answer waits on this device")
    page.context.set_offline(False)

    number(page, 2)
    assert candidate.given() == ["12"]


def test_a_text_that_the_server_never_had_comes_back_after_the_page_was_lost(candidate: Candidate) -> None:
    page = candidate.device()
    candidate.start(page)
    saved_first = page.locator("[data-save-line]")
    page.context.set_offline(True)
    page.fill(BOX, "123")
    expect(saved_first).to_contain_text("kept on this device")
    page.goto("about:blank")
    page.context.set_offline(False)

    page.goto(f"{candidate.url}/q")

    expect(page.locator(BOX)).to_have_value("123")
    expect(saved_first).to_contain_text("is back")
    assert candidate.given() == []


def test_another_device_takes_over_and_gives_back_and_no_text_is_lost(candidate: Candidate) -> None:
    desk, phone = candidate.device(), candidate.device()
    candidate.start(desk)
    desk.fill(BOX, "1")
    saved(desk)

    phone.goto(f"{candidate.url}/q")
    banner = phone.locator("[data-banner]")
    expect(banner).to_contain_text("open on another device")
    expect(phone.locator(".question-form")).to_have_attribute("inert", "")
    phone.get_by_role("button", name="Continue here").click()
    expect(phone.locator(".question-form")).not_to_have_attribute("inert", "")
    expect(phone.locator(BOX)).to_have_value("1")
    phone.fill(BOX, "17")
    saved(phone)
    desk.fill(BOX, "16")
    expect(desk.locator("[data-banner]")).to_contain_text("continued in another tab or on another device")
    answer_button(phone).click()
    number(phone, 2)
    desk.get_by_role("button", name="Continue here").click()

    number(desk, 2)
    assert candidate.given() == ["17"]
    with candidate.site.runtime.transaction.reading() as session:
        orphans = [row.answers for row in contract.orphans_of(session, candidate.attempt)]
    assert orphans == [{"answer": "16"}]
    assert "takeover" in {one.kind for one in integrity.timeline(candidate.site.runtime, candidate.attempt)}


def test_time_that_is_added_shows_without_a_reload_and_is_said_why(candidate: Candidate) -> None:
    page = candidate.device()
    candidate.start(page)
    clock = page.locator("[data-clock-time]")
    expect(clock).to_contain_text("59:")
    page.evaluate("window.untouched = true")

    now = datetime.now(UTC)
    accommodations.add_minutes(
        candidate.site.runtime, [candidate.attempt], 5, reason="The lights went out.", by="staff", now=now
    )
    accommodations.grant(
        candidate.site.runtime, candidate.id, Accommodation(multiplier_percent=150), by="staff", now=now
    )
    page.fill(BOX, "1")

    expect(page.locator("[data-notices] li")).to_have_text("+5 min: The lights went out.")
    expect(clock).to_contain_text("94:")
    assert page.evaluate("window.untouched") is True
    page.get_by_role("button", name="Hide the time left").click()
    expect(clock).to_be_hidden()
    page.get_by_role("button", name="Time left").first.click()
    expect(page.locator("[data-clock-status]")).to_contain_text("94 minutes left.")
    assert axe_faults(page) == []


def test_what_cannot_be_read_is_said_at_its_box_without_leaving_the_page(candidate: Candidate) -> None:
    page = candidate.device()
    candidate.start(page)
    page.fill(BOX, "2 +* 3")

    answer_button(page).click()

    expect(page.locator(".error-summary")).to_be_focused()
    expect(page.locator(".field-error mark")).to_be_visible()
    expect(page.locator(BOX)).to_have_attribute("aria-invalid", "true")
    assert axe_faults(page) == []
    page.fill(BOX, "7")
    answer_button(page).click()
    number(page, 2)
    assert candidate.given() == ["7"]


def test_what_is_typed_before_the_scripts_are_there_is_saved_as_well(candidate: Candidate) -> None:
    page = candidate.device()
    candidate.start(page)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/js/attempt*", hold)
    page.goto(f"{candidate.url}/q", wait_until="commit")
    page.fill(BOX, "31")

    for route in held:
        route.continue_()

    saved(page)
    page.unroute("**/js/attempt*")
    page.reload()
    expect(page.locator(BOX)).to_have_value("31")
