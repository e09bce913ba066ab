"""Typst source -> PDF, in a process of its own with a deadline: a document can neither read nor hang."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures import TimeoutError as DeadlineError
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from functools import cache
from importlib import import_module
from multiprocessing import get_context, parent_process
from multiprocessing.context import BaseContext
from threading import Thread
from types import TracebackType
from typing import TYPE_CHECKING, Literal, TypeVar

from quizengine.errors import QuizEngineError

if TYPE_CHECKING:
    import typst

SECONDS = 20.0
#: Address space of a process that sets documents; what libraries reserve and never touch counts too.
MAX_ADDRESSES = 4 * 2**30
Standard = Literal["ua-1"]
Result = TypeVar("Result")


class PressError(QuizEngineError):
    """A document that could not be set: the message says what Typst said."""


def compile_pdf(source: str) -> bytes:
    """Return the PDF of a source, tagged for screen readers (PDF/UA-1), the same bytes each time.

    It runs in this process; ``Press`` gives it one of its own.

    Raises
    ------
    PressError
        If the source cannot be set, with what Typst says.
    """
    import typst  # noqa: PLC0415 (a heavy module that few commands need)

    with tempfile.TemporaryDirectory() as empty:
        try:
            # An empty folder as root, no packages, no fonts of the machine: the source is all there is.
            # The stubs want the source and its root to be of one type.
            made = typst.compile(  # type: ignore[call-overload]
                source.encode(),
                root=empty,
                package_path=empty,
                package_cache_path=empty,
                font_paths=_fonts(),
                ignore_system_fonts=True,
                format="pdf",
                pdf_standards="ua-1",
                timestamp=0,
            )
        except typst.TypstError as error:
            raise PressError(" ".join([f"The sheet cannot be set: {error.message}", *error.hints])) from error
    assert isinstance(made, bytes)
    return made


@cache
def _fonts() -> typst.Fonts:
    """Return the fonts of the package alone, read once a process: a fifth of the time of a short document."""
    import typst  # noqa: PLC0415 (see above)

    return typst.Fonts(include_system_fonts=False)


class Press:
    r"""A process that sets documents, each within a deadline; one that hangs or ends is replaced.

    A press serves one thread at a time. ``imports`` names the modules that tasks need: processes are forked
    from one that has them, where the system allows it.

    >>> with Press() as press:
    ...     pdf = press.pdf('#set document(title: "a")\n#set text(lang: "en")\nHello')
    >>> pdf[:5]
    b'%PDF-'
    """

    def __init__(self, *, seconds: float = SECONDS, imports: Sequence[str] = ()) -> None:
        self.seconds = seconds
        self._imports = tuple(imports)
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Press:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def pdf(self, source: str) -> bytes:
        """Return the PDF of a source; raise ``PressError`` when it cannot be set, or not in time."""
        return self.call(compile_pdf, source)

    def call(self, task: Callable[..., Result], *arguments: object) -> Result:
        """Return what a function gives in the process of the press.

        Raises
        ------
        PressError
            If it takes longer than the deadline, or the process ends; the next call has a new one.
        """
        try:
            return self._started().submit(task, *arguments).result(self.seconds)
        except DeadlineError as error:
            self.close()
            raise PressError(f"The sheet was not set within {self.seconds:g} seconds.") from error
        except BrokenProcessPool as error:
            self.close()
            raise PressError("The process that sets sheets ended; out of memory?") from error

    def start(self) -> None:
        """Start the process now: the first call waits less then."""
        self._started().submit(_import, self._imports)

    def _started(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(1, mp_context=_context(self._imports), initializer=_prepare)
        return self._pool

    def close(self) -> None:
        """End the process; the press may be used again, with a new one."""
        pool, self._pool = self._pool, None
        if pool is not None:
            for process in list((pool._processes or {}).values()):
                process.kill()
            pool.shutdown(wait=True, cancel_futures=True)


def _prepare() -> None:
    """Bound the memory of this process, where the system can, and end it with the one that started it."""
    Thread(target=_end_with_parent, daemon=True).start()
    with suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415 (not on every system)

        resource.setrlimit(resource.RLIMIT_AS, (MAX_ADDRESSES, resource.getrlimit(resource.RLIMIT_AS)[1]))


def _end_with_parent() -> None:
    """End this process when the one that started it was killed: nobody else would."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _import(modules: Sequence[str]) -> None:
    for module in modules:
        import_module(module)


def _context(imports: Sequence[str]) -> BaseContext:
    """Return how processes start: each afresh, or forked from one that holds the imports and no threads.

    Elsewhere than on Linux libraries of the system may not outlive a fork.
    """
    if not imports or sys.platform != "linux":
        return get_context("spawn")
    context = get_context("forkserver")
    context.set_forkserver_preload(list(imports))
    return context
