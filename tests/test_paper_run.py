"""Many copies: the same bytes from every process, a fault named, a process that ends replaced."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from quizengine.bank import BankQuestion
from quizengine.model.variant import Variant
from quizengine.paper import Press, PressError
from quizengine.paper import run as printing_run
from quizengine.paper.run import (
    AHEAD,
    IMPORTS,
    Copy,
    PrintJob,
    PrintPool,
    print_by_map,
    print_copy,
    print_here,
)
from quizengine.services.copy_values import CopyValues
from quizengine.services.sheets import SheetWish, copies_of, plan_sheets, values_of
from tests.factories import shipped_bank

WISH = SheetWish(skills=("math.bayes",), minutes=8, copies=4, seed=4)
DEADLY = 2


class Deadly(CopyValues):
    """Values that end the process which makes the second copy."""

    def variant(self, entry: BankQuestion, copy: int) -> Variant:
        if copy == DEADLY:
            os._exit(3)
        return super().variant(entry, copy)


class Broken(CopyValues):
    """Values that break on the second copy, as a bug would."""

    def variant(self, entry: BankQuestion, copy: int) -> Variant:
        if copy == DEADLY:
            raise ZeroDivisionError("a bug")
        return super().variant(entry, copy)


@pytest.fixture(scope="module")
def job() -> PrintJob:
    plan = plan_sheets(shipped_bank(), WISH)
    return PrintJob(WISH, plan, values_of(WISH, plan))


def with_values(job: PrintJob, kind: type[CopyValues]) -> PrintJob:
    values = job.values
    return replace(job, values=kind(values.seed, values.draws, values.places))


def test_one_process_two_and_this_one_give_the_same_bytes(job: PrintJob) -> None:
    copies = copies_of(WISH)

    here = list(print_here(job, copies))
    with PrintPool(2) as pool:
        two = list(pool.print(job, copies))

    assert [one.number for one in two] == [1, 2, 3, 4]
    assert [one.code for one in two] == [job.code(copy) for copy in copies]
    for one, other in zip(here, two, strict=True):
        assert one.files == other.files
        assert list(one.files) == [f"{one.code}.pdf", f"{one.code}-key.pdf", f"{one.code}.json"]


def test_a_process_that_made_enough_gives_way_to_another(
    job: PrintJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(printing_run, "COPIES_A_PROCESS", 1)
    copies = copies_of(WISH)[:3]

    with PrintPool(1) as pool:
        found = list(pool.print(job, copies))

    assert [one.files for one in found] == [print_copy(job, copy).files for copy in copies]


@pytest.mark.parametrize(("kind", "says"), [(Deadly, "ended"), (Broken, "ZeroDivisionError: a bug")])
def test_a_copy_that_fails_is_named_and_the_others_are_printed(
    job: PrintJob, kind: type[CopyValues], says: str
) -> None:
    with PrintPool(2) as pool:
        found = list(pool.print(with_values(job, kind), copies_of(WISH)))

    assert [bool(one.sheet) for one in found] == [True, False, True, True]
    assert says in found[DEADLY - 1].fault
    assert found[DEADLY - 1].code == job.code(copies_of(WISH)[DEADLY - 1])


def test_a_sign_that_no_font_has_is_told_with_the_copy(job: PrintJob) -> None:
    found = print_copy(job, ("A", 1, "漢"))

    assert found.sheet is None
    assert "漢" in found.fault


def test_no_more_copies_wait_than_processes_can_take(job: PrintJob) -> None:
    asked: list[int] = []

    def copies() -> Iterable[Copy]:
        for copy in copies_of(replace(WISH, copies=100)):
            asked.append(copy[1])
            yield copy

    with PrintPool(1) as pool:
        first = next(pool.print(replace(job, wish=replace(WISH, key="none")), copies()))

    assert first.number == 1
    assert len(asked) <= AHEAD + 1


def test_a_cluster_that_fails_on_a_batch_is_asked_copy_by_copy(job: PrintJob) -> None:
    def run(task: Callable[[Copy], Any], copies: Sequence[Copy]) -> list[Any]:
        if any(copy[1] == DEADLY for copy in copies):
            raise ConnectionError("the worker was lost")
        return [task(copy) for copy in copies]

    batches = [copies_of(WISH)[:2], copies_of(WISH)[2:]]
    found = list(print_by_map(replace(job, wish=replace(WISH, key="none")), batches, run))

    assert [one.number for one in found] == [1, 2, 3, 4]
    assert [one.fault for one in found] == ["", "ConnectionError: the worker was lost", "", ""]


def test_a_press_whose_process_ends_has_a_new_one_for_the_next() -> None:
    with Press() as press:
        with pytest.raises(PressError, match="ended"):
            press.call(os._exit, 1)

        assert press.call(max, 1, 2) == 2


def test_processes_map_over_questions_as_one_does(job: PrintJob) -> None:
    with PrintPool(2) as pool:
        assert values_of(WISH, job.plan, pool.map) == job.values


def test_a_process_that_prints_waits_for_no_database_and_no_statistics() -> None:
    modules = ", ".join(IMPORTS)
    found = subprocess.run(
        [sys.executable, "-c", f"import sys, {modules}; print(*sys.modules)"],
        capture_output=True,
        check=True,
        text=True,
    )

    assert not {"sqlalchemy", "scipy.stats", "scipy.optimize", "matplotlib"} & set(found.stdout.split())
