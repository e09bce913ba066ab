"""Queries on role profiles. The session comes in; nothing commits."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from quizengine.errors import NotFoundError
from quizengine.store.hiring_rows import ProfileRow


def find_profile(session: Session, profile_id: str, organisation_id: str) -> ProfileRow:
    """Return one version of a profile.

    Raises
    ------
    NotFoundError
        If there is none; one of another organisation looks the same.
    """
    found = session.get(ProfileRow, profile_id)
    if found is None or found.organisation_id != organisation_id:
        raise NotFoundError("There is no such role profile here.")
    return found


def profiles_of(session: Session, organisation_id: str) -> Sequence[ProfileRow]:
    """Return an organisation's profiles, by slug, the newest version of each first."""
    return session.scalars(
        select(ProfileRow)
        .where(ProfileRow.organisation_id == organisation_id)
        .order_by(ProfileRow.slug, ProfileRow.version.desc())
    ).all()


def newest_version(session: Session, organisation_id: str, slug: str) -> int:
    """Return the number of the newest version of a slug, 0 where there is none."""
    found = session.scalar(
        select(func.max(ProfileRow.version)).where(
            ProfileRow.organisation_id == organisation_id, ProfileRow.slug == slug
        )
    )
    return found or 0
