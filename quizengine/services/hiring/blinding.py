"""Taking out of what a candidate wrote who they are, as far as their own data tell."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sqlalchemy.orm import Session

from quizengine.store.hiring_rows import CandidateRow, InvitationRow

#: Shorter parts of names are words of the language too.
LEAST_LETTERS = 3
HIDDEN = "[…]"


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
