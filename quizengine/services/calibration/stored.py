"""The answers of the database, and what the bank knows of its questions before anybody answered them."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from quizengine.bank import Bank
from quizengine.errors import QuizEngineError
from quizengine.psychometrics.pool import COLD_CEILING
from quizengine.services.calibration.calibrating import Options
from quizengine.services.calibration.reading import Collected, collect
from quizengine.services.scoring import Item, item_of_question
from quizengine.store.attempts import diagnostic_scores
from quizengine.store.database import Transaction


def read_stored(transaction: Transaction, folder: Path) -> Collected:
    """Return the answers of all diagnostics; a sitting is a person, for people learn between sittings.

    Raises
    ------
    QuizEngineError
        If nobody has answered anything.
    """
    with transaction.reading() as session:
        answers = list(diagnostic_scores(session))
    if not answers:
        raise QuizEngineError("The database has no answers of a diagnostic yet: nothing to calibrate.")
    digest = sha256(repr(answers).encode()).hexdigest()[:12]
    return collect(answers, "the database", digest, folder)


def bank_options(bank: Bank, options: Options) -> Options:
    """Return options with what the bank knows: guesses of difficulty, chances of guessing, features."""
    questions = {name: entry.question for name, entry in bank.questions.items()}
    items: dict[str, Item] = {name: item_of_question(question) for name, question in questions.items()}
    features: dict[str, dict[str, str]] = {
        name: {
            "answer type": question.parts[0].type,
            "answers": str(len(question.parts)),
            "minutes": f"{question.seconds / 60:.3f}",
            "misconceptions": str(len(question.misconceptions)),
            "area": items[name].skills[0][0].partition(".")[0],
        }
        for name, question in questions.items()
    }
    return Options(
        model=options.model,
        prior=options.prior,
        guesses={name: item.difficulty for name, item in items.items()},
        guess={name: item.guessing for name, item in items.items()},
        ceiling=COLD_CEILING,
        anchors=options.anchors,
        previous=options.previous,
        features=options.features or features,
        max_iterations=options.max_iterations,
    )
