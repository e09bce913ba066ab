"""Keeping names from results: in what a candidate wrote, and in what is told of both.

Whoever invites knows names, by the ids of invitations; whoever reads results knows codes. Somebody who does
both is told nothing from which one leads to the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy.orm import Session

from quizengine.services.permissions import Actor, may
from quizengine.store.hiring_rows import CandidateRow, InvitationRow

#: Shorter parts of names are words of the language too.
LEAST_LETTERS = 3
HIDDEN = "[…]"
#: An act that is told by its code alone: no name belongs to it any more.
ERASED = "erased"
#: Acts on an invitation with which nobody has begun: their times lead to no result.
BEFORE_A_TEST = frozenset({"invitation.again", "invitation.revoked", "invitation.resit"})


def knows_both(actor: Actor, *, screen: str | None = None) -> bool:
    """Whether somebody sees the names of people and reads results by code, at a screen or anywhere."""
    return may(actor, "invite", screen=screen) and may(actor, "results", screen=screen)


def facts_for(actor: Actor, act: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what somebody is told of an act in the audit chain beside its time and who did it.

    An id of an invitation stands for a name to whoever invites: they get it without the code, and not at all
    where the moment tells when somebody sat.
    """
    if "invitation" not in data or not knows_both(actor):
        return dict(data)
    kept = {"invitation"} if act in BEFORE_A_TEST else {"code"} if act == ERASED else set()
    return {name: value for name, value in data.items() if name in kept or name not in ("invitation", "code")}


def words_of(session: Session, row: InvitationRow) -> frozenset[str]:
    """Return the words that tell who a candidate is: parts of names, the address, the number."""
    who = session.get_one(CandidateRow, row.candidate_id)
    whole = {who.email, who.email.partition("@")[0], who.external_id, who.name, row.typed_name}
    parts = {part for name in (who.name, row.typed_name) for part in re.split(r"[\W_]+", name)}
    return frozenset(word for word in whole | parts if len(word) >= LEAST_LETTERS)


def blind(text: str, words: Iterable[str]) -> str:
    """Return a text without these words, whatever their case.

    >>> blind("I am Ann Lee, ann@example.org", ["ann", "Lee", "Ann Lee", "ann@example.org"])
    'I am […], […]'
    """
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    if not longest_first:
        return text
    found = "|".join(map(re.escape, longest_first))
    return re.sub(rf"(?<!\w)(?:{found})(?!\w)", HIDDEN, text, flags=re.IGNORECASE)
