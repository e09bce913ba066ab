"""``quizengine fairness``: how items and cuts treat groups of people."""

from __future__ import annotations

import json
from pathlib import Path

import click

from quizengine.cli.options import json_option, workers_option
from quizengine.cli.working import working
from quizengine.services.fairness import Options, read_answers, read_groups, read_items, study_fairness
from quizengine.services.fairness.report import as_html
from quizengine.services.fairness.text import as_text

EXAMPLES = """\b
Examples:
  quizengine fairness answers.csv --groups groups.csv
  quizengine fairness answers.csv --groups groups.csv --items calibration/items.csv --html fairness.html
  quizengine fairness answers.csv --groups groups.csv --reference women --json
"""
file_option = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command("fairness", epilog=EXAMPLES)
@click.argument("responses", type=file_option)
@click.option(
    "--groups", required=True, type=file_option, help="CSV with person, group, and perhaps selected."
)
@click.option("--items", type=file_option, help="CSV with item, a, b, and perhaps c, d, se_b.")
@click.option("--reference", help="The group that others are compared with. Default: the largest.")
@click.option(
    "--level",
    default=0.05,
    show_default=True,
    type=click.FloatRange(0, 0.5, min_open=True),
    help="Share of false findings among all that is put up with.",
)
@click.option(
    "--least",
    default=200,
    show_default=True,
    type=click.IntRange(2),
    help="People a group below which nothing is said.",
)
@click.option(
    "--estimated",
    default=0,
    show_default=True,
    type=click.IntRange(0, 4),
    help="Parameters of an item that were estimated from these very answers: degrees of freedom of S-X2.",
)
@click.option(
    "--person-fit/--no-person-fit",
    default=True,
    show_default=True,
    help="Ask of each person whether the answers go with any ability; needs --items.",
)
@click.option("--html", type=click.Path(path_type=Path, dir_okay=False), help="Write a report with pictures.")
@workers_option
@json_option
def command(  # noqa: PLR0913  (its options)
    *,
    responses: Path,
    groups: Path,
    items: Path | None,
    reference: str | None,
    level: float,
    least: int,
    estimated: int,
    person_fit: bool,
    html: Path | None,
    workers: int,
    as_json: bool,
) -> None:
    """Compare groups of people on every item of RESPONSES, among those of equal ability.

    RESPONSES is a CSV file with a line an answer and the columns person, item and score (0 to 1). Groups are
    in a file of their own; people who did not tell are left out. With a column selected, selection rates are
    compared too. With --items, people are matched on their other answers, adaptive tests can be looked at,
    and the fit and drift of items and the fit of people are told; drift goes by the order of the file.

    A flag says: look at this item. It does not say that the item is unfair, and no flag does not say that
    it is fair. The exit code does not depend on what is found.
    """
    options = Options(reference=reference, level=level, least=least, estimated=estimated, people=person_fit)
    with working(workers, "Person fit") as run:
        study = study_fairness(
            read_answers(responses),
            read_groups(groups),
            read_items(items) if items else None,
            options,
            run=run,
        )
    if html:
        html.write_text(as_html(study), "utf-8")
    click.echo(json.dumps(study.as_json(), indent=1) if as_json else as_text(study))
    if html:
        click.echo(f"The report is in {html}.", err=True)
