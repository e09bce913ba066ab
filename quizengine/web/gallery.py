"""A bank as a folder of pages for whoever reviews it: every question as a learner sees it, and all behind it.

The folder holds all that its pages need and is opened without a server.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

from flask import Flask, render_template
from markupsafe import Markup

from quizengine.bank import Bank, BankQuestion
from quizengine.bank.report import CheckReport, QuestionReport
from quizengine.errors import QuizEngineError
from quizengine.grading import changed_lines, given_text, key_text
from quizengine.model.answers import (
    ChoiceAnswer,
    ChoicesAnswer,
    ConfigAnswer,
    MatchingAnswer,
    OrderingAnswer,
    TableAnswer,
)
from quizengine.model.question import Question
from quizengine.model.roadmap import Area, Skill
from quizengine.model.variant import Misconception, SkillId, Variant
from quizengine.resources import resource
from quizengine.roadmap.graph import ancestors
from quizengine.web import words
from quizengine.web.question import QuestionView, view_question
from quizengine.web.rendering import line, prose
from quizengine.web.rendering import words as plain
from quizengine.web.static import style_sheet_names

SAMPLES = 3
#: Characters of a wrong answer, and of a word in it, that stand beside its feedback.
LONG = 40
LONG_WORD = 20
FONTS = ("QuizMath.woff2", "OFL.txt")
#: What is picked and what names a cell is Markdown; what is typed is text.
PICKED = (ChoiceAnswer, ChoicesAnswer, OrderingAnswer, MatchingAnswer, TableAnswer)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyLine:
    """The key of one part, as text or as ``picked``, and what must hold of a file that is to be mended."""

    label: Markup
    text: str
    picked: Markup
    rules: tuple[Markup, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongLine:
    """A misconception on one variant. ``relation`` says what its skill is to the question's, if another."""

    id: str
    given: str
    picked: Markup
    feedback: Markup
    points_to: SkillId
    relation: str
    credit: float

    @property
    def is_long(self) -> bool:
        """Whether what is given needs lines of its own."""
        widest = max(map(len, self.given.split()), default=0)
        return len(self.given) > LONG or widest > LONG_WORD or "\n" in self.given


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleView:
    """One variant: the question as a learner sees it, its key, its misconceptions, its solution."""

    seed: int
    within: str
    question: QuestionView
    key: tuple[KeyLine, ...]
    wrong: tuple[WrongLine, ...]
    solution: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryView:
    """A question with what it proved and its samples. ``text`` is what a search looks through."""

    name: str
    question: Question
    report: QuestionReport
    types: tuple[str, ...]
    samples: tuple[SampleView, ...]
    faults: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillView:
    """The page of a skill: its questions, the skills that it stands on, the pages before and after it."""

    skill: Skill
    area: Area
    entries: tuple[EntryView, ...]
    before: Skill | None
    after: Skill | None


def write_gallery(bank: Bank, report: CheckReport, folder: Path) -> Path:
    """Write a page for each skill that was checked, and one that leads to them; return its path.

    Files of the same names are replaced, others stay.
    """
    app = Flask("quizengine", template_folder=resource("templates"), static_folder=None)
    words.init_app(app)
    app.jinja_env.globals.update(plain=plain)
    with app.app_context():
        skills = list(_skills(bank, report))
        titles = {skill.id: skill.title for skill in bank.roadmap.skills}
        shown = {view.skill.id for view in skills}
        (folder / "skills").mkdir(parents=True, exist_ok=True)
        for view in skills:
            page = render_template(
                "gallery/skill.html", view=view, bank=bank, titles=titles, shown=shown, up="../"
            )
            (folder / "skills" / f"{view.skill.id}.html").write_text(page, "utf-8")
        written = folder / "index.html"
        areas = [(area, [view for view in skills if view.area == area]) for area in bank.roadmap.areas]
        types = sorted({name for view in skills for entry in view.entries for name in entry.types})
        index = render_template(
            "gallery/index.html", bank=bank, report=report, areas=areas, types=types, up=""
        )
        written.write_text(index, "utf-8")
    _copy_static(folder)
    return written


def _copy_static(folder: Path) -> None:
    """Put the style sheet, the font and the script beside the pages."""
    static = resource("static")
    for name in ("css", "fonts", "js", "img"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    sheets = [static / "css" / name for name in style_sheet_names(static / "css")]
    sheets.append(static / "gallery" / "gallery.css")
    style = "\n".join(sheet.read_text("utf-8") for sheet in sheets)
    (folder / "css" / "gallery.css").write_text(style, "utf-8")
    for name in FONTS:
        shutil.copy(static / "fonts" / name, folder / "fonts" / name)
    shutil.copy(static / "gallery" / "gallery.js", folder / "js" / "gallery.js")
    shutil.copy(static / "img" / "favicon.svg", folder / "img" / "favicon.svg")


def _skills(bank: Bank, report: CheckReport) -> Iterator[SkillView]:
    """Yield the skills that have questions, area by area, as the index has them."""
    reports = {question.id: question for question in report.questions}
    areas = {area.id: area for area in bank.roadmap.areas}
    places = {id_: place for place, id_ in enumerate(areas)}
    asked = [skill for skill in bank.roadmap.skills if bank.of_skill(skill.id)]
    asked.sort(key=lambda skill: places[skill.area])
    for place, skill in enumerate(asked):
        under = frozenset(ancestors(bank.roadmap, skill.id))
        yield SkillView(
            skill=skill,
            area=areas[skill.area],
            entries=tuple(
                _entry(entry, reports[entry.question.id], under) for entry in bank.of_skill(skill.id)
            ),
            before=asked[place - 1] if place else None,
            after=asked[place + 1] if place + 1 < len(asked) else None,
        )


def _entry(entry: BankQuestion, report: QuestionReport, under: Collection[SkillId]) -> EntryView:
    question, samples, faults = entry.question, [], list(report.faults)
    text = f"{question.id} {question.title}"
    for seed in range(SAMPLES):
        try:
            variant = entry.variant(seed)
        except QuizEngineError as error:  # the gallery is read when things are at fault
            faults.append(f"seed {seed} gives no variant: {error}")
            continue
        samples.append(_sample(question, variant, seed, under))
        text += f" {plain(variant.prompt)}"
    return EntryView(
        name=question.id.rpartition(".")[2],
        question=question,
        report=report,
        types=tuple(dict.fromkeys(report.types)),
        samples=tuple(samples),
        faults=tuple(faults),
        text=" ".join(text.lower().split()),
    )


def _sample(question: Question, variant: Variant, seed: int, under: Collection[SkillId]) -> SampleView:
    within = f"{question.id.rpartition('.')[2]}-{seed + 1}-"
    several = len(variant.parts) > 1
    return SampleView(
        seed=seed,
        within=within,
        question=view_question(variant, within=within),
        key=tuple(
            KeyLine(
                label=line(part.label or part.name) if several else Markup(""),
                text=key_text(part.answer),
                picked=line(key_text(part.answer)) if isinstance(part.answer, PICKED) else Markup(""),
                rules=_rules(part.answer),
            )
            for part in variant.parts
        ),
        wrong=tuple(
            WrongLine(
                id=wrong.id,
                given=_given(variant, wrong),
                picked=line(given_text(variant, wrong)) if _is_picked(variant) else Markup(""),
                feedback=prose(wrong.feedback),
                points_to=wrong.points_to,
                relation=_relation(wrong.points_to, question.primary_skill, under),
                credit=wrong.credit,
            )
            for wrong in variant.misconceptions
        ),
        solution=prose(variant.solution),
    )


def _given(variant: Variant, wrong: Misconception) -> str:
    """Return the wrong answer with its own lines: a query as written, what a mistake changes in a file."""
    key = variant.parts[0].answer
    answer = wrong.answers[0] if wrong.answers else None
    if not isinstance(key, ConfigAnswer) or not isinstance(answer, ConfigAnswer):
        return wrong.query or given_text(variant, wrong)
    changed = changed_lines(key, answer)
    texts = dedent("\n".join(text[2:] for text in changed)).splitlines()
    return "\n".join(f"{before[:2]}{text}" for before, text in zip(changed, texts, strict=True))


def _is_picked(variant: Variant) -> bool:
    return all(isinstance(part.answer, PICKED) for part in variant.parts)


def _relation(skill: SkillId, own: SkillId, under: Collection[SkillId]) -> str:
    if skill == own:
        return ""
    return "a prerequisite" if skill in under else "which is no prerequisite"


def _rules(answer: object) -> tuple[Markup, ...]:
    return tuple(line(rule.says) for rule in answer.rules) if isinstance(answer, ConfigAnswer) else ()
