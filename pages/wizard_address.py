"""What the address of the wizard asks for: a file, a connection, or one of its tables.

`?dataset=4`, `?connection=3`, `?connection=3&schema=public&table=sales`, and `?connection=3&sql=1` for a query that the
browser brings along from the SQL page.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from urllib.parse import urlencode

from vizapp.errors import InvalidInput, NotFound
from vizapp.schemas.table import TableName
from vizapp.services.origins import Origin

MOST = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Asked:
    """What stood there; `origin` is None where there is nothing to draw yet."""

    dataset_id: int | None = None
    connection_id: int | None = None
    table: TableName | None = None
    is_query: bool = False

    @property
    def origin(self) -> Origin | None:
        """The place to ask."""
        if self.dataset_id is not None:
            return Origin(dataset_id=self.dataset_id)
        if self.connection_id is None or self.table is None:
            return None
        return Origin(connection_id=self.connection_id, table=self.table)

    @property
    def key(self) -> str:
        """A short name for the data, which a draft of it is kept under."""
        if self.dataset_id is not None:
            return str(self.dataset_id)
        return key_of(self.connection_id, "" if self.table is None else repr(self.table.wire()))


def key_of(connection_id: int | None, what: str) -> str:
    """The same for a table, or a query, of a connection."""
    return f"c{connection_id}-{blake2b(what.encode(), digest_size=8).hexdigest()}"


def read(query: Mapping[str, str] | None) -> Asked:
    """Raises NotFound for what cannot be the number or the name of anything."""
    sent = query or {}
    dataset, connection = _number(sent.get("dataset", ""), "data"), _number(sent.get("connection", ""), "connection")
    if dataset is not None:
        return Asked(dataset_id=dataset)
    if connection is None:
        return Asked()
    return Asked(connection_id=connection, table=_table(sent), is_query=bool(sent.get("sql")))


def table_href(here: str, connection_id: int, table: TableName) -> str:
    """The address at which a chart of this table is made; `here` is that of a new chart or of one being changed."""
    sent = {"connection": connection_id, "schema": table.schema_name or "", "table": table.name}
    return f"{here}?{urlencode(sent)}"


def _table(sent: Mapping[str, str]) -> TableName | None:
    if not sent.get("table"):
        return None
    try:
        return TableName.parse({"name": sent["table"], "schema": sent.get("schema") or None})
    except InvalidInput as exc:
        raise NotFound.of("table") from exc


def _number(text: str, what: str) -> int | None:
    if not text:
        return None
    if text.isascii() and text.isdecimal() and len(text) <= 10 and 1 <= int(text) <= MOST:
        return int(text)
    raise NotFound(f"There is no such {what}.")
