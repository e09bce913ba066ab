"""The language of rules: what holds of which file, and what is no rule."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizengine.errors import ExpressionError
from quizengine.grading.config import MAX_RULES, broken_rules, parse_rule, read_file
from quizengine.grading.config.holds import is_like
from quizengine.grading.config.measures import duration, number, quantity
from quizengine.model.answers import FileKind, Rule
from tests.bounds import at_once

MANIFEST = """
kind: Deployment
replicas: 3
empty:
labels: {app: api, tier: front}
selector: {app: api}
on: push
needs: [test, lint]
none: []
containers:
  - name: api
    image: registry.example/api:2.1
    resources: {limits: {memory: 512Mi, nvidia.com/gpu: "1"}}
    probe: {periodSeconds: 10, failureThreshold: 30}
  - name: sidecar
    image: registry.example/log:latest
    resources: {requests: {memory: 64Mi}}
steps:
  - {run: pip install -r lock.txt}
  - {run: "python  gate.py --min-auc=0.80"}
expr: sum(rate(errors{code=~"[45].."}[5m])) / sum(rate(all[5m])) > 0.020
"""


def holds(source: str, text: str = MANIFEST, kind: FileKind = "yaml") -> bool:
    return not broken_rules((Rule(id="r", says="", holds=source),), read_file(kind, text))


@pytest.mark.parametrize(
    "rule",
    [
        "kind == 'Deployment'",
        'kind == "Deployment" and replicas == 3',
        "kind != 'Pod'",
        "kind in ('Pod', 'Deployment')",
        "kind like 'Dep*'",
        "kind like '*ploy*' and not kind like '*pod'",
        "labels exists and not empty exists and not nothing exists and not none exists",
        "on == 'push' and some needs == 'test' and every needs in ('test', 'lint') and count(needs) == 2",
        "containers.image like '*:*'",
        "some containers.image like '*:latest' and not every containers.image like '*:latest'",
        "no containers.image like 'docker.io/*'",
        "containers[0].name == 'api' and containers[-1].name == 'sidecar'",
        "containers[name == 'api'].resources.limits.'nvidia.com/gpu' == 1",
        "containers[name == 'api'][0].name == 'api'",
        "number(replicas) >= 2 and number(replicas) < 4",
        "quantity(containers[name == 'api'].resources.limits.memory) == '0.5Gi'",
        "number(containers[0].probe.periodSeconds) * number(containers[0].probe.failureThreshold) >= 300",
        "selector within labels and not labels within selector",
        "containers[0].name == labels.app",
        "labels.app in containers.name",
        "steps[run contains 'pip install'] before steps[run contains 'gate.py']",
        "not steps[run contains 'gate.py'] before steps[run contains 'pip install']",
        "some steps.run contains 'python gate.py' or kind == 'Pod'",
        "number(option(steps[1].run, '--min-auc')) == 0.8",
        "number(after(expr, '>')) == '0.02'",
        "duration(between(unquoted(expr), '[', ']')) == '300s'",
        "squeezed(expr) like 'sum(rate(*)/sum(rate(*'",
        "lower(kind) == 'deployment'",
        "needs[. == 'test'] exists",
        "some labels.* == 'front' and count(labels.*) == 2 and containers.resources.*.memory like '*Mi'",
        "every keys(labels) in ('app', 'tier') and not keys(kind) exists",
        "count(containers[not resources.limits exists]) == 1",
    ],
)
def test_a_rule_that_holds(rule: str) -> None:
    assert holds(rule)
    assert not holds(f"not ({rule})")


@pytest.mark.parametrize(
    "rule",
    [
        # what is missing fulfils no comparison, not even one that something differs
        "nothing == ''",
        "nothing != 'x'",
        "every nothing != 'x'",
        "number(nothing) < 5",
        "empty exists",
        # "every" wants at least one, and each
        "every none == 'x'",
        "every containers.resources.limits.memory exists",
        "quantity(containers.resources.limits.memory) >= 0",
        "containers[name == 'web'].image like '*'",
        # a table is no text
        "labels == 'app'",
        "labels contains 'app'",
        # an unreadable number is no number
        "number(kind) >= 0",
        "quantity(expr) >= 0",
        "containers[7].name exists",
        "kind.name exists",
        "steps[run contains 'nothing'] before steps",
        "nothing within labels",
    ],
)
def test_a_rule_that_does_not_hold(rule: str) -> None:
    assert not holds(rule)


def test_documents_of_a_stream_are_told_apart_by_what_they_say() -> None:
    text = "kind: Service\nport: 80\n---\nkind: Pod\nport: 8000\n"

    assert holds("[kind == 'Service'].port == 80 and [kind == 'Pod'].port == 8000", text, "yaml-stream")
    assert not holds("[kind == 'Job'].port exists", text, "yaml-stream")


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("", "expected a path"),
        ("kind", "expected a comparison"),
        ("kind == ", "expected a path"),
        ("kind = 'x'", "nothing can be read from \"= 'x'\""),
        ("kind == 'x' kind", "expected 'and', 'or' or the end"),
        ("kind > 'a'", "a measure on the left"),
        ("number(kind) > 'many'", "a number instead of 'many'"),
        ("quantity(x) == '1 GB'", "a quantity instead of '1 GB'"),
        ("numbr(kind) > 1", "Did you mean 'number'?"),
        ("after(kind) == 'x'", "1 texts behind the path"),
        ("number('5') > 1", "a path in number(...)"),
        ("x * y > 1", "measures on both sides"),
        ("steps before 'x'", "a path on each side of 'before'"),
        ("kind in ('a'", "expected ')'"),
        ("a[1.5] exists", "a whole number"),
        ("a[b", "expected a comparison"),
        ("a..b exists", "expected a key"),
        ("(" * 20 + "a exists" + ")" * 20, "nested more than"),
        ("not " * 20 + "a exists", "nested more than"),
        ("a == '" + "x" * 2_000 + "'", "at most 2,000 characters"),
    ],
)
def test_what_is_no_rule_says_what_is_wrong(rule: str, words: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse_rule(rule)

    assert words in str(caught.value)


@given(st.text(alphabet="ab*", max_size=12), st.text(alphabet="ab*", max_size=8))
def test_a_pattern_matches_what_a_plain_search_of_all_splits_matches(text: str, pattern: str) -> None:
    def slow(rest: str, left: str) -> bool:
        if not left:
            return not rest
        if left[0] == "*":
            return any(slow(rest[at:], left[1:]) for at in range(len(rest) + 1))
        return rest[:1] == left[0] and slow(rest[1:], left[1:])

    assert is_like(text, pattern) == slow(text, pattern)


@pytest.mark.parametrize(
    ("one", "other"),
    [("1Gi", "1024Mi"), ("250m", "0.25"), ("1k", "1000"), ("1e3", "1k"), ("2", "2.0"), ("1M", "1e6")],
)
def test_one_quantity_has_several_notations(one: str, other: str) -> None:
    assert quantity(one) == quantity(other)


@given(st.text(max_size=40))
def test_no_text_makes_a_measure_fail(text: str) -> None:
    for measure in (number, quantity, duration):
        found = measure(text)
        assert found is None or abs(found) < 10**150


def test_units_of_two_kinds_are_not_one() -> None:
    assert quantity("1G") != quantity("1Gi")
    assert duration("5m") == 300
    assert quantity("5m") == quantity("0.005")
    assert number("5m") is None


def listed(items: Iterable[object]) -> str:
    return f"[{', '.join(map(str, items))}]"


LARGE = {
    "some a == b": f"a: {listed(range(480))}\nb: {listed(range(1_000, 1_480))}",
    "every a.b[c.d == 'x'].e exists": f"a: {listed(['{b: [{c: {d: x}}]}'] * 120)}",
    "squeezed(a) like '*a*a*a*a*a*a*a*a*a*b'": "a: " + "a" * 19_000,
    "between(a, '[', ']') == 'x'": f"a: '{'[' * 19_000}'",
    "option(a, '--x') == 'y'": f"a: '{'--x ' * 4_900}'",
    "a[. == 'x'] before a[. == 'y']": f"a: {listed('xy' * 480)}",
}


@pytest.mark.parametrize("rule", LARGE)
def test_a_rule_is_judged_at_once_whatever_the_file(rule: str) -> None:
    tree = read_file("yaml", LARGE[rule])

    with at_once():
        broken_rules((Rule(id="r", says="", holds=rule),) * MAX_RULES, tree)
