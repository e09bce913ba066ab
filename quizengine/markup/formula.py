"""LaTeX maths -> a tree of what may be there: the one guard that every formula passes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection

from quizengine.errors import MarkupError, nearest_hint
from quizengine.markup import commands
from quizengine.markup.commands import Spacing
from quizengine.markup.tree import (
    Accent,
    Boxed,
    Fence,
    Font,
    Fraction,
    Letter,
    Limits,
    Node,
    Number,
    Root,
    Row,
    Script,
    Space,
    Stack,
    Style,
    Symbol,
    Table,
    Words,
)

MAX_CHARACTERS = 4000
MAX_DEPTH = 40
MAX_SHOWN = 60

_TOKEN = re.compile(
    r"""
    (?P<space>\s+)
    | (?P<environment>\\(?:begin|end)\s*\{[A-Za-z]+\})
    | (?P<words>\\(?:text(?:bf|it|rm|tt)?|mbox|operatorname\*?)\s*
        \{(?P<content>(?:[^{}\\$]|\\[%_&$,;:!\ ])*)\})
    | (?P<command>\\(?:[A-Za-z]+|.))
    | (?P<number>\d{1,3}(?:\{,\}\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)
    | (?P<character>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_WORDS = re.compile(r"[\w .,;:()%&$/+=<>?!'*–−-]*")  # noqa: RUF001
_ESCAPE = re.compile(r"\\([%_&$])|\\[,;:! ]")
_COLUMNS = re.compile(r"[lcr|]{1,40}")
_RIGHT, _ROW_END = r"\right", r"\\"
_OPEN = "{"
_SUB, _SUP, _PRIME = "_", "^", "'"
_SCRIPTS = (_SUB, _SUP, _PRIME)


def read_formula(latex: str) -> Row:
    """Read LaTeX maths into a tree; raise ``MarkupError`` for whatever is not on the allow-list."""
    if len(latex) > MAX_CHARACTERS:
        raise MarkupError(f"A formula may have {MAX_CHARACTERS} characters; this one has {len(latex)}.")
    reader = _Reader(latex)
    tree = reader.row(())
    if reader.next:
        raise reader.fault(_STRAY.get(reader.next, f"there is a stray {reader.next!r}"))
    return tree


_STRAY = {
    "}": "a } has no { before it",
    "&": "a & stands outside a matrix (write \\& for the sign)",
    _ROW_END: "a \\\\ stands outside a matrix",
    _RIGHT: "a \\right has no \\left before it",
}


class _Reader:
    """Recursive descent over the tokens of one formula. ``next`` is the token to be read."""

    def __init__(self, latex: str) -> None:
        self._latex = latex
        self._tokens = [found for found in _TOKEN.finditer(latex) if found.lastgroup != "space"]
        self._texts = [_plain(found) for found in self._tokens]
        self._at = 0
        self._depth = 0

    @property
    def next(self) -> str:
        return self._texts[self._at] if self._at < len(self._texts) else ""

    def fault(self, what: str, hint: str = "") -> MarkupError:
        shown = self._latex if len(self._latex) <= MAX_SHOWN else self._latex[: MAX_SHOWN - 1] + "…"
        return MarkupError(f"In the formula ${shown}$: {what}.{hint}")

    def row(self, stops: Collection[str]) -> Row:
        """Read nodes up to one of ``stops`` (left unread), or to what cannot begin a node."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self.fault(f"it is nested more than {MAX_DEPTH} deep")
        children: list[Node] = []
        while self.next and self.next not in stops and not self._ends_here():
            self._item(children, stops)
        self._depth -= 1
        return Row(tuple(children))

    def _ends_here(self) -> bool:
        return self.next in _STRAY or self.next.startswith(r"\end{")

    def _item(self, children: list[Node], stops: Collection[str]) -> None:
        token = self.next
        if token in _SCRIPTS:
            base = children.pop() if children and not isinstance(children[-1], Space) else Row(())
            children.append(self._scripts(base))
        elif token in commands.STYLES:
            self._at += 1
            children.append(Style(token, self.row(stops)))
        else:
            children.append(self._node())

    def _scripts(self, base: Node) -> Script:
        sub: Node | None = None
        sup: Node | None = None
        primes = 0
        limits: Limits = ""
        if isinstance(base, Script) and base.limits and not (base.sub or base.sup):
            limits = base.limits
            base = base.base
        while self.next in _SCRIPTS:
            token = self._take()
            if token == _PRIME:
                primes += 1
            elif token == _SUB and sub is None:
                sub = self._argument(_SUB)
            elif token == _SUP and sup is None:
                sup = self._argument(_SUP)
            else:
                raise self.fault(f"there are two {token} on one base; use braces")
        if primes:
            mark = Symbol(r"\prime", "\u2032" * primes, "ord")
            sup = mark if sup is None else Row((mark, sup))
        return Script(base, sub, sup, limits)

    def _take(self) -> str:
        token = self.next
        self._at += 1
        return token

    def _argument(self, owner: str) -> Node:
        token = self.next
        if not token or token in _SCRIPTS or self._ends_here():
            raise self.fault(f"something is missing after {owner}")
        if token[0].isdigit() and len(token) > 1:
            # TeX takes one digit: \frac12 is a half, x^12 is x^1 followed by 2
            self._texts[self._at] = token[1:]
            return Number(token[0])
        return self._node()

    def _node(self) -> Node:
        token = self._take()
        if token == _OPEN:
            return self._group()
        if token.startswith("\\"):
            return self._command(token)
        if token[0].isdigit() or (token[0] == "." and len(token) > 1):
            return Number(token.replace("{,}", ","))
        if token in commands.CHARACTERS:
            return Symbol(token, *commands.CHARACTERS[token])
        if token in commands.SPACES:
            return Space(commands.SPACES[token])
        if token.isalpha():
            return Letter(token)
        raise self.fault(_REFUSED.get(token, f"the character {token!r} cannot be set"))

    def _group(self) -> Row:
        row = self.row("}")
        if self._take() != "}":
            raise self.fault("a { is never closed")
        return row

    def _command(self, token: str) -> Node:
        if token in commands.SYMBOLS:
            return self._symbol(token)
        if token in commands.SPACES:
            return Space(commands.SPACES[token])
        for names, build in _BUILDERS:
            if token in names:
                return build(self, token)
        if token.startswith(r"\begin{"):
            return self._environment(token[7:-1])
        found = self._tokens[self._at - 1]
        if found.lastgroup == "words" or token in commands.WORDS:
            return self._words(found)
        if token in {r"\limits", r"\nolimits", r"\middle"}:
            raise self.fault(f"{token} stands where it means nothing")
        hint = nearest_hint(token[1:], (name[1:] for name in commands.COMMANDS))
        raise self.fault(f"{token} is not a command that we render", hint)

    def _symbol(self, token: str) -> Node:
        symbol = Symbol(token, *commands.SYMBOLS[token])
        if self.next == r"\limits":
            self._at += 1
            return Script(symbol, None, None, r"\limits")
        if self.next == r"\nolimits":
            self._at += 1
            return Script(symbol, None, None, r"\nolimits")
        return symbol

    def _words(self, found: re.Match[str]) -> Words:
        command = found["words"].partition("{")[0].strip() if found["words"] else found[0]
        content = found["content"]
        if content is None:
            raise self.fault(f"{command} needs plain words in braces, without commands or formulas")
        text = _ESCAPE.sub(lambda escape: escape[1] or " ", content)
        if not _WORDS.fullmatch(text):
            wrong = next(character for character in text if not _WORDS.fullmatch(character))
            raise self.fault(f"{command} may not hold the character {wrong!r}")
        return Words(command, " ".join(text.split()) if "operatorname" in command else text)

    def _fraction(self, token: str) -> Fraction:
        return Fraction(token, self._argument(token), self._argument(token))

    def _stack(self, token: str) -> Stack:
        return Stack(token, self._argument(token), self._argument(token))

    def _accent(self, token: str) -> Accent:
        return Accent(token, self._argument(token))

    def _font(self, token: str) -> Font:
        return Font(token, self._argument(token))

    def _boxed(self, token: str) -> Boxed:
        return Boxed(self._argument(token))

    def _root(self, token: str) -> Root:
        index: Node | None = None
        if self.next == "[":
            self._at += 1
            index = self.row("]")
            if self._take() != "]":
                raise self.fault("the [ of a root is never closed")
        return Root(self._argument(token), index)

    def _arrow(self, token: str) -> Stack:
        arrow = Symbol(token, commands.ARROWS[token], "rel")
        return Stack(token, self._argument(token), arrow)

    def _modulus(self, token: str) -> Row:
        inner = (Words(r"\text", "mod"), Space(0.222), self._argument(token))
        return Row((Space(0.5), Symbol("(", "(", "open"), *inner, Symbol(")", ")", "close")))

    def _not(self, token: str) -> Symbol:
        node = self._argument(token)
        if not isinstance(node, Symbol):
            raise self.fault(r"\not must be followed by a sign")
        return Symbol(token, unicodedata.normalize("NFC", node.text + "\u0338"), "rel")

    def _sized(self, token: str) -> Symbol:
        sign = self._delimiter(token)
        opening, closing = token.endswith("l"), token.endswith("r")
        spacing: Spacing = "open" if opening else "close" if closing else _facing(sign)
        return Symbol(token, sign, spacing, _SIZES[token.rstrip("lrm")])

    def _fence(self, token: str) -> Fence:
        left = self._delimiter(token)
        children: list[Node] = []
        while True:
            children.extend(self.row((r"\middle",)).children)
            if self.next != r"\middle":
                break
            children.append(Symbol(r"\middle", self._delimiter(self._take()), "rel"))
        if self._take() != _RIGHT:
            raise self.fault(r"a \left has no \right")
        return Fence(left, Row(tuple(children)), self._delimiter(_RIGHT))

    def _delimiter(self, owner: str) -> str:
        token = self._take()
        if token not in commands.DELIMITERS:
            raise self.fault(f"{owner} must be followed by a bracket or a bar, not {token!r}")
        return {".": "", "<": "⟨", ">": "⟩"}.get(token, commands.SYMBOLS.get(token, (token, ""))[0])

    def _environment(self, name: str) -> Table:
        if name not in commands.ENVIRONMENTS or name == "substack":
            hint = nearest_hint(name, commands.ENVIRONMENTS)
            raise self.fault(f"\\begin{{{name}}} is not an environment that we render", hint)
        columns = self._columns() if name == "array" else ""
        return self._table(name, columns, f"\\end{{{name}}}")

    def _columns(self) -> str:
        columns = ""
        if self._take() == "{":
            while self.next and self.next != "}":
                columns += self._take()
            self._take()
        if not _COLUMNS.fullmatch(columns):
            raise self.fault(r"\begin{array} needs its columns in braces, as in {cc|c}")
        return columns

    def _substack(self, token: str) -> Table:
        if self._take() != "{":
            raise self.fault(f"{token} needs lines in braces")
        return self._table("substack", "", "}")

    def _table(self, name: str, columns: str, end: str) -> Table:
        rows: list[tuple[Row, ...]] = []
        cells: list[Row] = []
        while True:
            cells.append(self.row(("&", _ROW_END, end)))
            stop = self._take()
            if stop == "&":
                continue
            rows.append(tuple(cells))
            cells = []
            if stop == end:
                break
            if stop != _ROW_END:
                raise self.fault(f"{end} is missing")
        if rows[-1] == (Row(()),):
            rows.pop()
        return Table(name, columns, tuple(rows))


_REFUSED = {
    "$": "a $ stands inside it (write \\$ for the sign)",
    "%": "write \\% for the percent sign",
    "#": "the character # cannot be set",
    '"': "write \\text{...} instead of quotation marks",
}
_SIZES = {r"\big": 1.2, r"\Big": 1.8, r"\bigg": 2.4, r"\Bigg": 3.0}

_BUILDERS: tuple[tuple[Collection[str], Callable[[_Reader, str], Node]], ...] = (
    (commands.FRACTIONS | commands.BINOMIALS, _Reader._fraction),
    (commands.FONTS, _Reader._font),
    (commands.ACCENTS, _Reader._accent),
    ({r"\sqrt"}, _Reader._root),
    ({r"\left"}, _Reader._fence),
    (commands.SIZES, _Reader._sized),
    (commands.STACKS, _Reader._stack),
    (commands.ARROWS, _Reader._arrow),
    ({commands.BOXED}, _Reader._boxed),
    ({r"\pmod"}, _Reader._modulus),
    ({r"\not"}, _Reader._not),
    ({r"\substack"}, _Reader._substack),
)


def _plain(found: re.Match[str]) -> str:
    if found.lastgroup == "environment":
        return re.sub(r"\s", "", found[0])
    return found[0]


def _facing(sign: str) -> Spacing:
    if sign in "([{⟨⌈⌊":
        return "open"
    return "close" if sign in ")]}⟩⌉⌋" else "ord"
