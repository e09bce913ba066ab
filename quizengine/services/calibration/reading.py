"""Files of answers -> responses: in one pass, with memory for a part of them at a time."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quizengine.errors import MissingExtraError, QuizEngineError, nearest_hint
from quizengine.psychometrics.calibration import Responses, SparseShard, StoredShard

COLUMNS = ("person", "item", "score")
FAMILY = "family"
ROWS = 50_000
"""Lines that are read at once."""
BUCKET_ANSWERS = 2_000_000
"""Answers of one part, which is sorted in memory: 40 MB."""
LEAST_BYTES = 8
"""Of a line, about: it tells into how many parts a file is cut before it has been read."""
MAX_TOLD = 5
"""Faults that are told; a file that is wrong throughout is wrong in one way."""

_ANSWER = np.dtype([("person", "u8"), ("item", "i4"), ("score", "f4"), ("line", "i8")])
Answers = NDArray[Any]


class ResponsesError(QuizEngineError):
    """A file of answers that cannot be used: each fault with its line."""

    def __init__(self, name: str, faults: Sequence[tuple[int, str]]) -> None:
        told = [f"{name}:{line}: {message}" for line, message in faults[:MAX_TOLD]]
        if len(faults) > MAX_TOLD:
            told.append(f"... and {len(faults) - MAX_TOLD} more")
        super().__init__("\n".join(told))


@dataclass(frozen=True, eq=False)
class Collected:
    """Answers that were read: who is not known any more, which items is.

    ``digest`` is a hash of the file. ``family`` names the family of each item, "" where none was given.
    """

    responses: Responses
    items: tuple[str, ...]
    family: tuple[str, ...]
    digest: str
    source: str


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
    ResponsesError
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
    for chunk in _parquet_chunks(path) if parquet else _csv_chunks(path):
        spool.add(chunk)
    return spool.collected(_digest(path))


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Some lines as columns. ``lines`` are their numbers in the file."""

    person: Sequence[str]
    item: Sequence[str]
    score: Sequence[Any]
    family: Sequence[str] | None
    lines: NDArray[np.int64]


def collect(answers: Iterable[tuple[str, str, float]], source: str, digest: str, folder: Path) -> Collected:
    """Return answers (person, item, score) that come from elsewhere, such as the database."""
    spool = _Spool(source, folder, 1)
    rows, at = iter(answers), 0
    while part := list(islice(rows, ROWS)):
        person, item, score = zip(*part, strict=True)
        spool.add(_Chunk(person, item, score, None, np.arange(at, at + len(part))))
        at += len(part)
    return spool.collected(digest)


def _csv_chunks(path: Path) -> Iterator[_Chunk]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            first = file.readline()
            reader = csv.reader(file, delimiter=_delimiter(first))
            names = next(csv.reader([first], delimiter=_delimiter(first)), [])
            places = _places(path.name, names)
            at = 2
            while rows := list(islice(reader, ROWS)):
                yield _chunk_of(path.name, rows, len(names), places, at)
                at += len(rows)
    except UnicodeDecodeError:
        raise ResponsesError(
            path.name, [(_undecodable_line(path), "not UTF-8; save the file as UTF-8")]
        ) from None
    except csv.Error as error:
        raise ResponsesError(path.name, [(reader.line_num + 1, f"not CSV: {error}")]) from error


def _delimiter(head: str) -> str:
    return max(",;\t", key=head.count)


def _places(name: str, names: Sequence[str]) -> list[int]:
    """Return where the columns stand."""
    known = [one.strip().lower() for one in names]
    if not any(known):
        raise ResponsesError(
            name, [(1, "the file is empty; it needs the line 'person,item,score' and answers")]
        )
    missing = [column for column in COLUMNS if column not in known]
    if missing:
        hints = "".join(nearest_hint(column, [one for one in known if one]) for column in missing)
        wanted = " and ".join(missing)
        raise ResponsesError(
            name, [(1, f"no column {wanted}; the first line must name person, item and score.{hints}")]
        )
    return [known.index(column) for column in (*COLUMNS, FAMILY) if column in known]


def _chunk_of(name: str, rows: list[list[str]], width: int, places: list[int], at: int) -> _Chunk:
    lines = np.arange(at, at + len(rows))
    if {len(row) for row in rows} != {width}:
        faults = [
            (at + i, f"{len(row)} columns instead of {width}")
            for i, row in enumerate(rows)
            if row and len(row) != width
        ]
        if faults:
            raise ResponsesError(name, faults)
        lines = lines[[bool(row) for row in rows]]
        rows = [row for row in rows if row]
    columns = list(zip(*rows, strict=True)) if rows else [()] * width
    person, item, score, *family = (columns[place] for place in places)
    return _Chunk(person, item, score, family[0] if family else None, lines)


def _parquet_chunks(path: Path) -> Iterator[_Chunk]:
    try:
        from pyarrow import ArrowInvalid  # noqa: PLC0415  (an extra)
        from pyarrow.parquet import ParquetFile  # noqa: PLC0415
    except ImportError:
        raise MissingExtraError("Reading Parquet", "parquet") from None
    try:
        file = ParquetFile(path)
    except ArrowInvalid as error:
        raise ResponsesError(path.name, [(1, f"not Parquet: {error}")]) from error
    names = file.schema_arrow.names
    columns = [names[place] for place in _places(path.name, names)]
    at = 1
    for batch in file.iter_batches(batch_size=ROWS, columns=columns):
        person, item, score, *family = (batch.column(name).to_pylist() for name in columns)
        yield _Chunk(
            [str(one) for one in person],
            [str(one) for one in item],
            score,
            [str(one) for one in family[0]] if family else None,
            np.arange(at, at + len(person)),
        )
        at += len(person)


def _undecodable_line(path: Path) -> int:
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                return number
    return 1


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

    def add(self, chunk: _Chunk) -> None:
        """Take some lines in."""
        score = self._scores(chunk)
        index = self.index
        for name in chunk.item:
            if name not in index:
                index[name] = len(index)
        answers = np.empty(len(score), _ANSWER)
        # A person's lines often stand together: each name is hashed once.
        names = list(dict.fromkeys(chunk.person))
        place = dict(zip(names, range(len(names)), strict=True))
        answers["person"] = _hashes(names)[[place[name] for name in chunk.person]]
        answers["item"] = [index[name] for name in chunk.item]
        answers["score"], answers["line"] = score, chunk.lines
        self._require_names(chunk)
        if chunk.family is not None:
            self.families.update(zip(answers["item"].tolist(), chunk.family, strict=True))
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
        if not shards:
            raise ResponsesError(self.name, [(2, "there are no answers")])
        family = tuple(self.families.get(number, "") for number in range(count))
        return Collected(
            Responses(shards, persons, numbers, total), tuple(self.index), family, digest, self.name
        )

    def _parts(self) -> Iterator[Answers]:
        if self.parts == 1:
            yield np.concatenate([np.empty(0, _ANSWER), *self.kept])
            return
        for number in range(self.parts):
            path = self.folder / f"part-{number}"
            yield np.fromfile(path, _ANSWER) if path.exists() else np.empty(0, _ANSWER)
            path.unlink(missing_ok=True)

    def _scores(self, chunk: _Chunk) -> NDArray[np.float64]:
        try:
            score = np.array(chunk.score, dtype=np.float64)
        except (ValueError, TypeError):
            faults = [
                (int(line), f"the score {text!r} is not a number from 0 to 1{_empty_hint(text)}")
                for line, text in zip(chunk.lines, chunk.score, strict=True)
                if not _is_number(text)
            ]
            raise ResponsesError(self.name, faults) from None
        wrong = np.flatnonzero(~((score >= 0) & (score <= 1)))
        if len(wrong):
            faults = [(int(chunk.lines[i]), f"the score {score[i]:g} is not from 0 to 1") for i in wrong]
            raise ResponsesError(self.name, faults)
        return score

    def _require_names(self, chunk: _Chunk) -> None:
        if "" not in self.index and all(chunk.person):
            return
        for line, person, item in zip(chunk.lines, chunk.person, chunk.item, strict=True):
            if not person or not item:
                raise ResponsesError(
                    self.name, [(int(line), f"the {'item' if person else 'person'} has no name")]
                )


def _shard(answers: Answers, n_items: int, name: str, items: Sequence[str]) -> SparseShard:
    """Return the answers of some persons, sorted."""
    order = np.lexsort((answers["line"], answers["item"], answers["person"]))
    answers = answers[order]
    new = np.ones(len(answers), dtype=bool)
    new[1:] = answers["person"][1:] != answers["person"][:-1]
    twice = np.flatnonzero(~new[1:] & (answers["item"][1:] == answers["item"][:-1])) + 1
    if len(twice):
        at = answers["line"]
        twice = twice[np.argsort(at[twice])]
        raise ResponsesError(
            name,
            [
                (
                    int(at[i]),
                    f"a second answer of this person to {items[answers['item'][i]]}; "
                    f"the first is in line {int(at[i - 1])}",
                )
                for i in twice[: MAX_TOLD + 1]
            ],
        )
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


def _is_number(text: object) -> bool:
    try:
        float(str(text))
    except ValueError:
        return False
    return True


def _empty_hint(text: object) -> str:
    return "; leave lines of questions that were not answered out" if text in ("", None) else ""


def _digest(path: Path) -> str:
    found = sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            found.update(block)
    return found.hexdigest()[:12]
