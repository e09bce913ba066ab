"""What a calibration says of each item, and what to do with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf, isfinite, isnan, nan
from typing import Literal

from quizengine.psychometrics.arrays import Floats
from quizengine.psychometrics.calibration import Calibration, controlled
from quizengine.psychometrics.calibration.families import TWO_QUESTIONS
from quizengine.psychometrics.calibration.residuals import information, residuals

Verdict = Literal["retire", "look", "wait", "keep"]

HARDLY_TELLS = 0.2
TELLS_LITTLE = 0.4
"""Slopes below which an item does not belong with the others, or is a waste of time."""
FIT = (0.7, 1.3)
FIT_ANSWERS = 100
FAR = 4.0
"""Logits beyond which nobody is."""
RMSD = 0.1
WELL_KNOWN = 0.25
"""Standard error of b up to which an item is not provisional."""
DRIFT = 0.01
MATTERS = 0.3
"""Logits of drift that change what an answer means; with many answers less is significant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """How an item stands to what it was: its difficulty then, how far it moved, the corrected p-value."""

    before: float
    change: float
    p: float

    @property
    def alarms(self) -> bool:
        """Whether it moved beyond chance, and so far that it matters."""
        return self.p < DRIFT and not abs(self.change) < MATTERS


@dataclass(frozen=True, slots=True, kw_only=True)
class SumScoreFit:
    """S-X2 of an item: people of equal sum score against what its curve says; ``p`` is corrected."""

    statistic: float
    df: int
    p: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """How an item treats a group beside equally able people of the reference group.

    ``delta`` is below 0 where it is harder for the group; ``size`` is the larger of both tests' classes.
    """

    group: str
    reference: str
    delta: float
    size: str
    flagged: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRow:
    """All that is told of an item. ``information`` is its most, at any ability.

    ``sum_scores`` is None unless everybody answered everything, ``differences`` empty without groups.
    """

    item: str
    family: str
    n: int
    share: float
    a: float
    b: float
    c: float
    d: float
    se_a: float
    se_b: float
    infit: float
    outfit: float
    rmsd: float
    information: float
    sigma_f: float
    anchored: bool
    drift: Drift | None
    sum_scores: SumScoreFit | None = None
    differences: tuple[Difference, ...] = ()

    @property
    def findings(self) -> tuple[tuple[Verdict, str], ...]:
        """What speaks against the item, in words for its author, each with what it calls for."""
        return tuple(_findings(self)) if isfinite(self.a) else tuple(_unknown(self))

    @property
    def verdict(self) -> Verdict:
        """What to do: the most urgent of what was found."""
        return min((verdict for verdict, _ in self.findings), key=VERDICTS.index, default="keep")


VERDICTS: tuple[Verdict, ...] = ("retire", "look", "wait", "keep")


def judge(
    calibration: Calibration,
    names: Sequence[str],
    families: Sequence[str],
    spread: Mapping[str, float],
    drift: Mapping[str, Drift],
    total: Floats,
) -> tuple[ItemRow, ...]:
    """Return a row for each item, in their order."""
    fit = residuals(calibration)
    most = information(calibration).max(axis=1)
    return tuple(
        ItemRow(
            item=name,
            family=families[i],
            n=int(calibration.n[i]),
            share=float(total[i] / calibration.n[i]) if calibration.n[i] else nan,
            a=float(calibration.a[i]),
            b=float(calibration.b[i]),
            c=float(calibration.c[i]),
            d=float(calibration.d[i]),
            se_a=float(calibration.se_a[i]),
            se_b=float(calibration.se_b[i]),
            infit=float(fit.infit[i]),
            outfit=float(fit.outfit[i]),
            rmsd=float(fit.rmsd[i]),
            information=float(most[i]),
            sigma_f=spread.get(families[i], nan),
            anchored=bool(calibration.anchored[i]),
            drift=drift.get(name),
        )
        for i, name in enumerate(names)
    )


def _unknown(row: ItemRow) -> Iterator[tuple[Verdict, str]]:
    """Yield why an item has no parameters."""
    if row.share in (0.0, 1.0):
        right = "right" if row.share else "wrong"
        yield "look", f"all {row.n} answers are {right}: it tells nobody apart"
    else:
        yield "wait", f"{row.n} answers are too few for its parameters"


def _findings(row: ItemRow) -> Iterator[tuple[Verdict, str]]:
    """Yield what speaks against an item that has parameters."""
    if row.a < 0:
        yield "retire", "those who know more get it wrong more often: is the key right?"
    elif row.a < HARDLY_TELLS:
        yield "retire", f"it hardly tells those who know from those who do not (a = {row.a:.2f})"
    elif row.a < TELLS_LITTLE:
        yield "look", f"an answer tells little (a = {row.a:.2f})"
    if abs(row.b) > FAR:
        yield "retire", f"it is too {'hard' if row.b > 0 else 'easy'} for everybody (b = {row.b:.1f})"
    if row.n >= FIT_ANSWERS:
        yield from _misfit(row)
    if row.drift and row.drift.alarms:
        yield "look", _drifted(row.drift)
    for one in row.differences:
        if one.flagged:
            yield "look", _unlike(one)
    if row.sigma_f > TWO_QUESTIONS:
        yield "look", f"its variants differ by {row.sigma_f:.2f} logits: this question is two questions"
    if row.se_b > WELL_KNOWN and not row.anchored:
        yield "wait", f"its difficulty is known to {row.se_b:.2f} logits only; more answers will tell"


def _misfit(row: ItemRow) -> Iterator[tuple[Verdict, str]]:
    if not FIT[0] <= row.infit <= FIT[1]:
        way = "less" if row.infit > 1 else "more"
        yield "look", f"answers are {way} regular than its curve allows (infit {row.infit:.2f})"
    if not FIT[0] <= row.outfit <= FIT[1]:
        way = "surprise much" if row.outfit > 1 else "never surprise"
        yield "look", f"answers of those far from it {way} (outfit {row.outfit:.2f})"
    if row.rmsd > RMSD:
        yield "look", f"its curve is {100 * row.rmsd:.0f} points off what people do"


def _drifted(drift: Drift) -> str:
    if not isfinite(drift.change):
        return "it is not what it was when it was calibrated"
    way = "harder" if drift.change > 0 else "easier; is it known by now?"
    return f"it has become {abs(drift.change):.1f} logits {way}"


def _unlike(one: Difference) -> str:
    way = "harder" if one.delta < 0 else "easier"
    return f"it is {way} for {one.group} than for equally able people of {one.reference} (class {one.size})"


def drift_of(names: list[str], before: Floats, now: Floats, p: Floats) -> dict[str, Drift]:
    """Return the drift of each item by name, p-values corrected for their number."""
    corrected = controlled(p)
    return {
        name: Drift(before=float(was), change=float(is_now - was), p=float(q))
        for name, was, is_now, q in zip(names, before, now, corrected, strict=True)
        if not isnan(q)
    }


def order(row: ItemRow) -> tuple[int, float]:
    """Return where a row stands in a list that is read from the top: what to do first, then misfit."""
    return VERDICTS.index(row.verdict), -(row.rmsd if isfinite(row.rmsd) else -inf)
