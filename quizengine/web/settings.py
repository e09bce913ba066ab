"""Settings: read once from the environment (``QUIZENGINE_*``), then frozen."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from quizengine.errors import QuizEngineError, nearest_hint
from quizengine.resources import resource
from quizengine.store.database import sqlite_url

Environment = Literal["development", "production"]

PREFIX = "QUIZENGINE_"
#: Settings of the test run, which the program itself does not read.
_OF_TESTS = ("QUIZENGINE_CHROMIUM", "QUIZENGINE_REQUIRE_", "QUIZENGINE_TEST_")
NAMES = (
    "BANK",
    "DATA",
    "DATABASE_URL",
    "ENV",
    "MAIL_FROM",
    "POSTGRES",
    "PROXY_HOPS",
    "PUBLIC_URL",
    "SECRET_KEY",
    "SECRET_KEY_FALLBACKS",
    "SMTP",
    "VARIANTS_KEY",
)
MIN_SECRET_BYTES = 32


class SettingsError(QuizEngineError):
    """Settings that the program refuses to start with; names every one at fault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What an operator can set.

    ``data`` holds the database and the generated secrets. Empty secrets are made there at
    the first start; ``production`` refuses that, so that several machines cannot differ.
    ``public_url`` is what people type; https there makes cookies secure.
    ``postgres`` is the PostgreSQL database that questions for PostgreSQL are judged in.
    ``smtp`` is the mail server, ``mail_from`` the address that letters come from; without one they are
    written into files. ``proxy_hops`` is how many proxies stand before the program, 0 for none.
    ``author`` adds the pages of the bank in numbers, for whoever sits at the machine; it is an
    option of ``serve``, and no variable.
    """

    data: Path = field(default_factory=lambda: Path("instance"))
    bank: Path = field(default_factory=lambda: resource("question_banks") / "backend_to_ml")
    environment: Environment = "development"
    database_url: str = ""
    public_url: str = ""
    proxy_hops: int | None = None
    postgres: str = field(default="", repr=False)
    smtp: str = field(default="", repr=False)
    mail_from: str = ""
    secret_key: str = field(default="", repr=False)
    secret_key_fallbacks: tuple[str, ...] = field(default=(), repr=False)
    variants_key: str = field(default="", repr=False)
    author: bool = False

    @property
    def is_production(self) -> bool:
        """Whether strangers can reach this server."""
        return self.environment == "production"

    @property
    def is_https(self) -> bool:
        """Whether people reach this server over TLS."""
        return self.public_url.startswith("https://")

    @property
    def store_url(self) -> str:
        """The URL of the database: the one set, else the SQLite file in the data folder."""
        return self.database_url or sqlite_url(self.data.resolve() / "quizengine.db")

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Read and check the settings.

        Raises
        ------
        SettingsError
            For an unknown name (with the nearest known one), a value that cannot be, and what
            production refuses; all of it at once.
        """
        variables = os.environ if environ is None else environ
        given = {
            name.removeprefix(PREFIX): value
            for name, value in variables.items()
            if name.startswith(PREFIX) and not name.startswith(_OF_TESTS)
        }
        known = [PREFIX + name for name in NAMES]
        faults = [
            f"There is no setting named {PREFIX}{name}.{nearest_hint(PREFIX + name, known)}"
            for name in given
            if name not in NAMES
        ]
        faults += [
            message
            for message in (
                _environment_fault(given),
                _hops_fault(given),
                _url_fault(given),
                postgres_fault(given.get("POSTGRES", "")),
                _mail_fault(given),
            )
            if message
        ]
        if faults:
            raise SettingsError("\n".join(faults))
        settings = _settings(given)
        settings.refuse_unsafe()
        return settings

    def refuse_unsafe(self) -> None:
        """Refuse to serve strangers with a secret, an address or a user that is not safe."""
        faults = _unsafe(self) if self.is_production else []
        if faults:
            raise SettingsError("\n".join(faults))


def _settings(given: Mapping[str, str]) -> Settings:
    default = Settings()
    hops = given.get("PROXY_HOPS", "")
    return Settings(
        data=Path(given["DATA"]) if given.get("DATA") else default.data,
        bank=Path(given["BANK"]) if given.get("BANK") else default.bank,
        environment="production" if given.get("ENV") == "production" else "development",
        database_url=given.get("DATABASE_URL", ""),
        public_url=given.get("PUBLIC_URL", "").rstrip("/"),
        proxy_hops=int(hops) if hops else None,
        postgres=given.get("POSTGRES", ""),
        smtp=given.get("SMTP", ""),
        mail_from=given.get("MAIL_FROM", ""),
        secret_key=given.get("SECRET_KEY", ""),
        secret_key_fallbacks=tuple(given.get("SECRET_KEY_FALLBACKS", "").split()),
        variants_key=given.get("VARIANTS_KEY", ""),
    )


def _environment_fault(given: Mapping[str, str]) -> str:
    value = given.get("ENV", "")
    if value in ("", "development", "production"):
        return ""
    return f"QUIZENGINE_ENV is development or production, not {value!r}."


def _hops_fault(given: Mapping[str, str]) -> str:
    value = given.get("PROXY_HOPS", "")
    if not value or (value.isascii() and value.isdigit() and len(value) == 1):
        return ""
    return f"QUIZENGINE_PROXY_HOPS is a number of proxies from 0 to 9, not {value!r}."


def _url_fault(given: Mapping[str, str]) -> str:
    value = given.get("PUBLIC_URL", "").rstrip("/")
    parts = urlsplit(value)
    if not value or (parts.scheme in ("http", "https") and parts.netloc and not (parts.path or parts.query)):
        return ""
    return (
        f"QUIZENGINE_PUBLIC_URL is an address without a path, like https://quiz.example.org, not {value!r}."
    )


def postgres_fault(url: str) -> str:
    """Return what is wrong with an address of PostgreSQL; it may hold a password, so it is not shown."""
    if not url or urlsplit(url).scheme in ("postgresql", "postgres"):
        return ""
    return "QUIZENGINE_POSTGRES is an address like postgresql://user:password@host:5432/database."


def _mail_fault(given: Mapping[str, str]) -> str:
    """Return what is wrong with the mail server; its address may hold a password, so it is not shown."""
    url, sender = given.get("SMTP", ""), given.get("MAIL_FROM", "")
    if url and (urlsplit(url).scheme not in ("smtp", "smtps") or not urlsplit(url).hostname):
        return "QUIZENGINE_SMTP is an address like smtp://user:password@mail.example.org:587."
    if url and "@" not in sender:
        return "QUIZENGINE_SMTP needs QUIZENGINE_MAIL_FROM, the address that letters come from."
    return ""


def _unsafe(settings: Settings) -> list[str]:
    """Return what production refuses, each with what to do."""
    faults = []
    make = "make one with: python -c 'import secrets; print(secrets.token_hex(32))'"
    for name, value in (("SECRET_KEY", settings.secret_key), ("VARIANTS_KEY", settings.variants_key)):
        if not value:
            faults.append(f"Production needs {PREFIX}{name}; {make}")
        elif len(value.encode()) < MIN_SECRET_BYTES or len(set(value)) < 8:
            faults.append(
                f"{PREFIX}{name} is too easy to guess, {MIN_SECRET_BYTES} bytes are the least; {make}"
            )
    if settings.secret_key and settings.secret_key == settings.variants_key:
        faults.append("QUIZENGINE_VARIANTS_KEY must not equal QUIZENGINE_SECRET_KEY; make another.")
    if not settings.is_https:
        faults.append("Production needs QUIZENGINE_PUBLIC_URL with https, like https://quiz.example.org.")
    if settings.author:
        faults.append("Production does not serve an author's pages; start without --author.")
    if settings.proxy_hops is None:
        faults.append("Production needs QUIZENGINE_PROXY_HOPS: how many proxies stand before it, 0 for none.")
    if os.environ.get("FLASK_DEBUG", "0") not in ("", "0"):
        faults.append("Production does not run with FLASK_DEBUG.")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        faults.append("Production does not run as root; start it as a user of its own.")
    return faults
