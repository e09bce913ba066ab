"""Twelve sheets that cover all answer types, as pictures: ``python -m tests.paper_pages`` draws them anew.

A changed picture is looked at before it is kept.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pypdfium2
from PIL import Image, ImageFilter

from quizengine.model.answers import ANSWER_TYPES
from quizengine.model.sheet import Sheet, SheetItem
from quizengine.model.variant import Variant
from quizengine.paper import compile_pdf, grid_row, grid_source, key_source, sheet_source
from tests.web_questions import variant_of

FOLDER = Path(__file__).parent / "golden" / "paper"
#: Pages have so many pixels a point: letters can be told apart, files stay small.
SCALE = 0.75
#: A pixel that differs more than this, of 255, after a blur counts; of those of a tile so many may.
DIFFERENT, ALLOWED, TILE = 40, 0.05, 24


def of_variants(*variants: Variant, **look: object) -> Sheet:
    """Return a sheet of some variants."""
    made = Sheet(
        code="919G-PETW-A4", form="A", title="Everything", paper="a4", large_print=False, minutes=9,
        items=tuple(SheetItem(variant, 2) for variant in variants),
    )  # fmt: skip
    return replace(made, **look)  # type: ignore[arg-type]


def of_kinds(*kinds: str, **look: object) -> Sheet:
    """Return a sheet with a question of each answer type named."""
    return of_variants(*map(variant_of, kinds), **look)


def sources() -> dict[str, str]:
    """Return the documents by name."""
    every = of_kinds(*ANSWER_TYPES)
    return {
        "numbers": sheet_source(of_kinds("integer", "number", "fraction")),
        "expressions": sheet_source(of_kinds("expression", "equation", "interval", "set")),
        "cells": sheet_source(of_kinds("vector", "matrix", "factorisation")),
        "choices": sheet_source(of_kinds("choice", "choices")),
        "orders": sheet_source(of_kinds("ordering", "matching")),
        "tables": sheet_source(of_kinds("table", "output")),
        "query": sheet_source(of_kinds("sql")),
        "file": sheet_source(of_kinds("config")),
        "letter": sheet_source(of_kinds("integer", "choice", "matrix", paper="letter", name="Ada L.")),
        "large": sheet_source(of_kinds("number", "choices", "table", "sql", large_print=True)),
        "key": key_source(every),
        "grid": grid_source("Marks", "a4", [grid_row(every)] * 3),
    }


def picture(source: str) -> tuple[Image.Image, int]:
    """Return the pages side by side in grey, and how many there are."""
    document = pypdfium2.PdfDocument(compile_pdf(source))
    pages = [page.render(scale=SCALE).to_pil().convert("L") for page in document]
    made = Image.new("L", (sum(page.width for page in pages), pages[0].height))
    left = 0
    for page in pages:
        made.paste(page, (left, 0))
        left += page.width
    return made, len(pages)


def difference(one: Image.Image, other: Image.Image) -> float:
    """Return the share of pixels that differ in the tile where most do; 1 where the sizes differ."""
    if one.size != other.size:
        return 1.0
    first, second = (np.asarray(image.filter(ImageFilter.BoxBlur(1)), dtype=int) for image in (one, other))
    differs = abs(first - second) > DIFFERENT
    high, wide = (size // TILE * TILE for size in differs.shape)
    tiles = differs[:high, :wide].reshape(high // TILE, TILE, wide // TILE, TILE)
    return float(tiles.mean(axis=(1, 3)).max())


def main() -> None:
    """Draw all pictures anew."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    counts = {}
    for name, source in sources().items():
        made, counts[name] = picture(source)
        made.save(FOLDER / f"{name}.png", optimize=True)
    (FOLDER / "pages.json").write_text(json.dumps(counts, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
