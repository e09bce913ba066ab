"""The post: written in the transaction of what it is about, sent afterwards, each letter once."""

from __future__ import annotations

import logging
import re
import smtplib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from html import escape
from pathlib import Path
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

from sqlalchemy import update
from sqlalchemy.orm import Session

from quizengine.errors import QuizEngineError
from quizengine.services.hiring.screens import Screen
from quizengine.services.runtime import Runtime, new_id
from quizengine.store import screens as store
from quizengine.store.hiring_rows import CandidateRow, InvitationRow, OutboxRow

logger = logging.getLogger(__name__)

#: How long after each failure the next try comes; then it is given up and shown.
BACKOFF = tuple(timedelta(minutes=m) for m in (1, 5, 15, 60, 240, 480, 1440))
#: A letter whose sender died comes up again after that.
CLAIM = timedelta(minutes=10)
AT_ONCE = 50


_PAGE = re.compile(r"(https?://[^\s<>\"']*[\w/])")
#: What a mail server says of an address that will not be there later either (RFC 5321, 4.2.1).
REFUSED_FOR_GOOD = 500


class PostError(QuizEngineError):
    """A letter could not be sent; it is tried again, unless its address was refused ``for_good``."""

    def __init__(self, message: str, *, for_good: bool = False) -> None:
        super().__init__(message)
        self.for_good = for_good


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A message as a back end sends it. ``id`` is the same at every try."""

    id: str
    to: str
    subject: str
    body: str


Send = Callable[[Letter], None]


@dataclass(frozen=True, slots=True)
class LetterByHand:
    """A letter that somebody of the staff hands over."""

    code: str
    email: str
    name: str
    subject: str
    body: str


def invite(
    session: Session,
    screen: Screen,
    candidate: CandidateRow,
    invitation: InvitationRow,
    *,
    link: str,
    now: datetime,
) -> None:
    """Write the letter that invites somebody."""
    minutes = screen.profile.profile.minutes * invitation.multiplier_percent / 100
    hello = f"Hello {candidate.name}," if candidate.name else "Hello,"
    parts = [
        hello,
        f"{screen.organisation} asks you to take a test: {screen.plan.title}.",
        screen.plan.message.strip(),
        f"It has {screen.profile.profile.questions} questions and takes at most {minutes:g} minutes. "
        "Looking at the page starts nothing; the clock starts when you press Start.",
        link,
        f"The link is good until {both_zones(invitation.expires_at, candidate.time_zone)}. "
        "It is for you alone.",
        "If you need more time or another adjustment, or cannot take it, the page says whom to ask and lets "
        f"you decline. Questions: {screen.plan.contact.strip()}",
    ]
    _add(
        session, invitation, "invitation", candidate.email,
        subject=f"{screen.organisation}: {screen.plan.title}", parts=parts,
        state="by_hand" if screen.plan.by_hand else "queued", now=now,
    )  # fmt: skip


def send_code(
    session: Session,
    invitation: InvitationRow,
    candidate: CandidateRow,
    code: str,
    *,
    purpose: str,
    by_hand_until: datetime | None,
    now: datetime,
) -> None:
    """Write the letter with the code for a purpose: to come back to a test, or to have one's data erased.

    ``by_hand_until`` is until when the code is good, where staff hand the letter over.
    """
    what = "have what is stored about you erased" if purpose == "erase" else "go on with the test"
    good = f"until {both_zones(by_hand_until, candidate.time_zone)}" if by_hand_until else "for ten minutes"
    parts = [
        f"Your code to {what}: {code}",
        f"It is good once, {good}. If you did not ask for it, do nothing.",
    ]
    _add(
        session, invitation, "code", candidate.email, subject=f"Your code: {code}", parts=parts,
        state="by_hand" if by_hand_until else "queued", now=now,
    )  # fmt: skip


def receipt(
    session: Session,
    screen: Screen,
    candidate: CandidateRow,
    invitation: InvitationRow,
    *,
    answers: int,
    now: datetime,
) -> None:
    """Write the letter that says that a test has ended; nothing in it tells how it went."""
    told = (
        f"Your answers to {screen.plan.title} are recorded: "
        f"{answers} of {screen.profile.profile.questions} questions. "
        f"It ended {both_zones(now, candidate.time_zone)}."
    )
    if screen.plan.by_hand:
        # Staff read it beside the name: by number and moment they would find the result.
        told = f"Your answers to {screen.plan.title} are recorded. Your page says how many."
    parts = [
        told,
        f"People at {screen.organisation} decide what comes next; the program decides nothing about you.",
        f"Questions: {screen.plan.contact.strip()}",
    ]
    _add(
        session, invitation, "receipt", candidate.email,
        subject=f"Received: {screen.plan.title}", parts=parts,
        state="by_hand" if screen.plan.by_hand else "queued", now=now,
    )  # fmt: skip


def both_zones(moment: datetime, zone: str) -> str:
    """Return a moment in a person's zone and in UTC.

    >>> both_zones(datetime(2026, 11, 3, 14, 5, tzinfo=UTC), "Europe/Berlin")
    '3 November 2026, 15:05 Europe/Berlin (14:05 UTC)'
    >>> both_zones(datetime(2026, 11, 3, 14, 5, tzinfo=UTC), "")
    '3 November 2026, 14:05 UTC'
    """
    utc = moment.astimezone(UTC)
    local = moment.astimezone(ZoneInfo(zone)) if zone else utc
    day = f"{local.day} {local:%B %Y}, {local:%H:%M}"
    return f"{day} {zone} ({utc:%H:%M} UTC)" if zone else f"{day} UTC"


def _add(  # noqa: PLR0913  (a letter's columns, by name)
    session: Session,
    invitation: InvitationRow,
    kind: str,
    recipient: str,
    *,
    subject: str,
    parts: Sequence[str],
    state: str,
    now: datetime,
) -> None:
    session.add(
        OutboxRow(
            id=new_id(), invitation_id=invitation.id, kind=kind, recipient=recipient,
            # One line, whatever somebody typed into a title.
            subject=" ".join(subject.split()), body="\n\n".join(filter(None, parts)) + "\n",
            state=state, next_at=now, made_at=now, sent_at=None,
        )
    )  # fmt: skip


def stop(session: Session, invitation_id: str) -> None:
    """Send no more letters of an invitation, and forget their text."""
    session.execute(
        update(OutboxRow)
        .where(OutboxRow.invitation_id == invitation_id, OutboxRow.state.in_(("queued", "by_hand")))
        .values(state="stopped", body="", recipient="")
    )


def stop_codes(session: Session, invitation_id: str) -> None:
    """Let codes of an invitation that wait to go out go nowhere: they are good for nothing any more."""
    session.execute(
        update(OutboxRow)
        .where(
            OutboxRow.invitation_id == invitation_id,
            OutboxRow.kind == "code",
            OutboxRow.state.in_(("queued", "by_hand")),
        )
        .values(state="stopped", subject="", body="", recipient="")
    )


def used(session: Session, invitation_id: str, *, now: datetime) -> None:
    """Take the letter with a link that was used as handed over: nobody has to read or send it again."""
    session.execute(
        update(OutboxRow)
        .where(
            OutboxRow.invitation_id == invitation_id,
            OutboxRow.kind == "invitation",
            OutboxRow.state.in_(("queued", "by_hand")),
        )
        .values(state="sent", sent_at=now, body="")
    )


def by_hand(runtime: Runtime, screen_id: str) -> list[LetterByHand]:
    """Return the letters of a screen that are still to be handed over."""
    with runtime.transaction.reading() as session:
        return [
            LetterByHand(row.code, who.email, who.name, letter.subject, letter.body)
            for letter, row, who in store.letters_by_hand(session, screen_id)
        ]


def waiting(runtime: Runtime, screen_ids: Collection[str]) -> dict[str, int]:
    """Return how many letters of each of some screens are still to be handed over; no screen without any."""
    with runtime.transaction.reading() as session:
        return store.count_by_hand(session, screen_ids)


def handed_over(runtime: Runtime, screen_id: str, *, now: datetime) -> int:
    """Take the letters of a screen as handed over: their links are shown no more. Return how many."""
    with runtime.transaction() as session:
        rows = store.letters_by_hand(session, screen_id)
        for letter, invitation, _ in rows:
            _sent(letter, invitation, now)
        return len(rows)


def _sent(letter: OutboxRow, invitation: InvitationRow | None, now: datetime) -> None:
    letter.state, letter.sent_at, letter.body, letter.fault = "sent", now, "", ""
    if invitation is not None and letter.kind == "invitation":
        invitation.sent_at = now
        if invitation.state == "queued":
            invitation.state = "sent"


def deliver(runtime: Runtime, send: Send, *, now: datetime, most: int = AT_ONCE) -> tuple[int, int]:
    """Send letters whose time has come; return how many went and how many failed.

    Each is claimed before it is sent, so that two senders at once send it once. One whose sender died
    after sending goes out again: its ``id`` is then the same.
    """
    with runtime.transaction.reading() as session:
        due = [row.id for row in store.due_messages(session, now=now, most=most)]
    sent = failed = 0
    for message_id in due:
        with runtime.transaction() as session:
            row = store.claim_message(session, message_id, now=now, until=now + CLAIM)
            if row is None:
                continue
            letter = Letter(id=row.id, to=row.recipient, subject=row.subject, body=row.body)
        # outside any transaction: a mail server may take its time
        fault = _try(send, letter)
        with runtime.transaction() as session:
            row = session.get_one(OutboxRow, message_id)
            invitation = session.get(InvitationRow, row.invitation_id) if row.invitation_id else None
            if fault:
                failed += 1
                _put_off(row, invitation, fault, now)
                continue
            sent += 1
            _sent(row, invitation, now)
    return sent, failed


def _try(send: Send, letter: Letter) -> PostError | None:
    try:
        send(letter)
    except PostError as error:
        # The address is personal: the log has the letter's id alone.
        logger.warning("letter %s was not sent: %s", letter.id, error)
        return error
    return None


def _put_off(row: OutboxRow, invitation: InvitationRow | None, fault: PostError, now: datetime) -> None:
    """Try again later, or give up: an invitation that never left has bounced, and may be sent anew."""
    row.fault = str(fault)[:200]
    if row.tries <= len(BACKOFF) and not fault.for_good:
        row.next_at = now + BACKOFF[row.tries - 1]
        return
    row.state = "failed"
    if row.kind == "invitation" and invitation is not None and invitation.state == "queued":
        invitation.state = "bounced"


def to_files(folder: Path) -> Send:
    """Return a back end that writes each letter into a file, for whoever sets the server up."""

    def send(letter: Letter) -> None:
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            (folder / f"{letter.id}.eml").write_bytes(bytes(_message(letter, "quizengine@localhost")))
        except OSError as error:
            raise PostError(f"{folder}: {error.strerror or error}") from error

    return send


def to_smtp(url: str, sender: str) -> Send:
    """Return a back end that hands letters to a mail server.

    Parameters
    ----------
    url
        ``smtp://user:password@host:587`` (with STARTTLS), ``smtps://...:465``; no user for a server that asks
        for none. Without STARTTLS only to this machine.
    sender
        The address that letters come from.
    """
    parts = urlsplit(url)
    host, is_tls = parts.hostname or "localhost", parts.scheme == "smtps"
    port = parts.port or (465 if is_tls else 587)

    def send(letter: Letter) -> None:
        try:
            connect = smtplib.SMTP_SSL if is_tls else smtplib.SMTP
            with connect(host, port, timeout=20) as server:
                if not is_tls and host not in ("localhost", "127.0.0.1", "::1"):
                    server.starttls()
                if parts.username:
                    server.login(unquote(parts.username), unquote(parts.password or ""))
                server.send_message(_message(letter, sender))
        except smtplib.SMTPRecipientsRefused as error:
            for_good = all(code >= REFUSED_FOR_GOOD for code, _ in error.recipients.values())
            raise PostError(f"the address was refused by {host}:{port}", for_good=for_good) from error
        except (OSError, smtplib.SMTPException) as error:
            raise PostError(f"{type(error).__name__} from {host}:{port}") from error

    return send


def _message(letter: Letter, sender: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, letter.to, letter.subject
    message["Message-ID"] = f"<{letter.id}@{sender.partition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.body)
    message.add_alternative(_html(letter.body), subtype="html")
    return message


def _html(text: str) -> str:
    """Return a letter as HTML of its own words: paragraphs, and addresses of pages as links."""
    paragraphs = (_linked(part).replace("\n", "<br>\n") for part in text.strip().split("\n\n"))
    body = "\n".join(f"<p>{part}</p>" for part in paragraphs)
    style = "font: 16px/1.5 sans-serif; max-width: 36em"
    return f'<!doctype html>\n<html lang="en"><body style="{style}">\n{body}\n</body></html>\n'


def _linked(text: str) -> str:
    parts = _PAGE.split(text)
    # Every second one is an address.
    return "".join(
        f'<a href="{escape(part)}">{escape(part)}</a>' if number % 2 else escape(part)
        for number, part in enumerate(parts)
    )
