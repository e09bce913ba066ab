"""``quizengine export``: questions in the formats of other systems."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from quizengine.bank import load_bank
from quizengine.bank.engines import judgeable, left_out_note
from quizengine.cli.files import is_record, read_json, read_sheet, write_whole
from quizengine.cli.opened import opened
from quizengine.cli.options import (
    bank_folder,
    bank_option,
    cache_folder,
    data_option,
    panel_folder,
    postgres_option,
)
from quizengine.errors import QuizEngineError
from quizengine.model.collection import Collection
from quizengine.model.sheet import Sheet
from quizengine.paper.export import (
    FORMATS,
    KEYED,
    NOTES_FILE,
    Export,
    Options,
    archive,
    export,
    is_strictly_good,
    notes_text,
)
from quizengine.services import printing
from quizengine.services.exporting import collection_from_json, freeze, of_sheet
from quizengine.sqljudge import keep_panels_in

if TYPE_CHECKING:
    from quizengine.paper.export import Note

#: Questions named on the screen beside each note; the file of notes names all.
MOST_NAMED = 3
_EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command(
    "export",
    epilog="Example: quizengine export --format moodle --questions math.bayes --variants 5 --out bayes.xml",
)
@click.option("--format", "form", required=True, type=click.Choice(list(FORMATS)), help="Of the file.")
@click.option("--questions", default="", help="Ids, or beginnings of ids, with commas between.")
@click.option("--variants", default=10, show_default=True, type=click.IntRange(1), help="Of each question.")
@click.option("--seed", default=1, show_default=True, type=click.IntRange(0), help="Which variants.")
@click.option("--sheet", default="", help="A printed sheet instead: its code, or its record CODE.json.")
@click.option("--from", "source", type=_EXISTING, help="A file of --format json --with-key instead.")
@click.option("--title", default="", help="The name of the collection.")
@click.option("--with-key", is_flag=True, help="With answers, where the format can do without them.")
@click.option("--as-text", is_flag=True, help="Compare expressions, sets and intervals as text.")
@click.option("--as-essay", is_flag=True, help="Have marked by hand what the format cannot judge.")
@click.option("--raw", is_flag=True, help="CSV without the signs that keep cells from being formulas.")
@click.option("--bom", is_flag=True, help="CSV with a mark at its beginning by which Excel knows UTF-8.")
@click.option("--strict", is_flag=True, help="Exit 1 if anything was left out or changed.")
@click.option(
    "--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="FILE, or FILE.zip."
)
@data_option
@bank_option
@postgres_option
def command(form: str, out: Path, strict: bool, **given: Any) -> None:
    """Write questions with frozen values, their keys and the feedback of each mistake.

    What a format cannot express is left out and named, on the screen and in EXPORT-NOTES.txt.
    """
    options = Options(**{name: given[name] for name in ("with_key", "as_text", "as_essay", "raw", "bom")})
    _check(form, options)
    collection = _collection(given)
    made = export(collection, form, options)
    if not made.count:
        raise QuizEngineError(f"None of these questions can be written as {form}:\n{_told(form, made.notes)}")
    _write(made, out)
    click.echo(_told(form, made.notes), err=True)
    click.echo(f"{made.count} questions in {out}")
    if strict and not is_strictly_good(made.notes):
        sys.exit(1)


def _check(form: str, options: Options) -> None:
    if (options.raw or options.bom) and form != "csv":
        raise click.UsageError("--raw and --bom are for --format csv alone.")
    if options.with_key and form not in KEYED:
        raise click.UsageError(f"--format {form} always has its keys: leave out --with-key.")
    if (options.as_text or options.as_essay) and form in KEYED:
        raise click.UsageError(
            f"--format {form} takes every answer as it is: leave out --as-text and --as-essay."
        )


def _collection(given: dict[str, Any]) -> Collection:
    wanted = [name for name in ("questions", "sheet", "source") if given[name]]
    if len(wanted) != 1:
        raise click.UsageError("Say what to export: one of --questions, --sheet and --from.")
    if given["sheet"]:
        return of_sheet(_sheet(given["sheet"], given["data"]))
    if given["source"]:
        return collection_from_json(read_json(given["source"], "file of questions"))
    names = tuple(filter(None, (part.strip() for part in given["questions"].split(","))))
    keep_panels_in(panel_folder())
    bank, left_out = judgeable(load_bank(bank_folder(given["bank"]), cache=cache_folder()))
    missing = [name for name in left_out if name.startswith(names)]
    if missing:
        click.echo(f"note: {left_out_note(missing)}", err=True)
    frozen = freeze(bank, names, given["variants"], seed=given["seed"], title=given["title"])
    for note in frozen.notes:
        click.echo(f"note: {note}", err=True)
    return frozen.collection


def _sheet(name: str, data: Path | None) -> Sheet:
    """Return a sheet from its record, or by its code from the database."""
    if is_record(name):
        return read_sheet(Path(name))
    with opened(data) as runtime:
        return printing.read_sheet(runtime, None, name).sheet


def _told(form: str, notes: tuple[Note, ...]) -> str:
    return notes_text(f"What went along as {form}", notes, most=MOST_NAMED).rstrip()


def _write(made: Export, out: Path) -> None:
    """Write one file, or an archive; the notes of one file stand beside it."""
    chief = [name for name in made.files if name != NOTES_FILE]
    if made.bundle or out.suffix.lower() == ".zip":
        write_whole(out, archive(made.files))
    elif len(chief) > 1:
        raise QuizEngineError(
            f"There are {len(chief)} files, with the figures: give --out a name that ends in .zip."
        )
    else:
        write_whole(out, made.files[chief[0]])
        write_whole(out.with_name(f"{out.stem}-{NOTES_FILE}"), made.files[NOTES_FILE])
