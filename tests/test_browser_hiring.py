"""A whole screen in browsers: a manager sets it up and invites, a candidate takes it, a decision follows."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from quizengine.services.hiring import accounts
from quizengine.web.words import now
from tests.browsing import Site, Watch, axe_faults, chromium, serve
from tests.hiring import PASSWORD
from tests.hiring_sittings import two_skill_bank

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with serve(tmp_path_factory.mktemp("hiring"), bank=two_skill_bank()) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


#: Comes back when the page was drawn anew.
DRAWN = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


class Pages:
    """A person's browser: each page that it comes to is looked at for accessibility and for width."""

    def __init__(self, browser: Browser, site: Site) -> None:
        context = browser.new_context(viewport={"width": 360, "height": 740}, reduced_motion="reduce")
        self.site, self.watch = site, Watch(site.url)
        self.page: Page = self.watch.over(context.new_page())
        self.faults: list[str] = []

    def look(self) -> None:
        self.faults += axe_faults(self.page)
        # In the dark nothing but colours is another.
        self.page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        self.page.evaluate(DRAWN)
        self.faults += axe_faults(self.page, rules=["color-contrast"])
        self.page.emulate_media(color_scheme="light", reduced_motion="reduce")
        if self.page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            self.faults.append(f"{self.page.url} scrolls sideways")

    def go(self, path: str) -> None:
        self.page.goto(self.site.url + path)
        self.look()

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()
        self.look()


def set_up(manager: Pages, token: str) -> None:
    """From the first link to an active profile."""
    page = manager.page
    manager.go(f"/hire/setup/{token}")
    page.fill("#name", "Olga Berg")
    page.fill("#password", PASSWORD)
    manager.press("Set it and sign in")
    expect(page.get_by_role("heading", name="First a role profile")).to_be_visible()
    manager.go("/hire/roles")
    manager.press("Copy ML engineer")
    page.fill("#cut", "0")
    page.fill("#questions", "20")
    manager.press("Show what this does")
    manager.press("Save this bar")
    manager.press("Activate")


def open_screen(manager: Pages) -> None:
    page = manager.page
    manager.go("/hire/screens/new")
    page.fill("#title", "ML engineer, Berlin")
    page.fill("#contact", "Ida, ida@example.org")
    manager.press("Make the screen")
    manager.press("Open the screen")


def invite(manager: Pages) -> str:
    page = manager.page
    page.get_by_role("link", name="Invite people").click()
    page.fill("#text", "email,name\nann@example.org,Ann Lee\nbob@,Bob")
    manager.press("Look at the list")
    expect(page.get_by_role("heading", name="1 cell to correct first")).to_be_visible()
    page.get_by_role("link", name="Hand in another list").click()
    page.fill("#text", "email,name\nann@example.org,Ann Lee")
    manager.press("Look at the list")
    manager.press("Make 1 invitation")
    link = re.search(r"/i/\S+", page.locator(".letter").inner_text())
    assert link
    manager.press("I have handed them over")
    return link[0]


def take(candidate: Pages, link: str) -> None:
    page = candidate.page
    candidate.go(link)
    page.get_by_label("I have read the privacy notice.").check()
    page.get_by_label("What I answer will be my own work.").check()
    candidate.press("Go on to the instructions")
    candidate.press("Start, 60 minutes")
    for at in range(20):
        page.fill("[name='a.answer']", "7")
        page.get_by_role("button", name="Answer", exact=True).click()
        if at < 19:
            expect(page.get_by_text(f"Question {at + 2} ").first).to_be_visible()
    page.wait_for_url("**/done")
    candidate.look()
    page.get_by_role("link", name="What you get back, and when").click()
    candidate.look()


def decide(manager: Pages) -> None:
    page = manager.page
    page.get_by_role("link", name="Results").click()
    manager.look()
    page.get_by_role("link", name=re.compile("By overall level")).click()
    manager.look()
    page.locator("table.compare a").first.click()
    manager.look()
    expect(page.get_by_role("heading", name=re.compile("Likely meets the bar"))).to_be_visible()
    assert "Ann Lee" not in page.content()
    page.get_by_label("Go on with them").check()
    page.select_option("#reason", "meets_bar")
    manager.press("Record the decision")
    page.fill("#why", "to call them")
    manager.press("Show who this is")
    assert "Ann Lee" in page.content()
    page.get_by_role("link", name="Each of them").click()
    manager.look()


def test_a_screen_from_the_first_link_to_the_decision(browser: Browser, site: Site) -> None:
    token = accounts.create_owner(
        site.runtime, email="olga@example.org", organisation="Example Ltd", now=now()
    )
    manager, candidate = Pages(browser, site), Pages(browser, site)

    set_up(manager, token)
    open_screen(manager)
    take(candidate, invite(manager))
    manager.page.reload()
    decide(manager)

    assert manager.faults + candidate.faults == []
    # A draft on its way while its question is answered is refused, and the browser's console says so.
    faults = [one for one in candidate.watch.faults if "409 (CONFLICT)" not in one]
    assert manager.watch.faults + faults == []
