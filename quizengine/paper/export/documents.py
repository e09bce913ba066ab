"""A collection as a document to read and edit: Markdown, or LaTeX source."""

from __future__ import annotations

from collections.abc import Iterable

from quizengine.markup.latex import DEFINITIONS, declarations, latex_text, line_latex, to_latex
from quizengine.markup.typst import typst_string
from quizengine.markup.writing import escape_markdown
from quizengine.model.collection import Collection
from quizengine.model.variant import Figure
from quizengine.paper.export.blocks import Block, blocks_of, figure_name
from quizengine.paper.export.notes import Notes
from quizengine.paper.export.package import Export
from quizengine.paper.press import compile_pdf

_MARKS = {"title": "#", "question": "##", "head": "###"}
_COMMANDS = {"title": "section*", "question": "subsection*", "head": "subsubsection*"}
_PREAMBLE = r"""\documentclass[11pt]{article}
\usepackage[utf8]{inputenc}
\usepackage{amsmath}
\usepackage{booktabs}
\usepackage{graphicx}
\setlength{\parindent}{0pt}
\setlength{\parskip}{6pt}
\sloppy"""


def to_markdown(collection: Collection, with_key: bool) -> Export:
    """Return a collection as Markdown with maths between dollars; figures are files beside it."""
    body = "\n\n".join(map(_markdown, blocks_of(collection, with_key)))
    files = {"questions.md": f"{body}\n".encode()}
    files |= {figure_name(one, "svg"): one.figure.svg.encode() for one in collection.variants if one.figure}
    return Export(files, (), len(collection.variants))


def _markdown(block: Block) -> str:
    if block.kind == "figure":
        return f"![{escape_markdown(block.text)}](images/{block.name}.svg)"
    if block.kind == "text":
        return block.text.strip()
    return f"{_MARKS[block.kind]} {block.text}"


def to_latex_source(collection: Collection, with_key: bool) -> Export:
    """Return a collection as LaTeX for amsmath, booktabs and graphicx; figures are PDF files."""
    notes = Notes()
    body = "\n\n".join(map(_latex, blocks_of(collection, with_key)))
    signs, unknown = declarations(body)
    if unknown:
        notes.add("lost", f"signs that LaTeX's own fonts do not have stand there by number: {unknown}")
    lines: Iterable[str] = (_PREAMBLE, DEFINITIONS, signs, r"\begin{document}", body, r"\end{document}", "")
    files = {"questions.tex": "\n".join(lines).encode()}
    files |= {figure_name(one, "pdf"): _drawn(one.figure) for one in collection.variants if one.figure}
    return Export(files, tuple(notes.found), len(collection.variants))


def _latex(block: Block) -> str:
    if block.kind == "figure":
        size = r"width=\linewidth,height=.4\textheight,keepaspectratio"
        picture = rf"\includegraphics[{size}]{{images/{block.name}.pdf}}"
        words = rf"{{\small Figure: {latex_text(block.text)}\par}}"
        return f"\\begin{{center}}\n{picture}\n\\end{{center}}\n{words}"
    if block.kind == "text":
        return to_latex(block.text)
    return f"\\{_COMMANDS[block.kind]}{{{line_latex(block.text)}}}"


def _drawn(figure: Figure) -> bytes:
    """Return a figure as PDF, which LaTeX can take in: it knows no SVG."""
    return compile_pdf(
        '#set document(title: "Figure")\n#set text(lang: "en")\n'
        "#set page(width: auto, height: auto, margin: 2pt)\n"
        f'#image(bytes({typst_string(figure.svg)}), format: "svg", alt: {typst_string(figure.alt)})\n'
    )
