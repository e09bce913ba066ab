"""Fixtures and profiles of all tests."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import alembic.command
import pytest
from alembic.config import Config
from hypothesis import HealthCheck, settings
from sqlalchemy import make_url

from quizengine.sqljudge.postgres import use_server
from quizengine.store.database import sqlite_url
from tests.postgres import MISSING, REQUIRED, LocalServer, local_server

# Deadlines time the machine, not the code; speed is measured in benchmarks/.
_COMMON: dict[str, Any] = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("dev", max_examples=50, **_COMMON)
settings.register_profile("ci", max_examples=200, derandomize=True, **_COMMON)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))

LOOPBACK = ("127.0.0.1", "::1", "localhost", "0.0.0.0")


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--update-golden`` writes golden files anew: read what changed before it is checked in."""
    parser.addoption("--update-golden", action="store_true", help="write golden files anew")


@pytest.fixture(autouse=True, scope="session")
def _own_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep commands out of the cache and the database of whoever runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        patch.setenv("QUIZENGINE_DATA", str(tmp_path_factory.mktemp("none") / "instance"))
        yield


@pytest.fixture(autouse=True, scope="session")
def _migrated_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Run the migrations for the first new database only; every other one is a copy of what they made."""
    kept = tmp_path_factory.mktemp("migrated") / "new.db"
    migrate = alembic.command.upgrade

    def upgrade(config: Config, revision: str, **options: Any) -> None:
        path = Path(make_url(config.attributes["url"]).database or "")
        is_new = revision == "head" and path.parent.is_dir() and not (path.exists() and path.stat().st_size)
        if not is_new or config.attributes["url"] != sqlite_url(path):
            migrate(config, revision, **options)
            return
        if not kept.exists():
            migrate(config, revision, **options)
            shutil.copyfile(path, kept)
        shutil.copyfile(kept, path)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(alembic.command, "upgrade", upgrade)
        yield


@pytest.fixture(autouse=True)
def _loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse a connection to any other host: nothing is fetched at run time."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in LOOPBACK:
            raise RuntimeError(f"a test reached for {address[0]}: only the loopback is allowed")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[LocalServer]:
    """A PostgreSQL server; tests that ask for it are skipped where none is installed."""
    server = local_server()
    if server is None:
        if os.environ.get(REQUIRED):
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    yield server
    with contextlib.suppress(subprocess.CalledProcessError):
        server.stop()
    shutil.rmtree(server.folder, ignore_errors=True)


@pytest.fixture
def postgres(postgres_server: LocalServer) -> Iterator[LocalServer]:
    """A PostgreSQL server that this process judges with."""
    use_server(postgres_server.url)
    yield postgres_server
    use_server("")


@pytest.fixture(autouse=True, scope="session")
def _no_server_of_others() -> Iterator[None]:
    """Keep tests off a PostgreSQL server that whoever runs them may have set."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("QUIZENGINE_POSTGRES", raising=False)
        yield
