"""Files to mend: what is right, what is half right, what a person is told, and what a question must prove."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from quizengine.bank import BankQuestion, load_bank
from quizengine.bank.check import check_question
from quizengine.errors import BankError
from quizengine.grading import collide, grade
from quizengine.model.answers import ConfigAnswer
from quizengine.model.grade import Grade, Response
from quizengine.model.variant import Variant
from quizengine.services.history import GivenAnswer
from quizengine.services.practice import with_parts
from tests.bounds import at_once
from tests.factories import shipped_bank

GOOD = Path(__file__).parent / "banks" / "good"
QUESTION = """
id         = "math.matrices.mend"
version    = 1
skills     = ["math.matrices"]
difficulty = 0
seconds    = 60
prompt     = "The image has a version, and memory is limited to {{ m }} MiB, for the user `app`."
solution   = '''
{% if "latest" in planted %}The tag `latest` is no version.{% endif %}
Sound: `{{ sound_file }}`
'''

[draw]
few = "it is enough for a test"

[params]
m    = { choice = [512, 768] }
pick = { int = [0, 2] }

[answer]
type    = "config"
kind    = "yaml"
planted = "subset(['latest', 'root', 'decimal-unit'], 2, pick)"
file = '''
image: "api:{{ 'latest' if 'latest' in faults else '2.1' }}"
user: {{ "root" if "root" in faults else "app" }}
{% if "no-limit" not in faults %}
memory: {{ m }}{{ "M" if "decimal-unit" in faults else "Mi" }}
{% endif %}
'''
also_good = ['{user: app, memory: {{ m * 1024 }}Ki, image: "api:3"}']

[[answer.rules]]
id     = "pinned"
says   = "The image has a version."
holds  = "image like '*:*' and not image like '*:latest'"
faults = ["latest"]

[[answer.rules]]
id    = "root"
says  = "The user is `app`."
holds = "user == 'app'"

[[answer.rules]]
id     = "memory"
says   = "Memory is limited to {{ m }} MiB."
holds  = "quantity(memory) == '{{ m }}Mi'"
faults = ["no-limit", "decimal-unit"]

[[misconceptions]]
id       = "floating-tag"
fault    = "latest"
feedback = "The tag latest means another image every week."

[[misconceptions]]
id       = "counts-in-thousands"
fault    = "decimal-unit"
when     = "memory like '*M'"
feedback = "M counts in powers of 1000."

[[misconceptions]]
id       = "without-a-limit"
fault    = "no-limit"
when     = "not memory exists"
feedback = "Nothing limits the memory."
"""

ALSO_GOOD = """also_good = ['{user: app, memory: {{ m * 1024 }}Ki, image: "api:3"}']"""


def made(folder: Path, text: str = QUESTION) -> BankQuestion:
    root = shutil.copytree(GOOD, folder / "bank")
    (root / "questions" / "math" / "matrices" / "mend.toml").write_text(text)
    return load_bank(root)["math.matrices.mend"]


@pytest.fixture(scope="module")
def question(tmp_path_factory: pytest.TempPathFactory) -> BankQuestion:
    return made(tmp_path_factory.mktemp("file"))


@pytest.fixture(scope="module")
def variant(question: BankQuestion) -> Variant:
    """512 MiB wanted; planted are the floating tag and the decimal unit."""
    drawn = (question.variant(seed) for seed in range(100))
    return next(
        one for one in drawn if one.values["m"] == "512" and answer(one).planted == ("pinned", "memory")
    )


def answer(variant: Variant) -> ConfigAnswer:
    assert isinstance(variant.answer, ConfigAnswer)
    return variant.answer


def told(variant: Variant, text: str) -> tuple[str, float, str | None]:
    found = grade(variant, text)
    return found.verdict, found.score, found.misconception


def test_the_file_shown_has_the_faults_that_were_drawn_and_no_other(variant: Variant) -> None:
    assert answer(variant).given == 'image: "api:latest"\nuser: app\nmemory: 512M\n'
    assert answer(variant).sound == 'image: "api:2.1"\nuser: app\nmemory: 512Mi\n'
    assert "no version" in variant.solution
    assert "memory: 512Mi" in variant.solution


@pytest.mark.parametrize(
    "text",
    [
        "image: api:7\nuser: app\nmemory: 512Mi",
        "{'memory': 0.5Gi, user: app, image: 'api:sha-1'} # in one line",
        "---\nmemory: 536870912\nimage: api:2\nuser: 'app'\nmore: keys\n",
    ],
)
def test_every_file_that_says_the_same_is_right(variant: Variant, text: str) -> None:
    assert told(variant, text) == ("correct", 1.0, None)


def test_the_share_of_mended_faults_is_the_score(variant: Variant) -> None:
    assert told(variant, answer(variant).given) == ("wrong", 0.0, None)
    assert told(variant, "image: api:2\nuser: app\nmemory: 512M") == ("partial", 0.5, "counts-in-thousands")
    assert told(variant, "image: api:latest\nuser: app\nmemory: 512Mi") == ("partial", 0.5, "floating-tag")


def test_a_file_that_breaks_what_was_in_order_scores_nothing_and_is_told_so(variant: Variant) -> None:
    found = grade(variant, "image: api:2\nuser: root\nmemory: 512M")

    assert (found.verdict, found.score, found.misconception) == ("wrong", 0.0, None)
    assert "was in order before" in found.hint


def test_two_misconceptions_about_one_rule_are_told_apart(variant: Variant) -> None:
    assert told(variant, "image: api:2\nuser: app")[2] == "without-a-limit"
    assert told(variant, "image: api:2\nuser: app\nmemory: 700M")[2] == "counts-in-thousands"
    assert told(variant, "image: api:2\nuser: app\nmemory: 700Mi") == ("partial", 0.5, None)


def test_a_file_that_cannot_be_read_is_asked_for_again(variant: Variant) -> None:
    found = grade(variant, "image: api: 2")

    assert found.verdict == "unreadable"
    assert found.feedback.startswith("Line 1: a colon cannot stand here")
    assert found.start == 10


def test_an_empty_file_and_a_bare_one_score_nothing(variant: Variant) -> None:
    assert told(variant, "{}") == ("wrong", 0.0, None)
    assert grade(variant, " \n").verdict == "unreadable"


def test_practice_says_which_rules_hold(variant: Variant) -> None:
    response = Response(answers={"answer": "image: api:2\nuser: app\nmemory: 512M"})
    # as it comes from the store, which keeps no parts
    stored = Grade(verdict="partial", score=0.5, misconception="counts-in-thousands")
    given = GivenAnswer(slot_id="s", number=1, variant=variant, response=response, grade=stored, seconds=1.0)

    assert [part.verdict for part in with_parts(given).grade.parts] == ["correct", "correct", "wrong"]


def test_a_misconception_collides_with_the_key_only_if_its_file_is_one_of_it(variant: Variant) -> None:
    tag, thousands, without = (wrong.answers[0] for wrong in variant.misconceptions)
    assert tag is not None
    assert thousands is not None
    assert without is not None

    assert not any(collide(answer(variant), wrong) for wrong in (tag, thousands, without))
    assert not collide(thousands, without)
    assert collide(tag, tag)


SHIPPED = sorted(
    name for name, entry in shipped_bank().questions.items() if entry.question.parts[0].type == "config"
)
LARGE = {
    "brackets": "[" * 20_000,
    "words": "FROM a\nRUN " + "a " * 9_900,
    "instructions": "FROM a\n" + "RUN pip install -r requirements.txt\n" * 290,
    "containers": "spec:\n  containers:\n" + "".join(f"  - {{name: c{i}, image: a}}\n" for i in range(190)),
    "jobs": "jobs:\n" + "".join(f"  j{i}: {{steps: [{{run: x}}]}}\n" for i in range(130)),
}


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_question_judges_any_file_at_once(name: str) -> None:
    variant = shipped_bank()[name].variant(seed=1)

    for text in LARGE.values():
        with at_once():
            found = grade(variant, text)
        assert found.score == 0


# What a question must prove


def faults(folder: Path, *pairs: tuple[str, str]) -> str:
    text = QUESTION
    for find, put in pairs:
        assert find in text
        text = text.replace(find, put, 1)
    return "\n".join(check_question(made(folder, text), seeds=12, every=False).faults)


def test_a_good_question_proves_itself(tmp_path: Path) -> None:
    assert faults(tmp_path) == ""


UNPROVEN = [
    ("user == 'app'", "user exists", "the fault 'root' breaks no rule; it should break root alone"),
    ("user == 'app'", "user == 'app' and image like '*2.1'", "breaks pinned, root; it should break pinned"),
    ("image like '*:*' and not", "not", "an empty file keeps pinned"),
    ("quantity(memory) == '{{ m }}Mi'", "memory == '{{ m }}Mi'", "the key typed as '{user: app"),
    ("not memory exists", "not nothing exists", "no fit variant"),
]


@pytest.mark.parametrize(("find", "put", "words"), UNPROVEN)
def test_a_question_that_cannot_prove_itself_is_told(tmp_path: Path, find: str, put: str, words: str) -> None:
    assert words in faults(tmp_path, (find, put))


@pytest.mark.parametrize(
    ("find", "put", "words"),
    [
        ('fault    = "latest"', 'fault    = "newest"', "the file has no fault named 'newest'."),
        ('faults = ["latest"]', 'faults = ["latest", "root"]', "two faults are named 'root'"),
        ('id    = "root"', 'id    = "pinned"', "two rules are named 'pinned'"),
        ("user == 'app'", "user = 'app'", "nothing can be read from \"= 'app'\""),
        ("user == 'app'", "user == '{{ who }}'", "nothing is named 'who'"),
        ("in faults", "in fautls", "nothing is named 'fautls'. Did you mean 'faults'?"),
        ('when     = "memory like', 'value = "1"\nwhen     = "memory like', "give exactly one of"),
        (
            "also_good = ['{user: app, memory: {{ m * 1024 }}Ki, image: \"api:3\"}']",
            "also_good = []",
            "also_good",
        ),
        ('kind    = "yaml"', 'kind    = "toml"', "kind"),
        ('type    = "config"', 'type    = "config"\nvalue = "1"', "its file without faults"),
    ],
)
def test_a_fault_in_the_file_is_told_when_it_is_loaded(
    tmp_path: Path, find: str, put: str, words: str
) -> None:
    assert find in QUESTION
    with pytest.raises(BankError) as caught:
        made(tmp_path, QUESTION.replace(find, put, 1))

    assert words in str(caught.value)


def test_a_planted_fault_that_is_not_there_names_the_nearest(tmp_path: Path) -> None:
    assert "Did you mean 'latest'?" in faults(tmp_path, ("subset(['latest'", "subset(['lastest'"))


def test_a_file_that_no_parser_reads_is_the_authors_fault(tmp_path: Path) -> None:
    assert "a file of this question cannot be read: Line 2" in faults(tmp_path, ("user: {{", "user: x: {{"))
