"""Chains of a file of results: of each attempt, and the rows of the organisation's audit chain."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from quizengine.services.attempt import events
from quizengine.services.hiring import audit
from quizengine.services.sealing import digest
from quizengine.services.verifying.outcome import Difference, compared

#: So many digits of a hash, as pages show them, cannot be met by trying.
LEAST_DIGITS = 16


def chain_differences(table: Mapping[str, Any], heads: Collection[str]) -> Iterator[Difference]:
    """Yield where a chain of the file is broken, or does not fit its answers; and heads that no chain has."""
    for place, attempt in enumerate(table["attempts"]):
        path = f"attempts[{place}]"
        yield from _links(path, attempt)
        yield from _against_answers(path, attempt)
    yield from _audit_differences(table)
    hashes = {event["hash"] for attempt in table["attempts"] for event in attempt["events"]}
    hashes |= {one["hash"] for one in table["audit"]} | {one["before"] for one in table["audit"]}
    for head in heads:
        if len(head) < LEAST_DIGITS or not any(one.startswith(head) for one in hashes):
            yield Difference("heads", "no chain with this hash", head)


def unsealed(table: Mapping[str, Any]) -> int:
    """Return how many events were written before events were sealed: their hashes cannot be computed."""
    return sum(event["seal"] is None for attempt in table["attempts"] for event in attempt["events"])


def _links(path: str, attempt: Mapping[str, Any]) -> Iterator[Difference]:
    before, attempt_id = "", attempt["result"]["attempt_id"]
    for place, event in enumerate(attempt["events"]):
        at = f"{path}.events[{place}]"
        yield from compared(f"{at}.n", event["n"], place + 1)
        if event["seal"] is not None:
            found = events.link(attempt_id, event["n"], before, event["open"], event["seal"])
            yield from compared(f"{at}.hash", event["hash"], found)
        before = event["hash"]


def _against_answers(path: str, attempt: Mapping[str, Any]) -> Iterator[Difference]:
    """Compare what events say of questions and answers with the questions and answers of the file."""
    told: dict[tuple[str, int], Mapping[str, Any]] = {}
    kinds: defaultdict[int, list[str]] = defaultdict(list)
    for event in attempt["events"]:
        told[event["open"].get("kind", ""), event["open"].get("number", 0)] = event["open"]
        kinds[event["open"].get("number", 0)].append(event["open"].get("kind", ""))
    if not any(kind == "created" for kind, _ in told):
        return  # written before events were sealed
    have = {answer["number"] for answer in attempt["answers"]}
    for place, answer in enumerate(attempt["answers"]):
        at, number = f"{path}.answers[{place}]", answer["number"]
        shown, committed = told.pop(("shown", number), None), told.pop(("committed", number), None)
        if shown is None or committed is None:
            yield Difference(f"{at}.number", number, "no such answer in the chain")
            continue
        yield from compared(f"{at}.variant", digest(answer["variant"]), shown.get("variant"))
        yield from compared(f"{at}.dont_know", answer["dont_know"], committed.get("dont_know"))
        if answer["salt"] is not None:
            sealed = events.answers_seal(
                answer["salt"], answer["answers"], dont_know=answer["dont_know"], decimal=answer["decimal"]
            )
            yield from compared(f"{at}.answers", sealed, committed.get("answers"))
        elif answer["answers"]:
            yield Difference(f"{at}.salt", None, "the salt that opens the seal of these answers")
        yield from _regraded(at, answer, told.pop(("regraded", number), None))
        yield from _withdrawn(at, answer, kinds[number])
    for kind, number in told:
        if kind in ("committed", "regraded", "withdrawn", "restored") and number not in have:
            yield Difference(f"{path}.answers", "no such answer", f"answer {number}, {kind}")


def _regraded(path: str, answer: Mapping[str, Any], event: Mapping[str, Any] | None) -> Iterator[Difference]:
    last = answer["grades"][-1]
    if event is None:
        if len(answer["grades"]) > 1:
            yield Difference(f"{path}.grades", len(answer["grades"]), 1)
    else:
        yield from compared(
            f"{path}.grades[{len(answer['grades']) - 1}].verdict", last["verdict"], event.get("verdict")
        )


def _withdrawn(path: str, answer: Mapping[str, Any], happened: Sequence[str]) -> Iterator[Difference]:
    """Compare the times in which an answer did not count with the events that say so."""
    times = answer.get("withdrawn", [])
    told = [kind for one in times for kind in (("withdrawn", "restored") if one["until"] else ("withdrawn",))]
    found = [kind for kind in happened if kind in ("withdrawn", "restored")]
    yield from compared(f"{path}.withdrawn", told, found)


def _audit_differences(table: Mapping[str, Any]) -> Iterator[Difference]:
    before: Mapping[str, Any] = {"n": 0, "hash": audit.first_hash(table["organisation"])}
    for place, row in enumerate(table["audit"]):
        path = f"audit[{place}]"
        try:
            at = datetime.fromisoformat(row["at"])
        except ValueError:
            yield Difference(f"{path}.at", row["at"], "a time")
            continue
        content = audit.canonical(row["n"], at, row["actor"], row["act"], row["data"], row["note"])
        yield from compared(f"{path}.hash", row["hash"], audit.linked(row["before"], content))
        if row["n"] == before["n"] + 1:
            yield from compared(f"{path}.before", row["before"], before["hash"])
        elif row["n"] <= before["n"]:
            yield Difference(f"{path}.n", row["n"], f"more than {before['n']}")
        before = row
