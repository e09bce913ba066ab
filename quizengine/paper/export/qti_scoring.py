"""How a QTI item is scored: the key, partial credit, then the mistakes in their order, as graders do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from quizengine.model.variant import Condition
from quizengine.paper.export.fields import (
    Field,
    GridField,
    NumberField,
    OrderField,
    PairField,
    PickField,
    TextField,
    decimal_text,
)
from quizengine.paper.export.items import Item, Slip
from quizengine.paper.export.qti_dialect import Dialect

#: What the graders give at most while a part of an answer is wrong.
MOST_WHILE_INCOMPLETE = 0.8
_SIGNS = {"<": "lt", "<=": "lte", ">": "gt", ">=": "gte"}


def response_names(item: Item) -> tuple[tuple[str, ...], ...]:
    """Return the names of the responses of each part: one, or one a cell."""
    return tuple(
        tuple(f"R{at}C{cell}" for cell in range(1, len(field.asked) + 1))
        if isinstance(field, GridField)
        else (f"R{at}",)
        for at, field in enumerate(item.fields, 1)
    )


def slip_name(at: int) -> str:
    """Return the name of a mistake's feedback, by its place."""
    return f"M{at}"


class Scoring:
    """The response processing of one item."""

    def __init__(self, item: Item, qti: Dialect) -> None:
        self.item, self.qti = item, qti
        self.names = response_names(item)
        several = len(item.fields) > 1
        self.scores = tuple(f"S{at}" if several else "SCORE" for at in range(1, len(item.fields) + 1))

    def processing(self) -> str:
        """Return the element that does the scoring."""
        rules = [rule for at in range(len(self.item.fields)) for rule in self._part(at)]
        rules.append(self._slips())
        if len(self.item.fields) > 1:
            rules.append(self._set("SCORE", self._mean()))
        rules.append(self._set("SOLUTION", self._value("identifier", "shown")))
        return self.qti.tag("responseProcessing", *rules)

    def _part(self, at: int) -> Iterator[str]:
        """Yield the rules that score one part by its key alone."""
        field, names, score = self.item.fields[at], self.names[at], self.scores[at]
        right = self._is(field, names)
        if isinstance(field, GridField):
            for cell, name in zip(field.asked, names, strict=True):
                more = self.qti.tag("sum", self._variable(score), self._number(1 / len(names)))
                yield self._if(self._is(cell, (name,)), self._set(score, more))
            yield self._cap(score)
        elif isinstance(field, PickField) and field.many:
            yield self._set(score, self.qti.tag("mapResponse", identifier=names[0]))
            yield self._cap(score)
        elif isinstance(field, TextField) and field.half:
            half = self._is(TextField(field.half, exact_case=field.exact_case), names)
            yield self._if(half, self._set(score, self._number(0.5)))
        yield self._if(right, self._set(score, self._number(1)))

    def _cap(self, score: str) -> str:
        above = self.qti.tag("gt", self._variable(score), self._number(MOST_WHILE_INCOMPLETE))
        return self._if(above, self._set(score, self._number(MOST_WHILE_INCOMPLETE)))

    def _slips(self) -> str:
        """Return the rule that finds the first mistake that explains the answers, unless all are right."""
        right = [self._is(field, names) for field, names in zip(self.item.fields, self.names, strict=True)]
        branches = [self.qti.tag("responseIf", self._all(right), self._told("correct"))]
        branches += [
            self.qti.tag(
                "responseElseIf", self._explains(slip), self._told(slip_name(at)), *self._credits(slip)
            )
            for at, slip in enumerate(self.item.slips, 1)
        ]
        return self.qti.tag("responseCondition", *branches)

    def _credits(self, slip: Slip) -> Iterator[str]:
        for at in slip.touched:
            score = self.scores[at]
            set_credit = self._set(score, self._number(slip.wrong.credit))
            if len(self.item.fields) == 1:
                yield set_credit
            else:
                yield self._if(self.qti.tag("lt", self._variable(score), self._number(1)), set_credit)

    def _explains(self, slip: Slip) -> str:
        if slip.when:
            return self._all([self._holds(one) for one in slip.when])
        touched = ((slip.fields[at], self.names[at]) for at in slip.touched)
        return self._all([self._is(field, names) for field, names in touched if field is not None])

    def _holds(self, condition: Condition) -> str:
        variable, value = self._variable(self.names[0][0]), self._number(float(condition.value))
        if condition.sign in _SIGNS:
            return self.qti.tag(_SIGNS[condition.sign], variable, value)
        equal = self.qti.tag("equal", variable, value, toleranceMode="exact")
        return equal if condition.sign == "==" else self.qti.tag("not", equal)

    def _mean(self) -> str:
        total = sum(part.weight for part in self.item.variant.parts)
        weighted = (
            self.qti.tag("product", self._number(part.weight / total), self._variable(score))
            for part, score in zip(self.item.variant.parts, self.scores, strict=True)
        )
        return self.qti.tag("sum", *weighted)

    def _is(self, field: Field, names: Sequence[str]) -> str:
        """Return the expression that is true where the responses are those of a field."""
        variable = self._variable(names[0])
        match field:
            case NumberField():
                return self._near(field, variable)
            case TextField():
                return self._any([self._spelt(field, form, variable) for form in field.forms])
            case PickField(many=False):
                return self.qti.tag("match", variable, self._value("identifier", field.key[0]))
            case PickField():
                picked = (self._value("identifier", one) for one in field.key)
                return self.qti.tag("match", variable, self.qti.tag("multiple", *picked))
            case PairField():
                pairs = (self._value("directedPair", pair) for pair in pairs_of(field))
                return self.qti.tag("match", variable, self.qti.tag("multiple", *pairs))
            case OrderField():
                return self._any([self._ordered(order, variable) for order in field.orders])
            case GridField():
                return self._all(
                    [self._is(cell, (name,)) for cell, name in zip(field.asked, names, strict=True)]
                )
            case _:
                raise TypeError(f"{type(field).__name__} is marked by hand")

    def _near(self, field: NumberField, variable: str) -> str:
        value = self._value("float", decimal_text(field.value))
        if not field.margin:
            return self.qti.tag("equal", variable, value, toleranceMode="exact")
        margin = decimal_text(field.margin)
        return self.qti.tag(
            "equal", variable, value, toleranceMode="absolute", tolerance=f"{margin} {margin}"
        )

    def _spelt(self, field: TextField, form: str, variable: str) -> str:
        value = self._value("string", form)
        if field.exact_case:
            return self.qti.tag("match", variable, value)
        return self.qti.tag("stringMatch", variable, value, caseSensitive=False)

    def _ordered(self, order: Sequence[str], variable: str) -> str:
        items = (self._value("identifier", one) for one in order)
        return self.qti.tag("match", variable, self.qti.tag("ordered", *items))

    def _all(self, conditions: Sequence[str]) -> str:
        return conditions[0] if len(conditions) == 1 else self.qti.tag("and", *conditions)

    def _any(self, conditions: Sequence[str]) -> str:
        return conditions[0] if len(conditions) == 1 else self.qti.tag("or", *conditions)

    def _if(self, condition: str, *rules: str) -> str:
        return self.qti.tag("responseCondition", self.qti.tag("responseIf", condition, *rules))

    def _told(self, name: str) -> str:
        return self._set("FEEDBACK", self._value("identifier", name))

    def _set(self, name: str, value: str) -> str:
        return self.qti.tag("setOutcomeValue", value, identifier=name)

    def _variable(self, name: str) -> str:
        return self.qti.tag("variable", identifier=name)

    def _number(self, value: float) -> str:
        return self._value("float", f"{value:.12g}")

    def _value(self, kind: str, value: str) -> str:
        return self.qti.tag("baseValue", _escaped(value), baseType=kind)


def pairs_of(field: PairField) -> Iterator[str]:
    """Yield the right pairs, as QTI writes them."""
    for left, right in zip(field.left, field.key, strict=True):
        yield f"L_{left.id} M_{right}"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
