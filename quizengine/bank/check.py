"""``quizengine check``: every question proves itself, on many variants."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

import numpy as np

from quizengine.bank.engines import judgeable, left_out_note
from quizengine.bank.gates import gates, is_choice, sql_answers, trivial_faults
from quizengine.bank.loader import Bank, BankQuestion
from quizengine.bank.report import CheckReport, MutantCount, QuestionReport
from quizengine.bank.spaces import FEW_VARIANTS, size_of
from quizengine.bank.summary import misconceptions
from quizengine.errors import MissingExtraError, QuizEngineError, nearest_hint
from quizengine.generation.domains import nth
from quizengine.generation.variants import Drawn, variant_of
from quizengine.model.answers import SqlAnswer
from quizengine.model.variant import Variant
from quizengine.roadmap.graph import live_skills, needed_skills
from quizengine.sqljudge.gate import publish, try_mutants
from quizengine.sqljudge.postgres import server_url, use_server
from quizengine.sqljudge.reference import ReferenceQueryError

LEAST_ACCEPTANCE = 0.05
MOST_TRIVIAL = 0.20
QUESTIONS_A_SKILL = 4
MAX_ENUMERATED = 10_000
LEAST_VARIANTS = 20
MAX_FAULTS_SHOWN = 5
SAMPLES = 3
#: Each variant of a query has databases of its own: one in so many is drawn, at least a few.
QUERIES_EVERY, LEAST_QUERIES = 5, 4
#: A hundred mutants take longer than all other gates: they are tried on one variant in so many.
MUTANTS_EVERY = 2
LEAST_MUTANT_PANELS = 2
#: Figures drawn of a question: a picture takes as long as ten variants, its words are there in all.
PICTURES = 5

In = TypeVar("In")
Out = TypeVar("Out")
#: Something that works like ``map``: the caller decides about processes.
Run = Callable[[Callable[[In], Out], Collection[In]], Iterable[Out]]


def check_bank(
    bank: Bank,
    *,
    seeds: int = 200,
    every: bool = False,
    whole: bool = True,
    run: Run[BankQuestion, QuestionReport] = map,
) -> CheckReport:
    """Draw every question of the bank at ``seeds`` seeds and put each variant through every gate.

    Parameters
    ----------
    bank
        The bank, or some of its questions.
    seeds
        Variants a question.
    every
        Enumerate spaces of up to 10,000 draws instead of drawing from them.
    whole
        Whether these are all questions, so that the bank as a whole is looked at too.
    run
        What maps over the questions: plain ``map``, or a process pool's.

    Questions that run on PostgreSQL are left out, with a note, where no server is named
    (``sqljudge.postgres.use_server``).
    """
    task = partial(check_question, seeds=seeds, every=every, postgres=server_url())
    checked, left_out = judgeable(bank)
    reports = tuple(run(task, list(checked.questions.values())))
    faults, notes = (tuple(bank_faults(bank)), tuple(bank_notes(bank))) if whole else ((), ())
    told = (left_out_note(left_out),) if left_out else ()
    return CheckReport(bank.name, reports, faults, (*notes, *told, *untried(reports)))


def untried(reports: Iterable[QuestionReport]) -> Iterator[str]:
    """Yield a note if mutants of queries were not tried, since what makes them is not installed."""
    without = [report.id for report in reports if "sql" in report.types and report.mutants is None]
    if without:
        yield f"mutants were not tried in {', '.join(without)}: pip install 'quizengine[author]'"


@dataclass(slots=True)
class _Tally:
    """What was seen while a question was drawn again and again."""

    variants: int = 0
    draws: int = 0
    seconds: float = 0.0
    faults: Counter[str] = field(default_factory=Counter)
    prompts: dict[str, str] = field(default_factory=dict)
    answers: set[object] = field(default_factory=set)
    fired: Counter[str] = field(default_factory=Counter)
    trivial: Counter[str] = field(default_factory=Counter)
    choice: bool = False
    panels: set[str] = field(default_factory=set)
    whole: bool = False
    mutant_panels: int = 0
    mutants: Counter[str] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)
    left_queries: dict[str, str] = field(default_factory=dict)


def check_question(
    entry: BankQuestion, *, seeds: int = 200, every: bool = False, postgres: str = ""
) -> QuestionReport:
    """Put ``seeds`` variants of one question through every gate.

    ``postgres`` is the server to judge with, for a process that has not been told of it yet.
    """
    if postgres:
        use_server(postgres)
    question = entry.question
    if any(part.type == "sql" for part in question.parts):
        seeds = min(seeds, max(LEAST_QUERIES, seeds // QUERIES_EVERY))
    tally = _Tally(mutant_panels=max(LEAST_MUTANT_PANELS, seeds // MUTANTS_EVERY))
    for drawn in _variants(entry, seeds, every, tally):
        _look(entry, drawn, tally)
    acceptance = tally.variants / tally.draws if tally.draws else 0.0
    signed_off = _signed_off(entry)
    faults = [
        *_summed(tally.faults),
        *_whole_faults(entry, tally, acceptance),
        *_mutant_faults(tally, signed_off),
    ]
    return QuestionReport(
        id=question.id,
        path=str(entry.path),
        variants=tally.variants,
        distinct=len(tally.prompts),
        space=question.space,
        acceptance=round(acceptance, 4),
        answers=len(tally.answers),
        milliseconds=round(1000 * tally.seconds / max(1, tally.variants), 3),
        fired=dict(tally.fired),
        separable=question.separable,
        has_oracle=any(part.oracle for part in question.parts),
        types=tuple(part.type for part in question.parts),
        mutants=_mutant_count(tally, signed_off),
        faults=tuple(faults),
    )


def _variants(entry: BankQuestion, seeds: int, every: bool, tally: _Tally) -> Iterator[Drawn]:
    if every and entry.question.space <= MAX_ENUMERATED:
        yield from _whole_space(entry, tally)
        return
    for seed in range(seeds):
        started = time.perf_counter()
        try:
            drawn = entry.draw(seed, pictured=seed < PICTURES)
        except QuizEngineError as error:
            tally.faults[str(error)] += 1
            tally.draws += 1
            continue
        tally.seconds += time.perf_counter() - started
        tally.draws += drawn.draws
        if seed < SAMPLES and entry.draw(seed).variant != drawn.variant:
            tally.faults[
                "equal seeds give different variants: a generator uses other randomness than rng"
            ] += 1
        yield drawn


def _whole_space(entry: BankQuestion, tally: _Tally) -> Iterator[Drawn]:
    tally.whole = True
    for index in range(entry.question.space):
        tally.draws += 1
        started = time.perf_counter()
        try:
            rng, pictured = np.random.default_rng(index), tally.variants < PICTURES
            found = variant_of(entry.program, nth(entry.question, index), rng, pictured=pictured)
        except QuizEngineError as error:
            tally.faults[str(error)] += 1
            continue
        tally.seconds += time.perf_counter() - started
        if found is not None:
            yield Drawn(*found, draws=1)


def _look(entry: BankQuestion, drawn: Drawn, tally: _Tally) -> None:
    variant = drawn.variant
    tally.variants += 1
    tally.choice = is_choice(variant)
    tally.answers.add(repr(tuple(part.answer for part in variant.parts)))
    tally.fired.update(wrong.id for wrong in variant.misconceptions)
    shown = _as_shown(variant)
    if tally.prompts.setdefault(variant.identity, shown) != shown:
        tally.faults["one identity has two prompts: name what tells them apart in [draw].identity"] += 1
    # Judging a query takes milliseconds, and many variants share a panel: each panel once.
    queries = {answer.panel.digest + answer.reference for answer in sql_answers(variant)}
    if queries and queries <= tally.panels:
        return
    tally.panels |= queries
    for answer in sql_answers(variant):
        wrong = [(one.id, one.query) for one in variant.misconceptions if one.query]
        tally.faults.update(publish(answer, wrong))
        if tally.whole or tally.mutant_panels > 0:
            tally.mutant_panels -= 1
            _try_mutants(answer, tally)
    tally.faults.update(gates(entry.program, drawn))
    for response, is_key in trivial_faults(variant):
        if is_key:
            tally.trivial[response] += 1
        else:
            tally.faults[f"the trivial answer {response} scores"] += 1


def _try_mutants(answer: SqlAnswer, tally: _Tally) -> None:
    try:
        trial = try_mutants(answer)
    except MissingExtraError:
        return
    except ReferenceQueryError as error:
        tally.faults[str(error)] += 1
        return
    tally.mutants.update(mutant.key for mutant in trial.made)
    tally.left.update(mutant.key for mutant in trial.left)
    tally.left_queries.update((mutant.key, mutant.sql) for mutant in trial.left)


def _signed_off(entry: BankQuestion) -> frozenset[str]:
    """Return the keys of mutants that the author says mean the same as the reference."""
    parts = (part.options.get("equivalent_mutants") for part in entry.question.parts)
    return frozenset(key for keys in parts if isinstance(keys, dict) for key in keys)


def _mutant_count(tally: _Tally, signed_off: frozenset[str]) -> MutantCount | None:
    if not tally.mutants:
        return None
    return MutantCount(
        made=len(tally.mutants),
        killed=len(tally.mutants.keys() - tally.left.keys()),
        signed_off=len(tally.left.keys() & signed_off),
    )


def _mutant_faults(tally: _Tally, signed_off: frozenset[str]) -> Iterator[str]:
    """Every mutant is told from the reference on every variant, or signed off and never told."""
    for key, times in tally.left.most_common():
        if key not in signed_off:
            sql = " ".join(tally.left_queries[key].split())
            yield (
                f'the mutant "{key}" passes on {times} of {tally.mutants[key]} variants: {sql}; '
                "let the data tell it apart, or sign it off in [answer.equivalent_mutants]"
            )
    for key in sorted(signed_off) if tally.mutants else ():
        if key not in tally.mutants:
            hint = nearest_hint(key, tally.mutants)
            yield f"equivalent_mutants: the reference has no mutant {key!r}.{hint}"
        elif tally.left[key] < tally.mutants[key]:
            yield f"equivalent_mutants: a database tells {key!r} from the reference; take it out"


def _as_shown(variant: Variant) -> str:
    return variant.prompt + (variant.figure.alt if variant.figure else "") + repr(_options(variant))


def _options(variant: Variant) -> list[Any]:
    """What the form shows beside the prompt, sorted: drawing the order anew makes no new problem."""
    return [
        [
            sorted(
                one.text
                for name in ("options", "items", "left", "right")
                for one in getattr(part.answer, name, ())
            ),
            [cell for row in getattr(part.answer, "cells", ()) for cell in row if isinstance(cell, str)],
            getattr(part.answer, "code", ""),
            getattr(part.answer, "given", ""),
            getattr(getattr(part.answer, "panel", None), "digest", ""),
        ]
        for part in variant.parts
    ]


def _summed(faults: Counter[str]) -> Iterator[str]:
    for message, count in faults.most_common(MAX_FAULTS_SHOWN):
        yield f"{message} ({count} times)" if count > 1 else message
    if len(faults) > MAX_FAULTS_SHOWN:
        yield f"and {len(faults) - MAX_FAULTS_SHOWN} more faults"


def _whole_faults(entry: BankQuestion, tally: _Tally, acceptance: float) -> Iterator[str]:
    repeats = len(tally.prompts) - len(set(tally.prompts.values()))
    if repeats:
        yield f"{repeats} variants repeat another's prompt: leave what does not show out of [draw].identity"
    yield from _few_faults(entry, tally)
    if not entry.question.misconceptions:
        yield "it names no misconception: say which wrong answers people give, and why"
    if tally.variants < LEAST_VARIANTS:  # a share of a few draws says nothing
        return
    if acceptance < LEAST_ACCEPTANCE:
        yield f"only {acceptance:.1%} of the draws are accepted, less than {LEAST_ACCEPTANCE:.0%}"
    for response, times in tally.trivial.items():
        if times > MOST_TRIVIAL * tally.variants and tally.variants >= 1 / MOST_TRIVIAL and not tally.choice:
            yield f"the trivial answer {response} is the key in {times} of {tally.variants} variants"
    silent = [wrong.id for wrong in entry.question.misconceptions if not tally.fired[wrong.id]]
    if silent:
        yield f"never separable: {', '.join(silent)}"


def _few_faults(entry: BankQuestion, tally: _Tally) -> Iterator[str]:
    reason, different = entry.question.few, len(tally.prompts)
    size = size_of(entry.question, drawn=tally.variants, different=different, whole=tally.whole)
    if size == "few" and not reason:
        yield (
            f"fewer than {FEW_VARIANTS} different variants ({different} among {tally.variants} drawn): "
            'widen its parameters, or say why in [draw] few = "..."'
        )
    if size == "enough" and reason:
        yield f"it has {FEW_VARIANTS} different variants or more: take [draw].few out"


def bank_faults(bank: Bank) -> Iterator[str]:
    """Yield what is wrong with the bank as a whole."""
    asked = Counter(entry.question.primary_skill for entry in bank.questions.values())
    for role in bank.roadmap.roles:
        if not any(asked[skill] for skill in needed_skills(bank.roadmap, role)):
            yield f"role {role.id}: no question asks for any of its skills"
    for skill in live_skills(bank.roadmap):
        if asked[skill.id] < QUESTIONS_A_SKILL:
            yield (
                f"{skill.id} has {_counted(asked[skill.id])}, fewer than {QUESTIONS_A_SKILL}: "
                "write more, or retire the skill until it is asked for"
            )


def bank_notes(bank: Bank) -> Iterator[str]:
    """Yield what an author should know: questions that prove less, or teach seldom; where mistakes point."""
    few = [name for name, entry in bank.questions.items() if entry.question.few]
    if few:
        counted = f"{_counted(len(few))} of {len(bank)}"
        yield f"{counted} with fewer than {FEW_VARIANTS} variants, and a reason: {', '.join(few)}"
    loose = [name for name, entry in bank.questions.items() if entry.question.separable == "any"]
    if loose:
        yield f'one separable misconception is enough (draw.separable = "any") in: {", ".join(loose)}'
    wrong = misconceptions(bank)
    share = wrong.prerequisite / max(1, wrong.total)
    yield f"{wrong.prerequisite} of {wrong.total} misconceptions ({share:.0%}) point to a prerequisite"


def _counted(questions: int) -> str:
    return "1 question" if questions == 1 else f"{questions} questions"
