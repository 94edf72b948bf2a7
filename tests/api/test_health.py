"""Health tells a machine whether the process lives, and which part it stands on is not well."""

import shutil

import pytest
from flask import Flask

from tests.conftest import Caller
from vizapp.extensions import limiter
from vizapp.query.results import Results
from vizapp.services import health
from vizapp.services.runtime import runtime


def test_a_living_process_says_ok(anonymous: Caller) -> None:
    assert anonymous.get("/health").get_json() == {"status": "ok"}


def test_readiness_names_each_part(anonymous: Caller) -> None:
    response = anonymous.get("/health/ready")
    assert response.status_code == 200
    assert set(response.get_json()["checks"]) == {"database", "data_folder", "cache", "exports"}


def test_a_data_folder_that_cannot_be_written_makes_it_not_ready(app: Flask, anonymous: Caller) -> None:
    with app.app_context():
        folder = runtime().temporary_folder
    shutil.rmtree(folder)
    try:
        response = anonymous.get("/health/ready")
        assert response.status_code == 503
        assert response.get_json()["checks"]["data_folder"] == {"ok": False, "message": "cannot be written"}
        assert str(folder) not in response.get_data(as_text=True)
    finally:
        folder.mkdir()


def test_a_database_that_needs_a_migration_makes_it_not_ready(
    anonymous: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "head", lambda: "later")
    response = anonymous.get("/health/ready")
    assert response.status_code == 503
    assert response.get_json()["checks"]["database"]["message"] == "needs a migration"


def test_a_database_that_cannot_be_reached_makes_it_not_ready(
    anonymous: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sqlalchemy.exc import OperationalError

    def broken(_engine: object) -> str:
        raise OperationalError("select 1", {}, Exception("secret host"))

    monkeypatch.setattr(health, "current", broken)
    response = anonymous.get("/health/ready")
    assert response.status_code == 503
    assert "secret host" not in response.get_data(as_text=True)


def test_a_shared_store_that_is_down_makes_it_degraded_but_usable(
    anonymous: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limiter.storage, "check", lambda: False)
    assert anonymous.get("/health").get_json() == {"status": "degraded"}
    assert anonymous.get("/health/ready").status_code == 200


@pytest.mark.parametrize(("trouble", "words"), [("down", "cannot be reached"), ("full", "takes nothing more")])
def test_a_memory_of_results_that_is_away_makes_it_degraded_but_usable(
    anonymous: Caller, monkeypatch: pytest.MonkeyPatch, trouble: str, words: str
) -> None:
    monkeypatch.setattr(Results, "trouble", trouble)
    assert anonymous.get("/health").get_json() == {"status": "degraded"}
    response = anonymous.get("/health/ready")
    assert response.status_code == 200
    assert words in response.get_json()["checks"]["cache"]["message"]
