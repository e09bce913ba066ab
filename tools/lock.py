"""Make the lock files: exact versions with hashes, for every Python and system that we support.

``requirements.txt`` is what a server needs, with the build tools of the editable install;
``requirements-dev.txt`` adds what tests need, at the same versions.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEAD = "# Made by `make lock` from pyproject.toml. Do not edit.\n"
EDITABLE = "editables>=0.5"
"""What hatchling needs for an editable install, beyond its own requirements."""
OPTIONS = (
    "--quiet",
    "--universal",
    "--python-version=3.11",
    # One version for all Pythons: equal numbers wherever the program runs.
    "--fork-strategy=fewest",
    "--generate-hashes",
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--no-annotate",
    "--no-header",
)


def find_uv(folder: Path) -> str:
    """Return uv: the one on the path, or one installed into a folder that is thrown away."""
    if found := shutil.which("uv"):
        return found
    venv.create(folder, with_pip=True)
    subprocess.run([folder / "bin" / "pip", "install", "--quiet", "uv"], check=True)
    return str(folder / "bin" / "uv")


def compile_lock(uv: str, name: str, *inputs: str) -> None:
    """Write one lock file. Versions that it has already stay, unless ``--upgrade`` is among the inputs."""
    path = ROOT / name
    subprocess.run([uv, "pip", "compile", *OPTIONS, *inputs, "--output-file", path], cwd=ROOT, check=True)
    text = path.read_text("utf-8")
    if "://" in text or "--index" in text:
        raise SystemExit(f"{name} names a host; nothing but versions and hashes belongs there.")
    path.write_text(HEAD + text.removeprefix(HEAD), "utf-8")


def main(arguments: list[str]) -> None:
    """Make both files; ``--upgrade`` and ``--upgrade-package NAME`` are handed to uv."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        uv = find_uv(Path(folder) / "uv")
        build = Path(folder) / "build.in"
        build.write_text("\n".join([*project["build-system"]["requires"], EDITABLE, ""]), "utf-8")
        compile_lock(uv, "requirements.txt", "pyproject.toml", str(build), *arguments)
        compile_lock(
            uv,
            "requirements-dev.txt",
            "pyproject.toml",
            str(build),
            "--extra=dev",
            "--constraint=requirements.txt",
            *arguments,
        )


if __name__ == "__main__":
    main(sys.argv[1:])
