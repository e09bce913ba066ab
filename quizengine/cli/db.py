"""``quizengine db``: the database, brought up to date or copied away."""

from __future__ import annotations

import json
from pathlib import Path

import click

from quizengine.cli.options import data_option, json_option
from quizengine.cli.settings import settings_for
from quizengine.store.database import backup, upgrade


@click.group("db", epilog="Example: quizengine db backup /backups/monday.db --data instance")
def command() -> None:
    """Upgrade or back up the database."""


@command.command("upgrade", epilog="Example: quizengine db upgrade --data instance")
@data_option
@json_option
def upgrade_command(data: Path | None, as_json: bool) -> None:
    """Bring the database to the version that this program needs; makes it if there is none."""
    settings = settings_for(data)
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    before, after = upgrade(settings.store_url)
    if as_json:
        click.echo(json.dumps({"before": before or None, "after": after}))
    elif before == after:
        click.echo(f"The database is at {after}, the newest version.")
    else:
        click.echo(f"The database went from {before or 'nothing'} to {after}.")


@command.command("backup", epilog="Example: quizengine db backup /backups/monday.db --data instance")
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False))
@data_option
@json_option
def backup_command(path: Path, data: Path | None, as_json: bool) -> None:
    """Copy the SQLite database to PATH, whole as of one moment; people may go on answering meanwhile."""
    size = backup(settings_for(data).store_url, path)
    click.echo(
        json.dumps({"path": str(path), "bytes": size}) if as_json else f"Wrote {path} ({size:,} bytes)."
    )
