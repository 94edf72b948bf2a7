"""Actors, and a dataset to work on."""

from pathlib import Path

import pytest

from tests.factories import People, actor, make_dataset
from vizapp.access import Actor, Role
from vizapp.schemas.records import DatasetRecord


@pytest.fixture
def admin(context, people: People) -> Actor:
    return actor(people.admin, Role.admin)


@pytest.fixture
def editor(context, people: People) -> Actor:
    return actor(people.editor, Role.editor)


@pytest.fixture
def other(context, people: People) -> Actor:
    return actor(people.other_editor, Role.editor)


@pytest.fixture
def viewer(context, people: People) -> Actor:
    return actor(people.viewer, Role.viewer)


@pytest.fixture
def dataset(editor: Actor, tmp_path: Path) -> DatasetRecord:
    """The editor's upload of 240 sales."""
    return make_dataset(editor, tmp_path)
