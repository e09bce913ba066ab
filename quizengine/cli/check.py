"""``quizengine check``: every question proves itself."""

from __future__ import annotations

import json
import shutil
from html import escape
from pathlib import Path

import click

from quizengine.bank import Bank, BankQuestion, load_bank
from quizengine.bank.check import CheckReport, QuestionReport, check_bank
from quizengine.cli.options import (
    bank_folder,
    bank_option,
    cache_folder,
    json_option,
    question_id,
    workers_option,
)
from quizengine.cli.sample import as_html, page
from quizengine.cli.working import working
from quizengine.errors import QuizEngineError
from quizengine.resources import resource

COLUMNS = ("question", "variants", "space", "accept", "answers", "ms", "mutants", "faults")
FONT = "QuizMath.woff2"
SAMPLES = 3


@click.command(
    "check",
    epilog="Example: quizengine check math.matrices --seeds 50",
)
@click.argument("only", nargs=-1, metavar="[ID_OR_FILE]...")
@click.option(
    "--seeds", default=200, show_default=True, type=click.IntRange(1, 100_000), help="Variants a question."
)
@click.option("--all", "every", is_flag=True, help="Enumerate spaces of up to 10,000 draws.")
@click.option(
    "--html",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write the report with samples of every question as a page into this folder.",
)
@bank_option
@workers_option
@json_option
def command(
    *,
    only: tuple[str, ...],
    bank: Path | None,
    seeds: int,
    every: bool,
    workers: int,
    folder: Path | None,
    as_json: bool,
) -> None:
    """Put every question of a bank through its gates.

    Name question files, ids, or beginnings of ids; without them the whole bank is checked.
    The exit code is 1 if anything is at fault.
    """
    wanted = [question_id(name) for name in only]
    loaded = load_bank(bank_folder(bank, only), only=wanted, cache=cache_folder())
    with working(workers, "Checking") as run:
        report = check_bank(loaded, seeds=seeds, every=every, whole=not wanted, run=run)
    if folder:
        click.echo(f"Report: {write_pages(report, loaded, folder)}", err=True)
    click.echo(json.dumps(report.as_json(), indent=1) if as_json else as_table(report))
    if not report.is_good:
        raise SystemExit(1)


def as_table(report: CheckReport) -> str:
    """Return the report as text: a line a question, then every fault, then notes."""
    width = max(len("question"), *(len(question.id) for question in report.questions))
    lines = [_line(COLUMNS, width), *(_line(_row(question), width) for question in report.questions)]
    for question in report.questions:
        lines += [f"{question.path}: {question.id}: {fault}" for fault in question.faults]
    lines += [f"bank: {fault}" for fault in report.faults] + [f"note: {note}" for note in report.notes]
    return "\n".join([*lines, summary(report)])


def summary(report: CheckReport) -> str:
    """Return how many questions are good, in one line."""
    total, bad = len(report.questions), sum(bool(question.faults) for question in report.questions)
    return f"{total} {'question' if total == 1 else 'questions'}, {total - bad} good, {bad} at fault"


def _line(cells: tuple[str, ...], width: int) -> str:
    first, *rest = cells
    return first.ljust(width) + "".join(cell.rjust(10) for cell in rest)


def _row(question: QuestionReport) -> tuple[str, ...]:
    return (
        question.id,
        str(question.distinct),
        str(question.space),
        f"{question.acceptance:.0%}",
        str(question.answers),
        f"{question.milliseconds:.1f}",
        _mutants(question),
        str(len(question.faults)) if question.faults else "-",
    )


def _mutants(question: QuestionReport) -> str:
    """Return how many mutants were killed and, after a plus, signed off, of how many."""
    count = question.mutants
    if count is None:
        return "-"
    return f"{count.killed}{f'+{count.signed_off}' if count.signed_off else ''}/{count.made}"


def write_pages(report: CheckReport, bank: Bank, folder: Path) -> Path:
    """Write the report as a page, with samples of every question, and return its path."""
    head = "".join(f"<th>{escape(name)}</th>" for name in COLUMNS)
    rows = "".join(f"<tr>{_cells(question)}</tr>" for question in report.questions)
    told = [*(f"bank: {fault}" for fault in report.faults), *(f"note: {note}" for note in report.notes)]
    body = [
        f"<p>{escape(summary(report))}</p>",
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>",
        *(f"<p>{escape(line)}</p>" for line in told),
    ]
    for question in report.questions:
        faults = "".join(f"<li>{escape(fault)}</li>" for fault in question.faults)
        body.append(f'<h2 id="{question.id}">{escape(question.id)}</h2><ul class="fault">{faults}</ul>')
        body += [f"<article>{_sample(bank[question.id], seed)}</article>" for seed in range(SAMPLES)]
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(resource("static") / "fonts" / FONT, folder / FONT)
    written = folder / "index.html"
    written.write_text(page(f"Check of {report.bank}", "\n".join(body)), "utf-8")
    return written


def _cells(question: QuestionReport) -> str:
    name, *rest = _row(question)
    link = f'<td><a href="#{name}">{escape(name)}</a></td>'
    return link + "".join(f"<td>{escape(cell)}</td>" for cell in rest)


def _sample(entry: BankQuestion, seed: int) -> str:
    """Return a variant as HTML, or why there is none: the report is read when things are at fault."""
    try:
        return as_html(entry.variant(seed))
    except QuizEngineError as error:
        return f'<p class="fault">{escape(str(error))}</p>'
