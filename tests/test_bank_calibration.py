"""Calibrated parameters of a bank: read with it, used by the scorer, kept with what was shown."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from quizengine.bank import Bank, load_bank
from quizengine.errors import BankError
from quizengine.resources import resource
from quizengine.services.scoring import bank_items, item_of_outline, make_pool
from quizengine.store import codec

NAME = "math.matrices.determinant-2x2"
HEAD = "item,model,n,a,se_a,b,se_b,c,d,sigma_f,date,data\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the bank with little in it."""
    source = resource("question_banks") / "backend_to_ml"
    copy = tmp_path / "bank"
    ignored = shutil.ignore_patterns("questions", "README.md")
    shutil.copytree(source, copy, ignore=ignored)
    shutil.copytree(source / "questions" / "math" / "matrices", copy / "questions" / "math" / "matrices")
    (copy / "calibration").mkdir()
    return copy


def loaded(folder: Path, *lines: str, cache: Path | None = None) -> Bank:
    (folder / "calibration" / "2026.csv").write_text(HEAD + "".join(f"{line}\n" for line in lines))
    return load_bank(folder, cache=cache)


def test_measured_parameters_win_over_the_author_s_guess(folder: Path) -> None:
    bank = loaded(folder, f"{NAME},2pl,800,1.5,.1,-1.25,0.0,.03,.97,,,")

    known = bank_items(bank)
    place = known.index[NAME]
    pool = known.pool
    assert (pool.a[place], pool.b[place], pool.c[place], pool.d[place]) == (1.5, -1.25, 0.03, 0.97)
    others = [i for i in range(len(pool)) if i != place]
    assert {round(float(pool.a[i]), 3) for i in others} == {1.002}


def test_what_is_not_well_known_is_trusted_less(folder: Path) -> None:
    bank = loaded(folder, f"{NAME},2pl,60,1.5,.3,-1.25,0.6,.03,.97,,,")

    known = bank_items(bank)

    assert known.pool.a[known.index[NAME]] < 1.4


def test_a_later_calibration_does_not_change_what_was_told(folder: Path) -> None:
    before = loaded(folder, f"{NAME},2pl,800,1.5,.1,-1.25,0.1,.03,.97,,,")
    content, _ = codec.variant_to_json(before[NAME].variant(seed=1))
    loaded(folder, f"{NAME},2pl,800,0.5,.1,2.0,0.1,.03,.97,,,")

    item = item_of_outline(codec.outline_from_json(content))

    assert make_pool(before.roadmap, [item]).b.tolist() == [-1.25]


def test_a_variant_of_an_older_release_is_scored_by_the_author_s_guess(folder: Path) -> None:
    bank = loaded(folder)
    content, _ = codec.variant_to_json(bank[NAME].variant(seed=1))
    del content["measured"]

    item = item_of_outline(codec.outline_from_json(content))

    assert item.measured is None


def test_a_kept_bank_is_measured_anew(folder: Path, tmp_path: Path) -> None:
    loaded(folder, cache=tmp_path / "cache")

    bank = loaded(folder, f"{NAME},2pl,800,1.5,.1,-1.25,0.1,.03,.97,,,", cache=tmp_path / "cache")
    measured = bank[NAME].question.measured

    assert measured
    assert measured.b == -1.25


def test_the_bank_s_digest_hangs_on_its_calibration(folder: Path) -> None:
    one = loaded(folder, f"{NAME},2pl,800,1.5,.1,-1.25,0.1,.03,.97,,,")
    other = loaded(folder, f"{NAME},2pl,800,1.5,.1,-1.20,0.1,.03,.97,,,")

    assert one.digest != other.digest


def test_faults_of_a_calibration_are_told_with_their_lines(folder: Path) -> None:
    with pytest.raises(BankError) as told:
        loaded(folder, f"{NAME},2pl,800,-1,.1,0,.1,0,1,,,", "x,2pl,800,1,.1,zero,.1,0,1,,,")

    assert "2026.csv:2: calibration: a = -1 is outside [0.01, 10]" in str(told.value)
    assert "2026.csv:3: calibration: b = 'zero' is not a number" in str(told.value)
