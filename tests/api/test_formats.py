"""`Accept` chooses the format; what it cannot be answered with is 406 in the one shape of errors."""

import io
from datetime import UTC, datetime

import polars as pl
import pytest
from flask import Flask

from tests.asserts import assert_error
from vizapp.api.formats import asked_format, respond
from vizapp.errors import NotAcceptable
from vizapp.exports.frames import Format
from vizapp.services.formats import AnswerData


def data(title: str = "Umsatz je Monat") -> AnswerData:
    frame = pl.DataFrame({"month": ["Jan", "Feb"], "revenue": [1.5, None]})
    return AnswerData(frame, title, truncated=True, cached=False, elapsed_ms=1.0, as_of=datetime.now(UTC), key="k")


@pytest.fixture
def small():
    """An app with one call, so that negotiation is seen without any chart."""
    from vizapp import logs
    from vizapp.api import errors

    made = Flask("small")
    logs.init_app(made)
    errors.init_app(made)
    made.get("/api/answer")(lambda: respond(data(), asked_format()))
    return made.test_client()


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (None, Format.json),
        ("*/*", Format.json),
        ("application/json", Format.json),
        ("text/html,application/xhtml+xml,*/*;q=0.8", Format.json),
        ("text/csv", Format.csv),
        ("text/csv;charset=utf-8", Format.csv),
        ("application/json;q=0.5, text/csv", Format.csv),
        ("application/vnd.apache.arrow.stream", Format.arrow),
        ("application/vnd.apache.parquet, */*;q=0.1", Format.parquet),
    ],
)
def test_the_format_that_suits_best_is_sent(small, accept: str | None, kind: Format) -> None:
    response = small.get("/api/answer", headers={"Accept": accept} if accept else {})
    assert response.status_code == 200
    assert response.mimetype == kind.value
    assert "Accept" in response.headers["Vary"]


@pytest.mark.parametrize("accept", ["text/html", "image/png", "application/json;q=0", "application/xml"])
def test_other_formats_are_refused_and_those_there_are_named(small, accept: str) -> None:
    error = assert_error(small.get("/api/answer", headers={"Accept": accept}), 406, "NOT_ACCEPTABLE")
    assert error["details"]["accepts"] == [kind.value for kind in Format]


def test_formats_of_rows_alone_tell_the_rest_in_headers(small) -> None:
    response = small.get("/api/answer", headers={"Accept": "text/csv"})
    assert response.headers["X-Row-Count"] == "2"
    assert response.headers["X-Truncated"] == "true"
    assert response.headers["X-Data-As-Of"].endswith("+00:00")
    assert response.headers["Content-Disposition"].startswith('attachment; filename="Umsatz je Monat.csv"')
    assert response.is_streamed
    assert pl.read_csv(io.BytesIO(response.data)).to_dicts() == data().frame.to_dicts()


def test_each_format_has_a_tag_of_its_own(small) -> None:
    tags = {small.get("/api/answer", headers={"Accept": kind.value}).headers["ETag"] for kind in Format}
    assert len(tags) == len(Format)
    assert all(tag.startswith('W/"') for tag in tags)


@pytest.mark.parametrize(
    ("title", "plain", "full"),
    [
        ("..\r\nSet-Cookie: a=b", "Set-Cookie a=b.csv", "Set-Cookie%20a%3Db.csv"),
        ("Ertrag €", "Ertrag.csv", "Ertrag%20%E2%82%AC.csv"),
        ("売上", "answer.csv", "%E5%A3%B2%E4%B8%8A.csv"),
        ("a/../../etc/passwd", "a .. .. etc passwd.csv", None),
        ("x" * 300, "x" * 80 + ".csv", None),
        ('"; evil="1', "evil= 1.csv", None),
        ("", "answer.csv", "answer.csv"),
    ],
)
def test_a_file_name_is_clean_in_ascii_and_whole_beside_it(app, title: str, plain: str, full: str | None) -> None:
    with app.test_request_context():
        header = respond(data(title), Format.csv).headers["Content-Disposition"]
    assert f'filename="{plain}"' in header
    assert full is None or header.endswith(f"filename*=UTF-8''{full}")


def test_what_is_asked_outside_of_what_there_is_raises(app) -> None:
    with app.test_request_context(headers={"Accept": "text/html"}), pytest.raises(NotAcceptable):
        asked_format()
