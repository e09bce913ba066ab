"""What all figures share: a page, its look, and SVG text that is equal for equal arguments."""

from __future__ import annotations

from io import StringIO

from matplotlib import rcParams
from matplotlib.axes import Axes
from matplotlib.figure import Figure

INK = "#222222"
GREY = "#767676"
PALE = "#d9d9d9"
# Set once, not around each drawing: matplotlib's settings are shared by all threads.
rcParams.update({"svg.hashsalt": "quizengine", "svg.fonttype": "path", "font.size": 11})


def page(width: float = 4.6, height: float = 3.2) -> tuple[Figure, Axes]:
    """Return a figure of so many inches with one pair of axes, without the frame's upper and right side."""
    picture = Figure(figsize=(width, height), layout="constrained")
    axes = picture.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    return picture, axes


def svg(picture: Figure) -> str:
    """Write the figure as SVG text, with no date and the same ids each time."""
    text = StringIO()
    picture.savefig(text, format="svg", metadata={"Date": None})
    return text.getvalue()
