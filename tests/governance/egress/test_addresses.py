from ipaddress import IPv6Address

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from governance.egress.addresses import (
    CidrRefused,
    parse_address,
    parse_cidrs,
    refusal,
)

REFUSED = [
    "0.0.0.0",  # noqa: S104 - an address to judge
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.2.1",
    "192.31.196.1",
    "192.52.193.1",
    "192.88.99.1",
    "192.168.1.1",
    "192.175.48.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "168.63.129.16",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::1",
    "100::1",
    "5f00::1",
    "fc00::1",
    "fe80::1",
    "fe80::1%1",
    "fec0::1",
    "ff02::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2620:4f:8000::1",
    "3fff::1",
    "4000::1",
]
PUBLIC = ["8.8.8.8", "172.32.0.1", "192.0.1.1", "2606:4700::1111", "::ffff:8.8.8.8"]
EVERYTHING = (
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "::1/128",
    "fc00::/7",
)
NEVER = [
    "169.254.169.254",
    "fe80::1",
    "fd00:ec2::254",
    "fd20:ce::254",
    "100.100.100.200",
    "192.0.0.192",
    "168.63.129.16",
    "0.0.0.0",  # noqa: S104 - an address to judge
    "::",
    "224.0.0.1",
    "ff02::1",
    "255.255.255.255",
]


def why_not(text: str, *cidrs: str, plain: bool = False) -> str | None:
    return refusal(parse_address(text), opened=parse_cidrs(cidrs), plain=plain)


@pytest.mark.parametrize("address", REFUSED)
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    assert why_not(address) is not None


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_reached_by_tls_only(address: str) -> None:
    assert why_not(address) is None
    assert why_not(address, plain=True) is not None


@pytest.mark.parametrize(
    ("address", "cidr"),
    [
        ("10.1.2.3", "10.1.2.0/24"),
        ("127.0.0.1", "127.0.0.1/32"),
        ("::ffff:127.0.0.1", "127.0.0.1/32"),
        ("::1", "::1/128"),
        ("fd12::1", "fd12::/16"),
        ("100.64.0.1", "100.64.0.0/16"),
    ],
)
def test_a_list_opens_its_private_addresses_for_plain_http_too(
    address: str, cidr: str
) -> None:
    assert why_not(address, cidr, plain=True) is None


def test_a_list_opens_nothing_beside_it() -> None:
    assert why_not("10.1.3.1", "10.1.2.0/24") is not None


@pytest.mark.parametrize("address", NEVER)
def test_no_list_opens_what_is_never_reached(address: str) -> None:
    assert why_not(address, *EVERYTHING) is not None


@pytest.mark.parametrize(
    "cidr",
    [
        "0.0.0.0/0",
        "8.8.8.0/24",
        "10.0.0.0/7",
        "10.0.0.1/24",
        "169.254.0.0/16",
        "100.100.100.200/32",
        "fd00:ec2::254/128",
        "::/0",
        "::ffff:127.0.0.0/104",
        "64:ff9b::/96",
        "224.0.0.0/4",
        "localhost",
        "",
    ],
)
def test_a_list_that_opens_too_much_is_refused_when_saved(cidr: str) -> None:
    with pytest.raises(CidrRefused):
        parse_cidrs([cidr])


@given(st.integers(0, 2**128 - 1).map(IPv6Address))
def test_ipv6_outside_of_global_unicast_is_never_public(address: IPv6Address) -> None:
    assume(not address.ipv4_mapped)

    assert why_not(str(address)) is not None or address.packed[0] >> 5 == 1
