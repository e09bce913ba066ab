"""``quizengine grade``: JSON lines in, one verdict a line out, so that anybody can measure the graders."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import IO, Any

import click

from quizengine.cli.options import panel_folder, postgres_option
from quizengine.errors import QuizEngineError, RequestError
from quizengine.grading import decimal_from_json, grade, response_from_json, variant_of
from quizengine.model.grade import Grade, Response
from quizengine.model.variant import Variant
from quizengine.sqljudge import keep_panels_in
from quizengine.sqljudge.postgres import EngineAwayError

MAX_LINE = 4 * 1024 * 1024
#: Lines about one query share its databases.
PANELS_KEPT = 128


@click.command(
    "grade",
    epilog="""\b
Example:
  echo '{"id": 1, "answer": {"type": "fraction", "value": "3/4"}, "response": "0.75"}' | quizengine grade""",
)
@postgres_option
def command() -> None:
    """Read JSON lines from standard input; write one verdict a line to standard output, at once.

    A line that cannot be graded gives a line with "error"; the exit code is then 1 at the end.
    """
    keep_panels_in(panel_folder())
    failed = False
    for number, line in enumerate(lines_of(sys.stdin.buffer), start=1):
        told = verdict_line(line, number)
        failed = failed or "error" in told
        # ASCII: a text may hold half a surrogate pair, which no encoding writes. echo flushes.
        click.echo(json.dumps(told))
    if failed:
        raise SystemExit(1)


def lines_of(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield lines without holding more than ``MAX_LINE`` bytes; a longer one comes cut off, one byte over."""
    while line := stream.readline(MAX_LINE + 1):
        rest = line
        while len(rest) > MAX_LINE and not rest.endswith(b"\n"):
            rest = stream.readline(MAX_LINE + 1)
        yield line


def verdict_line(line: bytes, number: int) -> dict[str, Any]:
    """Return what is written for one line of input: a verdict, or what is wrong with the line."""
    id_: object = None
    try:
        request = _request(line)
        id_ = request.get("id")
        return {"id": id_, **_verdict(request)}
    except EngineAwayError as error:
        told = Grade(verdict="undecided", rule="sql:away", feedback=str(error))
        return {"id": id_, **as_json(told, 0.0)}
    except QuizEngineError as error:
        return {"id": id_, "line": number, "error": str(error)}
    except Exception as error:  # the outermost edge: the answers that follow must still be judged
        return {"id": id_, "line": number, "error": f"The grader failed: {type(error).__name__}: {error}"}


def _request(line: bytes) -> Mapping[str, Any]:
    if len(line) > MAX_LINE:
        raise RequestError(f"A line has at most {MAX_LINE:,} bytes.")
    try:
        request = json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise RequestError(f"The line is not JSON: {error}") from error
    if not isinstance(request, dict):
        raise RequestError('A line is an object: {"id": .., "answer": {..}, "response": ..}.')
    for key in ("answer", "response"):
        if key not in request:
            raise RequestError(f"The line has no {key!r}.")
    if not isinstance(request["answer"], dict):
        raise RequestError("'answer' is an object with a 'type'.")
    return request


def _verdict(request: Mapping[str, Any]) -> dict[str, Any]:
    response = response_from_json(request["response"])
    decimal = decimal_from_json(request.get("reading"))
    began = time.perf_counter()
    variant = _variant(json.dumps(request["answer"], sort_keys=True))
    built = time.perf_counter()
    told = grade(variant, Response(answers={variant.parts[0].name: response}, decimal=decimal))
    ended = time.perf_counter()
    verdict = as_json(told, 1000 * (ended - built))
    return {**verdict, "build_ms": _rounded(built - began)} if _is_query(request["answer"]) else verdict


@lru_cache(maxsize=PANELS_KEPT)
def _variant(answer: str) -> Variant:
    spec = json.loads(answer)
    variant = variant_of(spec)
    if _is_query(spec):
        # The reference's own results are part of what is built: the first answer must not pay for them.
        grade(variant, spec["reference"])
    return variant


def _is_query(spec: Mapping[str, Any]) -> bool:
    return spec.get("type") == "sql"


def _rounded(seconds: float) -> float:
    return round(1000 * seconds, 3)


def as_json(told: Grade, milliseconds: float) -> dict[str, Any]:
    """Return a grade as the keys of a verdict line."""
    return {
        "verdict": told.verdict,
        "score": round(told.score, 6),
        "misconception": told.misconception,
        "feedback": told.feedback or told.hint,
        "read_as": told.read_as,
        "ms": round(milliseconds, 3),
        "rule": told.rule,
        "stage": told.stage,
    }
