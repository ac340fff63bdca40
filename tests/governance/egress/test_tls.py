"""TLS is 1.2 or newer, and certificate and name are checked before a byte is sent."""

import datetime as dt
import ssl
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.utils import timezone

from governance.egress import (
    BackendSettings,
    ConnectFailed,
    Deadline,
    Egress,
    OutboundRequest,
    UrlRefused,
    tls_context,
)
from tests.certificates import YEAR, Authority, authority
from tests.remotes import Remote, reply, serving

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

NAME = "api.example.com"
POST = OutboundRequest("POST", "/a", (("Authorization", "Bearer borrowed"),), b"{}")


@pytest.fixture(scope="module")
def now() -> dt.datetime:
    return timezone.now()


@pytest.fixture(scope="module")
def trusted(now: dt.datetime) -> Authority:
    return authority(now)


@pytest.fixture
def egress() -> Iterator[Egress]:
    egress = Egress(resolve=lambda *_: ["127.0.0.1"])
    yield egress
    egress.close()


@contextmanager
def tls_remote(context: ssl.SSLContext) -> Iterator[Remote]:
    with serving(Remote(answer=reply()), tls=context) as remote:
        yield remote


def backend(remote: Remote, *, ca_pem: str = "") -> BackendSettings:
    url = f"https://{NAME}:{remote.port}"
    return BackendSettings(1, 1, url, ("127.0.0.1/32",), ca_pem=ca_pem)


def test_a_backend_is_trusted_by_its_own_authority_and_name(
    trusted: Authority, egress: Egress, tmp_path: Path, now: dt.datetime
) -> None:
    context = trusted.server_context(NAME, folder=tmp_path, ends_at=now + YEAR)
    names: list[str] = []
    context.sni_callback = lambda _socket, name, _context: names.append(name)

    with tls_remote(context) as remote:
        to = backend(remote, ca_pem=trusted.pem)
        answers = [
            egress.send(POST, backend=to, deadline=Deadline(60)) for _ in range(2)
        ]
        egress.close()

    assert [each.status for each in answers] == [200, 200]
    assert answers[0].peer_origin == f"https://{NAME}:{remote.port}"
    assert (remote.connections, names) == (1, [NAME])


@pytest.mark.parametrize("wrong", ["authority", "name", "date", "version", "plain"])
def test_a_peer_that_can_not_be_trusted_is_sent_nothing(
    wrong: str, trusted: Authority, egress: Egress, tmp_path: Path, now: dt.datetime
) -> None:
    name = "other.example.com" if wrong == "name" else NAME
    ends_at = now - dt.timedelta(days=1) if wrong == "date" else now + YEAR
    context = trusted.server_context(name, folder=tmp_path, ends_at=ends_at)
    if wrong == "version":
        allow_only_tls_1_1(context)
    ca_pem = "" if wrong == "authority" else trusted.pem

    with serving(
        Remote(answer=reply()), tls=None if wrong == "plain" else context
    ) as remote:
        with pytest.raises(ConnectFailed):
            egress.send(
                POST, backend=backend(remote, ca_pem=ca_pem), deadline=Deadline(3)
            )

        assert remote.received == []


def test_no_context_of_ours_is_lax() -> None:
    context = tls_context("")

    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert not context.hostname_checks_common_name


def test_an_authority_that_is_none_is_refused_with_a_sentence() -> None:
    with pytest.raises(UrlRefused, match="PEM"):
        tls_context("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")


def allow_only_tls_1_1(context: ssl.SSLContext) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1_1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
