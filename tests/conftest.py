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
from flask import Flask
from hypothesis import HealthCheck, settings
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import make_url

from quizengine.sqljudge.postgres import use_server
from quizengine.store import database
from quizengine.store.database import sqlite_url
from tests.postgres import MISSING, REQUIRED, LocalServer, local_server

# Deadlines time the machine, not the code; speed is measured in benchmarks/.
_COMMON: dict[str, Any] = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("dev", max_examples=50, **_COMMON)
settings.register_profile("ci", max_examples=100, derandomize=True, **_COMMON)
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
def _no_waiting_for_the_disk() -> Iterator[tuple[str, ...]]:
    """Leave out what makes an answer survive a power cut: no test outlives one. Gives what was there."""
    kept = database._PRAGMAS
    quick = [pragma.replace("synchronous=FULL", "synchronous=OFF") for pragma in kept]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "_PRAGMAS", tuple(quick))
        yield kept


@pytest.fixture
def durable(monkeypatch: pytest.MonkeyPatch, _no_waiting_for_the_disk: tuple[str, ...]) -> None:
    """Wait for the disk, as the program does."""
    monkeypatch.setattr(database, "_PRAGMAS", _no_waiting_for_the_disk)


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


class _CompiledTemplates(BytecodeCache):
    """What templates were compiled to, kept for every application that a test process makes."""

    def __init__(self) -> None:
        self._kept = dict[str, bytes]()

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()


@pytest.fixture(autouse=True, scope="session")
def _compiled_once() -> Iterator[None]:
    """Compile each template once, not anew for every application: a third of the time of tests of pages."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Flask, "jinja_options", {**Flask.jinja_options, "bytecode_cache": _CompiledTemplates()})
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
