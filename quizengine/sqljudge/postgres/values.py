"""What PostgreSQL returns, as the comparator takes it: numbers, texts and NULL.

Results come as text, so that no value is too odd for Python (years before Christ, infinite dates).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

Value = int | float | str | None

MIDNIGHT = " 00:00:00"
UTC = "+00"


def value_of(raw: bytes | None, type_id: int) -> Value:
    """Return the value that ``raw`` is the text of; ``type_id`` is PostgreSQL's number of its type.

    Truth values are 0 and 1. A moment at midnight is the date alone, and moments are told in UTC without the
    zone: a date and the same moment count as equal. JSON is written in one way.

    >>> value_of(b"t", 16), value_of(b"2.50", 1700), value_of(b"2025-03-01 00:00:00+00", 1184)
    (1, 2.5, '2025-03-01')
    """
    if raw is None:
        return None
    text = raw.decode("utf-8", "replace")
    return _READERS.get(type_id, str)(text)


def _number(text: str) -> Value:
    if not text.strip("+-").replace(".", "", 1).isdecimal():
        return _float(text)
    return _float(text) if "." in text else int(text)


def _float(text: str) -> Value:
    # Not a number equals nothing, not even itself; as a text two results that hold it can be equal.
    return "NaN" if text == "NaN" else float(text)


def _moment(text: str) -> Value:
    return text.removesuffix(UTC).removesuffix(MIDNIGHT)


def _json(text: str) -> Value:
    try:
        return json.dumps(json.loads(text), sort_keys=True, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text


#: By the numbers that ``pg_type`` has given to its own types since ever.
_READERS: Mapping[int, Callable[[str], Value]] = {
    16: lambda text: int(text == "t"),
    20: int,
    21: int,
    23: int,
    26: int,
    700: _float,
    701: _float,
    1700: _number,
    1114: _moment,
    1184: _moment,
    114: _json,
    3802: _json,
}
