"""GIFT read back by a parser that is not ours (gift-pegjs, on Node)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from quizengine.paper.export import Options, export
from tests.export_examples import KINDS, collection

PARSER = Path(__file__).parent / "vendor" / "gift-parser-1.0.2.js"
MISSING = "no Node.js found: GIFT is not read back by gift-pegjs (Debian: apt-get install nodejs)"
CODE = (
    f"const parser = require({json.dumps(str(PARSER))});"
    "let text = ''; process.stdin.on('data', (d) => text += d);"
    "process.stdin.on('end', () => console.log(JSON.stringify(parser.parse(text))));"
)
KNOWN = [kind for kind in KINDS if kind not in ("vector", "matrix", "table", "ordering", "several")]


def read(*kinds: str) -> list[dict[str, Any]]:
    """What gift-pegjs reads of an export, without the categories."""
    node = shutil.which("node")
    if node is None:
        if os.environ.get("QUIZENGINE_REQUIRE_ALL"):
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    text = export(collection(*kinds), "gift", Options(as_text=True, as_essay=True)).files["questions.gift"]
    done = subprocess.run([node, "-e", CODE], input=text, capture_output=True, check=True, timeout=60)
    return [one for one in json.loads(done.stdout) if one["type"] != "Category"]


def test_a_stranger_reads_every_type_that_gift_has() -> None:
    found = read(*KNOWN)

    assert [one["title"] for one in found] == [f"An answer: {kind} 1" for kind in KNOWN]
    types = dict(zip(KNOWN, (one["type"] for one in found), strict=True))
    assert types["number"] == "Numerical"
    assert types["choice"] == types["choices"] == "MC"
    assert types["matching"] == "Matching"
    assert types["fraction"] == types["expression"] == "Short"
    assert types["sql"] == types["output"] == "Essay"


def test_signs_that_mean_something_to_gift_come_back_as_they_were() -> None:
    stem = read("integer")[0]["stem"]

    assert stem["format"] == "html"
    assert r"\(\frac{a}{b} &lt; 1\), <code>x = {1}</code>" in stem["text"]
    assert "~ #1 &amp; ]]&gt; \\ done: {x=y}." in stem["text"]


def test_a_mistake_has_its_credit_and_its_feedback() -> None:
    key, slip = read("integer")[0]["choices"]

    assert (key["text"]["number"], key["text"]["range"]) == (-12, 0)
    assert (slip["text"]["number"], slip["weight"]) == (12, 25)
    assert r"\(x_1 \ne x_2\) {so} ~ # = 1." in slip["feedback"]["text"]


def test_a_picture_becomes_its_words() -> None:
    assert "[Picture: A line from 0 to &quot;10&quot; &amp; down.]" in read("number")[0]["stem"]["text"]
