"""QTI packages against what the published schemas say (``qti_schema``); the judge against broken ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizengine.model.collection import Collection, Family
from quizengine.model.variant import Variant
from quizengine.paper.export import Options, export
from tests.export_examples import KINDS, collection, question
from tests.factories import shipped_bank
from tests.qti_judge import judge
from tests.test_paper_export_qti import BOTH, SHIPPED

EVERYTHING = Options(as_text=True, as_essay=True)
#: What Markdown can hold; lists and quotations are put around it.
PIECES = (
    "a **b *c* `d`** $x_1$  \nand [on](https://example.org/?a=1&b=2) ~~off~~",
    "### A heading with $\\frac{1}{2}$",
    "$$\\begin{cases} a & b \\\\ c & d \\end{cases}$$",
    r"$\underbrace{a}_{n} + \boxed{\sqrt[3]{x}} \bigl( \hat{p} \le \sum_{i=1}^{n} \binom{n}{i}$",
    r"$\text{if } \mathbf{A}' \displaystyle \lim_{x \to 0} \scriptstyle y \quad \mathrm{d}$",
    "$\\left[\\begin{array}{c|c} 1 & 2 \\\\ 3 & 4 \\end{array}\\right]$",
    "```sql\nSELECT 1 < 2\n```",
    "| a | b |\n|:--|--:|\n| $x$ | **y** |",
    "| only | heads |\n|---|---|",
    "---",
)
#: What is broken | in which file | what stands there | what is put in its place | what the judge says.
BROKEN = """
a response after the outcomes | item | <itemBody> | <responseDeclaration/><itemBody> | holds responseDecl
an element in the wrong place | item | <itemBody> | <itemBody><em>a</em> | itemBody holds em
an element that nobody knows | item | <itemBody> | <itemBody><marquee/> | no element marquee
text between blocks | item | <itemBody> | <itemBody>text | itemBody holds text
an attribute that is missing | item | showHide="show" | | modalFeedback has no showHide
an attribute that nobody knows | item | <itemBody> | <itemBody colour="red"> | has colour
a value outside an enumeration | item | cardinality="single" | cardinality="one" | cardinality="one"
a number that is none | item | normalMaximum="1" | normalMaximum="all" | normalMaximum="all"
a name that begins with a digit | item | identifier="FEEDBACK" | identifier="1ST" | identifier="1ST"
two responses of one ID | item | identifier="R2" | identifier="R1" | the ID R1 is there 2 times
a box without its response | item | responseIdentifier="R1" | responseIdentifier="R9" | nothing has the ID R9
an interaction of another type | item | baseType="identifier"><c | baseType="string"><c | is bound to string
a key that is no choice | item | <value>b</value> | <value>z</value> | the key of choiceInteraction
a rule on an unknown outcome | item | Value identifier="S1" | Value identifier="S9" | no outcome S9
a rule on an unknown response | item | variable identifier="R1" | variable identifier="R9" | no variable R9
a fraction for a float | item | "float">0.5</baseValue> | "float">1/2</baseValue> | float 1/2
a picture that is not there | item | src="../images/ | src="../pictures/ | no file pictures/
a test without parts | test.xml | testPart | part | no element part
an item that is not there | test.xml | href="items/ | href="item/ | no file item/
two parts of one name | test.xml | identifier="section1" | identifier="questions" | two parts have the name
a weight that nobody gives | test.xml | weightIdentifier="MARKS" | weightIdentifier="W" | no weight W
a manifest of another version | imsmanifest.xml | 1.0.0 | 2.1 | schema and version
a file that is not listed | imsmanifest.xml | <file href="test.xml"/> | | test.xml is listed 0 times
a file that is listed only | imsmanifest.xml | file href="test.xml" | file href="exam.xml" | exam.xml is
a dangling dependency | imsmanifest.xml | identifierref="q | identifierref="x | nothing has the ID x
a type of resource that is none | imsmanifest.xml | imsqti_item_xmlv2p1 | imsqti_item | type="imsqti_item"
"""


def faults(form: str, *variants: Variant) -> list[str]:
    return judge(export(Collection("Some", (Family(variants, 1),)), form, EVERYTHING).files)


@pytest.mark.parametrize("form", BOTH)
def test_a_package_with_every_answer_type_is_as_the_schemas_want_it(form: str) -> None:
    assert judge(export(collection(*KINDS), form, EVERYTHING).files) == []


@pytest.mark.parametrize("form", BOTH)
def test_packages_of_shipped_questions_are_as_the_schemas_want_them(form: str) -> None:
    bank = shipped_bank()
    found = Collection(
        "Shipped", tuple(Family((bank[name].variant(1), bank[name].variant(2)), 2) for name in SHIPPED)
    )

    assert judge(export(found, form, EVERYTHING).files) == []


@pytest.mark.parametrize("form", BOTH)
@settings(max_examples=25, deadline=None)
@given(
    pieces=st.lists(
        st.tuples(st.sampled_from(PIECES), st.sampled_from(("", "> ", "- ", "1. ", "3. "))), min_size=1
    ),
    twice=st.booleans(),
)
def test_whatever_markdown_a_text_holds_its_place_is_one_that_the_schemas_allow(
    form: str, pieces: list[tuple[str, str]], twice: bool
) -> None:
    text = "\n\n".join(_under(mark, _under(mark, piece) if twice else piece) for piece, mark in pieces)
    base = question("number")
    slip = replace(base.misconceptions[0], feedback=text)

    assert faults(form, replace(base, prompt=text, solution=text, misconceptions=(slip,))) == []


def _under(mark: str, text: str) -> str:
    """A text in a list or a quotation: its first line after the mark, the others below it."""
    rest = mark if mark.startswith(">") else " " * len(mark)
    return mark + text.replace("\n", f"\n{rest}")


@pytest.mark.parametrize("form", BOTH)
@pytest.mark.parametrize("kind", ["integer", "choice", "table", "sql"])
@pytest.mark.parametrize(
    "prompt",
    [
        "x **a {} b** y",
        "## x {}\n\ny",
        "> x {}\n>\n> y",
        "[a {}](https://x.org)",
        "3. {} x\n4. y",
        "- **{}**",
        "|a|\n|-|\n|{}|",
    ],
)
def test_a_box_in_a_place_that_cannot_hold_it_follows_that_place(form: str, kind: str, prompt: str) -> None:
    variant = question(kind)
    place = f"{{{{input:{variant.parts[0].name}}}}}"

    assert faults(form, replace(variant, prompt=prompt.format(place))) == []


@pytest.mark.parametrize("line", BROKEN.strip().splitlines())
def test_the_judge_finds(line: str) -> None:
    _, where, old, new, told = map(str.strip, line.split("|"))
    files = export(collection("several", "number"), "qti21").files

    found = judge(_broken(files, where, old, new))

    assert judge(files) == []
    assert any(told in fault for fault in found), found


def test_the_judge_knows_one_version_from_the_other() -> None:
    old, new = (export(collection("sql"), form, EVERYTHING).files for form in BOTH)
    said = 'normalMinimum="0"', 'externalScored="human"'

    assert any("has externalScored" in fault for fault in judge(_broken(old, "item", *said)))
    assert any("has no use" in fault for fault in judge(_broken(new, "item", ' use="scoring"', "")))


def _broken(files: Mapping[str, bytes], where: str, old: str, new: str) -> dict[str, bytes]:
    """A package with something put in the place of something else: in all its items, or in one file."""
    changed = {}
    for name, content in files.items():
        is_meant = name.startswith("items/") if where == "item" else name == where
        changed[name] = content.replace(old.encode(), new.encode()) if is_meant else content
    assert changed != files, old
    return changed
