"""A fresh machine: what the bootstrap says when something is missing, and what the lock promises."""

from __future__ import annotations

import ast
import importlib.util
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "tools" / "bootstrap.py"


@pytest.fixture
def bootstrap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Return the bootstrap, moved to an empty checkout."""
    spec = importlib.util.spec_from_file_location("bootstrap", SOURCE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "ENVIRONMENT", tmp_path / ".venv")
    monkeypatch.setattr(module, "STAMP", tmp_path / ".venv" / "quizengine-stamp")
    for name in ("pyproject.toml", "requirements.txt", "requirements-dev.txt"):
        (tmp_path / name).write_text("", "utf-8")
    return module


def pretend(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, versions: Mapping[str, tuple[int, ...]]
) -> list[list[str]]:
    """Let only these Pythons exist, write down commands instead of running them, and return the list."""
    ran: list[list[str]] = []
    environment = str(bootstrap.ENVIRONMENT / "bin" / "python")
    made: dict[str, tuple[int, ...]] = {}

    def must(command: list[str]) -> None:
        ran.append(command)
        if "venv" in command:
            bootstrap.ENVIRONMENT.mkdir()
            (bootstrap.ENVIRONMENT / "lib/python3/site-packages/pip").mkdir(parents=True)
            made[environment] = versions[command[0]]

    def probe(python: str) -> tuple[int, ...] | None:
        return made.get(python) if python == environment else versions.get(python)

    monkeypatch.setattr(bootstrap, "must", must)
    monkeypatch.setattr(bootstrap, "probe", probe)
    monkeypatch.setattr(bootstrap.find_python, "__defaults__", (probe,))
    monkeypatch.setattr(bootstrap.check_venv, "__defaults__", (lambda _: True,))
    monkeypatch.setattr(bootstrap.shutil, "which", lambda *_, **__: None)
    return ran


def test_it_can_be_read_by_a_python_that_is_too_old() -> None:
    assert ast.parse(SOURCE.read_text("utf-8"), feature_version=(3, 6)).body


def test_an_old_python_is_named_and_the_way_out_too(bootstrap: ModuleType) -> None:
    with pytest.raises(bootstrap.Stop) as caught:
        bootstrap.find_python({}, {"python3": (3, 9, 6)}.get)

    message = str(caught.value)
    assert "Python 3.11 or newer is needed; found only: python3 is 3.9.6." in message
    assert "apt-get install python3 python3-venv" in message
    assert "brew install" in message


def test_no_python_at_all_is_said(bootstrap: ModuleType) -> None:
    with pytest.raises(bootstrap.Stop, match="none was found"):
        bootstrap.find_python({}, lambda _: None)


def test_the_newest_python_on_the_path_is_taken(bootstrap: ModuleType) -> None:
    found = {"python3": (3, 9, 6), "python3.11": (3, 11, 2), "python3.13": (3, 13, 0)}

    assert bootstrap.find_python({}, found.get) == "python3.13"


def test_a_python_that_was_chosen_is_taken_or_refused_but_never_replaced(bootstrap: ModuleType) -> None:
    found = {"python3.13": (3, 13, 0), "/opt/python": (3, 12, 1), "/opt/old": (3, 8, 0)}

    assert bootstrap.find_python({"PYTHON": "/opt/python"}, found.get) == "/opt/python"
    with pytest.raises(bootstrap.Stop, match=r"/opt/old is 3\.8\.0"):
        bootstrap.find_python({"PYTHON": "/opt/old"}, found.get)
    with pytest.raises(bootstrap.Stop, match="'/opt/none', which does not start"):
        bootstrap.find_python({"PYTHON": "/opt/none"}, found.get)


def test_a_missing_venv_package_is_named(bootstrap: ModuleType) -> None:
    with pytest.raises(bootstrap.Stop) as caught:
        bootstrap.check_venv("python3", (3, 12, 3), lambda _: False)

    assert "python3-venv is missing" in str(caught.value)
    assert "python3.12-venv" in str(caught.value)


def test_the_second_run_installs_nothing(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = pretend(bootstrap, monkeypatch, {"python3": (3, 12, 1)})

    bootstrap.ensure_environment("run", {})
    first = len(ran)
    bootstrap.ensure_environment("run", {})

    assert first == len(ran) == 3
    assert "--require-hashes" in ran[1]
    assert ran[2][-4:] == ["--no-deps", "--no-build-isolation", "-e", "."]


def test_a_changed_lock_installs_again(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = pretend(bootstrap, monkeypatch, {"python3": (3, 12, 1)})
    bootstrap.ensure_environment("run", {})

    (bootstrap.ROOT / "requirements.txt").write_text("a==1", "utf-8")
    bootstrap.ensure_environment("run", {})

    assert [command[-1] for command in ran[3:]] == ["requirements.txt", "."]


def test_test_tools_stay_when_the_program_is_run_again(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = pretend(bootstrap, monkeypatch, {"python3": (3, 12, 1)})

    bootstrap.ensure_environment("run", {})
    bootstrap.ensure_environment("dev", {})
    bootstrap.ensure_environment("run", {})

    assert [command[-1] for command in ran[1:]] == ["requirements.txt", ".", "requirements-dev.txt", "."]


def test_an_installation_that_broke_off_is_done_again(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = pretend(bootstrap, monkeypatch, {"python3": (3, 12, 1)})
    recorded = bootstrap.must

    def broken(command: list[str]) -> None:
        recorded(command)
        if "-e" in command:
            raise bootstrap.Stop("This failed")

    monkeypatch.setattr(bootstrap, "must", broken)
    with pytest.raises(bootstrap.Stop):
        bootstrap.ensure_environment("run", {})
    monkeypatch.setattr(bootstrap, "must", recorded)
    bootstrap.ensure_environment("run", {})

    assert [command[-1] for command in ran[1:]] == ["requirements.txt", ".", "requirements.txt", "."]


def test_an_environment_of_another_python_is_made_anew_and_that_is_said(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pretend(bootstrap, monkeypatch, {"python3": (3, 12, 1), "/opt/python": (3, 13, 0)})
    bootstrap.ensure_environment("run", {})
    capsys.readouterr()

    bootstrap.ensure_environment("run", {"PYTHON": "/opt/python"})

    assert "Making .venv anew: its Python is 3.12.1, and 3.13.0 is asked for." in capsys.readouterr().out


def test_a_python_that_is_too_old_does_not_cost_the_environment(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend(bootstrap, monkeypatch, {"python3": (3, 12, 1), "/opt/old": (3, 9, 0)})
    bootstrap.ensure_environment("run", {})

    with pytest.raises(bootstrap.Stop, match=r"3\.9\.0"):
        bootstrap.ensure_environment("run", {"PYTHON": "/opt/old"})

    assert bootstrap.STAMP.exists()


def test_a_checkout_that_was_moved_gets_a_new_environment(bootstrap: ModuleType) -> None:
    stamp = {"kind": "run", "python": "3.12.1", "root": "/somewhere/else", "lock": "x"}

    assert bootstrap.why_rebuild(stamp, (3, 12, 1), None) == "it was made for /somewhere/else"
    assert bootstrap.why_rebuild(stamp, None, None) == "its Python does not start any more"


def test_a_chromium_is_found_where_it_may_lie(bootstrap: ModuleType, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    chrome = cache / "chromium-1187" / "chrome-linux" / "chrome"
    chrome.parent.mkdir(parents=True)
    chrome.touch()
    nowhere = {"PATH": str(tmp_path), "PLAYWRIGHT_BROWSERS_PATH": str(tmp_path / "none")}

    assert bootstrap.find_chromium({**nowhere, "PLAYWRIGHT_BROWSERS_PATH": str(cache)}) == str(chrome)
    assert bootstrap.find_chromium({**nowhere, "QUIZENGINE_CHROMIUM": str(chrome)}) == str(chrome)
    assert bootstrap.find_chromium({**nowhere, "QUIZENGINE_CHROMIUM": "/none"}) is None


@pytest.mark.parametrize(("required", "code"), [("", 0), ("1", 1)])
def test_without_a_chromium_the_run_says_so_and_fails_only_if_one_is_required(
    bootstrap: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    required: str,
    code: int,
) -> None:
    monkeypatch.setattr(bootstrap, "ensure_environment", lambda *_: None)
    monkeypatch.setattr(bootstrap, "find_chromium", lambda _: None)
    monkeypatch.setattr(bootstrap, "attempt", lambda *_: 0)
    monkeypatch.setattr(bootstrap, "begin", lambda *_: lambda: 0)
    monkeypatch.setenv("QUIZENGINE_REQUIRE_BROWSER", required)

    assert bootstrap.main(["test"]) == code
    assert "The browser tests will NOT run" in capsys.readouterr().out


def test_the_tests_come_last_and_run_even_if_something_failed_before(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ran: list[str] = []

    def attempt(name: str, *_: str) -> int:
        ran.append(name)
        return int(name == "lint-imports")

    def begin(name: str, *_: str) -> Callable[[], int]:
        return lambda: attempt(name) or 1

    monkeypatch.setattr(bootstrap, "ensure_environment", lambda *_: None)
    monkeypatch.setattr(bootstrap, "find_chromium", lambda _: "/usr/bin/chromium")
    monkeypatch.setattr(bootstrap, "attempt", attempt)
    monkeypatch.setattr(bootstrap, "begin", begin)

    assert bootstrap.main(["test"]) == 1
    assert ran == ["ruff", "ruff", "lint-imports", "quizengine", "mypy", "pytest"]
    said = capsys.readouterr().out
    assert "| lint-imports" in said
    assert "| mypy" in said


def test_what_was_begun_shows_its_output_and_tells_how_it_ended(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap, "in_environment", lambda _: sys.executable)

    assert bootstrap.begin("python", "-c", "print('seen'); raise SystemExit(3)")() == 3
    assert "seen" in capsys.readouterr().out


def test_an_unknown_command_is_wrong_usage(bootstrap: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert bootstrap.main(["tset"]) == 2
    assert "There is no command 'tset'." in capsys.readouterr().out


def test_clean_keeps_the_data(bootstrap: ModuleType) -> None:
    for name in ("instance", ".venv", "dist", ".mypy_cache"):
        (bootstrap.ROOT / name).mkdir()

    assert bootstrap.main(["clean"]) == 0

    assert sorted(path.name for path in bootstrap.ROOT.iterdir() if path.is_dir()) == ["instance"]


def test_make_and_the_bootstrap_know_the_same_commands(bootstrap: ModuleType) -> None:
    (line,) = re.findall(r"^TARGETS = (.*)$", (ROOT / "Makefile").read_text("utf-8"), re.M)

    assert set(line.split()) == set(bootstrap.COMMANDS)


def test_the_ci_script_is_sound_shell_and_can_be_run() -> None:
    script = ROOT / ".ci" / "run"

    assert subprocess.run(["sh", "-n", script], check=False).returncode == 0
    assert script.stat().st_mode & 0o111


def locked(name: str) -> dict[str, str]:
    """Return package and version of each line of a lock file."""
    lines = (ROOT / name).read_text("utf-8").splitlines()
    return dict(re.findall(r"^([a-z0-9-]+)==([^ ]+)", "\n".join(lines), re.M))


def test_the_lock_has_everything_that_the_project_names() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    runtime = [*project["project"]["dependencies"], *project["build-system"]["requires"], "editables"]
    tools = project["project"]["optional-dependencies"]["dev"]

    for name, wanted in (("requirements.txt", runtime), ("requirements-dev.txt", [*runtime, *tools])):
        versions = locked(name)
        for requirement in map(Requirement, wanted):
            version = versions.get(canonicalize_name(requirement.name))
            assert version is not None, f"{requirement} is not in {name}: run `make lock`"
            assert requirement.specifier.contains(version), f"{requirement}: run `make lock`"


def test_tests_run_on_the_versions_that_are_served() -> None:
    assert locked("requirements.txt").items() <= locked("requirements-dev.txt").items()


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_line_of_the_lock_has_hashes_and_none_names_a_host(name: str) -> None:
    text = (ROOT / name).read_text("utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]

    assert lines
    assert all(re.search(r"--hash=sha256:[0-9a-f]{64}\b", line) for line in lines)
    assert "://" not in text
    assert not re.search(r"^\s*-", text, re.M)
