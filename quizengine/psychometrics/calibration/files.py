"""Files of calibrated items: one a line, under the names of `Calibration.to_csv`."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isfinite, nan
from pathlib import Path

from quizengine.errors import PsychometricsError
from quizengine.psychometrics.pool import SLOPE_RANGE

NEEDED = ("item", "a", "b")


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibratedItem:
    """An item as a file has it; nan where an error or a spread is not told."""

    item: str
    a: float
    b: float
    c: float = 0.0
    d: float = 1.0
    se_a: float = nan
    se_b: float = nan
    sigma_f: float = nan
    n: int = 0


def read_items(path: str | Path) -> dict[str, CalibratedItem]:
    r"""Return the items of a file, by name.

    Raises
    ------
    PsychometricsError
        With the line of each fault: a column that is missing, a number that cannot be, an item twice.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "items.csv")
    ...     _ = path.write_text("item,a,b,se_b\nmath.bayes.one,1.2,-0.4,0.1\n")
    ...     found = read_items(path)
    >>> found["math.bayes.one"].b, found["math.bayes.one"].c
    (-0.4, 0.0)
    """
    place = Path(path)
    try:
        with place.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [name for name in NEEDED if name not in (reader.fieldnames or ())]
            if missing:
                raise PsychometricsError(
                    f"{place}:1: no column {' and '.join(missing)}; a file of items has item, a and b"
                )
            rows = [(reader.line_num, row) for row in reader]
    except UnicodeDecodeError:
        raise PsychometricsError(f"{place}: not UTF-8; save the file as UTF-8") from None
    faults: list[str] = []
    found: dict[str, CalibratedItem] = {}
    for line, row in rows:
        wrong = list(_faults(row))
        if row["item"] in found:
            wrong.append(f"{row['item']} stands here twice")
        if wrong:
            faults.append(f"{place}:{line}: {'; '.join(wrong)}")
        else:
            found[row["item"]] = _item(row)
    if faults:
        raise PsychometricsError("\n".join(faults))
    return found


def _faults(row: Mapping[str, str | None]) -> Iterator[str]:
    if not row["item"]:
        yield "the item has no name"
    for name in ("a", "b", "c", "d", "se_a", "se_b", "sigma_f", "n"):
        if row.get(name) and not _is_finite(str(row[name])):
            yield f"{name} = {row[name]!r} is not a number"
            return
    for name in NEEDED[1:]:
        if not row[name]:
            yield f"{name} is missing"
            return
    item = _item(row)
    if not SLOPE_RANGE[0] <= item.a <= SLOPE_RANGE[1]:
        yield f"a = {item.a:g} is outside [{SLOPE_RANGE[0]:g}, {SLOPE_RANGE[1]:g}]"
    if not 0 <= item.c < item.d <= 1:
        yield f"c = {item.c:g} and d = {item.d:g} must be 0 <= c < d <= 1"


def _item(row: Mapping[str, str | None]) -> CalibratedItem:
    def number(name: str, default: float) -> float:
        return float(row.get(name) or default)

    return CalibratedItem(
        item=str(row["item"]),
        a=number("a", nan),
        b=number("b", nan),
        c=number("c", 0.0),
        d=number("d", 1.0),
        se_a=number("se_a", nan),
        se_b=number("se_b", nan),
        sigma_f=number("sigma_f", nan),
        n=int(number("n", 0)),
    )


def _is_finite(text: str) -> bool:
    try:
        return isfinite(float(text))
    except ValueError:
        return False
