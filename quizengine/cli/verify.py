"""``quizengine verify``: recompute a finished attempt, and say whether it agrees with what was told."""

from __future__ import annotations

import json
from pathlib import Path

import click

from quizengine.bank import load_bank
from quizengine.cli.options import cache_folder, data_option, json_option, postgres_option
from quizengine.cli.settings import settings_for
from quizengine.services.runtime import Runtime
from quizengine.services.verify import Verification, verify
from quizengine.store.database import open_engine, require_newest, transactions


@click.command("verify", epilog="Example: quizengine verify 5fxq2mbr7ykv3ao6zt4wlehdcu --data instance")
@click.argument("attempt")
@data_option
@postgres_option
@json_option
def command(attempt: str, data: Path | None, as_json: bool) -> None:
    """Grade every stored answer of ATTEMPT again, compute the gaps again, and compare.

    ATTEMPT is the id in the address of its pages: /t/ATTEMPT. The exit code is 1 if anything differs
    from what was told.
    """
    settings = settings_for(data)
    require_newest(settings.store_url)
    engine = open_engine(settings.store_url)
    try:
        bank = load_bank(settings.bank, cache=cache_folder())
        found = verify(Runtime(bank, transactions(engine), b""), attempt)
    finally:
        engine.dispose()
    click.echo(json.dumps(_table(found)) if as_json else _text(found))
    if not found.agrees:
        raise SystemExit(1)


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
