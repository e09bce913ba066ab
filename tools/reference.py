"""Write the reference of functions, generators, figures and filters into docs/authoring.md.

``python tools/reference.py`` writes it; a test says when it is behind.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

from quizengine.generation.functions import FIELDS, functions_of
from quizengine.generation.registry import figures, generators
from quizengine.generation.sandbox import FILTERS, TESTS
from quizengine.markup.commands import COMMANDS

AUTHORING = Path(__file__).resolve().parent.parent / "docs" / "authoring.md"
BEGIN = "<!-- reference: made by `python tools/reference.py`; edits here are lost -->"
END = "<!-- end of reference -->"


def reference() -> str:
    """Return the reference as Markdown."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    for module in FIELDS:
        title = module.__name__.rpartition(".")[2].capitalize()
        yield from (f"#### {title}", "", inspect.getdoc(module) or "", "")
        for name, function in functions_of(module).items():
            yield _entry(name, function)
        yield ""
    yield from (
        "### Generators",
        "",
        'Named by `generator = "..."`; their values join the names of `[let]`.',
        "",
    )
    yield from _entries(generators())
    yield from ("", "### Figures", "", "Named by `[figure] generator`; `args` are expressions.", "")
    yield from _entries(figures())
    yield from ("", "### Filters and tests in texts", "")
    yield "Filters: " + ", ".join(f"`{name}`" for name in FILTERS) + "."
    yield "Tests (after `is`): " + ", ".join(f"`{name}`" for name in TESTS) + "."
    yield from ("", "### LaTeX commands", "", ", ".join(f"`{name}`" for name in sorted(COMMANDS)) + ".", "")


def _entries(functions: Mapping[str, Callable[..., Any]]) -> Iterator[str]:
    return (_entry(name, function) for name, function in functions.items())


def _entry(name: str, function: Callable[..., Any]) -> str:
    """Return one line: how it is called, what it does, and its first example."""
    told = inspect.getdoc(function) or ""
    words = " ".join(told.partition(">>>")[0].replace("``", "`").split()).rstrip()
    return f"- `{name}({_parameters(function)})`: {words}{_example(told)}"


def _parameters(function: Callable[..., Any]) -> str:
    found = inspect.signature(function).parameters.values()
    return ", ".join(
        str(one.replace(annotation=inspect.Parameter.empty)) for one in found if one.name != "rng"
    )


def _example(told: str) -> str:
    """Return the first example of one line with its result, if there is one."""
    lines = told.splitlines()
    for line, result in pairwise(lines):
        if line.startswith(">>> ") and not result.startswith((">>>", "...")) and len(line + result) < 90:
            # Python's own names have an underscore behind them; a bank calls them without.
            call = re.sub(r"\b(\w+)_\(", r"\1(", line.removeprefix(">>> "))
            return f" `{call}` gives `{result}`."
    return ""


def with_reference(text: str) -> str:
    """Return the guide with the reference of today between its markers."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{reference()}\n{END}{after}"


def main() -> int:
    """Write the reference, and say whether it had been behind."""
    text = AUTHORING.read_text("utf-8")
    made = with_reference(text)
    AUTHORING.write_text(made, "utf-8")
    print(
        "docs/authoring.md was behind; it is written anew."
        if made != text
        else "docs/authoring.md is up to date."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
