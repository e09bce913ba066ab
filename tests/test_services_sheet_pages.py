"""The pages of a set are reckoned before it is set: more takes more, large print too."""

from __future__ import annotations

from itertools import pairwise

import pytest

from quizengine.services.sheet_pages import pages_of
from quizengine.services.sheets import SheetWish, plan_sheets
from tests.factories import shipped_bank


@pytest.mark.parametrize("area", [area.id for area in shipped_bank().roadmap.areas])
def test_more_questions_and_larger_print_take_no_fewer_pages(area: str) -> None:
    wish, large = SheetWish(skills=(area,), minutes=120), SheetWish(skills=(area,), large_print=True)
    questions = plan_sheets(shipped_bank(), wish).questions

    pages = [pages_of(questions[:count], wish) for count in range(1, len(questions) + 1)]

    assert pages[0] >= 1
    assert all(before <= after for before, after in pairwise(pages))
    assert pages_of(questions, large) > pages[-1]
    assert pages[-1] <= len(questions) + 1
