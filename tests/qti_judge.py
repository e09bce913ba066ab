"""A judge over the files of a QTI package: what ``qti_schema`` says of them, and what has to go together."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from posixpath import dirname, join, normpath
from xml.etree.ElementTree import Element, fromstring

from tests.qti_schema import (
    BINDINGS,
    COMMON,
    GROUPS,
    MATHML,
    ONLY,
    PACKAGES,
    PROFILES,
    QTI30,
    SCHEMA_LOCATION,
    TYPES,
    VALUES,
)


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
    yield from (f"the key holds {value}" for value in values if not re.fullmatch(VALUES[bound[0]], value))
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
    elif name == "baseValue" and not re.fullmatch(VALUES[_get(one, "baseType")], one.text or ""):
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
