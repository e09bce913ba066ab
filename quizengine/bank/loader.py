"""A folder of question files -> ``Bank``, or every fault of every file at once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from quizengine.bank.lines import line_of, syntax_line
from quizengine.bank.schema import (
    RESERVED,
    AnswerTable,
    DomainTable,
    MisconceptionTable,
    QuestionTable,
    Table,
    ToleranceTable,
)
from quizengine.errors import (
    BankError,
    ExpressionError,
    Fault,
    QuizEngineError,
    UnknownNameError,
    nearest_hint,
)
from quizengine.generation.functions import LIBRARY
from quizengine.generation.program import Program, broken_places, compile_question, sources
from quizengine.generation.registry import find_figure, find_generator
from quizengine.generation.sandbox import Expression, Text
from quizengine.generation.variants import Drawn, draw_variant, make_variant
from quizengine.model.question import Domain, FigureSpec, MisconceptionSpec, PartSpec, Question
from quizengine.model.roadmap import Roadmap
from quizengine.model.variant import QuestionId, SkillId, Variant
from quizengine.roadmap.faults import RoadmapFaults
from quizengine.roadmap.graph import from_table
from quizengine.sqljudge import Dataset
from quizengine.sqljudge.datasets import read_dataset

MAX_FILE = 200_000


@dataclass(frozen=True, slots=True)
class BankQuestion:
    """A question of a bank, ready to be drawn."""

    question: Question
    program: Program
    path: Path

    def variant(self, seed: int) -> Variant:
        """Return the variant that ``seed`` gives; see ``generation.make_variant``."""
        return make_variant(self.program, seed)

    def draw(self, seed: int) -> Drawn:
        """Return the variant and how many draws it took."""
        return draw_variant(self.program, seed)


@dataclass(frozen=True, slots=True)
class Bank:
    """All questions by id, the roadmap they belong to, and a hash of every byte they came from."""

    name: str
    version: str
    licence: str
    path: Path
    digest: str
    roadmap: Roadmap
    questions: Mapping[QuestionId, BankQuestion] = field(repr=False)

    def __getitem__(self, question_id: str) -> BankQuestion:
        """Return a question.

        Raises
        ------
        UnknownNameError
            If there is none of that id; the message offers the nearest.
        """
        try:
            return self.questions[QuestionId(question_id)]
        except KeyError:
            raise UnknownNameError("question", question_id, self.questions) from None

    def __iter__(self) -> Iterator[QuestionId]:
        return iter(self.questions)

    def __len__(self) -> int:
        return len(self.questions)

    def of_skill(self, skill: SkillId) -> tuple[BankQuestion, ...]:
        """Return the questions whose primary skill this is."""
        return tuple(entry for entry in self.questions.values() if entry.question.primary_skill == skill)


def load_bank(path: str | Path) -> Bank:
    """Read the bank in the folder ``path``.

    Raises
    ------
    BankError
        With every fault of every file, each with its line.

    Examples
    --------
    >>> from quizengine.resources import resource
    >>> bank = load_bank(resource("question_banks") / "backend_to_ml")
    >>> bank["math.matrices.determinant-2x2"].variant(seed=7).answer
    IntegerAnswer(value=...)
    """
    root = Path(path)
    reader = _Reader(root)
    bank = reader.read()
    if reader.faults or bank is None:
        raise BankError(reader.faults)
    return bank


class _Reader:
    """One reading of a folder: collects faults while it goes on."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.faults: list[Fault] = []
        self.hash = sha256()
        self.skills: frozenset[str] = frozenset()
        self.datasets: dict[str, Dataset] = {}

    def read(self) -> Bank | None:
        if not self.root.is_dir():
            self._fault(
                self.root, 1, "bank", "there is no such folder; a bank is a folder with bank.toml in it"
            )
            return None
        about = self._table(self.root / "bank.toml") or {}
        for key in ("name", "version", "licence"):
            if not isinstance(about.get(key), str):
                self._fault(self.root / "bank.toml", 1, "bank", f'write {key} = "..."')
        roadmap = self._roadmap()
        if roadmap:
            self.skills = frozenset(skill.id for skill in roadmap.skills)
        for path in sorted((self.root / "datasets").glob("*.toml")):
            self._dataset(path)
        questions = dict(self._questions())
        if roadmap is None or self.faults:
            return None
        return Bank(
            name=about["name"],
            version=about["version"],
            licence=about["licence"],
            path=self.root,
            digest=self.hash.hexdigest(),
            roadmap=roadmap,
            questions=questions,
        )

    def _fault(self, path: Path, line: int, where: str, message: str) -> None:
        self.faults.append(Fault(path, line, where, message))

    def _text(self, path: Path) -> str | None:
        try:
            if path.stat().st_size > MAX_FILE:
                self._fault(path, 1, path.stem, f"a file has at most {MAX_FILE:,} bytes")
                return None
            raw = path.read_bytes()
            text = raw.decode("utf-8")
        except FileNotFoundError:
            self._fault(path, 1, path.stem, "this file is missing")
            return None
        except UnicodeDecodeError as error:
            line = error.object[: error.start].count(b"\n") + 1
            self._fault(path, line, path.stem, "the file is not UTF-8; save it as UTF-8")
            return None
        self.hash.update(path.relative_to(self.root).as_posix().encode() + b"\0" + raw)
        return text

    def _table(self, path: Path) -> dict[str, Any] | None:
        text = self._text(path)
        return None if text is None else self._parse(path, text)

    def _parse(self, path: Path, text: str) -> dict[str, Any] | None:
        try:
            return tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            self._fault(path, syntax_line(str(error), text), path.stem, f"not TOML: {error}")
            return None

    def _roadmap(self) -> Roadmap | None:
        path = self.root / "roadmap.toml"
        text = self._text(path)
        table = None if text is None else self._parse(path, text)
        if text is None or table is None:
            return None
        try:
            return from_table(table)
        except RoadmapFaults as error:
            for fault in error.faults:
                place = ((fault.kind, fault.index) if fault.kind else ()) + tuple(fault.key.split("."))
                self._fault(
                    path, line_of(text, place), fault.id or "roadmap", f"{fault.key}: {fault.message}"
                )
            return None

    def _dataset(self, path: Path) -> None:
        table = self._table(path)
        if table is None:
            return
        try:
            self.datasets[path.stem] = read_dataset(path.stem, table)
        except QuizEngineError as error:
            self._fault(path, 1, path.stem, str(error))

    def _questions(self) -> Iterator[tuple[QuestionId, BankQuestion]]:
        seen: dict[str, Path] = {}
        for path in sorted((self.root / "questions").rglob("*.toml")):
            text = self._text(path)
            table = None if text is None else self._parse(path, text)
            if text is None or table is None:
                continue
            file = QuestionFile(self, path, text, table)
            question = file.read()
            if question is None:
                continue
            if question.id in seen:
                self._fault(
                    path, line_of(text, ("id",)), question.id, f"the same id stands in {seen[question.id]}"
                )
            seen[question.id] = path
            yield question.id, BankQuestion(question, compile_question(question), path)


class QuestionFile:
    """One question file: form by pydantic, then what pydantic cannot see."""

    def __init__(self, reader: _Reader, path: Path, text: str, table: dict[str, Any]) -> None:
        self.reader, self.path, self.text, self.table = reader, path, text, table
        self.id = ".".join(path.relative_to(reader.root / "questions").with_suffix("").parts)
        self.clean = True

    def read(self) -> Question | None:
        """Return the question, or None after its faults have been told to the reader."""
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
        self.reader._fault(self.path, line_of(self.text, place), self.id, message)

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
            options["dataset"] = self.reader.datasets.get(str(options["dataset"]), options["dataset"])
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
        known = set(question.params) | {"ans"}
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
                self._unknown(place, compiled.names - known, known)

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
        if primary in self.reader.skills and not question.id.startswith(primary + "."):
            self._fault(
                ("skills",),
                f"the first skill is {question.primary_skill!r}; "
                f"the id says {question.id.rpartition('.')[0]!r}",
            )
        ids: set[str] = set()
        for i, wrong in enumerate(question.misconceptions):
            if wrong.points_to != primary:  # which was looked at above
                self._skill(("misconceptions", i, "points_to"), wrong.points_to)
            if wrong.id in ids:
                self._fault(("misconceptions", i, "id"), f"two misconceptions are named {wrong.id!r}")
            ids.add(wrong.id)
        self._check_functions(question)
        self._check_parts(question)

    def _skill(self, place: tuple[str | int, ...], skill: str) -> None:
        if self.reader.skills and skill not in self.reader.skills:
            self._fault(place, f"there is no skill named {skill!r}.{nearest_hint(skill, self.reader.skills)}")

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
                    f"there is no dataset named {dataset!r}.{nearest_hint(dataset, self.reader.datasets)}",
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


def _even(skills: tuple[str, ...]) -> dict[str, float]:
    """Give the first skill the most: two thirds of the weight where others are listed."""
    if len(skills) == 1:
        return {skills[0]: 1.0}
    return {skill: 2 / 3 if i == 0 else 1 / (3 * (len(skills) - 1)) for i, skill in enumerate(skills)}


def _domain(table: DomainTable) -> Domain:
    return Domain(table.kind, tuple(table.values()))


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


def _words(fault: Any) -> str:
    place = ".".join(str(part) for part in _place(fault["loc"]))
    if fault["type"] == "extra_forbidden":
        known = _known_keys(fault["loc"])
        return f"There is no key named {fault['loc'][-1]!r}.{nearest_hint(str(fault['loc'][-1]), known)}"
    message = str(fault["msg"]).removeprefix("Value error, ")
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


__all__ = ["Bank", "BankQuestion", "ExpressionError", "load_bank"]
