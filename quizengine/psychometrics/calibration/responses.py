"""Who answered what, and how well: cut into shards of persons, which never change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array

from quizengine.errors import PsychometricsError
from quizengine.psychometrics.arrays import Booleans, Floats, Integers

SPARSE_SHARE = 0.25
"""Below this share of answered cells a matrix is kept as a list of answers."""
SHARD_PERSONS = 4096
SHARD_CELLS = 20_000_000
SHARD_ANSWERS = 2_000_000
"""How much of a dense matrix, and of a list of answers, goes into one shard. They depend on the data alone,
so that sums are the same for any number of workers."""
SPARSE_BLOCK = 32_768
"""Persons of a list whose posteriors are held at once: 8 MB on 61 nodes."""

CHUNK = 100_000
"""Answers whose posteriors are gathered at once."""

Singles = NDArray[np.float32]


class Block(Protocol):
    """Some persons, as two products with them: all that an E-step needs."""

    @property
    def persons(self) -> int:
        """How many persons."""

    def logs(self, table: NDArray[np.floating]) -> NDArray[np.floating]:
        """Sum log chances (2J, Q; wrong and right of each item in turn) of each person's answers, (n, Q)."""

    def counts(self, posterior: NDArray[np.floating]) -> tuple[Floats, Floats]:
        """Sum posteriors (n, Q) over who was right and who was wrong on each item, (J, Q) each."""

    def answers(self) -> tuple[Integers, Integers, Floats]:
        """Return person (within the block), item and score of each answer, (M,) each."""

    def expected(
        self, posterior: NDArray[np.floating], right: NDArray[np.floating], wrong: NDArray[np.floating]
    ) -> Floats:
        """Return what right and wrong answers (k, J, Q) come to under each answer's posterior, (k, M)."""


class Shard(Protocol):
    """Some persons: what one task of an E-step is handed."""

    def blocks(self) -> Iterator[Block]:
        """Yield the persons in their order, a few thousand at a time."""


@dataclass(frozen=True, eq=False)
class DenseBlock:
    """Persons who were given nearly all items: a matrix."""

    scores: NDArray[np.floating]
    given: NDArray[np.floating] | None

    @property
    def persons(self) -> int:
        """How many persons."""
        return len(self.scores)

    def logs(self, table: NDArray[np.floating]) -> NDArray[np.floating]:
        """Sum log chances, as a matrix product."""
        wrong, gain = table[::2], table[1::2] - table[::2]
        logs: NDArray[np.floating] = self.scores @ gain
        logs += wrong.sum(axis=0) if self.given is None else self.given @ wrong
        return logs

    def counts(self, posterior: NDArray[np.floating]) -> tuple[Floats, Floats]:
        """Sum posteriors, as a matrix product."""
        right = (self.scores.T @ posterior).astype(np.float64)
        if self.given is None:
            return right, posterior.sum(axis=0, dtype=np.float64) - right
        return right, (self.given.T @ posterior).astype(np.float64) - right

    def answers(self) -> tuple[Integers, Integers, Floats]:
        """Return person, item and score of each answer."""
        given = np.ones(self.scores.shape) if self.given is None else self.given
        person, item = np.nonzero(given)
        return person, item, self.scores[person, item].astype(np.float64)

    def expected(
        self, posterior: NDArray[np.floating], right: NDArray[np.floating], wrong: NDArray[np.floating]
    ) -> Floats:
        """Return what answers come to, as matrix products."""
        given = slice(None) if self.given is None else np.flatnonzero(self.given)
        of_wrong = posterior @ wrong.transpose(0, 2, 1)
        of_right = posterior @ right.transpose(0, 2, 1)
        found = of_wrong + self.scores * (of_right - of_wrong)
        chosen: Floats = found.reshape(len(found), -1)[:, given].astype(np.float64)
        return chosen


@dataclass(frozen=True, eq=False)
class DenseShard:
    """A matrix of scores (n, J), nan where an item was not given."""

    scores: Floats
    exact: bool

    def blocks(self) -> Iterator[Block]:
        """Yield blocks of 4096 persons, in single precision unless ``exact``."""
        kind = np.float64 if self.exact else np.float32
        for start in range(0, len(self.scores), SHARD_PERSONS):
            scores = self.scores[start : start + SHARD_PERSONS]
            missing = np.isnan(scores)
            if missing.any():
                yield DenseBlock(np.where(missing, 0.0, scores).astype(kind), (~missing).astype(kind))
            else:
                yield DenseBlock(scores.astype(kind), None)


@dataclass(frozen=True, eq=False)
class SparseBlock:
    """Persons who were given a few of many items: a sparse matrix (n, 2J) of wrong and right."""

    matrix: csr_array

    @property
    def persons(self) -> int:
        """How many persons."""
        return int(self.matrix.shape[0])

    def logs(self, table: NDArray[np.floating]) -> NDArray[np.floating]:
        """Sum log chances over each person's answers."""
        logs: NDArray[np.floating] = self.matrix @ table
        return logs

    def counts(self, posterior: NDArray[np.floating]) -> tuple[Floats, Floats]:
        """Sum posteriors over each item's answers."""
        both = (self.matrix.T @ posterior).astype(np.float64)
        return both[1::2], both[::2]

    def answers(self) -> tuple[Integers, Integers, Floats]:
        """Return person, item and score of each answer."""
        person = np.repeat(np.arange(self.persons), np.diff(self.matrix.indptr))
        item, right = np.divmod(self.matrix.indices, 2)
        key = person * (self.matrix.shape[1] // 2) + item
        _, first, place = np.unique(key, return_index=True, return_inverse=True)
        score = np.bincount(place, self.matrix.data * right).astype(np.float64)
        return person[first], item[first].astype(np.intp), score

    def expected(
        self, posterior: NDArray[np.floating], right: NDArray[np.floating], wrong: NDArray[np.floating]
    ) -> Floats:
        """Return what answers come to, answer by answer."""
        person, item, score = self.answers()
        found = np.empty((len(right), len(item)))
        for first in range(0, len(item), CHUNK):
            part = slice(first, first + CHUNK)
            weights = posterior[person[part]]
            for k in range(len(right)):
                of_right = np.einsum("mq,mq->m", weights, right[k][item[part]])
                of_wrong = np.einsum("mq,mq->m", weights, wrong[k][item[part]])
                found[k, part] = score[part] * of_right + (1 - score[part]) * of_wrong
        return found


@dataclass(frozen=True, eq=False)
class SparseShard:
    """Answers by person: those of person i are ``start[i]:start[i + 1]``."""

    start: NDArray[np.int64]
    item: NDArray[np.int32]
    score: Singles
    n_items: int

    def blocks(self) -> Iterator[Block]:
        """Yield blocks of persons."""
        for first in range(0, len(self.start) - 1, SPARSE_BLOCK):
            start = self.start[first : first + SPARSE_BLOCK + 1]
            answers = slice(int(start[0]), int(start[-1]))
            yield SparseBlock(
                _right_and_wrong(start - start[0], self.item[answers], self.score[answers], self.n_items)
            )


@dataclass(frozen=True)
class StoredShard:
    """A shard in a file: it goes to another process as a path, and memory holds what is being read."""

    path: Path
    n_items: int

    def blocks(self) -> Iterator[Block]:
        """Yield the blocks of the file."""
        return self.loaded().blocks()

    def loaded(self) -> SparseShard:
        """Return the shard with its answers in memory."""
        with np.load(self.path) as arrays:
            return SparseShard(arrays["start"], arrays["item"], arrays["score"], self.n_items)

    @classmethod
    def write(cls, path: Path, shard: SparseShard) -> StoredShard:
        """Write a shard into a file."""
        with path.open("wb") as file:
            np.savez(file, start=shard.start, item=shard.item, score=shard.score)
        return cls(path, shard.n_items)


def _right_and_wrong(
    start: NDArray[np.int64], item: NDArray[np.int32], score: Singles, n_items: int
) -> csr_array:
    """Return the matrix (n, 2J): an answer is one entry, partial credit two that sum to 1."""
    shape = (len(start) - 1, 2 * n_items)
    whole = (score == 0) | (score == 1)
    columns = 2 * item + (score == 1)
    if whole.all():
        return csr_array((np.ones(len(item), np.float32), columns, start.astype(np.int32)), shape=shape)
    person = np.repeat(np.arange(shape[0]), np.diff(start))
    part = ~whole
    weights = np.concatenate([np.ones(int(whole.sum()), np.float32), score[part], 1 - score[part]])
    rows = np.concatenate([person[whole], person[part], person[part]])
    places = np.concatenate([columns[whole], 2 * item[part] + 1, 2 * item[part]])
    return csr_array((weights, (rows, places)), shape=shape)


class Responses:
    """All answers, in shards of persons.

    Parameters
    ----------
    shards
        The persons, in an order that is kept.
    persons
        How many there are.
    answers : (J,) ints
        How many answers each item has.
    total : (J,) floats
        The sum of their scores.

    Examples
    --------
    >>> responses = Responses.from_triplets(person=[0, 0, 1, 2], item=[0, 1, 1, 0], score=[1, 0, 0.5, 1])
    >>> responses.persons, responses.n_items, responses.answers.tolist(), responses.total.tolist()
    (3, 2, [2, 2], [2.0, 0.5])
    """

    def __init__(self, shards: Sequence[Shard], persons: int, answers: Integers, total: Floats) -> None:
        self.shards, self.persons, self.answers, self.total = tuple(shards), persons, answers, total

    def __repr__(self) -> str:
        return f"Responses({self.persons} persons, {self.n_items} items, {self.answers.sum()} answers)"

    @property
    def n_items(self) -> int:
        """Number of items, J."""
        return len(self.answers)

    @classmethod
    def from_matrix(cls, scores: ArrayLike) -> Responses:
        """Make responses from scores in [0, 1], (N, J); nan where an item was not given.

        Raises
        ------
        PsychometricsError
            If the shape is another one, or a score is outside [0, 1].
        """
        matrix = np.asarray(scores, dtype=np.float64)
        if matrix.ndim != 2 or 0 in matrix.shape:
            raise PsychometricsError(f"responses have shape {matrix.shape}; it must be (persons, items)")
        given = ~np.isnan(matrix)
        _require_scores(matrix[given])
        if given.mean() < SPARSE_SHARE:
            person, item = np.nonzero(given)
            return cls.from_triplets(person, item, matrix[given], n_items=matrix.shape[1])
        # Nobody waits for double precision on little data, and published digits need it.
        exact = matrix.size <= 200_000
        step = max(SHARD_PERSONS, SHARD_CELLS // matrix.shape[1] // SHARD_PERSONS * SHARD_PERSONS)
        shards = [DenseShard(matrix[i : i + step], exact) for i in range(0, len(matrix), step)]
        return cls(shards, len(matrix), given.sum(axis=0), np.where(given, matrix, 0.0).sum(axis=0))

    @classmethod
    def from_triplets(
        cls, person: ArrayLike, item: ArrayLike, score: ArrayLike, *, n_items: int | None = None
    ) -> Responses:
        """Make responses from one row an answer.

        Parameters
        ----------
        person : (M,) ints >= 0
            In any order; the numbers need not be dense.
        item : (M,) ints >= 0
        score : (M,) floats in [0, 1]
        n_items
            How many items there are; by default the largest number and one.

        Raises
        ------
        PsychometricsError
            If lengths differ, a score is outside [0, 1], or a person has two scores on an item.
        """
        persons, items = np.asarray(person, dtype=np.int64), np.asarray(item, dtype=np.int64)
        scores = np.asarray(score, dtype=np.float64)
        if not persons.shape == items.shape == scores.shape or persons.ndim != 1 or not len(persons):
            raise PsychometricsError("person, item and score must be columns of one length, 1 or more")
        _require_scores(scores)
        count = int(items.max()) + 1 if n_items is None else n_items
        if items.min() < 0 or items.max() >= count:
            raise PsychometricsError(f"an item number is outside 0 ... {count - 1}")
        shards, people = _sharded(persons, items, scores, count)
        total = np.bincount(items, scores, minlength=count).astype(np.float64)
        return cls(
            shards,
            people,
            np.bincount(items, minlength=count),
            total,
        )


def _sharded(
    persons: NDArray[np.int64], items: NDArray[np.int64], scores: Floats, n_items: int
) -> tuple[list[Shard], int]:
    order = np.lexsort((items, persons))
    person, item = persons[order], items[order]
    new = np.diff(person, prepend=person[0] - 1) != 0
    if (twice := ~new & (np.diff(item, prepend=-1) == 0)).any():
        at = int(np.flatnonzero(twice)[0])
        raise PsychometricsError(f"person {person[at]} has two scores on item {item[at]}")
    start = np.append(np.flatnonzero(new), len(person))
    shards: list[Shard] = []
    first = 0
    while first < len(start) - 1:
        last = max(first + 1, int(np.searchsorted(start, start[first] + SHARD_ANSWERS)))
        last = min(last, len(start) - 1)
        chosen = order[start[first] : start[last]]
        shards.append(
            SparseShard(
                start[first : last + 1] - start[first],
                items[chosen].astype(np.int32),
                scores[chosen].astype(np.float32),
                n_items,
            )
        )
        first = last
    return shards, len(start) - 1


def _require_scores(scores: Floats) -> None:
    inside: Booleans = (scores >= 0) & (scores <= 1)
    if not inside.all():
        wrong = scores[~inside][0]
        raise PsychometricsError(f"a score is {wrong:g}; scores are in [0, 1]")
