"""Results that were computed before: kept in the database under the hash of all that they are made of.

Lists and tables read them; one result on its page, decisions, files to verify and what candidates get back
are computed anew each time. So whoever changes what is kept here changes no evidence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import sha256

from pydantic import TypeAdapter, ValidationError
from sqlalchemy.orm import Session

import quizengine
from quizengine.model.result import Result
from quizengine.services.runtime import Runtime
from quizengine.store import computed
from quizengine.store.hiring_rows import InvitationRow

#: Raised where results come to be computed, or written, in another way within one version of the program.
SCHEME = 1


@cache
def _codec() -> TypeAdapter[Result]:
    return TypeAdapter(Result)


def packed(told: Result) -> str:
    """Return a result as the text that is kept: reals with all their digits."""
    return _codec().dump_json(told).decode()


def unpacked(content: str) -> Result | None:
    """Return the result of a text that ``packed`` made; None of any other text."""
    try:
        return _codec().validate_json(content)
    except ValidationError:
        return None


def keys_of(session: Session, profile_id: str, rows: Sequence[InvitationRow]) -> dict[str, str]:
    """Return, by attempt, the hash of all that the results of a screen's invitations hang on.

    The version of the profile, which is frozen; the invitation; the attempt with the head of its chain; the
    program. A grade that is added, time that is given, an erasure: each makes another key.
    """
    made_of = computed.made_of(session, [str(row.attempt_id) for row in rows])
    common = (SCHEME, quizengine.__version__, profile_id)
    return {
        str(row.attempt_id): sha256(
            repr((common, row.id, row.code, row.forgotten_at, made_of.get(str(row.attempt_id)))).encode()
        ).hexdigest()
        for row in rows
    }


def known(session: Session, keys: Mapping[str, str]) -> dict[str, Result]:
    """Return the results that were kept under these keys, by attempt."""
    found = computed.contents(session, keys).items()
    return {attempt: told for attempt, content in found if (told := unpacked(content))}


def keep(runtime: Runtime, keys: Mapping[str, str], made: Mapping[str, Result]) -> None:
    """Keep results under their keys, by attempt; none of people who were erased."""
    if not made:
        return
    rows = [
        {
            "attempt_id": attempt,
            "key": keys[attempt],
            "engine_version": quizengine.__version__,
            "content": packed(told),
        }
        for attempt, told in made.items()
    ]
    with runtime.transaction() as session:
        erased = computed.of_erased(session, made)
        if kept := [row for row in rows if row["attempt_id"] not in erased]:
            computed.keep(session, kept)
