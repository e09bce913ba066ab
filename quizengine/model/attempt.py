"""The states of an attempt, and what leads from one to the next: all of it as data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

State = Literal["ready", "in_progress", "paused", "submitted", "timed_out", "abandoned"]
STATES: tuple[State, ...] = get_args(State)
#: States in which an attempt may still be gone on with.
OPEN: tuple[State, ...] = ("ready", "in_progress", "paused")
#: States that nothing leads out of.
FINAL: tuple[State, ...] = ("submitted", "timed_out", "abandoned")

Kind = Literal["diagnostic", "practice", "screening", "preview", "confirmation"]
KINDS: tuple[Kind, ...] = get_args(Kind)
#: Kinds in which what stands in the form at the end is an answer, and a person is told what is logged.
EXAMINED: tuple[Kind, ...] = ("screening", "preview", "confirmation")

Move = Literal["start", "pause", "resume", "complete", "finish", "time_out", "give_up"]

#: ``(state, move) -> state``. A pair that is not here cannot happen. ``complete`` is the answer after which
#: the stopping rule holds, ``finish`` the person's own end, ``give_up`` an end without one.
TRANSITIONS: Mapping[tuple[State, Move], State] = {
    ("ready", "start"): "in_progress",
    ("ready", "give_up"): "abandoned",
    ("in_progress", "pause"): "paused",
    ("in_progress", "complete"): "submitted",
    ("in_progress", "finish"): "submitted",
    ("in_progress", "time_out"): "timed_out",
    ("in_progress", "give_up"): "abandoned",
    ("paused", "resume"): "in_progress",
    ("paused", "finish"): "submitted",
    ("paused", "give_up"): "abandoned",
}


def before(move: Move) -> tuple[State, ...]:
    """Return the states that a move leads out of.

    >>> before("finish")
    ('in_progress', 'paused')
    """
    return tuple(state for state, other in TRANSITIONS if other == move)


def after(move: Move) -> State:
    """Return the state that a move leads to, the same from everywhere.

    >>> after("time_out")
    'timed_out'
    """
    return next(state for (_, other), state in TRANSITIONS.items() if other == move)
