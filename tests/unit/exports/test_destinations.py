"""Paths in a bucket: what their names become, and what is refused."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from vizapp.errors import InvalidInput
from vizapp.exports.destinations import MAX_BYTES, key_of, names_of

MOMENT = datetime(2026, 11, 2, 0, 30, 5, tzinfo=timezone(timedelta(hours=1)))


def filled(template: str, title: str = "Sales", what: str = "dashboard") -> str:
    return key_of(template, names_of(what, title, "pdf", MOMENT))


def test_names_in_braces_are_filled_in_with_moments_in_utc() -> None:
    assert filled("r/{dashboard}/{date}-{time}.{format}") == "r/Sales/2026-11-01-233005.pdf"
    assert filled("{chart} {name}", what="chart") == "Sales Sales"
    assert names_of("chart", "A", "csv", datetime(2026, 1, 2, tzinfo=UTC))["date"] == "2026-01-02"


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("../../etc/passwd", "etc passwd"),
        ("..", "dashboard"),
        ("{date}", "{date}"),
        ("a/b\\c", "a b c"),
        ("Umsatz 📈\u200b\u202e\x00", "Umsatz 📈"),
    ],
)
def test_a_name_stays_one_part_of_the_path_whatever_it_is(title: str, name: str) -> None:
    assert filled("r/{name}/x", title) == f"r/{name}/x"


@pytest.mark.parametrize(
    ("template", "why"),
    [
        ("/r/{name}", "slash"),
        ("r//{name}", "slash"),
        ("r/", "slash"),
        ("../{name}", ".."),
        ("r/./x", ".."),
        ("{chart}.pdf", "{chart} is not known here; there are {name}, {dashboard}, {date}, {time}, {format}"),
        ("{name!r}", "not known"),
        ("{}", "not known"),
        ("{{name}}", "brace"),
        ("{name", "brace"),
        ("name}", "brace"),
        ("ä" * 511 + "{name}", f"{MAX_BYTES:,} bytes"),
    ],
)
def test_a_path_that_cannot_be_one_is_refused_by_its_field(template: str, why: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        filled(template)
    assert why in caught.value.fields["destination.path"]
