"""QTI packages read by programs of others: a converter between versions, and an importer for Moodle."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from moodle_xml_parser import parser as moodle
from onyx2moodle.classifier import classify
from onyx2moodle.parser import parse_item
from onyx2moodle.translate import essay, matching, multichoice, shortanswer
from qti_convert import convert_qti3_to_qti21, downgrade_package_files, upgrade_package_files

from quizengine.paper.export import Options, export
from tests.export_examples import KINDS, collection

TRANSLATORS = {"essay": essay, "matching": matching, "multichoice": multichoice, "shortanswer": shortanswer}
#: What that importer has no type for.
UNREAD = ("ordering", "several")
#: Words of version 3.0 for questions that a person marks, which the converter leaves out of version 2.1.
BY_HAND = ("external-scored", "externalScored", "use")


@cache
def package(form: str) -> Mapping[str, bytes]:
    return export(collection(*KINDS), form, Options(as_text=True, as_essay=True)).files


def canonical(text: str | bytes) -> str:
    """XML without what says nothing: white space, the places of schemas, words that one version lacks."""
    found = text.decode() if isinstance(text, bytes) else text
    found = ElementTree.canonicalize(found, strip_text=True)
    found = re.sub(r'\s*xsi:schemaLocation="[^"]*"| xmlns:xsi="[^"]*"|<\?.*?\?>', "", found)
    found = re.sub(rf' ({"|".join(BY_HAND)})="\w+"', "", found)
    return re.sub(r"\s*>", ">", found).strip()


def test_version_3_is_what_a_converter_makes_of_version_2() -> None:
    made = upgrade_package_files(package("qti21")).files

    for name, content in package("qti30").items():
        if name.endswith(".xml"):
            assert canonical(made[name]) == canonical(content), name


def test_version_2_is_what_a_converter_makes_of_version_3() -> None:
    made = downgrade_package_files(package("qti30"), inject_shared_vocabulary_stylesheet=False)

    for name, content in package("qti21").items():
        if name.endswith(".xml"):
            assert canonical(made.files[name]) == canonical(content), name
    told = {re.search(r'"([\w-]+)"', warning.message)[1] for warning in made.warnings}  # type: ignore[index]
    assert told <= {*BY_HAND}


def test_the_converter_can_tell_what_version_2_does_not_have() -> None:
    item = next(content for name, content in package("qti30").items() if name.startswith("items/"))

    broken = item.replace(b"<qti-item-body>", b'<qti-item-body data-new="1">')

    assert len(convert_qti3_to_qti21(broken).warnings) > len(convert_qti3_to_qti21(item).warnings)


def read(kind: str, folder: Path, old: str = "", new: str = "") -> Any:
    """What the importer reads of the item of a type, with something put in the place of something else."""
    files = export(collection(kind), "qti21", Options(as_text=True, as_essay=True)).files
    item = next(content.decode() for name, content in files.items() if name.startswith("items/"))
    path = folder / "item.xml"
    path.write_text(item.replace(old, new) if old else item)
    return parse_item(path)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in UNREAD])
def test_an_importer_finds_every_box_and_every_feedback(kind: str, tmp_path: Path) -> None:
    item = read(kind, tmp_path)

    assert item.title == f"An answer: {kind}"
    assert [one.response_identifier for one in item.interactions] == list(item.response_decls)
    assert classify(item).target in TRANSLATORS
    is_essay = kind in ("sql", "config", "factorisation")
    assert [one.identifier for one in item.feedback][-1:] == ([] if is_essay else ["shown"])


def test_an_importer_reads_the_keys(tmp_path: Path) -> None:
    keys = {
        kind: [key for one in read(kind, tmp_path).response_decls.values() for key in one.correct_values]
        for kind in ("integer", "number", "choice", "choices", "matching", "table", "output")
    }

    assert keys == {
        "integer": ["-12"],
        "number": ["0.25"],
        "choice": ["b"],
        "choices": ["a", "b"],
        "matching": ["L_a M_b", "L_b M_a"],
        "table": ["8", "2", "5", "many"],
        "output": ["0\n1"],
    }


@pytest.mark.parametrize(("kind", "shares"), [("choice", [0, 100, 0]), ("choices", [50, 50, -100])])
def test_what_the_importer_writes_for_moodle_has_the_same_right_options(
    kind: str, shares: list[float], tmp_path: Path
) -> None:
    made = moodle.parse_string(f"<quiz>{multichoice.translate(read(kind, tmp_path))}</quiz>")["multichoice"][
        0
    ]

    assert made.single == (kind == "choice")
    assert [option.score_fraction for option in made.options] == shares


def test_the_importer_can_tell_a_package_that_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="itemBody"):
        read("choice", tmp_path, 'xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1"', 'xmlns="elsewhere"')
    with pytest.raises(ValueError, match="no choice interaction"):
        multichoice.translate(read("choice", tmp_path, "simpleChoice", "simpleOption"))
    with pytest.raises(ValueError, match="no correctResponse pairs"):
        matching.translate(read("matching", tmp_path, "correctResponse", "rightResponse"))
