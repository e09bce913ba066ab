"""Worker processes: replaced when they die, silent when asked to be, gone when we are."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from quizengine.errors import BusyError
from quizengine.sqljudge import Pool, judge
from quizengine.sqljudge import pool as pools
from quizengine.sqljudge.pool import Outcome, Query
from quizengine.sqljudge.scripts import panel_of
from tests.sql_examples import answer_of

PANEL = panel_of("CREATE TABLE t (a);", ["CREATE TABLE t (a); INSERT INTO t VALUES (1), (2);"])


@pytest.fixture
def pool() -> Iterator[Pool]:
    pool = Pool(size=1)
    yield pool
    pool.close()


def count(pool: Pool) -> Outcome:
    return pool.run(PANEL, [Query(sql="SELECT count(*) FROM t")])[0]


def is_alive(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return True


def test_no_process_is_started_before_it_is_needed(pool: Pool) -> None:
    assert pool.process_ids() == ()
    count(pool)
    assert len(pool.process_ids()) == 1


@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGTERM])
def test_a_worker_that_was_killed_is_replaced_and_the_answer_judged(pool: Pool, blow: signal.Signals) -> None:
    count(pool)
    (victim,) = pool.process_ids()

    os.kill(victim, blow)
    os.waitid(os.P_PID, victim, os.WEXITED | os.WNOWAIT)  # a blow takes effect when the machine gets to it

    assert count(pool).first == (((2,),),)
    assert victim not in pool.process_ids()
    assert not is_alive(victim)


def test_a_worker_that_says_nothing_is_replaced(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    count(pool)
    (victim,) = pool.process_ids()
    monkeypatch.setattr(pools, "SECONDS_FOR_A_REPLY", 1.0)

    os.kill(victim, signal.SIGSTOP)

    assert count(pool).first == (((2,),),)
    assert not is_alive(victim)


def test_when_no_worker_can_be_kept_alive_the_answer_is_undecided(
    pool: Pool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "worker.py"
    broken.write_text("raise SystemExit(1)")
    monkeypatch.setattr(pools, "_WORKER", broken)

    assert count(pool).stopped == "died"
    assert (
        judge(answer_of("SELECT id FROM buyers"), (), "SELECT 2 FROM buyers", pool=pool).verdict
        == "undecided"
    )


def test_when_all_workers_are_busy_too_long_the_answer_may_be_sent_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pools, "SECONDS_FOR_A_WORKER", 0.0)

    with pytest.raises(BusyError, match="Send it again"):
        count(Pool(size=0))


def test_closing_leaves_no_process_and_the_pool_can_be_used_again(pool: Pool) -> None:
    count(pool)
    (process,) = pool.process_ids()

    pool.close()

    assert not is_alive(process)
    assert count(pool).first == (((2,),),)


def test_threads_get_their_own_answers_at_the_same_time() -> None:
    pool = Pool(size=2)
    panels = [
        panel_of("CREATE TABLE t (a);", [f"CREATE TABLE t (a); INSERT INTO t VALUES ({n});"])
        for n in range(12)
    ]

    with ThreadPoolExecutor(8) as threads:
        results = list(
            threads.map(lambda panel: pool.run(panel, [Query(sql="SELECT a FROM t")])[0].first, panels * 3)
        )

    assert results == [(((n,),),) for n in range(12)] * 3
    assert len(pool.process_ids()) <= 2
    pool.close()


def run_script(body: str) -> str:
    script = (
        "from quizengine.sqljudge.pool import Pool, Query\nfrom quizengine.sqljudge.scripts import panel_of\n"
    )
    panel = "panel = panel_of('CREATE TABLE t (a);', ['CREATE TABLE t (a); INSERT INTO t VALUES (7);'])\n"
    text = script + panel + "query = [Query(sql='SELECT a FROM t')]\n" + textwrap.dedent(body)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", text], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stderr == ""
    return done.stdout.strip()


def test_workers_end_with_the_process_that_started_them() -> None:
    output = run_script(
        """
        pool = Pool()
        pool.run(panel, query)
        print(*pool.process_ids())
        """
    )

    assert not is_alive(int(output))


def test_a_forked_server_process_starts_workers_of_its_own() -> None:
    output = run_script(
        """
        import os
        pool = Pool()
        pool.run(panel, query)
        before = pool.process_ids()
        child = os.fork()
        if child == 0:
            good = pool.process_ids() == () and pool.run(panel, query)[0].first == (((7,),),)
            pool.close()
            os._exit(0 if good else 1)
        _, status = os.waitpid(child, 0)
        print(status, pool.process_ids() == before, pool.run(panel, query)[0].first)
        """
    )

    assert output == "0 True (((7,),),)"


def test_a_panel_that_does_not_load_is_told_and_breaks_nothing(pool: Pool) -> None:
    broken = panel_of("CREATE TABLE t (a);", ["CREATE TABLE t (a); DROP TABLE t;"])

    assert pool.run(broken, [Query(sql="SELECT 1")])[0].stopped == "died"
    assert count(pool).first == (((2,),),)


def test_more_panels_than_a_worker_holds_are_loaded_again(pool: Pool) -> None:
    panels = [
        panel_of("CREATE TABLE t (a);", [f"CREATE TABLE t (a); INSERT INTO t VALUES ({n});"])
        for n in range(9)
    ]

    for _ in range(2):
        results = [pool.run(panel, [Query(sql="SELECT a FROM t")])[0].first for panel in panels]

        assert results == [(((n,),),) for n in range(9)]


def killed_at_work(worker: int, answer: Future[tuple[Outcome, ...]]) -> bool:
    """Kill the child of a worker once it has worked for some hundredths of a second, if it lives so long."""
    while not answer.done():
        for child in Path(f"/proc/{worker}/task/{worker}/children").read_text().split():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                fields = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
                if int(fields[11]) + int(fields[12]) >= 3:
                    os.kill(int(child), signal.SIGKILL)
                    return True
    return False


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc to find the child (Linux)")
def test_a_child_killed_at_work_is_told_and_the_worker_goes_on(pool: Pool) -> None:
    count(pool)
    (worker,) = pool.process_ids()
    endless = "WITH RECURSIVE k(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM k) SELECT count(*) FROM k"

    with ThreadPoolExecutor(1) as thread:
        for _ in range(9):  # On a busy machine the child may be at its own end before it is caught.
            answer = thread.submit(pool.run, PANEL, [Query(sql=endless, budget=10**9)] * 12)
            if killed_at_work(worker, answer):
                break

    assert {outcome.stopped for outcome in answer.result()} == {"died"}
    assert count(pool).first == (((2,),),)


def test_many_at_once_get_the_verdicts_of_one_at_a_time() -> None:
    pool = Pool(size=2)
    answer = answer_of("SELECT town, count(*) AS n FROM buyers GROUP BY town ORDER BY n DESC, town")
    texts = [
        answer.reference,
        answer.reference.replace("count(*)", "count(town)"),
        answer.reference.replace(" DESC", ""),
        "SELECT town, 1 FROM buyers ORDER BY 1",
        "SELECT twon FROM buyers",
        "DELETE FROM buyers",
    ]
    alone = [judge(answer, (), text, pool=pool, example=False) for text in texts]

    with ThreadPoolExecutor(8) as threads:
        together = threads.map(lambda text: judge(answer, (), text, pool=pool, example=False), texts * 12)

        assert list(together) == alone * 12
    pool.close()
