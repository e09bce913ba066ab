"""Roadmaps for tests: small ones by hand, random ones, the shipped one, and gaps to go with them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import strategies as st

from quizengine.model.estimate import Gap
from quizengine.model.roadmap import Roadmap
from quizengine.resources import resource
from quizengine.roadmap import graph
from quizengine.roadmap.gaps import find_gaps

PHASES = ("foundation", "intermediate", "advanced")
AREAS = ("de", "ml", "math")


def skill_entry(id_: str, *prerequisites: str, **changes: object) -> dict[str, Any]:
    """Return the table of a sound skill."""
    entry = {
        "id": id_,
        "title": f"Title of {id_}",
        "area": "de",
        "phase": "foundation",
        "prerequisites": list(prerequisites),
        "objective": "can do it",
        "hours": {"low": 4, "high": 8, "basis": "a guess"},
        "targets": {"engineer": 0.8},
        "study": ["The manual"],
        "transfers": [],
    }
    return {**entry, **changes}


def table(*skills: Mapping[str, Any], **changes: object) -> dict[str, Any]:
    """Return the table of a sound roadmap with these skills and one role, ``engineer``."""
    entry = {
        "name": "trial",
        "version": 1,
        "phases": [
            {"id": id_, "title": id_.title(), "order": at, "summary": "A stretch.", "months": [1, 2]}
            for at, id_ in enumerate(PHASES, start=1)
        ],
        "areas": [{"id": id_, "name": f"{id_}-long", "title": id_.upper()} for id_ in AREAS],
        "roles": [{"id": "engineer", "title": "Engineer", "summary": "Builds."}],
        "skills": [dict(one) for one in skills],
    }
    return {**entry, **changes}


def roadmap(*skills: Mapping[str, Any]) -> Roadmap:
    """Return a roadmap with these skills."""
    return graph.from_table(table(*skills))


def shipped() -> Roadmap:
    """Return the roadmap that ships with the program."""
    path = resource("question_banks") / "backend_to_ml" / "roadmap.toml"
    return graph.from_table(tomllib.loads(path.read_text("utf-8")))


@st.composite
def roadmaps(draw: st.DrawFn) -> Roadmap:
    """Draw an acyclic roadmap in which no prerequisite lies in a later phase; the file is shuffled."""
    size = draw(st.integers(1, 12))
    phases = sorted(draw(st.lists(st.integers(0, 2), min_size=size, max_size=size)))
    entries = []
    for at in range(size):
        parents = draw(st.lists(st.integers(0, at - 1), unique=True, max_size=3)) if at else []
        low = draw(st.integers(1, 20))
        entries.append(
            skill_entry(
                f"s{at}",
                *(f"s{parent}" for parent in parents),
                area=draw(st.sampled_from(AREAS)),
                phase=PHASES[phases[at]],
                hours={"low": low, "high": low + draw(st.integers(0, 20))},
                targets={"engineer": draw(st.sampled_from((0.3, 0.8, 0.95)))} if draw(st.booleans()) else {},
                transfers=["cron jobs"] * draw(st.integers(0, 5)),
            )
        )
    return roadmap(*draw(st.permutations(entries)))


def gaps_from(given: Roadmap, probabilities: Sequence[float], means: Sequence[float]) -> tuple[Gap, ...]:
    """Return the gaps of the first role, two answers given on every other skill."""
    counted = {one.id: 2 for one in given.skills[::2]}
    return find_gaps(
        given,
        given.roles[0],
        probabilities=probabilities,
        means=means,
        sds=[0.5] * len(given.skills),
        answers_by_skill=counted,
        dont_know_by_skill={},
        near=[at % 3 == 1 for at in range(len(given.skills))],
    )


@st.composite
def roadmaps_with_gaps(draw: st.DrawFn) -> tuple[Roadmap, tuple[Gap, ...]]:
    """Draw a roadmap and what some answers might have said about it."""
    given = draw(roadmaps())
    size = len(given.skills)
    probabilities = draw(st.lists(st.sampled_from((0.0, 0.1, 0.5, 0.85, 1.0)), min_size=size, max_size=size))
    means = draw(st.lists(st.floats(-4, 4), min_size=size, max_size=size))
    return given, gaps_from(given, probabilities, means)
