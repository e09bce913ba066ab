"""Variants in rows: the databases that SQL answers are judged on are kept apart, once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from quizengine.errors import NotFoundError
from quizengine.model.answers import SqlPanel
from quizengine.model.variant import Variant
from quizengine.store import codec
from quizengine.store.once import keep_once
from quizengine.store.rows import PanelRow


def keep_variant(session: Session, variant: Variant) -> dict[str, Any]:
    """Return a variant as JSON for a row; its databases are stored, each once."""
    content, panels = codec.variant_to_json(variant)
    for digest, panel in panels.items():
        keep_once(session, PanelRow, digest, digest=digest, content=codec.panel_to_json(panel))
    return content


def read_variant(session: Session, content: Mapping[str, Any]) -> Variant:
    """Return the variant of a row, exactly as it was shown."""

    def panel(digest: str) -> SqlPanel:
        row = session.get(PanelRow, digest)
        if row is None:
            raise NotFoundError(f"The databases {digest[:12]} of this question are missing from the store.")
        return codec.panel_from_json(row.content)

    return codec.variant_from_json(content, panel)


def contents_of(session: Session, content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the databases that the variant of a row refers to, as JSON by digest."""
    found: dict[str, Any] = {}

    def panel(digest: str) -> SqlPanel:
        row = session.get_one(PanelRow, digest)
        found[digest] = row.content
        return codec.panel_from_json(row.content)

    codec.variant_from_json(content, panel)
    return found
