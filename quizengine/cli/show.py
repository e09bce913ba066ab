"""``quizengine show``: one variant of a question."""

from __future__ import annotations

import json
from pathlib import Path

import click

from quizengine.bank import load_bank
from quizengine.grading import key_text
from quizengine.markup import to_html, to_text
from quizengine.model.answers import ChoiceAnswer, ChoicesAnswer, OrderingAnswer, OutputAnswer
from quizengine.model.variant import Variant
from quizengine.resources import resource
from quizengine.store.codec import variant_to_json


@click.command("show", epilog="Example: quizengine show math.matrices.product --seed 7")
@click.argument("question_id")
@click.option("--seed", default=1, show_default=True, type=click.IntRange(0), help="Which variant.")
@click.option("--bank", type=click.Path(path_type=Path), help="The bank's folder; default: the one that ships.")
@click.option("--html", "form", flag_value="html", help="Print the prompt and the solution as HTML.")
@click.option("--json", "form", flag_value="json", help="Print the variant as JSON.")
def command(question_id: str, seed: int, bank: Path | None, form: str | None) -> None:
    """Show one variant of a question: prompt, key, misconceptions, solution."""
    variant = load_bank(bank or resource("question_banks") / "backend_to_ml")[question_id].variant(seed)
    if form == "json":
        click.echo(json.dumps(variant_to_json(variant)[0], indent=1))
    elif form == "html":
        click.echo(to_html(variant.prompt) + "\n<hr>\n" + to_html(variant.solution))
    else:
        click.echo(as_text(variant))


def as_text(variant: Variant) -> str:
    """Return a variant as plain text."""
    lines = [f"{variant.question_id}  {', '.join(variant.answer_types)}", "", to_text(variant.prompt), ""]
    for part in variant.parts:
        answer = part.answer
        if isinstance(answer, ChoiceAnswer | ChoicesAnswer):
            lines += [f"  {option.id}) {to_text(option.text)}" for option in answer.options]
        if isinstance(answer, OrderingAnswer):
            lines += [f"  {item.id}) {to_text(item.text)}" for item in answer.items]
        if isinstance(answer, OutputAnswer):
            lines += [f"  | {line}" for line in answer.code.splitlines()]
        lines.append(f"Key {part.name}: {key_text(answer)}")
    lines += [f"Alt text: {variant.figure.alt}"] if variant.figure else []
    lines.append("")
    for wrong in variant.misconceptions:
        given = wrong.query or "; ".join(key_text(answer) for answer in wrong.answers if answer is not None)
        lines.append(f"- {wrong.id} -> {wrong.points_to}: {given or 'a range of answers'}")
        lines.append(f"    {to_text(wrong.feedback)}")
    lines += ["", *(f"Hint: {to_text(hint)}" for hint in variant.hints), "Solution:", to_text(variant.solution)]
    return "\n".join(lines)
