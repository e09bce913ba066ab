"""The database: pragmas, migrations up and down, refusals."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import inspect, text
from sqlalchemy.exc import IntegrityError

from quizengine.errors import StoreError
from quizengine.store import database
from quizengine.store.hiring_rows import OrganisationRow
from quizengine.store.rows import AttemptRow, LearnerRow
from tests.factories import NOON


@pytest.fixture
def url(tmp_path: Path) -> str:
    return database.sqlite_url(tmp_path / "quizengine.db")


def test_an_upgrade_makes_the_tables_that_the_code_needs(url: str) -> None:
    assert database.upgrade(url) == ("", database.newest())

    engine = database.open_engine(url)
    made = set(inspect(engine).get_table_names()) - {"alembic_version"}

    assert made == set(OrganisationRow.metadata.tables)
    for table in OrganisationRow.metadata.tables.values():
        columns = {column["name"] for column in inspect(engine).get_columns(table.name)}
        assert columns == {column.name for column in table.columns}, table.name
    engine.dispose()


def test_a_migration_goes_down_and_up_again(url: str) -> None:
    database.upgrade(url)
    database.downgrade(url, "base")

    assert database.version(url) == ""
    assert database.upgrade(url) == ("", database.newest())


def test_upgrading_twice_changes_nothing(url: str) -> None:
    database.upgrade(url)

    assert database.upgrade(url) == (database.newest(), database.newest())


def test_a_database_that_is_behind_or_ahead_is_refused_with_what_to_do(url: str) -> None:
    with pytest.raises(StoreError, match="Run: quizengine db upgrade"):
        database.require_newest(url)

    database.upgrade(url)
    engine = database.open_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()

    with pytest.raises(StoreError, match="used by a newer one"):
        database.require_newest(url)


@pytest.mark.usefixtures("durable")
@pytest.mark.parametrize(
    ("pragma", "value"),
    [
        ("journal_mode", "wal"),
        ("synchronous", 2),
        ("foreign_keys", 1),
        ("busy_timeout", 5000),
        ("secure_delete", 1),
    ],
)
def test_every_connection_has_the_pragmas(url: str, pragma: str, value: object) -> None:
    engine = database.open_engine(url)
    with engine.connect() as connection:
        assert connection.execute(text(f"PRAGMA {pragma}")).scalar() == value
    engine.dispose()


def test_many_writers_at_the_same_time_lose_nothing(url: str) -> None:
    database.upgrade(url)
    transaction = database.transactions(database.open_engine(url))

    def write(worker: int) -> None:
        for number in range(25):
            with transaction() as session:
                session.query(LearnerRow).count()
                name = f"{worker}-{number}"
                session.add(LearnerRow(id=name, created_at=NOON, resume_hash=name))

    threads = [threading.Thread(target=write, args=(worker,)) for worker in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with transaction() as session:
        assert session.query(LearnerRow).count() == 150
        row = session.get(LearnerRow, "0-0")
        assert row is not None
        assert row.created_at == NOON


def test_a_reader_does_not_wait_for_a_writer(url: str) -> None:
    database.upgrade(url)
    transaction = database.transactions(database.open_engine(url))

    with transaction() as writing:
        writing.add(LearnerRow(id="new", created_at=NOON, resume_hash="x"))
        writing.flush()
        with transaction.reading() as reading:
            seen = reading.query(LearnerRow).count()

    assert seen == 0
    with transaction.reading() as reading:
        assert reading.query(LearnerRow).count() == 1


def test_attempts_from_before_the_contract_are_taken_along_and_back(url: str) -> None:
    command.upgrade(database._config(url), "0001")
    engine = database.open_engine(url)
    with engine.begin() as connection:
        for statement in (
            "INSERT INTO learners VALUES ('p', '2026-03-02 12:00:00', 'hash', 'point')",
            "INSERT INTO roadmaps VALUES ('r', '{}')",
            "INSERT INTO attempts (id, learner_id, kind, state, role, skill, hours_a_week, self_rating, "
            "roadmap_digest, bank_digest, engine_version, seed, created_at, stopped) VALUES "
            "('a', 'p', 'diagnostic', 'in_progress', 'x', '', 6, '{}', 'r', '0', '1', 7, "
            "'2026-03-02 12:00:00', '')",
            "INSERT INTO slots VALUES ('s', 'a', 1, 'q', 'i', '{}', '2026-03-02 12:00:00', "
            "'2026-03-02 12:01:00', 0)",
            "INSERT INTO slots VALUES ('t', 'a', 2, 'q', 'i', '{}', '2026-03-02 12:00:00', NULL, 0)",
            "INSERT INTO responses VALUES (1, 's', '{}', 1, 'point', 9, '2026-03-02 12:01:00')",
            "INSERT INTO drafts VALUES ('t', 3, '{}', '2026-03-02 12:02:00')",
        ):
            connection.execute(text(statement))
    engine.dispose()

    database.upgrade(url)
    engine = database.open_engine(url)
    with database.transactions(engine)() as session:
        row = session.get_one(AttemptRow, "a")
        assert (row.deadline_at, row.planned, row.untimed, row.epoch) == (None, [], False, 0)
        assert [slot.state for slot in row.slots] == ["committed", "open"]
        row.state = "paused"
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(text("UPDATE attempts SET state = 'nowhere'"))
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(text("UPDATE slots SET state = 'nowhere'"))
    engine.dispose()
    database.downgrade(url, "0001")

    engine = database.open_engine(url)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT state FROM attempts")).scalar() == "in_progress"
        assert connection.execute(text("SELECT count(*) FROM slots")).scalar() == 2
    engine.dispose()
