"""The echo: "we read this as ..." while somebody types. It knows the declared type, never the key."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify, render_template, request

from quizengine.errors import RequestError, UnreadableResponseError
from quizengine.model.grade import Decimal
from quizengine.model.variant import Variant
from quizengine.web.feedback import echo_html
from quizengine.web.forms import is_empty, read_object, read_value
from quizengine.web.question import around


def echo(variant: Variant) -> Response:
    """Answer the JSON call of ``echo.js``: ``{"part", "value", "decimal"}`` -> ``{"part", "ok", "html"}``.

    For every page that has a form: find the variant, then return this.

    Raises
    ------
    RequestError
        If the body has not that form, or names a part that the variant has not.
    """
    body = read_object(request, "part, value and decimal")
    part = next((part for part in variant.parts if part.name == body.get("part")), None)
    if part is None:
        raise RequestError("This question has no answer of that name.")
    value = read_value(body.get("value"))
    decimal: Decimal = "comma" if body.get("decimal") == "comma" else "point"
    shown: dict[str, Any] = {}
    if not is_empty(value):
        try:
            shown["html"], shown["kind"] = echo_html(part.answer, value, decimal)
        except UnreadableResponseError as error:
            shown["message"] = str(error)
            if error.start is not None and isinstance(value, str):
                shown["before"], shown["marked"], shown["after"] = around(value, error.start, error.end)
    html = render_template("parts/echo.html", **shown)
    return jsonify(part=part.name, ok="message" not in shown, html=html)
