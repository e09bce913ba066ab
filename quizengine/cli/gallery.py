"""The report of a check as a page, with samples of every question."""

from __future__ import annotations

import shutil
from html import escape
from pathlib import Path

from quizengine.bank import Bank, BankQuestion
from quizengine.bank.check import CheckReport, QuestionReport
from quizengine.cli.report import COLUMNS, outcome, row
from quizengine.cli.sample import as_html, page
from quizengine.errors import QuizEngineError
from quizengine.resources import resource

FONT = "QuizMath.woff2"
SAMPLES = 3


def write_pages(report: CheckReport, bank: Bank, folder: Path) -> Path:
    """Write the report as a page, with samples of every question, and return its path."""
    head = "".join(f"<th>{escape(name)}</th>" for name in COLUMNS)
    rows = "".join(f"<tr>{_cells(question)}</tr>" for question in report.questions)
    told = [*(f"bank: {fault}" for fault in report.faults), *(f"note: {note}" for note in report.notes)]
    body = [
        f"<p>{escape(outcome(report))}</p>",
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
    name, *rest = row(question)
    link = f'<td><a href="#{name}">{escape(name)}</a></td>'
    return link + "".join(f"<td>{escape(cell)}</td>" for cell in rest)


def _sample(entry: BankQuestion, seed: int) -> str:
    """Return a variant as HTML, or why there is none: the report is read when things are at fault."""
    try:
        return as_html(entry.variant(seed))
    except QuizEngineError as error:
        return f'<p class="fault">{escape(str(error))}</p>'
