"""Alembic's entry: migrates the database of the connection that vizapp/database.py hands over."""

from alembic import context

import vizapp.models  # noqa: F401 - fills the metadata
from vizapp.extensions import Base

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True, compare_type=True)
with context.begin_transaction():
    context.run_migrations()
