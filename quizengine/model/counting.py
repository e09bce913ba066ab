"""Numbers with their nouns."""

from __future__ import annotations


def counted(count: int, one: str, many: str = "") -> str:
    """Return a number with its noun.

    >>> counted(1, "answer"), counted(3, "answer"), counted(2, "query", "queries")
    ('1 answer', '3 answers', '2 queries')
    """
    return f"{count} {one if count == 1 else many or one + 's'}"
