"""What all charts share: a page, inks, and SVG or PNG of it.

matplotlib is imported when the first picture is drawn.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cache
from io import BytesIO, StringIO
from typing import TYPE_CHECKING, Any, Literal
from zlib import crc32

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Place = Literal["upper left", "upper right", "lower right"]
PIXELS = 160
"""Of a PNG, an inch: sharp on a page and in a slide."""
_STYLE = re.compile(r'style="([^"]*)"')
_ID = re.compile(r' id="([^"]+)"')
_REFERENCE = re.compile(r'(?:url\(|href=")#([^")]+)')
_SHEET = re.compile(r"<style[^>]*>.*?</style>\s*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Inks:
    """The colours of a chart, by the names of the style sheet."""

    text: str
    muted: str
    border: str
    accent: str
    bad: str
    good: str
    warn: str
    accent_soft: str
    surface_raised: str
    surface_sunken: str


#: Of a PNG: those of a light page.
LIGHT = Inks(
    text="#1c2028",
    muted="#575c66",
    border="#dcd7cc",
    accent="#2747a0",
    bad="#a3242c",
    good="#1b6839",
    warn="#7a5100",
    accent_soft="#e8edfa",
    surface_raised="#ffffff",
    surface_sunken="#f1eee7",
)
#: Of an SVG: each stands for a name that the style sheet gives a value to, light or dark. matplotlib
#: writes a colour as it is, so that one picture serves both.
THEMED = Inks(*(f"#{number:02x}{number:02x}{number:02x}" for number in range(1, len(fields(Inks)) + 1)))


def page(
    inks: Inks,
    width: float = 5.2,
    height: float = 3.4,
    *,
    columns: int = 1,
    widths: Sequence[float] | None = None,
) -> tuple[Figure, list[Axes]]:
    """Return a figure of so many inches and its axes side by side, without upper and right frames."""
    from matplotlib.figure import Figure  # noqa: PLC0415  (see above)

    _settle()
    picture = Figure(figsize=(width, height), layout="constrained", facecolor=inks.surface_raised)
    axes = list(picture.subplots(1, columns, squeeze=False, width_ratios=widths)[0])
    for one in axes:
        one.spines[["top", "right"]].set_visible(False)
        one.spines[["left", "bottom"]].set_color(inks.border)
        one.tick_params(colors=inks.muted, which="both")
        # Not made invisible: the lower of twins is drawn with its ground, whatever it was told.
        one.set_facecolor("none")
        for label in (one.xaxis.label, one.yaxis.label):
            label.set_color(inks.muted)
    return picture, axes


@cache
def _settle() -> None:
    """Set the look, once and not around each drawing: matplotlib's settings are shared by all threads."""
    from matplotlib import rcParams  # noqa: PLC0415  (see above)

    look: dict[Any, Any] = {"svg.hashsalt": "quizengine", "svg.fonttype": "path", "font.size": 11}
    rcParams.update(look)


def percent(axes: Axes, which: str = "y") -> None:
    """Write an axis of shares in percent."""
    axis = axes.yaxis if which == "y" else axes.xaxis
    axis.set_major_formatter(lambda value, _: f"{100 * value:.0f} %")


def whole(axes: Axes) -> None:
    """Write only whole numbers along the horizontal axis."""
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415  (see above)

    axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def legend(axes: Axes, inks: Inks, place: Place) -> None:
    """Name what is drawn, without a box."""
    axes.legend(loc=place, frameon=False, fontsize=9.5, labelcolor=inks.text, handlelength=2.2)


def svg(picture: Figure, title: str) -> str:
    """Return a picture drawn with `THEMED` as SVG to stand in a page, read out as ``title``.

    It has no style of its own, neither a sheet nor attributes: a page that forbids these shows it.
    """
    text = StringIO()
    picture.patch.set_visible(False)
    picture.savefig(text, format="svg", metadata={"Date": None})
    drawn = _SHEET.sub("", text.getvalue())
    drawn = _STYLE.sub(_as_attributes, drawn[drawn.index("<svg") :])
    drawn = _renamed(drawn, f"c{crc32(title.encode()):08x}")
    for field in fields(Inks):
        drawn = drawn.replace(getattr(THEMED, field.name), f"var(--{field.name.replace('_', '-')})")
    return drawn.replace("<svg ", f'<svg role="img" aria-label="{_escaped(title)}" ', 1)


def png(picture: Figure) -> bytes:
    """Return a picture drawn with `LIGHT` as PNG, equal for equal pictures."""
    data = BytesIO()
    picture.savefig(data, format="png", dpi=PIXELS, metadata={"Software": None})
    return data.getvalue()


def _as_attributes(style: re.Match[str]) -> str:
    parts = (part.partition(":") for part in style[1].split(";") if part.strip())
    return " ".join(f'{name.strip()}="{value.strip()}"' for name, _, value in parts)


def _renamed(drawn: str, prefix: str) -> str:
    """Keep the names that are referred to, as none of another picture's are, and drop the rest."""
    used = {name: f"{prefix}-{n}" for n, name in enumerate(dict.fromkeys(_REFERENCE.findall(drawn)))}
    named = _ID.sub(lambda found: f' id="{used[found[1]]}"' if found[1] in used else "", drawn)
    return _REFERENCE.sub(lambda found: found[0].replace(f"#{found[1]}", f"#{used[found[1]]}"), named)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
