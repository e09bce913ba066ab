"""A bank from its cache is the bank from its files; what is not ours, or damaged, is made anew."""

from __future__ import annotations

import json
import pickle
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from quizengine.bank import Bank, BankQuestion, cache, load_bank
from quizengine.bank.cache import question_from_json, question_to_json
from quizengine.errors import BankError, UnknownNameError
from quizengine.generation import registry
from quizengine.model.question import Question
from quizengine.sqljudge import Dataset
from tests.factories import shipped_bank

BANKS = Path(__file__).parent / "banks"
TRACE = "math.matrices.trace"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A small bank of one's own."""
    return shutil.copytree(BANKS / "good", tmp_path / "bank")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where its cache is kept."""
    return tmp_path / "cache"


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of the question files that are read and not found in the cache."""
    from quizengine.bank.question_file import QuestionFile  # noqa: PLC0415

    found: list[str] = []
    whole = QuestionFile.read

    def counted(self: QuestionFile) -> Question | None:
        found.append(self.id)
        return whole(self)

    monkeypatch.setattr(QuestionFile, "read", counted)
    return found


def kept_file(folder: Path) -> Path:
    """The one file of a cache."""
    (path,) = folder.iterdir()
    return path


def trace_file(root: Path) -> Path:
    """The file of the question about the trace."""
    return root / "questions" / "math" / "matrices" / "trace.toml"


def datasets_of(bank: Bank) -> Mapping[str, Dataset]:
    """The datasets that the questions of a bank name."""
    parts = (part for entry in bank.questions.values() for part in entry.question.parts)
    named = (part.options.get("dataset") for part in parts)
    return {dataset.name: dataset for dataset in named if isinstance(dataset, Dataset)}


def test_every_question_of_the_shipped_bank_is_the_same_from_json() -> None:
    bank = shipped_bank()
    datasets = datasets_of(bank)

    for entry in bank.questions.values():
        written = json.dumps(question_to_json(entry.question))
        assert question_from_json(json.loads(written), datasets) == entry.question


def test_a_second_load_reads_no_file_anew_and_gives_the_same_bank(
    root: Path, folder: Path, read: list[str]
) -> None:
    first = load_bank(root, cache=folder)
    read.clear()

    second = load_bank(root, cache=folder)

    assert read == []
    assert second == first
    assert second[TRACE].variant(5) == load_bank(root)[TRACE].variant(5)


def test_without_a_cache_nothing_is_written(root: Path) -> None:
    before = sorted(root.parent.rglob("*"))

    load_bank(root)

    assert sorted(root.parent.rglob("*")) == before


def test_a_file_that_changed_is_read_alone(root: Path, folder: Path, read: list[str]) -> None:
    load_bank(root, cache=folder)
    text = trace_file(root).read_text("utf-8")
    trace_file(root).write_text(text.replace("\nseconds    = ", "\nseconds    = 1"), "utf-8")
    read.clear()

    bank = load_bank(root, cache=folder)

    assert read == [TRACE]
    assert bank[TRACE].question == load_bank(root)[TRACE].question


def test_a_fault_is_told_at_every_load(root: Path, folder: Path) -> None:
    load_bank(root, cache=folder)
    trace_file(root).write_text(trace_file(root).read_text("utf-8").replace("seconds", "second"), "utf-8")

    for _ in range(2):
        with pytest.raises(BankError, match="There is no key named 'second'"):
            load_bank(root, cache=folder)


def test_a_skill_that_is_gone_is_missed_by_files_that_did_not_change(root: Path, folder: Path) -> None:
    load_bank(root, cache=folder)
    roadmap = root / "roadmap.toml"
    roadmap.write_text(roadmap.read_text("utf-8").replace("math.matrices", "math.grids"), "utf-8")

    with pytest.raises(BankError, match=r"there is no skill named 'math\.matrices'"):
        load_bank(root, cache=folder)


def test_another_engine_reads_all_files_anew(
    root: Path, folder: Path, read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    load_bank(root, cache=folder)
    monkeypatch.setattr(cache, "engine", lambda: "another")
    read.clear()

    load_bank(root, cache=folder)

    assert len(read) == 2


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[:-9],
        lambda content: "\x00",
        lambda content: "[]",
        lambda content: content.replace('"questions": {', '"questions": [], "other": {'),
        lambda content: content.replace('"prompt"', '"promt"'),
        lambda content: content.replace('"kind": "int", ', ""),
        lambda content: content.replace('"parts": [', '"parts": [7, '),
    ],
)
def test_a_damaged_cache_is_made_anew(root: Path, folder: Path, damage: Callable[[str], str]) -> None:
    whole = load_bank(root, cache=folder)
    content = kept_file(folder).read_text("utf-8")
    kept_file(folder).write_text(damage(content), "utf-8")
    assert kept_file(folder).read_text("utf-8") != content

    assert load_bank(root, cache=folder) == whole
    assert json.loads(kept_file(folder).read_text("utf-8")) == json.loads(content)


def test_a_folder_that_others_can_write_is_neither_read_nor_written(
    root: Path, folder: Path, read: list[str]
) -> None:
    load_bank(root, cache=folder)
    kept_file(folder).write_text(kept_file(folder).read_text("utf-8").replace("Compute", "Guess"), "utf-8")
    changed = kept_file(folder).read_text("utf-8")
    folder.chmod(0o777)
    read.clear()

    bank = load_bank(root, cache=folder)

    assert len(read) == 2
    assert "Guess" not in bank[TRACE].question.prompt
    assert kept_file(folder).read_text("utf-8") == changed


def test_a_cache_is_for_its_user_alone(root: Path, folder: Path) -> None:
    load_bank(root, cache=folder)

    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_folder_that_cannot_be_made_is_done_without(root: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    assert len(load_bank(root, cache=tmp_path / "file" / "cache")) == 2


def test_a_generator_of_somebody_else_is_looked_for_at_every_load(
    root: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def theirs(rng: Any) -> dict[str, int]:
        return {"e": int(rng.integers(9))}

    monkeypatch.setitem(registry._generators, "theirs", theirs)
    text = trace_file(root).read_text("utf-8")
    trace_file(root).write_text(text.replace("\n[params]", '\ngenerator = "theirs"\n\n[params]'), "utf-8")
    load_bank(root, cache=folder)
    monkeypatch.delitem(registry._generators, "theirs")

    with pytest.raises(BankError, match="There is no generator named 'theirs'"):
        load_bank(root, cache=folder)


def test_one_question_is_loaded_whatever_the_others_are() -> None:
    bank = load_bank(BANKS / "unproven", only=["math.matrices.float-noise"])

    assert list(bank) == ["math.matrices.float-noise"]
    with pytest.raises(BankError) as caught:
        load_bank(BANKS / "broken", only=["math.matrices.empty-domain"])
    assert [fault.path.stem for fault in caught.value.faults] == ["empty-domain"]


def test_the_beginning_of_an_id_loads_all_that_have_it(root: Path) -> None:
    assert len(load_bank(root, only=["math.mat"])) == 2
    with pytest.raises(UnknownNameError, match=r"Did you mean 'math\.matrices\.trace'"):
        load_bank(root, only=["math.mat", "math.matrices.trase"])


def test_some_questions_alone_leave_the_cache_as_it_is(root: Path, folder: Path) -> None:
    load_bank(root, cache=folder)
    before = kept_file(folder).read_bytes()

    load_bank(root, only=[TRACE], cache=folder)

    assert kept_file(folder).read_bytes() == before


def test_a_question_goes_to_another_process_without_its_program(root: Path) -> None:
    entry = load_bank(root)[TRACE]
    variant = entry.variant(3)

    gone: BankQuestion = pickle.loads(pickle.dumps(entry))

    assert "program" not in vars(gone)
    assert gone.variant(3) == variant
    assert replace(gone) == entry
