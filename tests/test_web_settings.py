"""Settings: what the environment says, and what production refuses."""

from __future__ import annotations

import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from quizengine.errors import StoreError
from quizengine.web.settings import Settings, SettingsError
from tests.web_questions import make_app

SAFE = {
    "QUIZENGINE_ENV": "production",
    "QUIZENGINE_SECRET_KEY": "0123456789abcdef" * 4,
    "QUIZENGINE_VARIANTS_KEY": "fedcba9876543210" * 4,
    "QUIZENGINE_PUBLIC_URL": "https://quiz.example.org/",
    "QUIZENGINE_PROXY_HOPS": "1",
}


@pytest.fixture(autouse=True)
def _not_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000, raising=False)


def test_without_a_word_the_program_runs_for_its_user_alone() -> None:
    settings = Settings.from_environment({"PATH": "/bin"})

    assert (settings.is_production, settings.is_https) == (False, False)
    assert settings.data == Path("instance")


def test_a_misspelt_setting_is_named_with_the_nearest() -> None:
    with pytest.raises(SettingsError, match=r"QUIZENGINE_PUBLIC_URI.*Did you mean 'QUIZENGINE_PUBLIC_URL'"):
        Settings.from_environment({"QUIZENGINE_PUBLIC_URI": "https://quiz.example.org"})


@pytest.mark.parametrize("name", ["QUIZENGINE_CHROMIUM", "QUIZENGINE_REQUIRE_ALL", "QUIZENGINE_TEST_PG"])
def test_settings_of_the_test_run_are_not_the_programs(name: str) -> None:
    assert Settings.from_environment({name: "1"}) == Settings.from_environment({})


def test_every_fault_is_told_at_once() -> None:
    bad = {
        "QUIZENGINE_ENV": "prod",
        "QUIZENGINE_PROXY_HOPS": "many",
        "QUIZENGINE_PUBLIC_URL": "quiz",
        "QUIZENGINE_X": "",
    }

    with pytest.raises(SettingsError) as refused:
        Settings.from_environment({f"QUIZENGINE_{name}": value for name, value in bad.items()})

    assert len(str(refused.value).splitlines()) == 4


def test_production_starts_when_everything_is_safe() -> None:
    settings = Settings.from_environment(SAFE)

    assert settings.is_https
    assert settings.public_url == "https://quiz.example.org"
    assert settings.secret_key not in repr(settings)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"QUIZENGINE_SECRET_KEY": ""}, "needs QUIZENGINE_SECRET_KEY"),
        ({"QUIZENGINE_SECRET_KEY": "short"}, "too easy to guess"),
        ({"QUIZENGINE_SECRET_KEY": "x" * 64}, "too easy to guess"),
        ({"QUIZENGINE_VARIANTS_KEY": ""}, "needs QUIZENGINE_VARIANTS_KEY"),
        ({"QUIZENGINE_VARIANTS_KEY": SAFE["QUIZENGINE_SECRET_KEY"]}, "must not equal"),
        ({"QUIZENGINE_PUBLIC_URL": "http://quiz.example.org"}, "with https"),
        ({"QUIZENGINE_PUBLIC_URL": ""}, "with https"),
        ({"QUIZENGINE_PROXY_HOPS": ""}, "how many proxies"),
    ],
)
def test_production_refuses_what_is_not_safe(change: dict[str, str], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        Settings.from_environment({**SAFE, **change})


def test_production_refuses_to_run_as_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)

    with pytest.raises(SettingsError, match="as root"):
        Settings.from_environment(SAFE)


def test_production_refuses_the_debugger(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLASK_DEBUG", "1")

    with pytest.raises(SettingsError, match="FLASK_DEBUG"):
        Settings.from_environment(SAFE)


def test_a_database_of_a_newer_program_is_refused_and_left_alone(tmp_path: Path) -> None:
    make_app(tmp_path)
    path = tmp_path / "data" / "quizengine.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(StoreError, match=r"at 9999.*newer"):
        make_app(tmp_path)


def test_a_first_start_makes_what_is_missing_and_a_second_keeps_it(tmp_path: Path) -> None:
    first = make_app(tmp_path)
    second = make_app(tmp_path)

    data = tmp_path / "data"
    assert {"quizengine.db", "secret_key", "variants_key"} <= {path.name for path in data.iterdir()}
    for name in ("secret_key", "variants_key"):
        assert stat.S_IMODE((data / name).stat().st_mode) == 0o600
    assert first.secret_key == second.secret_key
    assert (data / "secret_key").read_text() != (data / "variants_key").read_text()
