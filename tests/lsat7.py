"""LSAT7: 1000 people, 5 items (R. D. Bock and M. Lieberman, Psychometrika 35, 1970)."""

from __future__ import annotations

import numpy as np

from quizengine.psychometrics.arrays import Floats

#: Answers, first digit item 1, and how many people gave them.
COUNTS = """
00000 12 00001 19 00010 1 00011 7 00100 3 00101 19 00110 3 00111 17 01000 10 01001 5 01010 3 01011 7
01100 7 01101 23 01110 8 01111 28 10000 7 10001 39 10010 11 10011 34 10100 14 10101 51 10110 15 10111 90
11000 6 11001 25 11010 7 11011 35 11100 18 11101 136 11110 32 11111 308
"""

SLOPES = np.array([0.98755, 1.08084, 1.70748, 0.76499, 0.73567])
INTERCEPTS = np.array([1.85586, 0.80797, 1.80521, 0.48600, 1.85446])
"""Of the two-parameter model, P = 1 / (1 + exp(-(a theta + d)))."""
RASCH = np.array([-0.5414696111, 0.5365457645, -0.1335828238, 0.8051659052, -0.6666592349])
"""Difficulties by conditional maximum likelihood, sum zero."""
PERSONS = np.array([-1.4861051, -0.4425869, 0.4363101, 1.4870054])
"""Abilities by maximum likelihood for 1 to 4 right, under the Rasch model."""


def answers() -> Floats:
    """Return the answers, (1000, 5)."""
    words = COUNTS.split()
    patterns = [[float(digit) for digit in pattern] for pattern in words[::2]]
    return np.repeat(patterns, [int(count) for count in words[1::2]], axis=0)
