"""``quizengine check``: every question proves itself."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import click

from quizengine.bank import Bank, load_bank
from quizengine.bank.summary import summarise
from quizengine.cli.options import (
    bank_folder,
    bank_option,
    cache_folder,
    json_option,
    panel_folder,
    postgres_option,
    question_id,
    workers_option,
)
from quizengine.cli.summary import as_text
from quizengine.cli.working import working
from quizengine.model.counting import counted
from quizengine.sqljudge import keep_panels_in

#: Variants of each question that are set on paper: their looks differ less than their numbers.
VARIANTS_ON_PAPER = 2
#: Typst gives back little of the memory that documents took: some 0.3 GB a skill at all looks.
SKILLS_A_PROCESS = 2


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
    help="Write pages into this folder that show every question as a learner sees it, and what it proved.",
)
@click.option(
    "--paper",
    "on_paper",
    is_flag=True,
    help="Set every question on A4 and Letter, at 11 and 18 points, and look at the pages (extra author).",
)
@click.option("--summary", "counts", is_flag=True, help="Count what there is, and check nothing.")
@bank_option
@postgres_option
@workers_option
@json_option
def command(  # noqa: PLR0913 - all are options with names
    *,
    only: tuple[str, ...],
    bank: Path | None,
    seeds: int,
    every: bool,
    workers: int,
    folder: Path | None,
    on_paper: bool,
    counts: bool,
    as_json: bool,
) -> None:
    """Put every question of a bank through its gates.

    Name question files, ids, or beginnings of ids; without them the whole bank is checked.
    The exit code is 1 if anything is at fault.
    """
    wanted = [question_id(name) for name in only]
    loaded = load_bank(bank_folder(bank, only), only=wanted, cache=cache_folder())
    if counts:
        found = summarise(loaded)
        click.echo(json.dumps(found.as_json(), indent=1) if as_json else as_text(found))
        return
    # Counting needs neither the graders nor SymPy, and does not wait for them.
    from quizengine.bank.check import check_bank  # noqa: PLC0415
    from quizengine.bank.engines import judgeable  # noqa: PLC0415
    from quizengine.cli.report import as_table  # noqa: PLC0415
    from quizengine.sqljudge.postgres import require_server  # noqa: PLC0415

    require_server()
    keep_panels_in(panel_folder())
    if on_paper:
        _check_paper(loaded, min(seeds, VARIANTS_ON_PAPER), workers, as_json)
        return
    with working(workers, "Checking", prepare=partial(keep_panels_in, panel_folder())) as run:
        report = check_bank(loaded, seeds=seeds, every=every, whole=not wanted, run=run)
    if folder:
        from quizengine.web.gallery import write_gallery  # noqa: PLC0415

        click.echo(f"Gallery: {write_gallery(judgeable(loaded)[0], report, folder)}", err=True)
    click.echo(json.dumps(report.as_json(), indent=1) if as_json else as_table(report))
    if not report.is_good:
        raise SystemExit(1)


def _check_paper(bank: Bank, variants: int, workers: int, as_json: bool) -> None:
    from quizengine.paper.check import check_paper  # noqa: PLC0415 (Typst, which few commands need)

    prepare = partial(keep_panels_in, panel_folder())
    with working(workers, "Setting", prepare=prepare, most=SKILLS_A_PROCESS) as run:
        report = check_paper(bank, variants=variants, run=run)
    if as_json:
        click.echo(json.dumps(report.as_json(), indent=1))
    else:
        for one in report.found:
            click.echo(f"{'note: ' if one.is_note else ''}{one}")
        for note in report.notes:
            click.echo(f"note: {note}")
        pages = f"{counted(report.questions, 'question')} on {counted(report.pages, 'page')}"
        faults = counted(len(report.faults), "fault") if report.faults else "no faults"
        click.echo(f"{pages}, {variants} variants each: {faults}")
    if report.faults:
        raise SystemExit(1)
