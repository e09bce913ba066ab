"""Alembic's entry: the URL comes from the caller, the tables from the store."""

from __future__ import annotations

from alembic import context
from sqlalchemy import create_engine

from quizengine.store.rows import Base

config = context.config


def run() -> None:
    engine = create_engine(config.attributes["url"])
    with engine.connect() as connection:
        context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()
