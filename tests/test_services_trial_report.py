"""The report of a simulation: whole by itself, every picture twice, and true to the figures."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from quizengine.services.charts.drawing import LIGHT, THEMED, png, svg
from quizengine.services.charts.trials import PICTURES
from quizengine.services.simulating import Trial, simulate_world
from quizengine.services.trial_report import as_html, write_report


@pytest.fixture(scope="module")
def trial() -> Trial:
    return simulate_world(
        "matched", persons=12, seed=3, items=6, schemes=("risk", "fixed", "majority"), seeds=2
    )


def test_a_report_needs_no_other_file_and_no_script(trial: Trial) -> None:
    page = as_html([trial])

    assert not re.search(r'\b(src|srcset)=|<link|<script|@import|url\((?!#)|href="(?!#)', page)
    assert page.count("<svg") == len(PICTURES)


def test_pictures_take_the_colours_of_the_page_and_bring_no_style_of_their_own(trial: Trial) -> None:
    drawn = svg(PICTURES["accuracy"](trial, THEMED), 'a "title"')

    assert "var(--accent)" in drawn
    assert "var(--muted)" in drawn
    assert not re.search(r"#0[1-9]0[1-9]0[1-9]|#fff|style=|<style", drawn)
    assert 'aria-label="a &quot;title&quot;"' in drawn


def test_every_picture_of_every_world_is_there_as_png_too(trial: Trial, tmp_path: Path) -> None:
    written = write_report([trial], tmp_path / "out")

    files = sorted(path.name for path in written.parent.glob("*.png"))
    assert files == [
        "matched-accuracy.png",
        "matched-exposure.png",
        "matched-length.png",
        "matched-reliability.png",
    ]
    assert all((written.parent / name).read_bytes().startswith(b"\x89PNG") for name in files)


def test_no_two_parts_of_a_page_have_one_name(trial: Trial) -> None:
    page = as_html([trial])

    names = re.findall(r'\bid="([^"]+)"', page)
    assert len(names) == len(set(names))
    assert set(re.findall(r'(?:url\(|href=")#([^")]+)', page)) <= set(names)


def test_equal_trials_are_drawn_equally(trial: Trial) -> None:
    for draw in PICTURES.values():
        assert svg(draw(trial, THEMED), "") == svg(draw(trial, THEMED), "")
    assert png(PICTURES["length"](trial, LIGHT)) == png(PICTURES["length"](trial, LIGHT))


def test_the_page_tells_each_difference_seed_by_seed(trial: Trial) -> None:
    page = as_html([trial])

    for one in trial.comparisons:
        assert len(one.by_seed) == 2
        assert f"{100 * abs(one.difference):.1f} ({100 * one.standard_error:.1f})" in page
