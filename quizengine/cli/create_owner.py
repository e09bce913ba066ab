"""``quizengine create-owner``: the first owner of an organisation, by a link that is good once."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

import click

from quizengine.bank import Bank
from quizengine.cli.options import data_option, json_option
from quizengine.cli.settings import settings_for
from quizengine.errors import ConflictError
from quizengine.model.roadmap import Roadmap
from quizengine.services.hiring.accounts import LINK_HOURS, create_owner, renew_owner_link
from quizengine.services.runtime import Runtime
from quizengine.store.database import open_engine, require_newest, transactions, upgrade


@click.command(
    "create-owner", epilog="Example: quizengine create-owner ann@example.org --organisation 'Example Ltd'"
)
@click.argument("email")
@click.option("--organisation", help="What the organisation is called; candidates read it.")
@click.option(
    "--new-link",
    is_flag=True,
    help="A new link for an owner who has lost the password, or whose first link ran out; nothing is made.",
)
@click.option(
    "--url",
    default="",
    help="The address of the server. Default: the public URL set, else 127.0.0.1:8000.",
)
@data_option
@json_option
def command(
    *, email: str, organisation: str | None, new_link: bool, url: str, data: Path | None, as_json: bool
) -> None:
    """Make an organisation whose owner is EMAIL, and print the link with which they set a password.

    The link is good once, for three days. Nothing is mailed. A SQLite database that is behind is
    brought up to date first.
    """
    if new_link == bool(organisation):
        raise click.UsageError("Say what the --organisation is called, or ask for a --new-link of an owner.")
    settings = settings_for(data)
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    if settings.store_url.startswith("sqlite"):
        upgrade(settings.store_url)
    require_newest(settings.store_url)
    engine = open_engine(settings.store_url)
    try:
        runtime, now = Runtime(NO_BANK, transactions(engine), b""), datetime.now(UTC)
        if organisation:
            token = create_owner(runtime, email=email, organisation=organisation, now=now)
        else:
            token = renew_owner_link(runtime, email=email, now=now)
    except ConflictError as error:
        raise click.ClickException(f"{error} --new-link prints a link to set a new password.") from error
    finally:
        engine.dispose()
    base = (url or settings.public_url or "http://127.0.0.1:8000").rstrip("/")
    link = f"{base}/hire/setup/{token}"
    if as_json:
        click.echo(json.dumps({"email": email, "link": link, "hours": LINK_HOURS}))
    else:
        click.echo(f"Open this link within {LINK_HOURS} hours to set a password:\n{link}")


#: Accounts need no questions; loading the bank would take seconds.
NO_BANK = Bank(
    name="", version="", licence="", path=Path(), digest="", questions=MappingProxyType({}),
    roadmap=Roadmap(name="", version=1, phases=(), areas=(), roles=(), skills=()),
)  # fmt: skip
