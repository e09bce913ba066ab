"""``quizengine screen withdraw-question``: take a question out of screens and results, or let it in again."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from quizengine.cli.changes import moved, moved_table
from quizengine.cli.opened import opened
from quizengine.cli.options import data_option, json_option
from quizengine.model.counting import counted
from quizengine.services.recomputing import Change
from quizengine.services.withdrawing import Withdrawing, restore, withdraw


@click.command(
    "withdraw-question",
    epilog="Example: quizengine screen withdraw-question math.bayes.disease-test --reason 'It misleads.'",
)
@click.argument("question")
@click.option("--reason", required=True, help="Why: it stands in the audit chain of every organisation.")
@click.option("--undo", is_flag=True, help="Let a question count and be asked again that was withdrawn.")
@click.option("--apply", is_flag=True, help="Do it; without it is only said what changes.")
@data_option
@json_option
def command(*, question: str, reason: str, undo: bool, apply: bool, data: Path | None, as_json: bool) -> None:
    """Take QUESTION out of new forms of all screens, and out of all results; list what becomes of them.

    Nothing is overwritten: answers and grades stay, and count no more. A notice stands on each result, and
    decisions say that they were made on other evidence. Whoever is at work on a form that has QUESTION
    answers it for nothing. Learners are still asked: for them change the bank.
    """
    act = restore if undo else withdraw
    with opened(data) as runtime:
        found = act(runtime, question, reason=reason, apply=apply, now=datetime.now(UTC))
    if as_json:
        click.echo(json.dumps(_table(found, applied=apply)))
    else:
        click.echo(_text(found, applied=apply, undo=undo))


def _table(found: Withdrawing, *, applied: bool) -> dict[str, object]:
    return {
        "question": found.question_id,
        "applied": applied,
        "going_on": found.going_on,
        "short_screens": list(found.short),
        "results": [
            {"attempt": one.attempt_id, "who": one.who, "number": one.number, **moved_table(one)}
            for one in found.changes
        ],
    }


def _text(found: Withdrawing, *, applied: bool, undo: bool) -> str:
    headlines = sum(one.before["headline"] != one.after["headline"] for one in found.changes)
    bands = sum(bool(one.bands) for one in found.changes)
    results = counted(len(found.changes), "result")
    lines = [
        f"{found.question_id}: {results} {'would rest on it again' if undo else 'rest on it'}; the headline "
        f"of {headlines} and the band of a skill in {bands} change."
    ]
    lines += [_line(one) for one in found.changes]
    if found.going_on:
        lines.append(f"{counted(found.going_on, 'test')} that are not over have an answer to it too.")
    lines += [f"Too few questions without it, so that nobody can begin: {title}." for title in found.short]
    done = "It counts and is asked again." if undo else "It is withdrawn."
    lines.append(done if applied else "Nothing was changed: add --apply.")
    return "\n".join(lines)


def _line(one: Change) -> str:
    return "; ".join([f"{one.who}, answer {one.number}", *moved(one)])
