"""Each connection goes to an address that was judged, or is not made."""

from dataclasses import replace
from typing import Any

import pytest

from governance.egress import (
    BackendSettings,
    ConnectFailed,
    Egress,
    EgressRefused,
    check_url,
)
from governance.egress.connections import system_resolver
from tests.governance.egress.sending import Resolver, sent
from tests.ports import a_port
from tests.remotes import Remote

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


def test_a_port_that_nobody_listens_on_is_a_failed_connection(
    egress: Egress, backend: BackendSettings
) -> None:
    nobody = f"http://127.0.0.1:{a_port()}"

    with pytest.raises(ConnectFailed):
        sent(egress, replace(backend, base_url=nobody))


@pytest.mark.parametrize(
    "change",
    [
        {"base_url": "file:///etc/passwd"},
        {"cidrs": ("0.0.0.0/0",)},
        {"base_url": "https://127.0.0.1", "ca_pem": "nonsense"},
    ],
)
def test_a_row_that_was_never_checked_lets_nothing_out(
    change: dict[str, Any], egress: Egress, backend: BackendSettings
) -> None:
    with pytest.raises(EgressRefused):
        sent(egress, replace(backend, **change))


def test_each_connection_resolves_once_and_goes_where_that_answer_said(
    remote: Remote, backend: BackendSettings
) -> None:
    resolver = Resolver(["127.0.0.1", "127.0.0.1"], ["169.254.169.254"])
    egress = Egress(resolve=resolver)
    named = replace(backend, base_url=f"http://api.example.com:{remote.port}")

    sent(egress, named)
    sent(egress, named)
    egress.close()
    with pytest.raises(EgressRefused, match="169"):
        sent(egress, named)

    assert resolver.asked == [("api.example.com", remote.port)] * 2
    assert remote.connections == 1
    hosts = [each.all("host") for each in remote.received]
    assert hosts == [[f"api.example.com:{remote.port}"]] * 2


@pytest.mark.allow_hosts(["127.0.0.0/8"])
def test_the_next_vetted_address_is_tried_until_the_fourth(
    remote: Remote, backend: BackendSettings
) -> None:
    nobody = ["127.0.0.2", "127.0.0.3", "127.0.0.4"]
    resolver = Resolver([*nobody, "127.0.0.1"], [*nobody, "127.0.0.5", "127.0.0.1"])
    egress = Egress(resolve=resolver)
    named = replace(backend, base_url=f"http://api.example.com:{remote.port}")

    sent(egress, named)
    egress.close()
    with pytest.raises(ConnectFailed):
        sent(egress, named)

    assert len(remote.received) == 1


def test_a_name_that_is_unknown_is_a_failed_connection(
    backend: BackendSettings,
) -> None:
    egress = Egress(resolve=Resolver([]))

    with pytest.raises(ConnectFailed):
        sent(egress, replace(backend, base_url="http://api.example.com"))


def test_the_system_knows_its_own_loopback() -> None:
    assert set(system_resolver("localhost", 80)) <= {"127.0.0.1", "::1"}


def test_a_private_name_that_is_opened_may_be_saved() -> None:
    saved = check_url(
        "http://tickets.internal:8080/",
        cidrs=["10.1.2.0/24"],
        resolve=Resolver(["10.1.2.3", "10.1.2.4"]),
    )

    assert saved.origin == "http://tickets.internal:8080"
