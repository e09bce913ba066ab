"""One question file -> ``Question``: form by pydantic, then what pydantic cannot see."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from pydantic import ValidationError

from quizengine.bank.lines import line_of
from quizengine.bank.schema import (
    RESERVED,
    AnswerTable,
    DomainTable,
    MisconceptionTable,
    QuestionTable,
    RuleTable,
    Table,
    ToleranceTable,
)
from quizengine.errors import UnknownNameError, nearest_hint
from quizengine.generation.files import FAULTS
from quizengine.generation.functions import LIBRARY
from quizengine.generation.program import broken_places, rules_of, sources
from quizengine.generation.registry import find_figure, find_generator
from quizengine.generation.sandbox import Expression, Text
from quizengine.model.question import Domain, FigureSpec, MisconceptionSpec, PartSpec, Question, RuleSpec
from quizengine.model.variant import QuestionId, SkillId
from quizengine.sqljudge import Dataset

#: What is told of a fault: its line, the question's id, and what to change.
Tell = Callable[[int, str, str], None]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a question file may refer to."""

    #: For each skill of the roadmap those that build on it, near and far.
    built_on: Mapping[str, Collection[str]]
    datasets: Mapping[str, Dataset]

    @property
    def skills(self) -> Collection[str]:
        """The skills of the roadmap; none where the roadmap itself is at fault."""
        return self.built_on.keys()


class QuestionFile:
    """One reading of a question file; ``tell`` takes its faults."""

    def __init__(
        self, question_id: str, text: str, table: dict[str, Any], around: Surroundings, tell: Tell
    ) -> None:
        self.id, self.text, self.table, self.around = question_id, text, table, around
        self._tell = tell
        self.clean = True

    def read(self) -> Question | None:
        """Return the question, or None after its faults have been told."""
        try:
            form = QuestionTable.model_validate(self.table)
        except ValidationError as error:
            for fault in _telling(error.errors()):
                self._fault(_place(fault["loc"]), _words(fault))
            return None
        question = self._question(form)
        self._check_names(question, form)
        self._check_references(question)
        return question if self.clean else None

    def _fault(self, place: tuple[str | int, ...], message: str) -> None:
        self.clean = False
        self._tell(line_of(self.text, place), self.id, message)

    def _question(self, form: QuestionTable) -> Question:
        weights = form.skills if isinstance(form.skills, dict) else _even(form.skills)
        tables = form.answers or ((form.answer,) if form.answer else ())
        primary = next(iter(weights))
        return Question(
            id=QuestionId(form.id),
            version=form.version,
            title=form.title or form.id.rsplit(".", 1)[-1].replace("-", " ").capitalize(),
            skills=tuple((SkillId(skill), float(weight)) for skill, weight in weights.items()),
            difficulty=float(form.difficulty),
            seconds=form.seconds,
            prompt=form.prompt.strip(),
            solution=form.solution.strip(),
            hints=tuple(hint.strip() for hint in form.hints),
            params={name: _domain(domain) for name, domain in form.params.items()},
            let=dict(form.let),
            generator=form.generator or "",
            where=form.draw.where,
            identity=form.draw.identity,
            separable=form.draw.separable,
            few=form.draw.few or "",
            parts=tuple(self._part(table) for table in tables),
            misconceptions=tuple(_misconception(table, primary) for table in form.misconceptions),
            figure=FigureSpec(
                generator=form.figure.generator, args=form.figure.args, alt=form.figure.alt.strip()
            )
            if form.figure
            else None,
            digits=form.digits,
        )

    def _part(self, table: AnswerTable) -> PartSpec:
        known = {"name", "label", "weight", "type", "value", "oracle"}
        options = {key: getattr(table, key) for key in type(table).model_fields if key not in known}
        tolerance = options.get("tolerance")
        if isinstance(tolerance, ToleranceTable):
            options["tolerance"] = {
                k: Fraction(str(v)) for k, v in tolerance.model_dump(exclude_none=True).items()
            }
        if "dataset" in options:
            options["dataset"] = self.around.datasets.get(str(options["dataset"]), options["dataset"])
        if "rules" in options:
            options["rules"] = tuple(map(_rule, table.rules))  # type: ignore[attr-defined]
        return PartSpec(
            name=table.name,
            label=table.label.strip(),
            weight=float(table.weight),
            type=str(getattr(table, "type", "")),
            value=table.value,
            oracle=table.oracle,
            options={key: value for key, value in options.items() if value is not None},
        )

    def _check_names(self, question: Question, form: QuestionTable) -> None:
        for place, message in broken_places(question):
            self._fault(_split(place), f"{place}: {message}")
        if not self.clean:
            return
        on_a_file = any(part.type == "config" for part in question.parts)
        known = set(question.params) | {"ans"} | ({"planted", "sound_file"} if on_a_file else set())
        for table, names in (("params", question.params), ("let", question.let)):
            for name in names:
                if name in RESERVED:
                    self._fault((table, name), f"{name!r} is a word of the language; take another name")
        if question.generator:
            return  # its names are known only when it runs; ``check`` finds undefined ones
        for name, source in question.let.items():
            self._unknown(f"let.{name}", Expression(source).names - known, known)
            known.add(name)
        for place, source, compiler in sources(question):
            compiled = compiler(source)
            if isinstance(compiled, Expression | Text) and not place.startswith("let."):
                here = known | {FAULTS} if place.endswith(".file") else known
                self._unknown(place, compiled.names - here, here)

    def _unknown(self, place: str, names: frozenset[str] | set[str], known: set[str]) -> None:
        for name in sorted(names):
            self._fault(
                _split(place), f"{place}: nothing is named {name!r}.{nearest_hint(name, {*known, *LIBRARY})}"
            )

    def _check_references(self, question: Question) -> None:
        if question.id != self.id:
            self._fault(("id",), f"the id is {question.id!r}; its path says {self.id!r}")
        for i, (skill, _) in enumerate(question.skills):
            self._skill(("skills",) if i == 0 else ("skills", skill), skill)
        primary = question.primary_skill
        if primary in self.around.skills and not question.id.startswith(primary + "."):
            self._fault(
                ("skills",),
                f"the first skill is {question.primary_skill!r}; "
                f"the id says {question.id.rpartition('.')[0]!r}",
            )
        ids: set[str] = set()
        for i, wrong in enumerate(question.misconceptions):
            if wrong.points_to != primary:  # which was looked at above
                self._skill(("misconceptions", i, "points_to"), wrong.points_to)
            if wrong.points_to in self.around.built_on.get(primary, ()):
                self._fault(
                    ("misconceptions", i, "points_to"),
                    f"{wrong.points_to!r} builds on {primary!r}: a mistake shows what is missing under "
                    "a question; point to its own skill or to a prerequisite",
                )
            if wrong.id in ids:
                self._fault(("misconceptions", i, "id"), f"two misconceptions are named {wrong.id!r}")
            ids.add(wrong.id)
        self._check_functions(question)
        self._check_parts(question)
        self._check_faults(question)

    def _skill(self, place: tuple[str | int, ...], skill: str) -> None:
        if self.around.skills and skill not in self.around.skills:
            self._fault(place, f"there is no skill named {skill!r}.{nearest_hint(skill, self.around.skills)}")

    def _check_functions(self, question: Question) -> None:
        try:
            if question.generator:
                find_generator(question.generator)
        except UnknownNameError as error:
            self._fault(("generator",), str(error))
        try:
            if question.figure:
                find_figure(question.figure.generator)
        except UnknownNameError as error:
            self._fault(("figure", "generator"), str(error))
        for name in question.identity:
            if name not in question.params and name not in question.let and not question.generator:
                self._fault(
                    ("draw", "identity"),
                    f"identity names {name!r}, which is no parameter.{nearest_hint(name, question.params)}",
                )

    def _check_parts(self, question: Question) -> None:
        names = [part.name for part in question.parts]
        for i, part in enumerate(question.parts):
            place: tuple[str | int, ...] = ("answers", i) if len(names) > 1 else ("answer",)
            if names.index(part.name) != i:
                self._fault((*place, "name"), f"two answers are named {part.name!r}")
            dataset = part.options.get("dataset")
            if isinstance(dataset, str):
                self._fault(
                    (*place, "dataset"),
                    f"there is no dataset named {dataset!r}.{nearest_hint(dataset, self.around.datasets)}",
                )
            elif isinstance(dataset, Dataset):
                for table in part.options.get("tables", ()):  # type: ignore[attr-defined]
                    if table not in (names_of := [rules.table.name for rules in dataset.tables]):
                        hint = nearest_hint(table, names_of)
                        self._fault(
                            (*place, "tables"), f"dataset {dataset.name!r} has no table {table!r}.{hint}"
                        )
        for name in set(re.findall(r"input\(\s*['\"]([^'\"]*)['\"]\s*\)", question.prompt)) - set(names):
            self._fault(
                ("prompt",),
                f"the prompt places an answer {name!r} that there is not.{nearest_hint(name, names)}",
            )
        if any(wrong.sql for wrong in question.misconceptions) and question.parts[0].type != "sql":
            self._fault(
                ("misconceptions",), "only a question answered by a query has misconceptions given as sql"
            )

    def _check_faults(self, question: Question) -> None:
        """Look at the rules and faults of a question on a file."""
        on_files = [part for part in question.parts if part.type == "config"]
        if len(on_files) > 1:
            self._fault(("answers",), "a question has at most one answer of type config")
        known = [fault for part in on_files for rule in rules_of(part) for fault in rule.faults]
        ids = [rule.id for part in on_files for rule in rules_of(part)]
        place = ("answer",) if len(question.parts) == 1 else ("answers",)
        for word, names in (("rule", ids), ("fault", known)):
            for name in sorted({name for name in names if names.count(name) > 1}):
                self._fault((*place, "rules"), f"two {word}s are named {name!r}")
        for i, wrong in enumerate(question.misconceptions):
            if wrong.fault and wrong.fault not in known:
                self._fault(
                    ("misconceptions", i, "fault"),
                    f"the file has no fault named {wrong.fault!r}.{nearest_hint(wrong.fault, known)}",
                )


def _even(skills: tuple[str, ...]) -> dict[str, float]:
    """Give the first skill the most: two thirds of the weight where others are listed."""
    if len(skills) == 1:
        return {skills[0]: 1.0}
    return {skill: 2 / 3 if i == 0 else 1 / (3 * (len(skills) - 1)) for i, skill in enumerate(skills)}


def _domain(table: DomainTable) -> Domain:
    return Domain(table.kind, tuple(table.values))


def _misconception(table: MisconceptionTable, primary: str) -> MisconceptionSpec:
    return MisconceptionSpec(
        id=table.id,
        feedback=table.feedback.strip(),
        points_to=SkillId(table.points_to or primary),
        credit=float(table.credit),
        value=table.value,
        sql=table.sql.strip(),
        choice=table.choice,
        when=table.when,
        fault=table.fault,
    )


def _rule(table: RuleTable) -> RuleSpec:
    return RuleSpec(
        id=table.id, says=table.says.strip(), holds=table.holds.strip(), faults=table.faults or (table.id,)
    )


def _telling(faults: list[Any]) -> Iterator[Any]:
    """Drop the faults of a union's other members: "exact" says nothing where a table was given."""
    places = [_place(fault["loc"]) for fault in faults]
    for fault, place in zip(faults, places, strict=True):
        if fault["type"] != "literal_error" or places.count(place) == 1:
            yield fault


def _place(loc: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """Drop what pydantic adds to a location: the names of union members."""
    return tuple(part for i, part in enumerate(loc) if not (isinstance(part, str) and i and _is_member(part)))


def _is_member(part: str) -> bool:
    types = {_type_of(cls) for cls in AnswerTable.__subclasses__()}
    return part in types or "[" in part or part in {"ToleranceTable", "constrained-str"}


#: What pydantic says in Python's words, said in the file's.
_MESSAGES = {
    "tuple_type": 'write a list, such as ["a != b"]',
    "dict_type": "write a table",
    "string_type": "write a text in quotes",
    "int_type": "write a whole number",
}


def _words(fault: Any) -> str:
    place = ".".join(str(part) for part in _place(fault["loc"]))
    if fault["type"] == "extra_forbidden":
        known = _known_keys(fault["loc"])
        return f"There is no key named {fault['loc'][-1]!r}.{nearest_hint(str(fault['loc'][-1]), known)}"
    message = _MESSAGES.get(fault["type"], str(fault["msg"]).removeprefix("Value error, "))
    return f"{place}: {message}" if place else message


def _known_keys(loc: tuple[str | int, ...]) -> set[str]:
    models: dict[str, type[Table]] = {"misconceptions": MisconceptionTable, "params": DomainTable}
    model = models.get(str(loc[0]), QuestionTable) if len(loc) > 1 else QuestionTable
    if loc[0] in ("answer", "answers"):
        member = next((cls for cls in AnswerTable.__subclasses__() if _type_of(cls) in loc), AnswerTable)
        return set(member.model_fields)
    return {field.alias or name for name, field in model.model_fields.items()}


def _type_of(cls: type[AnswerTable]) -> str:
    annotation = cls.model_fields["type"].annotation
    return str(getattr(annotation, "__args__", ("",))[0])


def _split(place: str) -> tuple[str | int, ...]:
    """Turn ``misconceptions[1].value`` into ("misconceptions", 1, "value")."""
    found: list[str | int] = []
    for part in place.split("."):
        name, _, index = part.partition("[")
        found.append(name)
        if index:
            found.append(int(index.rstrip("]")))
    # draw.where[2] is an item of a list, which has no line of its own.
    return (
        tuple(found[:-1]) if found and isinstance(found[-1], int) and found[0] != "answers" else tuple(found)
    )
