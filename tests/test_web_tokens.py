"""The colours: every pair of text and surface that the style sheets use can be read, light and dark."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from quizengine.resources import resource

CSS = resource("static") / "css"
SURFACES = ("surface", "surface-raised", "surface-sunken")
TEXT_ON = [
    *((text, surface) for text in ("text", "muted", "accent", "good", "bad", "warn") for surface in SURFACES),
    *((text, soft) for text in ("text", "accent", "muted") for soft in ("accent-soft",)),
    *((text, f"{kind}-soft") for kind in ("good", "bad", "warn") for text in ("text", kind)),
    ("muted", "bad-soft"),
    ("accent-text", "accent"),
    ("accent-text", "accent-hover"),
]
#: What must only be seen, not read: borders of fields, the ring of the focus.
MARKS_ON = [(mark, surface) for mark in ("border-strong", "focus", "accent") for surface in SURFACES]


def colours(scheme: int) -> dict[str, str]:
    """The value of each colour: scheme 0 is light, 1 is dark."""
    tokens = (CSS / "tokens.css").read_text()
    pairs = re.findall(r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)", tokens)
    return {name: (light, dark)[scheme] for name, light, dark in pairs}


def luminance(colour: str) -> float:
    """Relative luminance, as WCAG 2.2 defines it."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_the_formula_gives_the_published_extremes() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "surface"), TEXT_ON)
def test_text_can_be_read(text: str, surface: str, scheme: int) -> None:
    known = colours(scheme)

    assert contrast(known[text], known[surface]) >= 4.5


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("mark", "surface"), MARKS_ON)
def test_marks_can_be_seen(mark: str, surface: str, scheme: int) -> None:
    known = colours(scheme)

    assert contrast(known[mark], known[surface]) >= 3


def uses() -> Iterator[tuple[str, str]]:
    for path in sorted(CSS.glob("*.css")):
        for found in re.findall(r"var\(--([\w-]+)", path.read_text()):
            yield path.name, found


def test_every_variable_that_is_used_is_declared() -> None:
    declared = {name for path in CSS.glob("*.css") for name in re.findall(r"--([\w-]+):", path.read_text())}

    assert [(file, name) for file, name in uses() if name not in declared] == []


def test_colours_are_written_in_the_file_of_tokens_alone() -> None:
    # light-dark() and rgb() with a reason stand elsewhere; a bare hex colour is paper white, or a slip
    found = {
        (path.name, colour)
        for path in CSS.glob("*.css")
        if path.name not in ("tokens.css", "print.css")
        for line in path.read_text().splitlines()
        if "light-dark(" not in line
        for colour in re.findall(r"#[0-9a-fA-F]{3,8}\b", line)
    }

    assert found <= {("question.css", "#fff")}
