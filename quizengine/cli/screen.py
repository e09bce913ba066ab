"""``quizengine screen``: hiring tests from the command line, by the services that the pages use."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time
from pathlib import Path

import click

from quizengine.bank import load_bank
from quizengine.bank.engines import judgeable
from quizengine.cli import withdraw_question
from quizengine.cli.create_owner import NO_BANK
from quizengine.cli.options import cache_folder, data_option, json_option
from quizengine.cli.settings import settings_for
from quizengine.model.result import Result
from quizengine.services.csv_text import csv_text
from quizengine.services.hiring import (
    erasing,
    exports,
    housekeeping,
    invitations,
    outbox,
    results,
    retention,
    screens,
)
from quizengine.services.hiring.accounts import actor_named
from quizengine.services.hiring.housekeeping import Kept
from quizengine.services.hiring.people_lists import MOST_BYTES, PeopleList
from quizengine.services.hiring.results_export import results_table
from quizengine.services.hiring.screens import ScreenPlan
from quizengine.services.permissions import Actor, Permission, may
from quizengine.services.runtime import Runtime
from quizengine.store.database import open_engine, require_newest, transactions
from quizengine.web.keys import secret

as_option = click.option(
    "--as",
    "email",
    required=True,
    metavar="EMAIL",
    help="The address of somebody of the staff, whose rights count.",
)


@click.group(
    "screen", epilog="Example: quizengine screen results SCREEN --as ann@example.org --data instance"
)
def command() -> None:
    """Run hiring tests. SCREEN and PROFILE are the ids in the addresses of their pages."""


command.add_command(withdraw_question.command)


@contextmanager
def _place(data: Path | None, email: str, permission: Permission) -> Iterator[tuple[Runtime, Actor]]:
    """Open the database with the bank, in the name of somebody who may do the thing."""
    settings = settings_for(data)
    require_newest(settings.store_url)
    engine = open_engine(settings.store_url)
    try:
        key = secret(settings.data, "variants_key", settings.variants_key)
        bank, _ = judgeable(load_bank(settings.bank, cache=cache_folder()))
        runtime = Runtime(bank, transactions(engine), key.encode())
        actor = actor_named(runtime, email)
        if not may(actor, permission):
            raise click.ClickException(f"{email} may not do this.")
        yield runtime, actor
    finally:
        engine.dispose()


@command.command(
    "create",
    epilog="Example: quizengine screen create PROFILE --as ann@example.org --title 'ML engineer' "
    "--contact ida@example.org --privacy notice.txt --open",
)
@click.argument("profile")
@as_option
@click.option("--title", required=True, help="What candidates read as its title.")
@click.option("--contact", required=True, help="Whom candidates ask.")
@click.option(
    "--privacy",
    required=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A text file with the privacy notice.",
)
@click.option("--closes", type=click.DateTime(["%Y-%m-%d"]), help="The last day on which somebody may start.")
@click.option("--hard-close", is_flag=True, help="Who is at work when it closes is ended; else they finish.")
@click.option("--pauses", is_flag=True, help="Everybody may stop the clock, and go on later.")
@click.option("--mail", is_flag=True, help="Let the server send the letters; else links are handed over.")
@click.option("--open", "opens", is_flag=True, help="Open it at once.")
@data_option
@json_option
def create_command(  # noqa: PLR0913  (a command with its options)
    *,
    profile: str,
    email: str,
    title: str,
    contact: str,
    privacy: Path,
    closes: datetime | None,
    hard_close: bool,
    pauses: bool,
    mail: bool,
    opens: bool,
    data: Path | None,
    as_json: bool,
) -> None:
    """Make a screen that asks what the active PROFILE says."""
    now = datetime.now(UTC)
    plan = ScreenPlan(
        title=title,
        contact=contact,
        privacy=_text_of(privacy),
        closes_at=datetime.combine(closes, time(23, 59, 59), UTC) if closes else None,
        hard_close=hard_close,
        may_pause=pauses,
        by_hand=not mail,
    )
    with _place(data, email, "screens") as (runtime, actor):
        made = screens.create(runtime, actor, profile, plan, now=now)
        if opens:
            screens.move(runtime, actor, made, "open", now=now)
    told = f"Made the screen {made}" + (
        ", which is open." if opens else "; open it on its page, /hire/screens."
    )
    click.echo(json.dumps({"screen": made, "open": opens}) if as_json else told)


def _text_of(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{path} is no text in UTF-8; save it so.") from error


@command.command(
    "invite", epilog="Example: quizengine screen invite SCREEN people.csv --as ann@example.org --confirm"
)
@click.argument("screen")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@as_option
@click.option("--confirm", is_flag=True, help="Invite them; without it the list is only looked at.")
@click.option(
    "--url", default="", help="The address of the server. Default: the public URL set, else 127.0.0.1:8000."
)
@data_option
@json_option
def invite_command(
    *, screen: str, file: Path, email: str, confirm: bool, url: str, data: Path | None, as_json: bool
) -> None:
    """Look at a CSV FILE of people and, with --confirm, invite them to SCREEN.

    The exit code is 1 if a cell of the list is at fault: then nobody is invited.
    """
    now, text = datetime.now(UTC), csv_text(file.read_bytes(), "the list", most=MOST_BYTES)
    base = (url or settings_for(data).public_url or "http://127.0.0.1:8000").rstrip("/")
    letters = []
    with _place(data, email, "invite") as (runtime, actor):
        listed = invitations.hand_in(runtime, actor, screen, text, now=now)
        looked, _ = invitations.dry_run(runtime, actor, screen, listed, now=now)
        if looked is None:  # nobody else knows this list
            raise click.ClickException("The list was confirmed by somebody else.")
        if confirm and not looked.faults:
            invitations.confirm(runtime, actor, screen, listed, digest=looked.digest, now=now, base=base)
            letters = outbox.by_hand(runtime, screen)
    if as_json:
        click.echo(json.dumps(_list_table(looked, invited=confirm and not looked.faults)))
    else:
        click.echo(_list_text(looked, invited=confirm and not looked.faults))
        for letter in letters:
            click.echo(f"\nTo: {letter.email}\nSubject: {letter.subject}\n\n{letter.body}")
    if looked.faults:
        raise SystemExit(1)


def _list_table(looked: PeopleList, *, invited: bool) -> dict[str, object]:
    return {
        "invited": invited,
        "people": [one.email for one in looked.people],
        "not_again": [one.email for one in looked.again],
        "unknown_columns": list(looked.unknown_columns),
        "faults": [
            {"line": one.line, "column": one.column, "value": one.value, "write": one.message}
            for one in looked.faults
        ],
    }


def _list_text(looked: PeopleList, *, invited: bool) -> str:
    lines = [f"line {one.line}, {one.column}: {one.value!r}; write {one.message}" for one in looked.faults]
    if looked.unknown_columns:
        lines.append(f"Passed over: {', '.join(looked.unknown_columns)}.")
    if looked.again:
        lines.append(f"Not again: {', '.join(one.email for one in looked.again)}.")
    count = len(looked.people)
    if invited:
        lines.append(f"{count} invited.")
    else:
        hint = "Correct the list first." if looked.faults else "Add --confirm to invite them."
        lines.append(f"{count} to invite; nobody was. {hint}")
    return "\n".join(lines)


@command.command("results", epilog="Example: quizengine screen results SCREEN --as ann@example.org --json")
@click.argument("screen")
@as_option
@data_option
@json_option
def results_command(screen: str, email: str, data: Path | None, as_json: bool) -> None:
    """Print the results of SCREEN by headline and code; never by score, never with names."""
    with _place(data, email, "results") as (runtime, actor):
        told = results.of_screen(runtime, actor, screen)
    if as_json:
        click.echo(json.dumps([_result_table(one) for one in told]))
        return
    for one in told:
        p = f"P(meets) {one.p_meets:.0%}" if one.is_told else ""
        click.echo(f"{one.code}  {one.headline:<20} {p:<14} {one.answers} answers")
    if not told:
        click.echo("Nobody has begun yet.")


def _result_table(one: Result) -> dict[str, object]:
    return {
        "code": one.code,
        "headline": one.headline,
        "p_meets": round(one.p_meets, 4) if one.is_told else None,
        "answers": one.answers,
        "reasons": list(one.reasons),
        "evidence": one.evidence_hash,
    }


@command.command("export", epilog="Example: quizengine screen export SCREEN results.zip --as ann@example.org")
@click.argument("screen")
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False))
@as_option
@click.option("--names", is_flag=True, help="With names and addresses, where that was granted; tables alone.")
@click.option(
    "--bom", is_flag=True, help="Begin each table with a byte order mark, as some programs want it."
)
@click.option("--result", metavar="ID", help="Only this result; PATH ends in .json.")
@data_option
@json_option
def export_command(  # noqa: PLR0913  (a command with its options)
    *,
    screen: str,
    path: Path,
    email: str,
    names: bool,
    bom: bool,
    result: str | None,
    data: Path | None,
    as_json: bool,
) -> None:
    """Write the results of SCREEN to PATH: tables in a .zip file, or one .json file that can be verified.

    The tables are results, answers, audit and events, with what their columns mean.
    """
    if path.exists():
        raise click.ClickException(f"{path} exists already; name another file.")
    if path.suffix != ".json" and result:
        raise click.UsageError("One result is written as a .json file.")
    now = datetime.now(UTC)
    with _place(data, email, "export_results") as (runtime, actor):
        if names and not may(actor, "names_in_exports", screen=screen):
            raise click.ClickException(f"{email} may not take names along: that right is granted by itself.")
        if path.suffix == ".json":
            table = results_table(runtime, actor, screen, result_id=result, now=now)
            path.write_text(json.dumps(table, ensure_ascii=False), "utf-8")
        else:
            pieces = exports.export(runtime, actor, screen, names=names, now=now, bom=bom)
            with path.open("xb") as file:
                file.writelines(pieces)
    size = path.stat().st_size
    click.echo(
        json.dumps({"path": str(path), "bytes": size}) if as_json else f"Wrote {path} ({size:,} bytes)."
    )


@command.command("purge", epilog="Example: quizengine screen purge --dry-run")
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
@data_option
@json_option
def purge_command(*, dry_run: bool, data: Path | None, as_json: bool) -> None:
    """Take away what is kept of candidates no longer, and erase those whose erasure is due.

    Of all organisations. ``quizengine serve`` does it every hour; under another server run it daily. It may
    be stopped at any time and goes on with the next run. What is under a legal hold stays.
    """
    settings, now = settings_for(data), datetime.now(UTC)
    require_newest(settings.store_url)
    engine = open_engine(settings.store_url)
    try:
        runtime = Runtime(NO_BANK, transactions(engine), b"")
        if dry_run:
            done = Kept(retention.purge(runtime, now=now, dry_run=True), erasing.count_due(runtime, now=now))
        else:
            done = housekeeping.go_round(runtime, settings.data, now=now)
    finally:
        engine.dispose()
    if as_json:
        found = [{"screen": one.screen_id, "held": one.held, **one.counts} for one in done.purged]
        click.echo(json.dumps({"purged": found, "erased": done.erased}))
        return
    for one in done.purged:
        said = ", ".join(f"{n} {kind}" for kind, n in one.counts.items()) or "nothing"
        click.echo(f"{one.title} ({one.screen_id or '-'}): {said}{'; a legal hold is on it' * one.held}")
    click.echo(f"{done.erased} people {'would be ' * dry_run}erased.")
    if dry_run:
        click.echo("Nothing was taken away.")
