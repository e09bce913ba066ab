"""A PostgreSQL server for tests: made in a folder of its own, on a socket, gone with the tests."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

PASSWORD = "of-tests"
REQUIRED = "QUIZENGINE_REQUIRE_POSTGRES"
MISSING = (
    "no PostgreSQL is installed (Debian: apt-get install postgresql); "
    f"{REQUIRED}=1 makes this a failure instead of a skip"
)


def programs() -> Path | None:
    """The folder of initdb and pg_ctl: Debian keeps them off the path, the newest version is taken."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else (Path(on_path).parent if on_path else None)


@dataclass(frozen=True)
class LocalServer:
    """A server that can be stopped and started; its superuser is ``judge``."""

    programs: Path
    folder: Path

    @property
    def url(self) -> str:
        """The database that queries are judged in."""
        return self.url_of("judge", PASSWORD)

    def url_of(self, user: str, password: str, database: str = "postgres") -> str:
        """The address of a database, for a user."""
        return f"postgresql://{user}:{password}@/{database}?host={self.folder}"

    def make(self) -> None:
        """Make the files of the server; passwords are asked for, as on real ones."""
        secret = self.folder / "password"
        secret.write_text(PASSWORD)
        self._own(secret)
        options = ["-U", "judge", "--auth=scram-sha-256", f"--pwfile={secret}", "--no-sync"]
        self._run("initdb", *options, "-E", "UTF8", "--locale=C")

    def start(self) -> None:
        """Start the server and wait until it takes connections."""
        options = f"-k {self.folder} -c listen_addresses='' -c fsync=off -c max_connections=40"
        self._run("pg_ctl", "start", "-w", "-l", str(self.folder / "log"), "-o", options)

    def stop(self) -> None:
        """Stop the server at once, as a crash would; all connections break."""
        self._run("pg_ctl", "stop", "-m", "immediate", "-w")

    def _own(self, path: Path) -> None:
        if os.geteuid() == 0:
            shutil.chown(path, "nobody")

    def _run(self, name: str, *arguments: str) -> None:
        # PostgreSQL refuses to run as root.
        user = "nobody" if os.geteuid() == 0 else None
        group = pwd.getpwnam("nobody").pw_gid if user else None
        extra: list[int] | None = [] if user else None
        subprocess.run(
            [self.programs / name, "-D", str(self.folder / "data"), *arguments],
            check=True,
            cwd=self.folder,
            user=user,
            group=group,
            extra_groups=extra,
            env={"LC_ALL": "C", "PATH": os.environ.get("PATH", "")},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


def local_server() -> LocalServer | None:
    """A server that was made and started; None where PostgreSQL is not installed."""
    found = programs()
    if found is None:
        return None
    # Of a short name: the path of a socket has at most 107 characters.
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    server = LocalServer(found, folder)
    server._own(folder)
    server.make()
    server.start()
    return server
