"""Every error raised on purpose. One root, never raised itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path


class QuizEngineError(Exception):
    """The root: whatever quizengine refuses on purpose. The message says what to do."""


class NotFoundError(QuizEngineError):
    """Something that was asked for does not exist, or is not the asker's."""


class UnknownNameError(NotFoundError):
    """A name that is not among the known ones; the message offers the nearest."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        self.kind, self.name = kind, name
        super().__init__(f"There is no {kind} named {name!r}.{nearest_hint(name, known)}")


class ExpressionError(QuizEngineError):
    """An expression or text of a bank cannot be compiled or evaluated."""


class GenerationError(QuizEngineError):
    """A question gives no fit variant."""


class MarkupError(QuizEngineError):
    """Markdown or LaTeX that is outside what we render."""


class UnreadableResponseError(QuizEngineError):
    """What a person typed cannot be read; the form asks again.

    ``start`` and ``end`` are character positions in the text as typed, or None
    where no single place is at fault.
    """

    def __init__(self, message: str, start: int | None = None, end: int | None = None) -> None:
        self.start, self.end = start, end
        super().__init__(message)


class AttemptClosedError(QuizEngineError):
    """The attempt does not wait on that question (any more).

    ``reason`` is the word by which a page knows what to do: ``closed``, ``already_committed``, ``stale``,
    ``seq_conflict`` or ``lease_lost``. ``orphan`` names the text that was kept though it was not taken.
    """

    def __init__(self, message: str, reason: str = "closed", orphan: str | None = None) -> None:
        self.reason, self.orphan = reason, orphan
        super().__init__(message)


class LeaseHeldError(AttemptClosedError):
    """Another tab or device is writing; it can be taken over from there."""

    def __init__(self, where: str, since: datetime | None) -> None:
        self.where, self.since = where, since
        super().__init__(f"This attempt is being written in {where}.", "lease_held")


class MissingExtraError(QuizEngineError):
    """Something needs a package that is not installed; the message says which extra brings it."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} needs a package that is not here: pip install 'quizengine[{extra}]'.")


class BusyError(QuizEngineError):
    """Nothing is wrong with the answer: there was nobody free to judge it. It may be sent again."""


class RequestError(QuizEngineError):
    """A form or a body lacks something or holds something out of range."""


class SlowDownError(QuizEngineError):
    """Something was tried too often; the message says how long to wait."""


class GoneError(QuizEngineError):
    """A link that was used, has run out, was withdrawn or never was: all look the same."""


class ConflictError(QuizEngineError):
    """What was asked for does not fit the state that a thing is in by now; the message says what to do."""


class TableError(QuizEngineError):
    """A file of rows and columns cannot be used; the message names the lines at fault."""


class RoadmapError(QuizEngineError):
    """A roadmap that contradicts itself: a cycle, a dangling name, hours the wrong way round."""


class PsychometricsError(QuizEngineError, ValueError):
    """Numbers that a psychometric function cannot work with. Nothing was changed."""


class PoolError(PsychometricsError):
    """An item pool that is not valid; names every row at fault."""


class PriorError(PsychometricsError):
    """A prior that cannot be: a cycle, an unknown index, no variance left."""


class StoreError(QuizEngineError):
    """The database is not what the code needs: behind, ahead, or not writable."""


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing that is wrong in a bank file, and where."""

    path: Path
    line: int
    question_id: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.question_id}: {self.message}"


class BankError(QuizEngineError):
    """A bank cannot be used; carries *every* fault of *every* file.

    An author mends a bank in one pass, so loading collects faults and raises
    once. Each line of the message is ``file:line: id: what to change``, which
    editors turn into a link.
    """

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(sorted(faults))
        super().__init__("\n".join(str(fault) for fault in self.faults))


def nearest_hint(name: str, known: Iterable[str]) -> str:
    """Return `` Did you mean 'x'?`` for the nearest known name, or nothing.

    >>> nearest_hint("recal", ["precision", "recall"])
    " Did you mean 'recall'?"
    """
    nearest = get_close_matches(name, sorted(known), n=1)
    return f" Did you mean {nearest[0]!r}?" if nearest else ""
