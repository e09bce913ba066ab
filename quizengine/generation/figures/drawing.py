"""What all figures share: a page, its look, its ticks, and SVG text that is equal for equal arguments.

The one door to matplotlib, which is imported when the first picture is drawn: a bank is
loaded, and its figures are known by name, without waiting for it.
"""

from __future__ import annotations

from functools import cache
from io import StringIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

INK = "#222222"
GREY = "#767676"
PALE = "#d9d9d9"


def page(width: float = 4.6, height: float = 3.2) -> tuple[Figure, Axes]:
    """Return a figure of so many inches with one pair of axes, without the frame's upper and right side."""
    from matplotlib.figure import Figure  # noqa: PLC0415 (see above)

    _settle()
    picture = Figure(figsize=(width, height), layout="constrained")
    axes = picture.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    return picture, axes


@cache
def _settle() -> None:
    """Set the look, once and not around each drawing: matplotlib's settings are shared by all threads."""
    from matplotlib import rcParams  # noqa: PLC0415 (see above)

    rcParams.update({"svg.hashsalt": "quizengine", "svg.fonttype": "path", "font.size": 11})


def number_every(axis: Axis, step: float, *, between: bool = False) -> None:
    """Write a number every ``step`` along an axis, with an unnumbered tick ``between`` two if wanted."""
    from matplotlib.ticker import MultipleLocator  # noqa: PLC0415 (see above)

    axis.set_major_locator(MultipleLocator(float(step)))
    if between:
        axis.set_minor_locator(MultipleLocator(float(step) / 2))


def svg(picture: Figure) -> str:
    """Write the figure as SVG text, with no date and the same ids each time."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG  # noqa: PLC0415 (see above)

    text = StringIO()
    # What savefig would write, which draws it once more before, for formats that are cropped.
    FigureCanvasSVG(picture).print_svg(text, metadata={"Date": None})  # type: ignore[no-untyped-call]
    return text.getvalue()
