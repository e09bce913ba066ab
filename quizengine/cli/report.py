"""What a check found, as text: a line a question, then every fault, then notes."""

from __future__ import annotations

from quizengine.bank.report import CheckReport, QuestionReport

COLUMNS = ("question", "variants", "space", "accept", "answers", "ms", "mutants", "faults")


def as_table(report: CheckReport) -> str:
    """Return the report as text."""
    width = max(len("question"), 0, *(len(question.id) for question in report.questions))
    lines = [_line(COLUMNS, width), *(_line(row(question), width) for question in report.questions)]
    for question in report.questions:
        lines += [f"{question.path}: {question.id}: {fault}" for fault in question.faults]
    lines += [f"bank: {fault}" for fault in report.faults] + [f"note: {note}" for note in report.notes]
    return "\n".join([*lines, outcome(report)])


def outcome(report: CheckReport) -> str:
    """Return how many questions are good, in one line."""
    total, bad = len(report.questions), sum(bool(question.faults) for question in report.questions)
    return f"{total} {'question' if total == 1 else 'questions'}, {total - bad} good, {bad} at fault"


def _line(cells: tuple[str, ...], width: int) -> str:
    first, *rest = cells
    return first.ljust(width) + "".join("  " + cell.rjust(9) for cell in rest)


def row(question: QuestionReport) -> tuple[str, ...]:
    """Return a question's line, a cell for each of ``COLUMNS``."""
    return (
        question.id,
        str(question.distinct),
        str(question.space),
        f"{question.acceptance:.0%}",
        str(question.answers),
        f"{question.milliseconds:.1f}",
        mutants(question),
        str(len(question.faults)) if question.faults else "-",
    )


def mutants(question: QuestionReport) -> str:
    """Return how many mutants were killed and, after a plus, signed off, of how many."""
    count = question.mutants
    if count is None:
        return "-"
    return f"{count.killed}{f'+{count.signed_off}' if count.signed_off else ''}/{count.made}"
