"""The options that say what is wanted on paper, and the wish that they come to."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from quizengine.bank import Bank
from quizengine.cli.options import Command
from quizengine.errors import TableError
from quizengine.model.sheet import KEY_PLACES
from quizengine.roadmap.graph import role as find_role
from quizengine.services.class_lists import MAX_BYTES, read_class_list
from quizengine.services.due import due_skills
from quizengine.services.runtime import Runtime
from quizengine.services.sheet_gaps import for_needs, for_role, gaps_of_learner, needs_of_report
from quizengine.services.sheet_wish import (
    DIFFICULTIES,
    MAX_COPIES,
    MAX_FORMS,
    MAX_MINUTES,
    MAX_QUESTIONS,
    SheetError,
    SheetWish,
)

MAX_REPORT = 50_000_000
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


class _Range(click.ParamType[Any]):
    """``-1..1``, or a word for it, as two numbers."""

    name = "WORD or LOW..HIGH"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[float, float]:
        if isinstance(value, tuple):
            return value
        if value in DIFFICULTIES:
            return DIFFICULTIES[value]
        low, dots, high = str(value).partition("..")
        try:
            return float(low), float(high if dots else low)
        except ValueError:
            self.fail(
                f"{value!r} is no range: write {', '.join(DIFFICULTIES)}, or two numbers with two dots "
                "between, as -1..1.",
                param,
                ctx,
            )


_OPTIONS = (
    click.option("--skills", default="", help="Ids, or an area such as math; several with commas between."),
    click.option("--role", default="", help="The skills that a role lives from."),
    click.option("--for", "report", type=_FILE, help="A report as JSON: its gaps, where they can be learnt."),
    click.option(
        "--minutes",
        default=40,
        show_default=True,
        type=click.IntRange(1, MAX_MINUTES),
        help="Writing by hand.",
    ),
    click.option(
        "--questions", type=click.IntRange(1, MAX_QUESTIONS), help="So many, however long they take."
    ),
    click.option(
        "--difficulty",
        default="any",
        show_default=True,
        type=_Range(),
        help="easy, medium, hard, or from where to where, in logits from -3 to 3.",
    ),
    click.option("--types", default="", help="Only these answer types, with commas between."),
    click.option(
        "--forms", default=1, show_default=True, type=click.IntRange(1, MAX_FORMS), help="Forms A to Z."
    ),
    click.option(
        "--copies",
        default=1,
        show_default=True,
        type=click.IntRange(1, MAX_COPIES),
        help="Each with its own values.",
    ),
    click.option("--names", type=_FILE, help="CSV with a column name: a copy each."),
    click.option("--title", default="", help="What stands on top."),
    click.option(
        "--paper", type=click.Choice(["a4", "letter"]), default="a4", show_default=True, help="Of the pages."
    ),
    click.option("--large-print", is_flag=True, help="18 points."),
    click.option(
        "--key",
        type=click.Choice(KEY_PLACES),
        default="separate",
        show_default=True,
        help="In a PDF of its own, behind the sheet in the same one, or not printed.",
    ),
)


def wish_options(command: Command) -> Command:
    """Give a command the options that say what is wanted."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def read_wish(
    bank: Bank, *, skills: str, role: str, report: Path | None, types: str, names: Path | None, **rest: Any
) -> SheetWish:
    """Return the wish that the options come to.

    Raises
    ------
    SheetError, TableError, UnknownNameError
        If a file or a name cannot be used.
    """
    wish = SheetWish(skills=_words(skills), types=_words(types), **rest)
    if names:
        wish = replace(wish, names=_class_of(names))
    if role:
        wish = for_role(wish, find_role(bank.roadmap, role).targets, bank)
    return for_needs(wish, needs_of_report(_report(report)), bank) if report else wish


def for_learner(
    runtime: Runtime, learner_id: str, wish: SheetWish, *, reviews: bool, now: datetime
) -> SheetWish:
    """Return a wish as it is for a learner: their gaps where nothing else is wanted, and what is due."""
    if reviews:
        due = due_skills(runtime, learner_id, now=now)
        if not due:
            raise SheetError("No skill of this learner is due for a review yet; leave --reviews out.")
        wish = replace(wish, reviews=due)
    if wish.skills or reviews:
        return wish
    return for_needs(wish, gaps_of_learner(runtime, learner_id), runtime.bank)


def _class_of(path: Path) -> tuple[str, ...]:
    with path.open("rb") as file:
        content = file.read(MAX_BYTES + 1)
    try:
        return read_class_list(content)
    except TableError as error:
        raise TableError(f"{path}:\n{error}") from error


def _report(path: Path) -> Any:
    if path.stat().st_size > MAX_REPORT:
        raise SheetError(f"{path}: more than {MAX_REPORT:,} bytes are no report.")
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise SheetError(f"{path}: this is no JSON; download a report from the end of its page.") from error


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for word in (part.strip() for part in text.split(",")) if word)
