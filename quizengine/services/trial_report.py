"""The report of a simulation: one page that needs no other file, and its pictures as PNG."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from markupsafe import Markup

from quizengine.services.charts.drawing import LIGHT, THEMED, png, svg
from quizengine.services.charts.trials import PICTURES
from quizengine.services.report_page import render_report
from quizengine.services.simulating import NAMES, Trial

PAGE = "report.html"
#: What a world is, in a line for readers.
WORLDS = {
    "bank": "The questions of the bank. People are drawn from the belief that the test starts from; true "
    "difficulties lie off the authors' guesses by 0.7 logits.",
    "matched": "The model is the truth.",
    "cold": "A bank that nobody has answered: difficulties are guesses; slopes, slips and correlations are "
    "others than the engine believes.",
    "prerequisites": "Skills are had or not, and hardly ever without their prerequisites: the bell curve is "
    "wrong.",
    "slopes": "Questions tell apart other than the engine believes, a fifth less in the middle.",
    "careless": "Two people in ten give every sixth answer without thought, one in ten every second.",
}
TITLES = {
    "bank": "The bank",
    "matched": "Matched",
    "cold": "Cold start",
    "prerequisites": "Hard prerequisites",
    "slopes": "Wrong discrimination",
    "careless": "Careless and guessing people",
}
CAPTIONS = {
    "accuracy": "How often the likelier side is the true one, by questions asked. The band is two standard "
    "errors.",
    "reliability": "On the line a probability means what it says. Large dots stand for many skills.",
    "exposure": "How large a share of sittings had each question. A steep start wears a few questions out.",
    "length": "When the stopping rule would end a sitting.",
}


def write_report(trials: Sequence[Trial], folder: Path) -> Path:
    """Write ``report.html`` and a PNG of each picture into ``folder``; return the page's path."""
    folder.mkdir(parents=True, exist_ok=True)
    for trial in trials:
        for name, draw in PICTURES.items():
            (folder / f"{trial.world}-{name}.png").write_bytes(png(draw(trial, LIGHT)))
    written = folder / PAGE
    written.write_text(as_html(trials), "utf-8")
    return written


def as_html(trials: Sequence[Trial]) -> str:
    """Return the report as HTML: light or dark as the reader's system is."""
    return render_report(
        "simulation/report.html",
        {"points": points},
        trials=trials,
        pictures={trial.world: _pictures(trial) for trial in trials},
        names=NAMES,
        titles=TITLES,
        worlds=WORLDS,
        captions=CAPTIONS,
    )


def points(share: float, digits: int = 1) -> str:
    """Return a difference of shares in points, with its sign.

    >>> points(0.0123), points(-0.004) == "\N{MINUS SIGN}0.4"
    ('+1.2', True)
    """
    return f"{100 * share:+.{digits}f}".replace("-", "\N{MINUS SIGN}")


def _pictures(trial: Trial) -> dict[str, Markup]:
    return {
        name: Markup(svg(draw(trial, THEMED), f"{TITLES[trial.world]}: {CAPTIONS[name]}"))  # noqa: S704  (ours)
        for name, draw in PICTURES.items()
    }
