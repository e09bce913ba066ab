"""Settings of the environment, as a command's options change them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from quizengine.web.settings import Settings, SettingsError, postgres_fault


def settings_for(data: Path | None, postgres: str = "") -> Settings:
    """Return the settings of the environment, with another data folder or PostgreSQL if one is given."""
    settings = Settings.from_environment()
    if fault := postgres_fault(postgres):
        raise SettingsError(fault)
    settings = replace(settings, data=data) if data else settings
    return replace(settings, postgres=postgres) if postgres else settings
