"""Which addresses may be reached.  Pure.

``ipaddress.is_global`` is not enough: it calls NAT64, 6to4, IPv4-compatible and SIIT
forms of 127.0.0.1, multicast, ``fec0::/10`` and 168.63.129.16 global.  So the tables
below are written out; of IPv6, only what is in ``2000::/3`` can be public at all.
"""

from collections.abc import Iterable
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Final

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
_Table = tuple[tuple[Network, str], ...]


class CidrRefused(ValueError):
    """An entry of a backend's list can't be opened; the text says why."""


def _table(rows: dict[str, str]) -> _Table:
    return tuple((ip_network(network), kind) for network, kind in rows.items())


_NEVER: Final = _table(
    {
        "0.0.0.0/8": "the unspecified network",
        "100.100.100.200/32": "a metadata service",
        "168.63.129.16/32": "a metadata service",
        "169.254.0.0/16": "link-local, where metadata services are",
        "192.0.0.192/32": "a metadata service",
        "224.0.0.0/4": "multicast",
        "255.255.255.255/32": "broadcast",
        "::/128": "the unspecified address",
        "fd00:ec2::/32": "a metadata service",
        "fd20:ce::/32": "a metadata service",
        "fe80::/10": "link-local, where metadata services are",
        "ff00::/8": "multicast",
    }
)

_OPENABLE: Final = _table(
    {
        "10.0.0.0/8": "private",
        "100.64.0.0/10": "carrier-grade NAT",
        "127.0.0.0/8": "loopback",
        "172.16.0.0/12": "private",
        "192.168.0.0/16": "private",
        "::1/128": "loopback",
        "fc00::/7": "private",
    }
)

_SPECIAL: Final = _OPENABLE + _table(
    {
        "192.0.0.0/24": "reserved",
        "192.0.2.0/24": "for documentation",
        "192.31.196.0/24": "AS112",
        "192.52.193.0/24": "AMT",
        "192.88.99.0/24": "a 6to4 relay",
        "192.175.48.0/24": "AS112",
        "198.18.0.0/15": "for benchmarks",
        "198.51.100.0/24": "for documentation",
        "203.0.113.0/24": "for documentation",
        "240.0.0.0/4": "reserved",
        "2001::/23": "reserved, Teredo among it",
        "2001:db8::/32": "for documentation",
        "2002::/16": "6to4, which hides an IPv4 address",
        "2620:4f:8000::/48": "AS112",
        "3fff::/20": "for documentation",
    }
)

_GLOBAL_UNICAST: Final = IPv6Network("2000::/3")


def parse_address(text: str) -> Address:
    """Read an address as the resolver spells it.

    ``::ffff:a.b.c.d`` becomes ``a.b.c.d``: it reaches the same machine.  Raises
    ValueError if it is none.
    """
    address = ip_address(text)
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def parse_cidrs(texts: Iterable[str]) -> tuple[Network, ...]:
    """Read a backend's list of private addresses that may be reached.

    Raises CidrRefused if an entry is none, or lies outside of what a list may open.
    """
    return tuple(_opened(text) for text in texts)


def refusal(
    address: Address, *, opened: tuple[Network, ...], plain: bool
) -> str | None:
    """Say why ``address`` may not be reached, as the end of a sentence; None if it may.

    ``opened`` comes from ``parse_cidrs``; ``plain`` is http without TLS, which goes
    only to what is opened.
    """
    kind = _kind(address, _NEVER)
    if kind:
        return f"is {kind}, which is never reached"
    if any(address in network for network in opened):
        return None
    kind = _kind(address, _SPECIAL) or _outside_of_unicast(address)
    if kind:
        return f"is {kind}, and the list of private addresses does not open it"
    if plain:
        return "is public, and only https goes to a public address"
    return None


def _opened(text: str) -> Network:
    try:
        network = ip_network(text)
    except ValueError as error:
        raise CidrRefused(
            f"“{text}” is not a network such as 10.1.2.0/24 or fd12:3456::/48."
        ) from error
    if not _within(network, _OPENABLE):
        allowed = ", ".join(str(each) for each, _ in _OPENABLE)
        raise CidrRefused(f"{network} can't be opened; only parts of {allowed} can.")
    if _within(network, _NEVER):
        raise CidrRefused(f"{network} is {_kind(network[0], _NEVER)}: never opened.")
    return network


def _within(network: Network, table: _Table) -> bool:
    return any(
        network.version == each.version
        and network.network_address in each
        and network.broadcast_address in each
        for each, _ in table
    )


def _kind(address: Address, table: _Table) -> str:
    return next((kind for network, kind in table if address in network), "")


def _outside_of_unicast(address: Address) -> str:
    if isinstance(address, IPv6Address) and address not in _GLOBAL_UNICAST:
        return "not a public IPv6 address"
    return ""
