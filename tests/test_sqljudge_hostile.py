"""Text that wants more than an answer: refused or stopped, and nothing is left behind."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from quizengine.sqljudge import judge
from tests.sql_examples import answer_of

HOSTILE = [
    "ATTACH 'file:quizengine_pwned.db' AS x",
    "VACUUM INTO 'quizengine_pwned.db'",
    "SELECT load_extension('./quizengine_pwned.so')",
    "SELECT writefile('quizengine_pwned.txt', 'x')",
    "SELECT readfile('/etc/passwd')",
    "SELECT edit('x', 'touch quizengine_pwned')",
    "PRAGMA temp_store_directory = '.'",
    "SELECT * FROM pragma_database_list",
    "SELECT fts3_tokenizer('simple')",
    "SELECT id FROM buyers; DROP TABLE buyers",
    "WITH x AS (SELECT 1) INSERT INTO buyers SELECT 1, 'x', 'x'",
    "SELECT printf('%.*c', 900000000, 'x')",
    "SELECT zeroblob(2000000000)",
    "SELECT randomblob(900000000)",
    "WITH RECURSIVE r(s) AS (SELECT 'aaaaaaaaaa' UNION ALL SELECT s || s FROM r) SELECT max(s) FROM r",
    "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT n FROM r",
    "SELECT count(*) FROM buyers" + "".join(f", buyers AS b{n}" for n in range(12)),
    "SELECT " + "(" * 900 + "1" + ")" * 900,
    "SELECT " + "-" * 5_000 + "1",
    "SELECT " + "NOT " * 4_000 + "1",
    "SELECT 1" + " UNION ALL SELECT 1" * 900,
    "SELECT '" + "a" * 50_000 + "'",
    "\ufeffSELECT id FROM buyers",
    "SELECT id FROM buyers\x00; DROP TABLE buyers",
    "SELECT '\ud800'",
    "SELECT id FROM buyers -- \u202e",
    "'; DROP TABLE buyers; --",
    "${7*7} {{7*7}} __import__('os').system('touch quizengine_pwned')",
]


@pytest.fixture
def canary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to stand in, which must stay empty."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def children() -> set[str]:
    return set(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_not_right_and_leaves_nothing_behind(text: str, canary: Path) -> None:
    answer = answer_of("SELECT name, id FROM buyers WHERE id % 2 = 1 ORDER BY id DESC")
    assert judge(answer, (), answer.reference).verdict == "correct"

    verdict = judge(answer, (), text)

    assert verdict.verdict in ("unreadable", "wrong", "partial")
    assert list(canary.iterdir()) == []


def test_time_spent_in_vain_is_too_much_work_where_the_reference_takes_none() -> None:
    long = "r(n, s) AS (SELECT 1, 'aaaaaaaaaa' UNION ALL SELECT n + 1, s || s FROM r WHERE n < 13)"
    many = "k(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM k WHERE i < 3000)"
    slow = "SELECT i, sum(instr(s, substr(s, 1, 20000) || 'b')) FROM k, r ORDER BY 1"

    verdict = judge(
        answer_of("SELECT name, id FROM buyers ORDER BY id"), (), f"WITH RECURSIVE {long}, {many} {slow}"
    )

    assert (verdict.verdict, verdict.category, verdict.rule) == ("wrong", "too much work", "sql:deadline")


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc to count child processes (Linux)")
def test_no_process_is_left_over_after_hostile_text() -> None:
    answer = answer_of("SELECT name, id FROM buyers WHERE id % 2 = 1 ORDER BY id DESC")
    for _ in range(2):
        judge(answer, (), answer.reference)
    before = children()

    for text in HOSTILE:
        judge(answer, (), text)

    assert len(children()) <= max(2, len(before))
    assert judge(answer, (), answer.reference).verdict == "correct"


def test_a_message_never_shows_the_reference() -> None:
    answer = answer_of("SELECT name, id AS sentinel FROM buyers WHERE id % 2 = 1 ORDER BY id DESC")

    messages = [judge(answer, (), text, example=False).message for text in HOSTILE]

    assert not any("sentinel" in message or "% 2" in message for message in messages)
