"""A collection as rows for a spreadsheet, and as JSON that is read back."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

from quizengine.grading import key_text
from quizengine.markup.document import PLACE
from quizengine.model.collection import Collection
from quizengine.model.variant import Variant
from quizengine.paper.export.blocks import figure_name, mistake
from quizengine.paper.export.items import material, name_of
from quizengine.paper.export.package import Export
from quizengine.roadmap.calendar import DANGEROUS
from quizengine.services.exporting import SHOWN_FIELDS, collection_to_json

COLUMNS = (
    "name", "question", "version", "title", "skills", "difficulty", "seconds", "marks", "types", "prompt",
    "options", "figure",
)  # fmt: skip
KEY_COLUMNS = ("key", "solution", "hints", "mistakes")
_DANGEROUS = (*DANGEROUS, "\r")
#: What a form shows of an answer of each type: all that may leave without the key.
SHOWN: Mapping[str, tuple[str, ...]] = {
    "integer": (),
    "number": ("unit", "percent"),
    "fraction": ("lowest_terms",),
    "expression": ("variables", "layout", "form"),
    "equation": ("variables",),
    "interval": ("variable",),
    "vector": ("shape_given",),
    "matrix": ("shape_given",),
    "factorisation": (),
    "set": (),
    "choice": ("options",),
    "choices": ("options",),
    "ordering": ("items",),
    "matching": ("left", "right"),
    "table": ("column_heads", "row_heads", "cells"),
    "output": ("code", "language"),
    "sql": ("tables",),
    "config": ("kind", "given"),
}


def to_csv(collection: Collection, *, with_key: bool, raw: bool = False, bom: bool = False) -> Export:
    """Return a collection as CSV (RFC 4180, UTF-8), one row a variant; texts are Markdown, figures files."""
    columns = (*COLUMNS, *KEY_COLUMNS) if with_key else COLUMNS
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(columns)
    for family in collection.families:
        for variant in family.variants:
            row = _row(variant, family.marks)
            writer.writerow([row[name] if raw else _guarded(row[name]) for name in columns])
    files = {"questions.csv": out.getvalue().encode("utf-8-sig" if bom else "utf-8")}
    files |= {figure_name(one, "svg"): one.figure.svg.encode() for one in collection.variants if one.figure}
    return Export(files, (), len(collection.variants))


def _row(variant: Variant, marks: int) -> dict[str, object]:
    shown = [material(part.answer) for part in variant.parts]
    figure = f"{figure_name(variant, 'svg')}: {variant.figure.alt}" if variant.figure else ""
    return {
        "name": name_of(variant),
        "question": variant.question_id,
        "version": variant.version,
        "title": variant.title,
        "skills": " ".join(skill for skill, _ in variant.skills),
        "difficulty": variant.difficulty,
        "seconds": variant.seconds,
        "marks": marks,
        "types": " ".join(variant.answer_types),
        "prompt": "\n\n".join(filter(None, [PLACE.sub("____", variant.prompt), *shown])),
        "options": "\n\n".join(filter(None, map(_options, variant.parts))),
        "figure": figure,
        "key": "\n".join(
            f"{part.label or part.name}: {key_text(part.answer)}"
            if len(variant.parts) > 1
            else key_text(part.answer)
            for part in variant.parts
        ),
        "solution": variant.solution,
        "hints": "\n".join(variant.hints),
        "mistakes": "\n".join(mistake(variant, wrong) for wrong in variant.misconceptions),
    }


def _options(part: Any) -> str:
    names = ("options", "items", "left", "right")
    return "\n".join(f"{one.id}: {one.text}" for name in names for one in getattr(part.answer, name, ()))


def _guarded(cell: object) -> object:
    """Return a cell so that no spreadsheet takes it for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_DANGEROUS) else cell


def to_json(collection: Collection, with_key: bool) -> Export:
    """Return a collection as JSON: with its key all of it, else what a form shows."""
    content = collection_to_json(collection)
    if not with_key:
        content = content | {"key": False, "panels": {}}
        content["families"] = [
            family | {"variants": [_without_key(one) for one in family["variants"]]}
            for family in content["families"]
        ]
    text = json.dumps(content, indent=1, ensure_ascii=False)
    return Export({"questions.json": f"{text}\n".encode()}, (), len(collection.variants))


def _without_key(variant: Mapping[str, Any]) -> dict[str, Any]:
    parts = [
        {
            "name": part["name"],
            "label": part["label"],
            "weight": part["weight"],
            "answer": _shown(part["answer"]),
        }
        for part in variant["parts"]
    ]
    return {name: variant[name] for name in SHOWN_FIELDS} | {"parts": parts}


def _shown(answer: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: answer[name] for name in SHOWN[answer["type"]]}
    if "cells" in kept:
        kept["cells"] = [_cells(row) for row in kept["cells"]]
    return {"type": answer["type"], **kept}


def _cells(row: Sequence[Any]) -> list[Any]:
    return [cell if isinstance(cell, str) else {"type": cell["type"]} for cell in row]
