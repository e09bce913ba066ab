"""``quizengine show``: one variant of a question."""

from __future__ import annotations

import json
from pathlib import Path

import click

from quizengine.bank import load_bank
from quizengine.cli.options import bank_folder, bank_option, panel_folder, postgres_option, question_id
from quizengine.cli.sample import as_html, as_text, page
from quizengine.services.authoring import variant_table
from quizengine.sqljudge import keep_panels_in


@click.command("show", epilog="Example: quizengine show math.matrices.product --seed 7")
@click.argument("question", metavar="ID_OR_FILE")
@click.option("--seed", default=1, show_default=True, type=click.IntRange(0), help="Which variant.")
@click.option("--html", "form", flag_value="html", help="Print a page to open in a browser.")
@click.option("--json", "form", flag_value="json", help="Print the variant as JSON, with exact values.")
@bank_option
@postgres_option
def command(question: str, seed: int, bank: Path | None, form: str | None) -> None:
    """Show one variant of a question: prompt, key, misconceptions, solution.

    Equal seeds show equal variants.
    """
    wanted = question_id(question)
    keep_panels_in(panel_folder())
    variant = load_bank(bank_folder(bank, (question,)), only=[wanted])[wanted].variant(seed)
    if form == "json":
        click.echo(json.dumps(variant_table(variant), indent=1))
    elif form == "html":
        click.echo(page(f"{variant.question_id}, seed {seed}", as_html(variant)))
    else:
        click.echo(as_text(variant))
