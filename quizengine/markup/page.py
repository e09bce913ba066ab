"""Markdown -> HTML that goes into pages as it is: every character of the author's is escaped here."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape

from markdown_it.token import Token

from quizengine.errors import MarkupError, nearest_hint
from quizengine.markup.commands import names
from quizengine.markup.document import read_line, read_markdown
from quizengine.markup.mathml import math_html
from quizengine.markup.plain import math_text

#: A page has its title and the question's own heading above an author's first one.
HEADING_STEPS_DOWN = 2
BLANK = '<span class="blank" role="img" aria-label="place of the answer">____</span>'

_LANGUAGE = re.compile(r"[A-Za-z0-9+#-]{1,20}")
#: Spaces inside a number and between it, or a formula before this text, and its unit.
_IN_QUANTITY = re.compile(
    r"(?<=\d) (?=\d{3}(?!\d))|(?:(?<=\d)|^) (?=[%€])|(?<=\d) (?=(?:ms|s|h|min|GB|MB|TB|[GMK]iB|EUR)\b)"
)
_FORMULA = r'<span class="formula"><math[^>]*>(?:(?!</math>).)*</math></span>'
_WITH_PUNCTUATION = re.compile(rf"[(\[“]+{_FORMULA}[.,;:!?)\]”%]*|{_FORMULA}[.,;:!?)\]”%]+")
_ALIGN = {"text-align:left": "left", "text-align:right": "right", "text-align:center": "center"}
_PLAIN_TAGS = names("paragraph bullet_list ordered_list list_item blockquote thead tbody tr strong em s")
_BREAKS_AFTER = names(
    "paragraph_close list_item_close bullet_list_open bullet_list_close ordered_list_open ordered_list_close "
    "blockquote_open blockquote_close "
    "thead_open thead_close tbody_open tbody_close tr_close heading_close"
)


def to_html(markdown: str, inputs: Mapping[str, str] | None = None, *, formulas_as_text: bool = False) -> str:
    r"""Return Markdown with maths as HTML that is safe to put into a page.

    Parameters
    ----------
    markdown : str
        An author's text with its values filled in. Raw HTML in it is shown, not obeyed; links
        go to http and https only; pictures are not loaded.
    inputs : Mapping[str, str], optional
        Trusted HTML of an answer box for each ``{{input:NAME}}``. Without it a blank is drawn.
    formulas_as_text : bool
        Whether formulas are written as plain text, ``(a + b)/2``, for who listens to them so.

    Raises
    ------
    MarkupError
        For a formula outside the allow-list, a ``$`` without partner, a place that has no box.

    Examples
    --------
    >>> to_html("Is *this* <b>bold</b>?")
    '<p>Is <em>this</em> &lt;b&gt;bold&lt;/b&gt;?</p>\n'
    >>> to_html(r"Half is $\frac{1}{2}$.", formulas_as_text=True)
    '<p>Half is <span class="formula-text">1/2</span>.</p>\n'
    """
    return _Page(inputs, as_text=formulas_as_text).blocks(read_markdown(markdown))


def inline_html(markdown: str, *, formulas_as_text: bool = False) -> str:
    """Return one line of Markdown as HTML without block elements, links or anything to focus.

    >>> inline_html("a **b**")
    'a <strong>b</strong>'
    """
    return _Page(None, is_label=True, as_text=formulas_as_text).blocks(read_line(markdown))


class _Page:
    def __init__(
        self, inputs: Mapping[str, str] | None, *, is_label: bool = False, as_text: bool = False
    ) -> None:
        self._inputs = inputs
        self._is_label, self._as_text = is_label, as_text

    def blocks(self, tokens: Sequence[Token]) -> str:
        printed: list[str] = []
        for place, token in enumerate(tokens):
            if token.type == "inline":
                printed.append(self._line(token.children or ()))
            elif not (_is_paragraph(token) and (token.hidden or self._holds_only_boxes(tokens, place))):
                printed.append(self._token(token))
        return "".join(printed)

    def _line(self, tokens: Sequence[Token]) -> str:
        """Print the parts of a line. No break parts a short formula from the punctuation at its sides."""
        printed = "".join(map(self._token, tokens))
        return _WITH_PUNCTUATION.sub(r'<span class="together">\g<0></span>', printed)

    def _holds_only_boxes(self, tokens: Sequence[Token], place: int) -> bool:
        """A paragraph that is nothing but answer boxes gives way: a box may hold blocks of its own."""
        if self._inputs is None:
            return False
        inline = tokens[place + 1] if tokens[place].nesting == 1 else tokens[place - 1]
        children = [
            child for child in inline.children or () if child.type != "softbreak" and child.content != ""
        ]
        return bool(children) and all(child.type == "input_place" for child in children)

    def _token(self, token: Token) -> str:  # noqa: PLR0912 (one case a kind of token)
        kind = token.type.removesuffix("_open").removesuffix("_close")
        if kind in _PLAIN_TAGS:
            return self._plain_tag(token)
        match kind:
            case "text" | "text_special":
                return escape(_IN_QUANTITY.sub("\N{NO-BREAK SPACE}", token.content))
            case "softbreak":
                return "\n"
            case "hardbreak":
                return "<br>\n"
            case "hr":
                return "<hr>\n"
            case "code_inline":
                return f"<code>{escape(token.content)}</code>"
            case "fence" | "code_block":
                return _code(token)
            case "math_inline":
                return self._formula(token, focusable=not self._is_label)
            case "math_inline_double" | "math_block":
                return self._display(token)
            case "input_place":
                return self._box(token.content)
            case "heading":
                level = min(6, int(token.tag[1]) + HEADING_STEPS_DOWN)
                return f"<h{level}>" if token.nesting == 1 else f"</h{level}>\n"
            case "link":
                return self._link(token)
            case "table":
                return _table(token)
            case "th" | "td":
                return _cell(token)
        raise MarkupError(f"This text has a part of a kind that cannot be shown: {token.type}.")

    def _plain_tag(self, token: Token) -> str:
        after = "\n" if token.type in _BREAKS_AFTER else ""
        if token.nesting == -1:
            return f"</{token.tag}>{after}"
        start = token.attrGet("start")
        number = f' start="{int(start)}"' if token.type == "ordered_list_open" and start is not None else ""
        return f"<{token.tag}{number}>{after}"

    def _display(self, token: Token) -> str:
        if self._is_label:
            return self._formula(token, focusable=False)
        formula = self._formula(token, focusable=True, display=True)
        return f"<p>{formula}</p>\n" if token.type == "math_block" else formula

    def _formula(self, token: Token, *, focusable: bool, display: bool = False) -> str:
        latex = token.content.strip()
        if self._as_text:
            return f'<span class="formula-text">{escape(math_text(latex))}</span>'
        return math_html(latex, display, focusable)

    def _box(self, name: str) -> str:
        if self._inputs is None:
            return BLANK
        if name not in self._inputs:
            hint = nearest_hint(name, self._inputs)
            raise MarkupError(
                f"The text gives a place to an answer named {name!r}, which the question lacks.{hint}"
            )
        return self._inputs[name]

    def _link(self, token: Token) -> str:
        if self._is_label:
            return ""
        if token.nesting == -1:
            return "</a>"
        return f'<a href="{escape(str(token.attrGet("href")))}" rel="noopener noreferrer">'


def _is_paragraph(token: Token) -> bool:
    return token.type in {"paragraph_open", "paragraph_close"}


def _code(token: Token) -> str:
    language = token.info.split()[0] if token.info.split() else ""
    name = f' class="language-{escape(language)}"' if _LANGUAGE.fullmatch(language) else ""
    return f'<pre tabindex="0"><code{name}>{escape(token.content)}</code></pre>\n'


def _table(token: Token) -> str:
    if token.nesting == -1:
        return "</table></div>\n"
    return '<div class="table-scroll" tabindex="0" role="group" aria-label="Table"><table>\n'


def _cell(token: Token) -> str:
    if token.nesting == -1:
        return f"</{token.tag}>\n"
    side = _ALIGN.get(str(token.attrGet("style")))
    scope = ' scope="col"' if token.tag == "th" else ""
    name = f' class="{side}"' if side else ""
    return f"<{token.tag}{scope}{name}>"
