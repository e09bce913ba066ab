"""Moodle XML -> questions as their authors had them."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from quizengine.services.importing.foreign import (
    Foreign,
    ForeignAnswer,
    Format,
    Found,
    ImportFileError,
    Kind,
    LeftOut,
    LeftOutError,
    Text,
    check_count,
    check_size,
)
from quizengine.services.importing.numbers import number_of

_FORMATS: dict[str, Format] = {
    "html": "html",
    "moodle_auto_format": "moodle",
    "plain_text": "plain",
    "markdown": "markdown",
}
_KINDS: dict[str, Kind] = {
    "multichoice": "choice",
    "truefalse": "choice",
    "numerical": "numerical",
    "matching": "matching",
    "shortanswer": "short",
}
#: Types that hold no question.
_SILENT = frozenset({"category"})


def found_in(content: bytes) -> Found:
    """Return the questions of a file.

    Raises
    ------
    ImportFileError
        If it is no Moodle XML, too large, or holds entities, by which a small file can grow without end.
    """
    check_size(content)
    try:
        root = fromstring(content, forbid_dtd=True)
    except DefusedXmlException as error:
        raise ImportFileError("the file declares a DTD or entities, which Moodle never writes") from error
    except (ParseError, ValueError, LookupError) as error:
        raise ImportFileError(f"this is no well-formed XML: {error}") from error
    if root.tag != "quiz":
        raise ImportFileError(f"this is no Moodle XML: it begins with <{root.tag}>, not with <quiz>")
    found = Found()
    for place, element in enumerate(root.findall("question"), 1):
        kind = element.get("type", "")
        if kind in _SILENT:
            continue
        name = " ".join((element.findtext("name/text") or f"question {place}").split())
        try:
            found.questions.append(_question(element, kind, name))
        except LeftOutError as error:
            found.left_out.append(LeftOut(name, str(error)))
    check_count(found)
    return found


def _question(element: Element, kind: str, name: str) -> Foreign:
    if kind not in _KINDS:
        raise LeftOutError(f"its type is {kind or 'not told'}; {', '.join(sorted(_KINDS))} come along")
    if element.find("questiontext/file") is not None:
        raise LeftOutError("it has files, which do not come along")
    single = (element.findtext("single") or "true").strip().lower() in ("true", "1")
    return Foreign(
        name=name,
        kind="choices" if kind == "multichoice" and not single else _KINDS[kind],
        text=_text(element.find("questiontext"), "html"),
        answers=tuple(_answers(element, kind)),
        pairs=tuple(_pairs(element)),
        solution=_text(element.find("generalfeedback"), "html"),
        hints=tuple(_text(hint, "html") for hint in element.findall("hint")),
        lost=tuple(_lost(element, kind)),
    )


def _text(element: Element | None, form: Format) -> Text:
    if element is None:
        return Text("", form)
    return Text(element.findtext("text") or "", _FORMATS.get(element.get("format", ""), form))


def _answers(element: Element, kind: str) -> Iterator[ForeignAnswer]:
    for answer in element.findall("answer"):
        if kind in ("numerical", "shortanswer"):
            text = Text(_plain((answer.findtext("text") or answer.text or "").strip(), kind), "plain")
        else:
            text = _text(answer, "html")
        share = number_of(answer.get("fraction") or "0")
        margin = number_of(answer.findtext("tolerance") or "0")
        if share is None or margin is None:
            raise LeftOutError("a share of a mark or a tolerance in it is no number")
        yield ForeignAnswer(text, share / 100, _text(answer.find("feedback"), "html"), abs(margin))


def _plain(text: str, kind: str) -> str:
    """Return an answer that is typed; a number exactly."""
    if kind == "shortanswer" or text == "*":
        return text
    number = number_of(text)
    if number is None:
        raise LeftOutError(f"the answer {text[:40]!r} is no number")
    return str(number)


def _pairs(element: Element) -> Iterator[tuple[Text, Text]]:
    for pair in element.findall("subquestion"):
        yield _text(pair, "html"), Text(pair.findtext("answer/text") or "", "plain")


def _lost(element: Element, kind: str) -> Iterator[str]:
    if kind == "numerical" and element.find("units/unit") is not None:
        yield "its units: the answer is the number alone"
    if kind == "shortanswer" and (element.findtext("usecase") or "0").strip() == "1":
        yield "capitals and small letters are not told apart"
    for tag in ("correctfeedback", "partiallycorrectfeedback", "incorrectfeedback"):
        text = (element.findtext(f"{tag}/text") or "").strip()
        if text and not _is_stock(text):
            yield f"its {tag}"
    penalty = number_of(element.findtext("penalty") or "0")
    if penalty not in (None, Fraction(0)) and penalty != Fraction("0.3333333"):
        yield "its penalty for another try"


def _is_stock(text: str) -> bool:
    """Whether a feedback is what Moodle writes into every question."""
    return "Your answer is " in text
