"""The files of an import: a bank of its own, or questions for a bank that there is."""

from __future__ import annotations

import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

from quizengine.bank import load_bank
from quizengine.errors import BankError, QuizEngineError, UnknownNameError
from quizengine.services.importing.foreign import READERS, Foreign, ImportFileError, LeftOut, LeftOutError
from quizengine.services.importing.question_file import Draft, all_notes, draft_of, slug

AREA, SKILL = "imported", "imported.questions"
BANK_FILE, ROADMAP_FILE = "bank.toml", "roadmap.toml"
BANK = """name    = "imported"
version = "1.0"
licence = "unknown: say who owns these questions"
"""
ROADMAP = f"""name    = "imported"
version = 1

[[phases]]
id      = "all"
title   = "All"
order   = 1
months  = [1, 12]
summary = "Everything that was imported."

[[areas]]
id    = "{AREA}"
name  = "imported"
title = "Imported"

[[roles]]
id      = "learner"
title   = "Learner"
summary = "Whoever these questions are for."

[[skills]]
id            = "{SKILL}"
title         = "Imported questions"
area          = "{AREA}"
phase         = "all"
prerequisites = []
objective     = "can answer the questions that were imported"
hours         = {{ low = 1, high = 2, basis = "a guess: nobody has measured it" }}
targets       = {{ learner = 0.7 }}
study         = ["What the questions are about"]
transfers     = ["to be written"]
"""


@dataclass(frozen=True, slots=True)
class Made:
    """A question file: its id, its text, and what is told of it."""

    id: str
    name: str
    text: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Imported:
    """What comes of a file: files by their path in a bank, what is told of each, and what stays behind."""

    files: dict[str, str]
    made: tuple[Made, ...]
    left_out: tuple[LeftOut, ...]


def import_questions(
    content: bytes, form: str, *, skill: str = "", taken: frozenset[str] = frozenset()
) -> Imported:
    """Make question files of somebody else's file.

    Parameters
    ----------
    content
        The bytes of the file.
    form
        One of ``READERS``.
    skill
        The skill of the bank that they go to; without it they are a bank of their own, with one skill.
    taken
        Names of questions that the skill has already.

    Raises
    ------
    ImportFileError
        If the file cannot be read at all, or none of its questions can come along.
    """
    found = READERS[form](content)
    left_out = list(found.left_out)
    wanted = skill or SKILL
    names = set(taken)
    made: list[Made] = []
    for foreign in found.questions:
        try:
            made.append(_made(foreign, wanted, _free(slug(foreign.name), names)))
            names.add(made[-1].id.rpartition(".")[2])
        except LeftOutError as error:
            left_out.append(LeftOut(foreign.name, str(error)))
    if not made:
        reasons = "\n".join(f"  {one.name}: {one.reason}" for one in left_out)
        raise ImportFileError(f"none of its questions can come along:\n{reasons}")
    files = {f"questions/{one.id.replace('.', '/')}.toml": one.text for one in made}
    if not skill:
        files |= {BANK_FILE: BANK, ROADMAP_FILE: ROADMAP}
    return Imported(files, tuple(made), tuple(left_out))


def check_skill(folder: Path, skill: str) -> frozenset[str]:
    """Return the names of questions that a skill of a bank has.

    Raises
    ------
    UnknownNameError
        If the bank has no such skill; the message offers the nearest.
    """
    try:
        table = tomllib.loads((folder / ROADMAP_FILE).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ImportFileError(f"{folder} is no bank: its {ROADMAP_FILE} cannot be read ({error})") from error
    known = [str(one.get("id")) for one in table.get("skills", ()) if isinstance(one, dict)]
    if skill not in known:
        raise UnknownNameError("skill", skill, known)
    return frozenset(path.stem for path in (folder / "questions" / Path(*skill.split("."))).glob("*.toml"))


def _free(name: str, taken: set[str]) -> str:
    found, at = name, 1
    while found in taken:
        at += 1
        found = f"{name}-{at}"
    return found


def _made(foreign: Foreign, skill: str, name: str) -> Made:
    draft = draft_of(foreign)
    question_id = f"{skill}.{name}"
    fault = _fault(draft, name)
    if fault and draft.mistakes:
        # A mistake that comes too near to the key, or to another, makes no variant.
        draft.notes.append(f"lost: its {len(draft.mistakes)} wrong answers with feedback ({fault})")
        draft.mistakes.clear()
        fault = _fault(draft, name)
    if fault:
        raise LeftOutError(fault)
    return Made(question_id, foreign.name, draft.text(question_id, skill), tuple(all_notes(draft)))


def _fault(draft: Draft, name: str) -> str:
    """Return why a draft cannot be loaded and drawn, or nothing. It is tried in a bank of its own."""
    question_id = f"{SKILL}.{name}"
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        path = root.joinpath("questions", *question_id.split(".")).with_suffix(".toml")
        path.parent.mkdir(parents=True)
        path.write_text(draft.text(question_id, SKILL), encoding="utf-8")
        (root / BANK_FILE).write_text(BANK, encoding="utf-8")
        (root / ROADMAP_FILE).write_text(ROADMAP, encoding="utf-8")
        try:
            load_bank(root)[question_id].variant(seed=1)
        except BankError as error:
            return "; ".join(fault.message for fault in error.faults)
        except QuizEngineError as error:
            return str(error)
    return ""
