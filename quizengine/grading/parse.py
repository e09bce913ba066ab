"""A Pratt parser for typed answers: counted levels, own tree, nothing evaluated."""
# ruff: noqa: RUF001 (the signs that people type, not slips of ours)

from __future__ import annotations

import re
from typing import NoReturn

from quizengine.errors import UnreadableResponseError
from quizengine.grading.characters import clean
from quizengine.grading.complaints import missing, unexpected, unknown_name
from quizengine.grading.item_labels import after_label, comma_ahead, without_builder, without_label
from quizengine.grading.latex import is_latex, rewrite
from quizengine.grading.multiples import spread
from quizengine.grading.names import (
    ARITY,
    CONSTANTS,
    INFINITY,
    POWERED,
    ROOTS,
    function_named,
    is_product,
)
from quizengine.grading.pasted import transposed, undressed
from quizengine.grading.tokens import Layout, Token, tokenise
from quizengine.grading.tree import (
    AND,
    LOOSE,
    NOT,
    OR,
    POSTFIX,
    POWER,
    PRODUCT,
    RELATION,
    SUM,
    UNION,
    Node,
)
from quizengine.model.grade import Decimal

_SIMPLE = re.compile(r" ?(-?)([0-9]{1,15}(?:\.[0-9]{1,15})?) ?")

MAX_LEVELS = 60
MAX_ITEMS = 200
MAX_TOWER = 3

_INFIX = {
    "or": OR,
    "and": AND,
    **dict.fromkeys(("=", "<", ">", "<=", ">=", "!="), RELATION),
    **dict.fromkeys(("∪", "∩"), UNION),
    **dict.fromkeys("+-", SUM),
    **dict.fromkeys("*/", PRODUCT),
    "^": POWER,
    **dict.fromkeys("!%", POSTFIX),
}
_KIND = {"or": "or", "and": "and", "∪": "union", "∩": "cap"}
_CLOSER = {"(": ")", "[": "]", "{": "}", "<": ">"}
_ROOT_SIGNS = {"√": "sqrt", "∛": "cbrt"}


def parse(
    text: str,
    *,
    layout: Layout = "scalar",
    decimal: Decimal = "point",
    variables: frozenset[str] = frozenset(),
) -> Node:
    """Read ``text`` as one value (``scalar``), values (``list``), rows (``matrix``) or a set (``interval``).

    A system of equations, on lines or separated by commas, is one value: their conjunction.

    Raises
    ------
    UnreadableResponseError
        If the text is not of that form or beyond a limit; ``start`` and ``end``
        are places in ``text`` as it was typed.
    """
    if layout == "scalar" and (simple := _SIMPLE.fullmatch(text)) and (decimal == "point" or "." not in text):
        return _simple_number(simple)
    bare, turned = undressed(without_label(text, variables), layout)
    node = _parse_undressed(clean(bare), layout, decimal, variables)
    # A column is as good as a row, so a vector stays as it is.
    return transposed(node) if turned and layout == "matrix" else node


def _parse_undressed(plain: str, layout: Layout, decimal: Decimal, variables: frozenset[str]) -> Node:
    if not is_latex(plain):
        return _parse_plain(plain, layout, decimal, variables)
    rewritten, places = rewrite(plain)
    try:
        return _parse_plain(rewritten, layout, decimal, variables)
    except UnreadableResponseError as error:
        if error.start is None or error.end is None:
            raise
        last = len(places) - 1
        start, end = places[min(error.start, last)], places[min(error.end, last)]
        raise UnreadableResponseError(str(error), start, max(end, start + 1)) from None


def _simple_number(match: re.Match[str]) -> Node:
    """Return what most boxes of a grid hold, without the way through tokens."""
    number = Node("number", match[2], (), match.start(2), match.end(2))
    return Node("neg", "", (number,), match.start(1), match.end(2)) if match[1] else number


def _parse_plain(text: str, layout: Layout, decimal: Decimal, variables: frozenset[str]) -> Node:
    stripped = (without_builder(text, variables) if layout == "interval" else text).rstrip()
    if not stripped:
        raise UnreadableResponseError("Nothing is written here yet.")
    if stripped.endswith(".") and not stripped.endswith(".."):
        stripped = stripped[:-1]  # one full stop at the end of a sentence
    tokens = tokenise(stripped, layout=layout, decimal=decimal, variables=variables)
    node = _Parser(tokens, variables, layout).whole()
    return node if layout in ("scalar", "interval") else spread(node)


class _Parser:
    """A place among the tokens. Levels are counted, so that no text exhausts the stack."""

    def __init__(self, tokens: list[Token], variables: frozenset[str], layout: Layout) -> None:
        self.tokens, self.variables, self.layout = tokens, variables, layout
        self.at = self.level = 0
        self.bars = 0
        #: White space separates here, as in ``[1 -2 3]``.
        self.by_space = False
        #: The argument of ``sin x cos x`` ends before the next function.
        self.until_function = False

    def whole(self) -> Node:
        """Read the text to its end."""
        if self.tokens[0].kind == "end":
            raise UnreadableResponseError("Nothing is written here yet.")
        if self.layout in ("scalar", "interval"):
            self.at = after_label(self.tokens, self.at, self.variables)
            node = self.system() if self.layout == "scalar" else self.set_of_numbers()
        else:
            node = self.items("", 0)
        if self.tokens[self.at].kind != "end":
            raise unexpected(self.tokens, self.at, self.layout)
        return node

    def system(self) -> Node:
        """Read a value, or relations that must all hold."""
        node = self.expression(LOOSE)
        if node.kind not in ("relation", "and"):
            return node
        parts = list(node.parts) if node.kind == "and" else [node]
        while self.tokens[self.at].text in (",", ";"):
            separator = self.tokens[self.at]
            self.at += 1
            following = self.expression(LOOSE)
            if following.kind not in ("relation", "and"):
                self.fail("Equations stand on both sides of a comma here.", separator)
            parts += following.parts if following.kind == "and" else [following]
        return node if len(parts) == 1 else Node("and", "", tuple(parts), node.start, parts[-1].end)

    # Sets of real numbers

    def set_of_numbers(self) -> Node:
        """Read intervals, finite sets and inequalities, joined by unions and words."""
        first, second = self.tokens[0], self.tokens[min(1, len(self.tokens) - 1)]
        if first.text in self.variables and second.text in ("∈", "in"):
            self.at = 2
        return self.expression(LOOSE)

    def interval(self, token: Token) -> Node:
        """Read ``(a, b]`` or ``]a, b]``; round brackets around one thing only group."""
        self.deeper(token)
        self.at += 1
        low = self.expression(LOOSE)
        if self.tokens[self.at].text == ")" and token.text == "(":
            self.at += 1
            self.level -= 1
            return low
        if self.tokens[self.at].text not in (",", ";"):
            self.fail("An interval has two ends, separated by a comma: (0, 1].", token)
        self.at += 1
        high = self.expression(SUM)
        closer = self.tokens[self.at]
        if closer.text not in (")", "]", "["):
            self.fail(f"The bracket {token.text} is not closed.", token)
        self.at += 1
        self.level -= 1
        closed = f"{'[' if token.text == '[' else '('}{']' if closer.text == ']' else ')'}"
        return Node("interval", closed, (low, high), token.start, closer.end)

    # Lists

    def items(self, opener: str, start: int) -> Node:
        """Read items and rows up to the closing bracket (or the end, where none was opened)."""
        outer = self.by_space, self.bars, self.until_function
        self.by_space = (
            self.layout != "scalar" and self.may_space(opener) and not comma_ahead(self.tokens, self.at)
        )
        self.bars, self.until_function = 0, False
        closer = _CLOSER.get(opener, "")
        rows: list[Node] = []
        row: list[Node] = []
        row_start = self.tokens[self.at].start
        separators = (";", "\n", "or", "and") if opener == "" else (";", "\n")
        while True:
            row.append(self.item())
            token = self.tokens[self.at]
            if token.text == "," and self.tokens[self.at + 1].text in ("and", "or") and not opener:
                self.at += 2  # 1, 2, and 3
            elif token.text == "," or (token.text in ("or", "and") and token.text in separators):
                self.at += 1
            elif token.text in separators:
                self.at += 1
                rows.append(self.row(row, row_start))
                row, row_start = [], self.tokens[self.at].start
            elif self.closes(token, closer) or not (self.by_space and token.spaced):
                break
        self.by_space, self.bars, self.until_function = outer
        if len(rows) >= MAX_ITEMS:
            raise UnreadableResponseError(f"At most {MAX_ITEMS} rows can be read.", start, start + 1)
        brackets = opener + closer
        end = self.tokens[self.at].end
        last = self.row(row, row_start)
        if rows:
            return Node("rows", brackets, (*rows, last), start, end)
        return Node("list", brackets, last.parts, start, end)

    def may_space(self, opener: str) -> bool:
        """Whether white space may separate here: in ``(1 2 3)`` only where it is the whole answer."""
        return opener in ("", "[", "<") or (opener == "(" and self.layout == "list" and self.at == 1)

    def row(self, items: list[Node], start: int) -> Node:
        if len(items) > MAX_ITEMS:
            raise UnreadableResponseError(f"At most {MAX_ITEMS} items can be read.", start, items[-1].end)
        return Node("list", "", tuple(items), start, items[-1].end)

    def closes(self, token: Token, closer: str) -> bool:
        return token.text == closer if closer else token.kind == "end"

    def item(self) -> Node:
        self.at = after_label(self.tokens, self.at, self.variables)
        return self.expression(SUM)

    def bracketed(self) -> Node:
        """Read ``(...)``, ``[...]``, ``{...}`` or ``<...>``; round brackets around one value vanish."""
        token = self.tokens[self.at]
        self.deeper(token)
        self.at += 1
        closer = _CLOSER[token.text]
        if self.tokens[self.at].text == closer:
            if token.text == "{":
                self.at += 1
                self.level -= 1
                return Node("list", "{}", (), token.start, self.tokens[self.at - 1].end)
            self.fail(f"Nothing stands between {token.text} and {closer}.", token)
        if token.text == "(" and self.layout == "scalar":
            node = self.grouped_or_list(token)
        else:
            node = self.items(token.text, token.start)
        if self.tokens[self.at].text != closer:
            self.not_closed(token, closer)
        self.at += 1
        self.level -= 1
        if token.text == "(" and node.kind == "list" and len(node.parts) == 1:
            return node.parts[0]
        return node

    def grouped_or_list(self, token: Token) -> Node:
        outer = self.by_space, self.bars, self.until_function
        self.by_space, self.bars, self.until_function = False, 0, False
        node = self.expression(LOOSE)
        self.by_space, self.bars, self.until_function = outer
        if self.tokens[self.at].text not in (",", ";"):
            return node
        parts = [node]
        while self.tokens[self.at].text in (",", ";"):
            self.at += 1
            parts.append(self.expression(SUM))
        return Node("list", "()", self.row(parts, token.start).parts, token.start, self.tokens[self.at].end)

    def not_closed(self, opener: Token, closer: str) -> NoReturn:
        token = self.tokens[self.at]
        if token.kind == "op" and token.text in ")]}":
            self.fail(f"{opener.text} is closed by {token.text}; write {closer}.", token)
        if token.kind == "end":
            self.fail(f"The bracket {opener.text} is not closed.", opener)
        raise unexpected(self.tokens, self.at, self.layout)

    # Expressions

    def expression(self, floor: int) -> Node:
        """Read an operand and all that binds to it at ``floor`` or stronger."""
        left = self.operand()
        built = ""  # the kind of chain that ``left`` is, if this loop made it
        while True:
            token = self.tokens[self.at]
            if token.kind == "op":
                strength = _INFIX.get(token.text)
                if strength is None:
                    strength = PRODUCT if self.multiplies(token) else -1
            elif token.kind == "super":
                strength = POWER
            else:
                strength = PRODUCT if token.kind == "name" else -1
            if strength < floor or self.ends_here(token):
                return left
            left, built = self.joined(left, built, token, strength)

    def multiplies(self, token: Token) -> bool:
        """Whether an operand stands right behind another: then they are multiplied."""
        if token.text == "[":
            return self.layout in ("list", "matrix")
        return token.text in ("(", "√", "∛", "∞") or (token.text == "|" and not self.bars)

    def ends_here(self, token: Token) -> bool:
        if self.by_space and token.spaced:
            if token.kind == "name" or token.text in ("(", "[", "√", "∛", "|"):
                return True
            if token.text in ("+", "-") and not self.tokens[self.at + 1].spaced:
                return True
            if token.text == "<":
                return True
        if self.until_function:
            if token.text == "/" and token.spaced and self.tokens[self.at + 1].spaced:
                return True  # sin x / x
            ahead = self.tokens[self.at + 1] if token.text in ("*", "/") else token
            return ahead.kind == "name" and function_named(ahead.text) is not None
        return self.layout != "scalar" and token.text == ">" and self.at + 1 == len(self.tokens) - 1

    def joined(self, left: Node, built: str, token: Token, strength: int) -> tuple[Node, str]:
        """Return ``left`` with what ``token`` joins to it."""
        if strength == SUM:
            self.at += 1
            right = self.expression(PRODUCT)
            if token.text == "-":
                right = Node("neg", "", (right,), token.start, right.end)
            return self.chain("sum", left, right, built), "sum"
        if strength == PRODUCT:
            factor = self.factor(token)
            if factor.kind == "over" and factor.parts[0].kind == "percent" and left.kind == "number":
                self.fail("Put the quotient in brackets: (1/4) %.", token)
            return self.chain("product", left, factor, built), "product"
        if strength == POWER:
            return self.powered(left, token), ""
        if strength == POSTFIX:
            return self.postfixed(left, token), ""
        self.at += 1
        if strength == RELATION:
            return self.related(left, token)
        kind = _KIND[token.text]
        return self.chain(kind, left, self.expression(strength + 1), built), kind

    def chain(self, kind: str, left: Node, right: Node, built: str) -> Node:
        """Return an n-ary node, so that a long sum is wide and not deep."""
        parts = (*left.parts, right) if built == kind else (left, right)
        return Node(kind, "", parts, left.start, right.end)

    def factor(self, token: Token) -> Node:
        if token.text not in ("*", "/") or token.kind != "op":
            return self.expression(POWER)
        self.at += 1
        right = self.expression(SUM + 2)
        return Node("over", "", (right,), token.start, right.end) if token.text == "/" else right

    def related(self, left: Node, token: Token) -> tuple[Node, str]:
        right = self.expression(UNION)
        relation = Node("relation", token.text, (left, right), left.start, right.end)
        parts = [relation]
        while _INFIX.get(self.tokens[self.at].text) == RELATION and self.tokens[self.at].kind == "op":
            sign = self.tokens[self.at]
            self.at += 1
            left, right = right, self.expression(UNION)
            parts.append(Node("relation", sign.text, (left, right), left.start, right.end))
        if len(parts) == 1:
            return relation, ""
        return Node("and", "", tuple(parts), parts[0].start, right.end), ""

    def powered(self, base: Node, token: Token) -> Node:
        self.at += 1
        if token.kind == "super":
            exponent = self.small_number(token)
        elif self.tokens[self.at].text == "{":
            exponent = self.braced()
        else:
            self.deeper(token)
            exponent = self.expression(POWER)
            self.level -= 1
        node = Node("power", "", (base, exponent), base.start, exponent.end)
        self.check_tower(node)
        return node

    def small_number(self, token: Token) -> Node:
        digits = token.text.lstrip("+-")
        number = Node("number", digits, (), token.start, token.end)
        return Node("neg", "", (number,), token.start, token.end) if token.text[0] == "-" else number

    def braced(self) -> Node:
        """Read the exponent of ``x^{2}``."""
        opener = self.tokens[self.at]
        self.deeper(opener)
        self.at += 1
        exponent = self.expression(SUM)
        if self.tokens[self.at].text != "}":
            self.not_closed(opener, "}")
        self.at += 1
        self.level -= 1
        return exponent

    def check_tower(self, node: Node) -> None:
        height, top = 1, node
        while top.kind == "power":
            height, top = height + 1, top.parts[1]
        if height > MAX_TOWER:
            raise UnreadableResponseError("This power is too large to work with.", node.start, node.end)

    def postfixed(self, inner: Node, token: Token) -> Node:
        self.at += 1
        if token.text == "%":
            return Node("percent", "", (inner,), inner.start, token.end)
        if self.tokens[self.at].text == "!":
            self.fail("Two factorial signs can mean two things; use brackets.", self.tokens[self.at])
        return Node("call", "factorial", (inner,), inner.start, token.end)

    def operand(self) -> Node:
        """Read what an expression can begin with."""
        token = self.tokens[self.at]
        if token.kind == "number":
            self.at += 1
            return Node("number", token.text, (), token.start, token.end)
        if token.kind == "name":
            return self.named(token)
        if token.kind == "vulgar":
            self.at += 1
            return self.vulgar(token)
        if token.kind == "op":
            return self.signed_or_bracketed(token)
        raise missing(token)

    def signed_or_bracketed(self, token: Token) -> Node:
        match token.text:
            case "-" | "+":
                self.deeper(token)
                self.at += 1
                inner = self.expression(POWER)
                self.level -= 1
                return Node("neg", "", (inner,), token.start, inner.end) if token.text == "-" else inner
            case "not":
                self.deeper(token)
                self.at += 1
                inner = self.expression(NOT)
                self.level -= 1
                return Node("not", "", (inner,), token.start, inner.end)
            case "(" | "[" | "]" if self.layout == "interval":
                return self.interval(token)
            case "(" | "[" | "{":
                return self.bracketed()
            case "<" if self.layout != "scalar":
                return self.bracketed()
            case "|":
                return self.absolute(token)
            case "√" | "∛":
                return self.call(token, _ROOT_SIGNS[token.text])
            case "∞":
                self.at += 1
                return Node("name", "oo", (), token.start, token.end)
            case "∅":
                self.at += 1
                return Node("list", "{}", (), token.start, token.end)
        raise missing(token)

    def vulgar(self, token: Token) -> Node:
        top, _, bottom = token.text.partition("/")
        over = Node("over", "", (Node("number", bottom, (), token.start, token.end),), token.start, token.end)
        return Node(
            "product", "", (Node("number", top, (), token.start, token.end), over), token.start, token.end
        )

    def absolute(self, token: Token) -> Node:
        self.deeper(token)
        self.at += 1
        outer = self.by_space, self.until_function
        self.by_space, self.until_function = False, False
        self.bars += 1
        inner = self.expression(SUM)
        self.bars -= 1
        self.by_space, self.until_function = outer
        if self.tokens[self.at].text != "|":
            self.fail("The bar | is not closed.", token)
        self.at += 1
        self.level -= 1
        return Node("call", "abs", (inner,), token.start, self.tokens[self.at - 1].end)

    # Names

    def named(self, token: Token) -> Node:
        word = token.text
        if word in self.variables:
            self.at += 1
            return Node("name", word, (), token.start, token.end)
        if word in CONSTANTS:
            self.at += 1
            return Node("name", CONSTANTS[word], (), token.start, token.end)
        follows = self.tokens[self.at + 1]
        function = function_named(word)
        if word == "C" and follows.text == "(":
            function = "binomial"
        if function == "logbase" and word != "logbase":
            return self.logarithm_with_base(token)
        if function:
            return self.call(token, function)
        if word in INFINITY:
            self.at += 1
            return Node("name", "oo", (), token.start, token.end)
        if word == "R" and self.layout == "interval":
            self.at += 1
            return self.all_numbers(token)
        if is_product(word, self.variables):
            self.at += 1
            return self.letters(token)
        raise unknown_name(token, self.tokens, self.variables)

    def letters(self, token: Token) -> Node:
        """Read ``xy`` as a product, and ``xy^2`` or ``xy!`` as one whose last letter alone has that sign."""
        *first, last = (
            Node("name", letter, (), token.start + i, token.start + i + 1)
            for i, letter in enumerate(token.text)
        )
        while (sign := self.tokens[self.at]).kind == "super" or sign.text in ("^", "!"):
            last = self.postfixed(last, sign) if sign.text == "!" else self.powered(last, sign)
        return Node("product", "", (*first, last), token.start, last.end)

    def all_numbers(self, token: Token) -> Node:
        infinity = Node("name", "oo", (), token.start, token.end)
        below = Node("neg", "", (infinity,), token.start, token.end)
        return Node("interval", "()", (below, infinity), token.start, token.end)

    def call(self, token: Token, function: str) -> Node:
        self.deeper(token)
        self.at += 1
        exponent = self.power_before_argument(token, function)
        if self.tokens[self.at].text == "(" and self.tokens[self.at].kind == "op":
            arguments = self.arguments()
        elif function in ROOTS:
            arguments = (self.operand(),)
        elif ARITY[function] == 1:
            arguments = (self.bare_argument(),)
        else:
            self.fail(f"{token.text} needs brackets: {token.text}(5, 2).", token)
        if len(arguments) == 2 and token.text.lower() in ("log", "lg"):
            function = "logbase"  # log(8, 2) as Python and SymPy write it
        if len(arguments) != ARITY[function]:
            wanted = "one value" if ARITY[function] == 1 else "two values, separated by a comma or semicolon"
            self.fail(f"{token.text} takes {wanted}.", token)
        self.level -= 1
        node = Node("call", function, arguments, token.start, self.tokens[self.at - 1].end)
        return Node("power", "", (node, exponent), node.start, node.end) if exponent else node

    def logarithm_with_base(self, token: Token) -> Node:
        """Read ``log_3 x`` or ``log_b(x)``."""
        written = token.text.partition("_")[2]
        if written == "e":
            return self.call(token, "ln")
        if not (written.isdigit() or written in self.variables):
            raise unknown_name(token, self.tokens, self.variables)
        base = Node("number" if written.isdigit() else "name", written, (), token.start, token.end)
        node = self.call(token, "ln")
        if node.kind == "power":
            self.fail("Write the power behind the logarithm in brackets: (log_3 x)^2.", token)
        return node._replace(value="logbase", parts=(*node.parts, base))

    def power_before_argument(self, token: Token, function: str) -> Node | None:
        """Read the 2 of ``sin^2 x``."""
        sign = self.tokens[self.at]
        if function not in POWERED or not (sign.kind == "super" or sign.text == "^"):
            return None
        self.at += 1
        if sign.kind == "super":
            exponent = self.small_number(sign)
        else:
            exponent = self.braced() if self.tokens[self.at].text == "{" else self.operand()
        if exponent.kind == "neg":
            inverse = "" if function.startswith("a") else f", or a{token.text}(x) for the inverse function"
            self.fail(f"Write 1/{token.text}(x){inverse}.", token)
        return exponent

    def arguments(self) -> tuple[Node, ...]:
        opener = self.tokens[self.at]
        outer = self.by_space, self.bars, self.until_function
        self.by_space, self.bars, self.until_function = False, 0, False
        found = []
        while True:
            self.at += 1
            found.append(self.expression(SUM))
            if self.tokens[self.at].text not in (",", ";"):
                break
        self.by_space, self.bars, self.until_function = outer
        if self.tokens[self.at].text != ")":
            self.not_closed(opener, ")")
        self.at += 1
        return tuple(found)

    def bare_argument(self) -> Node:
        outer, self.until_function = self.until_function, True
        argument = self.expression(PRODUCT) if not self.next_is_function() else self.operand()
        self.until_function = outer
        return argument

    def next_is_function(self) -> bool:
        token = self.tokens[self.at]
        return token.kind == "name" and function_named(token.text) is not None

    # Messages: made of the typed text alone, so that they cannot tell anything about the key

    def deeper(self, token: Token) -> None:
        self.level += 1
        if self.level > MAX_LEVELS:
            self.fail(f"Brackets and signs can be nested {MAX_LEVELS} deep at most.", token)

    def fail(self, message: str, token: Token) -> NoReturn:
        raise UnreadableResponseError(message, token.start, token.end)
