"""A folder of question files -> ``Bank``, or every fault of every file at once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from hashlib import sha256
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quizengine.bank.cache import BankCache
from quizengine.bank.lines import line_of, syntax_line
from quizengine.errors import BankError, Fault, QuizEngineError, UnknownNameError
from quizengine.model.question import Question
from quizengine.model.roadmap import Roadmap
from quizengine.model.variant import Measured, QuestionId, SkillId, Variant
from quizengine.roadmap.faults import RoadmapFaults
from quizengine.roadmap.graph import descendants, from_table
from quizengine.sqljudge.datasets import read_dataset
from quizengine.sqljudge.instances import Dataset

# Reading a question file needs pydantic, Jinja and SymPy, drawing from it NumPy and the graders:
# they are imported where they are used, so that a bank that is in its cache waits for neither.
if TYPE_CHECKING:
    from quizengine.generation.program import Program
    from quizengine.generation.variants import Drawn

MAX_FILE = 200_000
LINE = re.compile(r":(\d+): (.*)")


@dataclass(frozen=True)
class BankQuestion:
    """A question of a bank, which can be drawn."""

    question: Question
    path: Path

    @cached_property
    def program(self) -> Program:
        """The question compiled: when it is first drawn, since few of a bank's ever are in one process."""
        from quizengine.generation.program import compile_question  # noqa: PLC0415 (see above)

        return compile_question(self.question)

    def variant(self, seed: int) -> Variant:
        """Return the variant that ``seed`` gives; see ``generation.make_variant``."""
        return self.draw(seed).variant

    def draw(self, seed: int, *, pictured: bool = True) -> Drawn:
        """Return the variant and how many draws it took; not ``pictured`` leaves its figure out."""
        from quizengine.generation.variants import draw_variant  # noqa: PLC0415 (see above)

        return draw_variant(self.program, seed, pictured=pictured)

    def __reduce__(self) -> tuple[type[BankQuestion], tuple[Question, Path]]:
        """Go to another process without the program, which cannot and need not."""
        return BankQuestion, (self.question, self.path)


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


def load_bank(path: str | Path, *, only: Sequence[str] = (), cache: Path | None = None) -> Bank:
    """Read the bank in the folder ``path``.

    Parameters
    ----------
    path
        The bank's folder.
    only
        Ids, or beginnings of ids, of the questions wanted; the files of others are not looked at.
    cache
        A folder where what was read may be kept: a file that has not changed is not read again.
        Without it nothing is written, and all is read.

    Raises
    ------
    BankError
        With every fault of every file, each with its line.
    UnknownNameError
        If one of ``only`` begins no question; the message offers the nearest.

    Examples
    --------
    >>> from quizengine.resources import resource
    >>> bank = load_bank(resource("question_banks") / "backend_to_ml")
    >>> bank["math.matrices.determinant-2x2"].variant(seed=7).answer
    IntegerAnswer(value=...)
    """
    root = Path(path)
    reader = _Reader(root, only)
    bank = reader.read(cache)
    if reader.faults or bank is None:
        raise BankError(reader.faults)
    return bank


class _Reader:
    """One reading of a folder: collects faults while it goes on."""

    def __init__(self, root: Path, only: Sequence[str]) -> None:
        self.root, self.only = root, only
        self.faults: list[Fault] = []
        self.hash = sha256()
        self.built_on: dict[str, tuple[str, ...]] = {}
        self.datasets: dict[str, Dataset] = {}

    def read(self, cache: Path | None) -> Bank | None:
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
        # Of a few questions alone no cache is made: it would forget the others.
        kept = BankCache(cache, self.root, self.hash.hexdigest()) if cache and not self.only else None
        measured = self._measured()
        questions = {
            name: BankQuestion(replace(entry.question, measured=measured.get(name)), entry.path)
            if name in measured
            else entry
            for name, entry in self._questions(kept)
        }
        if kept:
            kept.write()
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

    def _measured(self) -> dict[str, Measured]:
        """Return what answers have shown of questions; of two files that tell of one, the last by name."""
        found: dict[str, Measured] = {}
        for path in sorted((self.root / "calibration").glob("*.csv")):
            from quizengine.psychometrics.calibration.files import read_items  # noqa: PLC0415 (see above)

            self.hash.update(path.relative_to(self.root).as_posix().encode() + b"\0" + path.read_bytes())
            try:
                items = read_items(path)
            except QuizEngineError as error:
                for told in str(error).splitlines():
                    place = LINE.search(told)
                    self._fault(
                        path, int(place[1]) if place else 1, "calibration", place[2] if place else told
                    )
                continue
            for name, item in items.items():
                se_b = 0.0 if isnan(item.se_b) else item.se_b
                found[name] = Measured(a=item.a, b=item.b, se_b=se_b, c=item.c, d=item.d)
        return found

    def _questions(self, kept: BankCache | None) -> Iterator[tuple[QuestionId, BankQuestion]]:
        seen: dict[str, Path] = {}
        for question_id, path in self._wanted():
            text = self._text(path)
            if text is None:
                continue
            digest = sha256(f"{question_id}\0{text}".encode()).hexdigest()
            question = kept.find(digest, self.datasets) if kept else None
            if question is None:
                question = self._question(question_id, path, text)
                if kept and question:
                    kept.keep(digest, question)
            if question is None:
                continue
            if question.id in seen:
                self._fault(
                    path, line_of(text, ("id",)), question.id, f"the same id stands in {seen[question.id]}"
                )
            seen[question.id] = path
            yield question.id, BankQuestion(question, path)

    def _wanted(self) -> Iterator[tuple[str, Path]]:
        """Yield the files that are to be read, with the ids that their paths stand for."""
        folder = self.root / "questions"
        paths = sorted(folder.rglob("*.toml"))
        names = [".".join(path.relative_to(folder).with_suffix("").parts) for path in paths]
        for start in self.only:
            if not any(name.startswith(start) for name in names):
                raise UnknownNameError("question", start, names)
        for name, path in zip(names, paths, strict=True):
            if not self.only or name.startswith(tuple(self.only)):
                yield name, path

    def _question(self, question_id: str, path: Path, text: str) -> Question | None:
        from quizengine.bank.question_file import QuestionFile, Surroundings  # noqa: PLC0415 (see above)

        table = self._parse(path, text)
        if table is None:
            return None
        around = Surroundings(self.built_on, self.datasets)
        return QuestionFile(question_id, text, table, around, partial(self._fault, path)).read()
