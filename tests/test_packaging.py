"""The wheel carries pages, bank and migrations, and runs from an empty folder."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import sysconfig
import time
import urllib.request
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LARGEST = 15_000_000
START_SECONDS = 60

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel, with nothing fetched."""
    folder = tmp_path_factory.mktemp("dist")
    run(ROOT, sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder))
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel beside the packages of this environment, and return the folder of its programs."""
    folder = tmp_path_factory.mktemp("installed") / "venv"
    uv = shutil.which("uv")
    python = str(folder / "bin" / "python")
    if uv:
        run(ROOT, uv, "venv", "--offline", "--python", sys.executable, str(folder))
        run(ROOT, uv, "pip", "install", "--offline", "--no-deps", "--python", python, str(wheel))
    else:
        run(ROOT, sys.executable, "-m", "venv", str(folder))
        run(ROOT, python, "-m", "pip", "install", "--no-index", "--no-deps", str(wheel))
    # A path line alone: the editable install beside these packages is not followed through it.
    (site,) = folder.glob("lib/python*/site-packages")
    (site / "packages.pth").write_text(sysconfig.get_path("purelib") + "\n", "utf-8")
    return folder / "bin"


def environment(**settings: str) -> dict[str, str]:
    """Return the variables of this process without our own settings."""
    ours = ("QUIZENGINE_", "PYTHON")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {**kept, **settings}


def run(folder: Path, *command: str) -> str:
    """Run a program to its end in a folder and return what it printed; fail with its words if it fails."""
    done = subprocess.run(
        command, cwd=folder, env=environment(), capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def names_in(wheel: Path) -> list[str]:
    """Return the names of all files in a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def serving(
    folder: Path, command: Sequence[str], log: Path, **settings: str
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server, and stop it with all that it started."""
    with log.open("wb") as out:
        server = subprocess.Popen(
            command, cwd=folder, env=environment(**settings), stdout=out, stderr=out, start_new_session=True
        )
    try:
        yield server
    finally:
        server.terminate()
        server.wait(30)


def fetched(server: subprocess.Popen[bytes], url: str, log: Path) -> tuple[int, bytes]:
    """Ask until the server answers; fail with its words if it ends or takes too long."""
    # A proxy set for the outside must not be asked for this machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            with opener.open(url, timeout=10) as answer:
                return answer.status, answer.read()
        except OSError:
            try:
                server.wait(0.2)
            except subprocess.TimeoutExpired:
                continue
            break
    pytest.fail(f"no answer from {url}\n{log.read_text('utf-8')}")


def test_the_wheel_is_small_and_holds_all_that_is_needed(wheel: Path) -> None:
    names = names_in(wheel)

    assert wheel.stat().st_size <= LARGEST
    shipped = "quizengine/_shipped"
    assert f"{shipped}/question_banks/backend_to_ml/roadmap.toml" in names
    for folder in ("templates", "static", "migrations/versions"):
        assert any(name.startswith(f"{shipped}/{folder}/") for name in names), folder
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)


def test_the_wheel_holds_nothing_else(wheel: Path) -> None:
    names = names_in(wheel)

    assert [name for name in names if name.endswith((".pyc", ".db", "secret_key"))] == []
    assert {name.split("/")[0].split("-")[0] for name in names} == {"quizengine"}


def test_the_installed_bank_proves_itself_from_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    where = run(tmp_path, str(installed / "python"), "-c", "import quizengine; print(quizengine.__file__)")

    assert Path(where.strip()).is_relative_to(installed.parent)
    # Questions with data sets and with files; the bank of the checkout is checked as a whole elsewhere.
    program = str(installed / "quizengine")
    assert "de.sql-joins" in run(
        tmp_path, program, "check", "de.sql-joins.anti-join", "dep.containers", "--seeds", "1"
    )
    assert run(tmp_path, program, "check", "--summary") == run(
        ROOT, sys.executable, "-m", "quizengine", "check", "--summary"
    )


def test_the_installed_server_answers_from_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "log"
    command = [str(installed / "quizengine"), "serve", "--port", str(port), "--data", str(tmp_path / "data")]

    with serving(tmp_path, command, log) as server:
        status, _ = fetched(server, f"http://127.0.0.1:{port}/healthz", log)
        page_status, page = fetched(server, f"http://127.0.0.1:{port}/", log)

    assert (status, page_status) == (200, 200)
    assert b"<main" in page
    assert (tmp_path / "data" / "quizengine.db").exists()
    assert f"http://127.0.0.1:{port}" in log.read_text("utf-8")


@pytest.mark.parametrize("program", ["gunicorn", "flask"])
def test_other_servers_take_the_application_from_the_checkout(program: str, tmp_path: Path) -> None:
    port, log = str(free_port()), tmp_path / "log"
    arguments = {
        "gunicorn": ["gunicorn", "--bind", f"127.0.0.1:{port}", "app:app"],
        "flask": ["flask", "--app", "app", "run", "--port", port],
    }[program]

    with serving(
        ROOT, [sys.executable, "-m", *arguments], log, QUIZENGINE_DATA=str(tmp_path / "data")
    ) as server:
        status, _ = fetched(server, f"http://127.0.0.1:{port}/healthz", log)

    assert status == 200
