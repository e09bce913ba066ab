"""Long work: a bar while it goes on, and processes to share it out to."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any

import click


@contextmanager
def working(
    workers: int, label: str, *, prepare: Callable[[], None] | None = None, most: int | None = None
) -> Iterator[Callable[..., Iterable[Any]]]:
    """Give a function like ``map``: it shares the work out, and shows a bar where somebody looks on.

    Each further process calls ``prepare`` first. For ``most`` see `processes`.
    """
    with processes(workers, prepare=prepare, most=most) as run:
        yield _with_bar(run, label)


@contextmanager
def processes(
    workers: int, *, prepare: Callable[[], None] | None = None, most: int | None = None
) -> Iterator[Callable[..., Iterable[Any]]]:
    """Give a function like ``map`` that shares the work out to processes; one needs none.

    Processes that leave memory behind are replaced when there were ``most`` items for each; then even one is
    used.
    """
    if workers == 1 and most is None:
        yield map
        return

    def pool() -> ProcessPoolExecutor:
        # spawn: a fork would take over threads and workers of SQLite in an unknown state.
        return ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=prepare)

    def in_turns(task: Callable[[Any], Any], items: Sequence[Any]) -> Iterator[Any]:
        # Not max_tasks_per_child: with it a pool may wait for ever for a process that has ended
        # (github.com/python/cpython/issues/115634).
        turn = workers * (most or 1)
        for start in range(0, len(items), turn):
            with pool() as fresh:
                yield from fresh.map(task, items[start : start + turn])

    if most:
        yield in_turns
        return
    with pool() as shared:
        yield shared.map


def _with_bar(run: Callable[..., Iterable[Any]], label: str) -> Callable[..., Iterable[Any]]:
    def mapped(task: Callable[[Any], Any], items: Collection[Any]) -> Iterator[Any]:
        if not sys.stderr.isatty():
            yield from run(task, items)
            return
        with click.progressbar(run(task, items), length=len(items), label=label, file=sys.stderr) as bar:
            yield from bar

    return mapped
