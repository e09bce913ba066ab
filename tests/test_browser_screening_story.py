"""A screen from the first link to the erasure, in browsers: a manager, a reviewer, three candidates."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from playwright.sync_api import Browser, Locator, Page, expect

from quizengine.cli import main
from quizengine.services.hiring import accounts, erasing, housekeeping, postman
from quizengine.web.words import now
from tests.browsing import Site, Watch, answer_button, axe_faults, chromium, press, serve, tab_to
from tests.hiring import PASSWORD
from tests.hiring_sittings import two_skill_bank

pytestmark = pytest.mark.browser

QUESTIONS = 8
#: Milliseconds, for a machine with much else to do.
WAIT = 60_000
BOX = "[name='a.answer']"
PEOPLE = {"ann": "Ann Lee", "bob": "Bob Stein", "cem": "Cem Kaya", "dee": "Dee Moss", "eve": "Eve Holm"}
LIST = """email,name,time_multiplier
ann@example.org,Ann Lee,
bob@example.org,Bob Stein,
cem@example.org,Cem Kaya,1.5
dee@example.org,Dee Moss,
{eve},Eve Holm,"""
#: What Chromium's console says of a network that the test takes away, of a draft that came second, and of a
#: page that is shown in the place of an answer.
EXPECTED = re.compile("ERR_INTERNET_DISCONNECTED|409 .CONFLICT|status of 403")
#: Comes back when the page was drawn anew.
DRAWN = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 900}


@dataclass
class Story:
    """The server, and what was found on the pages that people came by."""

    site: Site
    browser: Browser
    folder: Path
    faults: list[str] = field(default_factory=list)
    seen: set[tuple[str, str]] = field(default_factory=set)
    people: list[Person] = field(default_factory=list)

    def person(self, viewport: dict[str, int] = PHONE) -> Person:
        """Somebody with a browser of their own."""
        made = Person(self, viewport)
        self.people.append(made)
        return made


class Person:
    """A browser of its own; each page that it comes to is looked at once, in the light and in the dark."""

    def __init__(self, story: Story, viewport: dict[str, int]) -> None:
        context = story.browser.new_context(viewport=viewport, reduced_motion="reduce")  # type: ignore[arg-type]
        self.story, self.watch = story, Watch(story.site.url)
        self.page: Page = self.watch.over(context.new_page())
        self.page.set_default_timeout(WAIT)

    def look(self) -> None:
        page, story = self.page, self.story
        page.wait_for_load_state()
        kind = (
            re.sub("[a-z2-7]{26}|/i/[^/]+|/setup/.*", "*", page.url.removeprefix(story.site.url)),
            page.title(),
        )
        if kind in story.seen:
            return
        story.seen.add(kind)
        story.faults += axe_faults(page)
        # In the dark nothing but colours is another.
        page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        page.evaluate(DRAWN)
        story.faults += axe_faults(page, rules=["color-contrast"])
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            story.faults.append(f"{page.url} scrolls sideways")

    def go(self, path: str) -> None:
        self.page.goto(self.story.site.url + path)
        self.look()

    def button(self, name: str | re.Pattern[str]) -> Locator:
        return self.page.get_by_role("button", name=name, exact=isinstance(name, str))

    def press(self, name: str | re.Pattern[str]) -> None:
        with self.page.expect_navigation():
            self.button(name).click()
        self.look()

    def follow(self, name: str | re.Pattern[str]) -> None:
        with self.page.expect_navigation():
            self.page.get_by_role("link", name=name).first.click()
        self.look()

    def answer(self, text: str) -> None:
        with self.page.expect_navigation():
            self.page.fill(BOX, text)
            answer_button(self.page).click()

    def saved(self) -> None:
        expect(self.page.locator("[data-save-line]")).to_contain_text("Saved")

    def at_question(self, number: int) -> None:
        expect(self.page.locator(".progress-text").first).to_contain_text(f"Question {number} of")


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    expect.set_options(timeout=WAIT)
    with serve(tmp_path, bank=two_skill_bank()) as site, chromium() as browser:
        yield Story(site, browser, tmp_path)


def set_up(story: Story) -> tuple[Person, Person]:
    """From the link that makes the owner to an active profile, with a reviewer in the house."""
    token = accounts.create_owner(
        story.site.runtime, email="olga@example.org", organisation="Example Ltd", now=now()
    )
    manager, reviewer = story.person(), story.person(DESK)
    page = manager.page
    manager.go(f"/hire/setup/{token}")
    page.fill("#name", "Olga Berg")
    page.fill("#password", PASSWORD)
    manager.press("Set it and sign in")
    manager.follow("People")
    page.locator("details summary").first.click()
    page.get_by_label(re.compile("extra time|adjustments", re.IGNORECASE)).check()
    manager.press("Save")
    page.fill("#email", "olga@example.org")
    page.fill("#password", PASSWORD)
    manager.press("Sign in")
    manager.go("/hire/people")
    page.fill("#email", "rita@example.org")
    page.locator("section input[name='roles'][value='reviewer']").check()
    manager.press(re.compile("^Add"))
    link = re.search(r"/hire/setup/[^\s\"<]+", page.locator("main").inner_text() + page.content())
    assert link
    reviewer.go(link[0])
    reviewer.page.fill("#name", "Rita Roth")
    reviewer.page.fill("#password", PASSWORD)
    reviewer.press("Set it and sign in")
    manager.go("/hire/roles")
    manager.press("Copy ML engineer")
    for name, value in {"cut": "0", "questions": str(QUESTIONS), "least": str(QUESTIONS)}.items():
        page.fill(f"#{name}", value)
    manager.press("Show what this does")
    manager.press("Save this bar")
    manager.press("Activate")
    return manager, reviewer


def open_screen(manager: Person) -> str:
    """A screen of that profile, which the reviewer works on, and the invitations of five people."""
    page = manager.page
    manager.go("/hire/screens/new")
    page.fill("#title", "ML engineer, Berlin")
    page.fill("#contact", "Ida, ida@example.org")
    page.get_by_label("after your decision").check()
    manager.press("Make the screen")
    manager.press("Open the screen")
    page.get_by_label(re.compile("Rita")).check()
    manager.press("Save")
    screen = page.url.rpartition("/")[2]
    manager.follow("Invite people")
    page.fill("#text", LIST.format(eve="eve@"))
    manager.press("Look at the list")
    expect(page.get_by_role("heading", name="1 cell to correct first")).to_be_visible()
    manager.follow("Hand in another list")
    page.fill("#text", LIST.format(eve="eve@example.org"))
    manager.press("Look at the list")
    manager.press("Make 5 invitations")
    return screen


def hand_over(manager: Person, screen: str, pattern: str) -> dict[str, str]:
    """What a pattern finds in the letters that wait to be handed over, by the name before the @."""
    manager.go(f"/hire/screens/{screen}/letters")
    found = {}
    for letter in manager.page.locator("main li.card").all():
        text = letter.inner_text()
        to, said = re.search(r"To (\w+)@", text), re.search(pattern, text)
        assert to, text
        if said:
            found[to[1]] = said[0]
    manager.press("I have handed them over")
    return found


def approve_large_print(manager: Person, screen: str) -> None:
    manager.go(f"/hire/screens/{screen}")
    manager.follow("Adjustments for Cem Kaya")
    expect(manager.page.locator("#multiplier")).to_have_value("1.5")
    manager.page.get_by_label("large print").check()
    manager.press("Approve")


def begin(story: Story, link: str, viewport: dict[str, int] = PHONE) -> Person:
    """From somebody's link to their first question."""
    made = story.person(viewport)
    made.go(link)
    made.page.get_by_label("I have read the privacy notice.").check()
    made.page.get_by_label("What I answer will be my own work.").check()
    made.press(re.compile("^Go on to the instructions"))
    try_it_out(made)
    made.press(re.compile("^Start, 60 minutes"))
    return made


def try_it_out(person: Person) -> None:
    """The device can do what the test needs, and says so."""
    person.follow("Try it out first")
    checks = person.page.locator("[data-check]")
    expect(checks.first).to_be_visible()
    for number in range(checks.count()):
        expect(checks.nth(number)).to_have_attribute("data-state", "good")
    person.follow("Back to the start")


def lose_the_network(ann: Person) -> None:
    """An answer without a network waits on the device, and goes out once when it is back."""
    page, line = ann.page, ann.page.locator("[data-save-line]")
    page.fill(BOX, "1")
    ann.saved()
    page.context.set_offline(True)
    page.fill(BOX, "7")
    expect(line).to_contain_text("kept on this device")
    answer_button(page).click()
    expect(line).to_contain_text("1 answer waits on this device")
    page.context.set_offline(False)
    ann.at_question(2)


def move_to_another_device(desk: Person, manager: Person, screen: str) -> Person:
    """By a code to the address; what was typed is there, and the first page says so."""
    desk.answer("8")
    desk.at_question(2)
    desk.page.fill(BOX, "7")
    desk.saved()
    phone = desk.story.person()
    phone.go("/i/back")
    phone.page.fill("#email", "bob@example.org")
    phone.press("Send a code")
    phone.page.fill("#code", hand_over(manager, screen, r"\d{6}")["bob"])
    phone.press("Go on")
    phone.press("Go on")
    phone.button("Continue here").click()
    expect(phone.page.locator(".question-form")).not_to_have_attribute("inert", "")
    expect(phone.page.locator(BOX)).to_have_value("7")
    desk.page.fill(BOX, "78")
    expect(desk.page.locator("[data-banner]")).to_contain_text(
        "continued in another tab or on another device"
    )
    phone.page.fill(BOX, "8")
    phone.saved()  # before that the line says what is back, and what stands below moves when it goes
    answer_button(phone.page).click()
    phone.at_question(3)
    return phone


def take_it_by_keys(story: Story, link: str) -> Person:
    """Somebody with half as much time again, from the link to the end without a mouse."""
    cem = story.person()
    page = cem.page
    cem.go(link)
    for name in ("privacy", "own_work"):
        tab_to(page, f"[name='{name}']")
        page.keyboard.press("Space")
    press(page, ".landing-form .button-primary")
    cem.look()
    expect(page.get_by_role("button", name=re.compile("^Start, 90 minutes"))).to_be_visible()
    press(page, "main form .button-primary")
    for number in range(1, QUESTIONS + 1):
        cem.at_question(number)
        tab_to(page, BOX)
        page.keyboard.type("7" if number % 2 else "8")
        with page.expect_navigation():
            page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Done. Thank you.")
    expect(page.locator("html.large-print")).to_have_count(1)
    return cem


def finish(person: Person, first: int, text: str) -> None:
    """Give the same answer to all questions from one on."""
    for number in range(first, QUESTIONS + 1):
        person.at_question(number)
        person.answer(text)
    expect(person.page.locator("h1")).to_have_text("Done. Thank you.")
    person.look()


def review_blindly(reviewer: Person, screen: str) -> None:
    """Somebody who does not know the people says whether the evidence holds, and meets no name on the way."""
    page = reviewer.page
    reviewer.go(f"/hire/screens/{screen}")
    read = page.content()
    reviewer.go(f"/hire/screens/{screen}/compare")
    read += page.content()
    reviewer.follow(re.compile("^[A-Z2-9]{2}-[A-Z2-9]{3}$"))
    read += page.content()
    page.get_by_label("I agree").first.check()
    reviewer.press("Submit the review")
    reviewer.follow("What happened when")
    read += page.content()
    words = [word for email, name in PEOPLE.items() for word in (f"{email}@", *name.split())]
    assert [word for word in words if word in read] == []


def compare_and_decide(manager: Person, screen: str) -> None:
    """The three by brackets and side by side; one goes on, and then has a name."""
    page = manager.page
    manager.go(f"/hire/screens/{screen}/compare")
    assert page.locator("table.compare tbody tr").count() == 3
    manager.follow(re.compile("^By overall level"))
    expect(page.get_by_text("The order inside a bracket is chance.")).to_be_visible()
    for box in page.locator("[name='code']").all():
        box.check()
    manager.press("Show those chosen side by side")
    expect(page.get_by_role("heading", name="3 people side by side")).to_be_visible()
    manager.go(f"/hire/screens/{screen}/compare?order=composite")
    manager.follow(re.compile("^[A-Z2-9]{2}-[A-Z2-9]{3}$"))
    expect(page.get_by_role("heading", name=re.compile("^Likely meets the bar"))).to_be_visible()
    expect(page.get_by_text("Rita Roth")).to_be_visible()
    assert "Ann Lee" not in page.content()
    page.get_by_label("Go on with them").check()
    page.select_option("#reason", "meets_bar")
    manager.press("Record the decision")
    page.fill("#why", "to call them")
    manager.press("Show who this is")
    expect(page.get_by_text("Ann Lee").first).to_be_visible()
    manager.follow("Each of them")


def take_it_along(manager: Person, screen: str) -> None:
    """Tables by code, and a file that anybody can compute again."""
    page, folder = manager.page, manager.story.folder
    manager.go(f"/hire/screens/{screen}/compare")
    for name, file in (("Tables (CSV)", "tables.zip"), ("One file to verify (JSON)", "results.json")):
        with page.expect_download() as got:
            manager.button(re.compile(re.escape(name))).click()
        got.value.save_as(folder / file)
    with zipfile.ZipFile(folder / "tables.zip") as archive:
        table = archive.read("results.csv").decode()
    rows = list(csv.DictReader(io.StringIO(table, newline="")))
    assert sorted(row["decision"] for row in rows) == ["", "", "advance"]
    assert {row["answers"] for row in rows} == {str(QUESTIONS)}
    assert [name for name in PEOPLE.values() if name in table] == []

    verified = CliRunner().invoke(main, ["verify", str(folder / "results.json")])

    assert verified.exit_code == 0, verified.output


def read_feedback(ann: Person) -> None:
    """What the test found, in words, after the decision."""
    ann.follow("What you get back, and when")
    expect(ann.page.get_by_role("heading", name="What your test found")).to_be_visible()
    expect(ann.page.get_by_role("heading", name="Strongest")).to_be_visible()


def be_erased(story: Story, ann: Person, manager: Person, screen: str) -> None:
    """Asked for and confirmed by a code; a week later nobody knows who it was, and the result stands."""
    ann.follow("See what is stored about you, or have it erased")
    ann.press("Send me a code to confirm it")
    ann.page.fill("#code", hand_over(manager, screen, r"\d{6}")["ann"])
    ann.press(re.compile("^Erase my data in 7 days"))
    manager.go(f"/hire/screens/{screen}")
    expect(manager.page.get_by_text("asked to be erased")).to_be_visible()

    done = housekeeping.go_round(
        story.site.runtime, story.folder, now=now() + erasing.UNDO + timedelta(minutes=1)
    )

    assert done.erased == 1
    manager.go(f"/hire/screens/{screen}")
    expect(manager.page.get_by_text("was erased on")).to_be_visible()
    assert "Ann Lee" not in manager.page.content()
    manager.go(f"/hire/screens/{screen}/compare")
    assert manager.page.locator("table.compare tbody tr").count() == 3


def test_a_screen_from_the_first_link_to_the_erasure(story: Story) -> None:
    manager, reviewer = set_up(story)
    screen = open_screen(manager)
    links = hand_over(manager, screen, r"/i/\S+")
    ann, desk = begin(story, links["ann"]), begin(story, links["bob"], DESK)
    lose_the_network(ann)
    manager.go(f"/hire/screens/{screen}/live?tab=in_progress")
    expect(manager.page.get_by_role("row", name=re.compile("Ann Lee|Bob Stein"))).to_have_count(2)
    phone = move_to_another_device(desk, manager, screen)
    approve_large_print(manager, screen)
    cem = take_it_by_keys(story, links["cem"])
    finish(ann, 2, "7")
    finish(phone, 3, "8")
    # As the server does in the background: receipts are written, and the results computed.
    postman.go_round(story.site.runtime, lambda _: None, now=now())

    review_blindly(reviewer, screen)
    compare_and_decide(manager, screen)
    read_feedback(ann)
    take_it_along(manager, screen)
    be_erased(story, ann, manager, screen)

    assert cem.page.locator("h1").inner_text() == "Done. Thank you."
    assert story.faults == []
    assert [one for person in story.people for one in person.watch.faults if not EXPECTED.search(one)] == []
