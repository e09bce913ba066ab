"""From a clone to running: make the environment if it is needed, then do what was asked.

Standard library only, and it must run on Python 3.6: only then can it say that 3.6 is too old.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Callable, Dict, Iterable, Iterator, List, Mapping, Optional, Sequence, Tuple

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv"
STAMP = ENVIRONMENT / "quizengine-stamp"
LOCKS = {"run": "requirements.txt", "dev": "requirements-dev.txt"}
OLDEST = (3, 11)
NAMES = ("python3.14", "python3.13", "python3.12", "python3.11", "python3")
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")
CHROMIUM_FOLDERS = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
PLAYWRIGHT_CACHES = ["~/.cache/ms-playwright", "~/Library/Caches/ms-playwright"]
PLAYWRIGHT_BINARIES = (
    "chromium-*/chrome-linux*/chrome",
    "chromium-*/chrome-mac*/*.app/Contents/MacOS/*",
)
LEFTOVERS = (
    "dist", "build", "check-report", "benchmarks/out", ".pytest_cache", ".mypy_cache", ".ruff_cache",
    ".hypothesis", ".import_linter_cache", ".coverage",
)  # fmt: skip

Version = Tuple[int, ...]
Probe = Callable[[str], Optional[Version]]


class Stop(Exception):  # noqa: N818 - an end with a message, not a crash
    """The work cannot go on; the message says what to do."""


def probe(python: str) -> Optional[Version]:
    """Return the version of a Python, or None if there is none that starts."""
    try:
        out = subprocess.check_output(
            [python, "-c", "import sys; print('%d.%d.%d' % sys.version_info[:3])"],
            stderr=subprocess.DEVNULL,
        )
        return tuple(int(number) for number in out.decode().strip().split("."))
    except (OSError, subprocess.CalledProcessError, ValueError):
        return None


def find_python(environ: Mapping[str, str], ask: Probe = probe) -> str:
    """Return a command for Python >= 3.11: ``$PYTHON`` if it is set, else the newest on the path."""
    found = []  # type: List[str]
    chosen = environ.get("PYTHON")
    for name in [chosen] if chosen else NAMES:
        version = ask(name)
        if version and version[:2] >= OLDEST:
            return name
        if version:
            found.append("{} is {}".format(name, dotted(version)))
    if chosen and not found:
        raise Stop("PYTHON is set to {!r}, which does not start.".format(chosen))
    raise Stop(
        "Python 3.11 or newer is needed; {}.\n"
        "  Debian 12, Ubuntu 24.04 or newer: sudo apt-get install python3 python3-venv\n"
        "  macOS: brew install python@3.12\n"
        "If it lies elsewhere: make PYTHON=/path/to/python3.12 ...".format(
            "found only: " + ", ".join(found) if found else "none was found"
        )
    )


def dotted(version: Version) -> str:
    """Return a version as text."""
    return ".".join(str(number) for number in version)


def can_make_environments(python: str) -> bool:
    """Return whether a Python has what ``venv`` needs: Debian and Ubuntu ship that apart."""
    return subprocess.call([python, "-c", "import ensurepip, venv"], stderr=subprocess.DEVNULL) == 0


def check_venv(python: str, version: Version, is_able: Callable[[str], bool] = can_make_environments) -> None:
    """Stop with the name of the package when a Python cannot make an environment."""
    if not is_able(python):
        raise Stop(
            "{} (Python {}) cannot make an environment: its package python3-venv is missing.\n"
            "  Debian, Ubuntu: sudo apt-get install python3-venv   (or python{}-venv)".format(
                python, dotted(version), dotted(version[:2])
            )
        )


def in_environment(name: str) -> str:
    """Return the path of a program in the environment."""
    return str(ENVIRONMENT / "bin" / name)


def digest(root: Path) -> str:
    """Return a hash of everything that the contents of the environment follow from."""
    sha = hashlib.sha256()
    for name in ("pyproject.toml", LOCKS["run"], LOCKS["dev"]):
        sha.update((root / name).read_bytes() + b"\0")
    return sha.hexdigest()


def stamp_for(kind: str, version: Version) -> Dict[str, str]:
    """Return what the stamp of a finished environment says."""
    return {"kind": kind, "python": dotted(version), "root": str(ROOT), "lock": digest(ROOT)}


def read_stamp(path: Path) -> Dict[str, str]:
    """Return what a stamp says; nothing if there is none."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return {}
    return {key: value for key, _, value in (line.partition(" ") for line in lines)}


def why_rebuild(stamp: Mapping[str, str], version: Optional[Version], wanted: Optional[Version]) -> str:
    """Return why an existing environment cannot be kept, or nothing.

    ``version`` is that of the environment's own Python, ``wanted`` that of ``$PYTHON`` if it is set.
    """
    if version is None:
        return "its Python does not start any more"
    if version[:2] < OLDEST:
        return "its Python {} is too old".format(dotted(version))
    if stamp and stamp.get("python") != dotted(version):
        return "it was made by Python {}, and this is {}".format(stamp.get("python"), dotted(version))
    if stamp and stamp.get("root") != str(ROOT):
        return "it was made for {}".format(stamp.get("root"))
    if wanted and wanted[:2] != version[:2]:
        return "its Python is {}, and {} is asked for".format(dotted(version), dotted(wanted))
    return ""


def ensure_environment(kind: str, environ: Mapping[str, str]) -> None:
    """Make ``.venv`` hold what ``kind`` (``run`` or ``dev``) needs; does nothing if it does already."""
    stamp, version = read_stamp(STAMP), probe(in_environment("python"))
    chosen, uv = environ.get("PYTHON"), shutil.which("uv")
    reason = why_rebuild(stamp, version, probe(chosen) if chosen else None) if ENVIRONMENT.exists() else "new"
    if version and not reason:
        if stamp == stamp_for(stamp.get("kind", ""), version) and stamp["kind"] in (kind, "dev"):
            return
        # Somebody who only runs the program keeps the tools that a test run has brought.
        kind = "dev" if stamp.get("kind") == "dev" else kind
        if not uv and not has_pip():
            reason = "it was made by uv, which is not here now"
    if reason or not version:
        version = create(uv, environ, reason)
    fill(uv, kind, version)


def has_pip() -> bool:
    """Return whether the environment has a pip: one that uv made has none."""
    return any(ENVIRONMENT.glob("lib/python*/site-packages/pip"))


def create(uv: Optional[str], environ: Mapping[str, str], reason: str) -> Version:
    """Make an empty environment with the Python found, or with uv, which can bring its own.

    The old one goes only when it is sure that a new one can be made.
    """
    try:
        python = find_python(environ)
    except Stop:
        if not uv or environ.get("PYTHON"):
            raise
        python = ">=" + dotted(OLDEST)
    if not uv:
        check_venv(python, probe(python) or OLDEST)
    if ENVIRONMENT.exists():
        say("Making .venv anew: {}.".format(reason))
        shutil.rmtree(str(ENVIRONMENT))
    else:
        say("Making .venv with {}.".format("uv and " + python if uv else python))
    must(
        [uv, "venv", "--quiet", "--python", python, str(ENVIRONMENT)]
        if uv
        else [python, "-m", "venv", str(ENVIRONMENT)]
    )
    version = probe(in_environment("python"))
    if version is None:
        raise Stop("The new environment {} does not start.".format(ENVIRONMENT))
    return version


def fill(uv: Optional[str], kind: str, version: Version) -> None:
    """Install what the lock names, and write the stamp last: what was broken off is done again."""
    if STAMP.exists():
        STAMP.unlink()
    say("Installing {} into .venv; the first time takes a minute or two.".format(LOCKS[kind]))
    python = in_environment("python")
    if uv:
        install = [uv, "pip", "install", "--quiet", "--python", python]
    else:
        install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    # The lock is complete. Without --no-deps pip 23 also resolves what packages ask of each other, takes the
    # newest release of an extra such as coverage[toml] and then misses its hash.
    must([*install, "--no-deps", "--require-hashes", "-r", LOCKS[kind]])
    must([*install, "--no-deps", "--no-build-isolation", "-e", "."])
    lines = ["{} {}\n".format(key, value) for key, value in stamp_for(kind, version).items()]
    STAMP.write_text("".join(lines), encoding="utf-8")


def find_chromium(environ: Mapping[str, str]) -> Optional[str]:
    """Return a Chromium for the browser tests: set by hand, on the path, an application, or Playwright's."""
    named = environ.get("QUIZENGINE_CHROMIUM")
    if named:
        return named if Path(named).exists() else None
    for name in CHROMIUM_NAMES:
        found = shutil.which(name, path=environ.get("PATH"))
        if found:
            return found
    for path in CHROMIUM_FOLDERS:
        if Path(path).exists():
            return path
    caches = (
        [environ["PLAYWRIGHT_BROWSERS_PATH"]] if "PLAYWRIGHT_BROWSERS_PATH" in environ else PLAYWRIGHT_CACHES
    )
    return next(downloaded_chromiums(Path(cache).expanduser() for cache in caches), None)


def downloaded_chromiums(caches: Iterable[Path]) -> Iterator[str]:
    """Yield the Chromiums in Playwright's caches, the newest first."""
    for cache in caches:
        for pattern in PLAYWRIGHT_BINARIES:
            for path in sorted(cache.glob(pattern), reverse=True):
                yield str(path)


def boxed(lines: Sequence[str]) -> str:
    """Return lines in a box that is not overlooked."""
    width = max(map(len, lines))
    edge = "+" + "-" * (width + 2) + "+"
    return "\n".join([edge] + ["| " + line.ljust(width) + " |" for line in lines] + [edge])


NO_CHROMIUM = (
    "The browser tests will NOT run: no Chromium was found.",
    "Debian: sudo apt-get install chromium",
    "Ubuntu (its chromium is a snap), macOS: .venv/bin/playwright install chromium",
    "Or name one: QUIZENGINE_CHROMIUM=/path/to/chrome make test",
)


def say(text: str) -> None:
    """Print at once, before what a child process prints."""
    print(text, flush=True)


def must(command: Sequence[str]) -> None:
    """Run a command in the root, and stop if it fails."""
    if subprocess.call(command, cwd=str(ROOT)) != 0:
        raise Stop("This failed; see above: {}".format(" ".join(command)))


def attempt(name: str, *arguments: str) -> int:
    """Run a program of the environment in the root and return its exit code."""
    say("--- {} {}".format(name, " ".join(arguments)).rstrip())
    return subprocess.call([in_environment(name), *arguments], cwd=str(ROOT))


def begin(name: str, *arguments: str) -> Callable[[], int]:
    """Start a program; what is returned waits for its end, shows its output and returns its code."""
    running = subprocess.Popen(
        [in_environment(name), *arguments], cwd=str(ROOT), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )

    def end() -> int:
        shown, _ = running.communicate()
        say("--- {} {}".format(name, " ".join(arguments)).rstrip())
        say(shown.decode("utf-8", "replace").rstrip())
        return running.returncode

    return end


def failures(steps: Sequence[Tuple[str, ...]]) -> List[str]:
    """Run every step, whatever becomes of the one before, and return those that failed."""
    return [" ".join(step) for step in steps if attempt(*step) != 0]


def static_failures(seeds: str) -> List[str]:
    """Look at style, types, layers and the questions themselves; return what failed.

    The types take a minute of one processor, so the others go on beside them.
    """
    types = begin("mypy")
    failed = failures(
        [
            ("ruff", "check", "."),
            ("ruff", "format", "--check", "."),
            ("lint-imports",),
            ("quizengine", "check", "--seeds", seeds, "--workers", "2"),
        ]
    )
    return failed if types() == 0 else [*failed, "mypy"]


def finish_with_pytest(failed: List[str], *arguments: str) -> int:
    """Run the tests last, so that their closing line is the last thing printed."""
    if failed:
        say(boxed(["These failed before the tests (see above):", *failed]))
    return attempt("pytest", *arguments) or (1 if failed else 0)


def do_setup(arguments: Sequence[str]) -> int:
    """Prepare the environment, the instance folder and the database."""
    ensure_environment("run", os.environ)
    (ROOT / "instance").mkdir(mode=0o700, exist_ok=True)
    return attempt("quizengine", "db", "upgrade", *arguments)


def do_run(arguments: Sequence[str]) -> int:
    """Serve the pages; the server migrates its database itself and prints its address."""
    ensure_environment("run", os.environ)
    os.chdir(str(ROOT))
    program = in_environment("quizengine")
    sys.stdout.flush()
    # In place of this process, so that Ctrl-C and SIGTERM reach the server itself.
    os.execv(program, [program, "serve", *arguments])


def do_test(arguments: Sequence[str]) -> int:
    """Run everything: style, types, layers, the bank, all tests and the examples in docstrings."""
    ensure_environment("dev", os.environ)
    failed = []
    if find_chromium(os.environ) is None:
        say(boxed(NO_CHROMIUM))
        if os.environ.get("QUIZENGINE_REQUIRE_BROWSER") == "1":
            failed.append("a Chromium is required (QUIZENGINE_REQUIRE_BROWSER=1)")
    failed += static_failures("6")
    return finish_with_pytest(failed, "--doctest-modules", "-n", "2", *arguments)


def do_check(arguments: Sequence[str]) -> int:
    """Run what is quick: all of ``test`` but the slow and the browser tests, with fewer draws."""
    ensure_environment("dev", os.environ)
    failed = static_failures("5")
    return finish_with_pytest(failed, "-n", "2", "-m", "not slow and not browser", *arguments)


def do_check_all(arguments: Sequence[str]) -> int:
    """Put every question through its gates with many draws, and set each on paper; an hour."""
    ensure_environment("dev", os.environ)
    gates = ("quizengine", "check", "--seeds", "200", "--workers", "2", *arguments)
    return 1 if failures([gates, ("quizengine", "check", "--paper", "--workers", "2", *arguments)]) else 0


def do_bench(arguments: Sequence[str]) -> int:
    """Run every benchmark, or those named."""
    ensure_environment("dev", os.environ)
    scripts = list(arguments) or sorted(str(path) for path in (ROOT / "benchmarks").glob("*.py"))
    return 1 if failures([("python", script) for script in scripts]) else 0


def do_format(arguments: Sequence[str]) -> int:
    """Put the code into the house's form."""
    ensure_environment("dev", os.environ)
    return 1 if failures([("ruff", "check", "--fix", "--exit-zero", "."), ("ruff", "format", ".")]) else 0


def do_lock(arguments: Sequence[str]) -> int:
    """Make the lock files anew; needs no environment, since a broken lock must not stop it."""
    lock = str(ROOT / "tools" / "lock.py")
    return subprocess.call([find_python(os.environ), lock, *arguments], cwd=str(ROOT))


def do_wheel(arguments: Sequence[str]) -> int:
    """Build the wheel into ``dist``."""
    ensure_environment("run", os.environ)
    return attempt("python", "-m", "hatchling", "build", "-t", "wheel", "-d", "dist", *arguments)


def do_clean(arguments: Sequence[str]) -> int:
    """Take away what was made: the environment, caches, builds. The data in ``instance`` stays."""
    for path in [ENVIRONMENT, *(ROOT / name for name in LEFTOVERS)]:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(str(path))
        elif path.exists() or path.is_symlink():
            path.unlink()
    return 0


COMMANDS = {
    "setup": do_setup,
    "run": do_run,
    "test": do_test,
    "check": do_check,
    "check-all": do_check_all,
    "bench": do_bench,
    "format": do_format,
    "lock": do_lock,
    "wheel": do_wheel,
    "clean": do_clean,
}  # type: Dict[str, Callable[[Sequence[str]], int]]


def usage() -> str:
    """Return the list of commands, each with what it does."""
    lines = ["  {:11}{}".format(name, (do.__doc__ or "").strip()) for name, do in COMMANDS.items()]
    return "\n".join(["usage: python3 tools/bootstrap.py COMMAND [ARGUMENTS]", "", *lines])


def main(arguments: Sequence[str]) -> int:
    """Do what the first argument says."""
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        say(usage())
        return 0 if arguments else 2
    if arguments[0] not in COMMANDS:
        say("There is no command {!r}.\n\n{}".format(arguments[0], usage()))
        return 2
    try:
        return COMMANDS[arguments[0]](arguments[1:])
    except Stop as stop:
        print(stop, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
