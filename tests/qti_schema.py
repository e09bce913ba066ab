"""What the XML schemas of QTI say of the elements that our exports write, as a table, and a judge over it.

The schemas themselves are not copied here. The facts were read in November 2026 in

- QTI 2.1: ``imsqti_v2p1p2.xsd`` (version 2.1.2 of 6 October 2016) with its Schematron rules,
- QTI 3.0: the assessment, section and item schema in its SBAC profile (1.0 of May 2022), which changes
  nothing but ``data-`` attributes; what it says of item bodies, list items, mappings, default values,
  matches, selections and outcome processing was not read and is taken to be as in 2.1,
- packages: ``imscp_v1p1.xsd`` (IMS Content Packaging 1.1.4) and ``imsqtiv3p0_imscpv1p2_v1p0.xsd``,
- formulas: ``mathml3-presentation.xsd`` (MathML 3).

What the table does not name is a fault, although a schema may allow it: whoever writes more looks it up.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from posixpath import dirname, join, normpath
from xml.etree.ElementTree import Element, fromstring

QTI21, QTI30 = "http://www.imsglobal.org/xsd/imsqti_v2p1", "http://www.imsglobal.org/xsd/imsqtiasi_v3p0"
PACKAGE21 = "http://www.imsglobal.org/xsd/imscp_v1p1"
PACKAGE30 = "http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1"
MATHML = "http://www.w3.org/1998/Math/MathML"
SCHEMA_LOCATION = "{http://www.w3.org/2001/XMLSchema-instance}schemaLocation"

_NAME = r"[^\W\d][\w.-]*"
_FLOAT = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"
_LENGTH = r"-?(\d+\.?\d*|\.\d+)(em|ex|px|%)"
#: The types of attributes: what a value has to match. Any other type is an enumeration, with bars between.
TYPES = {
    "text": r"[^\n\t]*", "name": _NAME, "id": _NAME, "idref": _NAME, "uri": r"[^\s\\]+",
    "path": r"(?!.*\.\.)[\w-][\w./-]*", "double": _FLOAT,
    "count": r"\d+", "int": r"[+-]?\d+", "boolean": "true|false|0|1", "length": _LENGTH,
    "tolerances": rf"{_FLOAT} {_FLOAT}", "lines": r"(none|solid|dashed)( (none|solid|dashed))*",
    "views": r"(author|candidate|proctor|scorer|testConstructor|tutor)( (author|proctor|scorer|tutor))*",
}  # fmt: skip
_BASE_TYPE = "boolean|directedPair|duration|file|float|identifier|integer|pair|point|string|uri"
_CARDINALITY = "multiple|ordered|record|single"
_DECLARED = f"cardinality:{_CARDINALITY} baseType?:{_BASE_TYPE}"

GROUPS = {
    "logic": "and|or|not|gt|gte|lt|lte|equal|match|stringMatch|%number;",
    "number": "sum|product|multiple|ordered|variable|baseValue|mapResponse|testVariables",
    "rule": "responseCondition|setOutcomeValue",
    "inline": "m:math|em|strong|code|a|br|img",
    "block": "m:math|p|pre|h1|h2|h3|h4|h5|h6|ul|ol|hr|blockquote|table",
    "ask": "choiceInteraction|orderInteraction|matchInteraction|extendedTextInteraction",
    "html": "p|pre|h1|h2|h3|h4|h5|h6|ul|ol|hr|blockquote|table|em|strong|code|a|br|img",
    "flow": "m:math|%html;",
    "formula": "m:mi|m:mn|m:mo|m:mtext|m:mspace|m:mrow|m:mfrac|m:msqrt|m:mroot|m:mstyle|m:msub|m:msup"
    "|m:msubsup|m:munder|m:mover|m:munderover|m:mtable|m:menclose",
}
_TEXT = "#(%inline;|textEntryInteraction)*"
_CELL = "#(%flow;|%ask;|textEntryInteraction)*"
_PAIR = "(%logic;), (%logic;)"
_TWO, _THREE, _ROW = "(%formula;), (%formula;)", "(%formula;), (%formula;), (%formula;)", "(%formula;)*"
_SIGN = "true|false"

#: Element -> what may stand in it, in order (after ``#``: and text), and its attributes (``?``: optional).
COMMON: dict[str, tuple[str, str]] = {
    "correctResponse": ("value+", ""),
    "defaultValue": ("value+", ""),
    "value": ("#", ""),
    "mapping": ("mapEntry+", "lowerBound?:double upperBound?:double defaultValue?:double"),
    "mapEntry": ("", "mapKey:text mappedValue:double"),
    "responseDeclaration": ("defaultValue?, correctResponse?, mapping?", f"identifier:id {_DECLARED}"),
    "itemBody": ("(rubricBlock|%block;|%ask;)+", ""),
    "choiceInteraction": (
        "simpleChoice+",
        "responseIdentifier:name shuffle?:boolean maxChoices?:count minChoices?:count",
    ),
    "orderInteraction": ("simpleChoice+", "responseIdentifier:name shuffle?:boolean"),
    "simpleChoice": ("#(%flow;)*", "identifier:name"),
    "matchInteraction": (
        "simpleMatchSet, simpleMatchSet",
        "responseIdentifier:name shuffle?:boolean maxAssociations?:count minAssociations?:count",
    ),
    "simpleMatchSet": ("simpleAssociableChoice*", ""),
    "simpleAssociableChoice": ("#(%flow;)*", "identifier:name matchMax:count matchMin?:count"),
    "extendedTextInteraction": ("", "responseIdentifier:name expectedLines?:count expectedLength?:count"),
    "textEntryInteraction": ("", "responseIdentifier:idref expectedLength?:count"),
    "responseProcessing": ("(%rule;)*", ""),
    "responseCondition": ("responseIf, responseElseIf*, responseElse?", ""),
    "responseIf": ("(%logic;), (%rule;)*", ""),
    "responseElseIf": ("(%logic;), (%rule;)*", ""),
    "setOutcomeValue": ("(%logic;)", "identifier:name"),
    "and": ("(%logic;)+", ""),
    "or": ("(%logic;)+", ""),
    "not": ("(%logic;)", ""),
    "gt": (_PAIR, ""),
    "gte": (_PAIR, ""),
    "lt": (_PAIR, ""),
    "lte": (_PAIR, ""),
    "match": (_PAIR, ""),
    "equal": (_PAIR, "toleranceMode?:absolute|exact|relative tolerance?:tolerances"),
    "stringMatch": (_PAIR, "caseSensitive:boolean"),
    "sum": ("(%number;)+", ""),
    "product": ("(%logic;)+", ""),
    "multiple": ("(%logic;)*", ""),
    "ordered": ("(%logic;)*", ""),
    "variable": ("", "identifier:name weightIdentifier?:name"),
    "mapResponse": ("", "identifier:name"),
    "baseValue": ("#", f"baseType:{_BASE_TYPE}"),
    "testVariables": ("", "variableIdentifier:name weightIdentifier?:name"),
    "testPart": (
        "assessmentSection+",
        "identifier:name navigationMode:linear|nonlinear submissionMode:individual|simultaneous",
    ),
    "assessmentSection": ("selection?, assessmentItemRef*", "identifier:name title:text visible:boolean"),
    "selection": ("", "select:int"),
    "assessmentItemRef": ("weight*", "identifier:name href:path"),
    "weight": ("", "identifier:name value:double"),
    "outcomeProcessing": ("setOutcomeValue*", ""),
    **dict.fromkeys(["p", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "em", "strong", "code"], (_TEXT, "")),
    "a": (_TEXT, "href:uri"),
    "br": ("", ""),
    "hr": ("", ""),
    "img": ("", "src:uri alt:text"),
    "ul": ("li*", ""),
    "ol": ("li*", ""),
    "li": (_CELL, ""),
    "thead": ("tr+", ""),
    "tbody": ("tr+", ""),
    "tr": ("(td|th)+", ""),
    "td": (_CELL, ""),
    "th": (_CELL, ""),
    "m:math": (_ROW, "alttext?:text display?:block|inline"),
    "m:mrow": (_ROW, ""),
    "m:mi": ("#", "mathvariant?:normal|bold|italic|monospace"),
    "m:mn": ("#", ""),
    "m:mo": (
        "#",
        f"form?:prefix|infix|postfix stretchy?:{_SIGN} symmetric?:{_SIGN} fence?:{_SIGN} "
        f"movablelimits?:{_SIGN} lspace?:length rspace?:length minsize?:length maxsize?:length",
    ),
    "m:mtext": ("#", "mathvariant?:normal|bold|italic|monospace"),
    "m:mspace": ("", "width?:length"),
    "m:mfrac": (_TWO, "linethickness?:0"),
    "m:msqrt": (_ROW, ""),
    "m:mroot": (_TWO, ""),
    "m:mstyle": (_ROW, f"displaystyle?:{_SIGN} scriptlevel?:int"),
    "m:menclose": (_ROW, "notation?:box"),
    "m:msub": (_TWO, ""),
    "m:msup": (_TWO, ""),
    "m:msubsup": (_THREE, ""),
    "m:munder": (_TWO, f"accentunder?:{_SIGN}"),
    "m:mover": (_TWO, f"accent?:{_SIGN}"),
    "m:munderover": (_THREE, ""),
    "m:mtable": ("m:mtr*", "columnlines?:lines"),
    "m:mtr": ("m:mtd*", ""),
    "m:mtd": (_ROW, "columnalign?:left|center|right"),
}
_ITEM = "responseDeclaration*, outcomeDeclaration*, itemBody?, responseProcessing?, modalFeedback*"
_ITEM_ATTRIBUTES = "title:text adaptive?:boolean timeDependent:boolean"
_TEST = "outcomeDeclaration*, testPart+, outcomeProcessing?"
_OUTCOME = ("defaultValue?", f"identifier:name {_DECLARED} normalMinimum?:double")
_MODAL = "outcomeIdentifier:name identifier:name showHide:show|hide title?:text"
#: Where the versions differ.
ONLY: dict[str, dict[str, tuple[str, str]]] = {
    QTI21: {
        "assessmentItem": (_ITEM, f"identifier:text {_ITEM_ATTRIBUTES}"),
        "assessmentTest": (_TEST, "identifier:text title:text"),
        "outcomeDeclaration": (_OUTCOME[0], f"{_OUTCOME[1]} normalMaximum?:double"),
        "rubricBlock": ("#(%flow;)*", "view:views use?:text"),
        "modalFeedback": ("#(%flow;)*", _MODAL),
        "blockquote": ("(%block;|%ask;)*", ""),
        "table": ("thead?, tbody+", ""),
    },
    QTI30: {
        "assessmentItem": (_ITEM, f"identifier:name {_ITEM_ATTRIBUTES}"),
        "assessmentTest": (_TEST, "identifier:name title:text"),
        "outcomeDeclaration": (
            _OUTCOME[0],
            f"{_OUTCOME[1]} normalMaximum?:count externalScored?:externalMachine|human",
        ),
        "rubricBlock": ("contentBody", "view:views use:instructions|scoring|navigation"),
        "modalFeedback": ("contentBody?", _MODAL),
        "contentBody": ("#(%flow;)*", ""),
        "blockquote": ("#(%html;)*", ""),
        "table": ("thead?, tbody*", ""),
    },
}
_RESOURCES = {
    "organizations": ("", ""),
    "resources": ("resource*", ""),
    "file": ("", "href:path"),
    "dependency": ("", "identifierref:idref"),
    "schema": ("#", ""),
    "schemaversion": ("#", ""),
    "manifest": ("metadata, organizations, resources", "identifier:id"),
    "metadata": ("schema, schemaversion", ""),
}
_RESOURCE = "file+, dependency*"
PACKAGES: dict[str, dict[str, tuple[str, str]]] = {
    PACKAGE21: {
        **_RESOURCES,
        "resource": (
            _RESOURCE, "identifier:id type:imsqti_item_xmlv2p1|imsqti_test_xmlv2p1|webcontent href?:path",
        ),
    },
    PACKAGE30: {
        **_RESOURCES,
        "resource": (
            _RESOURCE, "identifier:id type:imsqti_item_xmlv3p0|imsqti_test_xmlv3p0|webcontent href?:path",
        ),
    },
}  # fmt: skip
#: What the profile of each version wants to read in a manifest.
PROFILES = {PACKAGE21: ("QTIv2.1 Package", "1.0.0"), PACKAGE30: ("QTI Package", "3.0.0")}
#: What an interaction may be bound to: base types and cardinalities.
BINDINGS = {
    "textEntryInteraction": ("string float integer", "single"),
    "extendedTextInteraction": ("string float integer", "single"),
    "choiceInteraction": ("identifier", "single multiple"),
    "orderInteraction": ("identifier", "ordered"),
    "matchInteraction": ("directedPair", "single multiple"),
}
_VALUES = {"float": _FLOAT, "identifier": _NAME, "directedPair": f"{_NAME} {_NAME}", "string": r"(?s:.*)"}


@dataclass(frozen=True)
class Rule:
    """What a schema says of one element."""

    content: re.Pattern[str]
    mixed: bool
    attributes: Mapping[str, str]
    needed: frozenset[str]


def judge(files: Mapping[str, bytes]) -> list[str]:
    """Return what the schemas forbid in the files of a package, each with its file."""
    manifest = fromstring(files["imsmanifest.xml"])
    found = [f"imsmanifest.xml: {fault}" for fault in _manifest_faults(manifest, files)]
    for name, content in files.items():
        if name.endswith(".xml") and name != "imsmanifest.xml":
            root = fromstring(content)
            faults = [*_shape_faults(root), *_id_faults(root)]
            # Names can only be followed where the elements that bear them are as they should be.
            if not faults:
                faults = list(
                    _test_faults(root, files) if _bare(root) == "assessmentTest" else _item_faults(root)
                )
            found += [f"{name}: {fault}" for fault in faults]
            found += [f"{name}: no file {source}" for source in _sources(root, name) if source not in files]
    return found


def _manifest_faults(manifest: Element, files: Mapping[str, bytes]) -> Iterator[str]:
    yield from _shape_faults(manifest)
    yield from _id_faults(manifest)
    space = manifest.tag[1:].partition("}")[0]
    told = tuple(str(one.text) for one in manifest.iter() if _bare(one) in ("schema", "schemaversion"))
    if told != PROFILES.get(space):
        yield f"schema and version are {told}"
    listed = Counter(one.get("href") for one in manifest.iter() if _bare(one) == "file")
    for name in {*files, *listed} - {"imsmanifest.xml"}:
        if name not in files or listed[name] != 1:
            yield f"{name} is listed {listed[name]} times, and is {'' if name in files else 'not '}there"
    for one in manifest.iter():
        if _bare(one) == "resource" and one.get("href") not in [file.get("href") for file in one]:
            yield f"resource {one.get('identifier')} does not list its own file"


def _shape_faults(root: Element) -> Iterator[str]:
    rules = _rules(root.tag[1:].partition("}")[0])
    yield from (
        fault for element in root.iter() for fault in _element_faults(element, rules, element is root)
    )


def _element_faults(element: Element, rules: Mapping[str, Rule], is_root: bool) -> Iterator[str]:
    name = _spelt(element)
    rule = rules.get(name)
    if rule is None:
        yield f"no element {name} in the table"
        return
    inside = "".join(f"{_spelt(child)} " for child in element)
    if not rule.content.fullmatch(inside):
        yield f"{name} holds {inside.strip() or 'nothing'}"
    texts = (element.text, *(child.tail for child in element))
    if not rule.mixed and any((text or "").strip() for text in texts):
        yield f"{name} holds text"
    given = {key: value for key, value in element.attrib.items() if not (is_root and key == SCHEMA_LOCATION)}
    yield from (f"{name} has no {key}" for key in sorted(rule.needed - given.keys()))
    for key, value in given.items():
        if key not in rule.attributes:
            yield f"{name} has {key}"
        elif not re.fullmatch(TYPES.get(rule.attributes[key], rule.attributes[key]), value):
            yield f'{name} has {key}="{value}"'


def _id_faults(root: Element) -> Iterator[str]:
    """What is an ID must be there once in its document, and an IDREF must be one."""
    rules = _rules(root.tag[1:].partition("}")[0])
    values: dict[str, list[str]] = {"id": [], "idref": []}
    for element in root.iter():
        rule = rules.get(_spelt(element))
        for key, value in element.attrib.items():
            kind = rule.attributes.get(key, "") if rule else ""
            if kind in values:
                values[kind].append(value)
    yield from (
        f"the ID {name} is there {times} times" for name, times in Counter(values["id"]).items() if times > 1
    )
    yield from (f"nothing has the ID {name}" for name in sorted({*values["idref"]} - {*values["id"]}))


def _item_faults(item: Element) -> Iterator[str]:
    responses = {_get(one, "identifier"): one for one in _all(item, "responseDeclaration")}
    outcomes = {_get(one, "identifier"): one for one in _all(item, "outcomeDeclaration")}
    asked = [one for one in item.iter() if _bare(one) in BINDINGS]
    if sorted(_get(one, "responseIdentifier") for one in asked) != sorted(responses):
        yield "not every response has one interaction"
        return
    for one in asked:
        yield from _binding_faults(one, responses[_get(one, "responseIdentifier")])
    for one in item.iter():
        yield from _name_faults(one, responses, outcomes)


def _binding_faults(interaction: Element, response: Element) -> Iterator[str]:
    name = _bare(interaction)
    kinds, cardinalities = BINDINGS[name]
    bound = _get(response, "baseType"), _get(response, "cardinality")
    if bound[0] not in kinds.split() or bound[1] not in cardinalities.split():
        yield f"{name} is bound to {' '.join(bound)}"
    choices = [
        _get(one, "identifier")
        for one in interaction.iter()
        if _bare(one).startswith("simple") and one.attrib
    ]
    values = [str(one.text or "") for key in _all(response, "correctResponse") for one in key]
    if len({*choices}) < len(choices):
        yield f"{name} has two choices of one name"
    if choices and not {part for value in values for part in value.split()} <= {*choices}:
        yield f"the key of {name} is {values}"
    yield from (f"the key holds {value}" for value in values if not re.fullmatch(_VALUES[bound[0]], value))
    most, least = int(_get(interaction, "maxChoices") or 0), int(_get(interaction, "minChoices") or 0)
    if 0 < most < least:
        yield f"{name} wants {least} choices and takes {most}"


def _name_faults(
    one: Element, responses: Mapping[str, Element], outcomes: Mapping[str, Element]
) -> Iterator[str]:
    name, wanted = _bare(one), _get(one, "identifier")
    if name == "variable" and wanted not in {*responses, *outcomes}:
        yield f"no variable {wanted}"
    elif name == "setOutcomeValue" and wanted not in outcomes:
        yield f"no outcome {wanted}"
    elif name == "mapResponse" and not (wanted in responses and list(_all(responses[wanted], "mapping"))):
        yield f"no mapping of {wanted}"
    elif name == "modalFeedback" and _get(one, "outcomeIdentifier") not in outcomes:
        yield f"no outcome {_get(one, 'outcomeIdentifier')}"
    elif name == "baseValue" and not re.fullmatch(_VALUES[_get(one, "baseType")], one.text or ""):
        yield f"{_get(one, 'baseType')} {one.text}"
    elif name == "testVariables":
        yield "test variables in an item"


def _test_faults(test: Element, files: Mapping[str, bytes]) -> Iterator[str]:
    parts = [one for one in test.iter() if _bare(one) in ("assessmentTest", "testPart", "assessmentSection")]
    parts += _all(test, "assessmentItemRef")
    twice = [name for name, times in Counter(_get(one, "identifier") for one in parts).items() if times > 1]
    yield from (f"two parts have the name {name}" for name in twice)
    yield from (
        f"no file {_get(one, 'href')}"
        for one in parts
        if _get(one, "href") and _get(one, "href") not in files
    )
    weights = {_get(one, "identifier") for one in _all(test, "weight")}
    outcomes = {_get(one, "identifier") for one in _all(test, "outcomeDeclaration")}
    for one in test.iter():
        if _bare(one) == "testVariables" and _get(one, "weightIdentifier") not in weights:
            yield f"no weight {_get(one, 'weightIdentifier')}"
        if _bare(one) == "setOutcomeValue" and _get(one, "identifier") not in outcomes:
            yield f"no outcome {_get(one, 'identifier')}"
    for section in _all(test, "assessmentSection"):
        for chosen in _all(section, "selection"):
            if not 1 <= int(_get(chosen, "select")) <= len(list(_all(section, "assessmentItemRef"))):
                yield f"{_get(section, 'identifier')} selects {_get(chosen, 'select')}"


def _sources(root: Element, name: str) -> Iterator[str]:
    yield from (normpath(join(dirname(name), str(one.get("src")))) for one in root.iter() if one.get("src"))


@cache
def _rules(space: str) -> dict[str, Rule]:
    table = PACKAGES.get(space) or {**COMMON, **ONLY.get(space, {})}
    spell: Callable[[str], str] = _in_version_3 if space == QTI30 else str
    return {spell(name): _rule(content, attributes, spell) for name, (content, attributes) in table.items()}


def _rule(content: str, attributes: str, spell: Callable[[str], str]) -> Rule:
    model = content.removeprefix("#")
    while "%" in model:
        model = re.sub(r"%(\w+);", lambda found: GROUPS[found[1]], model)
    model = re.sub(r"[\w:]+", lambda found: f"(?:{spell(found[0])} )", model).replace(", ", "")
    named = [one.split(":", 1) for one in attributes.split()]
    spelt = _attribute_in_version_3 if spell is _in_version_3 else str
    return Rule(
        re.compile(model),
        content.startswith("#"),
        {spelt(key.rstrip("?")): kind for key, kind in named},
        frozenset(spelt(key) for key, _ in named if not key.endswith("?")),
    )


def _in_version_3(name: str) -> str:
    is_html = name in GROUPS["html"].split("|") or name in ("li", "thead", "tbody", "tr", "td", "th")
    return name if is_html or name.startswith("m:") else f"qti-{_attribute_in_version_3(name)}"


def _attribute_in_version_3(name: str) -> str:
    return re.sub("[A-Z]", lambda found: f"-{found[0].lower()}", name)


def _spelt(element: Element) -> str:
    space, _, name = element.tag.rpartition("}")
    return f"m:{name}" if space == f"{{{MATHML}" else name


def _bare(element: Element) -> str:
    """The name that QTI 2.1 gives to an element of either version."""
    name = element.tag.rpartition("}")[2].removeprefix("qti-")
    return re.sub(r"-(\w)", lambda found: found[1].upper(), name)


def _get(element: Element, name: str) -> str:
    return element.get(name) or element.get(_attribute_in_version_3(name)) or ""


def _all(root: Element, name: str) -> Iterator[Element]:
    return (one for one in root.iter() if _bare(one) == name)
