"""``quizengine regrade``: judge the answers to one question again."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from quizengine.cli.changes import moved, moved_table
from quizengine.cli.opened import opened
from quizengine.cli.options import data_option, json_option, postgres_option
from quizengine.model.counting import counted
from quizengine.services.regrading import Regraded, Regrading, regrade


@click.command(
    "regrade", epilog="Example: quizengine regrade --question math.bayes.disease-test --data instance"
)
@click.option("--question", required=True, metavar="ID", help="The question whose answers are judged again.")
@click.option("--apply", is_flag=True, help="Let the new grades count; without it nothing is changed.")
@data_option
@postgres_option
@json_option
def command(*, question: str, apply: bool, data: Path | None, as_json: bool) -> None:
    """Judge all answers to a question in finished tests again, and list whose results change.

    They are judged by the question as the bank has it now, as far as it asks the same; else as it was shown.
    With --apply a grade is added to each answer that changes, nothing is overwritten, and a notice stands on
    the result. Decisions stay, and say that they were made on other evidence.
    """
    with opened(data) as runtime:
        found = regrade(runtime, question, apply=apply, now=datetime.now(UTC))
    click.echo(json.dumps(_table(found, applied=apply)) if as_json else _text(found, applied=apply))


def _table(found: Regrading, *, applied: bool) -> dict[str, object]:
    return {
        "question": found.question_id,
        "applied": applied,
        "answers": found.answers,
        "undecided": found.undecided,
        "changes": [
            {
                "attempt": one.attempt_id,
                "who": one.who,
                "number": one.number,
                "verdict": list(one.verdicts),
                **moved_table(one),
            }
            for one in found.changes
        ],
    }


def _text(found: Regrading, *, applied: bool) -> str:
    count = len(found.changes)
    change = "1 changes" if count == 1 else f"{count} change"
    lines = [f"{found.question_id}: {counted(found.answers, 'answer')} judged again, {change}."]
    lines += [_line(one) for one in found.changes]
    if found.undecided:
        lines.append(f"{found.undecided} could not be decided now and stay as they are.")
    if found.changes:
        lines.append("The new grades count." if applied else "Nothing was changed: add --apply.")
    return "\n".join(lines)


def _line(one: Regraded) -> str:
    return "; ".join([f"{one.who}, answer {one.number}: {one.verdicts[0]} -> {one.verdicts[1]}", *moved(one)])
