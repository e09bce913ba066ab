"""Alembic's entry: the URL comes from the caller, the tables from the store."""

from __future__ import annotations

from alembic import context
from sqlalchemy import create_engine

from quizengine.store.hiring_rows import OrganisationRow

config = context.config


#: Its module is the last of those with tables: importing it has imported them all.
TABLES = OrganisationRow.metadata


def run() -> None:
    engine = create_engine(config.attributes["url"])
    with engine.connect() as connection:
        context.configure(connection=connection, target_metadata=TABLES, render_as_batch=True)
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()
