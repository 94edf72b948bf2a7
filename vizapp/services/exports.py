"""Charts and dashboards as files: Excel workbooks, CSV, and archives of CSV.

They are made from the answers that pages show. A file is in the data folder while it is written; what leaves is an
open file that has no name any more, so that nothing stays behind, whatever becomes of the request.
"""

import html
import os
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, cast

from vizapp.access import Actor, Permission, require
from vizapp.charts.theme import palette_of
from vizapp.config import MIB
from vizapp.exports import excel
from vizapp.exports.excel import Sheet, too_large
from vizapp.exports.frames import Format
from vizapp.exports.names import file_names
from vizapp.exports.plots import Kind, Pile, Plot
from vizapp.schemas.chart import Filter
from vizapp.services import boards, charts, dashboards
from vizapp.services.boards import Drawn
from vizapp.services.charts import ChartResult
from vizapp.services.dashboards import Tile
from vizapp.services.formats import EMPTY, of_chart
from vizapp.services.runtime import runtime
from vizapp.sources.store import workplace

# Told how many parts of how many are done, before each part and after the last; what it raises ends the export.
Progress = Callable[[int, int], None]
ZIP, ZIP_SUFFIX = "application/zip", ".zip"
_MONTH = {"month": "mmm yyyy", "year": "yyyy"}


@dataclass(frozen=True, slots=True)
class Export:
    """A finished file, for the caller to read and to close; `title` is what it is called, without the `suffix`.

    `truncated` tells of rows that were cut off where the file itself has no place to say so.
    """

    file: IO[bytes]
    size: int
    title: str
    suffix: str
    media_type: str
    truncated: bool = False


def untold(_done: int, _of: int) -> None:
    """The progress of what somebody waits for."""


def chart_excel(actor: Actor, chart_id: int, *, filters: Sequence[Filter] = ()) -> Export:
    """The numbers of a chart as a workbook. Raises what `charts.execute` raises, and FileTooLarge."""
    result = charts.execute(actor, chart_id, filters=filters)
    sheet = _sheet(result)
    return _made(
        result.title,
        excel.SUFFIX,
        excel.MEDIA_TYPE,
        lambda place: excel.write([sheet], [sheet.title], place, limit=_limit()),
    )


def chart_csv(actor: Actor, chart_id: int, *, filters: Sequence[Filter] = ()) -> Export:
    """The numbers of a chart as CSV, as running it gives them. Raises as `chart_excel` does."""
    result = charts.execute(actor, chart_id, filters=filters)
    made = _made(
        result.title,
        Format.csv.suffix,
        Format.csv.value,
        lambda place: _written(place / "rows", of_chart(result).pieces(Format.csv)),
    )
    return replace(made, truncated=result.answer.truncated)


def dashboard_excel(actor: Actor, dashboard_id: int, *, progress: Progress = untold) -> Export:
    """A workbook with a sheet for each chart and a list of them; a chart that fails has a sheet that says why.

    Raises NotFound, PermissionDenied and FileTooLarge, and whatever `progress` raises.
    """
    name, tiles = _board(actor, dashboard_id)
    titles = [tile.chart.name for tile in tiles]
    sheets = (_sheet_of(tile, drawn) for tile, drawn in _each(actor, dashboard_id, tiles, progress))
    return _made(
        name,
        excel.SUFFIX,
        excel.MEDIA_TYPE,
        lambda place: excel.write(sheets, titles, place, limit=_limit(), contents=name),
    )


def dashboard_csv(actor: Actor, dashboard_id: int, *, progress: Progress = untold) -> Export:
    """An archive with a CSV file for each chart; what is to be noted of them, failures too, is in `notes.txt`.

    Raises as `dashboard_excel` does.
    """
    name, tiles = _board(actor, dashboard_id)
    return _made(
        name,
        ZIP_SUFFIX,
        ZIP,
        lambda place: _zipped(place / "archive", tiles, _each(actor, dashboard_id, tiles, progress)),
    )


def _board(actor: Actor, dashboard_id: int) -> tuple[str, list[Tile]]:
    # A public link reads what it shows; files are for people with an account.
    require(actor, Permission.DASHBOARD_READ)
    return dashboards.get_dashboard(actor, dashboard_id).name, dashboards.tiles(actor, dashboard_id)


def _drawn(actor: Actor, dashboard_id: int, tile: Tile) -> Drawn:
    return boards.draw(actor, dashboard_id, tile.chart.id, title=tile.chart.name)


def _each(actor: Actor, dashboard_id: int, tiles: Sequence[Tile], progress: Progress) -> Iterator[tuple[Tile, Drawn]]:
    for number, tile in enumerate(tiles):
        progress(number, len(tiles))
        yield tile, _drawn(actor, dashboard_id, tile)
    progress(len(tiles), len(tiles))


def _limit() -> int:
    return runtime().config.max_export_size_mb * MIB


def _made(title: str, suffix: str, media_type: str, write: Callable[[Path], Path]) -> Export:
    with workplace(runtime().temporary_folder) as place:
        file = write(place).open("rb")
    return Export(file, os.fstat(file.fileno()).st_size, title, suffix, media_type)


def _written(path: Path, pieces: Iterator[bytes]) -> Path:
    with path.open("wb") as file:
        for piece in pieces:
            file.write(piece)
            _check(file)
    return path


def _zipped(path: Path, tiles: Sequence[Tile], found: Iterator[tuple[Tile, Drawn]]) -> Path:
    notes: list[str] = []
    names = file_names([tile.chart.name for tile in tiles], "chart")
    with path.open("wb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for (tile, drawn), name in zip(found, names, strict=True):
            if drawn.result is None:
                notes.append(f"{tile.chart.name}: could not be exported. {_why(drawn)}")
                continue
            notes += [f"{tile.chart.name}: {note}" for note in _notes(drawn.result)]
            with archive.open(f"{name}{Format.csv.suffix}", "w") as entry:
                for piece in of_chart(drawn.result).pieces(Format.csv):
                    entry.write(piece)
                    _check(file)
        if notes:
            archive.writestr("notes.txt", "\r\n".join([*notes, ""]))
    return path


def _check(file: IO[bytes]) -> None:
    if file.tell() > _limit():
        raise too_large(_limit())


def _sheet_of(tile: Tile, drawn: Drawn) -> Sheet:
    if drawn.result is None:
        return Sheet(tile.chart.name, error=_why(drawn))
    return _sheet(drawn.result, tile.chart.name)


def _why(drawn: Drawn) -> str:
    return drawn.error.message if drawn.error is not None else ""


def _notes(result: ChartResult) -> tuple[str, ...]:
    """What the reader must know of the rows."""
    found = result.answer
    if not found.row_count:
        return (EMPTY,)
    if not found.truncated:
        return ()
    of = f" of {found.facts.matched:,}" if found.facts.matched is not None else ""
    return (f"Only the first {found.row_count:,}{of} rows are here.",)


def _sheet(result: ChartResult, title: str = "") -> Sheet:
    """The rows under the names that every other format has."""
    frame = of_chart(result).frame
    places = dict(zip(result.answer.frame.columns, frame.columns, strict=True))
    measured = [measure.name for measure in result.answer.query.measures]
    grain = result.answer.facts.grain
    x = places.get("x", "")
    return Sheet(
        title or result.title,
        frame,
        measures=frozenset(places[name] for name in measured if name in places),
        formats={x: _MONTH[grain.value]} if x and grain is not None and grain.value in _MONTH else {},
        plot=_plot(result, places),
        notes=_notes(result),
    )


def _plot(result: ChartResult, places: Mapping[str, str]) -> Plot | None:
    """What Excel draws of its own that looks like our picture; None for what it does not have."""
    name, figure = result.config.chart_type, result.picture.figure
    if name not in list(Kind) or figure is None or "x" not in places:
        return None
    kind, pile = _drawn_as(Kind(name), figure, shares=result.config.options.get("stack") == "percent")
    colours = {item.name: item.colour for item in result.picture.legend} or _colours(figure)
    return Plot(
        kind,
        places["x"],
        places["y"],
        places.get("series", ""),
        pile=pile,
        flat=any(trace.get("orientation") == "h" for trace in _traces(figure)),
        colours=colours if "series" in places else {"": palette_of(result.config)[0]},
    )


def _colours(figure: Mapping[str, object]) -> dict[str, str]:
    """Of lines that are named at their ends and need no legend."""
    found = {}
    for trace in _traces(figure):
        look = trace.get("line")
        if isinstance(look, Mapping) and "color" in look:
            found[html.unescape(str(trace.get("name", "")))] = str(look["color"])
    return found


def _drawn_as(kind: Kind, figure: Mapping[str, object], *, shares: bool) -> tuple[Kind, Pile]:
    """Not all that is asked to be piled can be, and areas that cannot are drawn as lines: the picture knows."""
    layout = figure["layout"]
    piled = isinstance(layout, Mapping) and layout.get("barmode") == "relative"
    piled = piled or any("stackgroup" in trace for trace in _traces(figure))
    if not piled:
        several = len(_traces(figure)) > 1
        return (Kind.line if kind is Kind.area and several else kind), Pile.beside
    return kind, Pile.shares if shares else Pile.stacked


def _traces(figure: Mapping[str, object]) -> Sequence[Mapping[str, object]]:
    return cast("Sequence[Mapping[str, object]]", figure["data"])
