"""Data and its review: what is told of a file, types to change, deleting."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from components.ids import Upload
from pages import dataset as dataset_page
from pages import datasets as datasets_page
from tests.conftest import Caller
from tests.factories import SALES, People, actor, make_chart, make_dataset, multipart
from tests.web.dash_calls import assert_refused_quietly, call
from tests.workbooks import workbook
from vizapp.access import Actor
from vizapp.errors import NotFound
from vizapp.schemas.records import DatasetRecord
from vizapp.services import datasets

HTML = {"Accept": "text/html"}
MESSY = "when,amount,code,same\n01/02/2024,12.5,007,x\n03/04/2024,abc,008,x\n05/06/2024,9,009,x\n"


@pytest.fixture
def who(context: Flask, people: People) -> Actor:
    return actor(people.editor, "editor")


@pytest.fixture
def sales(who: Actor, tmp_path: Path) -> DatasetRecord:
    return make_dataset(who, tmp_path)


@pytest.fixture
def messy(who: Actor, tmp_path: Path) -> DatasetRecord:
    return make_dataset(who, tmp_path, text=MESSY, name="messy.csv")


def press(client: Caller, el: str, name: str, value: str, dataset_id: object) -> Any:
    """Press one choice of the review."""
    entry = {"id": Upload.choice(el, name, value), "property": "n_clicks", "value": 1}
    pattern = f'{{"el":"{el}","name":["ALL"],"page":"upload","value":["ALL"]}}.n_clicks'
    changed = f'{{"el":"{el}","name":"{name}","page":"upload","value":"{value}"}}.n_clicks'
    values = {f"{Upload.dataset}.data": dataset_id}
    return call(client, Upload.review, values, changed=changed, patterns={pattern: [entry]})


def test_the_list_tells_size_and_owner(client: Caller, sales: DatasetRecord) -> None:
    text = client.get("/datasets", headers=HTML).get_data(as_text=True)
    for words in ("sales.csv", "240", "editor", "Drop a file here"):
        assert words in text


def test_the_review_tells_how_the_file_was_read(who: Actor, messy: DatasetRecord) -> None:
    text = str(dataset_page.review(who, messy))
    for words in ("3 rows, 4 columns", "comma", "UTF-8", "row 1", "one value only"):
        assert words in text


def test_a_date_that_could_be_read_two_ways_is_asked_and_answered(client: Caller, messy: DatasetRecord) -> None:
    assert "Is 01/02/2024 1 February or 2 January?" in str(dataset_page.review(actor(1), messy))
    answer = press(client, "day", "when", "day", messy.id).get_data(as_text=True)
    assert "2024-02-01" in answer
    assert "2024-01-02" in press(client, "day", "when", "month", messy.id).get_data(as_text=True)


def test_a_type_is_changed_and_what_does_not_fit_is_counted(client: Caller, messy: DatasetRecord) -> None:
    answer = press(client, "type", "amount", "number", messy.id).get_data(as_text=True)
    assert "1 of 3 not a number" in answer
    assert "(row 2)" in answer


def test_every_type_says_how_much_would_fit(who: Actor, messy: DatasetRecord) -> None:
    text = str(dataset_page.review(who, messy))
    assert "66.6% fit" in text
    assert "no value fits" in text


def test_a_viewer_reads_and_an_editor_changes_only_their_own(
    client_for: Callable[[int], Caller], people: People, messy: DatasetRecord
) -> None:
    for other in (people.viewer, people.other_editor):
        assert "Type of" not in str(dataset_page.review(actor(other, "editor"), messy))
        press(client_for(other), "type", "amount", "number", messy.id)
    assert datasets.get_dataset(actor(1), messy.id).types["amount"] == "string"


@pytest.mark.parametrize(("name", "value"), [("nothing", "number"), ("amount", "money")])
def test_a_forged_choice_changes_nothing(
    client: Caller, messy: DatasetRecord, name: str, value: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert_refused_quietly(press(client, "type", name, value, messy.id), caplog)
    assert datasets.get_dataset(actor(1), messy.id).types == messy.types


def test_a_file_in_use_names_its_charts_and_cannot_go(who: Actor, sales: DatasetRecord) -> None:
    make_chart(who, sales.id)
    text = str(datasets_page.question(sales, datasets.dependents(who, sales.id)))
    assert "One chart uses" in text
    assert "Amount by region" in text
    assert "Delete file" not in text


def test_a_file_nobody_uses_is_deleted_after_asking(client: Caller, who: Actor, sales: DatasetRecord) -> None:
    assert "Delete file" in str(datasets_page.question(sales, []))
    changed = f"{Upload.confirmed}.n_clicks"
    call(client, Upload.list, {changed: 1, f"{Upload.doomed}.data": sales.id}, changed=changed)
    with pytest.raises(NotFound):
        datasets.get_dataset(who, sales.id)


def test_deleting_keeps_the_search_and_goes_to_the_first_page(
    client: Caller, sales: DatasetRecord, messy: DatasetRecord
) -> None:
    changed = f"{Upload.confirmed}.n_clicks"
    values = {changed: 1, f"{Upload.doomed}.data": sales.id, f"{Upload.search}.value": "sales"}
    found = call(client, f"{Upload.offset}.data@", values, changed=changed).json["response"]
    assert found[Upload.offset] == {"data": 0}
    assert "messy.csv" not in str(found[Upload.list])


def test_search_narrows_the_list(client: Caller, sales: DatasetRecord, messy: DatasetRecord) -> None:
    changed = f"{Upload.search}.value"
    answer = call(client, f"{Upload.list}.children", {changed: "mess", f"{Upload.offset}.data": "x"}, changed=changed)
    assert "messy.csv" in answer.get_data(as_text=True)
    assert "sales.csv" not in answer.get_data(as_text=True)


def test_an_upload_larger_than_other_requests_may_be_is_taken(client: Caller) -> None:
    text = SALES + "2025-01-01,North,Pen,1.00,1\n" * 200_000
    answer = client.post("/api/datasets", headers=client.token(), **multipart(text.encode(), "large.csv"))
    assert answer.status_code == 201
    assert answer.json["row_count"] == 200_240


def test_an_upload_without_the_token_is_refused(client: Caller) -> None:
    answer = client.post("/api/datasets", **multipart(SALES.encode(), "sales.csv"))
    assert answer.status_code == 400


def test_the_review_of_a_workbook_tells_its_sheet_and_keeps_it_when_types_change(
    client: Caller, who: Actor, tmp_path: Path
) -> None:
    path = tmp_path / "upload"
    rows = [["Report"], [], ["city", "n", "share"], ["Rome", 1, 0.5], ["Oslo", 2, 0.25]]
    path.write_bytes(workbook({"Cover": [["x"]], "Figures": rows}))
    item = datasets.upload(who, path, "book.xlsx", sheet="Figures")
    text = str(dataset_page.review(who, item))
    for words in ("Excel", "Figures", "row 3", "2 rows, 3 columns", "1 other sheet was not"):
        assert words in text
    assert "Separator" not in text
    press(client, "type", "n", "string", item.id)
    changed = datasets.get_dataset(who, item.id)
    assert changed.types["n"] == "string"
    assert changed.report["sheet"] == "Figures"
