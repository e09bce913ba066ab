"""GIFT -> questions as their authors had them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

from quizengine.services.importing.foreign import (
    Foreign,
    ForeignAnswer,
    Format,
    Found,
    ImportFileError,
    LeftOut,
    LeftOutError,
    Text,
    check_count,
    check_size,
)
from quizengine.services.importing.numbers import number_of

#: Escaped signs, while the others are looked at: one of the private use area each.
_ESCAPED = re.compile(r"\\([~=#{}:\\n])")
_PRIVATE = {char: chr(0xE000 + at) for at, char in enumerate("~=#{}:\\n")}
_PUBLIC = str.maketrans({sign: "\n" if char == "n" else char for char, sign in _PRIVATE.items()})
_NAME = re.compile(r"\s*::(.*?)::", re.DOTALL)
_FORM = re.compile(r"\s*\[(html|moodle|plain|markdown)\]", re.IGNORECASE)
_WEIGHT = re.compile(r"\s*%(-?[\d.,]+)%")
_TRUE_FALSE = re.compile(r"\s*(T|TRUE|F|FALSE)\s*(?:#(.*?))?(?:#(.*))?", re.IGNORECASE | re.DOTALL)
_RANGE = re.compile(r"(.+?)\.\.(.+)", re.DOTALL)
MAX_NAME = 80


def found_in(content: bytes) -> Found:
    """Return the questions of a file.

    Raises
    ------
    ImportFileError
        If it is not UTF-8, too large, or holds no question.
    """
    check_size(content)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ImportFileError(f"line {line}: the file is not UTF-8; save it as UTF-8") from error
    if "\0" in text:
        raise ImportFileError("the file holds zero bytes: this is no text")
    found = Found()
    for line, block in _blocks(text):
        name = f"line {line}"
        try:
            name = _name_of(block) or name
            found.questions.append(_question(block, name))
        except LeftOutError as error:
            found.left_out.append(
                LeftOut(f"{name} (line {line})" if name != f"line {line}" else name, str(error))
            )
    check_count(found)
    return found


def _blocks(text: str) -> Iterator[tuple[int, str]]:
    """Yield the questions with the lines at which they begin: an empty line ends one."""
    lines: list[str] = []
    start = 1
    for number, line in enumerate([*text.splitlines(), ""], 1):
        bare = line.strip()
        if bare.startswith("//") or bare.upper().startswith("$CATEGORY:"):
            continue
        if bare:
            start = start if lines else number
            lines.append(line)
        elif lines:
            yield start, "\n".join(lines)
            lines = []


def _name_of(block: str) -> str:
    found = _NAME.match(_ESCAPED.sub(lambda one: _PRIVATE[one[1]], block))
    return " ".join(_plain(found[1]).split())[:MAX_NAME] if found else ""


def _question(block: str, name: str) -> Foreign:
    text = _ESCAPED.sub(lambda one: _PRIVATE[one[1]], block)
    text = text[found.end() :] if (found := _NAME.match(text)) else text
    form: Format = "moodle"
    if found := _FORM.match(text):
        form, text = found[1].lower(), text[found.end() :]  # type: ignore[assignment] # one of the four
    before, opened, rest = text.partition("{")
    inside, closed, after = rest.partition("}")
    if not opened:
        raise LeftOutError("it has no answers: a text between questions")
    if not closed:
        raise LeftOutError("its { has no } behind it")
    if "{" in inside or "{" in after or "}" in after:
        raise LeftOutError(
            "it has a { or } that is not escaped, or more than one place for an answer; "
            "an empty line sets questions apart"
        )
    # In the middle of a sentence the answer is a missing word.
    stem = f"{before.rstrip()} ____ {after.strip()}" if after.strip() else before
    inside, _, solution = inside.partition("####")
    return _answered(name, Text(_plain(stem).strip(), form), inside, Text(_plain(solution).strip(), form))


def _answered(name: str, text: Text, inside: str, solution: Text) -> Foreign:
    form = text.form
    bare = inside.strip()
    if not bare:
        raise LeftOutError("it is an essay: choice, numerical, matching and short answers come along")
    if found := _TRUE_FALSE.fullmatch(bare):
        return Foreign(
            name=name, kind="choice", text=text, answers=_true_false(found, form), solution=solution
        )
    if bare.startswith("#"):
        answers = tuple(_numbers(bare[1:], form))
        return Foreign(name=name, kind="numerical", text=text, answers=answers, solution=solution)
    pieces = _pieces(bare)
    if all(sign == "=" and "->" in piece for sign, piece in pieces):
        pairs = tuple(_pair(piece, form) for _, piece in pieces)
        return Foreign(name=name, kind="matching", text=text, pairs=pairs, solution=solution)
    answers = tuple(_answer(sign, piece, form) for sign, piece in pieces)
    if any(sign == "~" for sign, _ in pieces):
        many = all(sign == "~" for sign, _ in pieces)
        return Foreign(
            name=name, kind="choices" if many else "choice", text=text, answers=answers, solution=solution
        )
    return Foreign(name=name, kind="short", text=text, answers=answers, solution=solution)


def _pieces(bare: str) -> list[tuple[str, str]]:
    """Return the answers with the sign before each."""
    first, *rest = re.split(r"([=~])", bare)
    if first.strip():
        raise LeftOutError("an answer has no = or ~ before it")
    return list(zip(rest[::2], rest[1::2], strict=True))


def _answer(sign: str, piece: str, form: Format) -> ForeignAnswer:
    share = Fraction(1 if sign == "=" else 0)
    if found := _WEIGHT.match(piece):
        share, piece = _share(found[1]), piece[found.end() :]
    text, _, feedback = piece.partition("#")
    return ForeignAnswer(_written(text, form), share, _written(feedback, form))


def _share(text: str) -> Fraction:
    number = number_of(text)
    if number is None or not -100 <= number <= 100:
        raise LeftOutError(f"the weight %{text}% is no percentage")
    return number / 100


def _written(text: str, form: Format) -> Text:
    if found := _FORM.match(text):
        return Text(_plain(text[found.end() :]).strip(), found[1].lower())  # type: ignore[arg-type] # see above
    return Text(_plain(text).strip(), form)


def _pair(piece: str, form: Format) -> tuple[Text, Text]:
    left, _, right = piece.partition("->")
    return _written(left, form), Text(_plain(right).strip(), "plain")


def _true_false(found: re.Match[str], form: Format) -> tuple[ForeignAnswer, ...]:
    """Return both answers; the first feedback is for who is wrong, the second for who is right."""
    is_true = found[1].upper().startswith("T")
    wrong, right = (Text(_plain(one or "").strip(), form) for one in (found[2], found[3]))
    return tuple(
        ForeignAnswer(Text(word, "plain"), Fraction(int(key)), right if key else wrong)
        for word, key in (("True", is_true), ("False", not is_true))
    )


def _numbers(inside: str, form: Format) -> Iterator[ForeignAnswer]:
    bare = inside.strip()
    if "=" not in bare:
        bare = f"={bare}"
    for sign, piece in _pieces(bare):
        if sign != "=":
            raise LeftOutError("a numerical question has a ~, which offers something to pick")
        share = Fraction(1)
        rest = piece
        if found := _WEIGHT.match(rest):
            share, rest = _share(found[1]), rest[found.end() :]
        text, _, feedback = rest.partition("#")
        yield _number(text.strip(), share, _written(feedback, form))


def _number(text: str, share: Fraction, feedback: Text) -> ForeignAnswer:
    if text == "*":
        return ForeignAnswer(Text("*", "plain"), share, feedback)
    if found := _RANGE.fullmatch(text):
        low, high = number_of(found[1]), number_of(found[2])
        if low is None or high is None or low > high:
            raise LeftOutError(f"the range {text} is not two numbers, the smaller first")
        return ForeignAnswer(Text(str((low + high) / 2), "plain"), share, feedback, (high - low) / 2)
    value, _, margin = text.partition(":")
    number, wide = number_of(value), number_of(margin or "0")
    if number is None or wide is None:
        raise LeftOutError(f"the answer {_plain(text)!r} is no number")
    return ForeignAnswer(Text(str(number), "plain"), share, feedback, abs(wide))


def _plain(text: str) -> str:
    return text.translate(_PUBLIC)
