"""What remembering answers is worth, and what one slow database costs those who ask another.

A million rows in PostgreSQL: each chart asked fresh, then from each memory. The bar: remembered answers are ten times
as fast, and half of them are there within 10 ms. Then eight threads serve questions to a quick database, alone and
while one slow is asked more than it can answer: the 95th percentile may grow by a fifth. Run `python -m bench cache`.
"""

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

import redis
import sqlalchemy as sa

from tests.databases import Served, served
from vizapp.errors import AppError
from vizapp.query.folder import FolderStore
from vizapp.query.results import Results, Terms
from vizapp.query.run import answer
from vizapp.query.store import Store
from vizapp.schemas.chart import ChartConfig
from vizapp.schemas.connection import ConnectionType, parse_config
from vizapp.schemas.query import Shape
from vizapp.schemas.table import TableName
from vizapp.services.redis_answers import RedisStore, client_of
from vizapp.sources.pools import DRIVERS
from vizapp.sources.sql import Database, Limits, SqlSource

ROWS = 1_000_000
REDIS_URL = "redis://127.0.0.1:6379/11"
THREADS, ROUNDS, ASKED = 8, 30, 300
TERMS = Terms(max_age=timedelta(hours=1))
CHARTS = {
    "month, sum": {"xAxis": "moment", "yAxis": "amount"},
    "month × region, sum": {"xAxis": "moment", "yAxis": "amount", "series": "region"},
    "customer, sum, top 50": {"xAxis": "customer", "yAxis": "amount"},
    "region, count": {"xAxis": "region"},
}


def _config(mapping: dict[str, str]) -> ChartConfig:
    return ChartConfig.model_validate({"chartType": "bar", "dataMapping": mapping})


@contextmanager
def _database(made: Served, limits: Limits) -> Iterator[Database]:
    opened = Database(DRIVERS[ConnectionType.postgresql], parse_config(made.kind, made.config(made.reader)), limits)  # type: ignore[arg-type]
    try:
        yield opened
    finally:
        opened.close()


def _ms(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    run()
    return (time.perf_counter() - started) * 1000


def _stores(folder: Path) -> Iterator[tuple[str, Store | None]]:
    yield "memory", None
    yield "folder", FolderStore(folder, 2**27)
    with suppress(redis.RedisError):
        client = client_of(REDIS_URL)
        client.ping()
        yield "Redis", RedisStore(client, "bench:", 60)
        client.flushdb()


def remembered(made: Served, folder: Path) -> int:
    """Fresh and remembered, chart by chart; how many miss the bar."""
    missed = 0
    with _database(made, Limits()) as database:
        source = SqlSource(database, "1", TableName(name="sales"))
        print(f"{'':26}{'fresh ms':>10}" + "".join(f"{name + ' ms':>12}{'ratio':>8}" for name, _ in _stores(folder)))
        for name, mapping in CHARTS.items():
            config, line = _config(mapping), ""
            fresh = min(_ms(lambda: answer(source, config, Shape.series, results=Results())) for _ in range(3))  # noqa: B023
            for _, store in _stores(folder):
                results = Results(store=store)
                runs = [
                    _ms(lambda: answer(source, config, Shape.series, results=results, terms=TERMS))  # noqa: B023
                    for _ in range(ROUNDS + 1)
                ]
                half = statistics.median(runs[1:])
                bad = half > 10 or fresh < 10 * half
                missed += bad
                line += f"{half:12.2f}{fresh / half:8.0f}" + "  MISSED" * bad
            print(f"{name:26}{fresh:10.1f}{line}")
    return missed


def apart(made: Served) -> int:
    """The quick database alone, and beside one that is asked too much; 1 when that is felt."""
    limits = Limits(at_once=THREADS // 2, waiting=THREADS // 4)
    quick_query, slow_query = sa.text("SELECT count(*) FROM few"), sa.text("SELECT * FROM slow")
    with _database(made, limits) as quick, _database(made, limits) as slow, ThreadPoolExecutor(THREADS) as threads:

        def ask(database: Database, statement: sa.TextClause) -> None:
            with suppress(AppError), database.transaction() as opened:
                opened.ask(statement, at_once=True)

        def waits(*, beside: bool) -> float:
            """The 95th percentile, in ms, of what the quick one's askers wait for a thread and an answer."""
            found = []
            for _ in range(ASKED):
                if beside:
                    threads.submit(ask, slow, slow_query)
                asked = time.perf_counter()
                threads.submit(ask, quick, quick_query).result()
                found.append((time.perf_counter() - asked) * 1000)
                time.sleep(random.uniform(0, 0.01))
            return statistics.quantiles(found, n=20)[-1]

        waits(beside=False)
        alone, beside, again = waits(beside=False), waits(beside=True), waits(beside=False)
        base = max(alone, again)
        bad = beside > 1.2 * base
        print(
            f"quick, p95: alone {base:.1f} ms, beside one slow {beside:.1f} ms, ×{beside / base:.2f}{'  MISSED' * bad}"
        )
    return int(bad)


def main() -> int:
    """Print both; 0 when all meet the bar."""
    with served("postgresql") as made, tempfile.TemporaryDirectory() as folder:
        made.run(
            "CREATE TABLE sales AS SELECT timestamp '2024-01-01' + n * interval '1 minute' AS moment,"
            " 'region ' || n % 7 AS region, 'customer ' || n % 5000 AS customer, (n % 1000)::float AS amount"
            f" FROM generate_series(1, {ROWS}) AS n",
            "ANALYZE sales",
            "CREATE TABLE few AS SELECT n FROM generate_series(1, 1000) AS n",
            "CREATE VIEW slow AS SELECT 1 AS one, pg_sleep(3)::text AS slept",
        )
        return 1 if remembered(made, Path(folder)) + apart(made) else 0


if __name__ == "__main__":
    sys.exit(main())
