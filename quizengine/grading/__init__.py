"""Reading and judging what people type, pick or query: ``grade(variant, response) -> Grade``.

Everything here is pure and total over its nouns: the text of a stranger is measured,
cut into tokens and parsed into our own tree; nothing evaluates it as code.
"""

from quizengine.grading.collisions import collide
from quizengine.grading.given import changed_lines, given_text
from quizengine.grading.judge import grade
from quizengine.grading.keys import key_latex, key_text, notations
from quizengine.grading.labels import BUILT_IN_LABELS
from quizengine.grading.properties import factor_names
from quizengine.grading.reading import Reading, asked_cells, read
from quizengine.grading.specs import (
    answer_from_json,
    decimal_from_json,
    response_from_json,
    variant_of,
    variant_with,
)
from quizengine.grading.trivial import trivial_responses

__all__ = [
    "BUILT_IN_LABELS",
    "Reading",
    "answer_from_json",
    "asked_cells",
    "changed_lines",
    "collide",
    "decimal_from_json",
    "factor_names",
    "given_text",
    "grade",
    "key_latex",
    "key_text",
    "notations",
    "read",
    "response_from_json",
    "trivial_responses",
    "variant_of",
    "variant_with",
]
