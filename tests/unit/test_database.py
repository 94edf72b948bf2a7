"""The schema: made by migrations, the same on SQLite and PostgreSQL, and guarded by the database's rules."""

import os
import sqlite3
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, String, create_engine, inspect, text
from sqlalchemy.exc import OperationalError

from tests.conftest import needs
from vizapp import database
from vizapp.config import ConfigError
from vizapp.errors import Conflict
from vizapp.extensions import Base, db, write_tx
from vizapp.models import Chart, Dashboard, DashboardChart, Setting, User
from vizapp.models.columns import UtcDateTime

POSTGRES = os.environ.get("TEST_POSTGRES_URL", "postgresql+psycopg2://127.0.0.1:5432/test")


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An empty database of each kind; in PostgreSQL a schema of its own."""
    if request.param == "sqlite":
        made = create_engine(f"sqlite:///{tmp_path}/a.db")
        yield made
        made.dispose()
        return
    schema = f"vizapp_{uuid.uuid4().hex[:12]}"
    plain = create_engine(POSTGRES, connect_args={"connect_timeout": 3})
    try:
        with plain.begin() as connection:
            connection.execute(text(f"CREATE SCHEMA {schema}"))
    except OperationalError:
        plain.dispose()
        needs("PostgreSQL", present=False)
    made = create_engine(POSTGRES, connect_args={"options": f"-csearch_path={schema}"})
    yield made
    made.dispose()
    with plain.begin() as connection:
        connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    plain.dispose()


def test_migrations_make_exactly_the_tables_of_the_models(engine: Engine) -> None:
    database.migrate(engine)
    assert database.current(engine) == database.head()
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = [d for d in compare_metadata(context, Base.metadata) if "alembic_version" not in str(d)]
    assert differences == []


def test_every_migration_can_be_taken_back(engine: Engine) -> None:
    database.migrate(engine)
    with engine.begin() as connection:
        command.downgrade(database._alembic(connection), "base")
    assert set(inspect(engine).get_table_names()) <= {"alembic_version"}
    database.migrate(engine)
    assert "charts" in inspect(engine).get_table_names()


def test_processes_that_start_together_migrate_once(engine: Engine) -> None:
    errors: list[BaseException] = []

    def start() -> None:
        try:
            database.migrate(engine)
        except BaseException as exc:  # noqa: BLE001 - reported by the assertion below
            errors.append(exc)

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert database.current(engine) == database.head()


def test_a_database_of_newer_code_is_refused_and_left_alone(engine: Engine) -> None:
    database.migrate(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'future'"))
    with pytest.raises(ConfigError, match="future"):
        database.migrate(engine)
    assert database.current(engine) == "future"


def test_the_contract_s_indexes_are_there(engine: Engine) -> None:
    database.migrate(engine)
    found = inspect(engine)
    wanted = {
        "charts": "created_by",
        "dashboards": "created_by",
        "logs": "user_id",
        "csv_data": "chart_id",
        "connections": "created_by",
    }
    for table, column in wanted.items():
        assert [column] in [index["column_names"] for index in found.get_indexes(table)], table
    assert ["created_at"] in [index["column_names"] for index in found.get_indexes("logs")]
    unique = [c["column_names"] for c in found.get_unique_constraints("dashboards")]
    assert ["public_token"] in unique


def test_sqlite_runs_in_wal_with_foreign_keys_and_a_busy_timeout(context) -> None:
    wanted = {"journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 5000}
    for pragma, value in wanted.items():
        assert db.session.execute(text(f"PRAGMA {pragma}")).scalar() == value


def test_a_writing_transaction_takes_its_lock_at_once(context) -> None:
    path = db.engine.url.database
    with write_tx() as session:
        assert session.in_transaction()
        other = sqlite3.connect(path, timeout=0)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        other.close()


def test_a_failed_transaction_leaves_nothing(context) -> None:
    def save_half() -> None:
        with write_tx() as session:
            session.add(Setting(key="half", value=1))
            session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        save_half()
    assert db.session.query(Setting).filter_by(key="half").count() == 0


def test_readers_that_become_writers_never_meet_a_locked_database(context, app) -> None:
    """Many threads that read, then write, as every save does: a deferred transaction would fail here."""
    with write_tx() as session:
        session.add(Setting(key="counter", value=0))
    errors: list[BaseException] = []

    def save() -> None:
        try:
            with app.app_context():
                for _ in range(10):
                    db.session.query(Setting).filter_by(key="counter").one()
                    with write_tx() as session:
                        row = session.query(Setting).filter_by(key="counter").one()
                        row.value = int(str(row.value)) + 1
        except BaseException as exc:  # noqa: BLE001 - reported by the assertion below
            errors.append(exc)

    threads = [threading.Thread(target=save) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    db.session.rollback()
    assert db.session.query(Setting).filter_by(key="counter").one().value == 60
    with write_tx() as session:
        session.delete(session.query(Setting).filter_by(key="counter").one())


def test_a_chart_is_on_a_dashboard_once_and_leaves_with_it(context, people) -> None:
    with write_tx() as session:
        chart = Chart(name="c", chart_type="bar", config={}, created_by=people.admin)
        board = Dashboard(name="d", layout={}, created_by=people.admin)
        session.add_all([chart, board])
        session.flush()
        chart_id, board_id = chart.id, board.id
        session.add(DashboardChart(chart_id=chart_id, dashboard_id=board_id, position={}))
    with pytest.raises(Conflict), write_tx() as session:
        session.add(DashboardChart(chart_id=chart_id, dashboard_id=board_id, position={}))
    with write_tx() as session:
        session.delete(session.get_one(Dashboard, board_id))
    assert db.session.query(DashboardChart).count() == 0
    assert db.session.get(Chart, chart_id) is not None


def test_content_outlives_its_author(context, app) -> None:
    with write_tx() as session:
        user = User(username="leaver", email="l@example.com", password_hash="x")
        session.add(user)
        session.flush()
        chart = Chart(name="c", chart_type="bar", config={}, created_by=user.id)
        session.add(chart)
        session.flush()
        chart_id, user_id = chart.id, user.id
    with write_tx() as session:
        session.delete(session.get_one(User, user_id))
    assert db.session.get_one(Chart, chart_id).created_by is None


def test_a_time_without_a_zone_is_refused() -> None:
    from datetime import datetime

    with pytest.raises(ValueError, match="zone"):
        UtcDateTime().process_bind_param(datetime(2026, 1, 1), db)  # noqa: DTZ001 - that is the point


def test_remaking_a_table_in_a_migration_loses_no_row_that_refers_to_it(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path}/a.db")
    database.migrate(engine)
    now = "2026-01-01 00:00:00"
    with engine.begin() as connection:
        for statement in (
            f"INSERT INTO charts VALUES ('c', '', 'bar', '{{}}', NULL, NULL, NULL, 1, '{now}', 1, '{now}', NULL)",
            "INSERT INTO dashboards (id, name, description, layout, is_public, public_access_count, version, "
            f"updated_at, created_at) VALUES (1, 'd', '', '{{}}', 0, 0, 1, '{now}', '{now}')",
            "INSERT INTO dashboard_charts (dashboard_id, chart_id, position) VALUES (1, 1, '{}')",
        ):
            connection.exec_driver_sql(statement)
    with engine.connect().execution_options(writes=True) as connection, database._tables_may_be_remade(connection):
        operations = Operations(MigrationContext.configure(connection))
        with operations.batch_alter_table("dashboards", recreate="always") as batch:
            batch.alter_column("name", type_=String(120))
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM dashboard_charts").scalar() == 1
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    engine.dispose()


def test_keys_of_before_get_the_role_that_their_user_has(engine: Engine) -> None:
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        command.upgrade(database._alembic(connection), "0003")
        for user, role in ((1, "editor"), (2, "admin")):
            connection.execute(
                text(
                    "INSERT INTO users (id, username, email, password_hash, role, created_at, updated_at, is_active, "
                    f"must_change_password, session_epoch) VALUES ({user}, 'u{user}', 'e{user}', '', '{role}', "
                    "'2026-01-01', '2026-01-01', true, false, 0)"
                )
            )
            connection.execute(
                text(
                    "INSERT INTO api_keys (user_id, name, prefix, key_hash, scope, created_at) "
                    f"VALUES ({user}, 'k', 'vz_', 'h{user}', 'read', '2026-01-01')"
                )
            )
    database.migrate(engine)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT user_id, role FROM api_keys ORDER BY user_id")).all() == [
            (1, "editor"),
            (2, "admin"),
        ]


def test_the_id_of_a_deleted_row_is_not_given_again(context, people) -> None:
    ids = []
    for _ in range(2):
        with write_tx() as session:
            chart = Chart(name="c", chart_type="bar", config={}, created_by=people.admin)
            session.add(chart)
            session.flush()
            ids.append(chart.id)
        with write_tx() as session:
            session.delete(session.get_one(Chart, ids[-1]))
    assert ids[1] > ids[0]
