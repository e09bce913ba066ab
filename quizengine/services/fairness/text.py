"""A study of fairness as plain text."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from quizengine.psychometrics.dif_screen import DifRow
from quizengine.psychometrics.drift import BATCH
from quizengine.psychometrics.impact import Selection
from quizengine.services.fairness.study import ODD, ImpactLine, Study

MOST_LINES = 40


def as_text(study: Study) -> str:
    """Return what came out, as text."""
    notes = [f"note: {n}" for n in study.notes]
    parts = [_head(study), _dif(study), _items(study), _watch(study), _people(study), _impact(study), notes]
    return "\n\n".join("\n".join(lines) for part in parts if (lines := list(part)))


def conclusion_words(line: ImpactLine) -> str:
    """Say what may be concluded about a group's selection, in words."""
    impact = line.impact
    small = min(impact.group.applied, impact.reference.applied)
    if impact.conclusion == "too few to say":
        return f"too few to say anything: {small} people in the smaller group"
    if impact.conclusion == "difference found":
        return "difference found: look for its cause; a difference alone does not show unfairness"
    power = 1.0 if impact.power is None else impact.power
    found = f"this sample would have found 50 % against 30 % in {power:.0%} of cases"
    return f"none found; {found}" if impact.conclusion == "none found" else f"no conclusion: {found}"


def _head(study: Study) -> Iterator[str]:
    yield (
        f"{study.source}: {study.persons:,} people, {len(study.items)} items, {study.answers:,} answers; "
        f"{study.untold:,} people did not tell a group"
    )
    width = max(len("group"), *(len(line.name) for line in study.groups))
    yield f"{'group':{width}}  people  right   ability (sd)"
    for line in study.groups:
        ability = "-" if line.mean is None else f"{line.mean:+.2f} ({line.sd:.2f})"
        reference = "  reference" if line.name == study.dif.reference else ""
        yield f"{line.name:{width}}  {line.people:6,}  {line.right:5.1%}  {ability:>12}{reference}"


def _dif(study: Study) -> Iterator[str]:
    judged, flagged = study.judged, study.dif.flagged
    few = len(study.dif.rows) - len(judged)
    equal = "sum score" if study.matched_on == "sum score" else "ability"
    yield (
        f"Items compared among people of equal {equal}: "
        f"{len(judged)} comparisons, {len(flagged)} flagged; {few} have too few people to say "
        f"(fewer than {study.least} in a group)"
    )
    if flagged:
        width = max(len("item"), *(len(study.items[row.item]) for row in flagged))
        names = max(len("group"), *(len(row.group) for row in flagged))
        yield (
            f"{'item':{width}}  {'group':{names}}  people  delta (95 %)           class  p adj.   "
            "R2 change  class  p adj."
        )
        order = sorted(flagged, key=size_of, reverse=True)
        yield from (_dif_line(study, row, width, names) for row in order[:MOST_LINES])
        if len(order) > MOST_LINES:
            yield f"... and {len(order) - MOST_LINES} more: --json or --html has them"
        yield "delta below 0: harder for the group than for people of the reference group of equal ability"


def chance(p: float) -> str:
    """Return a p-value in six characters: to four decimals, or that it is below them.

    >>> chance(0.01234), chance(3e-9)
    ('0.0123', '<.0001')
    """
    return "<.0001" if p < 0.0001 else f"{p:6.4f}"


def size_of(row: DifRow) -> float:
    """Return how many delta points a comparison lies from 0; 0 where it gave none."""
    delta = row.mantel_haenszel.delta if row.mantel_haenszel else 0.0
    return 0.0 if math.isnan(delta) else abs(delta)


def _dif_line(study: Study, row: DifRow, width: int, names: int) -> str:
    tables, curves = row.mantel_haenszel, row.logistic
    if tables is None or curves is None:
        return f"{study.items[row.item]:{width}}  {row.group:{names}}  {row.n_focal:6,}  {row.verdict}"
    reach = 1.96 * tables.standard_error
    interval = f"{tables.delta:+.2f} ({tables.delta - reach:+.2f} to {tables.delta + reach:+.2f})"
    return (
        f"{study.items[row.item]:{width}}  {row.group:{names}}  {row.n_focal:6,}  {interval:22} "
        f"{tables.ets_class:>5}  {chance(row.p_mantel_haenszel)}  {curves.r2_change:9.3f}  "
        f"{curves.size_class:>5}  {chance(row.p_logistic)}"
    )


def _items(study: Study) -> Iterator[str]:
    fit, drift, test = study.fit, study.drift, study.curve_test
    if fit is None or drift is None or test is None:
        return
    drifted, misfit = drift.flagged(study.level), test.p < study.level / len(study.items)
    odd = [n for n in range(len(study.items)) if fit.flagged[n] or drifted[n] or misfit[n]]
    yield f"Items with all people together: {len(odd)} of {len(study.items)} to look at"
    if not odd:
        return
    width = max(len("item"), *(len(study.items[n]) for n in odd))
    head = f"{test.name} (df) p"
    yield f"{'item':{width}}  answers  right   infit  outfit  {head:19} moved by  p adj.  why"
    for n in odd[:MOST_LINES]:
        curve = f"{test.statistic[n]:.1f} ({test.df[n]}) {chance(test.p[n])}"
        why = _reasons([(fit.flagged[n], "fit"), (misfit[n], "curve"), (drifted[n], "drift")])
        yield (
            f"{study.items[n]:{width}}  {fit.n[n]:7,}  {study.right[n]:5.1%}  {fit.infit[n]:6.2f}  "
            f"{fit.outfit[n]:6.2f}  {curve:19} {drift.shift[n]:+9.2f}  {chance(drift.p_adjusted[n])}  {why}"
        )
    if len(odd) > MOST_LINES:
        yield f"... and {len(odd) - MOST_LINES} more: --json or --html has them"


def _watch(study: Study) -> Iterator[str]:
    if study.watch is None:
        return
    yield (
        f"Drift as answers came in: {len(study.alarms)} of {len(study.items)} items alarmed; "
        f"{study.chance_alarms:.1f} would by chance"
    )
    for n in study.alarms[:MOST_LINES]:
        yield f"{study.items[n]}: {way_of(study, n)} after {study.watch[n].alarm} answers"


def way_of(study: Study, item: int) -> str:
    """Say whether an item that the watch alarmed for had become easier or harder."""
    seen = study.watch[item] if study.watch else None
    if seen is None or seen.alarm is None:
        return ""
    look = seen.alarm // BATCH - 1
    return "easier" if seen.easier[look] > seen.harder[look] else "harder"


def _people(study: Study) -> Iterator[str]:
    people = study.people
    if people is None:
        return
    yield (
        f"Person fit: {len(people.odd)} of {people.judged:,} people have p <= {ODD:g}; "
        f"{people.by_chance:.1f} would by chance"
        + (f"; {people.few:,} have too few answers" if people.few else "")
    )
    if people.odd:
        yield "something for a human to look at beside other evidence, never a rejection"
        width = max(len("person"), *(len(one.person) for one in people.odd[:MOST_LINES]))
        yield f"{'person':{width}}  answers       z  p"
        yield from (
            f"{one.person:{width}}  {one.answers:7,}  {one.z:6.2f}  {chance(one.p)}"
            for one in people.odd[:MOST_LINES]
        )
    if len(people.odd) > MOST_LINES:
        yield f"... and {len(people.odd) - MOST_LINES} more: --json or --html has them"


def _reasons(found: Sequence[tuple[bool, str]]) -> str:
    return ", ".join(name for is_so, name in found if is_so)


def _impact(study: Study) -> Iterator[str]:
    if not study.impacts:
        return
    yield "Selection, each group against those with a higher rate:"
    for line in study.impacts:
        impact = line.impact
        interval = f" ({impact.low:.2f} to {impact.high:.2f})" if impact.low and impact.high else ""
        yield (
            f"{_rate(line.name, impact.group)}, {_rate(line.reference, impact.reference)}: "
            f"ratio {impact.ratio:.2f}{interval}, exact p {chance(impact.p)}"
        )
        yield f"  {conclusion_words(line)}"
        if impact.flag_chance is not None:
            yield (
                f"  with equal true rates and groups of this size, a ratio below 4/5 comes by chance in "
                f"{impact.flag_chance:.0%} of cases{_one_person(line)}"
            )


def _rate(name: str, side: Selection) -> str:
    return f"{name} {side.selected} of {side.applied} ({side.rate:.0%})"


def _one_person(line: ImpactLine) -> str:
    more, fewer = line.impact.one_more, line.impact.one_fewer
    told = [f"one more {more:.2f}"] if more is not None else []
    told += [f"one fewer {fewer:.2f}"] if fewer is not None else []
    return f"; with {', '.join(told)}" if told else ""
