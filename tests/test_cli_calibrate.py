"""``quizengine calibrate``: files of answers, what is wrong with them, and what comes out."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from quizengine.cli import main
from quizengine.cli.cluster import ClusterMap
from quizengine.errors import MissingExtraError, TableError
from quizengine.psychometrics import Curves, s_x2, success_chance
from quizengine.psychometrics.calibration.files import read_items
from quizengine.services import tables
from quizengine.services.calibration import read_responses, reading
from quizengine.services.calibration.calibrating import encode

ITEMS = 12
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write a file of answers in a folder of its own, which is where commands run."""
    monkeypatch.chdir(tmp_path)

    def written(text: str, name: str = "answers.csv") -> Path:
        path = tmp_path / name
        path.write_text(text, "utf-8")
        return path

    return written


def answers(persons: int = 600, *, seed: int = 1, shift: float = 0.0, first: float = 0.0) -> str:
    """Return a file of simulated people who were each given nine of twelve items; item 0 is turned round."""
    rng = np.random.default_rng(seed)
    theta = rng.normal(shift, 1, persons)
    b = np.linspace(-1.5, 1.5, ITEMS)
    b[1] += first
    lines = ["person,item,score"]
    for person in range(persons):
        for item in sorted(rng.choice(ITEMS, 9, replace=False)):
            slope = -1.0 if item == 0 else 1.3
            right = rng.random() < success_chance(theta[person], slope, b[item])
            lines.append(f"p{person},q.{item:02d},{int(right)}")
    return "\n".join(lines) + "\n"


def calibrate(*words: str) -> Result:
    return CliRunner().invoke(main, ["calibrate", *words])


class TestWhatIsWrong:
    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("", "answers.csv is empty; its first line must name the columns person, item, score"),
            ("person,item,score\n", "answers.csv holds no answer"),
            ("who,item,score\np,q,1\n", "answers.csv has no column person; it has who, item, score."),
            ("person,item,scores\np,q,1\n", "Did you mean 'scores'?"),
            ("person,item,score\np,q,1\np,r,2\n", "answers.csv:3: score '2' is not a number from 0 to 1"),
            ("person,item,score\np,q,1\np,r,yes\n", "answers.csv:3: score 'yes' is not a number"),
            ("person,item,score\np,q,\n", "answers.csv holds no answer"),
            ("person,item,score\np,q,nan\n", "answers.csv:2: score 'nan' is not a number from 0 to 1"),
            (
                "person,item,score\np,q,1\n\nz,q,1\np,q,0\n",
                "answers.csv:5: this person has answered q in line 2 too",
            ),
            (
                "person,item,score\np,q,1\np,q,0\n",
                "answers.csv:3: this person has answered q in line 2 too: keep one of them",
            ),
            ("person,item,score\np,q,1,2\n", "answers.csv:2: the line has 4 cells; the first line names 3"),
            ("person,item,score\np,,1\n", "answers.csv:2: the item is not named"),
            ("person,item,score\n,q,1\n", "answers.csv:2: the person is not named"),
            ("person,item,score\np,q,1\np,r,0\n", "there is 1 person; at least 2 are needed"),
        ],
    )
    def test_a_fault_is_told_with_its_line(self, write: Write, text: str, words: str) -> None:
        write(text)

        told = calibrate("answers.csv")

        assert told.exit_code == 1
        assert words in told.output
        assert "Traceback" not in told.output

    def test_bytes_that_are_not_utf8_are_told_with_their_line(self, write: Write) -> None:
        write("").write_bytes(b"person,item,score\np,q,1\nJos\xe9,q,1\n")

        told = calibrate("answers.csv")

        assert told.exit_code == 1
        assert "answers.csv:3: not UTF-8" in told.output

    def test_ten_faults_are_told_and_the_rest_counted(self, write: Write) -> None:
        write("person,item,score\n" + "".join(f"p{i},q,7\n" for i in range(30)))

        told = calibrate("answers.csv")

        assert told.output.count("is not a number from 0 to 1") == 10
        assert "and 20 more lines at fault" in told.output

    def test_items_that_all_got_right_are_named(self, write: Write) -> None:
        write("person,item,score\n" + "".join(f"p{i},easy,1\np{i},hard,0\n" for i in range(40)))

        told = calibrate("answers.csv")

        assert told.exit_code == 1
        assert "no item can be estimated" in told.output
        assert "easy: all 40 answers are right" in told.output
        assert "hard: all 40 answers are wrong" in told.output

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            ((), "Give a file of answers, or --db."),
            (("answers.csv", "--db"), "Give a file of answers, or --db."),
            (("answers.csv", "--scheduler", "tcp://x:1", "--workers", "2"), "leave --workers out"),
        ],
    )
    def test_wrong_usage_is_exit_code_2(self, write: Write, words: tuple[str, ...], said: str) -> None:
        write(answers(20))

        told = calibrate(*words)

        assert told.exit_code == 2
        assert said in told.output

    def test_a_missing_file_is_one_line(self, write: Write) -> None:
        told = calibrate("nowhere.csv")

        assert (told.exit_code, told.output) == (1, "Error: There is no file nowhere.csv.\n")

    def test_parquet_without_its_extra_says_which(
        self, write: Write, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
        (tmp_path / "answers.parquet").write_bytes(b"PAR1")

        with pytest.raises(MissingExtraError, match=r"quizengine\[parquet\]"):
            read_responses(tmp_path / "answers.parquet", tmp_path)

    def test_no_convergence_writes_all_and_is_exit_code_1(self, write: Write, tmp_path: Path) -> None:
        write(answers(200))

        told = calibrate("answers.csv", "--max-steps", "1")

        assert told.exit_code == 1
        assert "no convergence in 1 EM steps" in told.output
        assert "did not converge" in (tmp_path / "calibration" / "report.html").read_text("utf-8")

    def test_anchors_of_other_items_are_refused(self, write: Write) -> None:
        write(answers(100))
        write("item,a,b\nelsewhere,1,0\n", "anchors.csv")

        told = calibrate("answers.csv", "--anchors", "anchors.csv")

        assert told.exit_code == 1
        assert "None of the 1 anchors is an item of answers.csv" in told.output


class TestWhatComesOut:
    @pytest.fixture
    def outcome(self, write: Write) -> dict[str, Any]:
        write(answers())
        told: dict[str, Any] = json.loads(calibrate("answers.csv", "--json").stdout)
        return told

    def test_the_file_of_items_can_be_read_back(self, outcome: dict[str, Any], tmp_path: Path) -> None:
        found = read_items(tmp_path / "calibration" / "items.csv")

        by_name = {item["item"]: item for item in outcome["items"]}
        assert len(found) == ITEMS - 1  # all but the one that is turned round
        for name, item in found.items():
            assert item.b == pytest.approx(by_name[name]["b"], rel=1e-5)
            assert item.se_b > 0

    def test_an_item_that_is_turned_round_is_to_be_retired(self, outcome: dict[str, Any]) -> None:
        verdicts = {item["item"]: item["verdict"] for item in outcome["items"]}

        assert verdicts.pop("q.00") == "retire"
        assert "retire" not in verdicts.values()

    def test_the_report_needs_no_other_file(self, outcome: dict[str, Any], tmp_path: Path) -> None:
        page = (tmp_path / "calibration" / "report.html").read_text("utf-8")

        assert not re.findall(r'(?:src|href)="(?!#)[^"]', page)
        assert "url(http" not in page
        assert page.count("<svg") == 2 + ITEMS
        for words in (
            "What to do",
            "is the key right?",
            "People and items on one scale",
            "All items",
            "q.00",
        ):
            assert words in page

    def test_the_pictures_take_the_colours_of_the_page(self, outcome: dict[str, Any], tmp_path: Path) -> None:
        page = (tmp_path / "calibration" / "report.html").read_text("utf-8")

        drawn = "".join(re.findall(r"<svg.*?</svg>", page, re.DOTALL))
        assert "var(--accent)" in drawn
        # What has another colour would be lost on one of the two backgrounds.
        assert not re.findall(r"(?:fill|stroke)(?:: |=\")#(?!0)[0-9a-f]{6}", drawn)

    def test_names_are_text_and_not_markup(self, write: Write, tmp_path: Path) -> None:
        write(answers(300).replace("q.01", "<script>alert(1)</script>"))

        calibrate("answers.csv")

        assert "<script>" not in (tmp_path / "calibration" / "report.html").read_text("utf-8")

    def test_an_anchor_that_has_become_easier_is_released_and_told(self, write: Write) -> None:
        write(answers(3000))
        assert calibrate("answers.csv", "--out", "autumn").exit_code == 0
        write(answers(3000, seed=2, shift=0.5, first=-1.0))

        told = json.loads(
            calibrate("answers.csv", "--anchors", "autumn/items.csv", "--json", "--out", "spring").stdout
        )

        (moved,) = (item for item in told["items"] if item["item"] == "q.01")
        assert told["released"] == ["q.01"]
        assert moved["drift"]["change"] == pytest.approx(-1.0, abs=0.3)
        assert any("easier" in reason for reason in moved["reasons"])
        assert told["mean"] == pytest.approx(0.5, abs=0.1)

    def test_an_earlier_calibration_gives_the_scale_and_tells_drift(self, write: Write) -> None:
        write(answers(3000))
        calibrate("answers.csv", "--out", "autumn")
        write(answers(3000, seed=3, shift=1.0))

        told = json.loads(calibrate("answers.csv", "--previous", "autumn/items.csv", "--json").stdout)

        assert told["mean"] == pytest.approx(1.0, abs=0.15)
        assert not [item["item"] for item in told["items"] if item["drift"] and item["drift"]["p"] < 0.01]

    def test_variants_and_features_are_told(self, write: Write) -> None:
        lines = answers(2000).splitlines()
        family = [f"{line},f{int(line.split('.')[1][:2]) % 3}" for line in lines[1:]]
        write("\n".join([lines[0] + ",family", *family]))
        write("item,place,kind\n" + "".join(f"q.{i:02d},{i},{'ab'[i % 2]}\n" for i in range(12)), "f.csv")

        told = json.loads(calibrate("answers.csv", "--features", "f.csv", "--json").stdout)

        assert any("two questions" in reason for item in told["items"] for reason in item["reasons"])
        assert "What makes items hard" in Path("calibration/report.html").read_text("utf-8")


class TestChecksByPerson:
    def whole(self, persons: int = 800) -> tuple[str, str]:
        """Return answers of everybody to everything, and two groups; item 3 is harder for the second."""
        rng, b = np.random.default_rng(6), np.linspace(-1.5, 1.5, ITEMS)
        far = np.arange(persons) % 2 == 1
        theta = rng.normal(size=persons) - 0.5 * far
        harder = 1.5 * np.outer(far, np.arange(ITEMS) == 3)
        right = rng.random((persons, ITEMS)) < success_chance(theta[:, None], 1.2, b + harder)
        # Item 8 asks for something else from the middle up: its curve falls again.
        right[:, 8] = rng.random(persons) < success_chance(-abs(theta), 2.0, -0.7)
        lines = [f"p{i},q.{j:02d},{int(right[i, j])}" for i in range(persons) for j in range(ITEMS)]
        groups = [f"p{i},{'south' if far[i] else 'north'}" for i in range(persons)]
        return "\n".join(["person,item,score", *lines]), "\n".join(["person,group", *groups])

    def test_a_whole_form_is_tested_by_sum_scores_and_groups_are_compared(
        self, write: Write, tmp_path: Path
    ) -> None:
        answered, groups = self.whole()
        write(answered)
        write(groups, "groups.csv")

        told = json.loads(calibrate("answers.csv", "--groups", "groups.csv", "--json").stdout)

        items = {item["item"]: item for item in told["items"]}
        worst = min(items.values(), key=lambda item: (item["sum_scores"] or {"p": 1})["p"])
        assert worst["item"] == "q.08"
        assert any("harder for south than for equally able" in r for r in items["q.03"]["reasons"])
        flagged = [name for name, item in items.items() if any(one["flagged"] for one in item["differences"])]
        assert "q.03" in flagged
        assert len(flagged) <= 3
        page = (tmp_path / "calibration" / "report.html").read_text("utf-8")
        assert "S-X²" in page
        assert "DIF delta" in page

    def test_s_x2_is_that_of_the_function_on_the_parameters_found(self, write: Write) -> None:
        answered, _ = self.whole(400)
        write(answered)
        told = json.loads(calibrate("answers.csv", "--model", "rasch", "--json").stdout)

        scores = np.array([float(line[-1]) for line in answered.splitlines()[1:]]).reshape(-1, ITEMS)
        b = np.array([item["b"] for item in told["items"]])
        expected = s_x2(scores, Curves.of(told["sd"], b / told["sd"]), estimated=1)
        found = [item["sum_scores"]["statistic"] for item in told["items"]]
        assert found == pytest.approx(expected.statistic, rel=1e-6)

    def test_gaps_leave_s_x2_out_and_say_nothing_wrong(self, write: Write, tmp_path: Path) -> None:
        write(answers(200))

        told = json.loads(calibrate("answers.csv", "--json").stdout)

        assert {item["sum_scores"] for item in told["items"]} == {None}
        assert "S-X²" not in (tmp_path / "calibration" / "report.html").read_text("utf-8")

    def test_groups_of_the_database_are_wrong_usage(self, write: Write) -> None:
        write("person,group\np,a\n", "groups.csv")

        told = calibrate("--db", "--groups", "groups.csv")

        assert told.exit_code == 2
        assert "names nobody's group" in told.output


class TestHowFilesAreRead:
    def test_any_order_of_columns_and_lines_and_any_delimiter_gives_the_same(
        self, write: Write, tmp_path: Path
    ) -> None:
        rows = list(csv.reader(answers(200).splitlines()))[1:]
        mixed = [rows[i] for i in np.random.default_rng(1).permutation(len(rows))]
        plain = write("person,item,score\n" + "".join(",".join(row) + "\n" for row in rows))
        other = write(
            "\ufeffScore;Item;Comment;Person\r\n" + "".join(f"{s};{i};x;{p}\r\n" for p, i, s in mixed),
            "other.csv",
        )

        one, two = read_responses(plain, tmp_path), read_responses(other, tmp_path)

        assert one.responses.persons == two.responses.persons == 200
        counts = [
            dict(zip(found.items, found.responses.answers.tolist(), strict=True)) for found in (one, two)
        ]
        assert counts[0] == counts[1]

    def test_a_line_without_a_score_is_an_item_that_was_not_given(self, write: Write, tmp_path: Path) -> None:
        lines = answers(300).splitlines()
        full = read_responses(write("\n".join(lines[:-40])), tmp_path)
        blank = [line.rsplit(",", 1)[0] + "," for line in lines[-40:]]
        gaps = read_responses(write("\n".join([*lines[:-40], *blank])), tmp_path)

        assert (gaps.blank, full.blank) == (40, 0)
        assert gaps.responses.answers.sum() == full.responses.answers.sum()
        assert "40 lines have no score and count as not given" in calibrate("answers.csv").output

    def test_a_cell_of_two_lines_does_not_put_the_numbers_of_lines_out(self, write: Write) -> None:
        write('person,item,note,score\np,q,"one\ntwo",1\nz,q,,7\n')

        assert "answers.csv:4: score '7'" in calibrate("answers.csv").output

    def test_parquet_is_read_as_text_is(self, write: Write, tmp_path: Path) -> None:
        missing = "pyarrow is missing: pip install 'quizengine[parquet]'"
        pyarrow = pytest.importorskip("pyarrow", reason=missing)
        parquet = pytest.importorskip("pyarrow.parquet")
        text = write(answers(100))
        person, item, score = zip(*list(csv.reader(text.read_text("utf-8").splitlines()))[1:], strict=True)
        columns = {"item": item, "score": [float(one) for one in score], "person": person}
        parquet.write_table(pyarrow.table(columns), tmp_path / "answers.parquet")

        one, two = read_responses(text, tmp_path), read_responses(tmp_path / "answers.parquet", tmp_path)

        assert one.items == two.items
        np.testing.assert_array_equal(one.responses.total, two.responses.total)

    def test_what_is_not_parquet_is_refused(self, write: Write, tmp_path: Path) -> None:
        pytest.importorskip("pyarrow", reason="pyarrow is missing: pip install 'quizengine[parquet]'")

        write("person,item,score\np,q,1\n", "answers.parquet")

        with pytest.raises(TableError, match="not Parquet"):
            read_responses(tmp_path / "answers.parquet", tmp_path)

    def test_a_file_in_parts_gives_the_same_as_one_in_memory(
        self, write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = write(answers(500))
        whole = read_responses(path, tmp_path)
        monkeypatch.setattr(reading, "BUCKET_ANSWERS", 1500)
        monkeypatch.setattr(tables, "ROWS", 700)

        parts = read_responses(path, tmp_path)

        assert len(parts.responses.shards) > 2
        assert parts.responses.persons == whole.responses.persons
        np.testing.assert_array_equal(parts.responses.total, whole.responses.total)

    def test_two_processes_give_the_bytes_of_one(
        self, write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(reading, "BUCKET_ANSWERS", 1500)
        write(answers(300))

        assert calibrate("answers.csv", "--out", "one").exit_code == 0
        assert calibrate("answers.csv", "--out", "two", "--workers", "2").exit_code == 0

        assert Path("one/items.csv").read_bytes() == Path("two/items.csv").read_bytes()

    def test_words_become_a_yes_or_no_each(self) -> None:
        names, matrix = encode([{"kind": "a", "n": "1"}, {"kind": "b", "n": "2"}, {"kind": "a", "n": "3"}])

        assert names == ("kind = b", "n")
        np.testing.assert_array_equal(matrix, [[0, 1], [1, 2], [0, 3]])


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """The address of a scheduler with two workers, each a process."""
    distributed = pytest.importorskip(
        "distributed", reason="Dask is missing: pip install 'quizengine[cluster]'"
    )
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0", processes=True
    ) as local:
        yield local.scheduler_address


@pytest.mark.slow
class TestOnACluster:
    def test_a_cluster_of_two_workers_finds_the_same_parameters(
        self, cluster: str, write: Write, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(reading, "BUCKET_ANSWERS", 1500)
        write(answers())

        alone = calibrate("answers.csv", "--out", "alone")
        shared = calibrate("answers.csv", "--out", "shared", "--scheduler", cluster)

        assert (alone.exit_code, shared.exit_code) == (0, 0), shared.output
        one, two = read_items("alone/items.csv"), read_items("shared/items.csv")
        assert one.keys() == two.keys()
        for name, item in one.items():
            other = two[name]
            np.testing.assert_allclose([other.a, other.b, other.se_a], [item.a, item.b, item.se_a], atol=1e-6)

    def test_a_worker_that_is_lost_costs_time_and_nothing_else(self, cluster: str, tmp_path: Path) -> None:
        distributed = pytest.importorskip("distributed")

        with distributed.Client(cluster, set_as_default=False) as client:
            run = ClusterMap(client)
            shards = [np.arange(3.0), np.arange(4.0), np.arange(5.0)]
            first = run(np.sum, shards)
            client.restart_workers(list(client.scheduler_info()["workers"])[:1])
            again = run(np.sum, shards)

        assert first == again == [3.0, 6.0, 10.0]

    @pytest.mark.usefixtures("cluster")
    def test_nobody_at_the_address_is_one_line(self, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("quizengine.cli.cluster.SECONDS", 1)
        write(answers(50))

        told = calibrate("answers.csv", "--scheduler", "tcp://127.0.0.1:9")

        assert told.exit_code == 1
        assert "No Dask scheduler answers at tcp://127.0.0.1:9" in told.output


def test_a_cluster_without_its_extra_says_which(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    write(answers(50))

    told = calibrate("answers.csv", "--scheduler", "tcp://127.0.0.1:9")

    assert told.exit_code == 1
    assert "pip install 'quizengine[cluster]'" in told.output
