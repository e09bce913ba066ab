"""``quizengine calibrate``: item parameters from answers."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import click

from quizengine.bank import load_bank
from quizengine.cli.files import made_folder
from quizengine.cli.options import (
    bank_folder,
    bank_option,
    cache_folder,
    data_option,
    json_option,
    workers_option,
)
from quizengine.cli.settings import settings_for
from quizengine.cli.working import processes
from quizengine.psychometrics.calibration import MODELS, Model, Progress
from quizengine.psychometrics.calibration.files import read_items
from quizengine.services.calibration import (
    Collected,
    Options,
    Outcome,
    calibrate_answers,
    read_features,
    read_responses,
)
from quizengine.services.calibration.checking import with_groups, with_sum_scores
from quizengine.services.calibration.judging import ItemRow, order
from quizengine.services.calibration.report import as_html
from quizengine.services.calibration.stored import bank_options, read_stored
from quizengine.services.fairness import read_answers, read_groups
from quizengine.services.report_page import number
from quizengine.store.database import open_engine, require_newest, transactions

EXAMPLES = """\b
Examples:
  quizengine calibrate answers.csv
  quizengine calibrate answers.csv --model 3pl --prior weak --out spring
  quizengine calibrate answers.csv --anchors autumn/items.csv --workers 2
  quizengine calibrate answers.csv --groups groups.csv
  quizengine calibrate answers.parquet --scheduler tcp://10.0.0.5:8786
  quizengine calibrate --db --data instance --out question_banks/backend_to_ml/calibration
"""
MOST_LINES = 40
file_option = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command("calibrate", epilog=EXAMPLES)
@click.argument("responses", required=False, type=click.Path(path_type=Path))
@click.option("--db", is_flag=True, help="Take the answers of the database, and guesses of the bank.")
@click.option("--model", default="2pl", show_default=True, type=click.Choice(MODELS), help="The model.")
@click.option(
    "--prior",
    default="none",
    show_default=True,
    type=click.Choice(["none", "weak"]),
    help="What is believed of a and b before the answers; with weak, items with few answers have values too.",
)
@click.option("--anchors", type=file_option, help="Items that keep their parameters: item, a, b (c, d).")
@click.option("--previous", type=file_option, help="An earlier items.csv: its scale is kept, drift told.")
@click.option(
    "--groups",
    type=file_option,
    help="CSV with person and group: which items treat equally able people of two groups unlike.",
)
@click.option("--features", type=file_option, help="What is known of items, to explain difficulties by.")
@click.option(
    "--out",
    default="calibration",
    show_default=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder to write items.csv and report.html to.",
)
@click.option("--max-steps", default=500, show_default=True, type=click.IntRange(1), help="EM steps at most.")
@click.option("--scheduler", help="A Dask scheduler to share the work out, tcp://host:8786: extra cluster.")
@workers_option
@bank_option
@data_option
@json_option
def command(  # noqa: PLR0913  (its options)
    *,
    responses: Path | None,
    db: bool,
    model: Model,
    prior: Literal["none", "weak"],
    anchors: Path | None,
    previous: Path | None,
    groups: Path | None,
    features: Path | None,
    out: Path,
    max_steps: int,
    scheduler: str | None,
    workers: int,
    bank: Path | None,
    data: Path | None,
    as_json: bool,
) -> None:
    """Estimate the items that RESPONSES tell of, and write items.csv and report.html.

    RESPONSES is a CSV or Parquet file with a line an answer and the columns person, item and score (0 to
    1; partial credit is allowed), and if it has one, family: the question that an item is a variant of.
    Nobody needs to have answered all items.

    Prints what to do with which item. The exit code is 1 if the estimation did not converge.
    """
    if db == (responses is not None):
        raise click.UsageError("Give a file of answers, or --db.")
    if db and groups:
        raise click.UsageError("--groups goes with a file of answers: the database names nobody's group.")
    if scheduler and workers > 1:
        raise click.UsageError("--scheduler has workers of its own; leave --workers out.")
    options = Options(
        model=model,
        prior=prior,
        anchors=read_items(anchors) if anchors else {},
        previous=read_items(previous) if previous else {},
        features=read_features(features) if features else {},
        max_iterations=max_steps,
    )
    with TemporaryDirectory(prefix="quizengine-") as place:
        if responses is not None:
            collected = read_responses(responses, Path(place))
        else:
            collected, options = _of_database(bank, data, options, Path(place))
        with _spread_out(workers, scheduler) as run:
            watch = _watch()
            outcome = calibrate_answers(collected, options, run=run, watch=watch)
        outcome = with_sum_scores(outcome, collected.responses)
    if responses is not None and groups:
        outcome = with_groups(outcome, read_answers(responses), read_groups(groups))
    if watch:
        click.echo(err=True)  # ends the line that was written over
    _write(outcome, out)
    click.echo(json.dumps(outcome.as_json(), indent=1) if as_json else as_text(outcome, out))
    if not outcome.calibration.converged:
        raise SystemExit(1)


def _of_database(
    bank: Path | None, data: Path | None, options: Options, place: Path
) -> tuple[Collected, Options]:
    settings = settings_for(data)
    require_newest(settings.store_url)
    engine = open_engine(settings.store_url)
    try:
        collected = read_stored(transactions(engine), place)
    finally:
        engine.dispose()
    return collected, bank_options(load_bank(bank_folder(bank), cache=cache_folder()), options)


@contextmanager
def _spread_out(workers: int, scheduler: str | None) -> Iterator[Callable[..., Iterable[Any]]]:
    if scheduler:
        from quizengine.cli.cluster import on_cluster  # noqa: PLC0415  (an extra)

        with on_cluster(scheduler) as run:
            yield run
        return
    with processes(workers) as run:
        yield run


def _watch() -> Callable[[Progress], object] | None:
    """Return what tells where the estimation stands, where somebody looks on."""
    if not sys.stderr.isatty():
        return None

    def tell(progress: Progress) -> None:
        line = f"\rstep {progress.step}: parameters move by {progress.change:.1e}   "
        click.echo(line, nl=False, err=True)

    return tell


def _write(outcome: Outcome, out: Path) -> None:
    made_folder(out)
    today = datetime.now(UTC).date()
    outcome.calibration.to_csv(
        out / "items.csv",
        items=[row.item for row in outcome.rows],
        spread=[row.sigma_f for row in outcome.rows],
        date=today.isoformat(),
        data=outcome.digest,
    )
    (out / "report.html").write_text(as_html(outcome, date=f"{today:%-d %B %Y}"), encoding="utf-8")


def as_text(outcome: Outcome, out: Path) -> str:
    """Return what came out, as text: the most urgent items first."""
    found = outcome.calibration
    rows = sorted(outcome.rows, key=order)
    width = max(len("item"), *(len(row.item) for row in rows[:MOST_LINES]))
    lines = [
        f"{found.model} on {found.persons:,} people, {int(found.n.sum()):,} answers, {len(rows):,} items",
        f"log likelihood {found.log_likelihood:.4f} after {found.iterations} steps; "
        f"reliability {found.reliability:.3f}",
        *outcome.notes[:MOST_LINES],
        "",
        f"{'item':{width}}  answers      a     se      b     se  infit outfit  what",
        *(_line(row, width) for row in rows[:MOST_LINES]),
    ]
    if len(rows) > MOST_LINES:
        lines.append(f"... and {len(rows) - MOST_LINES:,} more")
    if outcome.released:
        lines.append(f"anchors that did not hold: {', '.join(outcome.released)}")
    lines += ["", f"Wrote {out / 'items.csv'} and {out / 'report.html'}."]
    return "\n".join(lines)


def _line(row: ItemRow, width: int) -> str:
    numbers = (row.a, row.se_a, row.b, row.se_b, row.infit, row.outfit)
    told = " ".join(f"{number(value):>6}" for value in numbers)
    why = "; ".join(reason for _, reason in row.findings)
    return f"{row.item:{width}}  {row.n:>7,} {told}  {row.verdict}{': ' + why if why else ''}"
