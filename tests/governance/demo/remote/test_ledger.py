"""The ledger, in which anyone can count what reached the remote."""

import hashlib

import pytest

from tests.governance.demo.conftest import TOKENS, Client

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

LOGS = "/projects/shop/services/api/logs"


def test_the_ledger_shows_each_request_as_it_came(remote: Client) -> None:
    remote.ask("POST", "/queues/ops/tickets", {"title": "t"}, lane="tickets-write")
    remote.ask("GET", f"{LOGS}?minutes=15&tag=a&tag=b", lane="logs-read")

    first, second = remote.received()

    assert (first["n"], first["method"], first["path"]) == (
        1,
        "POST",
        "/queues/ops/tickets",
    )
    assert first["body"] == {"title": "t"}
    assert first["headers"]["content-type"] == "application/json"
    assert first["at"].endswith("Z")
    assert second["query"] == {"minutes": "15", "tag": ["a", "b"]}
    assert second["body"] is None


def test_the_ledger_shows_a_credential_by_its_digest_only(remote: Client) -> None:
    remote.ask("GET", LOGS, lane="logs-read")

    (entry,) = remote.received()

    digest = hashlib.sha256(TOKENS["logs-read"].encode()).hexdigest()[:16]
    assert entry["headers"]["authorization"] == f"sha256:{digest}"
    assert TOKENS["logs-read"] not in str(entry)


def test_what_was_refused_is_in_the_ledger_too(remote: Client) -> None:
    remote.ask("GET", LOGS)

    assert len(remote.received()) == 1


def test_asking_the_remote_about_itself_is_not_in_the_ledger(remote: Client) -> None:
    remote.ask("POST", "/_behave", {"mode": "normal"})
    remote.received()

    assert remote.received() == []
