"""Results of a screen together: side by side, other versions apart, one decision about several people."""

from __future__ import annotations

import html
import re
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from quizengine.errors import ConflictError, RequestError
from quizengine.services.hiring import audit, decisions, profiles, results, together, viewings
from quizengine.services.hiring.together import Wish
from quizengine.services.permissions import Actor
from quizengine.services.runtime import Runtime
from tests.factories import NOON
from tests.hiring import Member, make_owner, make_screen, member, runtime_of
from tests.hiring_sittings import Sat, begin, sit, two_skill_bank
from tests.web_questions import make_app

PATTERNS = {"Ann Lee": "r" * 20, "Bob Stein": "w" * 20, "Cem Kaya": "rw" * 10, "Dee Moss": "rw" * 10}
HOLD = Wish(verdict="hold", reason="role_filled", note="We wait for the second round.")


@dataclass
class World:
    app: Flask
    runtime: Runtime
    owner: Actor
    screen: str
    people: dict[str, Sat]
    codes: dict[str, str]

    def browser(self) -> Member:
        return member(self.app, self.owner.email)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, World]:
    """A screen that four people have finished, made once."""
    folder = tmp_path_factory.mktemp("compare")
    app = make_app(folder, bank_=two_skill_bank())
    runtime = runtime_of(app)
    owner = make_owner(runtime)
    screen = make_screen(runtime, owner)
    people = {
        name.split()[0]: sit(runtime, owner, screen, pattern, name) for name, pattern in PATTERNS.items()
    }
    codes = {one.id: one.code for one in results.of_screen(runtime, owner, screen)}
    own = {name: codes[sat.result] for name, sat in people.items()}
    return folder, World(app, runtime, owner, screen, people, own)


@pytest.fixture
def world(made: tuple[Path, World], tmp_path: Path) -> World:
    """A copy of it to do anything with."""
    shutil.copytree(made[0], tmp_path, dirs_exist_ok=True)
    app = make_app(tmp_path, bank_=two_skill_bank())
    return replace(made[1], app=app, runtime=runtime_of(app))


def main_of(page: str) -> str:
    return html.unescape(page.partition("<main")[2].partition("</main>")[0])


def test_people_stand_side_by_side_and_who_cannot_be_told_apart_is_said(world: World) -> None:
    codes, at = world.codes, f"/hire/screens/{world.screen}/side?"

    page = main_of(world.browser().page(at + "&".join(f"code={codes[n]}" for n in ("Ann", "Cem", "Dee"))))

    tied = " and ".join(f"<code>{code}</code>" for code in (codes["Cem"], codes["Dee"]))
    reverse = " and ".join(f"<code>{code}</code>" for code in (codes["Dee"], codes["Cem"]))
    assert f"{tied} cannot be told apart" in page or f"{reverse} cannot be told apart" in page
    assert f"<code>{codes['Ann']}</code> is above <code>{codes['Cem']}</code>" in page
    heads = re.findall(r'<th scope="col"><a [^>]*><code>([^<]+)', page)
    assert heads == sorted(codes[name] for name in ("Ann", "Cem", "Dee"))


@pytest.mark.parametrize(("names", "says"), [(["Ann"], "needs two people"), ([], "needs two people")])
def test_one_person_is_compared_with_nobody(world: World, names: list[str], says: str) -> None:
    query = "&".join(f"code={world.codes[name]}" for name in names)

    assert says in world.browser().page(f"/hire/screens/{world.screen}/side?{query}")


def test_another_version_of_the_profile_is_listed_apart(world: World) -> None:
    runtime, owner = world.runtime, world.owner
    with runtime.transaction.reading() as session:
        first = session.execute(text("SELECT profile_id FROM screens")).scalar_one()
    second = profiles.new_version(runtime, owner, first, now=NOON)
    profile = profiles.read(runtime, owner, second).profile
    _, shown = profiles.preview(runtime, profile)
    profiles.save(runtime, owner, second, profile, rationale="", revision=1, shown=shown, now=NOON)
    profiles.activate(runtime, owner, second, now=NOON)
    other = make_screen(runtime, owner, second, title="The second round")
    sit(runtime, owner, other, "r", "Eve Holm")

    page = main_of(world.browser().page(f"/hire/screens/{world.screen}/compare"))

    apart = page.partition("Not comparable")[2]
    assert "The second round" in apart
    assert "1 finished" in apart
    assert world.codes["Ann"] not in apart


def test_a_column_for_each_skill_is_there_when_it_is_wanted(world: World) -> None:
    at = f"/hire/screens/{world.screen}/compare"
    told = {one.code: one for one in results.of_screen(world.runtime, world.owner, world.screen)}
    titles = [skill.title for skill in next(iter(told.values())).skills]

    plain = main_of(world.browser().page(at))
    page = main_of(world.browser().page(f"{at}?order=composite&skills=yes"))

    heads = re.findall(r'<th scope="col" class="compare-skill">([^<]+)', page)
    assert (re.findall("compare-skill", plain), heads) == ([], titles)
    assert f"{at}?order=composite&skills=yes" in page  # the other order keeps them
    rows = {
        code: re.findall(r'<td>(?:<svg.*?</svg> (\w+)|<span class="muted">(too few) answers)', row)
        for row, code in re.findall(r"(<tr>\s*<th.*?<code>([^<]+)</code>.*?</tr>)", page, re.DOTALL)
    }
    words = {"ready": "ready", "unclear": "unclear", "gap": "gap"}
    for code, one in told.items():
        wanted = [words[skill.band] if skill.measured else "too few" for skill in one.skills]
        assert [a.lower() or b for a, b in rows[code]] == wanted


def digest_of(world: World, wish: Wish, *names: str) -> str:
    codes = [world.codes[name] for name in names]
    return together.preview(world.runtime, world.owner, world.screen, codes, wish).digest


def decide(world: World, wish: Wish, digest: str, *names: str) -> int:
    codes = [world.codes[name] for name in names]
    return together.decide(world.runtime, world.owner, world.screen, codes, wish, digest=digest, now=NOON)


def test_a_common_decision_is_a_row_for_each_and_twice_is_once(world: World) -> None:
    digest = digest_of(world, HOLD, "Ann", "Cem")

    made = [decide(world, HOLD, digest, "Ann", "Cem") for _ in range(2)]

    assert made == [2, 0]
    told = results.read(world.runtime, world.owner, world.people["Ann"].result)
    found = decisions.decisions_on(world.runtime, world.owner, told)
    assert [(one.verdict, one.note) for one in found] == [("hold", HOLD.note)]
    entries, fault = audit.entries(world.runtime, world.owner)
    assert fault is None
    assert [one.note for one in entries if one.act == "decision"] == [HOLD.note] * 2


def test_nobody_is_rejected_unseen_or_without_a_reason(world: World) -> None:
    reject = replace(HOLD, verdict="reject", reason="below_bar")
    with pytest.raises(RequestError):
        decide(world, reject, digest_of(world, reject, "Bob"), "Bob")
    viewings.note(world.runtime, world.owner, world.people["Bob"].result, now=NOON)
    silent = replace(reject, note=" ")
    with pytest.raises(RequestError):
        decide(world, silent, digest_of(world, silent, "Bob"), "Bob")

    assert decide(world, reject, digest_of(world, reject, "Bob"), "Bob") == 1


def test_what_was_not_looked_at_as_it_stands_is_not_recorded(world: World) -> None:
    digest = digest_of(world, HOLD, "Ann")
    with pytest.raises(ConflictError):
        decide(world, HOLD, digest, "Ann", "Cem")
    with world.runtime.transaction() as session:
        session.execute(text("UPDATE grades SET score = 0, verdict = 'wrong'"))
    with pytest.raises(ConflictError):
        decide(world, HOLD, digest, "Ann")

    assert decisions.last_verdicts(world.runtime, world.owner, world.screen) == {}


def test_who_has_not_finished_is_not_decided_about(world: World) -> None:
    running = begin(world.runtime, world.owner, world.screen, "Fay Wong")
    told = results.read(world.runtime, world.owner, running.result)

    looked = together.preview(world.runtime, world.owner, world.screen, [told.code], HOLD)

    assert not looked.can_be_made


def test_more_than_fifty_at_once_are_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(together, "MOST_TOGETHER", 1)

    looked = together.preview(world.runtime, world.owner, world.screen, list(world.codes.values()), HOLD)

    assert looked.faults == ("Choose 1 to 1 people, not 4.",)


def test_the_pages_lead_from_a_choice_over_the_preview_to_the_decisions(world: World) -> None:
    olga, at = world.browser(), f"/hire/screens/{world.screen}/decide"
    form = {"code": [world.codes["Ann"], world.codes["Bob"]], "verdict": "reject", "reason": "role_filled"}
    assert "Decide about 2 people" in olga.page(f"{at}?code={form['code'][0]}&code={form['code'][1]}")
    assert "Say why in a sentence" in olga.post(at, form).text
    unseen = olga.post(at, form | {"note": "The role is filled."}).text
    assert "nobody is rejected unseen" in unseen
    for name in ("Ann", "Bob"):
        olga.page(f"/hire/results/{world.people[name].result}")

    looked = olga.post(at, form | {"note": "The role is filled."}).text
    assert "against the evidence" in looked
    digest = re.search(r'name="digest" value="(\w+)"', looked)
    assert digest
    done = olga.post(at, form | {"note": "The role is filled.", "digest": digest[1]})

    assert done.status_code == 303
    assert set(decisions.last_verdicts(world.runtime, world.owner, world.screen)) == {
        world.people["Ann"].result, world.people["Bob"].result,
    }  # fmt: skip
