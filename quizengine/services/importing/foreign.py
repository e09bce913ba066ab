"""A question as another system has it, read and not yet judged; one reader a format."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from quizengine.errors import MarkupError, QuizEngineError
from quizengine.markup.from_html import html_to_markdown, markdown_from_elsewhere, text_to_markdown

MAX_BYTES = 20_000_000
MAX_QUESTIONS = 5000
MAX_TEXT = 50_000

Kind = Literal["choice", "choices", "numerical", "matching", "short"]
Format = Literal["html", "moodle", "plain", "markdown"]


class ImportFileError(QuizEngineError):
    """A file that cannot be read at all; the message says where and what to do."""


class LeftOutError(Exception):
    """A question that cannot come along; the message says why."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text and how it is written."""

    text: str
    form: Format = "html"


@dataclass(frozen=True, slots=True)
class ForeignAnswer:
    """One answer that its author foresaw: what it is worth (1 is right), and what is said about it.

    ``margin`` is the tolerance of a number.
    """

    text: Text
    share: Fraction
    feedback: Text = Text("")
    margin: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign:
    """A question of one of the kinds that come along. ``lost`` says what its format held beyond that."""

    name: str
    kind: Kind
    text: Text
    answers: tuple[ForeignAnswer, ...] = ()
    pairs: tuple[tuple[Text, Text], ...] = ()
    solution: Text = Text("")
    hints: tuple[Text, ...] = ()
    lost: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A question that was read and does not come along, and why."""

    name: str
    reason: str


@dataclass(slots=True)
class Found:
    """What a file holds, in its order."""

    questions: list[Foreign] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)


def to_markdown(text: Text, tell: Callable[[str], None]) -> str:
    """Return a text as Markdown.

    Raises
    ------
    LeftOutError
        For a picture, a formula that we do not render, and a text that is too long.
    """
    if len(text.text) > MAX_TEXT:
        raise LeftOutError(f"a text has more than {MAX_TEXT:,} characters")
    try:
        match text.form:
            case "html":
                return html_to_markdown(text.text, tell)
            case "moodle":
                # Moodle's own format: HTML in which a line is a line.
                return html_to_markdown(text.text.strip().replace("\n", "<br>"), tell)
            case "markdown":
                return markdown_from_elsewhere(text.text)
            case _:
                return text_to_markdown(text.text)
    except MarkupError as error:
        raise LeftOutError(str(error)) from error


def read_moodle(content: bytes) -> Found:
    """Read Moodle XML."""
    from quizengine.services.importing.moodle import found_in  # noqa: PLC0415 (an XML parser, seldom needed)

    return found_in(content)


def read_gift(content: bytes) -> Found:
    """Read GIFT."""
    from quizengine.services.importing.gift import found_in  # noqa: PLC0415 (see above)

    return found_in(content)


READERS: Mapping[str, Callable[[bytes], Found]] = {"moodle": read_moodle, "gift": read_gift}


def check_size(content: bytes) -> None:
    """Refuse a file that is too large or empty."""
    if len(content) > MAX_BYTES:
        raise ImportFileError(f"the file has more than {MAX_BYTES:,} bytes: export it in several parts")
    if not content.strip():
        raise ImportFileError("the file is empty")


def check_count(found: Found) -> None:
    """Refuse a file with too many questions, or with none."""
    count = len(found.questions) + len(found.left_out)
    if count > MAX_QUESTIONS:
        raise ImportFileError(
            f"the file has {count} questions, more than {MAX_QUESTIONS}: import it in parts"
        )
    if not count:
        raise ImportFileError("the file holds no questions")
