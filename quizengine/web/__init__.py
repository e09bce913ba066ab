"""Flask: settings, blueprints, security headers, error table. Pages parse, call one service, render."""

from __future__ import annotations

import fcntl

from flask import Flask

from quizengine.bank import Bank, load_bank
from quizengine.bank.engines import judgeable
from quizengine.resources import resource
from quizengine.services.hiring import erasing
from quizengine.services.runtime import Runtime
from quizengine.sqljudge import keep_panels_in
from quizengine.sqljudge.postgres import use_server
from quizengine.store.database import open_engine, require_newest, transactions, upgrade
from quizengine.web import (
    attempt,
    attempt_calls,
    bank_pages,
    context,
    demo,
    errors,
    hire,
    learn,
    looks,
    pages,
    plan,
    practice,
    pressing,
    pulse,
    report,
    security,
    sheet_class,
    sheet_marks,
    sheets,
    static,
    theme,
    trying,
    words,
)
from quizengine.web.keys import secret
from quizengine.web.settings import Settings

BLUEPRINTS = (
    pages.blueprint,
    theme.blueprint,
    demo.blueprint,
    learn.blueprint,
    attempt.blueprint,
    attempt_calls.blueprint,
    trying.blueprint,
    practice.blueprint,
    report.blueprint,
    plan.blueprint,
    sheets.blueprint,
    sheet_class.blueprint,
    sheet_marks.blueprint,
    *hire.BLUEPRINTS,
)


def create_app(settings: Settings | None = None, *, bank: Bank | None = None) -> Flask:
    """Return the application, ready to serve.

    An empty data folder gets its secrets (mode 0600) and a database; a SQLite database that is
    behind is migrated, any other is refused until ``quizengine db upgrade`` has run. Questions that nothing
    here can judge are left out; ``app.config["LEFT_OUT"]`` names them.

    Parameters
    ----------
    settings : Settings, optional
        Without them the environment is read.
    bank : Bank, optional
        A bank that is loaded already; else the one of the settings is.

    Raises
    ------
    SettingsError
        If production would not be safe.
    BankError
        With every fault of the bank.
    StoreError
        If the database is behind, or was used by a newer program.
    """
    settings = settings or Settings.from_environment()
    settings.refuse_unsafe()
    # What people answered is for this user's eyes alone; a folder that exists keeps its rights.
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    app = Flask("quizengine", template_folder=resource("templates"), static_folder=resource("static"))
    # One data folder is one server: whatever its workers are, they make and migrate things once.
    with (settings.data / "start.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        app.secret_key = secret(settings.data, "secret_key", settings.secret_key)
        variants_key = secret(settings.data, "variants_key", settings.variants_key)
        url = _open_database(settings)
    app.config["SECRET_KEY_FALLBACKS"] = list(settings.secret_key_fallbacks)
    app.config["DATABASE_URL"] = url
    app.config["MAILS"] = bool(settings.smtp)
    app.url_map.strict_slashes = False
    keep_panels_in(settings.data / "cache" / "panels")
    if settings.postgres:
        use_server(settings.postgres)
    asked, app.config["LEFT_OUT"] = judgeable(bank or load_bank(settings.bank, cache=settings.data / "cache"))
    runtime = Runtime(
        bank=asked,
        transaction=transactions(open_engine(url)),
        variants_key=variants_key.encode(),
    )
    pulse.init_app(app)
    looks.init_app(app)
    # Before anything is served: a backup that was restored may know people who are to be gone.
    erasing.replay(runtime, settings.data, now=words.now())
    security.init_app(app, settings)
    errors.init_app(app)
    static.init_app(app)
    context.init_app(app, runtime)
    pressing.init_app(app, runtime, settings.public_url)
    words.init_app(app)
    context.add_navigation(app, learn.links)
    context.add_navigation(app, sheets.links)
    context.add_navigation(app, hire.links)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    if settings.author:
        app.register_blueprint(bank_pages.blueprint)
        context.add_navigation(app, bank_pages.links)
    return app


def _open_database(settings: Settings) -> str:
    """Return the URL of a database that is as new as this program."""
    url = settings.store_url
    if url.startswith("sqlite"):
        upgrade(url)
    require_newest(url)
    return url
