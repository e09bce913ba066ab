"""Files of answers put in order by person: in one pass, with memory for a part of them at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quizengine.errors import QuizEngineError
from quizengine.psychometrics.calibration import Responses, SparseShard, StoredShard
from quizengine.services.answer_files import AnswerRows, answer_rows, refuse_second_answers, require_answers
from quizengine.services.tables import ROWS

BUCKET_ANSWERS = 2_000_000
"""Answers of one part, which is sorted in memory: 40 MB."""
LEAST_BYTES = 8
"""Of a line, about: it tells into how many parts a file is cut before it has been read."""

_ANSWER = np.dtype([("person", "u8"), ("item", "i4"), ("score", "f4"), ("line", "i8")])
Answers = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Collected:
    """Answers that were read: who is not known any more, which items is.

    ``digest`` is a hash of the file. ``family`` names the family of each item, "" where none was given.
    ``blank`` counts lines without a score, which are items that were not given.
    """

    responses: Responses
    items: tuple[str, ...]
    family: tuple[str, ...]
    digest: str
    source: str
    blank: int = 0


def read_responses(path: Path, folder: Path) -> Collected:
    """Read a file with the columns person, item, score, and family if it has one.

    Parameters
    ----------
    path
        CSV (comma, semicolon or tab; UTF-8), or Parquet by its ending.
    folder
        Where large files may be put in order; the responses live there.

    Raises
    ------
    TableError
        With the line of each fault: a column that is missing, a score outside [0, 1], two answers of one
        person to one item, bytes that are not UTF-8.
    MissingExtraError
        For Parquet, if pyarrow is not installed.
    """
    if not path.is_file():
        raise QuizEngineError(f"There is no file {path}.")
    size = path.stat().st_size
    parquet = path.suffix.lower() in (".parquet", ".pq")
    # Parquet is a fifth of the same text.
    spool = _Spool(path.name, folder, 1 + size * (5 if parquet else 1) // LEAST_BYTES // BUCKET_ANSWERS)
    for rows in answer_rows(path):
        spool.add(rows)
    return spool.collected(_digest(path))


def collect(answers: Iterable[tuple[str, str, float]], source: str, digest: str, folder: Path) -> Collected:
    """Return answers (person, item, score) that come from elsewhere, such as the database."""
    spool = _Spool(source, folder, 1)
    rows, at = iter(answers), 0
    while part := list(islice(rows, ROWS)):
        person, item, score = zip(*part, strict=True)
        spool.add(AnswerRows(person, item, np.array(score), np.arange(at, at + len(part))))
        at += len(part)
    return spool.collected(digest)


@dataclass
class _Spool:
    """Answers on their way: split by a hash of the person, so that a part holds persons whole.

    One part stays in memory; many go to files.
    """

    name: str
    folder: Path
    parts: int
    index: dict[str, int] = field(default_factory=dict)
    families: dict[int, str] = field(default_factory=dict)
    kept: list[Answers] = field(default_factory=list)
    blank: int = 0

    def add(self, rows: AnswerRows) -> None:
        """Take some answers in."""
        index = self.index
        self.blank += rows.blank
        for name in rows.item:
            if name not in index:
                index[name] = len(index)
        answers = np.empty(len(rows.score), _ANSWER)
        # A person's lines often stand together: each name is hashed once.
        names = list(dict.fromkeys(rows.person))
        place = dict(zip(names, range(len(names)), strict=True))
        answers["person"] = _hashes(names)[[place[name] for name in rows.person]]
        answers["item"] = [index[name] for name in rows.item]
        answers["score"], answers["line"] = rows.score, rows.lines
        if rows.family is not None:
            self.families.update(zip(answers["item"].tolist(), rows.family, strict=True))
        if self.parts == 1:
            self.kept.append(answers)
            return
        part = (answers["person"] % np.uint64(self.parts)).astype(np.intp)
        order = np.argsort(part, kind="stable")
        cuts = np.searchsorted(part[order], np.arange(self.parts + 1))
        for number in range(self.parts):
            with (self.folder / f"part-{number}").open("ab") as file:
                answers[order[cuts[number] : cuts[number + 1]]].tofile(file)

    def collected(self, digest: str) -> Collected:
        """Return all answers, sorted by person."""
        count = len(self.index)
        shards: list[SparseShard | StoredShard] = []
        persons, numbers, total = 0, np.zeros(count, dtype=np.intp), np.zeros(count)
        for part, answers in enumerate(self._parts()):
            if not len(answers):
                continue
            shard = _shard(answers, count, self.name, tuple(self.index))
            persons += len(shard.start) - 1
            numbers += np.bincount(answers["item"], minlength=count)
            total += np.bincount(answers["item"], answers["score"], minlength=count)
            whole = self.parts == 1
            shards.append(shard if whole else StoredShard.write(self.folder / f"shard-{part}.npz", shard))
        require_answers(self.name, len(shards))
        family = tuple(self.families.get(number, "") for number in range(count))
        responses = Responses(shards, persons, numbers, total)
        return Collected(responses, tuple(self.index), family, digest, self.name, self.blank)

    def _parts(self) -> Iterator[Answers]:
        if self.parts == 1:
            yield np.concatenate([np.empty(0, _ANSWER), *self.kept])
            return
        for number in range(self.parts):
            path = self.folder / f"part-{number}"
            yield np.fromfile(path, _ANSWER) if path.exists() else np.empty(0, _ANSWER)
            path.unlink(missing_ok=True)


def _shard(answers: Answers, n_items: int, name: str, items: Sequence[str]) -> SparseShard:
    """Return the answers of some persons, sorted."""
    order = refuse_second_answers(
        name, answers["person"], answers["item"], answers["line"], items.__getitem__
    )
    answers = answers[order]
    new = np.ones(len(answers), dtype=bool)
    new[1:] = answers["person"][1:] != answers["person"][:-1]
    start = np.append(np.flatnonzero(new), len(answers)).astype(np.int64)
    return SparseShard(
        start, np.ascontiguousarray(answers["item"]), np.ascontiguousarray(answers["score"]), n_items
    )


def _hashes(names: Sequence[str]) -> NDArray[np.uint64]:
    """Return 64-bit FNV-1a hashes of the names: two of a million persons meet once in 30 million files."""
    if not len(names):
        return np.empty(0, np.uint64)
    text = np.array(names, dtype=np.str_)
    letters = text.view(np.uint32).reshape(len(names), -1)
    hashes = np.full(len(names), 0xCBF29CE484222325, np.uint64)
    for place in range(letters.shape[1]):
        column = letters[:, place].astype(np.uint64)
        hashes = np.where(column > 0, (hashes ^ column) * np.uint64(0x100000001B3), hashes)
    # The low bits choose the part: they must hang on all letters.
    return hashes ^ (hashes >> np.uint64(32))


def _digest(path: Path) -> str:
    found = sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            found.update(block)
    return found.hexdigest()[:12]
