"""Who else may enter answers on a kept sheet."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from quizengine.cli.opened import opened
from quizengine.cli.options import data_option, json_option
from quizengine.services import sheet_sharing


@click.command("share", epilog="Example: quizengine sheet share 7KQM-42XF-A6 --run")
@click.argument("code")
@click.option("--run", "whole_run", is_flag=True, help="All sheets that were printed with it.")
@click.option("--off", is_flag=True, help="End it. What was entered stays with who entered it.")
@data_option
@json_option
def share(code: str, *, whole_run: bool, off: bool, data: Path | None, as_json: bool) -> None:
    """Let every learner who has the CODE of a kept sheet enter answers of their own.

    They count in their own reports. Nobody sees the key, whose sheet it is, or what others entered.
    """
    with opened(data) as runtime:
        found = sheet_sharing.share(
            runtime, None, code, is_on=not off, whole_run=whole_run, now=datetime.now(UTC)
        )
    if as_json:
        click.echo(json.dumps(asdict(found), indent=1))
        return
    people = "1 other person has" if found.others == 1 else f"{found.others} other people have"
    click.echo(
        f"{code.upper()}: {'shared' if found.is_shared else 'not shared'}; {found.shared} of {found.total} "
        f"copies are; {people} entered something on it"
    )
