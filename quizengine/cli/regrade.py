"""``quizengine regrade``: judge the answers to one question again."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from quizengine.bank import load_bank
from quizengine.cli.options import cache_folder, data_option, json_option, postgres_option
from quizengine.cli.settings import settings_for
from quizengine.services.regrading import Regraded, Regrading, regrade
from quizengine.services.runtime import Runtime
from quizengine.store.database import open_engine, require_newest, transactions


@click.command(
    "regrade", epilog="Example: quizengine regrade --question math.bayes.base-rate --data instance"
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
    settings = settings_for(data)
    require_newest(settings.store_url)
    engine = open_engine(settings.store_url)
    try:
        runtime = Runtime(load_bank(settings.bank, cache=cache_folder()), transactions(engine), b"")
        found = regrade(runtime, question, apply=apply, now=datetime.now(UTC))
    finally:
        engine.dispose()
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
                "headline": _pair(one, "headline"),
                "p_meets": _pair(one, "p_meets"),
                "bands": {skill: list(bands) for skill, bands in one.bands.items()},
            }
            for one in found.changes
        ],
    }


def _pair(one: Regraded, name: str) -> list[object] | None:
    return [one.before[name], one.after[name]] if name in one.before else None


def _text(found: Regrading, *, applied: bool) -> str:
    lines = [f"{found.question_id}: {found.answers} answers judged again, {len(found.changes)} change."]
    lines += [_line(one) for one in found.changes]
    if found.undecided:
        lines.append(f"{found.undecided} could not be decided now and stay as they are.")
    if found.changes:
        lines.append("The new grades count." if applied else "Nothing was changed: add --apply.")
    return "\n".join(lines)


def _line(one: Regraded) -> str:
    told = [f"{one.who}, answer {one.number}: {one.verdicts[0]} -> {one.verdicts[1]}"]
    if "headline" in one.before:
        was, now = one.before, one.after
        told.append(f"{was['headline']} -> {now['headline']}, P {was['p_meets']:.2f} -> {now['p_meets']:.2f}")
    told += [f"{skill} {was} -> {now}" for skill, (was, now) in one.bands.items()]
    return "; ".join(told)
