"""Long work: a bar while it goes on, and processes to share it out to."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterable, Iterator
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

    Each further process calls ``prepare`` first, and ends after ``most`` items.
    """
    with processes(workers, prepare=prepare, most=most) as run:
        yield _with_bar(run, label)


@contextmanager
def processes(
    workers: int, *, prepare: Callable[[], None] | None = None, most: int | None = None
) -> Iterator[Callable[..., Iterable[Any]]]:
    """Give a function like ``map`` that shares the work out to processes; one needs none.

    A process that leaves memory behind is replaced after ``most`` items; then even one is used.
    """
    if workers == 1 and most is None:
        yield map
        return
    # spawn: a fork would take over threads and workers of SQLite in an unknown state.
    context = get_context("spawn")
    with ProcessPoolExecutor(
        workers, mp_context=context, initializer=prepare, max_tasks_per_child=most
    ) as pool:
        yield pool.map


def _with_bar(run: Callable[..., Iterable[Any]], label: str) -> Callable[..., Iterable[Any]]:
    def mapped(task: Callable[[Any], Any], items: Collection[Any]) -> Iterator[Any]:
        if not sys.stderr.isatty():
            yield from run(task, items)
            return
        with click.progressbar(run(task, items), length=len(items), label=label, file=sys.stderr) as bar:
            yield from bar

    return mapped
