"""Markdown -> LaTeX source that compiles with amsmath, booktabs and graphicx, and no other fonts."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from quizengine.markup.commands import SYMBOLS
from quizengine.markup.document import read_line, read_markdown
from quizengine.markup.formula import read_formula
from quizengine.markup.outline import Element, outline
from quizengine.markup.terminal import table_rows

BLANK = r"\underline{\hspace{3cm}}"
_SPECIAL = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "%": r"\%", "&": r"\&", "#": r"\#", "$": r"\$",
    "_": r"\_", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}",
    ">": r"\textgreater{}", "|": r"\textbar{}", "-": "{-}", "`": r"\textasciigrave{}", "'": "{'}",
}  # fmt: skip
_WRAPPERS = {"strong": "textbf", "em": "emph"}
_HEADINGS = {1: "subsection*", 2: "subsubsection*", 3: "paragraph*"}
#: Signs of running text, and how LaTeX writes them without further fonts.
_SIGNS = {
    "–": "--", "—": "---", "‘": "`", "’": "'", "“": "``", "”": "''", "„": ",,", "…": r"\ldots{}",  # noqa: RUF001
    "·": r"\ensuremath{\cdot}", "µ": r"\ensuremath{\mu}", "°": r"\ensuremath{^\circ}", "€": "EUR",
    "\u00a0": "~", "²": r"\ensuremath{^2}", "³": r"\ensuremath{^3}", "½": r"\ensuremath{\frac12}",
    "ß": r"\ss{}", "æ": r"\ae{}",
    "ø": r"\o{}", "å": r"\aa{}", "ł": r"\l{}", "œ": r"\oe{}", "Æ": r"\AE{}", "Ø": r"\O{}", "Å": r"\AA{}",
    "−": r"\ensuremath{-}", "£": r"\pounds{}", "§": r"\S{}", "\u2009": r"\,", "\u200b": "", "\ufffd": "?",  # noqa: RUF001
}  # fmt: skip
_ACCENTS = {
    "\u0300": r"\`", "\u0301": r"\'", "\u0302": r"\^", "\u0303": r"\~", "\u0308": r"\"", "\u030c": r"\v",
    "\u0327": r"\c", "\u030a": r"\r", "\u0304": r"\=",
}  # fmt: skip
_OF_SYMBOL = {text: command for command, (text, _) in reversed(SYMBOLS.items()) if len(text) == 1}
#: Commands that formulas may hold and that amsmath does not define.
DEFINITIONS = r"""
\providecommand{\lt}{<}
\providecommand{\gt}{>}
\providecommand{\omicron}{o}
\providecommand{\degree}{^\circ}
\providecommand{\square}{\mathord{\framebox(6,6){}}}
\providecommand{\checkmark}{\surd}
\providecommand{\nexists}{\not\exists}
\providecommand{\varnothing}{\emptyset}
\providecommand{\leqslant}{\leq}
\providecommand{\geqslant}{\geq}
\providecommand{\subsetneq}{\subset}
\providecommand{\nmid}{\not\mid}
\providecommand{\coloneqq}{\mathrel{:=}}
\providecommand{\triangleq}{\stackrel{\triangle}{=}}
\providecommand{\therefore}{\mathrel{.\raisebox{.7ex}{.}.}}
\providecommand{\because}{\mathrel{\raisebox{.7ex}{.}.\raisebox{.7ex}{.}}}
\providecommand{\rightsquigarrow}{\to}
\providecommand{\argmax}{\operatorname*{arg\,max}}
\providecommand{\argmin}{\operatorname*{arg\,min}}
\providecommand{\mathbb}[1]{\mathbf{#1}}
\providecommand{\mathfrak}[1]{\mathbf{#1}}
\providecommand{\mathscr}[1]{\mathcal{#1}}
\providecommand{\bm}[1]{\boldsymbol{#1}}
""".strip()


def to_latex(markdown: str) -> str:
    r"""Return Markdown with maths as LaTeX; the place of an answer is a line to write on.

    Formulas are the author's own, after the guard that every printer shares. Characters that are not ASCII
    stay as they are: ``declarations`` tells LaTeX what they are.

    >>> to_latex("5 % of **a_b**")
    '5 \\% of \\textbf{a\\_b}'
    """
    return _blocks(outline(read_markdown(markdown)))


def line_latex(markdown: str) -> str:
    """Return one line of Markdown, a label or an option, as LaTeX."""
    return _line(outline(read_line(markdown)))


def latex_text(text: str) -> str:
    r"""Return text as LaTeX that prints it and nothing else.

    >>> latex_text("--{x}")
    '{-}{-}\\{x\\}'
    """
    return "".join(_SPECIAL.get(char, char) for char in text)


def declarations(source: str) -> tuple[str, str]:
    r"""Return what must stand before a text so that LaTeX knows its signs, and the signs that it cannot know.

    >>> print(declarations("3 ≤ x")[0])
    \DeclareUnicodeCharacter{2264}{\ensuremath{\le}}
    """
    known, unknown = [], []
    for char in sorted(set(source)):
        if char.isascii():
            continue
        written = _written(char)
        if written is None:
            unknown.append(char)
            written = f"[U+{ord(char):04X}]"
        known.append(f"\\DeclareUnicodeCharacter{{{ord(char):04X}}}{{{written}}}")
    return "\n".join(known), "".join(unknown)


def _written(char: str) -> str | None:
    if char in _SIGNS:
        return _SIGNS[char]
    if char in _OF_SYMBOL:
        return rf"\ensuremath{{{_OF_SYMBOL[char]}}}"
    parts = unicodedata.normalize("NFD", char)
    if len(parts) == 2 and parts[0].isascii() and parts[1] in _ACCENTS:
        return rf"{_ACCENTS[parts[1]]}{{{parts[0]}}}"
    return None


def _blocks(elements: Sequence[Element]) -> str:
    return "\n\n".join(filter(None, map(_block, elements)))


def _block(element: Element) -> str:
    match element.kind:
        case "paragraph" | "inline":
            return _line(element.children)
        case "heading":
            level = min(3, int(element.token.tag[1]))
            return rf"\{_HEADINGS[level]}{{{_line(element.children)}}}"
        case "math_block":
            return _formula(element.token.content, True)
        case "fence" | "code_block":
            return code_latex(element.token.content)
        case "blockquote":
            return f"\\begin{{quote}}\n{_blocks(element.children)}\n\\end{{quote}}"
        case "bullet_list":
            return f"\\begin{{itemize}}\n{_items(element)}\n\\end{{itemize}}"
        case "ordered_list":
            return _numbered(element)
        case "table":
            return _table(element)
        case _:
            return r"\par\noindent\hrulefill\par"


def code_latex(text: str) -> str:
    r"""Return a block of code. What would end it is set as text.

    >>> code_latex("a_b")
    '\\begin{verbatim}\na_b\n\\end{verbatim}'
    """
    bare = text.rstrip()
    if "\\end{verbatim}" not in bare:
        return f"\\begin{{verbatim}}\n{bare}\n\\end{{verbatim}}"
    lines = (latex_text(line).replace(" ", "~") or "~" for line in bare.split("\n"))
    return "{\\ttfamily\\noindent " + "\\\\{}\n".join(lines) + "\\par}"


def _items(element: Element) -> str:
    # A bracket behind \item would be its mark.
    return "\n".join(f"\\item {{}}{_blocks(item.children)}" for item in element.children)


def _numbered(element: Element) -> str:
    first = int(element.token.attrGet("start") or 1)
    start = f"\\setcounter{{enumi}}{{{first - 1}}}\n" if first != 1 else ""
    return f"\\begin{{enumerate}}\n{start}{_items(element)}\n\\end{{enumerate}}"


def _table(table: Element) -> str:
    rows = table_rows(table)
    # A bracket at the beginning of a row would belong to the end of the row before.
    written = ["{}" + " & ".join(_line(cell.children).strip() for cell in row) + r" \\" for row in rows]
    body = "\n".join([r"\toprule", written[0], r"\midrule", *written[1:], r"\bottomrule"])
    columns = "l" * len(rows[0])
    inside = f"\\begin{{tabular}}{{{columns}}}\n{body}\n\\end{{tabular}}"
    return f"\\begin{{center}}\n{inside}\n\\end{{center}}"


def _line(elements: Sequence[Element]) -> str:
    return "".join(map(_inline, elements))


def _inline(element: Element) -> str:
    match element.kind:
        case "text" | "text_special":
            return latex_text(element.token.content)
        case "code_inline":
            return rf"\texttt{{{latex_text(element.token.content)}}}"
        case "softbreak":
            return "\n"
        case "hardbreak":
            return "\\\\{}\n"
        case "math_inline" | "math_inline_double":
            return _formula(element.token.content, element.kind == "math_inline_double")
        case "input_place":
            return BLANK
        case "link":
            words, address = _line(element.children), latex_text(str(element.token.attrGet("href")))
            return words if words == address else rf"{words} (\texttt{{{address}}})"
        case "inline":
            return _line(element.children)
        case "s":
            return f"[struck out: {_line(element.children)}]"
        case _:
            return rf"\{_WRAPPERS[element.kind]}{{{_line(element.children)}}}"


def _formula(latex: str, display: bool) -> str:
    text = latex.strip()
    read_formula(text)
    # amsmath allows split in its own displays alone.
    text = text.replace(r"\begin{split}", r"\begin{aligned}").replace(r"\end{split}", r"\end{aligned}")
    return f"\\[{text}\\]" if display else f"\\({text}\\)"
