"""Markdown in pages: safe whatever is written, readable by everybody."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from quizengine.errors import MarkupError
from quizengine.markup import inline_html, to_html

VOID = {"br", "hr"}
TAGS = {
    "p", "ul", "ol", "li", "blockquote", "pre", "code", "table", "thead", "tbody", "tr", "th", "td", "div",
    "span", "strong", "em", "s", "a", "h3", "h4", "h5", "h6", "br", "hr", "math", "mrow", "mi", "mn", "mo",
    "mtext", "mspace", "mfrac", "msqrt", "mroot", "msub", "msup", "msubsup", "munder", "mover",
    "munderover", "mtable", "mtr", "mtd", "mstyle",
}  # fmt: skip
HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '[x](javascript:alert(1) "onclick=alert(1)")',
    '[x](https://a.example/"onmouseover=alert(1))',
    "<javascript:alert(1)>",
    "![x](https://a.example/x.png)",
    '```"><script>\nx\n```',
    r"$\text{<script>alert(1)</script>}$",
    r"$\text{' onload=alert(1) }$",
    "| <b> | <i> |\n|---|:-:|\n| <script> | x |",
    "[ref]\n\n[ref]: javascript:alert(1)",
    "&lt;script&gt; &#60;script&#62; &quot;",
    "{{input:<script>}}",
]


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.faults: list[str] = []
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        if tag not in TAGS:
            self.faults.append(f"<{tag}>")
        for name, value in attrs:
            if (
                name.startswith("on")
                or name == "style"
                or (name == "href" and not (value or "").startswith("http"))
            ):
                self.faults.append(f"{name}={value}")
        if tag not in VOID and not (self.get_starttag_text() or "").endswith("/>"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}>")


def faults_of(html: str) -> list[str]:
    reader = Reader()
    reader.feed(html)
    reader.close()
    return reader.faults + [f"<{tag}> is left open" for tag in reader.open]


PIECES = st.sampled_from(
    [
        *HOSTILE,
        "\n",
        "\n\n",
        "- ",
        "1. ",
        "> ",
        "# ",
        "**",
        "_",
        "`",
        "```\n",
        "$x$",
        "$$",
        "|",
        "---",
        "\\",
        "<",
        ">",
        '"',
        "'",
    ]
)


@given(
    st.one_of(
        st.text(max_size=200), st.lists(st.one_of(PIECES, st.text(max_size=6)), max_size=20).map("".join)
    )
)
@example("<script>alert(1)</script>")
def test_nothing_written_becomes_a_script_a_handler_or_an_unbalanced_tag(markdown: str) -> None:
    for render in (to_html, inline_html):
        try:
            html = render(markdown)
        except MarkupError:
            continue

        assert faults_of(html) == []
        assert "<script" not in html.lower()


@pytest.mark.parametrize("markdown", HOSTILE)
def test_hostile_text_is_shown_and_not_obeyed(markdown: str) -> None:
    html = to_html(markdown)

    assert faults_of(html) == []
    assert not re.search(r"<(script|img|b|i)\b", html)


def test_links_go_to_the_web_only() -> None:
    assert '<a href="https://a.example/" rel="noopener noreferrer">x</a>' in to_html(
        "[x](https://a.example/)"
    )
    for address in (
        "javascript:x",
        "data:text/html,x",
        "mailto:a@b.example",
        "/admin",
        "//a.example",
        "ftp://a.example",
    ):
        assert "<a" not in to_html(f"[x]({address})")


def test_headings_stand_below_those_of_the_page() -> None:
    assert to_html("# One\n\n## Two\n\n###### Six") == "<h3>One</h3>\n<h4>Two</h4>\n<h6>Six</h6>\n"


def test_code_can_be_scrolled_by_keyboard_and_keeps_its_characters() -> None:
    html = to_html("```sql\nSELECT '<b>' WHERE a < 1\n```")

    assert html.startswith('<pre tabindex="0"><code class="language-sql">SELECT ')
    assert html.endswith("&#x27;&lt;b&gt;&#x27; WHERE a &lt; 1\n</code></pre>\n")


def test_a_table_scrolls_in_itself_and_needs_no_style_attribute() -> None:
    html = to_html("| a | b |\n|---|--:|\n| 1 | 2 |")

    assert html.startswith('<div class="table-scroll" tabindex="0" role="group" aria-label="Table"><table>')
    assert '<th scope="col" class="right">b</th>' in html
    assert '<td class="right">2</td>' in html
    assert "style" not in html


def test_answer_boxes_stand_where_the_prompt_places_them() -> None:
    boxes = {"a": '<input name="a">', "b": '<div><input name="b"></div>'}

    html = to_html("Let $x$ be {{input:a}}.\n\n{{ input:b }}", boxes)

    assert 'be <input name="a">.</p>' in html
    assert html.endswith('<div><input name="b"></div>')
    assert "{{input:a}}" in to_html("`{{input:a}}`", boxes)


def test_without_boxes_a_place_is_a_blank() -> None:
    assert 'aria-label="place of the answer">____</span>' in to_html("It is {{input:a}}.")


def test_a_place_without_a_box_is_named_with_the_nearest() -> None:
    message = r"an answer named 'precison', which the question lacks\. Did you mean 'precision'"

    with pytest.raises(MarkupError, match=message):
        to_html("{{input:precison}}", {"precision": ""})


def test_a_place_inside_a_formula_is_refused() -> None:
    with pytest.raises(MarkupError, match="stands inside the formula"):
        to_html("$x = {{input:a}}$", {"a": ""})


@pytest.mark.parametrize("markdown", ["from $5 to 9", "$ x $", "$x", "$$x", "a $x$ and $y"])
def test_a_dollar_without_partner_is_refused_and_the_way_out_named(markdown: str) -> None:
    with pytest.raises(MarkupError, match=r"A \$ has no partner near .* write \\\$"):
        to_html(markdown)


def test_money_is_written_with_a_backslash() -> None:
    assert to_html(r"from \$5 to \$9") == "<p>from $5 to $9</p>\n"


def test_a_label_has_no_blocks_links_or_stops_for_the_keyboard() -> None:
    html = inline_html("# a\n\n- [b](https://a.example) $$x+a+b+c+d+e+f+g+h+i+j+k$$ **c**")

    assert not re.search(r"<(p|h\d|ul|li|a|div)\b|tabindex|display=", html)
    assert "<strong>c</strong>" in html


def test_a_text_that_is_too_long_is_refused() -> None:
    with pytest.raises(MarkupError, match="may have 100000 characters"):
        to_html("x" * 100_001)


@pytest.mark.parametrize(
    ("markdown", "kept"),
    [
        ("the correlation $r$. Then", "$r$."),
        ("at 5 % ($z = 2$), so", "($z = 2$),"),
        ("costs 40 € today", "40 €"),
        ("a claim of $x$ € is", "$x$ €"),
        ("\\$32 000 a month", "32 000"),
        ("within 20 ms or so", "20 ms"),
    ],
)
def test_a_line_does_not_break_inside_a_quantity_or_before_punctuation(markdown: str, kept: str) -> None:
    page = to_html(markdown)
    flat = re.sub(r'<span class="formula"><math.*?alttext="([^"]*)".*?</math></span>', r"$\1$", page)
    joined = re.sub(r'<span class="together">(.*?)</span>', lambda found: found[1].replace(" ", "\xa0"), flat)

    assert kept.replace(" ", "\xa0") in joined


def test_words_after_a_number_may_stand_on_the_next_line() -> None:
    assert "\xa0" not in to_html("5 steps, 3 say so, 7 minutes, 2 5")
