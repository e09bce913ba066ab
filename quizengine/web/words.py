"""Numbers, dates and bands in words: filters of the templates."""

from __future__ import annotations

from datetime import UTC, date, datetime

from flask import Flask

from quizengine.model.counting import counted
from quizengine.model.estimate import Band, Gap
from quizengine.roadmap.gaps import probability_words

BANDS: dict[Band, str] = {"gap": "Gap", "unclear": "Unclear", "ready": "Ready"}
PHASES = {"foundation": "Foundation", "intermediate": "Intermediate", "advanced": "Advanced"}


def now() -> datetime:
    """Return this moment: pages hold the clock, services are handed it."""
    return datetime.now(UTC)


def percent(share: float) -> str:
    """Return a share as a percentage.

    >>> percent(0.432)
    '43%'
    """
    return f"{share:.0%}"


def probability(p: float) -> str:
    """Return a probability as a percentage that is never all or nothing: no test makes certain.

    >>> probability(0.86), probability(0.9996), probability(0.001)
    ('86%', 'over 99%', 'under 1%')
    """
    if p > 0.99:
        return "over 99%"
    return "under 1%" if p < 0.01 else percent(p)


def day(moment: date) -> str:
    """Return a date.

    >>> day(date(2026, 11, 3))
    '3 November 2026'
    """
    return f"{moment.day} {moment:%B %Y}"


def short_day(moment: date) -> str:
    """Return a date without its year.

    >>> short_day(date(2026, 11, 3))
    '3 Nov'
    """
    return f"{moment.day} {moment:%b}"


def moment(at: datetime) -> str:
    """Return a moment, in UTC: the server does not know where a person is.

    >>> moment(datetime(2026, 11, 3, 14, 5, tzinfo=UTC))
    '3 November 2026, 14:05 UTC'
    """
    return f"{day(at.astimezone(UTC))}, {at.astimezone(UTC):%H:%M} UTC"


def number(value: float) -> str:
    """Return a number without needless decimals.

    >>> number(6.0), number(2.5)
    ('6', '2.5')
    """
    return f"{value:g}"


def span(low: float, high: float, unit: str = "") -> str:
    """Return a range, or the one number it is.

    >>> span(4, 7.5), span(2, 2)
    ('4 to 7.5', '2')
    """
    ends = number(low) if low == high else f"{number(low)} to {number(high)}"
    return f"{ends}\N{NO-BREAK SPACE}{unit}".strip() if unit else ends


def standing_words(gap: Gap) -> str:
    """Return how sure it is on which side of its goal a skill is.

    The same table of words for both sides: a skill that is ready is told by the chance to be at
    the goal, so that nobody has to turn a "very unlikely" round.
    """
    if gap.probability < 0.4:
        return f"{probability_words(1 - gap.probability)} at the goal"
    words = probability_words(gap.probability)
    return words if words == "too close to call" else f"{words} below the goal"


def target_words(p: float) -> str:
    """Return how sure it is that somebody is at a target, by the same table of words.

    >>> target_words(0.97), target_words(0.5), target_words(0.1)
    ('very likely at the target', 'too close to call', 'likely below the target')
    """
    if p < 0.4:
        return f"{probability_words(1 - p)} below the target"
    words = probability_words(p)
    return words if words == "too close to call" else f"{words} at the target"


def init_app(app: Flask) -> None:
    """Give the words to every template."""
    app.jinja_env.filters.update(
        percent=percent,
        probability=probability,
        day=day,
        short_day=short_day,
        moment=moment,
        number=number,
        standing_words=standing_words,
        target_words=target_words,
    )
    app.jinja_env.globals.update(counted=counted, span=span, BANDS=BANDS, PHASES=PHASES)
