"""The tables of the hiring side. Each row belongs to an organisation; a query that forgets it is a fault."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from quizengine.store.rows import Base


class OrganisationRow(Base):
    """An employer. ``audit_head`` is the hash of its newest audit row: writers queue up on this row."""

    __tablename__ = "organisations"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    created_at: Mapped[datetime]
    audit_count: Mapped[int] = mapped_column(default=0)
    audit_head: Mapped[str] = mapped_column(default="")


class StaffRow(Base):
    """Somebody who works for an organisation. Without a password they have not used their link yet."""

    __tablename__ = "staff"

    id: Mapped[str] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"), index=True)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password_hash: Mapped[str | None]
    roles: Mapped[list[Any]]
    grants: Mapped[list[Any]] = mapped_column(default=list)
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class StaffLinkRow(Base):
    """A link, good once, with which somebody sets their password. Its token is stored hashed."""

    __tablename__ = "staff_links"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), index=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class StaffSessionRow(Base):
    """A browser in which somebody is signed in."""

    __tablename__ = "staff_sessions"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), index=True)
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]


class TryRow(Base):
    """A try at something that is limited, such as a password; ``what`` is hashed."""

    __tablename__ = "tries"
    __table_args__ = (Index("tries_of", "what", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    what: Mapped[str]
    at: Mapped[datetime]


class AuditRow(Base):
    """One act in an organisation, chained to the one before it.

    ``data`` holds ids, numbers and words of ours. What a person wrote stands in ``note`` and is in the
    chain as a salted hash alone, so that it can be erased and the chain stays whole.
    """

    __tablename__ = "audit"
    __table_args__ = (UniqueConstraint("organisation_id", "n"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"))
    n: Mapped[int]
    at: Mapped[datetime]
    actor: Mapped[str]
    act: Mapped[str]
    data: Mapped[dict[str, Any]]
    salt: Mapped[str | None]
    note: Mapped[str | None]
    note_hash: Mapped[str]
    hash: Mapped[str]


class ProfileRow(Base):
    """One version of a role profile. ``content``, ``questions`` and ``pool`` are frozen once it is active.

    ``estimate`` is what was shown of its errors before it was saved, ``cut_facts`` what the method of its
    cut found; ``revision`` tells two people who edit a draft at once apart.
    """

    __tablename__ = "profiles"
    __table_args__ = (UniqueConstraint("organisation_id", "slug", "version"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"))
    slug: Mapped[str]
    version: Mapped[int]
    state: Mapped[str]
    revision: Mapped[int] = mapped_column(default=1)
    content: Mapped[dict[str, Any]]
    method: Mapped[str]
    set_by: Mapped[str]
    rationale: Mapped[str] = mapped_column(default="")
    cut_facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    estimate: Mapped[dict[str, Any]] = mapped_column(default=dict)
    bank_digest: Mapped[str]
    questions: Mapped[list[Any]] = mapped_column(default=list)
    pool: Mapped[list[Any]] = mapped_column(default=list)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class ScreenRow(Base):
    """A hiring test: one version of a profile, a window, and what its candidates are told."""

    __tablename__ = "screens"

    id: Mapped[str] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"), index=True)
    profile_id: Mapped[str] = mapped_column(ForeignKey("profiles.id"))
    title: Mapped[str]
    state: Mapped[str]
    closes_at: Mapped[datetime | None]
    #: Whether tests that go on end when it closes.
    hard_close: Mapped[bool] = mapped_column(default=False)
    #: Whether everybody may stop the clock.
    may_pause: Mapped[bool] = mapped_column(default=False)
    link_days: Mapped[int]
    by_hand: Mapped[bool]
    feedback: Mapped[str]
    feedback_days: Mapped[int]
    retention_months: Mapped[int]
    contact: Mapped[str]
    privacy: Mapped[str]
    message: Mapped[str]
    created_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]


class ScreenStaffRow(Base):
    """Somebody of the staff who is assigned to a screen."""

    __tablename__ = "screen_staff"

    screen_id: Mapped[str] = mapped_column(ForeignKey("screens.id"), primary_key=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), primary_key=True)


class CandidateRow(Base):
    """A person whom an organisation has invited. For attempts they are the learner of ``learner_id``."""

    __tablename__ = "candidates"
    __table_args__ = (UniqueConstraint("organisation_id", "email"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"))
    learner_id: Mapped[str] = mapped_column(ForeignKey("learners.id"), unique=True)
    email: Mapped[str]
    name: Mapped[str]
    external_id: Mapped[str]
    time_zone: Mapped[str]
    created_at: Mapped[datetime]


class InvitationRow(Base):
    """A candidate asked to sit a screen. ``code`` is what reviewers know them by.

    ``result_id`` names the result in addresses and files: it has nothing to do with ``id``, which stands
    beside the name on the pages of who invites. ``resit_reason`` says why somebody may sit the same version
    of a profile again.
    """

    __tablename__ = "invitations"
    __table_args__ = (
        UniqueConstraint("screen_id", "code"),
        Index("invitations_of_candidate", "candidate_id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    result_id: Mapped[str] = mapped_column(unique=True)
    screen_id: Mapped[str] = mapped_column(ForeignKey("screens.id"))
    candidate_id: Mapped[str] = mapped_column(ForeignKey("candidates.id"))
    code: Mapped[str]
    state: Mapped[str]
    token_hash: Mapped[str | None] = mapped_column(unique=True)
    multiplier_percent: Mapped[int] = mapped_column(default=100)
    supersedes: Mapped[str | None]
    attempt_id: Mapped[str | None] = mapped_column(ForeignKey("attempts.id"), unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]
    activated_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    typed_name: Mapped[str] = mapped_column(default="")
    forgotten_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(default="")
    #: Whether the candidate lets whoever judges know that the conditions were adjusted.
    conditions_told: Mapped[bool] = mapped_column(default=False)
    resit_reason: Mapped[str] = mapped_column(default="")


class ImportRow(Base):
    """A list of people that was looked at before anybody is invited. Its text goes when it is confirmed."""

    __tablename__ = "imports"

    id: Mapped[str] = mapped_column(primary_key=True)
    screen_id: Mapped[str] = mapped_column(ForeignKey("screens.id"), index=True)
    content: Mapped[str]
    made_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    invited: Mapped[int] = mapped_column(default=0)


class OutboxRow(Base):
    """A message to be sent, written in the transaction of what it is about. Its text goes when it is sent."""

    __tablename__ = "outbox"
    __table_args__ = (Index("outbox_due", "state", "next_at"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    invitation_id: Mapped[str | None] = mapped_column(ForeignKey("invitations.id"), index=True)
    kind: Mapped[str]
    recipient: Mapped[str]
    subject: Mapped[str]
    body: Mapped[str]
    state: Mapped[str]
    tries: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime]
    made_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    fault: Mapped[str] = mapped_column(default="")


class DecisionRow(Base):
    """What somebody decided about a candidate, on which evidence. Appended; the last one counts."""

    __tablename__ = "decisions"

    id: Mapped[int] = mapped_column(primary_key=True)
    invitation_id: Mapped[str] = mapped_column(ForeignKey("invitations.id"), index=True)
    verdict: Mapped[str]
    reason: Mapped[str]
    note: Mapped[str]
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[datetime]
    evidence_hash: Mapped[str]
    headline: Mapped[str]
    p_meets: Mapped[str]


class UnblindingRow(Base):
    """Somebody of the staff who has been shown who a candidate is."""

    __tablename__ = "unblindings"

    invitation_id: Mapped[str] = mapped_column(ForeignKey("invitations.id"), primary_key=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    at: Mapped[datetime]


class CodeRow(Base):
    """Six digits with which a candidate comes back to their test, in another browser too."""

    __tablename__ = "codes"

    id: Mapped[int] = mapped_column(primary_key=True)
    invitation_id: Mapped[str] = mapped_column(ForeignKey("invitations.id"), index=True)
    code_hash: Mapped[str]
    expires_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None]


class PreviewRow(Base):
    """An attempt with which somebody of the staff looked at a screen as its candidates see it."""

    __tablename__ = "previews"

    attempt_id: Mapped[str] = mapped_column(ForeignKey("attempts.id"), primary_key=True)
    screen_id: Mapped[str] = mapped_column(ForeignKey("screens.id"), index=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    made_at: Mapped[datetime]


class HoldRow(Base):
    """A legal hold on a screen, or on one person: nothing of it is purged or erased until it is lifted."""

    __tablename__ = "holds"

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"), index=True)
    screen_id: Mapped[str | None] = mapped_column(ForeignKey("screens.id"))
    candidate_id: Mapped[str | None] = mapped_column(ForeignKey("candidates.id"))
    reason: Mapped[str]
    placed_by: Mapped[str]
    placed_at: Mapped[datetime]
    lifted_by: Mapped[str | None]
    lifted_at: Mapped[datetime | None]


class ErasureRow(Base):
    """The erasure of a person: asked for, undone until ``due_at``, or done. It names nobody."""

    __tablename__ = "erasures"

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"), index=True)
    candidate_id: Mapped[str] = mapped_column(ForeignKey("candidates.id"), index=True)
    asked_by: Mapped[str]
    asked_at: Mapped[datetime]
    due_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
