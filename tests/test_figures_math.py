"""Figures of the mathematics questions: the same text for the same values, other text for others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from xml.etree import ElementTree

import pytest

from quizengine.generation.figures.charts import bar_chart, dot_plot
from quizengine.generation.figures.plane import vector_arrows

BARS: dict[str, Any] = {"labels": [0, 1, 2], "x_title": "calls", "y_title": "chance", "step": 0.1}
CASES: list[tuple[Callable[..., str], Mapping[str, Any], Mapping[str, Any]]] = [
    (bar_chart, {**BARS, "heights": [0.2, 0.5, 0.3]}, {**BARS, "heights": [0.3, 0.5, 0.2]}),
    (dot_plot, {"values": [3, 3, 5], "x_title": "ms"}, {"values": [3, 5, 5], "x_title": "ms"}),
    (
        vector_arrows,
        {"ends": [[3, 1], [-2, 4]], "names": ["a", "b"]},
        {"ends": [[3, 1], [-2, 3]], "names": ["a", "b"]},
    ),
]


@pytest.mark.parametrize(("draw", "values", "others"), CASES, ids=[case[0].__name__ for case in CASES])
def test_equal_values_give_equal_pictures_and_other_values_others(
    draw: Callable[..., str], values: Mapping[str, Any], others: Mapping[str, Any]
) -> None:
    assert draw(**values) == draw(**values)
    assert draw(**values) != draw(**others)


@pytest.mark.parametrize(("draw", "values", "_others"), CASES, ids=[case[0].__name__ for case in CASES])
def test_a_picture_is_well_formed_and_carries_neither_date_nor_script(
    draw: Callable[..., str], values: Mapping[str, Any], _others: Mapping[str, Any]
) -> None:
    picture = draw(**values)

    root = ElementTree.fromstring(picture)
    assert root.tag.endswith("svg")
    assert "<dc:date>" not in picture
    assert not any(element.tag.endswith("script") for element in root.iter())
