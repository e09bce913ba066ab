"""Settings of the environment, as a command's options change them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from quizengine.web.settings import Settings


def settings_for(data: Path | None) -> Settings:
    """Return the settings of the environment, with another data folder if one is given."""
    settings = Settings.from_environment()
    return replace(settings, data=data) if data else settings
