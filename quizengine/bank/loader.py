"""A folder of question files -> ``Bank``, or every fault of every file at once."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from quizengine.bank.lines import line_of, syntax_line
from quizengine.bank.question_file import QuestionFile, Surroundings
from quizengine.errors import (
    BankError,
    Fault,
    QuizEngineError,
    UnknownNameError,
)
from quizengine.generation.program import Program, compile_question
from quizengine.generation.variants import Drawn, draw_variant, make_variant
from quizengine.model.question import Question
from quizengine.model.roadmap import Roadmap
from quizengine.model.variant import QuestionId, SkillId, Variant
from quizengine.roadmap.faults import RoadmapFaults
from quizengine.roadmap.graph import descendants, from_table
from quizengine.sqljudge import Dataset
from quizengine.sqljudge.datasets import read_dataset

MAX_FILE = 200_000


@dataclass(frozen=True)
class BankQuestion:
    """A question of a bank, which can be drawn."""

    question: Question
    path: Path

    @cached_property
    def program(self) -> Program:
        """The question compiled: when it is first drawn, since few of a bank's ever are in one process."""
        return compile_question(self.question)

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
        self.built_on: dict[str, tuple[str, ...]] = {}
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
            self.built_on = {skill.id: descendants(roadmap, skill.id) for skill in roadmap.skills}
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
        around = Surroundings(self.built_on, self.datasets)
        for path in sorted((self.root / "questions").rglob("*.toml")):
            text = self._text(path)
            table = None if text is None else self._parse(path, text)
            if text is None or table is None:
                continue
            question_id = ".".join(path.relative_to(self.root / "questions").with_suffix("").parts)
            tell = partial(self._fault, path)
            question = QuestionFile(question_id, text, table, around, tell).read()
            if question is None:
                continue
            if question.id in seen:
                self._fault(
                    path, line_of(text, ("id",)), question.id, f"the same id stands in {seen[question.id]}"
                )
            seen[question.id] = path
            yield question.id, BankQuestion(question, path)
