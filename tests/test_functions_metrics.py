"""Every metric of the function library agrees with scikit-learn on 1,000 random inputs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
import pytest
from sklearn import config_context
from sklearn import metrics as reference

from quizengine.errors import ExpressionError
from quizengine.generation.functions import functions_of, learning, metrics, ranking

CASES = 1_000
ROWS = 10
Pairs = Iterator[tuple[Any, Any]]
Check = Callable[[np.random.Generator], Pairs]
CHECKS: dict[str, Check] = {}


def check(*names: str) -> Callable[[Check], Check]:
    """Register a generator of pairs (ours, scikit-learn's) for these functions."""

    def register(function: Check) -> Check:
        CHECKS.update(dict.fromkeys(names, function))
        return function

    return register


def decisions(rng: np.random.Generator) -> tuple[Any, Any]:
    """Labels and predictions of 0 and 1, a column a case: scikit-learn takes them all in one call."""
    rates = rng.uniform(0.15, 0.85, (2, CASES))
    labels, predictions = (rng.random((2, ROWS, CASES)) < rates[:, None, :]).astype(int)
    return labels, predictions


def counted(labels: Any, predictions: Any) -> list[list[int]]:
    """Counts tp, fp, fn, tn of each case."""
    table = reference.multilabel_confusion_matrix(labels, predictions)
    return [[int(one[1, 1]), int(one[0, 1]), int(one[1, 0]), int(one[0, 0])] for one in table]


def kept(ours: Callable[[], Any], theirs: float) -> Pairs:
    """Yield the pair, or nothing where both say that the metric has no value."""
    if np.isnan(theirs):
        with pytest.raises(ExpressionError):
            ours()
    else:
        yield ours(), theirs


def scored(rng: np.random.Generator, size: int = CASES) -> Iterator[tuple[list[int], list[Fraction]]]:
    """Labels of both classes and probabilities in hundredths, with ties, never 0 or 1."""
    for _ in range(size):
        labels = [1, 0, *rng.integers(0, 2, ROWS - 2).tolist()]
        yield labels, [Fraction(int(score), 100) for score in rng.integers(1, 100, ROWS)]


def floats(values: Any) -> list[float]:
    return [float(value) for value in values]


@check("confusion")
def _confusion(rng: np.random.Generator) -> Pairs:
    labels, predictions = decisions(rng)
    for i, counts in enumerate(counted(labels, predictions)):
        yield from zip(
            metrics.confusion(labels[:, i].tolist(), predictions[:, i].tolist()), counts, strict=True
        )


@check("precision")
def _precision(rng: np.random.Generator) -> Pairs:
    labels, predictions = decisions(rng)
    theirs = reference.precision_score(labels, predictions, average=None, zero_division=np.nan)
    for (tp, fp, _, _), value in zip(counted(labels, predictions), theirs, strict=True):
        yield from kept(partial(metrics.precision, tp, fp), value)


@check("recall")
def _recall(rng: np.random.Generator) -> Pairs:
    labels, predictions = decisions(rng)
    theirs = reference.recall_score(labels, predictions, average=None, zero_division=np.nan)
    for (tp, _, fn, _), value in zip(counted(labels, predictions), theirs, strict=True):
        yield from kept(partial(metrics.recall, tp, fn), value)


@check("specificity")
def _specificity(rng: np.random.Generator) -> Pairs:
    labels, predictions = decisions(rng)
    # Recall of the other class.
    theirs = reference.recall_score(1 - labels, 1 - predictions, average=None, zero_division=np.nan)
    for (_, fp, _, tn), value in zip(counted(labels, predictions), theirs, strict=True):
        yield from kept(partial(metrics.specificity, tn, fp), value)


@check("f_score")
def _f_score(rng: np.random.Generator) -> Pairs:
    labels, predictions = decisions(rng)
    counts = counted(labels, predictions)
    for beta in (Fraction(1, 2), 1, 2):
        theirs = reference.fbeta_score(
            labels, predictions, beta=float(beta), average=None, zero_division=np.nan
        )
        for (tp, fp, fn, _), value in zip(counts, theirs, strict=True):
            yield from kept(partial(metrics.f_score, tp, fp, fn, beta), value)


@check("accuracy")
def _accuracy(rng: np.random.Generator) -> Pairs:
    labels, predictions = decisions(rng)
    for i, counts in enumerate(counted(labels, predictions)):
        yield metrics.accuracy(*counts), reference.accuracy_score(labels[:, i], predictions[:, i])


@check("mcc")
def _mcc(rng: np.random.Generator) -> Pairs:
    labels, predictions = decisions(rng)
    labels[:2] = [[1], [0]]  # with one class alone scikit-learn warns of a smaller matrix
    for i, counts in enumerate(counted(labels, predictions)):
        yield metrics.mcc(*counts), reference.matthews_corrcoef(labels[:, i], predictions[:, i])


@check("auc", "numeric_auc")
def _auc(rng: np.random.Generator) -> Pairs:
    cases = list(scored(rng))
    labels, scores = (np.array([floats(case[k]) for case in cases]).T for k in (0, 1))
    theirs = reference.roc_auc_score(labels, scores, average=None)
    for (marks, chances), value in zip(cases, theirs, strict=True):
        split = [[c for m, c in zip(marks, chances, strict=True) if m == side] for side in (1, 0)]
        yield metrics.auc(*split), value
        yield metrics.numeric_auc(*split), value


@check("average_precision")
def _average_precision(rng: np.random.Generator) -> Pairs:
    flags = (rng.random((ROWS, CASES)) < 0.4).astype(int)
    flags[0] |= flags.sum(axis=0) == 0
    falling = np.tile(np.linspace(1, 0, ROWS)[:, None], CASES)
    theirs = reference.average_precision_score(flags, falling, average=None)
    for i, value in enumerate(theirs):
        yield metrics.average_precision(flags[:, i].tolist()), value


@check("log_loss")
def _log_loss(rng: np.random.Generator) -> Pairs:
    for labels, chances in scored(rng):
        yield metrics.log_loss(labels, chances), reference.log_loss(labels, floats(chances))


@check("brier")
def _brier(rng: np.random.Generator) -> Pairs:
    for labels, chances in scored(rng):
        yield metrics.brier(labels, chances), reference.brier_score_loss(labels, floats(chances))


@check("mse", "rmse", "mae", "r2")
def _regression(rng: np.random.Generator) -> Pairs:
    values = rng.integers(-40, 41, (ROWS, CASES))
    predictions = values + rng.integers(-9, 10, (ROWS, CASES))
    pairs = (
        (metrics.mse, reference.mean_squared_error),
        (metrics.rmse, reference.root_mean_squared_error),
        (metrics.mae, reference.mean_absolute_error),
        (metrics.r2, reference.r2_score),
    )
    for ours, function in pairs:
        for i, value in enumerate(function(values, predictions, multioutput="raw_values")):
            yield ours(values[:, i].tolist(), predictions[:, i].tolist()), value


@check("dcg", "ndcg")
def _dcg(rng: np.random.Generator) -> Pairs:
    falling = [list(range(6, 0, -1))]
    for _ in range(CASES):
        gains = [1, *rng.integers(0, 5, 5).tolist()]
        rng.shuffle(gains)
        yield metrics.dcg(gains), reference.dcg_score([gains], falling)
        yield metrics.ndcg(gains), reference.ndcg_score([gains], falling)


@check("pinball")
def _pinball(rng: np.random.Generator) -> Pairs:
    for value, prediction, tenths in rng.integers(1, 10, (CASES, 3)).tolist():
        theirs = reference.mean_pinball_loss([value], [prediction], alpha=tenths / 10)
        yield learning.pinball(value, prediction, Fraction(tenths, 10)), theirs


@pytest.mark.parametrize("check_of", dict.fromkeys(CHECKS.values()), ids=lambda one: one.__name__)
def test_metrics_agree_with_scikit_learn(check_of: Check) -> None:
    with config_context(assume_finite=True, skip_parameter_validation=True):
        pairs = list(check_of(np.random.default_rng(1)))

    assert len(pairs) > 0.9 * CASES
    ours, theirs = (np.array([float(pair[k]) for pair in pairs]) for k in (0, 1))
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)


def test_no_metric_is_left_out() -> None:
    assert functions_of(metrics).keys() <= CHECKS.keys()


@pytest.mark.parametrize("ties", ["first", "min", "max", "dense"])
def test_ranks_agree_with_scipy(ties: str) -> None:
    rng = np.random.default_rng(7)
    method = "ordinal" if ties == "first" else ties

    for values in rng.integers(0, 6, (CASES, 7)).tolist():
        for descending in (True, False):
            assert ranking.ranks(values, ties, descending) == ranking.numeric_ranks(
                values, method, descending
            )
