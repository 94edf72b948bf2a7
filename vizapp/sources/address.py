"""Where a connection may lead: names are resolved once, checked, and the checked address is the one connected to.

Databases live on private and loopback addresses, so these are allowed until an admin narrows them to a list of
networks. Link-local addresses, where clouds serve their machines' credentials, are never allowed, whatever they are
called and however they are written.
"""

import ipaddress
import queue
import socket
import threading
from collections.abc import Sequence

from vizapp.errors import DatabaseUnreachable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# What clouds serve to their machines beside 169.254.169.254: AWS, Google and Scaleway over IPv6, then Alibaba, Azure
# and Oracle.
_METADATA = frozenset(
    map(
        ipaddress.ip_address,
        (
            "fd00:ec2::254",
            "fd20:ce::254",
            "fd00:42::42",
            "100.100.100.200",
            "168.63.129.16",
            "192.0.0.192",
        ),
    )
)
# IPv6 networks that lead to an IPv4 address which the address itself does not tell for sure: locally translated (RFC
# 8215), tunnelled through a relay (Teredo, RFC 4380).
_UNTOLD = tuple(map(ipaddress.ip_network, ("64:ff9b:1::/48", "2001::/32")))
# IPv6 networks whose last 32 bits are an IPv4 address: mapped (RFC 4291), translated (RFC 6052, RFC 2765), compatible.
_HOLDING_V4 = tuple(map(ipaddress.ip_network, ("::ffff:0:0/96", "64:ff9b::/96", "::ffff:0:0:0/96", "::/96")))


def resolve(host: str, port: int, *, networks: Sequence[str] = (), seconds: float = 5) -> list[str]:
    """The addresses of `host`, in the order to try. Raises DatabaseUnreachable with the step `name` or `address`.

    One address that is not allowed refuses the name: what it leads to would else depend on chance.
    """
    found = _look_up(host, port, seconds)
    for text in found:
        if reason := refusal(ipaddress.ip_address(text.partition("%")[0]), networks):
            raise DatabaseUnreachable(f"Connections to {host} are not allowed: {reason}.", details={"step": "address"})
    return found


def refusal(address: Address, networks: Sequence[str] = ()) -> str:
    """Why this address must not be connected to; empty when it may."""
    plain = _unwrapped(address)
    if plain.is_link_local or plain in _METADATA or address in _METADATA:
        return "this address is reserved for the machine's own cloud"
    if plain.is_unspecified or plain.is_multicast or plain == ipaddress.ip_address("255.255.255.255"):
        return "this address is not that of a server"
    if any(plain.version == network.version and plain in network for network in _UNTOLD):
        return "it leads on to another address that cannot be seen"
    allowed = [ipaddress.ip_network(network) for network in networks]
    if allowed and not any(plain.version == network.version and plain in network for network in allowed):
        return "it is outside the networks that DATABASE_NETWORKS names"
    return ""


def _unwrapped(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for."""
    if isinstance(address, ipaddress.IPv4Address) or address.is_loopback:
        return address
    if address.sixtofour is not None:
        return address.sixtofour
    if any(address in network for network in _HOLDING_V4):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _look_up(host: str, port: int, seconds: float) -> list[str]:
    """What the system's resolver says, waiting no longer than `seconds`."""
    answer: queue.SimpleQueue[list[str] | OSError | UnicodeError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answer.put(list(dict.fromkeys(str(info[4][0]) for info in infos)))
        except (OSError, UnicodeError) as exc:
            answer.put(exc)

    # The resolver takes no time limit of its own.
    threading.Thread(target=ask, daemon=True, name="resolve").start()
    try:
        found = answer.get(timeout=seconds)
    except queue.Empty:
        found = TimeoutError()
    if isinstance(found, Exception) or not found:
        raise DatabaseUnreachable(
            f"The name {host} cannot be resolved. Check how it is spelt, and that this server can look it up.",
            details={"step": "name"},
        )
    return found
