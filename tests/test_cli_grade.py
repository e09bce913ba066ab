"""``quizengine grade``: a line in, a verdict out, whatever the line holds."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from click.testing import CliRunner

from quizengine import grading
from quizengine.cli import grade, main

KEYS = ["id", "verdict", "score", "misconception", "feedback", "read_as", "ms", "rule", "stage"]
FRACTION = {"type": "fraction", "value": "3/4"}
QUERY = {
    "type": "sql",
    "schema": "CREATE TABLE t (id INTEGER PRIMARY KEY, s TEXT NOT NULL);",
    "reference": "SELECT s FROM t WHERE id > 3 ORDER BY id",
}


def line(answer: dict[str, Any], response: object, **more: object) -> str:
    """One line of input."""
    return json.dumps({"id": "1", "answer": answer, "response": response, **more})


def graded(*lines: str) -> tuple[list[dict[str, Any]], int]:
    """Return what is written for each line, and the exit code."""
    told = CliRunner().invoke(main, ["grade"], input="\n".join(lines) + "\n")
    return [json.loads(written) for written in told.stdout.splitlines()], told.exit_code


def test_a_verdict_has_exactly_the_promised_keys() -> None:
    (told,), code = graded(line(FRACTION, "0.75", why="a label"))

    assert list(told) == KEYS
    assert (told["verdict"], told["score"], told["read_as"], code) == ("correct", 1.0, "0.75", 0)


def test_a_query_says_what_making_its_databases_took() -> None:
    told, code = graded(line(QUERY, QUERY["reference"]), line(QUERY, "SELECT s FROM t ORDER BY id"))

    assert [one["verdict"] in ("wrong", "partial") for one in told] == [False, True]
    assert list(told[0]) == [*KEYS, "build_ms"]
    assert told[0]["build_ms"] > told[1]["build_ms"]
    assert told[1]["feedback"]
    assert code == 0


def test_the_decimal_setting_of_a_line_is_heeded() -> None:
    number = {"type": "number", "value": "1.5"}

    told, _ = graded(line(number, "1,5", reading={"decimal": "comma"}))

    assert told[0]["verdict"] == "correct"


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ("nonsense", "not JSON"),
        ("", "not JSON"),
        ("[1, 2]", "A line is an object"),
        ('{"id": 1, "answer": {"type": "integer", "value": "1"}}', "no 'response'"),
        ('{"id": 1, "answer": "1", "response": "1"}', "'answer' is an object"),
        ("[" * 100_000, "not JSON"),
        ('{"answer": {"type": "integer", "value": "1"}, "response": {"a": 1}}', "neither text nor a number"),
        ('{"answer": {"type": "sql", "schema": "CREATE", "reference": "S"}, "response": ""}', ""),
    ],
)
def test_a_bad_line_gives_an_error_line_and_the_next_is_judged(bad: str, words: str) -> None:
    told, code = graded(bad, line(FRACTION, "3/4"))

    assert words in told[0]["error"]
    assert told[0]["line"] == 1
    assert told[1]["verdict"] == "correct"
    assert code == 1


def test_a_type_that_is_not_graded_is_said_so_with_those_that_are() -> None:
    told, code = graded(line({"type": "essay", "value": "x^2", "variables": ["x"]}, "x*x"))

    assert told[0]["id"] == "1"
    assert "no answer type named 'essay'" in told[0]["error"]
    assert "fraction" in told[0]["error"]
    assert code == 1


def test_the_death_of_one_answer_does_not_end_the_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    judge = grading.grade

    def dying(variant: Any, response: Any) -> Any:
        if "die" in response.answers.values():
            raise MemoryError("no room")
        return judge(variant, response)

    monkeypatch.setattr(grade, "grade", dying)

    told, code = graded(line(FRACTION, "die"), line(FRACTION, "3/4"))

    assert "MemoryError" in told[0]["error"]
    assert told[1]["verdict"] == "correct"
    assert code == 1


def test_a_line_of_any_length_is_refused_without_losing_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grade, "MAX_LINE", 200)

    told, _ = graded(line(FRACTION, "7" * 1000), line(FRACTION, "3/4"))

    assert "at most 200 bytes" in told[0]["error"]
    assert told[1]["verdict"] == "correct"


def test_each_verdict_is_written_before_the_next_line_is_read() -> None:
    command = [sys.executable, "-m", "quizengine", "grade"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        verdicts = []
        for response in ("3/4", "\ud800", "1/4"):
            process.stdin.write(line(FRACTION, response) + "\n")
            process.stdin.flush()
            verdicts.append(json.loads(process.stdout.readline())["verdict"])
        process.stdin.close()
        code = process.wait(30)

    assert verdicts == ["correct", "unreadable", "wrong"]
    assert code == 0
