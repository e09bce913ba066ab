"""``quizengine simulate``: the diagnostic tried on simulated people."""

from __future__ import annotations

import json
import time
from functools import partial
from pathlib import Path
from typing import get_args

import click

from quizengine.bank import load_bank
from quizengine.cli.options import bank_folder, bank_option, cache_folder, json_option, workers_option
from quizengine.cli.working import working
from quizengine.psychometrics import WORLDS, Row
from quizengine.psychometrics.simulation import Scheme
from quizengine.roadmap.graph import role as find_role
from quizengine.services.simulating import (
    NAMES,
    SCHEMES,
    Comparison,
    Run,
    Trial,
    simulate_bank,
    simulate_world,
)
from quizengine.services.trial_report import write_report


def _rules(_context: click.Context, _option: click.Parameter, value: str) -> tuple[Scheme, ...]:
    names = tuple(name.strip() for name in value.split(","))
    for name in names:
        if name not in get_args(Scheme):
            raise click.BadParameter(f"there is no rule {name!r}; there are {', '.join(get_args(Scheme))}")
    if len(set(names)) < len(names):
        raise click.BadParameter("a rule is named twice")
    return names  # type: ignore[return-value]  # checked above


@click.command(
    "simulate",
    epilog="Examples: quizengine simulate --persons 200 --items 25 --seed 1; "
    "quizengine simulate --world matched --world cold --rules risk,fixed --seeds 5 --out trial",
)
@click.option(
    "--world",
    "worlds",
    multiple=True,
    default=["bank"],
    show_default=True,
    type=click.Choice(["bank", *WORLDS]),
    help="Where the people live; may be given several times.",
)
@click.option(
    "--rules",
    default=",".join(SCHEMES),
    show_default=True,
    callback=_rules,
    help=f"What is tried, the others against the first: {', '.join(get_args(Scheme))}.",
)
@click.option(
    "--persons",
    default=400,
    show_default=True,
    type=click.IntRange(2, 100_000),
    help="How many people a seed.",
)
@click.option(
    "--items", default=25, show_default=True, type=click.IntRange(1, 200), help="Questions for each."
)
@click.option(
    "--seed", default=1, show_default=True, type=click.IntRange(0), help="Of people and their luck."
)
@click.option(
    "--seeds", default=1, show_default=True, type=click.IntRange(1, 100), help="So many seeds, from that on."
)
@click.option(
    "--exposure",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    help="Try the first rule once more with no question in more than this share of sittings, such as 0.25 "
    "(Sympson and Hetter).",
)
@click.option("--role", default="ml-engineer", show_default=True, help="The role whose goals are asked for.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="A folder for a report to look at: report.html and its pictures as PNG.",
)
@bank_option
@workers_option
@json_option
def command(  # noqa: PLR0913 - one argument an option
    *,
    worlds: tuple[str, ...],
    rules: tuple[Scheme, ...],
    persons: int,
    items: int,
    seed: int,
    seeds: int,
    exposure: float | None,
    role: str,
    out: Path | None,
    bank: Path | None,
    workers: int,
    as_json: bool,
) -> None:
    """Put simulated people through the diagnostic, and compare it with simpler ways.

    Prints how often gaps are told rightly, what the test claims about that, how many questions it
    uses and what a choice costs. Every rule meets the same people with the same luck. Equal seeds give
    equal figures, but for the times. Worlds: the bank with difficulties that lie off the authors'
    guesses; "matched", where the model is the truth; "cold", a bank that nobody has answered;
    "prerequisites" that are hard; wrong "slopes"; "careless" people who guess.
    """
    trials = []
    options = {
        "persons": persons, "items": items, "seed": seed, "seeds": seeds, "schemes": rules, "most": exposure,
    }  # fmt: skip
    with working(workers, "Simulating") as run:
        for world in worlds:
            if world == "bank":
                trials.append(_on_bank(bank, role, run)(**options))
            else:
                trials.append(simulate_world(world, **options, run=run, clock=time.perf_counter))  # type: ignore[arg-type]
    written = write_report(trials, out) if out else None
    if as_json:
        found = [trial.as_json() for trial in trials]
        click.echo(json.dumps(found[0] if len(found) == 1 else found, indent=1))
        return
    click.echo("\n\n".join(as_text(trial) for trial in trials))
    if written:
        click.echo(f"\nWrote {written}")


def _on_bank(bank: Path | None, role: str, run: Run) -> partial[Trial]:
    loaded = load_bank(bank_folder(bank), cache=cache_folder())
    wanted = find_role(loaded.roadmap, role)
    return partial(simulate_bank, loaded, wanted, run=run, clock=time.perf_counter)


def as_text(trial: Trial) -> str:
    """Return what came out, as text."""
    seeds = (
        f"seed {trial.seed}" if trial.seeds == 1 else f"seeds {trial.seed} to {trial.seed + trial.seeds - 1}"
    )
    if trial.world == "bank":
        where = f"role {trial.role}"
        about = f"asking for {trial.covered} of the {trial.skills} skills of the role"
    else:
        where = f"world {trial.world}"
        about = f"on {trial.skills} skills"
    lines = [
        f"{trial.persons} simulated people, {seeds}, {where}",
        f"{trial.questions} questions, {about}",
        f"{trial.gap_share:.1%} of all (person, skill) pairs are gaps",
        "",
        f"{'':26}questions  right     balanced  claimed  calibration error  certain (right)",
        *(
            _line(scheme, row)
            for scheme, row in trial.rows
            if scheme != "majority" or row.items == trial.items
        ),
        "",
        *(line for one in trial.comparisons for line in _compared(trial, one)),
        f"claimed - right after {trial.items} questions: {100 * trial.claim_error:+.1f} points",
        f"ends by itself after {trial.stop_items:.1f} questions, {trial.at_stop.right:.1%} right there, "
        f"calibration error {trial.at_stop.calibration_error:.3f}",
        f"the commonest question meets {trial.most_exposed:.0%}; {trial.never_used:.0%} are never asked",
        *_holding(trial),
        f"{trial.milliseconds:.2f} ms a choice and update",
    ]
    return "\n".join(lines)


def _line(scheme: str, row: Row) -> str:
    asked = "-" if scheme == "majority" else str(row.items)
    return (
        f"{NAMES[scheme]:26}{asked:>9}  {row.right:6.1%}    {row.balanced:6.1%}   {row.claimed:6.1%}"
        f"  {row.calibration_error:17.3f}  {row.certain:.0%} ({row.certain_right:.1%})"
    )


def _holding(trial: Trial) -> list[str]:
    held = trial.held
    if held is None:
        return []
    words = "" if held.settled else ", which was not reached: it asks for more questions or fewer places"
    return [
        f"held to {held.wanted:.0%}{words}: the commonest meets {held.reached:.0%} then "
        f"({held.rounds} rounds of simulation)"
    ]


def _compared(trial: Trial, one: Comparison) -> list[str]:
    words = "" if one.is_real else ": no difference that could be told from chance"
    lines = [
        f"{NAMES[trial.rule]} - {NAMES[one.other]}, after {trial.items}: {100 * one.difference:+.1f} points "
        f"(standard error {100 * one.standard_error:.1f}){words}"
    ]
    if trial.seeds > 1:
        each = ", ".join(f"{100 * difference:+.1f} ({100 * se:.1f})" for difference, se in one.by_seed)
        lines.append(f"  seed by seed: {each}")
    return lines
