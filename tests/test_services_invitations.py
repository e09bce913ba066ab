"""Inviting people: lists that are looked at first, links that open nothing by being looked at, the post."""

from __future__ import annotations

import email
import email.policy
import html
import re
import smtplib
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from quizengine.errors import ConflictError, GoneError, NotFoundError, RequestError
from quizengine.services import attempts
from quizengine.services.attempt import accommodations
from quizengine.services.hiring import invitations, outbox, postman, screens, sitting
from quizengine.services.hiring.outbox import Letter, PostError
from quizengine.services.hiring.people_lists import PeopleList, read_people
from quizengine.services.hiring.sitting import Consent
from quizengine.services.permissions import Actor
from quizengine.services.runtime import Runtime
from tests.factories import NOON, make_runtime
from tests.hiring import invite, make_owner, make_person, make_profile, make_screen, tokens
from tests.web_questions import bank

AGREED = Consent(privacy_read=True, own_work=True, name="Ann Lee")


@pytest.fixture
def runtime(tmp_path: Path) -> Runtime:
    return make_runtime(tmp_path, bank())


@pytest.fixture
def owner(runtime: Runtime) -> Actor:
    return make_owner(runtime)


@pytest.fixture
def screen(runtime: Runtime, owner: Actor) -> str:
    return make_screen(runtime, owner)


def listed(text_: str, *, may_accommodate: bool = True) -> PeopleList:
    return read_people(text_, invited={"old@example.org"}, may_accommodate=may_accommodate, now=NOON)


def test_a_list_says_who_would_be_invited_who_not_again_and_what_is_passed_over() -> None:
    found = listed(
        "\ufeffemail;name;tz;shoe size\n"
        "Ann@Example.org;Ann Lee;Europe/Berlin;38\n"
        "\n"
        "ann@example.org;Ann again;;\n"
        "OLD@example.org;Olaf;;\n"
    )

    assert [(one.line, one.email, one.name, one.time_zone) for one in found.people] == [
        (2, "ann@example.org", "Ann Lee", "Europe/Berlin")
    ]
    assert [one.email for one in found.again] == ["ann@example.org", "old@example.org"]
    assert found.unknown_columns == ("shoe size",)
    assert found.faults == ()


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        ("email", "ann at example.org", "an address like"),
        ("email", "", "an address like"),
        ("name", "x" * 121, "at most 120"),
        ("tz", "Mars/Olympus", "a zone like Europe/Berlin"),
        ("time_multiplier", "4", "from 1 to 3"),
        ("time_multiplier", "1.333", "steps of 0.05"),
        ("time_multiplier", "twice", "from 1 to 3"),
        ("time_multiplier", "nan", "from 1 to 3"),
        ("expires_at", "24.12.2026", "a day like 2026-12-24"),
        ("expires_at", "2026-03-01", "not over"),
        ("expires_at", "9999-12-31", "within a year"),
        ("name", "Ann\u202eeel", "one line of plain text"),
        ("external_id", "A\x007", "one line of plain text"),
        ("email", "ann@example..org", "an address like"),
        ("email", ".ann@example.org", "an address like"),
        ("email", "j\xfcrgen@example.org", "an address like"),
        ("email", "(ann)@example.org", "an address like"),
    ],
)
def test_a_cell_that_cannot_be_is_told_by_line_and_column(column: str, value: str, told: str) -> None:
    cells = {"email": "ann@example.org", "external_id": "7", column: value}

    found = listed(",".join(cells) + "\n" + ",".join(cells.values()))

    assert [(fault.line, fault.column, fault.value) for fault in found.faults] == [(2, column, value[:80])]
    assert told in found.faults[0].message
    assert found.people == ()


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("name\nAnn", "email is one of them"),
        ("", "email is one of them"),
        ("email\n", "no rows"),
        ("email,name,email\na@b.org,A,b@b.org", "names a column twice: email"),
        # Else the second person would be a part of the first one's name, and not be invited.
        ('email,name\na@b.org,"Ann\nb@b.org,Bob', "line 2: .* A quote that begins a cell also ends it"),
        (f"email,name\na@b.org,{'x' * 140_000}", "line 2: .*larger than field limit"),
        ("email\n" + "a@b.org\n" * 1001, "At most 1,000 rows"),
    ],
)
def test_what_is_no_list_is_refused(given: str, told: str) -> None:
    with pytest.raises(RequestError, match=told):
        listed(given)


def test_a_comma_without_quotes_does_not_move_cells_into_other_columns() -> None:
    found = listed(
        'email,name,external_id\nann@example.org,Lee, Ann,A-17\nbob@example.org,"Stein, Bob",B-1,,'
    )

    assert [(one.line, one.column, one.value) for one in found.faults] == [(2, "external_id", " Ann,A-17")]
    assert "in quotes" in found.faults[0].message
    assert [(one.name, one.external_id) for one in found.people] == [("Stein, Bob", "B-1")]


def test_cells_copied_from_a_spreadsheet_are_a_list_as_well() -> None:
    found = listed("E-Mail\tName\t\nann@example.org\tLee, Ann\t\n")

    assert [(one.email, one.name) for one in found.people] == [("ann@example.org", "Lee, Ann")]
    assert (found.faults, found.unknown_columns) == ((), ())


def test_extra_time_is_not_given_by_who_may_not(runtime: Runtime, owner: Actor, screen: str) -> None:
    found = listed("email,time_multiplier\nann@example.org,1.25", may_accommodate=False)

    assert "approve adjustments" in found.faults[0].message


def test_a_list_is_confirmed_once_however_often_it_is_pressed(
    runtime: Runtime, owner: Actor, screen: str
) -> None:
    made = invitations.hand_in(runtime, owner, screen, "email\nann@example.org\nbob@example.org", now=NOON)
    looked, _ = invitations.dry_run(runtime, owner, screen, made, now=NOON)
    assert looked is not None

    def press() -> None:
        pressed.append(
            invitations.confirm(runtime, owner, screen, made, digest=looked.digest, now=NOON, base="http://x")
        )

    pressed: list[int] = []
    presses = [threading.Thread(target=press) for _ in range(5)]
    for one in presses:
        one.start()
    for one in presses:
        one.join()

    assert pressed == [2] * 5
    assert len(invitations.people_of(runtime, owner, screen, now=NOON)) == 2
    assert len(outbox.by_hand(runtime, screen)) == 2


def test_a_list_that_does_something_else_by_now_is_looked_at_again(
    runtime: Runtime, owner: Actor, screen: str
) -> None:
    made = invitations.hand_in(runtime, owner, screen, "email\nann@example.org\nbob@example.org", now=NOON)
    looked, _ = invitations.dry_run(runtime, owner, screen, made, now=NOON)
    assert looked is not None
    invite(runtime, owner, screen, "email\nann@example.org")

    with pytest.raises(ConflictError, match="look at it again"):
        invitations.confirm(runtime, owner, screen, made, digest=looked.digest, now=NOON, base="http://x")


def test_of_somebody_who_is_known_the_newest_list_counts(runtime: Runtime, owner: Actor, screen: str) -> None:
    first = make_screen(runtime, owner, make_profile(runtime, owner))
    invite(runtime, owner, first, "email,name,external_id,tz\nann@example.org,An Lee,A-1,Europe/Berlin")

    token = invite(runtime, owner, screen, "email,name,external_id,tz\nann@example.org,Ann Lee,B-7,")[0]

    found = invitations.people_of(runtime, owner, screen, now=NOON)[0]
    assert (found.name, found.external_id, found.time_zone) == ("Ann Lee", "B-7", "Europe/Berlin")
    assert invitations.look(runtime, token, now=NOON).candidate == "Ann Lee"


def test_a_list_with_a_row_at_fault_invites_nobody(runtime: Runtime, owner: Actor, screen: str) -> None:
    made = invitations.hand_in(runtime, owner, screen, "email\nann@example.org\nnobody", now=NOON)
    looked, _ = invitations.dry_run(runtime, owner, screen, made, now=NOON)
    assert looked is not None

    with pytest.raises(RequestError, match="nobody was invited"):
        invitations.confirm(runtime, owner, screen, made, digest=looked.digest, now=NOON, base="http://x")
    assert invitations.people_of(runtime, owner, screen, now=NOON) == []


def test_looking_at_a_link_begins_nothing_and_the_token_is_not_stored(
    runtime: Runtime, owner: Actor, screen: str, tmp_path: Path
) -> None:
    token = invite(runtime, owner, screen, "email,name\nann@example.org,Ann")[0]

    for _ in range(40):
        landing = invitations.look(runtime, token, now=NOON)

    assert landing.candidate == "Ann"
    assert invitations.people_of(runtime, owner, screen, now=NOON)[0].state == "opened"
    with runtime.transaction.reading() as session:
        assert session.execute(text("SELECT count(*) FROM attempts")).scalar() == 0
        assert (
            session.execute(
                text("SELECT count(*) FROM invitations WHERE token_hash = :t"), {"t": token}
            ).scalar()
            == 0
        )


def test_an_activated_link_is_spent_and_has_an_attempt_that_waits(
    runtime: Runtime, owner: Actor, screen: str
) -> None:
    token = invite(runtime, owner, screen, "email\nann@example.org")[0]

    made = sitting.activate(runtime, token, AGREED, now=NOON)

    standing = attempts.standing(runtime, made.learner_id, made.attempt_id, now=NOON)
    assert (standing.kind, standing.state, standing.number) == ("screening", "ready", 1)
    assert standing.clock is None or standing.clock.deadline is None
    with pytest.raises(GoneError):
        invitations.look(runtime, token, now=NOON)
    with pytest.raises(GoneError):
        sitting.activate(runtime, token, AGREED, now=NOON)


@pytest.mark.parametrize(
    "consent",
    [
        Consent(privacy_read=False, own_work=True, name="Ann"),
        Consent(privacy_read=True, own_work=False, name="Ann"),
        Consent(privacy_read=True, own_work=True, name=" "),
        Consent(privacy_read=True, own_work=True, name="Ann\x00"),
        Consent(privacy_read=True, own_work=True, name="\u202e"),
    ],
)
def test_without_consent_there_is_no_attempt_and_the_link_stays_good(
    runtime: Runtime, owner: Actor, screen: str, consent: Consent
) -> None:
    token = invite(runtime, owner, screen, "email\nann@example.org")[0]

    with pytest.raises(RequestError):
        sitting.activate(runtime, token, consent, now=NOON)

    assert sitting.activate(runtime, token, AGREED, now=NOON)


def test_the_page_behind_a_link_says_the_time_that_the_person_has(
    runtime: Runtime, owner: Actor, screen: str
) -> None:
    granted = make_person(runtime, owner, "admin", grants=("accommodate",))
    first = invite(runtime, granted, screen, "email,time_multiplier\nann@example.org,2")[0]
    learner = sitting.activate(runtime, first, AGREED, now=NOON).learner_id
    other = make_screen(runtime, owner, make_profile(runtime, owner))
    token = invite(runtime, owner, other, "email,time_multiplier\nann@example.org,")[0]

    assert invitations.look(runtime, token, now=NOON).minutes == 120
    untimed = accommodations.Accommodation(untimed=True)
    accommodations.grant(runtime, learner, untimed, by="staff", now=NOON)

    assert invitations.look(runtime, token, now=NOON).minutes is None


def test_extra_time_of_an_invitation_belongs_to_the_person(
    runtime: Runtime, owner: Actor, screen: str
) -> None:
    granted = make_person(runtime, owner, "admin", grants=("accommodate",))
    token = invite(runtime, granted, screen, "email,time_multiplier\nann@example.org,1.5")[0]
    assert invitations.look(runtime, token, now=NOON).minutes == 90

    made = sitting.activate(runtime, token, AGREED, now=NOON)
    attempts.begin(runtime, made.learner_id, made.attempt_id, now=NOON)

    clock = attempts.standing(runtime, made.learner_id, made.attempt_id, now=NOON).clock
    assert clock is not None
    assert clock.deadline == NOON + timedelta(minutes=90)
    assert accommodations.of_person(runtime, made.learner_id, now=NOON).multiplier_percent == 150


def test_a_link_runs_out_with_its_days_and_never_after_the_last_day(runtime: Runtime, owner: Actor) -> None:
    last = NOON + timedelta(days=3)
    screen = make_screen(runtime, owner, closes_at=last)
    token = invite(runtime, owner, screen, "email\nann@example.org")[0]

    with pytest.raises(GoneError):
        invitations.look(runtime, token, now=last)
    assert invitations.people_of(runtime, owner, screen, now=last)[0].state == "expired"


def test_used_expired_revoked_declined_and_unknown_links_look_the_same(
    runtime: Runtime, owner: Actor, screen: str
) -> None:
    lists = "email\n" + "\n".join(f"p{n}@example.org" for n in range(3))
    used, revoked, declined = invite(runtime, owner, screen, lists)
    sitting.activate(runtime, used, AGREED, now=NOON)
    by_email = {one.email: one.id for one in invitations.people_of(runtime, owner, screen, now=NOON)}
    invitations.revoke(runtime, owner, by_email["p1@example.org"], now=NOON)
    invitations.decline(runtime, declined, reason="another offer", now=NOON)

    told = set()
    for token in (used, revoked, declined, "unknown"):
        with pytest.raises(GoneError) as gone:
            invitations.look(runtime, token, now=NOON)
        told.add(str(gone.value))

    assert len(told) == 1
    assert {one.state for one in invitations.people_of(runtime, owner, screen, now=NOON)} == {
        "activated", "revoked", "declined",
    }  # fmt: skip


def test_a_new_link_ends_the_old_one(runtime: Runtime, owner: Actor, screen: str) -> None:
    old = invite(runtime, owner, screen, "email\nann@example.org")[0]
    first = invitations.people_of(runtime, owner, screen, now=NOON)[0]

    invitations.invite_again(runtime, owner, first.id, base="http://localhost", now=NOON)

    new = tokens(runtime, screen)
    assert len(new) == 1
    assert invitations.look(runtime, new[0], now=NOON)
    with pytest.raises(GoneError):
        invitations.look(runtime, old, now=NOON)


def test_who_has_begun_gets_no_new_link_and_is_not_taken_back(
    runtime: Runtime, owner: Actor, screen: str
) -> None:
    token = invite(runtime, owner, screen, "email\nann@example.org")[0]
    sitting.activate(runtime, token, AGREED, now=NOON)
    ann = invitations.people_of(runtime, owner, screen, now=NOON)[0]

    with pytest.raises(ConflictError):
        invitations.invite_again(runtime, owner, ann.id, base="http://x", now=NOON)
    with pytest.raises(ConflictError):
        invitations.revoke(runtime, owner, ann.id, now=NOON)


def test_codes_are_read_aloud_without_doubt_and_are_unique(
    runtime: Runtime, owner: Actor, screen: str
) -> None:
    invite(runtime, owner, screen, "email\n" + "\n".join(f"p{n}@example.org" for n in range(60)))

    codes = [one.code for one in invitations.people_of(runtime, owner, screen, now=NOON)]

    assert len(set(codes)) == 60
    assert not set("".join(codes)) & set("0O1IL")


def test_a_screen_that_is_closed_takes_nobody(runtime: Runtime, owner: Actor, screen: str) -> None:
    token = invite(runtime, owner, screen, "email\nann@example.org")[0]

    screens.move(runtime, owner, screen, "closed", now=NOON)

    with pytest.raises(GoneError):
        invitations.look(runtime, token, now=NOON)
    with pytest.raises(ConflictError, match="open it first"):
        invitations.hand_in(runtime, owner, screen, "email\nbob@example.org", now=NOON)


def test_a_screen_opens_when_every_check_holds(runtime: Runtime, owner: Actor) -> None:
    with pytest.raises(ConflictError, match="privacy notice"):
        make_screen(runtime, owner, privacy=" ")


def test_who_is_not_assigned_sees_no_screen(runtime: Runtime, owner: Actor, screen: str) -> None:
    recruiter = make_person(runtime, owner, "recruiter")

    assert screens.all_of(runtime, recruiter) == []
    with pytest.raises(NotFoundError):
        screens.read(runtime, recruiter, screen)
    with pytest.raises(NotFoundError):
        invitations.hand_in(runtime, recruiter, screen, "email\nbob@example.org", now=NOON)


class Post:
    """A mail server that fails as often as it is told to."""

    def __init__(self, failures: int = 0) -> None:
        self.letters: list[Letter] = []
        self.failures = failures

    def __call__(self, letter: Letter) -> None:
        if self.failures:
            self.failures -= 1
            raise PostError("no answer")
        self.letters.append(letter)


def test_a_letter_is_sent_once_and_its_text_forgotten(runtime: Runtime, owner: Actor) -> None:
    screen, post = make_screen(runtime, owner, by_hand=False), Post()
    invite(runtime, owner, screen, "email,name,tz\nann@example.org,Ann,Europe/Berlin")

    assert outbox.deliver(runtime, post, now=NOON) == (1, 0)
    assert outbox.deliver(runtime, post, now=NOON + timedelta(days=1)) == (0, 0)

    letter = post.letters[0]
    assert (letter.to, letter.subject) == ("ann@example.org", "Example Ltd: ML engineer, Berlin")
    assert "Europe/Berlin" in letter.body
    assert "UTC" in letter.body
    assert invitations.people_of(runtime, owner, screen, now=NOON)[0].state == "sent"
    with runtime.transaction.reading() as session:
        assert session.execute(text("SELECT body FROM outbox")).scalar() == ""


def test_a_dead_mail_server_is_tried_again_later_and_given_up_at_last(runtime: Runtime, owner: Actor) -> None:
    screen, post = make_screen(runtime, owner, by_hand=False), Post(failures=1)
    invite(runtime, owner, screen, "email\nann@example.org")

    assert outbox.deliver(runtime, post, now=NOON) == (0, 1)
    assert outbox.deliver(runtime, post, now=NOON) == (0, 0)
    assert outbox.deliver(runtime, post, now=NOON + outbox.BACKOFF[0]) == (1, 0)

    post.failures, now = 100, NOON
    invite(runtime, owner, screen, "email\nbob@example.org")
    for _ in range(20):
        now += timedelta(days=2)
        outbox.deliver(runtime, post, now=now)
    assert post.failures == 100 - len(outbox.BACKOFF) - 1
    assert states(runtime, owner, screen) == {"ann@example.org": "sent", "bob@example.org": "bounced"}


def states(runtime: Runtime, owner: Actor, screen: str) -> dict[str, str]:
    """The state of the newest invitation of each address."""
    return {one.email: one.state for one in invitations.people_of(runtime, owner, screen, now=NOON)}


def test_an_address_that_is_refused_for_good_has_bounced_and_can_be_invited_again(
    runtime: Runtime, owner: Actor
) -> None:
    screen, tried = make_screen(runtime, owner, by_hand=False), list[str]()
    invite(runtime, owner, screen, "email\nbob@example.org")

    def refuse(letter: Letter) -> None:
        tried.append(letter.to)
        raise PostError("the address was refused", for_good=True)

    for hours in (0, 30):
        outbox.deliver(runtime, refuse, now=NOON + timedelta(hours=hours))

    assert tried == ["bob@example.org"]
    assert states(runtime, owner, screen) == {"bob@example.org": "bounced"}
    post = Post()
    invite(runtime, owner, screen, "email\nbob@example.org")
    assert outbox.deliver(runtime, post, now=NOON + timedelta(hours=31)) == (1, 0)
    assert [letter.to for letter in post.letters] == ["bob@example.org"]


@pytest.mark.parametrize(("code", "for_good"), [(550, True), (450, False)])
def test_what_a_mail_server_says_of_an_address_is_for_good_or_for_now(
    monkeypatch: pytest.MonkeyPatch, code: int, for_good: bool
) -> None:
    def refuse(self: smtplib.SMTP, message: object) -> None:
        raise smtplib.SMTPRecipientsRefused({"bob@example.org": (code, b"no")})

    monkeypatch.setattr(smtplib.SMTP, "connect", lambda *_: (220, b""))
    monkeypatch.setattr(smtplib.SMTP, "send_message", refuse)
    send = outbox.to_smtp("smtp://localhost:25", "quizengine@example.org")

    with pytest.raises(PostError) as told:
        send(Letter(id="1", to="bob@example.org", subject="s", body="b"))

    assert told.value.for_good is for_good


def test_two_senders_at_once_send_each_letter_once(runtime: Runtime, owner: Actor) -> None:
    screen, post = make_screen(runtime, owner, by_hand=False), Post()
    invite(runtime, owner, screen, "email\n" + "\n".join(f"p{n}@example.org" for n in range(20)))

    senders = [
        threading.Thread(target=outbox.deliver, args=(runtime, post), kwargs={"now": NOON}) for _ in range(4)
    ]
    for one in senders:
        one.start()
    for one in senders:
        one.join()

    assert sorted(letter.to for letter in post.letters) == sorted(f"p{n}@example.org" for n in range(20))


def test_letters_are_written_into_files_where_there_is_no_mail_server(
    runtime: Runtime, owner: Actor, tmp_path: Path
) -> None:
    screen = make_screen(runtime, owner, by_hand=False)
    invite(runtime, owner, screen, "email\nann@example.org")

    outbox.deliver(runtime, outbox.to_files(tmp_path / "mail"), now=NOON)

    written = [path.read_text("utf-8") for path in (tmp_path / "mail").glob("*.eml")]
    assert len(written) == 1
    assert "To: ann@example.org" in written[0]


def test_a_letter_says_the_same_as_text_and_as_html_and_runs_nothing(
    runtime: Runtime, owner: Actor, tmp_path: Path
) -> None:
    screen = make_screen(runtime, owner, by_hand=False, title="Engineers <b>& more")
    invite(runtime, owner, screen, 'email,name\nann@example.org,"<img src=x> ""Lee"""')

    outbox.deliver(runtime, outbox.to_files(tmp_path / "mail"), now=NOON)

    (file,) = (tmp_path / "mail").glob("*.eml")
    letter = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
    plain, rich = letter.get_body(("plain",)), letter.get_body(("html",))
    assert plain is not None
    assert rich is not None
    shown = html.unescape(re.sub("<[^>]*>", "", rich.get_content()))
    assert shown.split() == plain.get_content().split()
    tags = set(re.findall(r"</?(\w+)", rich.get_content()))
    assert tags <= {"html", "body", "p", "br", "a"}
    link = re.search(r"http://localhost/i/\S+", plain.get_content())
    assert link
    assert f'<a href="{link[0]}">' in rich.get_content()


def test_a_test_that_has_ended_is_noted_once_with_a_receipt_that_tells_no_result(
    runtime: Runtime, owner: Actor
) -> None:
    screen, post = make_screen(runtime, owner, by_hand=False), Post()
    invite(runtime, owner, screen, "email\nann@example.org")
    postman.go_round(runtime, post, now=NOON)
    link = re.search(r"http://localhost/i/(\S+)", post.letters[0].body)
    assert link
    made = sitting.activate(runtime, link[1], AGREED, now=NOON)
    attempts.begin(runtime, made.learner_id, made.attempt_id, now=NOON)
    attempts.finish(runtime, made.learner_id, made.attempt_id, now=NOON)
    assert invitations.people_of(runtime, owner, screen, now=NOON)[0].state == "completed"

    sent = [postman.go_round(runtime, post, now=NOON) for _ in range(3)]

    assert sent == [(1, 0), (0, 0), (0, 0)]
    assert "0 of 18 questions" in post.letters[1].body
    assert "the program decides nothing about you" in post.letters[1].body
