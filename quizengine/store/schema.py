"""The JSON Schema of what ``codec`` writes, made from the same types."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from fractions import Fraction
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from quizengine.model.answers import ANSWER_TYPES, SqlPanel, TextAnswer

_NAMES: Mapping[type, str] = {cls: name for name, cls in {**ANSWER_TYPES, "text": TextAnswer}.items()}
#: An exact number: a whole number, or one over another.
FRACTION = {"type": "string", "pattern": r"^-?\d+(/\d+)?$"}
DIGEST = {"type": "string", "description": "the digest of databases under panels"}
_PLAIN: Mapping[type, dict[str, Any]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    NoneType: {"type": "null"},
    Fraction: FRACTION,
    SqlPanel: DIGEST,
}


def schema_of(kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of values of a type; classes go to ``definitions`` and are referred to.

    >>> schema_of(tuple[int, ...], {})
    {'type': 'array', 'items': {'type': 'integer'}}
    """
    kind = getattr(kind, "__supertype__", kind)
    origin = get_origin(kind)
    if kind in _PLAIN:
        return _PLAIN[kind]
    if origin in (Union, UnionType):
        return {"anyOf": [schema_of(one, definitions) for one in get_args(kind)]}
    if origin is Literal:
        return {"enum": list(get_args(kind))}
    if origin is tuple:
        return _array(get_args(kind), definitions)
    if origin is not None:  # a mapping
        return {"type": "object", "additionalProperties": schema_of(get_args(kind)[1], definitions)}
    if kind.__name__ not in definitions:
        definitions[kind.__name__] = {}  # a class may hold itself
        definitions[kind.__name__] = object_of(kind, definitions)
    return {"$ref": f"#/$defs/{kind.__name__}"}


def object_of(kind: type, definitions: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a dataclass: every field, and the type's name where answers are told apart."""
    hints = get_type_hints(kind)
    names = [field.name for field in dataclasses.fields(kind)]
    properties = {name: schema_of(hints[name], definitions) for name in names}
    if kind in _NAMES:
        properties = {"type": {"const": _NAMES[kind]}, **properties}
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _array(kinds: tuple[Any, ...], definitions: dict[str, Any]) -> dict[str, Any]:
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        return {"type": "array", "items": schema_of(kinds[0], definitions)}
    items = [schema_of(one, definitions) for one in kinds]
    return {"type": "array", "prefixItems": items, "minItems": len(items), "maxItems": len(items)}
