"""What can be exported in the background, and as what. A new format is a line in FORMATS."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field

from vizapp.access import Actor
from vizapp.errors import InvalidInput
from vizapp.schemas.base import Input
from vizapp.schemas.chart import MAX_FILTERS, Filter
from vizapp.services import charts, dashboards, exports, pictures, reports
from vizapp.services.exports import Export, Progress
from vizapp.services.pictures import Drawn
from vizapp.services.reports import OnPaper

What = Literal["chart", "dashboard"]


class Plain(Input):
    """Nothing to choose."""


class Filtered(Input):
    """A chart's data under more conditions, as running it takes them."""

    filters: Annotated[list[Filter], Field(max_length=MAX_FILTERS)] = []


class FilteredOnPaper(OnPaper, Filtered):
    """A chart's data under more conditions, and the paper."""


class FilteredDrawn(Drawn, Filtered):
    """A chart's data under more conditions, and how it is drawn."""


@dataclass(frozen=True, slots=True)
class Format:
    """How one format is made: `make(actor, id, options, progress)`, with the options that the model has.

    `ending` is what the file's name ends in, unless the options say it.
    """

    make: Callable[[Actor, int, Any, Progress], Export]
    options: type[Input] = Plain
    ending: str = ""

    def ending_of(self, options: Input) -> str:
        """What the file's name will end in."""
        return options.format if isinstance(options, Drawn) else self.ending

    def read(self, sent: Mapping[str, object]) -> Input:
        """The options that were sent. Raises InvalidInput naming the field."""
        try:
            return self.options.parse(sent)
        except InvalidInput as exc:
            raise InvalidInput.of({f"options.{at}": f"options.{why}" for at, why in exc.fields.items()}) from exc


FORMATS: Mapping[What, Mapping[str, Format]] = {
    "chart": {
        "excel": Format(
            lambda who, at, how, _tell: exports.chart_excel(who, at, filters=how.filters), Filtered, "xlsx"
        ),
        "csv": Format(lambda who, at, how, _tell: exports.chart_csv(who, at, filters=how.filters), Filtered, "csv"),
        "pdf": Format(
            lambda who, at, how, _tell: reports.chart_pdf(who, at, filters=how.filters, sheet=how.sheet),
            FilteredOnPaper,
            "pdf",
        ),
        "image": Format(
            lambda who, at, how, _tell: pictures.chart_image(who, at, how.look, filters=how.filters), FilteredDrawn
        ),
    },
    "dashboard": {
        "excel": Format(lambda who, at, _how, tell: exports.dashboard_excel(who, at, progress=tell), ending="xlsx"),
        "csv": Format(lambda who, at, _how, tell: exports.dashboard_csv(who, at, progress=tell), ending="zip"),
        "pdf": Format(
            lambda who, at, how, tell: reports.dashboard_pdf(who, at, sheet=how.sheet, progress=tell), OnPaper, "pdf"
        ),
        "image": Format(lambda who, at, how, _tell: pictures.dashboard_image(who, at, how.look), Drawn),
    },
}


def known(what: What, name: str) -> Format:
    """Raises InvalidInput, naming what there is."""
    found = FORMATS[what].get(name)
    if found is None:
        raise InvalidInput.of({"format": f"format: a {what} is exported as {', '.join(FORMATS[what])}"})
    return found


def title(actor: Actor, what: What, number: int) -> str:
    """What is exported, by its name. Raises NotFound and PermissionDenied."""
    record = charts.get_chart(actor, number) if what == "chart" else dashboards.get_dashboard(actor, number)
    return record.name
