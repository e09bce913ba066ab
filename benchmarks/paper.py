"""A hundred distinct two-page sheets with their keys, by two processes, as PDF/UA-1.

Claim: at most 5 s where nothing is drawn, 12 s with a figure on each, on 2 cores; from the wish to the last
file, processes started and values drawn included.

The peer of the same run is WeasyPrint on the same prompts, solutions, wrong answers and figures as HTML, by
two processes too. It sets no formulas: ziamath draws each. It is given the variants, and has no QR code and
plain room to write. It needs a Python that has both: ``python benchmarks/paper.py --peer venv/bin/python``.
``--copies 1000`` shows the memory.
"""

from __future__ import annotations

import argparse
import json
import os
import resource as limits
import subprocess
import tempfile
import time
from base64 import b64encode
from dataclasses import replace
from html import escape
from multiprocessing import forkserver
from pathlib import Path

from quizengine.bank import Bank, load_bank
from quizengine.markup import to_html
from quizengine.model.sheet import Sheet
from quizengine.model.variant import Figure
from quizengine.paper.run import PrintJob, PrintPool
from quizengine.resources import resource
from quizengine.services.sheets import Plan, SheetWish, copies_of, make_sheets, plan_sheets, values_of

WORKERS = 2
PAGES = 2
CLAIMED = {"plain": 5.0, "figure": 12.0}
WISH = SheetWish(skills=("math.matrices", "math.bayes"), minutes=13, seed=3)
DRAWN = "math.distributions.read-a-bar-chart"
OUT = Path(__file__).parent / "out" / "paper.json"
PEER = """
import json, logging, re, sys
from base64 import b64encode
from html import unescape
from multiprocessing import Pool
from pathlib import Path
from weasyprint import HTML
from ziamath import Math
logging.getLogger("weasyprint").setLevel(logging.ERROR)
def picture(found):
    drawn = Math(unescape(found[0]), size=14.7)
    data = b64encode(drawn.svg().encode()).decode()
    place = f'style="vertical-align:{drawn.getyofst()}px"'
    return f'<img src="data:image/svg+xml;base64,{data}" alt="{found[1]}" {place}>'
def pdf(page):
    name, html = page
    html = re.sub('<math[^>]*alttext="([^"]*)".*?</math>', picture, html, flags=re.S)
    HTML(string=html).write_pdf(str(Path(sys.argv[1]) / name), pdf_variant="pdf/ua-1")
if __name__ == "__main__":
    pages = json.load(sys.stdin)
    with Pool(2) as pool:
        pool.map(pdf, pages, chunksize=2)
"""
STYLE = "@page{size:A4;margin:2cm}body{font:11pt serif}table{border-collapse:collapse}td,th{padding:4pt}"


def plan_of(bank: Bank, *, drawn: bool, copies: int) -> tuple[SheetWish, Plan]:
    """Return a set of two pages, without figures or with one."""
    wish = replace(WISH, copies=copies)
    plan = plan_sheets(bank, wish)
    questions = [entry for entry in plan.questions if entry.question.figure is None]
    if drawn:
        # A picture takes the room of two questions.
        questions[-2:] = [bank[DRAWN]]
    forms = replace(plan.forms, questions=(tuple(questions),))
    return wish, replace(plan, questions=tuple(questions), forms=forms)


def timed(wish: SheetWish, plan: Plan, folder: Path) -> dict[str, float]:
    """Print all copies into a folder, and return what it took."""
    started, before = time.perf_counter(), _processor_seconds()
    first = 0.0
    with PrintPool(WORKERS) as pool:
        job = PrintJob(wish, plan, values_of(wish, plan, pool.map))
        for one in pool.print(job, copies_of(wish)):
            if one.fault:
                raise SystemExit(f"{one.code}: {one.fault}")
            for name, content in one.files.items():
                (folder / name).write_bytes(content)
            first = first or time.perf_counter() - started
    seconds = time.perf_counter() - started
    # What its processes took is told when it ends; the next run starts one again.
    forkserver._forkserver._stop()  # type: ignore[attr-defined]
    size = sum(path.stat().st_size for path in folder.iterdir()) / wish.copies
    return {
        "seconds": round(seconds, 2),
        "seconds_to_the_first": round(first, 2),
        # What another load does not change: seconds of processors, of this process and all it started.
        "processor_seconds": round(_processor_seconds() - before, 2),
        "megabytes_here": _megabytes(limits.RUSAGE_SELF),
        "megabytes_a_process": _megabytes(limits.RUSAGE_CHILDREN),
        "bytes_a_copy": round(size),
    }


def _processor_seconds() -> float:
    return sum(os.times()[:4])


def _megabytes(who: int) -> int:
    """Return the most memory that one process had so far."""
    return round(limits.getrusage(who).ru_maxrss / 1024)


def pages_of(folder: Path) -> set[int]:
    """Return the page counts of the sheets, not of the keys."""
    from pypdfium2 import PdfDocument  # noqa: PLC0415 (for developers)

    return {len(PdfDocument(path)) for path in folder.glob("*.pdf") if not path.stem.endswith("-key")}


def peer_seconds(python: str, wish: SheetWish, plan: Plan) -> tuple[float, float]:
    """Return the seconds that WeasyPrint takes for the same sheets and keys, and those of processors."""
    pages = [page for sheet in make_sheets(wish, plan) for page in _html(sheet)]
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "peer.py"
        script.write_text(PEER, encoding="utf-8")
        started, before = time.perf_counter(), _processor_seconds()
        subprocess.run([python, script, folder], input=json.dumps(pages).encode(), check=True)
        return time.perf_counter() - started, _processor_seconds() - before


def _html(sheet: Sheet) -> list[tuple[str, str]]:
    title = escape(sheet.title)
    head = f"<html lang=en><title>{title}</title><style>{STYLE}</style><h1>{title}</h1>"
    asked, solved = head, head
    for at, item in enumerate(sheet.items, 1):
        variant = item.variant
        name = f"<h2>{at}. {escape(variant.title)}</h2>"
        picture = _picture(variant.figure) if variant.figure else ""
        room = "<div style='height:4cm'></div><p>Answer: ________</p>"
        shown = f"{name}{to_html(variant.prompt)}{picture}{room}"
        asked += f"<section style='break-inside:avoid'>{shown}</section>"
        slips = "".join(f"<tr><td>{to_html(wrong.feedback)}" for wrong in variant.misconceptions)
        solved += f"{name}{to_html(variant.solution)}<table>{slips}</table>"
    return [(f"{sheet.code}.pdf", asked), (f"{sheet.code}-key.pdf", solved)]


def _picture(figure: Figure) -> str:
    data = b64encode(figure.svg.encode()).decode()
    return f'<img width="72%" src="data:image/svg+xml;base64,{data}" alt="{escape(figure.alt)}">'


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--copies", type=int, default=100)
    parser.add_argument("--peer", default="", help="a Python that has WeasyPrint")
    parser.add_argument("--peer-copies", type=int, default=100)
    given = parser.parse_args()
    bank = load_bank(resource("question_banks") / "backend_to_ml")
    found: dict[str, object] = {"copies": given.copies, "load": [round(one, 1) for one in os.getloadavg()]}
    for kind, claimed in CLAIMED.items():
        wish, plan = plan_of(bank, drawn=kind == "figure", copies=given.copies)
        with tempfile.TemporaryDirectory() as name:
            run = timed(wish, plan, Path(name))
            pages = sorted(pages_of(Path(name)))
        if given.peer:
            few = replace(wish, copies=given.peer_copies)
            took = [round(seconds / few.copies, 3) for seconds in peer_seconds(given.peer, few, plan)]
            run["peer_seconds_a_copy"], run["peer_processor_seconds_a_copy"] = took
        found[kind] = run
        print(f"{kind}: {given.copies} sheets of {len(plan.questions)} questions on {pages} pages, with keys")
        print(f"  {run} (claim: {claimed:g} seconds a hundred)")
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
