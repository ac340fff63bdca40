"""Somebody spells loopback, metadata or a private network so that it looks public.

Refused when it is saved and, where a row or the resolver changed since, when it is
called.  The harness lets no test make a socket that has no mark for it, so a spelling
that got as far as connecting would fail here, whatever it connected to.
"""

from collections.abc import Callable

import pytest

from governance.egress import (
    BackendSettings,
    Deadline,
    Egress,
    EgressRefused,
    OutboundRequest,
    UrlRefused,
    check_url,
)

READ = OutboundRequest("GET", "/latest/meta-data/")
EVERYTHING = ("10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "::1/128", "fc00::/7")

SPELLINGS = [
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.1/",
    "http://0177.0.0.1/",
    "http://017700000001/",
    "http://127.1/",
    "http://127.0.1/",
    "http://127.0.0.1/",
    "http://localhost/",
    "http://LOCALHOST/",
    "http://localhost./",
    "http://[::1]/",
    "http://[0:0:0:0:0:0:0:1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[::127.0.0.1]/",
    "http://[::ffff:0:127.0.0.1]/",
    "http://[64:ff9b::127.0.0.1]/",
    "http://[64:ff9b:1::127.0.0.1]/",
    "http://[2002:7f00:1::]/",
    "http://[2001:0:7f00:1::]/",
    "http://[fec0::1]/",
    "http://[::]/",
    "http://0.0.0.0/",
    "http://0/",
    "http://\u2460\u2461\u2466.0.0.1/",
    "http://127。0。0。1/",
    "http://loc\u00adalhost/",
    "http://127.0.0.1%00.example.com/",
    "http://api.example.com@127.0.0.1/",
    "http://127.0.0.1#@api.example.com/",
    "http://127.0.0.1\\@api.example.com/",
    "http://[::1%25lo]/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_INFO",
    "dict://127.0.0.1:11211/stats",
]

METADATA = [
    "http://169.254.169.254/",
    "http://2852039166/",
    "http://0xa9fea9fe/",
    "http://[::ffff:169.254.169.254]/",
    "http://[fd00:ec2::254]/",
    "http://[fd20:ce::254]/",
    "http://[fe80::a9fe:a9fe]/",
    "http://100.100.100.200/",
    "http://192.0.0.192/",
    "http://168.63.129.16/",
    "http://metadata/",
    "http://metadata.google.internal/",
    "http://Metadata.Google.Internal/",
]


def local(_host: str, _port: int) -> list[str]:
    return ["127.0.0.1", "::1"]


def send(
    url: str, *, cidrs: tuple[str, ...], resolve: Callable[..., list[str]]
) -> None:
    egress = Egress(resolve=resolve)
    backend = BackendSettings(1, 1, url, cidrs)
    egress.send(READ, backend=backend, deadline=Deadline(5))


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("url", [*SPELLINGS, *METADATA])
def test_a_spelling_of_a_forbidden_address_is_refused_when_saved(
    url: str, scheme: str
) -> None:
    with pytest.raises(UrlRefused):
        check_url(url.replace("http:", f"{scheme}:"), cidrs=(), resolve=local)


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("url", [*SPELLINGS, *METADATA])
def test_a_spelling_in_a_row_that_was_not_checked_opens_no_socket(
    url: str, scheme: str
) -> None:
    with pytest.raises(EgressRefused):
        send(url.replace("http:", f"{scheme}:"), cidrs=(), resolve=local)


@pytest.mark.parametrize("url", METADATA)
def test_metadata_is_out_of_reach_also_where_a_list_covers_it(url: str) -> None:
    with pytest.raises(UrlRefused):
        check_url(url, cidrs=EVERYTHING)
    with pytest.raises(EgressRefused):
        send(url, cidrs=EVERYTHING, resolve=local)


@pytest.mark.parametrize(
    "answers",
    [
        ["127.0.0.1"],
        ["8.8.8.8", "127.0.0.1"],
        ["2606:4700::1111", "::1"],
        ["169.254.169.254"],
        ["64:ff9b::a9fe:a9fe"],
        ["::ffff:10.0.0.1"],
        ["fe80::1%2"],
    ],
)
def test_a_public_name_that_now_resolves_inwards_opens_no_socket(
    answers: list[str],
) -> None:
    with pytest.raises(EgressRefused):
        send("https://api.example.com", cidrs=(), resolve=lambda *_: answers)
