"""A run of copies into a folder: shared out, gone on with where it was, each fault told at the end."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import click

from quizengine.cli.files import read_sheet, write_whole
from quizengine.model.sheet import Sheet
from quizengine.services.copy_values import Run
from quizengine.services.sheets import (
    UNTITLED,
    Plan,
    SheetError,
    SheetWish,
    copies_of,
    sheet_from_json,
    values_of,
)

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar

    from quizengine.paper import GridRow
    from quizengine.paper.run import Copy, Printed, PrintJob

    Make = Callable[[PrintJob, Sequence[Copy]], Iterator[Printed]]

#: Copies sent to a cluster at once: so many are in memory.
BATCH = 32
MAX_FILE = 50_000_000
#: Sheets in one document, and the time that it may take.
JOINED, JOINED_SECONDS = 100, 120.0


@dataclass(slots=True)
class SheetRun:
    """The copies of a wish, printed into a folder."""

    wish: SheetWish
    plan: Plan
    folder: Path
    with_joined: bool = False
    workers: int = 1
    scheduler: str = ""
    notes: tuple[str, ...] = ()
    faults: list[str] = field(default_factory=list)

    def printed(self) -> Iterator[tuple[int, Sheet]]:
        """Print what is not there yet, and give each sheet with its number when its files are whole.

        A copy that cannot be printed is told in ``faults``, and the run goes on.
        """
        from quizengine.paper.key import grid_row  # noqa: PLC0415 (Typst, which few commands need)
        from quizengine.paper.run import PrintJob  # noqa: PLC0415 (see above)

        rows, sheets = [], list[Sheet]()
        with self._shared_out() as (run, made), _bar(len(copies_of(self.wish))) as bar:
            values = values_of(self.wish, self.plan, run)
            self.notes = tuple(values.notes)
            job = PrintJob(self.wish, self.plan, values)
            for one in self._all(job, made):
                bar.update(1)
                if one.sheet is None:
                    self.faults.append(f"{one.code}: {one.fault}")
                    continue
                for name, content in one.files.items():
                    write_whole(self.folder / name, content)
                rows.append(grid_row(one.sheet))
                yield one.number, one.sheet
                if self.with_joined:
                    sheets.append(one.sheet)
                if len(sheets) == JOINED:
                    self._join(sheets)
                    sheets.clear()
        if sheets:
            self._join(sheets)
        if len(rows) > 1:
            self._write_grid(rows)

    def _join(self, sheets: Sequence[Sheet]) -> None:
        """Write all these sheets as one document, and keys of their own as another."""
        from quizengine.paper import CLASS_FILES, Press, class_source  # noqa: PLC0415 (see above)

        title, first = f"{sheets[0].title}, {len(sheets)} sheets", sheets[0].code
        with Press(seconds=JOINED_SECONDS) as press:
            for kind in sheets[0].prints:
                path = self.folder / f"{CLASS_FILES[kind]}-{first}.pdf"
                write_whole(path, press.pdf(class_source(title, sheets, kind)))

    def _write_grid(self, rows: Sequence[GridRow]) -> None:
        """Write the table in which a class's points are added up."""
        from quizengine.paper import GRID_FILE, Press, grid_source  # noqa: PLC0415 (see above)

        with Press() as press:
            grid = press.pdf(grid_source(self.wish.title or UNTITLED, self.wish.paper, rows))
        write_whole(self.folder / f"{GRID_FILE}-{rows[0].code}.pdf", grid)

    def _all(self, job: PrintJob, made: Make) -> Iterator[Printed]:
        """Give all copies in their order; those that are there are read and not made."""
        from quizengine.paper.run import Printed  # noqa: PLC0415 (see above)

        copies = copies_of(self.wish)
        there = {copy[1] for copy in copies if self._is_there(job.code(copy), copy[2])}
        new = made(job, [copy for copy in copies if copy[1] not in there])
        for copy in copies:
            if copy[1] in there:
                code = job.code(copy)
                yield Printed(copy[1], code, read_sheet(self.folder / f"{code}.json"))
            else:
                yield next(new)

    @contextmanager
    def _shared_out(self) -> Iterator[tuple[Run, Make]]:
        """Give what maps over questions, and what makes copies: here, in processes or on a cluster."""
        from quizengine.paper.run import PrintPool, print_by_map, print_here  # noqa: PLC0415 (see above)

        if self.scheduler:
            from quizengine.cli.cluster import on_cluster  # noqa: PLC0415 (an extra)

            with on_cluster(self.scheduler) as run:
                yield run, lambda job, copies: print_by_map(job, _batches(copies), run)
        elif self.workers > 1:
            with PrintPool(self.workers) as pool:
                yield pool.map, pool.print
        else:
            yield map, print_here

    def _is_there(self, code: str, name: str) -> bool:
        """Whether a copy is printed already, and as it is wanted now."""
        from quizengine.paper.run import print_name  # noqa: PLC0415 (see above)

        try:
            record = json.loads((self.folder / f"{code}.json").read_bytes())
            sheet = sheet_from_json(record)
        except (OSError, ValueError, SheetError):
            return False
        wish = self.wish
        return (
            (sheet.paper, sheet.large_print, sheet.key, sheet.name)
            == (wish.paper, wish.large_print, wish.key, name)
            and (not wish.title or sheet.title == wish.title)
            and all((self.folder / print_name(code, kind)).exists() for kind in sheet.prints)
        )


def _batches(copies: Sequence[Copy]) -> Iterator[Sequence[Copy]]:
    return (copies[at : at + BATCH] for at in range(0, len(copies), BATCH))


@contextmanager
def _bar(length: int) -> Iterator[ProgressBar[int]]:
    hidden = not sys.stderr.isatty()
    with click.progressbar(length=length, label="Printing", file=sys.stderr, hidden=hidden) as bar:
        yield bar
