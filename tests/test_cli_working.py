"""Work that is shared out to processes."""

from __future__ import annotations

import os

from quizengine.cli.working import processes


def squared(number: int) -> tuple[int, int]:
    return number * number, os.getpid()


def test_processes_are_replaced_after_their_items_and_no_item_is_lost() -> None:
    with processes(2, most=1) as run:
        done = list(run(squared, range(5)))

    assert [square for square, _ in done] == [0, 1, 4, 9, 16]
    assert len({pid for _, pid in done}) >= 3
    assert os.getpid() not in {pid for _, pid in done}


def test_one_process_works_here_unless_it_is_to_be_replaced() -> None:
    with processes(1) as run:
        assert [pid for _, pid in run(squared, range(2))] == [os.getpid()] * 2
    with processes(1, most=2) as run:
        assert os.getpid() not in {pid for _, pid in run(squared, range(2))}
