"""Values <-> JSON, exactly: a fraction is written as text, a type by its name."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cache, lru_cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from quizengine.errors import StoreError
from quizengine.model.answers import ANSWER_TYPES, SqlPanel, TextAnswer
from quizengine.model.roadmap import Roadmap
from quizengine.model.variant import Measured, QuestionId, SkillId, Variant

#: Gives the SQL panel of a digest.
PanelOf = Callable[[str], SqlPanel]
Decoder = Callable[[Any, PanelOf], Any]

#: Answers are told apart by ``type``; a table's cell can be a word as well.
_NAMES: Mapping[type, str] = {cls: name for name, cls in {**ANSWER_TYPES, "text": TextAnswer}.items()}
_CLASSES: Mapping[str, type] = {name: cls for cls, name in _NAMES.items()}


def variant_to_json(variant: Variant) -> tuple[dict[str, Any], dict[str, SqlPanel]]:
    """Return the variant as JSON, and the SQL panels it refers to by digest.

    Panels are kept apart because many variants share one.
    """
    panels: dict[str, SqlPanel] = {}
    content: dict[str, Any] = _encode(variant, panels)
    return content, panels


def variant_from_json(content: Mapping[str, Any], panel: PanelOf) -> Variant:
    """Return the variant that was stored, the same value as before.

    ``panel`` gives the SQL panel of a digest.
    """
    variant: Variant = _decoder(Variant)(content, panel)
    return variant


@dataclasses.dataclass(frozen=True, slots=True)
class OutlinePart:
    """One answer in an outline, as its JSON."""

    answer: Any


@dataclasses.dataclass(frozen=True, slots=True)
class OutlineMisconception:
    """A misconception in an outline."""

    id: str
    points_to: SkillId


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """What of a variant the scorer goes by, under the names that it has in ``Variant``."""

    question_id: QuestionId
    skills: tuple[tuple[SkillId, float], ...]
    difficulty: float
    seconds: int
    parts: tuple[OutlinePart, ...]
    misconceptions: tuple[OutlineMisconception, ...]
    measured: Measured | None = None

    @property
    def answer_types(self) -> tuple[str, ...]:
        """The answer type of each part, in order."""
        return tuple(part.answer["type"] for part in self.parts)

    @property
    def options(self) -> int:
        """How many options the first answer has, if it is a choice; else 0."""
        answer = self.parts[0].answer
        return len(answer["options"]) if answer["type"] == "choice" else 0


def outline_from_json(content: Mapping[str, Any]) -> Outline:
    """Return the outline of the variant that was stored: a small part of the work of reading all of it."""
    outline: Outline = _decoder(Outline)(content, _no_panel)
    return outline


def roadmap_to_json(roadmap: Roadmap) -> dict[str, Any]:
    """Return a roadmap as JSON."""
    content: dict[str, Any] = _encode(roadmap, {})
    return content


def roadmap_from_json(content: Mapping[str, Any]) -> Roadmap:
    """Return the roadmap that was stored."""
    roadmap: Roadmap = _decoder(Roadmap)(content, _no_panel)
    return roadmap


def panel_to_json(panel: SqlPanel) -> dict[str, Any]:
    """Return the databases of a SQL question as JSON."""
    return {field.name: _encode(getattr(panel, field.name), {}) for field in dataclasses.fields(panel)}


def panel_from_json(content: Mapping[str, Any]) -> SqlPanel:
    """Return the databases that were stored."""
    return SqlPanel(
        digest=content["digest"],
        schema=content["schema"],
        instances=tuple(content["instances"]),
        dialect=content.get("dialect", "sqlite"),
    )


def _no_panel(digest: str) -> SqlPanel:
    raise StoreError(f"no SQL panel {digest[:12]} is stored here")


def _encode(value: Any, panels: dict[str, SqlPanel]) -> Any:
    match value:
        case SqlPanel():
            panels[value.digest] = value
            return value.digest
        case Fraction():
            return str(value)
        case tuple() | list():
            return [_encode(item, panels) for item in value]
        case Mapping():
            return {str(key): _encode(item, panels) for key, item in value.items()}
        case None | bool() | int() | float() | str():
            return value
    fields = {field.name: _encode(getattr(value, field.name), panels) for field in dataclasses.fields(value)}
    return {"type": _NAMES[type(value)], **fields} if type(value) in _NAMES else fields


@cache
def _decoder(kind: Any) -> Decoder:
    """Return what makes a value of this type of its JSON: a type is looked at once, not for every value."""
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        return _union_decoder(get_args(kind))
    if origin is tuple:
        return _tuple_decoder(get_args(kind))
    if origin is not None and origin is not Literal:  # a mapping
        inner = _decoder(get_args(kind)[1])
        return lambda content, panel: {key: inner(item, panel) for key, item in content.items()}
    if kind is SqlPanel:
        return lambda content, panel: panel(content)
    if kind is Fraction:
        return lambda content, _panel: _fraction(content)
    if kind is float:
        return lambda content, _panel: float(content)
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return _class_decoder(kind)
    return lambda content, _panel: content


@lru_cache(maxsize=4096)
def _fraction(text: str) -> Fraction:
    """Return a number that was stored. The same few stand in most variants."""
    return Fraction(text)


def _class_decoder(kind: type) -> Decoder:
    decoders = {name: _decoder(hint) for name, hint in get_type_hints(kind).items()}

    def decode(content: Any, panel: PanelOf) -> Any:
        # A field that an older release did not store takes its default.
        return kind(**{name: of(content[name], panel) for name, of in decoders.items() if name in content})

    return decode


def _union_decoder(kinds: tuple[Any, ...]) -> Decoder:
    left = [kind for kind in kinds if kind not in (NoneType, str)]
    only = _decoder(left[0]) if len(left) == 1 else None

    def decode(content: Any, panel: PanelOf) -> Any:
        if isinstance(content, Mapping) and "type" in content:
            return _decoder(_CLASSES[content["type"]])(content, panel)
        if (content is None and NoneType in kinds) or (isinstance(content, str) and str in kinds):
            return content
        if only is not None:
            return only(content, panel)
        raise StoreError(f"a stored value fits none of {[str(kind) for kind in kinds]}")

    return decode


def _tuple_decoder(kinds: tuple[Any, ...]) -> Decoder:
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        item_of = _decoder(kinds[0])
        return lambda content, panel: tuple([item_of(item, panel) for item in content])
    decoders = [_decoder(kind) for kind in kinds]
    return lambda content, panel: tuple([of(item, panel) for of, item in zip(decoders, content, strict=True)])
