"""Static files under an address that changes with their content, so that browsers may keep them for ever."""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from flask import Blueprint, Flask, Response, abort, current_app, request, url_for

blueprint = Blueprint("style", __name__)

HASH_LENGTH = 12
YEAR = 31_536_000
IMMUTABLE = f"public, max-age={YEAR}, immutable"
#: The rest lies between, by name: it uses what these define, and print overrides it.
_FIRST = ("tokens.css", "base.css", "layout.css")
_LAST = ("print.css",)
_ADDRESS = re.compile(r'url\("\.\./([^"]+)"\)')


def static_url(path: str) -> str:
    """Return the address of a static file with the hash of its content.

    >>> static_url("js/theme.js")  # doctest: +SKIP
    '/static/js/theme.js?v=1f0c...'
    """
    folder = Path(current_app.static_folder or "")
    return url_for("static", filename=path, v=_hash_of(folder / path, _stamp(folder / path)))


def style_sheet_url() -> str:
    """Return the address of the one style sheet: every file of ``static/css``."""
    return url_for("style.style_sheet", v=_digest(_style_sheet().encode()))


@blueprint.get("/static/quizengine.css")
def style_sheet() -> Response:
    """Serve the style sheet."""
    return Response(_style_sheet(), mimetype="text/css")


def _style_sheet() -> str:
    folder = Path(current_app.static_folder or "") / "css"
    names = style_sheet_names(folder)
    stamps = tuple(_stamp(folder / name) for name in names)
    # The address of a font holds its hash too.
    return _ADDRESS.sub(lambda found: f'url("{static_url(found[1])}")', _joined(folder, names, stamps))


def style_sheet_names(folder: Path) -> tuple[str, ...]:
    """Return the style sheets of a folder in the order in which they are joined."""
    between = sorted(path.name for path in folder.glob("*.css") if path.name not in _FIRST + _LAST)
    return (*_FIRST, *between, *_LAST)


@lru_cache(maxsize=4)
def _joined(folder: Path, names: tuple[str, ...], stamps: tuple[int, ...]) -> str:
    return "\n".join((folder / name).read_text(encoding="utf-8") for name in names)


@lru_cache(maxsize=512)
def _hash_of(path: Path, stamp: int) -> str:
    return _digest(path.read_bytes())


def _stamp(path: Path) -> int:
    """Return when a file was changed: part of the cache's key, so that an edit shows at once."""
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        abort(404)


def _digest(content: bytes) -> str:
    return sha256(content).hexdigest()[:HASH_LENGTH]


def _keep(response: Response) -> Response:
    if request.endpoint in ("static", "style.style_sheet") and response.status_code in (200, 304):
        # Without the hash in the address a browser asks each time whether the file has changed.
        response.headers["Cache-Control"] = IMMUTABLE if request.args.get("v") else "no-cache"
    return response


def init_app(app: Flask) -> None:
    """Serve the style sheet, and let browsers keep what has a hash in its address."""
    app.register_blueprint(blueprint)
    app.after_request(_keep)
