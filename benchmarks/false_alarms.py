"""How often the checks of items and people raise an alarm when nothing is wrong, beside what they promise.

Run ``python benchmarks/false_alarms.py`` (about ten minutes on one core; ``--size 0.1`` for a look);
prints a table and writes ``benchmarks/out/false_alarms.json``. Every world is drawn from the model, so each
alarm is a false one. The last column is the distance from the nominal level in standard errors: up to 2 or
so is what chance gives. Where a rate is promised to be *at most* something, there is no such distance.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path

import numpy as np

from quizengine.psychometrics import (
    AdaptiveTest,
    Curves,
    Design,
    binned_residuals,
    continuous,
    dif_screen,
    drift_test,
    infit_outfit,
    mantel_haenszel,
    person_fit,
    s_x2,
    watch_drift,
)
from quizengine.psychometrics.arrays import Floats
from quizengine.psychometrics.matching import NODES, others, quantile_bins

OUT = Path(__file__).parent / "out" / "false_alarms.json"
ITEMS = 40
LEVEL = 0.05


@dataclass(frozen=True, slots=True)
class Row:
    """One check in one world."""

    check: str
    world: str
    tests: int
    nominal: float
    rate: float
    standard_error: float
    at_most: bool = False

    @property
    def distance(self) -> float | None:
        """From the nominal level, in its standard errors; None where that is a bound."""
        error = (self.nominal * (1 - self.nominal) / self.tests) ** 0.5
        return None if self.at_most else (self.rate - self.nominal) / error


def curves_of(rng: np.random.Generator, n_items: int) -> Curves:
    """Items as a bank has them: four in ten are chosen from four options, the others typed."""
    return Curves.of(
        np.clip(np.exp(rng.normal(0.1, 0.3, n_items)), 0.3, 3.0),
        rng.normal(size=n_items),
        np.where(rng.random(n_items) < 0.4, 0.25, 0.02),
        0.98,
    )


def whole_form(rng: np.random.Generator, curves: Curves, theta: Floats) -> Floats:
    """Everybody is given every item."""
    chances = curves.chances(theta)
    return (rng.random(chances.shape) < chances).astype(np.float64)


def adaptive(rng: np.random.Generator, curves: Curves, theta: Floats) -> Floats:
    """Everybody is given half of the items, each near the best for what is known of them."""
    right, wrong = curves.logs(NODES)
    slope = np.gradient(curves.chances(NODES), NODES, axis=0)
    information = slope**2 / (curves.chances(NODES) * (1 - curves.chances(NODES)))
    answers, rows = whole_form(rng, curves, theta), np.arange(len(theta))
    given, logs = np.full(answers.shape, np.nan), np.tile(-(NODES**2) / 2, (len(theta), 1))
    for _ in range(len(curves) // 2):
        mass = np.exp(logs - logs.max(axis=1, keepdims=True))
        known = np.searchsorted(NODES, (mass @ NODES) / mass.sum(axis=1))
        wanted = information[known] * np.exp(rng.normal(0, 0.3, answers.shape))
        item = np.where(np.isnan(given), wanted, -1.0).argmax(axis=1)
        given[rows, item] = answers[rows, item]
        logs += np.where(answers[rows, item][:, None] > 0, right[:, item].T, wrong[:, item].T)
    return given


World = Callable[[np.random.Generator, Curves, Floats], Floats]
WORLDS: dict[str, World] = {"whole form": whole_form, "adaptive": adaptive}


def of_groups(runs: int) -> Iterator[Row]:
    """DIF of two groups of 500, equally able and a whole sd apart."""
    for world, give in WORLDS.items():
        for impact in (0.0, 1.0):
            tables, fits, uniform, turning, large, flagged = [], [], [], [], [], []
            for run in range(runs):
                rng = np.random.default_rng((1, run))
                curves, group = curves_of(rng, ITEMS), np.repeat([0, 1], 500)
                scores = give(rng, curves, rng.normal(size=1000) - impact * group)
                names = ["one" if g == 0 else "other" for g in group]
                screen = dif_screen(scores, names, curves, reference="one", least=100)
                for row in screen.rows:
                    if row.mantel_haenszel and row.logistic and np.isfinite(row.mantel_haenszel.p):
                        tables.append(row.mantel_haenszel.p < LEVEL)
                        large.append(row.mantel_haenszel.ets_class == "C")
                        flagged.append(row.verdict == "flagged")
                        fits.append(row.logistic.p < LEVEL)
                        uniform.append(row.logistic.p_uniform < LEVEL)
                        turning.append(row.logistic.p_nonuniform < LEVEL)
            name = f"{world}, groups {impact:g} sd apart"
            yield row_of("Mantel-Haenszel, p < .05", name, tables)
            yield row_of("logistic, 2 df, p < .05", name, fits)
            yield row_of("  uniform part", name, uniform)
            yield row_of("  non-uniform part", name, turning)
            yield row_of("Mantel-Haenszel, class C", name, large, 0.01, at_most=True)
            yield row_of("flagged by the screen", name, flagged, 0.01, at_most=True)


def of_one_prior(runs: int) -> Row:
    """What matching under one prior for all would do, were it done: the reason for a prior a group."""
    alarms = []
    for run in range(runs):
        rng = np.random.default_rng((1, run))
        curves, group = curves_of(rng, ITEMS), np.repeat([0, 1], 500)
        scores = whole_form(rng, curves, rng.normal(size=1000) - group)
        ability = others(scores, curves).ability
        for item in range(ITEMS):
            strata = quantile_bins(ability[:, item], 8)
            alarms.append(mantel_haenszel(scores[:, item], group == 1, strata).p < LEVEL)
    return row_of("(with one prior for all)", "whole form, groups 1 sd apart", alarms)


def of_items(runs: int) -> Iterator[Row]:
    """Fit and drift of items whose curves hold, 800 people."""
    for world, give in WORLDS.items():
        infit, outfit, drift, sums, binned = [], [], [], [], []
        for run in range(runs):
            rng = np.random.default_rng((2, run))
            curves = curves_of(rng, ITEMS)
            scores = give(rng, curves, rng.normal(0.3, 1.0, 800))
            fit, moved = infit_outfit(scores, curves), drift_test(scores, curves)
            enough = fit.n >= 100
            infit += list(abs(fit.infit_z[enough]) > 1.96)
            outfit += list(abs(fit.outfit_z[enough]) > 1.96)
            drift += list(moved.p[enough] < LEVEL)
            binned += list(binned_residuals(scores, curves).p[enough] < LEVEL)
            if world == "whole form":
                centred = whole_form(rng, curves, rng.normal(size=800))
                sums += list(s_x2(centred, curves, estimated=0).p < LEVEL)
        yield row_of("infit, |z| > 1.96", world, infit)
        yield row_of("outfit, |z| > 1.96", world, outfit)
        yield row_of("by ability, p < .05", world, binned)
        yield row_of("drift, p < .05", world, drift)
        if sums:
            yield row_of("S-X2, p < .05", world, sums)


def of_watch(runs: int) -> Row:
    """An item's watch over a year of 1000 answers: 50 batches of 20."""
    rng = np.random.default_rng(3)
    chances = rng.uniform(0.2, 0.9, (runs, 1000))
    off = (rng.random(chances.shape) < chances) - chances
    alarms = [watch_drift(one, p * (1 - p)).alarm is not None for one, p in zip(off, chances, strict=True)]
    # One false alarm in 465 looks in the long run, and this is 50 looks; the sums start from 0: it is less.
    chance = 1 - np.exp(-50 / 465)
    return row_of("drift watch, any alarm", "a year of 1000 answers", alarms, chance, at_most=True)


def of_people(people: int) -> Iterator[Row]:
    """Person fit over 24 skills, 30 answers, adaptive and not."""
    world = continuous(seed=7, persons=people, skills=24, items=240, areas=4)
    answers = world.answers(7)
    for name in WORLDS:
        p = []
        for person in range(people):
            items = list(range(0, 240, 8))
            if name == "adaptive":
                test = AdaptiveTest(
                    world.pool,
                    world.prior,
                    world.cuts,
                    max_items=30,
                    seed=person,
                    design=Design(min_gain=0.0),
                )
                while (item := test.next_item()) is not None:
                    test.record(item, float(answers[person, item]))
                items = list(test.items)
            found = person_fit(world.pool, world.prior, items, answers[person, items], seed=person)
            p.append(found.p)
        values = np.array(p)
        yield row_of("person fit, p <= .05", f"{name}, 30 items, 24 skills", list(values <= 0.05))
        yield row_of("person fit, p <= .01", f"{name}, 30 items, 24 skills", list(values <= 0.01), 0.01)


def row_of(
    check: str, world: str, alarms: list[bool], nominal: float = LEVEL, *, at_most: bool = False
) -> Row:
    """Count alarms."""
    rate = float(np.mean(alarms))
    error = (rate * (1 - rate) / len(alarms)) ** 0.5
    return Row(check, world, len(alarms), float(nominal), rate, error, at_most)


def as_line(row: Row) -> str:
    """Return a line of the table."""
    distance = "" if row.distance is None else f"{row.distance:+.1f}"
    bound = "<=" if row.at_most else "  "
    return (
        f"{row.check:25}  {row.world:34}  {row.tests:5}  {bound}{row.nominal:.3f}  "
        f"{row.rate:.4f} ({row.standard_error:.4f})  {distance:>5}"
    )


def main() -> None:
    """Run everything, print it and write it down."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=float, default=1.0, help="share of the full number of runs")
    size = parser.parse_args().size
    print(f"{'check':25}  {'world':34}  tests  nominal  rate (se)        distance")
    rows: list[Row] = []
    for row in chain(
        of_groups(max(2, round(100 * size))),
        [of_one_prior(max(2, round(100 * size)))],
        of_items(max(2, round(100 * size))),
        [of_watch(max(50, round(2000 * size)))],
        of_people(max(50, round(1000 * size))),
    ):
        rows.append(row)
        print(as_line(row), flush=True)
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps([{**asdict(row), "distance": row.distance} for row in rows], indent=1), "utf-8")


if __name__ == "__main__":
    main()
