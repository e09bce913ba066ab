"""The press of a server: one process that sets sheets, threads that work through runs."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import cast

from flask import Flask, Response, current_app

from quizengine.model.sheet import PrintKind, Sheet
from quizengine.paper import Press, class_source, key_source, sources_of
from quizengine.services import printing
from quizengine.services.runtime import Runtime
from quizengine.web.words import now

#: Seconds that a page waits for a few copies.
PATIENCE = 15.0

_log = logging.getLogger(__name__)


class Pressing:
    """Prints the sheets of runs, one document at a time, so that answering is not kept waiting."""

    def __init__(self, runtime: Runtime, public_url: str) -> None:
        self._runtime, self._public_url = runtime, public_url
        self._press, self._lock = Press(), threading.Lock()
        self._long = ThreadPoolExecutor(1, thread_name_prefix="press")
        self._short = ThreadPoolExecutor(2, thread_name_prefix="press-short")

    def printer(self, sheet: Sheet) -> Mapping[PrintKind, bytes]:
        """Return the bytes of each document that a sheet is printed as."""
        sources = sources_of(sheet, public_url=self._public_url)
        return {kind: self.pdf(source) for kind, source in sources.items()}

    def key(self, sheet: Sheet) -> bytes:
        """Return the bytes of the key to a sheet that was printed without one of its own."""
        return self.pdf(key_source(sheet))

    def pdf(self, source: str) -> bytes:
        """Return the PDF of a source."""
        with self._lock:
            return self._press.pdf(source)

    def joined(self, title: str, sheets: Sequence[Sheet], kind: PrintKind) -> bytes:
        """Return one PDF of many sheets, or of their keys, set anew."""
        return self.pdf(class_source(title, sheets, kind, public_url=self._public_url))

    def work(self, run_id: str) -> None:
        """Print what is left of a run, and return when it is done."""
        printing.work_on(self._runtime, run_id, self.printer, now)

    def work_soon(self, run_id: str) -> None:
        """Print a short run, and wait for it, but not for ever: its page tells how far it is."""
        with suppress(TimeoutError):
            self._short.submit(self._work, run_id).result(PATIENCE)

    def work_later(self, run_id: str) -> None:
        """Print what is left of a run; return at once."""
        self._long.submit(self._work, run_id)

    def _work(self, run_id: str) -> None:
        try:
            self.work(run_id)
        except Exception:  # the outermost edge of this thread: it must live to print the next run
            _log.exception("The run %s was interrupted; its page offers to go on.", run_id)


def init_app(app: Flask, runtime: Runtime, public_url: str) -> None:
    """Give an application its press. Nothing is started before the first sheet."""
    app.extensions["quizengine-press"] = Pressing(runtime, public_url)


def pdf_response(pdf: bytes, name: str) -> Response:
    """Return a PDF that a browser keeps under a name."""
    response = Response(pdf, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def press() -> Pressing:
    """Return the press of this server."""
    return cast(Pressing, current_app.extensions["quizengine-press"])
