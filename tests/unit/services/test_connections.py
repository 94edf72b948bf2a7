"""Connections: secrets stay inside, admins make them, a test says what is wrong."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.databases import PASSWORD, Served, served
from vizapp.access import Actor
from vizapp.config import ConfigError
from vizapp.errors import Conflict, InsufficientRole, InvalidInput, NotFound, Unavailable
from vizapp.extensions import db, write_tx
from vizapp.models import Chart, Connection, Log, Setting
from vizapp.schemas.connection import MASK, ConnectionChanges, ConnectionInput, TestResult
from vizapp.security.crypto import Box
from vizapp.services import connections, setup
from vizapp.services.runtime import runtime

CONFIG: dict[str, Any] = {"host": "db.example", "database": "sales", "user": "reader", "password": PASSWORD}

# An authority that signed nobody's certificate.
STRANGER = """-----BEGIN CERTIFICATE-----
MIIBKjCB0KADAgECAgEBMAoGCCqGSM49BAMCMBMxETAPBgNVBAMMCHN0cmFuZ2Vy
MCAXDTIwMDEwMTAwMDAwMFoYDzIxMjAwMTAxMDAwMDAwWjATMREwDwYDVQQDDAhz
dHJhbmdlcjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABNTcUA5JW5LRTPlRRve9
fKN5uIG00VSJ219JL1m3MAFH2SQT1pqD+VxOsimQ9g9MILPPx++OVLe7p2h69wD8
FTejEzARMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSQAwRgIhAPSeNN2s
RXd9JlomG7XUj9nlk8kDO0T05sEjGoXtShovAiEAmNkFw1FvOdqbhZe9xLZvvuaw
JorPMwnuQSKZ1/Pwwr0=
-----END CERTIFICATE-----
"""


def make(admin: Actor, kind: str = "postgresql", *, config: dict[str, Any] = CONFIG, **more: Any) -> Any:
    sent = ConnectionInput.parse({"name": "Sales", "type": kind, "config": config, **more})
    return connections.create_connection(admin, sent)


def change(admin: Actor, connection_id: int, **changes: Any) -> Any:
    return connections.update_connection(admin, connection_id, ConnectionChanges.parse(changes))


def stored(connection_id: int) -> dict[str, Any]:
    row = db.session.get_one(Connection, connection_id)
    return json.loads(runtime().box.open(row.config))


def test_the_password_is_sealed_at_rest_and_masked_when_read(admin: Actor) -> None:
    made = make(admin)
    assert made.config == {
        "host": "db.example", "port": 5432, "database": "sales", "user": "reader", "password": MASK,
        "ssl": False, "poolSize": 5, "maxOverflow": 5,
    }  # fmt: skip
    row = db.session.get_one(Connection, made.id)
    assert "db.example" not in row.config
    assert stored(made.id)["password"] == PASSWORD
    assert "S3CR3T" not in str([entry.details for entry in db.session.query(Log)])


def test_the_mask_keeps_the_password_and_another_text_replaces_it(admin: Actor) -> None:
    made = make(admin)
    changed = change(admin, made.id, config={**made.config, "poolSize": 9})
    assert changed.config["poolSize"] == 9
    assert stored(made.id)["password"] == PASSWORD
    change(admin, made.id, config={**made.config, "password": "other"})
    assert stored(made.id)["password"] == "other"
    change(admin, made.id, config={"host": "db.example"})
    assert stored(made.id)["password"] == ""


@pytest.mark.parametrize("moved", [{"host": "evil.example"}, {"port": 6000}, {"ssl": False}, {"sslCert": STRANGER}])
def test_a_stored_password_is_not_sent_to_another_server_or_less_protected(admin: Actor, moved: dict[str, Any]) -> None:
    made = make(admin, config={**CONFIG, "ssl": True})
    with pytest.raises(InvalidInput) as caught:
        change(admin, made.id, config={**made.config, **moved})
    assert set(caught.value.fields) == {"config.password"}
    assert stored(made.id)["host"] == "db.example"
    with pytest.raises(InvalidInput):
        connections.try_config(admin, "postgresql", {**made.config, **moved}, connection_id=made.id)


def test_a_mask_without_anything_behind_it_is_refused(admin: Actor) -> None:
    with pytest.raises(InvalidInput) as caught:
        make(admin, config={**CONFIG, "password": MASK})
    assert set(caught.value.fields) == {"config.password"}


@pytest.mark.parametrize(
    ("config", "field"),
    [
        ({"host": "h?sslmode=disable&options=-c"}, "config.host"),
        ({"host": "a/b"}, "config.host"),
        ({"host": "user@h"}, "config.host"),
        ({"host": "h#x"}, "config.host"),
        ({"host": "a,b"}, "config.host"),
        ({"host": "-h"}, "config.host"),
        ({"host": "h", "port": 0}, "config.port"),
        ({"host": "h", "port": "x"}, "config.port"),
        ({"host": "h", "options": "-c x=y"}, "config.options"),
        ({"host": "h", "localInfile": True}, "config.localInfile"),
        ({"host": "h", "database": "a\nb"}, "config.database"),
        ({"host": "h", "sslCert": "/etc/passwd"}, "config.sslCert"),
        ({"host": "h", "poolSize": 5000}, "config.poolSize"),
        ({}, "config.host"),
    ],
)
def test_a_wrong_field_is_named(admin: Actor, config: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        make(admin, config=config)
    assert set(caught.value.fields) == {field}


def test_admins_make_and_see_configs_and_others_use_what_is_set(admin: Actor, editor: Actor, viewer: Actor) -> None:
    made = make(admin)
    hidden = make(admin, roles=[])
    for actor in (editor, viewer):
        with pytest.raises(InsufficientRole):
            make(actor)
        with pytest.raises(InsufficientRole):
            change(actor, made.id, name="Mine")
        for act in (connections.delete_connection, connections.try_connection):
            with pytest.raises(InsufficientRole):
                act(actor, made.id)
        with pytest.raises(NotFound):
            connections.get_connection(actor, hidden.id)
    seen = connections.list_connections(editor)
    assert [(found.id, found.config) for found in seen.items] == [(made.id, None)]
    assert connections.list_connections(viewer).total == 0
    change(admin, made.id, roles=["viewer"])
    assert connections.list_connections(viewer).total == 1
    assert connections.list_connections(editor).total == 0
    assert connections.list_connections(admin).total == 2


def test_a_connection_in_use_cannot_be_deleted(admin: Actor) -> None:
    made = make(admin)
    with write_tx() as session:
        session.add(Chart(name="Revenue", chart_type="bar", config={}, data_source_id=made.id))
    with pytest.raises(Conflict, match="Revenue"):
        connections.delete_connection(admin, made.id)
    with write_tx() as session:
        session.query(Chart).delete()
    connections.delete_connection(admin, made.id)
    with pytest.raises(NotFound):
        connections.get_connection(admin, made.id)


# --- the key


def test_rotation_moves_everything_to_the_new_key(admin: Actor, app: Any) -> None:
    made, box = make(admin), runtime().box
    salt = str(db.session.query(Setting.value).filter_by(key="encryption.salt").scalar())
    old = runtime().config.encryption_master_key.get_secret_value()
    new = Box("n" * 40, salt, old)
    object.__setattr__(runtime(), "box", new)
    try:
        assert setup.rotate_key() == 1
        alone = Box("n" * 40, salt)
        row = db.session.get_one(Connection, made.id)
        assert json.loads(alone.open(row.config))["password"] == PASSWORD
        alone.check(str(db.session.query(Setting.value).filter_by(key="encryption.canary").scalar()))
        object.__setattr__(runtime(), "box", box)
        with pytest.raises(Unavailable):
            connections.try_connection(admin, made.id)
        assert connections.get_connection(admin, made.id).config is None
        with pytest.raises(InvalidInput, match="none is stored"):
            change(admin, made.id, config={**CONFIG, "password": MASK})
        with pytest.raises(ConfigError, match="Nothing was changed"):
            setup.rotate_key()
    finally:
        object.__setattr__(runtime(), "box", Box(old, salt, "n" * 40))
        setup.rotate_key()
        object.__setattr__(runtime(), "box", box)


# --- the test of a connection


@pytest.fixture(scope="module", params=["postgresql", "mysql"])
def server(request: pytest.FixtureRequest) -> Iterator[Served]:
    with served(request.param) as made:
        made.run("CREATE TABLE sales (id int)")
        yield made


def tried(admin: Actor, kind: str, config: dict[str, Any]) -> TestResult:
    result = connections.try_config(admin, kind, config)
    assert "S3CR3T" not in result.model_dump_json()
    return result


def test_a_connection_that_works_says_to_what(admin: Actor, server: Served) -> None:
    result = tried(admin, server.kind, server.config(server.reader))
    assert (result.ok, result.details.warnings) == (True, [])
    assert "1 table or view" in result.message
    assert result.details.server.startswith(("PostgreSQL 1", "MariaDB 1", "MySQL "))  # type: ignore[union-attr]
    assert 0 < result.elapsed_ms < 5000


def test_an_account_that_could_write_is_warned_about(admin: Actor, server: Served) -> None:
    result = tried(admin, server.kind, server.config())
    assert result.ok
    assert "could write" in result.details.warnings[0]


def test_an_account_that_could_do_anything_is_warned_about(admin: Actor, server: Served) -> None:
    user = server.run("SELECT current_user")[0][0].partition("@")[0]
    result = tried(admin, server.kind, server.config(user, password=""))
    assert result.ok
    assert "superuser" in result.details.warnings[0] or "SUPER" in result.details.warnings[0]


def test_an_encrypted_way_is_told_where_the_server_offers_one(admin: Actor, server: Served) -> None:
    offered = server.kind == "postgresql" and server.run("SHOW ssl") == [("on",)]
    result = tried(admin, server.kind, server.config(ssl=True))
    assert (result.ok, result.details.encrypted) == ((True, True) if offered else (False, None))
    if offered:
        stranger = tried(admin, server.kind, server.config(ssl=True, sslCert=STRANGER))
        assert (stranger.ok, stranger.details.step) == (False, "tls")


def test_each_mistake_is_told_apart(admin: Actor, server: Served) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        closed = free.getsockname()[1]
    mistakes: list[tuple[str, dict[str, Any]]] = [
        ("name", {"host": "no-such-host.invalid"}),
        ("address", {"host": "169.254.169.254"}),
        ("port", {"port": closed}),
        ("database", {"database": "no_such_database"}),
    ]
    if server.kind == "mysql":
        # The other server's settings decide whether it asks for a password at all, and offers TLS.
        mistakes += [("password", {"password": "wrong"}), ("password", {"user": "nobody_here"})]
        mistakes += [("tls", {"ssl": True})]
    for step, mistake in mistakes:
        result = tried(admin, server.kind, {**server.config(), **mistake})
        assert (result.ok, result.details.step) in [(False, step), (False, "permission")], (step, result)


@pytest.mark.parametrize("kind", ["postgresql", "mysql"])
@pytest.mark.parametrize("greeting", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x00" * 200])
def test_something_else_at_the_port_is_told_within_seconds(admin: Actor, kind: str, greeting: bytes) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(8)
        held: list[socket.socket] = []

        def serve() -> None:
            while True:
                try:
                    client = listener.accept()[0]
                except OSError:
                    return
                held.append(client)
                if greeting:
                    client.sendall(greeting)

        threading.Thread(target=serve, daemon=True).start()
        started = time.monotonic()
        result = tried(admin, kind, {**CONFIG, "host": "127.0.0.1", "port": listener.getsockname()[1]})
        assert (result.ok, result.details.step) == (False, "port"), result
        assert time.monotonic() - started < 7
        listener.shutdown(socket.SHUT_RDWR)
    for client in held:
        client.close()
