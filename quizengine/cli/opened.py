"""What services work with, for a command that works on the database of a data folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from quizengine.bank import Bank, load_bank
from quizengine.cli.options import cache_folder
from quizengine.cli.settings import settings_for
from quizengine.services.runtime import Runtime
from quizengine.store.database import open_engine, require_newest, transactions


@contextmanager
def opened(data: Path | None, bank: Bank | None = None) -> Iterator[Runtime]:
    """Open the database with a bank, that of the settings if none is given.

    The secret key of variants is not there: nothing can be drawn that must not be foretold.
    """
    settings = settings_for(data)
    require_newest(settings.store_url)
    engine = open_engine(settings.store_url)
    try:
        loaded = bank or load_bank(settings.bank, cache=cache_folder())
        yield Runtime(loaded, transactions(engine), b"")
    finally:
        engine.dispose()
