"""Plots: the same text for the same values, other text for others, no script and no date."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from xml.etree import ElementTree

import pytest

from quizengine.generation.figures.plots import box_plots, curves, histogram, log_line, scatter

TITLES = {"x_title": "x", "y_title": "y"}
CASES: list[tuple[Callable[..., str], Mapping[str, Any], Mapping[str, Any]]] = [
    (histogram, {"heights": [2, 4], "edges": [0, 5, 20], "step": 2, **TITLES}, {"heights": [4, 2]}),
    (
        box_plots,
        {
            "boxes": [[1, 2, 3, 4, 6]],
            "outliers": [[9]],
            "names": ["A"],
            "y_title": "ms",
            "step": 1,
        },
        {"outliers": [[8]]},
    ),
    (
        curves,
        {"xs": [1, 2], "lines": [[3, 2], [5, 4]], "names": ["a", "b"], "step": 1, **TITLES},
        {"lines": [[3, 2], [5, 3]]},
    ),
    (scatter, {"xs": [1, 2], "ys": [3, 1], "step": 1, "highest": 4, **TITLES}, {"ys": [3, 2]}),
    (log_line, {"xs": [0, 4], "ys": [10, 1000], **TITLES}, {"ys": [10, 500]}),
]
NAMES = [case[0].__name__ for case in CASES]


@pytest.mark.parametrize(("draw", "values", "others"), CASES, ids=NAMES)
def test_equal_values_give_equal_plots_and_other_values_others(
    draw: Callable[..., str], values: Mapping[str, Any], others: Mapping[str, Any]
) -> None:
    assert draw(**values) == draw(**values)
    assert draw(**values) != draw(**{**values, **others})


@pytest.mark.parametrize(("draw", "values", "_others"), CASES, ids=NAMES)
def test_a_plot_is_well_formed_and_carries_neither_date_nor_script(
    draw: Callable[..., str], values: Mapping[str, Any], _others: Mapping[str, Any]
) -> None:
    picture = draw(**values)

    root = ElementTree.fromstring(picture)
    assert root.tag.endswith("svg")
    assert "<dc:date>" not in picture
    assert not any(element.tag.endswith("script") for element in root.iter())


def test_heights_are_written_on_bars_only_when_asked_for() -> None:
    values = {"heights": [0.25, 0.5], "edges": [0, 1, 3], "step": 0.25, **TITLES}

    assert len(histogram(**values, written=1)) > len(histogram(**values))  # type: ignore[arg-type]
