"""What protects a person's session: headers, tokens, the origin of a post, sizes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from secrets import token_urlsafe
from typing import TypeVar
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, request
from flask_wtf.csrf import CSRFProtect
from werkzeug.exceptions import Forbidden
from werkzeug.middleware.proxy_fix import ProxyFix

from quizengine.web.settings import Settings

#: The longest thing that any page takes is a query of 20,000 characters.
MAX_BODY = 32 * 1024
MAX_FORM_PARTS = 200
SAFE_METHODS = ("GET", "HEAD", "OPTIONS", "TRACE")
#: Pages that no cache may keep: they show what people answered.
PRIVATE = ("/t/", "/learn", "/demo", "/bank", "/sheets", "/hire", "/login", "/i/")
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; "
    "frame-ancestors 'none'"
)
_OFF = (
    "accelerometer", "autoplay", "browsing-topics", "camera", "clipboard-read", "display-capture",
    "encrypted-media", "fullscreen", "geolocation", "gyroscope", "hid", "idle-detection", "local-fonts",
    "magnetometer", "microphone", "midi", "payment", "picture-in-picture", "publickey-credentials-get",
    "screen-wake-lock", "serial", "usb", "xr-spatial-tracking",
)  # fmt: skip
PERMISSIONS = ", ".join(f"{name}=()" for name in _OFF)

csrf = CSRFProtect()

View = TypeVar("View", bound=Callable[..., object])


def takes(size: int) -> Callable[[View], View]:
    """Let a page take a larger body than others, in bytes: a class list, the marks of a whole sheet."""

    def marked(view: View) -> View:
        view.max_body = size  # type: ignore[attr-defined]
        return view

    return marked


def csp_nonce() -> str:
    """Return the number used once that lets an editor of ours write its style element."""
    if "csp_nonce" not in g:
        g.csp_nonce = token_urlsafe(16)
    return str(g.csp_nonce)


def init_app(app: Flask, settings: Settings) -> None:
    """Protect every request and every response of ``app``."""
    app.config.update(
        SESSION_COOKIE_NAME="__Host-qe" if settings.is_https else "qe",
        SESSION_COOKIE_SECURE=settings.is_https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(days=30),
        MAX_CONTENT_LENGTH=MAX_BODY,
        MAX_FORM_PARTS=MAX_FORM_PARTS,
        MAX_FORM_MEMORY_SIZE=MAX_BODY,
        # Its default of an hour ends inside a long attempt.
        WTF_CSRF_TIME_LIMIT=None,
        # A page with no-referrer could not post otherwise; the origin is checked below.
        WTF_CSRF_SSL_STRICT=False,
        # Checked by hand below, after the origin.
        WTF_CSRF_CHECK_DEFAULT=False,
    )
    if settings.is_https:
        # The last two are for whoever asks from the machine itself whether the server is well.
        app.config["TRUSTED_HOSTS"] = [urlsplit(settings.public_url).hostname, "127.0.0.1", "localhost"]
    if settings.proxy_hops:
        hops = settings.proxy_hops
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    csrf.init_app(app)
    app.before_request(_allow_size)
    app.before_request(lambda: _check_origin(settings))
    app.before_request(_check_token)
    app.after_request(lambda response: _headers(response, settings))


def _allow_size() -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    size = getattr(view, "max_body", MAX_BODY)
    request.max_content_length = request.max_form_memory_size = size


def _check_origin(settings: Settings) -> None:
    """Refuse a post that another site's page sent, whatever token it carries."""
    if request.method in SAFE_METHODS:
        return
    site = request.headers.get("Sec-Fetch-Site", "")
    if site not in ("", "same-origin", "none"):
        raise Forbidden("This was sent from a page of another site.")
    origin = request.headers.get("Origin", "")
    # A page without referrer sends "null"; then the browser's own word on the site must do.
    if origin and origin != "null" and origin != (settings.public_url or request.host_url.rstrip("/")):
        raise Forbidden("This was sent from a page of another site.")
    if origin == "null" and site != "same-origin":
        raise Forbidden("This was sent from a page that does not say where it comes from.")


def _check_token() -> None:
    if request.method in SAFE_METHODS or request.endpoint is None:
        return
    csrf.protect()


def _headers(response: Response, settings: Settings) -> Response:
    headers = response.headers
    headers["Content-Security-Policy"] = _POLICY.format(nonce=csp_nonce())
    headers["X-Content-Type-Options"] = "nosniff"
    headers.setdefault("Referrer-Policy", "same-origin")
    headers["Permissions-Policy"] = PERMISSIONS
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    if settings.is_https:
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    if _is_private():
        headers["Cache-Control"] = "no-store"
    elif response.mimetype == "text/html":
        # The page holds a token and the colours of one person.
        headers.setdefault("Cache-Control", "private, no-cache")
        headers.add("Vary", "Cookie")
    return response


def _is_private() -> bool:
    return any(request.path == prefix.rstrip("/") or request.path.startswith(prefix) for prefix in PRIVATE)
