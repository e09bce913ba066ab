"""``quizengine sweep``: closes attempts whose time is over, where no server does it."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import click

from quizengine.cli.opened import opened
from quizengine.cli.options import data_option, json_option
from quizengine.services.attempt.ledger import TICK
from quizengine.services.attempt.sweeping import run_once, sweep
from quizengine.services.runtime import Runtime, new_id


@click.command("sweep", epilog="Example: quizengine sweep --watch --data instance")
@click.option(
    "--watch",
    is_flag=True,
    help="Go on until it is ended: sweep every 30 seconds, and give back the time of outages.",
)
@data_option
@json_option
def command(watch: bool, data: Path | None, as_json: bool) -> None:
    """Close attempts whose time is over, with what stands in their forms.

    ``quizengine serve`` does it by itself; this is for other servers, and for once by hand.
    """
    with opened(data) as runtime:
        if watch:
            with suppress(KeyboardInterrupt):
                _watch(runtime)
            return
        told = sweep(runtime, now=datetime.now(UTC))
    if as_json:
        click.echo(json.dumps({"timed_out": told.timed_out, "abandoned": told.abandoned}))
    else:
        click.echo(f"{told.timed_out} closed because their time was over, {told.abandoned} given up.")


def _watch(runtime: Runtime) -> None:
    holder = new_id()
    for ticks in count():
        run_once(runtime, holder, ticks=ticks)
        time.sleep(TICK.total_seconds())
