"""Where the files that ship with the program are: pages, static files, migrations, the bank."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def resource(name: str) -> Path:
    """Return the folder ``name`` (``templates``, ``static``, ``migrations``, ``question_banks``).

    In a wheel the folders lie in ``_shipped`` beside this file; in a checkout they lie at its root.

    >>> resource("templates").name
    'templates'
    """
    shipped = _PACKAGE / "_shipped"
    return (shipped if shipped.is_dir() else _PACKAGE.parent) / name
