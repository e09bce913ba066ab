"""``quizengine check``: every question proves itself."""

from __future__ import annotations

import json
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import click

from quizengine.bank.check import CheckReport, QuestionReport, check_bank
from quizengine.resources import resource

HEADER = f"{'question':<52}{'variants':>9}{'space':>9}{'accept':>8}{'answers':>8}{'ms':>7}  faults"


@click.command(
    "check",
    epilog="Example: quizengine check math.matrices --seeds 50",
)
@click.argument("only", nargs=-1)
@click.option("--bank", type=click.Path(path_type=Path), help="The bank's folder; default: the one that ships.")
@click.option("--seeds", default=200, show_default=True, type=click.IntRange(1, 100_000), help="Variants a question.")
@click.option("--all", "every", is_flag=True, help="Enumerate spaces of up to 10,000 draws.")
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="Processes.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def command(only: tuple[str, ...], bank: Path | None, seeds: int, every: bool, workers: int, as_json: bool) -> None:
    """Put every question of a bank through its gates.

    ONLY are question files, ids, or beginnings of ids; without them the whole bank is checked.
    """
    root = bank or resource("question_banks") / "backend_to_ml"
    wanted = [_id(root, name) for name in only]
    if workers == 1:
        report = check_bank(root, seeds=seeds, every=every, only=wanted)
    else:
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            report = check_bank(root, seeds=seeds, every=every, only=wanted, run=pool.map)
    click.echo(json.dumps(report.as_json(), indent=1) if as_json else _table(report))
    if not report.is_good:
        raise SystemExit(1)


def _id(root: Path, name: str) -> str:
    """Return the id that a question file's path stands for, or the name itself."""
    path = Path(name)
    if path.suffix != ".toml":
        return name
    parts = path.resolve().with_suffix("").parts
    return ".".join(parts[parts.index("questions") + 1 :]) if "questions" in parts else name


def _table(report: CheckReport) -> str:
    lines = [HEADER, *(_row(question) for question in report.questions)]
    for question in report.questions:
        lines += [f"{question.path}: {question.id}: {fault}" for fault in question.faults]
    lines += [f"bank: {fault}" for fault in report.faults] + [f"note: {note}" for note in report.notes]
    bad = sum(bool(question.faults) for question in report.questions)
    total = len(report.questions)
    lines.append(f"{total} questions, {total - bad} good, {bad} at fault")
    return "\n".join(lines)


def _row(question: QuestionReport) -> str:
    return (
        f"{question.id:<52}{question.distinct:>9}{question.space:>9}{question.acceptance:>8.0%}"
        f"{question.answers:>8}{question.milliseconds:>7.1f}  {len(question.faults) or '-'}"
    )
