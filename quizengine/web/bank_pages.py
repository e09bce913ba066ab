"""The bank for its authors: a list of questions in numbers, and a page for each. Never a key.

Only there when the server was started for authors, and then only for whoever sits at the machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, abort, render_template, request
from markupsafe import Markup

from quizengine.services.charts import items as charts
from quizengine.services.charts.drawing import THEMED, svg
from quizengine.services.item_bank import ORDERS, ItemBank, ItemRow, Order, find_item, in_order, item_bank
from quizengine.web.context import runtime

blueprint = Blueprint("bank", __name__, url_prefix="/bank")

LOOPBACK = ("localhost", "127.0.0.1", "::1")
#: What a proxy adds: then the address that is seen is the proxy's, and says nothing about who asks.
FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-IP")


@blueprint.before_request
def only_here() -> None:
    """Hide these pages from everybody who does not ask from the machine itself, under its own name."""
    host = urlsplit(f"//{request.host}").hostname or ""
    if not is_here(request.remote_addr) or host not in LOOPBACK or any(map(request.headers.get, FORWARDED)):
        abort(404)


def is_here(address: str | None) -> bool:
    """Whether an address is this machine's own.

    >>> is_here("127.0.0.1"), is_here("192.0.2.1"), is_here(None), is_here("")
    (True, False, False, False)
    """
    try:
        return ip_address(address or "").is_loopback
    except ValueError:
        return False


def links() -> list[tuple[str, str]]:
    """Return the link of the main navigation."""
    return [("Bank", "/bank")]


@blueprint.get("")
def show() -> str:
    """Show all questions, or those of an area, in an order."""
    bank = item_bank(runtime())
    areas = runtime().bank.roadmap.areas
    area = next((one for one in areas if one.id == request.args.get("area")), None)
    order: Order = next((name for name in ORDERS if name == request.args.get("order")), "skill")
    falling = request.args.get("falling") == "yes"
    rows = [row for row in bank.rows if area is None or row.skill.area == area.id]
    pictures = _pictures(bank, rows) if rows else {}
    return render_template(
        "bank/index.html",
        bank=bank,
        rows=in_order(rows, order, falling=falling),
        areas=areas,
        area=area,
        order=order,
        falling=falling,
        pictures=pictures,
    )


@blueprint.get("/<question_id>")
def question(question_id: str) -> str:
    """Show one question: its curve, what an answer tells, and what people did."""
    row, done = find_item(runtime(), question_id)
    title = f"Chance to be right and information by ability: {row.question.title}"
    return render_template(
        "bank/question.html",
        row=row,
        done=done,
        area=next(one for one in runtime().bank.roadmap.areas if one.id == row.skill.area),
        picture=_picture(charts.item_curve(row, done, THEMED), title),
    )


def _picture(figure: Any, title: str) -> Markup:
    return Markup(svg(figure, title))  # noqa: S704  (our own drawing; its title is escaped)


def _pictures(bank: ItemBank, rows: Sequence[ItemRow]) -> dict[str, Markup]:
    pictures = {
        "map": _picture(charts.wright_map(rows, bank.abilities, THEMED), "People beside questions"),
        "information": _picture(charts.test_information_curve(rows, THEMED), "Information by ability"),
    }
    if bank.sittings:
        pictures["exposure"] = _picture(charts.exposure(rows, THEMED), "Exposure of each question")
    return pictures
