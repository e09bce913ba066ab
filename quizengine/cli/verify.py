"""``quizengine verify``: compute results again, from a file or from the database, and compare."""

from __future__ import annotations

import json
from pathlib import Path

import click

from quizengine.bank import load_bank
from quizengine.cli.opened import opened
from quizengine.cli.options import bank_option, cache_folder, data_option, json_option, postgres_option
from quizengine.cli.settings import settings_for
from quizengine.errors import RequestError
from quizengine.services.verify import Verification, verify
from quizengine.services.verifying import files
from quizengine.services.verifying.outcome import STEPS, Step
from quizengine.services.verifying.outcome import Verification as FileVerification


@click.command("verify", epilog="Example: quizengine verify results.json --bank question_banks/backend_to_ml")
@click.argument("what", metavar="FILE")
@bank_option
@click.option(
    "--head",
    "heads",
    multiple=True,
    metavar="HASH",
    help="The hash of a row of a chain, noted elsewhere, or its first 16 digits or more: it must be in FILE. "
    "May be given again.",
)
@data_option
@postgres_option
@json_option
def command(
    what: str, *, bank: Path | None, heads: tuple[str, ...], data: Path | None, as_json: bool
) -> None:
    """Compute all that FILE says again, in seven steps, and compare.

    FILE is an export of a screen or of one result (JSON), or a learner's report (JSON). It needs no
    database, no secret and no network. The exit code is 0 if nothing differs, 1 if something does, 2 if
    FILE cannot be read.

    The id of an attempt in the place of FILE looks into the database of --data: its answers are graded
    again, its gaps computed again, and compared with what was told.
    """
    if Path(what).is_file() or not _is_id(what):
        found = _verify_file(Path(what), bank, heads)
        click.echo(json.dumps(_file_table(found)) if as_json else _file_text(found))
        if not found.agrees:
            raise SystemExit(1)
        return
    stored = _verify_stored(what, data)
    click.echo(json.dumps(_table(stored)) if as_json else _text(stored))
    if not stored.agrees:
        raise SystemExit(1)


def _is_id(what: str) -> bool:
    return what.isalnum()


def _verify_file(path: Path, bank: Path | None, heads: tuple[str, ...]) -> FileVerification:
    try:
        table = files.read_file(path)
    except RequestError as error:
        click.echo(f"Error: {error}", err=True)
        raise SystemExit(2) from error
    folder = bank or settings_for(None).bank
    return files.verify_table(table, load_bank(folder, cache=cache_folder()), heads)


def _file_table(found: FileVerification) -> dict[str, object]:
    return {
        "what": found.what,
        "agrees": found.agrees,
        "steps": [
            {
                "step": number,
                "name": one.name,
                "outcome": one.outcome,
                "why": one.skipped,
                "note": one.note,
                "differences": [
                    {"path": different.path, "told": different.told, "found": different.found}
                    for different in one.differences
                ],
            }
            for number, one in enumerate(found.steps, 1)
        ],
    }


def _file_text(found: FileVerification) -> str:
    lines = [f"{found.what}: {'nothing differs' if found.agrees else 'SOMETHING DIFFERS'}."]
    for number, one in enumerate(found.steps, 1):
        lines.append(f"{number} {one.name:<10} {one.outcome:<8} {_about(one)}".rstrip())
        lines += [f"    {different}" for different in one.differences[:1]]
        more = len(one.differences) - 1
        lines += [f"    and {more} more"] if more > 0 else []
    return "\n".join(lines)


def _about(one: Step) -> str:
    if one.outcome == "skipped":
        return one.skipped
    return STEPS[one.name] + (f" ({one.note})" if one.note else "")


def _verify_stored(attempt: str, data: Path | None) -> Verification:
    with opened(data) as runtime:
        return verify(runtime, attempt)


def _table(found: Verification) -> dict[str, object]:
    return {
        "attempt": found.attempt_id,
        "agrees": found.agrees,
        "answers": found.answers,
        "skills": found.skills,
        "differences": list(found.differences),
    }


def _text(found: Verification) -> str:
    looked = f"{found.answers} answers and {found.skills} skills recomputed"
    if found.agrees:
        return f"{found.attempt_id} agrees: {looked}, nothing differs."
    return "\n".join([f"{found.attempt_id} DISAGREES: {looked}.", *found.differences])
