"""What an author looks at: one variant as data."""

from __future__ import annotations

from typing import Any

from quizengine.model.variant import Variant
from quizengine.store.codec import panel_to_json, variant_to_json


def variant_table(variant: Variant) -> dict[str, Any]:
    """Return a variant as JSON, exactly, with the databases of its SQL answers under ``panels``."""
    content, panels = variant_to_json(variant)
    return {**content, "panels": {digest: panel_to_json(panel) for digest, panel in panels.items()}}
