"""A small interpreter of QTI's response processing: what our items use, of both versions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element, fromstring

Given = Mapping[str, str | Sequence[str]]
Outcomes = dict[str, Any]


def name_of(element: Element) -> str:
    """The name that QTI 2.1 gives to an element of either version."""
    bare = element.tag.rpartition("}")[2].removeprefix("qti-")
    return camel(bare)


def camel(name: str) -> str:
    return re.sub(r"-(\w)", lambda found: found[1].upper(), name)


def attribute(element: Element, name: str) -> str:
    found = {camel(key): value for key, value in element.attrib.items()}
    return str(found[name])


def children(element: Element, *names: str) -> list[Element]:
    return [child for child in element if not names or name_of(child) in names]


class Machine:
    """One item, ready to be answered."""

    def __init__(self, xml: bytes | str) -> None:
        self.item = fromstring(xml)
        self.declared = {
            attribute(one, "identifier"): one for one in children(self.item, "responseDeclaration")
        }

    def outcomes(self, given: Given) -> Outcomes:
        """Answer the item; return the values of its outcomes."""
        self.given = {name: self._read(name, given.get(name)) for name in self.declared}
        self.values: Outcomes = {
            attribute(one, "identifier"): self._default(one)
            for one in children(self.item, "outcomeDeclaration")
        }
        for processing in children(self.item, "responseProcessing"):
            self._rules(list(processing))
        return self.values

    def feedback(self, given: Given) -> list[str]:
        """Return the text of what is shown after an answer."""
        values = self.outcomes(given)
        return [
            "".join(one.itertext())
            for one in children(self.item, "modalFeedback")
            if values[attribute(one, "outcomeIdentifier")] == attribute(one, "identifier")
        ]

    def _default(self, declaration: Element) -> Any:
        found = [value for one in children(declaration, "defaultValue") for value in one]
        return float(str(found[0].text)) if found else None

    def _read(self, name: str, given: str | Sequence[str] | None) -> Any:
        declaration = self.declared[name]
        if not given:
            return None
        if attribute(declaration, "baseType") == "float" and isinstance(given, str):
            return float(given)
        return given if isinstance(given, str) else list(given)

    def _rules(self, rules: Sequence[Element]) -> None:
        for rule in rules:
            if name_of(rule) == "setOutcomeValue":
                self.values[attribute(rule, "identifier")] = self._value(rule[0])
            elif name_of(rule) == "responseCondition":
                self._condition(rule)
            else:
                raise AssertionError(f"no rule {name_of(rule)}")

    def _condition(self, condition: Element) -> None:
        for branch in condition:
            if name_of(branch) == "responseElse":
                self._rules(list(branch))
                return
            if self._value(branch[0]) is True:
                self._rules(list(branch)[1:])
                return

    def _value(self, one: Element) -> Any:
        name = name_of(one)
        if name == "variable":
            wanted = attribute(one, "identifier")
            return self.given[wanted] if wanted in self.given else self.values[wanted]
        if name == "baseValue":
            return float(str(one.text)) if attribute(one, "baseType") == "float" else one.text or ""
        if name == "mapResponse":
            return self._map(attribute(one, "identifier"))
        values = [self._value(child) for child in one]
        if name in ("multiple", "ordered"):
            return values
        if name == "and":
            return all(value is True for value in values)
        if name == "or":
            return any(value is True for value in values)
        if any(value is None for value in values):
            return None
        return self._operator(one, name, values)

    def _operator(self, one: Element, name: str, values: list[Any]) -> Any:
        match name:
            case "not":
                return not values[0]
            case "sum":
                return sum(values)
            case "product":
                result = 1.0
                for value in values:
                    result *= value
                return result
            case "lt":
                return values[0] < values[1]
            case "lte":
                return values[0] <= values[1]
            case "gt":
                return values[0] > values[1]
            case "gte":
                return values[0] >= values[1]
            case "equal":
                return self._equal(one, *values)
            case "match":
                return self._match(one, *values)
            case "stringMatch":
                exact = attribute(one, "caseSensitive") == "true"
                return values[0] == values[1] if exact else values[0].lower() == values[1].lower()
        raise AssertionError(f"no operator {name}")

    def _equal(self, one: Element, left: float, right: float) -> bool:
        if attribute(one, "toleranceMode") == "exact":
            return left == right
        below, above = map(float, attribute(one, "tolerance").split())
        return right - below <= left <= right + above

    def _match(self, one: Element, left: Any, right: Any) -> bool:
        declaration = self.declared[attribute(one[0], "identifier")]
        if attribute(declaration, "cardinality") == "multiple":
            return sorted(left) == sorted(right)
        return bool(left == right)

    def _map(self, name: str) -> float:
        mapping = children(self.declared[name], "mapping")[0]
        known = {attribute(one, "mapKey"): float(attribute(one, "mappedValue")) for one in mapping}
        total = sum(
            known.get(one, float(attribute(mapping, "defaultValue"))) for one in self.given[name] or ()
        )
        return min(
            max(total, float(attribute(mapping, "lowerBound"))), float(attribute(mapping, "upperBound"))
        )
