"""``quizengine serve``: the pages, by gunicorn, with its settings in code."""

from __future__ import annotations

import errno
import gc
import json
import os
import socket
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import fields, replace
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any

import click
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter

from quizengine.bank.engines import left_out_note
from quizengine.cli import in_one_line
from quizengine.cli.options import data_option, json_option, postgres_option
from quizengine.cli.settings import settings_for
from quizengine.errors import QuizEngineError
from quizengine.services.attempt.sweeping import Sweeper
from quizengine.services.foreseeing import Foresight
from quizengine.services.hiring.outbox import to_files, to_smtp
from quizengine.services.hiring.postman import Postman
from quizengine.services.warming import warm
from quizengine.sqljudge.postgres import server_url
from quizengine.web import create_app
from quizengine.web.settings import Settings

MOST_WORKERS = 8
#: How long another worker waits for the first to end a server whose application cannot be loaded.
SECONDS_FOR_THE_FIRST = 20
LOOPBACK = ("127.0.0.1", "::1", "localhost")
#: Ports tried for a free one when the wanted one is taken.
NEIGHBOURS = 100
#: What the settings keep to themselves.
SECRETS = ("postgres", "smtp", "secret_key", "secret_key_fallbacks", "variants_key")


@click.command(
    "serve",
    epilog="Example: quizengine serve --port 8001 --data instance",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="The port.")
@data_option
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    help=f"Processes. Default: as many as cores, at least 2 and at most {MOST_WORKERS}.",
)
@postgres_option
@click.option("--author", is_flag=True, help="Serve /bank too: the bank in numbers, for this machine alone.")
@click.option("--check", is_flag=True, help="Print all settings and serve nothing.")
@json_option
def command(
    *,
    host: str,
    port: int,
    data: Path | None,
    workers: int | None,
    author: bool,
    check: bool,
    as_json: bool,
) -> None:
    """Serve the pages, and print their address when they are ready.

    Makes or migrates its SQLite database first. Ctrl-C or SIGTERM ends it; requests under way finish.
    """
    settings = replace(settings_for(data, server_url()), author=author)
    settings.refuse_unsafe()
    if author and host not in LOOPBACK:
        raise click.UsageError(f"--author is for this machine alone; --host {host} is open to others.")
    options = gunicorn_options(host, port, workers or default_workers())
    if check:
        click.echo(_settings_text({**_shown(settings), **options}, as_json))
        return
    _refuse_taken_port(host, port)
    ours = os.getpid()
    try:
        Server(settings, options, address(host, port)).run()
    except SystemExit as end:
        if os.getpid() != ours:  # a worker, whose code tells gunicorn whether another is to be tried
            raise
        # gunicorn ends with codes of its own; ours are 0, 1 and 2.
        raise SystemExit(1 if end.code else 0) from None


def default_workers() -> int:
    """Return how many processes serve: as many as cores, at least 2 and at most 8."""
    return max(2, min(os.cpu_count() or 1, MOST_WORKERS))


def gunicorn_options(host: str, port: int, workers: int) -> dict[str, Any]:
    """Return gunicorn's settings where they are not its own defaults, or must not change with it."""
    shared_memory = "/dev/shm"  # noqa: S108 - heartbeats must not wait for a disk
    return {
        "bind": f"{_bracketed(host)}:{port}",
        "workers": workers,
        "worker_class": "gthread",
        "threads": 4,
        "timeout": 30,
        "graceful_timeout": 30,
        "keepalive": 5,
        "max_requests": 5000,
        "max_requests_jitter": 500,
        # Pools of processes and database engines must be made after the fork.
        "preload_app": False,
        "worker_tmp_dir": shared_memory if Path(shared_memory).is_dir() else None,
        "accesslog": None,
        "loglevel": "warning",
        "proc_name": "quizengine",
        # It would put a socket into the home folder, shared by all servers of a user.
        "control_socket_disable": True,
    }


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn with the application in it; the bank is loaded in each worker."""

    def __init__(self, settings: Settings, options: Mapping[str, Any], url: str) -> None:
        self.settings, self.options, self.url = settings, options, url
        self.is_first_worker = False
        self.worker: Any = None
        super().__init__()

    def load_config(self) -> None:
        """Give gunicorn the settings."""
        for name, value in self.options.items():
            self.cfg.set(name, value)
        self.cfg.set("post_fork", partial(_remember_first, self))
        self.cfg.set("post_worker_init", partial(_begin, self))

    def load(self) -> Any:
        """Return the application; an error of ours is one clear line, and the server ends."""
        try:
            return create_app(self.settings)
        except (QuizEngineError, OSError) as error:
            if self.is_first_worker:
                click.echo(f"Error: {in_one_line(error)}", err=True)
            elif self._is_ended_by_the_first():
                raise SystemExit(0) from error
            raise SystemExit(Arbiter.APP_LOAD_ERROR) from error

    def _is_ended_by_the_first(self) -> bool:
        """Wait until the first worker, which meets the same error, has made the server end.

        gunicorn stumbles over a second worker that ends so while it is ending because of the first.
        """
        until = time.monotonic() + SECONDS_FOR_THE_FIRST
        while self.worker.alive and time.monotonic() < until:
            time.sleep(0.05)
        return not self.worker.alive


def _remember_first(server: Server, _arbiter: object, worker: Any) -> None:
    server.is_first_worker, server.worker = worker.age == 1, worker


def _begin(server: Server, worker: Any) -> None:
    """Serve at once, and get ready for what comes meanwhile."""
    # The bank stays as long as the process: nobody need look through it for what could go.
    gc.freeze()
    runtime = worker.wsgi.extensions["quizengine"]
    worker.wsgi.extensions["quizengine-foresight"] = Foresight(runtime)
    settings = server.settings
    mail = to_smtp(settings.smtp, settings.mail_from) if settings.smtp else to_files(settings.data / "mail")
    Postman(runtime, mail, settings.data).start()
    Sweeper(runtime).start()
    Thread(target=warm, args=(runtime.bank,), name="warming", daemon=True).start()
    if server.is_first_worker:
        left_out = worker.wsgi.config["LEFT_OUT"]
        if left_out:
            click.echo(left_out_note(left_out), err=True)
        click.echo(f"Serving on {server.url}  (Ctrl-C ends it)")


def address(host: str, port: int) -> str:
    """Return what to type into a browser.

    >>> address("127.0.0.1", 8000), address("0.0.0.0", 80), address("::1", 8000)
    ('http://127.0.0.1:8000', 'http://127.0.0.1:80', 'http://[::1]:8000')
    """
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - told apart, not bound
    return f"http://{_bracketed(everywhere.get(host, host))}:{port}"


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _refuse_taken_port(host: str, port: int) -> None:
    """Stop with a port to try if the wanted one cannot be had."""
    fault = _bind_fault(host, port)
    if fault is None:
        return
    if fault.errno not in (errno.EADDRINUSE, errno.EACCES):
        raise QuizEngineError(f"The server cannot listen on {host}: {fault.strerror}.")
    start = max(port, 1023)
    tried = range(start + 1, min(start + NEIGHBOURS, 65535) + 1)
    free = next((other for other in tried if _bind_fault(host, other) is None), None)
    why = "is in use" if fault.errno == errno.EADDRINUSE else "needs more rights than this user has"
    hint = f" Try: quizengine serve --port {free}" if free else " Name another with --port."
    raise QuizEngineError(f"Port {port} on {host} {why}.{hint}")


def _bind_fault(host: str, port: int) -> OSError | None:
    """Return why a port cannot be listened on, or None."""
    try:
        family, kind, _, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with closing(socket.socket(family, kind)) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(place)
    except OSError as error:
        return error
    return None


def _shown(settings: Settings) -> dict[str, Any]:
    """Return the program's settings, secrets only as set or not."""
    values = {field.name: getattr(settings, field.name) for field in fields(settings)}
    shown = {name: _set_or_not(value) if name in SECRETS else value for name, value in values.items()}
    return {name: str(value.resolve()) if isinstance(value, Path) else value for name, value in shown.items()}


def _set_or_not(secret: object) -> str:
    return "set" if secret else ""


def _settings_text(settings: Mapping[str, Any], as_json: bool) -> str:
    if as_json:
        return json.dumps(settings, indent=1)
    width = max(map(len, settings))
    return "\n".join(f"{name.ljust(width)}  {_word(value)}" for name, value in settings.items())


def _word(value: object) -> str:
    match value:
        case None | "":
            return "-"
        case bool():
            return "yes" if value else "no"
        case _:
            return str(value)
