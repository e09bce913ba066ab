"""``quizengine fairness``: what it says of groups in text, JSON and a page, and of files that are wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from quizengine.cli import main

N, J, MOVED = 300, 10, 4
NAMES = [f"sql.joins.q{number}" for number in range(J)]


def table(path: Path, head: str, rows: Sequence[tuple[object, ...]], *, separator: str = ",") -> Path:
    lines = [head, *(separator.join(str(cell) for cell in row) for row in rows)]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two groups of 300 and one of 5; item 4 is harder for the second, which is less able too."""
    place, rng = tmp_path_factory.mktemp("fairness"), np.random.default_rng(3)
    group = ["north"] * N + ["south"] * N + ["east"] * 5
    far = np.array([name == "south" for name in group])
    b = np.linspace(-1, 1, J)
    theta = rng.normal(size=len(group)) - 0.5 * far
    harder = 1.4 * np.outer(far, np.arange(J) == MOVED)
    right = rng.random((len(group), J)) < 1 / (1 + np.exp(-(theta[:, None] - b - harder)))
    people = [f"p{number}" for number in range(len(group))]
    answers = [
        (person, item, int(right[i, j]), 30)
        for i, person in enumerate(people)
        for j, item in enumerate(NAMES)
    ]
    table(place / "answers.csv", "person,item,score,seconds", answers)
    rows = [
        (person, name, int(theta[i] > 0.2))
        for i, (person, name) in enumerate(zip(people, group, strict=True))
    ]
    table(place / "groups.csv", "person,group,selected", rows)
    items = [
        (item, "2pl", 1.0, round(float(difficulty), 3), 0.05)
        for item, difficulty in zip(NAMES, b, strict=True)
    ]
    table(place / "items.csv", "item,model,a,b,se_b", items)
    return place


def ran(folder: Path, *words: str) -> Result:
    """Run the command on the files of the folder."""
    place = [str(folder / word) if word.endswith((".csv", ".html")) else word for word in words]
    return CliRunner().invoke(main, ["fairness", *place])


def as_json(folder: Path, *words: str) -> dict[str, Any]:
    told = ran(folder, *words, "--json")
    assert told.exit_code == 0, told.output
    found: dict[str, Any] = json.loads(told.stdout)
    return found


@pytest.mark.parametrize("items", [[], ["--items", "items.csv"]], ids=["sum score", "curves"])
def test_the_item_that_differs_is_named_and_no_other(folder: Path, items: list[str]) -> None:
    found = as_json(folder, "answers.csv", "--groups", "groups.csv", *items)

    flagged = [row for row in found["dif"] if row["verdict"] == "flagged"]
    assert [(row["item"], row["group"]) for row in flagged] == [(NAMES[MOVED], "south")]
    assert flagged[0]["mantel_haenszel"]["delta"] < -1.5
    assert flagged[0]["mantel_haenszel"]["ets_class"] == "C"
    assert not flagged[0]["anchor"]
    assert found["reference"] == "north"


def test_a_small_group_is_counted_and_nothing_is_said_of_it(folder: Path) -> None:
    found = as_json(folder, "answers.csv", "--groups", "groups.csv")
    text = ran(folder, "answers.csv", "--groups", "groups.csv").stdout

    small = [row for row in found["dif"] if row["group"] == "east"]
    assert {row["verdict"] for row in small} == {"too few to say"}
    assert {row["mantel_haenszel"] for row in small} == {None}
    assert f"{J} have too few people to say" in text


def test_abilities_fit_and_drift_come_with_the_items_parameters(folder: Path) -> None:
    plain = as_json(folder, "answers.csv", "--groups", "groups.csv")
    found = as_json(folder, "answers.csv", "--groups", "groups.csv", "--items", "items.csv")

    ability = {line["name"]: line["mean"] for line in found["groups"]}
    assert ability["north"] - ability["south"] == pytest.approx(0.5, abs=0.25)
    moved = found["items"][MOVED]
    assert moved["drift"]["shift"] > 0.4
    assert moved["drift"]["p_adjusted"] < 0.001
    assert moved["curve_test"]["name"] == "S-X2"
    assert moved["curve_test"]["df"] >= 5
    assert moved["curve_test"]["p"] < 0.001
    assert plain["items"][0]["fit"] is None
    assert any("give --items" in note for note in plain["notes"])


def test_an_item_that_leaks_on_the_way_is_watched_and_told(folder: Path, tmp_path: Path) -> None:
    rng, people = np.random.default_rng(8), 600
    b = np.linspace(-1, 1, J)
    easier = 1.5 * np.outer(np.arange(people) >= 300, np.arange(J) == 6)
    right = rng.random((people, J)) < 1 / (1 + np.exp(-(rng.normal(size=(people, 1)) - b + easier)))
    rows = [(f"p{i}", item, int(right[i, j])) for i in range(people) for j, item in enumerate(NAMES)]
    table(tmp_path / "answers.csv", "person,item,score", rows)
    words = (str(tmp_path / "answers.csv"), "--groups", "groups.csv", "--items", "items.csv")

    found, text = as_json(folder, *words, "--no-person-fit"), ran(folder, *words).stdout

    alarms = {line["item"]: line["alarm_after"] for line in found["items"] if line["alarm_after"]}
    assert 300 < alarms.pop(NAMES[6]) <= 500
    # Of ten items one that is 1.5 logits easier makes people look abler, and some of the others harder.
    assert len(alarms) <= 4
    assert f"{NAMES[6]}: easier after" in text
    assert found["people"] is None


def test_people_whose_answers_go_with_no_ability_are_listed_and_nobody_is_accused(
    folder: Path, tmp_path: Path
) -> None:
    lines = (folder / "answers.csv").read_text("utf-8").splitlines()
    upside = [f"odd,{item},{int(j >= 5)},30" for j, item in enumerate(NAMES)]
    (tmp_path / "answers.csv").write_text("\n".join([*lines, *upside, "new,sql.joins.q1,1,30"]), "utf-8")
    steep = (folder / "items.csv").read_text("utf-8").replace(",1.0,", ",2.5,")
    (tmp_path / "items.csv").write_text(steep, "utf-8")
    words = (str(tmp_path / "answers.csv"), "--groups", "groups.csv", "--items", str(tmp_path / "items.csv"))

    found, told = as_json(folder, *words)["people"], ran(folder, *words, "--html", "people.html").stdout

    assert found["odd"][0]["person"] == "odd"
    assert found["too_few_answers"] == 1
    assert found["judged"] == 2 * N + 5 + 1
    assert found == as_json(folder, *words, "--workers", "2")["people"]
    assert "never a rejection" in told
    assert "never a rejection" in (folder / "people.html").read_text("utf-8")


def test_every_pair_of_groups_is_compared_in_selection(folder: Path) -> None:
    found = as_json(folder, "answers.csv", "--groups", "groups.csv")["impact"]
    text = ran(folder, "answers.csv", "--groups", "groups.csv").stdout

    pairs = {(line["group"]["name"], line["reference"]["name"]): line for line in found}
    assert len(pairs) == 3
    assert pairs["south", "north"]["conclusion"] == "difference found"
    assert pairs["south", "north"]["ratio"] < 0.8
    assert {line["conclusion"] for pair, line in pairs.items() if "east" in pair} == {"too few to say"}
    assert "too few to say anything: 5 people" in text
    assert "3 pairs of groups" in text


def test_no_word_promises_that_a_procedure_is_fair(folder: Path) -> None:
    told = ran(folder, "answers.csv", "--groups", "groups.csv", "--html", "page.html").output
    page = (folder / "page.html").read_text("utf-8")

    for text in (told, page):
        assert not re.search(
            r"\b(is|are) (fair|compliant|unbiased)\b(?!:)", text.replace("say that it is fair", "")
        )


def test_the_page_stands_alone_and_shows_what_was_found(folder: Path) -> None:
    told = ran(folder, "answers.csv", "--groups", "groups.csv", "--items", "items.csv", "--html", "all.html")
    page = (folder / "all.html").read_text("utf-8")

    assert told.exit_code == 0
    assert page.count("<svg") == 6  # abilities, differences, the flagged item, fit, its watch, people
    assert "look at it" in page
    assert NAMES[MOVED] in page
    assert "var(--accent)" in page
    assert "#010101" not in page  # each ink has become a colour of the page
    assert not re.search(r"(src|href)=\"?https?:", page)
    assert "nan" not in re.sub(r"<svg.*?</svg>", "", page, flags=re.DOTALL)


def test_equal_files_give_equal_pages(folder: Path) -> None:
    for name in ("one.html", "two.html"):
        ran(folder, "answers.csv", "--groups", "groups.csv", "--html", name)

    assert (folder / "one.html").read_bytes() == (folder / "two.html").read_bytes()


def test_names_in_files_cannot_write_into_the_page(folder: Path, tmp_path: Path) -> None:
    groups = (folder / "groups.csv").read_text("utf-8").replace("south", "<script>alert(1)</script>")
    (tmp_path / "groups.csv").write_text(groups, "utf-8")

    ran(folder, "answers.csv", "--groups", str(tmp_path / "groups.csv"), "--html", "safe.html")

    assert "<script>" not in (folder / "safe.html").read_text("utf-8")


def test_semicolons_a_byte_order_mark_and_other_columns_are_read(folder: Path, tmp_path: Path) -> None:
    text = (
        (folder / "answers.csv").read_text("utf-8").replace(",", ";").replace("person;item", "Person ; ITEM")
    )
    (tmp_path / "answers.csv").write_text(text, "utf-8-sig")

    found = as_json(tmp_path, "answers.csv", "--groups", str(folder / "groups.csv"))

    assert found["dif"] == as_json(folder, "answers.csv", "--groups", "groups.csv")["dif"]


def test_answers_in_parquet_are_read_as_text_is(folder: Path, tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow", reason="pyarrow is missing: pip install 'quizengine[parquet]'")
    head, *lines = (line.split(",") for line in (folder / "answers.csv").read_text("utf-8").splitlines())
    columns = dict(zip(head, map(list, zip(*lines, strict=True)), strict=True))
    columns["score"] = [float(one) for one in columns["score"]]
    pytest.importorskip("pyarrow.parquet").write_table(pyarrow.table(columns), tmp_path / "answers.parquet")

    found = as_json(folder, str(tmp_path / "answers.parquet"), "--groups", "groups.csv")

    assert found["dif"] == as_json(folder, "answers.csv", "--groups", "groups.csv")["dif"]


def test_a_test_with_gaps_needs_parameters(folder: Path, tmp_path: Path) -> None:
    lines = (folder / "answers.csv").read_text("utf-8").splitlines()
    (tmp_path / "answers.csv").write_text("\n".join([*lines[:500], *lines[501:]]), "utf-8")
    words = (str(tmp_path / "answers.csv"), "--groups", "groups.csv")

    without, found = ran(folder, *words), as_json(folder, *words, "--items", "items.csv")

    assert without.exit_code == 1
    assert "give the items' parameters" in without.stderr
    assert found["items"][0]["curve_test"]["name"] == "by ability"
    assert any("S-X2 needs a whole form" in note for note in found["notes"])
    assert [row["item"] for row in found["dif"] if row["verdict"] == "flagged"] == [NAMES[MOVED]]


def test_items_without_parameters_are_left_out_and_named(folder: Path, tmp_path: Path) -> None:
    lines = (folder / "items.csv").read_text("utf-8").splitlines()
    (tmp_path / "items.csv").write_text("\n".join([*lines[:-1], f"{NAMES[-1]},2pl,,,"]), "utf-8")

    found = as_json(folder, "answers.csv", "--groups", "groups.csv", "--items", str(tmp_path / "items.csv"))

    assert [line["item"] for line in found["items"]] == NAMES[:-1]
    assert any(f"left out: {NAMES[-1]}." in note for note in found["notes"])


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("answers.csv", "", "answers.csv is empty; its first line must name the columns person, item, score"),
        (
            "answers.csv",
            "person,itm,score\n",
            "has no column item; it has person, itm, score. Did you mean 'itm'?",
        ),
        ("answers.csv", "person,item,score\n", "answers.csv holds no answer"),
        ("answers.csv", "person,item,score\na,q,2\n", "answers.csv:2: score '2' is not a number from 0 to 1"),
        ("answers.csv", "person,item,score\na,q,nan\n", "answers.csv:2: score 'nan'"),
        (
            "answers.csv",
            "person,item,score\na,q,1\n\na,q,0\n",
            "answers.csv:4: this person has answered q in line 2 too",
        ),
        ("answers.csv", "person,item,score\n,q,1\n", "answers.csv:2: the person is not named"),
        (
            "answers.csv",
            "person,item,score\na,q\n",
            "answers.csv:2: the line has 2 cells; the first line names 3",
        ),
        (
            "answers.csv",
            "person,item,score\nz,sql.joins.q1,1\n",
            "no person of answers.csv is in the file of groups",
        ),
        ("groups.csv", "person,group\np0,a\np1,a\n", "two groups are needed to compare; there is only 'a'"),
        ("groups.csv", "person,group\np0,\np1,\n", "two groups are needed to compare; there is none"),
        ("groups.csv", "person,group\np0,a\np0,b\n", "groups.csv:3: p0 is there twice"),
        ("groups.csv", "person\np0\n", "groups.csv has no column group; it has person"),
        (
            "groups.csv",
            "person,group,selected\np0,a,maybe\n",
            "groups.csv:2: selected is 'maybe'; write 1 or 0",
        ),
        ("groups.csv", "person,group,group\np0,a,b\n", "groups.csv has two columns named group"),
        ("items.csv", "item,a,b\nother,1,0\n", "no item of answers.csv is in the file of items"),
        ("items.csv", "item,a,b\nq,-1,0\n", "items.csv:2: it must be a > 0"),
        ("items.csv", "item,a\nq,1\n", "items.csv has no column b"),
    ],
)
def test_a_wrong_file_is_told_in_one_message_with_its_line(
    folder: Path, tmp_path: Path, name: str, text: str, message: str
) -> None:
    for one in ("answers.csv", "groups.csv", "items.csv"):
        (tmp_path / one).write_text((folder / one).read_text("utf-8"), "utf-8")
    (tmp_path / name).write_text(text, "utf-8")

    told = ran(tmp_path, "answers.csv", "--groups", "groups.csv", "--items", "items.csv")

    assert told.exit_code == 1
    assert message in told.stderr
    assert "Traceback" not in told.output


def test_a_file_that_is_not_utf8_says_how_to_mend_it(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "groups.csv").write_bytes("person,group\np0,männlich\n".encode("latin-1"))

    told = ran(folder, "answers.csv", "--groups", str(tmp_path / "groups.csv"))

    assert told.exit_code == 1
    assert "groups.csv:2: not UTF-8" in told.stderr
    assert "CSV UTF-8" in told.stderr


def test_many_faults_are_told_up_to_ten(tmp_path: Path, folder: Path) -> None:
    table(tmp_path / "answers.csv", "person,item,score", [(f"p{n}", "q", "x") for n in range(25)])

    told = ran(tmp_path, "answers.csv", "--groups", str(folder / "groups.csv")).stderr

    assert told.count("is not a number from 0 to 1") == 10
    assert "and 15 more lines at fault" in told


def test_an_unknown_reference_names_the_groups(folder: Path) -> None:
    told = ran(folder, "answers.csv", "--groups", "groups.csv", "--reference", "west")

    assert told.exit_code == 1
    assert "no group 'west' to compare with; there are east, north, south" in told.stderr


def test_a_missing_file_or_option_is_wrong_usage(folder: Path) -> None:
    assert ran(folder, "answers.csv").exit_code == 2
    assert ran(folder, "nothing.csv", "--groups", "groups.csv").exit_code == 2


def test_help_shows_how_to_call_it() -> None:
    told = CliRunner().invoke(main, ["fairness", "--help"]).output

    assert "quizengine fairness answers.csv --groups groups.csv --items" in told
    assert "person, group" in told
