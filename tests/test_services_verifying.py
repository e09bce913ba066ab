"""Files of results verify, and no field of one changes unnoticed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from quizengine.bank import Bank
from quizengine.cli import main
from quizengine.services.hiring.results_file import results_schema
from quizengine.services.sealing import content_hash
from quizengine.services.verifying.files import verify_table
from quizengine.services.verifying.outcome import STEPS, Step
from tests.golden_results import GOLDEN_BANK, GOLDEN_FILE, golden_bank

SCHEMA = Path(__file__).parents[1] / "docs" / "schemas" / "results-1.schema.json"
Place = tuple[str | int, ...]

#: Facts of a sitting and of the file that nothing else in it tells: the hash of the content alone holds them.
FACTS = (
    "exported_at", "engine_version", "organisation", "screen", "profile.id", "profile.version",
    "profile.method", "profile.questions", "profile.bank_digest", "seconds", "svg", "staff",
)  # fmt: skip


@pytest.fixture(scope="module")
def bank() -> Bank:
    return golden_bank()


@pytest.fixture(scope="module")
def golden() -> dict[str, Any]:
    read: dict[str, Any] = json.loads(GOLDEN_FILE.read_text("utf-8"))
    return read


def leaves(value: Any, place: Place = ()) -> Iterator[Place]:
    """The place of every word and number in a JSON value."""
    if isinstance(value, dict | list) and value:
        for key, one in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(one, (*place, key))
    else:
        yield place


def at(table: Any, place: Place) -> Any:
    for key in place:
        table = table[key]
    return table


def put(table: Any, place: Place, value: Any) -> None:
    at(table, place[:-1])[place[-1]] = value


def another(value: Any) -> Any:
    """A value of the same kind, and another."""
    match value:
        case bool():
            return not value
        case int() | float():
            return value + 1
        case str():
            return value[:-1] + ("1" if value[-1] != "1" else "2") if value else "x"
        case None:
            return "x"
        case list():
            return ["x"]
        case _:
            return {"x": "x"}


def failing(table: dict[str, Any], bank: Bank | None) -> set[str]:
    return {step.name for step in verify_table(table, bank).steps if step.outcome == "fail"}


def changed(golden: dict[str, Any], place: Place, how: Callable[[Any], Any] = another) -> dict[str, Any]:
    """The file with one field changed and the hash of its content made anew, as somebody would who forges."""
    table = deepcopy(golden)
    put(table, place, how(at(table, place)))
    return {**table, "content_hash": content_hash(table)}


def test_the_golden_file_verifies_in_all_steps(golden: dict[str, Any], bank: Bank) -> None:
    found = verify_table(golden, bank)

    assert [(step.name, step.outcome) for step in found.steps] == [(name, "pass") for name in STEPS]


def test_every_field_is_in_the_hash_of_the_content(golden: dict[str, Any]) -> None:
    table = deepcopy(golden)
    table["attempts"] = table["attempts"][:1]
    table["attempts"][0]["answers"] = table["attempts"][0]["answers"][:2]
    table["roadmaps"] = table["panels"] = {}
    whole = content_hash(table)

    for place in leaves({key: value for key, value in table.items() if key != "content_hash"}):
        before = at(table, place)
        put(table, place, another(before))
        assert content_hash(table) != whole, place
        put(table, place, before)


@given(data=st.data())
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_changed_field_fails_the_first_step(
    golden: dict[str, Any], bank: Bank, data: st.DataObject
) -> None:
    table = deepcopy(golden)
    place = data.draw(st.sampled_from(list(leaves(golden))))
    put(table, place, another(at(table, place)))

    assert "schema" in failing(table, bank)


@given(data=st.data())
@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
def test_who_makes_the_hash_anew_is_found_by_what_follows(
    golden: dict[str, Any], bank: Bank, data: st.DataObject
) -> None:
    told = [
        place
        for place in leaves({key: golden[key] for key in ("attempts", "audit", "profile", "panels")})
        if not any(fact in ".".join(map(str, place)) for fact in FACTS)
    ]
    place = data.draw(st.sampled_from(told))
    # A result nobody has decided on has facts, such as its code, that nothing else tells.
    if "decisions" in place or place[:3] == ("attempts", 0, "result"):
        place = data.draw(st.sampled_from([one for one in told if "grades" in one or "events" in one]))

    assert failing(changed(golden, place), bank), place


@given(data=st.data())
@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_field_that_is_missing_or_of_another_kind_is_a_failure_and_no_crash(
    golden: dict[str, Any], bank: Bank, data: st.DataObject
) -> None:
    told = {key: golden[key] for key in ("attempts", "audit", "profile", "panels", "roadmaps")}
    *way, last = data.draw(st.sampled_from([place for place in leaves(told) if place[-1] != "svg"]))
    table = deepcopy(golden)
    if data.draw(st.booleans()):
        put(table, (*way, last), [None])
    else:
        del at(table, tuple(way))[last]
    forged = {**table, "content_hash": content_hash(table)}

    assert not verify_table(table, bank).agrees
    verify_table(forged, bank)


def decided(golden: dict[str, Any]) -> int:
    return next(place for place, one in enumerate(golden["attempts"]) if one["decisions"])


@pytest.mark.parametrize(
    ("place", "step"),
    [
        ("events.1.seal", "chains"),
        ("events.1.open.number", "chains"),
        ("answers.1.variant.prompt", "variants"),
        ("answers.1.variant.parts.0.answer.value", "variants"),
        ("answers.1.variant.solution", "chains"),
        ("answers.0.answers.answer", "chains"),
        ("answers.0.salt", "chains"),
        ("answers.0.grades.0.rule", "grades"),
        ("answers.0.grades.0.read_as", "grades"),
        ("result.skills.0.mean", "estimate"),
        ("result.composite_sd", "estimate"),
        ("result.p_meets", "headline"),
        ("result.skills.0.title", "headline"),
        ("result.answers", "headline"),
        ("result.code", "decisions"),
        ("result.minutes", "decisions"),
        ("decisions.0.evidence_hash", "decisions"),
        ("decisions.0.evidence.p_meets", "decisions"),
        ("decisions.0.headline", "decisions"),
    ],
)
def test_the_step_that_fails_says_where(golden: dict[str, Any], bank: Bank, place: str, step: str) -> None:
    steps = [int(one) if one.isdigit() else one for one in place.split(".")]
    table = changed(golden, ("attempts", decided(golden), *steps))

    found: dict[str, Step] = {one.name: one for one in verify_table(table, bank).steps}

    assert found[step].outcome == "fail"
    assert found["schema"].outcome == "pass"
    if step != "chains":
        assert place.rpartition(".")[2] in " ".join(one.path for one in found[step].differences)


@pytest.mark.parametrize(
    ("place", "how", "step"),
    [
        (("profile", "content", "cut"), lambda cut: cut + 1, "headline"),
        (("attempts", 0, "planned"), lambda planned: planned[1:], "headline"),
        (("attempts", 0, "answers"), lambda answers: answers[1:], "chains"),
        (("attempts", 0, "events"), lambda events: events[:3] + events[4:], "chains"),
        (("audit",), lambda rows: [one for one in rows if one["act"] != "decision"], "decisions"),
        (("audit", 0, "data", "verdict"), lambda _: "reject", "chains"),
        (("roadmaps",), lambda roadmaps: {"0" * 64: next(iter(roadmaps.values()))}, "schema"),
        (("format",), lambda _: "quizengine-results-9", "schema"),
        (("attempts", 0, "result", "headline"), lambda _: "not enough evidence", "headline"),
    ],
)
def test_what_is_taken_away_or_put_in_is_found(
    golden: dict[str, Any], bank: Bank, place: Place, how: Callable[[Any], Any], step: str
) -> None:
    assert step in failing(changed(golden, place, how), bank)


def test_a_chain_is_compared_with_a_head_from_elsewhere(golden: dict[str, Any]) -> None:
    head = golden["attempts"][0]["events"][-1]["hash"]

    assert verify_table(golden, None, [head, head[:16]]).agrees
    assert not verify_table(golden, None, [head[:15]]).agrees
    found = verify_table(golden, None, [head, "f" * 64])
    assert [step.name for step in found.steps if step.outcome == "fail"] == ["chains"]
    assert "f" * 64 in str(found.steps[1].differences[0])


def test_without_its_bank_and_with_erased_texts_steps_are_skipped_and_the_rest_holds(
    golden: dict[str, Any],
) -> None:
    table = deepcopy(golden)
    for attempt in table["attempts"]:
        for answer in attempt["answers"]:
            answer["answers"], answer["salt"] = {}, None
    for attempt in table["attempts"]:
        attempt["answers"] = [one for one in attempt["answers"] if not one["dont_know"]]
    attempt = table["attempts"][0]

    found = verify_table({**golden, "attempts": table["attempts"]}, None).steps

    assert attempt["answers"]
    assert [found[2].outcome, found[3].outcome] == ["skipped", "skipped"]
    assert "--bank" in found[2].skipped
    assert "erased" in found[3].skipped


def test_the_file_has_the_form_of_its_schema(golden: dict[str, Any]) -> None:
    schema = json.loads(SCHEMA.read_text("utf-8"))

    assert schema == results_schema()
    Draft202012Validator(schema).validate(golden)


def run(*words: str) -> Any:
    return CliRunner().invoke(main, ["verify", *words])


def test_the_command_prints_each_step_and_its_exit_code_tells(golden: dict[str, Any], tmp_path: Path) -> None:
    forged = tmp_path / "forged.json"
    forged.write_text(json.dumps(changed(golden, ("attempts", 0, "result", "p_meets"))), "utf-8")
    nothing = tmp_path / "nothing.json"
    nothing.write_text("{", "utf-8")

    good = run(str(GOLDEN_FILE), "--bank", str(GOLDEN_BANK))
    bad = run(str(forged), "--bank", str(GOLDEN_BANK), "--json")

    assert good.exit_code == 0, good.output
    assert [line.split()[:3] for line in good.output.splitlines()[1:]] == [
        [str(number), name, "pass"] for number, name in enumerate(STEPS, 1)
    ]
    assert bad.exit_code == 1
    told = json.loads(bad.output)["steps"][5]
    assert (told["name"], told["outcome"]) == ("headline", "fail")
    assert told["differences"][0]["path"] == "attempts[0].result.p_meets"
    assert run(str(nothing)).exit_code == run(str(tmp_path / "missing.json")).exit_code == 2
