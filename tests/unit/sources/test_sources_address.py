"""Connections lead to servers, never to what a cloud serves to its own machines, however that is written."""

import socket
from typing import Any

import pytest

from vizapp.errors import DatabaseUnreachable
from vizapp.sources.address import resolve


def resolved(host: str, *networks: str) -> list[str]:
    return resolve(host, 5432, networks=networks)


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """What the resolver knows, besides addresses."""
    known: dict[str, list[str]] = {}
    real = socket.getaddrinfo

    def look_up(host: str, port: int, **rest: Any) -> list[Any]:
        return [info for address in known.get(host, [host]) for info in real(address, port, **rest)]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return known


@pytest.mark.parametrize("host", ["127.0.0.1", "10.1.2.3", "192.168.1.7", "::1", "fd12::5", "203.0.113.9", "127.1"])
def test_private_and_public_addresses_are_allowed(host: str) -> None:
    assert resolved(host)


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254",
        "169.254.1.1",
        "2852039166",
        "0xa9fea9fe",
        "0251.0376.0251.0376",
        "::ffff:169.254.169.254",
        "::ffff:a9fe:a9fe",
        "::169.254.169.254",
        "64:ff9b::169.254.169.254",
        "2002:a9fe:a9fe::1",
        "fe80::1",
        "fd00:ec2::254",
        "fd20:ce::254",
        "fd00:42::42",
        "64:ff9b:1::a9fe:a9fe",
        "2001:0:4136:e378:8000:63bf:5601:5601",
        "100.100.100.200",
        "168.63.129.16",
        "::ffff:168.63.129.16",
        "0.0.0.0",
        "0",
        "::",
        "224.0.0.1",
        "255.255.255.255",
        "::ffff:0.0.0.0",
    ],
)
def test_metadata_and_no_addresses_are_refused_in_every_spelling(host: str) -> None:
    with pytest.raises(DatabaseUnreachable) as caught:
        resolved(host)
    assert caught.value.details == {"step": "address"}


def test_a_name_is_judged_by_all_it_leads_to(names: dict[str, list[str]]) -> None:
    names["db.example"] = ["203.0.113.9"]
    assert resolved("db.example") == ["203.0.113.9"]
    names["db.example"] = ["203.0.113.9", "169.254.169.254"]
    with pytest.raises(DatabaseUnreachable, match=r"db\.example are not allowed"):
        resolved("db.example")


def test_a_list_of_networks_narrows(names: dict[str, list[str]]) -> None:
    names["db.example"] = ["10.2.3.4"]
    assert resolved("db.example", "10.0.0.0/8", "192.168.1.7") == ["10.2.3.4"]
    assert resolved("::ffff:10.2.3.4", "10.0.0.0/8")
    for host in ("127.0.0.1", "192.168.1.8", "::1"):
        with pytest.raises(DatabaseUnreachable, match="DATABASE_NETWORKS"):
            resolved(host, "10.0.0.0/8", "192.168.1.7")
    with pytest.raises(DatabaseUnreachable):
        resolved("169.254.169.254", "0.0.0.0/0")


def test_a_name_nobody_knows_is_told() -> None:
    with pytest.raises(DatabaseUnreachable) as caught:
        resolved("no-such-host.invalid")
    assert caught.value.details == {"step": "name"}


def test_a_resolver_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    let_go = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: let_go.wait(10) and [])
    with pytest.raises(DatabaseUnreachable):
        resolve("db.example", 5432, seconds=0.05)
    let_go.set()
