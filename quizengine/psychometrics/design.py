"""How a test is conducted, as one value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from quizengine.errors import PsychometricsError

AreaBounds = Mapping[str, tuple[int, int]] | Mapping[int, tuple[int, int]]


@dataclass(frozen=True, kw_only=True)
class Design:
    """How a test is conducted.

    Parameters
    ----------
    min_items : int
        Answers before a test may stop for want of gain.
    min_gain : float, skills an item
        Stop when the best item is expected to settle less than this; 0 never stops for that.
    warmup : int
        Items chosen by entropy first, while risk is still flat.
    tie : float
        Weight of entropy beside risk afterwards: far from the cuts risk alone drops by exactly 0.
    near_best : float in [0, 1)
        Draw among the items of the chosen skill within this share of the best, to spread exposure.
    openings : int >= 1
        The first item is drawn from so many best ones.
    blueprint : mapping of area to (least, most), optional
        See `make_blueprint` for what holds without one.
    max_seconds : float, optional
        Time budget; needs a pool with ``log_seconds``.
    time_weight : float, optional
        Choose by drop / seconds ** time_weight: 0.5 with a time budget, else 0.
    misconception_weight : float in [0, 0.5]
        What a misconception counts as against the skill it points to; 0 in screenings.
    exposure : (J,) floats in (0, 1], optional
        Chance of each item to be given when it is chosen, as `sympson_hetter` finds it.

    Examples
    --------
    >>> Design(min_items=14, min_gain=0.0).tie
    0.05
    """

    min_items: int = 12
    min_gain: float = 0.10
    warmup: int = 5
    tie: float = 0.05
    near_best: float = 0.10
    openings: int = 20
    blueprint: AreaBounds | None = None
    max_seconds: float | None = None
    time_weight: float | None = None
    misconception_weight: float = 0.25
    exposure: Sequence[float] | None = None

    def __post_init__(self) -> None:
        rules = {
            "min_items must be at least 0": self.min_items >= 0,
            "min_gain must be at least 0": self.min_gain >= 0,
            "warmup must be at least 0": self.warmup >= 0,
            "tie must be at least 0": self.tie >= 0,
            "near_best must be in [0, 1)": 0 <= self.near_best < 1,
            "openings must be at least 1": self.openings >= 1,
            "max_seconds must be above 0": self.max_seconds is None or self.max_seconds > 0,
            "time_weight must be at least 0": self.time_weight is None or self.time_weight >= 0,
            "misconception_weight must be in [0, 0.5]": 0 <= self.misconception_weight <= 0.5,
            "exposure must be in (0, 1]": all(0 < chance <= 1 for chance in self.exposure or ()),
        }
        broken = [rule for rule, holds in rules.items() if not holds]
        if broken:
            raise PsychometricsError("; ".join(broken))

    @property
    def pace_weight(self) -> float:
        """The power of time that drops are divided by."""
        if self.time_weight is not None:
            return self.time_weight
        return 0.0 if self.max_seconds is None else 0.5
