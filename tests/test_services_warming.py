"""Getting ready draws what can be drawn, and stops at nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from quizengine.bank import BankQuestion, load_bank
from quizengine.errors import GenerationError
from quizengine.model.variant import Variant
from quizengine.services.warming import warm
from tests.web_questions import bank

GOOD = Path(__file__).parent / "banks" / "good"


@dataclass(frozen=True)
class Barren(BankQuestion):
    """A question that cannot be drawn."""

    def variant(self, seed: int) -> Variant:
        raise GenerationError(f"no fit variant of {seed}")


def test_a_question_is_compiled_before_anybody_asks_for_it() -> None:
    small = load_bank(GOOD)

    assert warm(small) == 2
    assert all("program" in vars(entry) for entry in small.questions.values())


def test_questions_with_a_query_wait_until_they_are_asked() -> None:
    every_type = bank()

    assert warm(every_type) == len(every_type) - 1


def test_a_question_at_fault_keeps_no_other_from_being_ready() -> None:
    small = load_bank(GOOD)
    first = next(iter(small))
    barren = Barren(small[first].question, small[first].path)

    assert warm(replace(small, questions={**small.questions, first: barren})) == 1
