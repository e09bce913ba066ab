"""Many copies: made, set and handed on one by one in their order, by one process or several."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from queue import SimpleQueue
from typing import TypeVar

from quizengine.errors import QuizEngineError
from quizengine.model.sheet import PrintKind, Sheet
from quizengine.paper.documents import sources_of
from quizengine.paper.press import Press, PressError, compile_pdf
from quizengine.services.copy_values import CopyValues
from quizengine.services.sheet_copies import Plan, code_of, make_sheet, sheet_to_json
from quizengine.services.sheet_wish import SheetWish

#: The time one copy has for its values, figures, sheet and key.
SECONDS_A_COPY = 120.0
#: Copies that wait for a process, for each process: so many are in memory, however long a run is.
AHEAD = 2
#: A process that ends may have been somebody else's victim: a copy is tried so often.
TRIES = 2
#: Copies that a process makes before another takes its place: Typst keeps a little of every document.
COPIES_A_PROCESS = 100
#: What making a copy imports; it takes longer than some copies.
IMPORTS = ("quizengine.generation.variants", "quizengine.paper.run", "typst")

Copy = tuple[str, int, str]
Compile = Callable[[str], bytes]
Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class PrintJob:
    """What the copies of a run have in common."""

    wish: SheetWish
    plan: Plan
    values: CopyValues

    def code(self, copy: Copy) -> str:
        """Return the code of a copy, which is known before it is made."""
        form, number, _ = copy
        return code_of(self.plan, self.values, form, number)


@dataclass(frozen=True, slots=True)
class Printed:
    """One copy: the sheet with its files by name, the record last; or why there is none."""

    number: int
    code: str
    sheet: Sheet | None = None
    files: Mapping[str, bytes] = field(default_factory=dict)
    fault: str = ""


def print_copy(job: PrintJob, copy: Copy, compiled: Compile = compile_pdf) -> Printed:
    """Return one copy with its files. Equal jobs give equal bytes, in every process."""
    form, number, name = copy
    code = job.code(copy)
    try:
        sheet = make_sheet(job.wish, job.plan, job.values, form, number, name)
        return Printed(number, code, sheet, files_of(sheet, compiled))
    except QuizEngineError as error:
        return Printed(number, code, fault=str(error))


def files_of(sheet: Sheet, compiled: Compile = compile_pdf) -> dict[str, bytes]:
    """Return the files of a sheet by name, the record last: a folder that has it has the others too."""
    files = {print_name(sheet.code, kind): compiled(source) for kind, source in sources_of(sheet).items()}
    return files | {f"{sheet.code}.json": json.dumps(sheet_to_json(sheet)).encode()}


def print_name(code: str, kind: PrintKind) -> str:
    """Return the name of the file that a sheet or its key is printed into."""
    return f"{code}.pdf" if kind == "sheet" else f"{code}-key.pdf"


def print_here(job: PrintJob, copies: Iterable[Copy]) -> Iterator[Printed]:
    """Make copies in this process and set them in another: what starts quickest for a few."""
    with Press() as press:
        for copy in copies:
            yield print_copy(job, copy, press.pdf)


class PrintPool:
    """Processes that make and set copies. They start at once, so that what is read meanwhile costs no time.

    A process that ends or hangs is replaced, its copy named, and the run goes on.
    """

    def __init__(self, workers: int) -> None:
        self._presses = [Press(seconds=SECONDS_A_COPY, imports=IMPORTS) for _ in range(workers)]
        self._free: SimpleQueue[Press] = SimpleQueue()
        # Processes that know the job, and how many of its copies they have made.
        self._made: dict[Press, int] = {}
        self._threads = ThreadPoolExecutor(workers)
        for press in self._presses:
            self._threads.submit(self._start, press)

    def __enter__(self) -> PrintPool:
        return self

    def __exit__(self, *raised: object) -> None:
        # A thread that waits for its process learns by the process's end that nobody wants the copy any more;
        # one that was about to start a process has done so by the second time.
        self._threads.shutdown(wait=False, cancel_futures=True)
        for _ in range(2):
            for press in self._presses:
                press.close()
            self._threads.shutdown()

    def _start(self, press: Press) -> None:
        try:
            press.start()
        finally:
            self._free.put(press)

    def map(self, task: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
        """Work like ``map``, in the processes, and here what none of them has begun."""
        pairs = [(self._threads.submit(self._call, task, item), item) for item in items]
        return [task(item) if future.cancel() else future.result() for future, item in pairs]

    def _call(self, task: Callable[[Item], Result], item: Item) -> Result:
        press = self._free.get()
        try:
            return press.call(task, item)
        finally:
            self._free.put(press)

    def print(self, job: PrintJob, copies: Iterable[Copy]) -> Iterator[Printed]:
        """Give copies in the order given; those that could not be made say why."""
        waiting: deque[Future[Printed]] = deque()
        for copy in copies:
            waiting.append(self._threads.submit(self._print, job, copy))
            if len(waiting) >= AHEAD * len(self._presses):
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()

    def _print(self, job: PrintJob, copy: Copy) -> Printed:
        press, fault = self._free.get(), ""
        try:
            for _ in range(TRIES):
                try:
                    return self._print_with(press, job, copy)
                except PressError as error:
                    fault = str(error)
                    self._made.pop(press, None)
            return Printed(copy[1], job.code(copy), fault=fault)
        except Exception as error:
            return Printed(copy[1], job.code(copy), fault=f"{type(error).__name__}: {error}")
        finally:
            self._free.put(press)

    def _print_with(self, press: Press, job: PrintJob, copy: Copy) -> Printed:
        if press not in self._made:
            press.call(_take, job)
            self._made[press] = 0
        printed = press.call(_print_taken, copy)
        self._made[press] += 1
        if self._made[press] >= COPIES_A_PROCESS:
            press.close()
            del self._made[press]
        return printed


def print_by_map(
    job: PrintJob, batches: Iterable[Sequence[Copy]], run: Callable[..., Iterable[Printed]]
) -> Iterator[Printed]:
    """Make and set copies by ``run``, which works like ``map``, on a cluster for example.

    Where it fails on a batch, its copies are tried one by one, and those that fail again are named.
    """
    task = partial(print_copy, job)
    for batch in batches:
        try:
            yield from list(run(task, batch))
        except Exception:
            for copy in batch:
                yield _alone(job, copy, run)


def _alone(job: PrintJob, copy: Copy, run: Callable[..., Iterable[Printed]]) -> Printed:
    try:
        return next(iter(run(partial(print_copy, job), [copy])))
    except Exception as error:
        return Printed(copy[1], job.code(copy), fault=f"{type(error).__name__}: {error}")


_job: PrintJob | None = None


def _take(job: PrintJob) -> None:
    """Keep what all copies have in common, so that only what differs travels."""
    global _job  # noqa: PLW0603 - one a process, set before its first copy
    _job = job


def _print_taken(copy: Copy) -> Printed:
    assert _job is not None
    return print_copy(_job, copy)
