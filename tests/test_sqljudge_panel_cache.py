"""Panels on disk: found again by any process, never trusted when damaged, and never too many."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from quizengine.sqljudge import keep_panels_in, panel_for_schema
from quizengine.sqljudge.panel_cache import PanelFolder, forget_panels, panel_made_from
from quizengine.sqljudge.scripts import panel_of
from tests.sql_examples import SHOP

QUERY = "SELECT name FROM buyers WHERE town = 'x'"
PANEL = panel_of(SHOP, ["CREATE TABLE t (a);"])


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """The folder of this process for the length of a test, with nothing in memory."""
    forget_panels()
    keep_panels_in(tmp_path / "panels")
    yield tmp_path / "panels"
    keep_panels_in(None)
    forget_panels()


def never() -> tuple[object, bool]:
    raise AssertionError("made again")


def files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.exists() else []


def test_a_panel_is_made_once_for_all_that_come_later(folder: Path) -> None:
    panel_made_from("question", lambda: (PANEL, True))
    forget_panels()

    assert panel_made_from("question", never) == PANEL  # type: ignore[arg-type]
    assert len(files(folder)) == 1


def test_another_question_has_another_panel(folder: Path) -> None:
    first = panel_for_schema(SHOP, (QUERY,), count=3)

    assert panel_for_schema(SHOP, (QUERY.replace("x", "y"),), count=3) != first
    assert len(files(folder)) == 2


def test_a_panel_from_disk_is_the_one_that_another_process_makes(folder: Path) -> None:
    ours = panel_for_schema(SHOP, (QUERY,), count=3)
    script = (
        "from tests.sql_examples import SHOP\nfrom quizengine.sqljudge import panel_for_schema\n"
        f"print(panel_for_schema(SHOP, ({QUERY!r},), count=3).digest)"
    )

    theirs = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    forget_panels()
    assert panel_for_schema(SHOP, (QUERY,), count=3).digest == ours.digest == theirs.stdout.strip()


@pytest.mark.parametrize("damage", ["", "cut", "changed", "other"])
def test_a_damaged_file_counts_as_none_and_is_made_good(folder: Path, damage: str) -> None:
    panel_made_from("question", lambda: (PANEL, True))
    (path,) = files(folder)
    whole = path.read_bytes()
    other = panel_of(SHOP, ["CREATE TABLE u (b);"])
    if damage == "other":
        panel_made_from("another", lambda: (other, True))
        next(file for file in files(folder) if file != path).replace(path)
    else:
        path.write_bytes({"": b"", "cut": whole[:-9], "changed": whole[:9] + b"\0" + whole[10:]}[damage])
    forget_panels()

    assert panel_made_from("question", lambda: (PANEL, True)) == PANEL
    assert path.read_bytes() == whole


def test_what_time_has_decided_is_not_kept_on_disk(folder: Path) -> None:
    assert panel_made_from("question", lambda: (PANEL, False)) == PANEL

    assert files(folder) == []


def test_a_folder_that_others_can_write_is_left_alone(folder: Path) -> None:
    panel_made_from("question", lambda: (PANEL, True))
    folder.chmod(0o777)

    assert PanelFolder(folder).find(files(folder)[0].stem) is None
    PanelFolder(folder).keep("0" * 64, PANEL)
    assert len(files(folder)) == 1


def test_a_folder_that_cannot_be_made_is_no_reason_to_stop(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    store = PanelFolder(tmp_path / "file" / "panels")

    store.keep("0" * 64, PANEL)

    assert store.find("0" * 64) is None


def test_the_folder_stays_within_its_size_and_keeps_what_was_used_last(tmp_path: Path) -> None:
    PanelFolder(tmp_path / "panels").keep("0" * 64, PANEL)
    size = files(tmp_path / "panels")[0].stat().st_size
    for number in range(1, 20):
        PanelFolder(tmp_path / "panels", max_bytes=10 * size).keep(f"{number:064}", PANEL)
        os.utime(tmp_path / "panels" / f"{number:064}.panel", (number, number))

    kept = [int(path.stem) for path in files(tmp_path / "panels")]

    assert sum(path.stat().st_size for path in files(tmp_path / "panels")) <= 10 * size
    assert {18, 19} <= set(kept)
    assert 1 not in kept


def test_threads_that_want_the_same_panel_make_it_once(folder: Path) -> None:
    made = []

    def make() -> tuple[object, bool]:
        made.append(1)
        return PANEL, True

    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: panel_made_from("question", make), range(40)))  # type: ignore[arg-type]

    assert found == [PANEL] * 40
    assert len(made) == 1


def test_processes_that_write_at_once_leave_whole_files_alone(tmp_path: Path) -> None:
    script = (
        "import sys\nfrom pathlib import Path\nfrom quizengine.sqljudge.panel_cache import PanelFolder\n"
        "from tests.test_sqljudge_panel_cache import PANEL\nstore = PanelFolder(Path(sys.argv[1]))\n"
        "for number in range(60):\n    store.keep(f'{number % 5:064}', PANEL)\n"
        "    assert store.find(f'{number % 5:064}') == PANEL\n"
    )
    both = [subprocess.Popen([sys.executable, "-c", script, str(tmp_path / "panels")]) for _ in range(2)]

    assert [process.wait(60) for process in both] == [0, 0]
    assert len(files(tmp_path / "panels")) == 5
