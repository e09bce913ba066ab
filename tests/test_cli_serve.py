"""``quizengine serve``: its settings, its address, and what it says when it cannot serve."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from quizengine.cli import main
from quizengine.cli.serve import default_workers, gunicorn_options


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("QUIZENGINE_")]:
        monkeypatch.delenv(name)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def serving(*words: str, **settings: str) -> Iterator[subprocess.Popen[str]]:
    """Run the server and end it."""
    with subprocess.Popen(
        [sys.executable, "-m", "quizengine", "serve", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **settings},
    ) as server:
        try:
            yield server
        finally:
            server.terminate()
            server.wait(40)


def test_it_prints_its_address_once_it_answers_and_ends_with_0(tmp_path: Path) -> None:
    port = free_port()
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    with serving("--port", str(port), "--data", str(tmp_path), "--workers", "2") as server:
        assert server.stdout
        first = server.stdout.readline()
        with opener.open(f"http://127.0.0.1:{port}/healthz", timeout=30) as answer:
            status = answer.status
        server.send_signal(signal.SIGTERM)
        rest, _ = server.communicate(timeout=40)

    assert first.startswith(f"Serving on http://127.0.0.1:{port} ")
    assert (status, rest, server.returncode) == (200, "", 0)


def test_a_broken_bank_is_told_once_and_ends_the_server(tmp_path: Path) -> None:
    (tmp_path / "bank").mkdir()

    with serving(
        "--port", str(free_port()), "--data", str(tmp_path / "data"), QUIZENGINE_BANK=str(tmp_path / "bank")
    ) as server:
        _, told = server.communicate(timeout=60)

    assert server.returncode == 1
    assert told.count("bank.toml:1: bank: this file is missing") == 1
    assert "Traceback" not in told


def test_an_occupied_port_names_a_free_one() -> None:
    with closing(socket.socket()) as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        told = CliRunner().invoke(main, ["serve", "--port", str(port)])

    assert told.exit_code == 1
    assert f"Port {port} on 127.0.0.1 is in use. Try: quizengine serve --port " in told.output
    offered = int(told.output.split("--port ")[1])
    assert offered != port


def test_a_host_that_is_not_this_machine_is_one_clear_line() -> None:
    told = CliRunner().invoke(main, ["serve", "--host", "192.0.2.1"])

    assert told.exit_code == 1
    assert told.output.startswith("Error: The server cannot listen on 192.0.2.1")


def test_a_misspelt_setting_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUIZENGINE_DATTA", "/data")

    told = CliRunner().invoke(main, ["serve"])

    assert told.exit_code == 1
    assert "Did you mean 'QUIZENGINE_DATA'?" in told.output


def test_check_prints_every_setting_but_no_secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("QUIZENGINE_SECRET_KEY", "a-secret-that-nobody-may-see-in-a-terminal")

    told = CliRunner().invoke(main, ["serve", "--check", "--json", "--data", str(tmp_path), "--workers", "3"])

    settings = json.loads(told.output)
    assert settings["data"] == str(tmp_path)
    assert (settings["workers"], settings["threads"], settings["worker_class"]) == (3, 4, "gthread")
    assert settings["secret_key"] == "set"
    assert "nobody-may-see" not in told.output
    assert list(tmp_path.iterdir()) == []


def test_the_number_of_workers_follows_the_cores_between_2_and_8(monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for cores in (1, 4, 64):
        monkeypatch.setattr(os, "cpu_count", lambda cores=cores: cores)
        found.append(default_workers())

    assert found == [2, 4, 8]


def test_engines_and_pools_are_made_after_the_fork() -> None:
    assert gunicorn_options("127.0.0.1", 8000, 2)["preload_app"] is False


def test_an_address_of_version_6_is_bracketed() -> None:
    assert gunicorn_options("::1", 8000, 2)["bind"] == "[::1]:8000"


def test_a_data_folder_that_cannot_be_made_is_told_without_a_traceback(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    with serving("--port", str(free_port()), "--data", str(tmp_path / "file" / "data")) as server:
        _, told = server.communicate(timeout=60)

    assert server.returncode == 1
    assert "Error: " in told
    assert "Traceback" not in told
