"""A collection as a QTI package: items, a test that draws one of each question, a manifest."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

from quizengine.markup import line_xhtml, to_xhtml, xml_text
from quizengine.markup.exchange import BLANK, Place
from quizengine.model.answers import Option
from quizengine.model.collection import Collection
from quizengine.model.variant import Variant
from quizengine.paper.export.fields import (
    EssayField,
    Field,
    GridField,
    NumberField,
    OrderField,
    PairField,
    PickField,
    TextField,
    Wish,
    decimal_text,
)
from quizengine.paper.export.items import Group, Item, count_of, groups_of, material
from quizengine.paper.export.moodle import KEYS_INSIDE
from quizengine.paper.export.notes import NOTES_FILE, Notes
from quizengine.paper.export.package import Export
from quizengine.paper.export.qti_dialect import Dialect
from quizengine.paper.export.qti_scoring import Scoring, pairs_of, response_names, slip_name

NUMBER_LENGTH, TEXT_LENGTH = 12, 30
TEST, MANIFEST = "test.xml", "imsmanifest.xml"


def to_qti(collection: Collection, wish: Wish, qti: Dialect) -> Export:
    """Return a collection as a package of items, with a test over them."""
    notes = Notes()
    groups = groups_of(collection, wish, notes, _gate)
    files: dict[str, bytes] = {}
    for group in groups:
        for item in group.items:
            files[_item_file(item)] = _item(item, qti, notes).encode()
            if item.variant.figure:
                files[_figure_file(item)] = item.variant.figure.svg.encode()
    files[TEST] = _test(collection.title, groups, qti).encode()
    files[MANIFEST] = _manifest(groups, qti).encode()
    notes.add("told", KEYS_INSIDE)
    return Export(files, tuple(notes.found), count_of(groups), bundle=True)


def _gate(variant: Variant, fields: tuple[Field, ...]) -> None:
    """Take everything: QTI can put any answers beside each other."""


def _item_file(item: Item) -> str:
    return f"items/{item.name}.xml"


def _figure_file(item: Item) -> str:
    return f"images/{item.name}.svg"


def _item(item: Item, qti: Dialect, notes: Notes) -> str:
    variant = item.variant
    by_hand = any(isinstance(field, EssayField) for field in item.fields)
    if variant.hints:
        notes.add("lost", "QTI has no hints", variant.question_id)
    if by_hand and len(item.fields) > 1:
        notes.add("lost", "marked by hand as a whole, since one of its answers is", variant.question_id)
    return qti.document(
        "assessmentItem",
        *_responses(item, qti),
        *_outcomes(item, qti, by_hand),
        qti.tag("itemBody", "\n", _body(item, qti), "\n", _rubric(item, qti) if by_hand else ""),
        *([] if by_hand else [Scoring(item, qti).processing(), *_feedback(item, qti)]),
        identifier=item.name,
        title=variant.title or variant.question_id,
        adaptive=False,
        timeDependent=False,
    )


def _responses(item: Item, qti: Dialect) -> Iterator[str]:
    for field, names in zip(item.fields, response_names(item), strict=True):
        cells = field.asked if isinstance(field, GridField) else (field,)
        for cell, name in zip(cells, names, strict=True):
            yield _response(cell, name, qti)


def _response(field: Field, name: str, qti: Dialect) -> str:
    kind, cardinality, values, mapping = "string", "single", [], ""
    match field:
        case NumberField():
            kind, values = "float", [decimal_text(field.value)]
        case TextField():
            values = [field.forms[0]]
        case PickField():
            kind, values = "identifier", list(field.key)
            cardinality = "multiple" if field.many else "single"
            mapping = _mapping(field, qti) if field.many else ""
        case PairField():
            kind, cardinality, values = "directedPair", "multiple", list(pairs_of(field))
        case OrderField():
            kind, cardinality, values = "identifier", "ordered", list(field.orders[0])
    key = qti.tag("correctResponse", *(qti.tag("value", xml_text(one)) for one in values)) if values else ""
    return qti.tag(
        "responseDeclaration", key, mapping, identifier=name, cardinality=cardinality, baseType=kind
    )


def _mapping(field: PickField, qti: Dialect) -> str:
    share = f"{1 / len(field.key):.12g}"
    entries = (
        qti.tag("mapEntry", mapKey=one.id, mappedValue=share if one.id in field.key else f"-{share}")
        for one in field.options
    )
    return qti.tag("mapping", *entries, lowerBound="0", upperBound="1", defaultValue="0")


def _outcomes(item: Item, qti: Dialect, by_hand: bool) -> Iterator[str]:
    zero = qti.tag("defaultValue", qti.tag("value", "0"))
    marked = qti.marked_by_hand if by_hand else {}
    yield qti.tag(
        "outcomeDeclaration", zero, identifier="SCORE", cardinality="single", baseType="float",
        normalMaximum="1", normalMinimum="0", **marked,
    )  # fmt: skip
    if by_hand:
        return
    if len(item.fields) > 1:
        for at in range(1, len(item.fields) + 1):
            yield qti.tag(
                "outcomeDeclaration", zero, identifier=f"S{at}", cardinality="single", baseType="float"
            )
    for name in ("FEEDBACK", "SOLUTION"):
        yield qti.tag("outcomeDeclaration", identifier=name, cardinality="single", baseType="identifier")


def _feedback(item: Item, qti: Dialect) -> Iterator[str]:
    for at, slip in enumerate(item.slips, 1):
        yield _modal("FEEDBACK", slip_name(at), to_xhtml(slip.wrong.feedback, "mathml"), qti)
    yield _modal("SOLUTION", "shown", to_xhtml(item.variant.solution, "mathml"), qti)


def _modal(outcome: str, name: str, content: str, qti: Dialect) -> str:
    return qti.tag(
        "modalFeedback", qti.framed(content), outcomeIdentifier=outcome, identifier=name, showHide="show"
    )


def _rubric(item: Item, qti: Dialect) -> str:
    keys = [f"<pre>{xml_text(field.key)}</pre>" for field in item.fields if isinstance(field, EssayField)]
    content = "\n".join([*keys, to_xhtml(item.variant.solution, "mathml")])
    return qti.tag("rubricBlock", qti.framed(content), view="scorer", use="scoring")


def _body(item: Item, qti: Dialect) -> str:
    variant = item.variant
    boxes = {
        part.name: _interaction(field, names, qti)
        for part, field, names in zip(variant.parts, item.fields, response_names(item), strict=True)
    }
    used: set[str] = set()

    def place(name: str) -> Place:
        used.add(name)
        return boxes.get(name, BLANK)

    blocks = [to_xhtml(variant.prompt, "mathml", place)]
    blocks += [to_xhtml(text, "mathml") for part in variant.parts if (text := material(part.answer))]
    if variant.figure:
        blocks.append(f'<p><img src="../{_figure_file(item)}" alt="{xml_text(variant.figure.alt)}"/></p>')
    for part in variant.parts:
        if part.name not in used:
            label = f"{line_xhtml(part.label, 'mathml')}: " if part.label else ""
            box = boxes[part.name]
            lead = f"<p>{label}</p>" if label else ""
            blocks.append(f"{lead}{box.xml}" if box.block else f"<p>{label}{box.xml}</p>")
    return "\n".join(blocks)


def _interaction(field: Field, names: tuple[str, ...], qti: Dialect) -> Place:
    name = names[0]
    match field:
        case NumberField():
            return Place(_entry(field, name, qti) + (f" {xml_text(field.unit)}" if field.unit else ""))
        case TextField(lines=1):
            return Place(_entry(field, name, qti))
        case TextField() | EssayField():
            lines = field.lines
            entry = qti.tag("extendedTextInteraction", responseIdentifier=name, expectedLines=lines)
            return Place(entry, block=True)
        case PickField():
            choices = _choices(field.options, qti)
            most = 0 if field.many else 1
            made = qti.tag(
                "choiceInteraction",
                *choices,
                responseIdentifier=name,
                shuffle=False,
                maxChoices=most,
                minChoices=1,
            )
            return Place(made, block=True)
        case OrderField():
            choices = _choices(field.items, qti)
            return Place(
                qti.tag("orderInteraction", *choices, responseIdentifier=name, shuffle=False), block=True
            )
        case PairField():
            return Place(_match(field, name, qti), block=True)
        case GridField():
            return Place(_grid(field, names, qti), block=True)


def _entry(field: NumberField | TextField, name: str, qti: Dialect) -> str:
    length = NUMBER_LENGTH if isinstance(field, NumberField) else max(TEXT_LENGTH, *map(len, field.forms))
    return qti.tag("textEntryInteraction", responseIdentifier=name, expectedLength=length)


def _choices(options: tuple[Option, ...], qti: Dialect) -> Iterator[str]:
    for one in options:
        yield qti.tag("simpleChoice", line_xhtml(one.text, "mathml"), identifier=one.id)


def _match(field: PairField, name: str, qti: Dialect) -> str:
    def side(options: tuple[Option, ...], letter: str, most: int) -> str:
        return qti.tag(
            "simpleMatchSet",
            *(
                qti.tag(
                    "simpleAssociableChoice", line_xhtml(one.text, "mathml"),
                    identifier=f"{letter}_{one.id}", matchMax=most,
                )
                for one in options
            ),
        )  # fmt: skip

    return qti.tag(
        "matchInteraction",
        side(field.left, "L", 1),
        side(field.right, "M", len(field.left)),
        responseIdentifier=name,
        shuffle=False,
        maxAssociations=len(field.left),
    )


def _grid(field: GridField, names: tuple[str, ...], qti: Dialect) -> str:
    entries = (_entry(cell, name, qti) for cell, name in zip(field.asked, names, strict=True))
    rows = []
    for at, row in enumerate(field.rows):
        head = f"<th>{line_xhtml(field.row_heads[at], 'mathml')}</th>" if field.row_heads else ""
        shown = (line_xhtml(cell, "mathml") if isinstance(cell, str) else next(entries) for cell in row)
        rows.append(f"<tr>{head}{''.join(f'<td>{cell}</td>' for cell in shown)}</tr>")
    heads = "".join(f"<th>{line_xhtml(head, 'mathml')}</th>" for head in ("", *field.column_heads))
    top = f"<thead><tr>{heads}</tr></thead>" if field.column_heads else ""
    return f"<table>{top}<tbody>{''.join(rows)}</tbody></table>"


def _test(title: str, groups: tuple[Group, ...], qti: Dialect) -> str:
    sections = [_section(at, group, qti) for at, group in enumerate(groups, 1)]
    total = qti.tag("sum", qti.tag("testVariables", variableIdentifier="SCORE", weightIdentifier="MARKS"))
    return qti.document(
        "assessmentTest",
        qti.tag("outcomeDeclaration", identifier="SCORE", cardinality="single", baseType="float"),
        qti.tag(
            "testPart", *sections, identifier="questions", navigationMode="nonlinear",
            submissionMode="individual",
        ),
        qti.tag("outcomeProcessing", qti.tag("setOutcomeValue", total, identifier="SCORE")),
        identifier=_test_name(groups),
        title=title,
    )  # fmt: skip


def _section(at: int, group: Group, qti: Dialect) -> str:
    refs = (
        qti.tag(
            "assessmentItemRef",
            qti.tag("weight", identifier="MARKS", value=item.marks),
            identifier=item.name,
            href=_item_file(item),
        )
        for item in group.items
    )
    drawn = qti.tag("selection", select=1) if len(group.items) > 1 else ""
    return qti.tag(
        "assessmentSection", drawn, *refs, identifier=f"section{at}", title=group.title or group.question,
        visible=True,
    )  # fmt: skip


def _test_name(groups: tuple[Group, ...]) -> str:
    names = " ".join(item.name for group in groups for item in group.items)
    return "t" + sha256(names.encode()).hexdigest()[:16]


def _manifest(groups: tuple[Group, ...], qti: Dialect) -> str:
    items = [item for group in groups for item in group.items]
    needs = "".join(f'<dependency identifierref="{item.name}"/>' for item in items)
    name = _test_name(groups)
    resources = [_resource(name, qti.test_type, [TEST], needs)]
    for item in items:
        files = [_item_file(item), *([_figure_file(item)] if item.variant.figure else [])]
        resources.append(_resource(item.name, qti.item_type, files))
    resources.append(_resource("notes", "webcontent", [NOTES_FILE]))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<manifest xmlns="{qti.package_namespace}" identifier="m{name[1:]}">\n'
        f"<metadata><schema>{qti.package_schema}</schema>"
        f"<schemaversion>{qti.package_version}</schemaversion></metadata>\n"
        "<organizations/>\n<resources>\n" + "\n".join(resources) + "\n</resources>\n</manifest>\n"
    )


def _resource(name: str, kind: str, files: list[str], needs: str = "") -> str:
    listed = "".join(f'<file href="{file}"/>' for file in files)
    return f'<resource identifier="{name}" type="{kind}" href="{files[0]}">{listed}{needs}</resource>'
