"""Values <-> JSON, exactly: a fraction is written as text, a type by its name."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from quizengine.errors import StoreError
from quizengine.model.answers import ANSWER_TYPES, SqlPanel, TextAnswer
from quizengine.model.roadmap import Roadmap
from quizengine.model.variant import Variant

T = TypeVar("T")

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


def variant_from_json(content: Mapping[str, Any], panel: Callable[[str], SqlPanel]) -> Variant:
    """Return the variant that was stored, the same value as before.

    ``panel`` gives the SQL panel of a digest.
    """
    variant: Variant = _decode(Variant, content, panel)
    return variant


def roadmap_to_json(roadmap: Roadmap) -> dict[str, Any]:
    """Return a roadmap as JSON."""
    content: dict[str, Any] = _encode(roadmap, {})
    return content


def roadmap_from_json(content: Mapping[str, Any]) -> Roadmap:
    """Return the roadmap that was stored."""
    roadmap: Roadmap = _decode(Roadmap, content, _no_panel)
    return roadmap


def panel_to_json(panel: SqlPanel) -> dict[str, Any]:
    """Return the databases of a SQL question as JSON."""
    return {field.name: _encode(getattr(panel, field.name), {}) for field in dataclasses.fields(panel)}


def panel_from_json(content: Mapping[str, Any]) -> SqlPanel:
    """Return the databases that were stored."""
    return SqlPanel(digest=content["digest"], schema=content["schema"], instances=tuple(content["instances"]))


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
def _hints(cls: type) -> Mapping[str, Any]:
    return get_type_hints(cls)


def _decode(kind: Any, content: Any, panel: Callable[[str], SqlPanel]) -> Any:
    origin = get_origin(kind)
    supertype = getattr(kind, "__supertype__", None)  # a NewType
    if supertype is not None:
        return content
    if origin in (Union, UnionType):
        return _decode_union(get_args(kind), content, panel)
    if origin is Literal:
        return content
    if origin is tuple:
        return _decode_tuple(get_args(kind), content, panel)
    if origin is not None:  # a mapping
        inner = get_args(kind)[1]
        return {key: _decode(inner, item, panel) for key, item in content.items()}
    if kind is SqlPanel:
        return panel(content)
    if kind is Fraction:
        return Fraction(content)
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        # A field that an older release did not store takes its default.
        hints = _hints(kind)
        return kind(**{name: _decode(hints[name], content[name], panel) for name in hints if name in content})
    return kind(content) if kind in (int, float, str, bool) else content


def _decode_union(kinds: tuple[Any, ...], content: Any, panel: Callable[[str], SqlPanel]) -> Any:
    if content is None and NoneType in kinds:
        return None
    if isinstance(content, str) and str in kinds:
        return content
    if isinstance(content, Mapping) and "type" in content:
        fields = {key: item for key, item in content.items() if key != "type"}
        return _decode(_CLASSES[content["type"]], fields, panel)
    left = [kind for kind in kinds if kind is not NoneType]
    if len(left) == 1:
        return _decode(left[0], content, panel)
    raise StoreError(f"a stored value fits none of {[str(kind) for kind in kinds]}")


def _decode_tuple(kinds: tuple[Any, ...], content: Any, panel: Callable[[str], SqlPanel]) -> tuple[Any, ...]:
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        return tuple(_decode(kinds[0], item, panel) for item in content)
    return tuple(_decode(kind, item, panel) for kind, item in zip(kinds, content, strict=True))
