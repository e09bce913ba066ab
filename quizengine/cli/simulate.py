"""``quizengine simulate``: the diagnostic tried on simulated people."""

from __future__ import annotations

import json
import time
from pathlib import Path

import click

from quizengine.bank import load_bank
from quizengine.cli.options import bank_folder, bank_option, cache_folder, json_option, workers_option
from quizengine.cli.working import working
from quizengine.psychometrics import Row
from quizengine.roadmap.graph import role as find_role
from quizengine.services.simulating import Comparison, Trial, simulate_bank

NAMES = {
    "risk": "adaptive",
    "random": "random, same posterior",
    "fixed": "one form, same posterior",
    "majority": "majority",
}


@click.command("simulate", epilog="Example: quizengine simulate --persons 200 --items 25 --seed 1")
@click.option(
    "--persons", default=400, show_default=True, type=click.IntRange(2, 100_000), help="How many people."
)
@click.option(
    "--items", default=25, show_default=True, type=click.IntRange(1, 200), help="Questions for each."
)
@click.option(
    "--seed", default=1, show_default=True, type=click.IntRange(0), help="Of people and their luck."
)
@click.option("--role", default="ml-engineer", show_default=True, help="The role whose goals are asked for.")
@bank_option
@workers_option
@json_option
def command(
    *, persons: int, items: int, seed: int, role: str, bank: Path | None, workers: int, as_json: bool
) -> None:
    """Put simulated people through the bank's diagnostic, and compare it with simpler ways.

    Prints how often gaps are told rightly, what the test claims about that, how many questions it
    uses and what a choice costs. Equal seeds give equal figures, but for the times.
    """
    loaded = load_bank(bank_folder(bank), cache=cache_folder())
    wanted = find_role(loaded.roadmap, role)
    with working(workers, "Simulating") as run:
        trial = simulate_bank(
            loaded, wanted, persons=persons, seed=seed, items=items, run=run, clock=time.perf_counter
        )
    click.echo(json.dumps(trial.as_json(), indent=1) if as_json else as_text(trial))


def as_text(trial: Trial) -> str:
    """Return what came out, as text."""
    lines = [
        f"{trial.persons} simulated people, seed {trial.seed}, role {trial.role}",
        f"{trial.questions} questions, asking for {trial.covered} of the {trial.skills} skills of the role",
        f"{trial.gap_share:.1%} of all (person, skill) pairs are gaps",
        "",
        f"{'':26}questions  right     balanced  claimed  calibration error  certain (right)",
        *(
            _line(scheme, row)
            for scheme, row in trial.rows
            if scheme != "majority" or row.items == trial.items
        ),
        "",
        *(_compared(one, trial.items) for one in trial.comparisons),
        f"claimed - right after {trial.items} questions: {100 * trial.claim_error:+.1f} points",
        f"ends by itself after {trial.stop_items:.1f} questions, {trial.at_stop.right:.1%} right there",
        f"the commonest question meets {trial.most_exposed:.0%}; {trial.never_used:.0%} are never asked",
        f"{trial.milliseconds:.2f} ms a choice and update",
    ]
    return "\n".join(lines)


def _line(scheme: str, row: Row) -> str:
    asked = "-" if scheme == "majority" else str(row.items)
    return (
        f"{NAMES[scheme]:26}{asked:>9}  {row.right:6.1%}    {row.balanced:6.1%}   {row.claimed:6.1%}"
        f"  {row.calibration_error:17.3f}  {row.certain:.0%} ({row.certain_right:.1%})"
    )


def _compared(one: Comparison, items: int) -> str:
    words = "" if one.is_real else ": no difference that could be told from chance"
    return (
        f"adaptive - {NAMES[one.other]}, after {items}: {100 * one.difference:+.1f} points "
        f"(standard error {100 * one.standard_error:.1f}){words}"
    )
