"""Saving a lane: what is done with its row in hand, and what is not."""

import socket
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from governance.models import CredentialLane
from governance.refusals import Refused
from governance.services import save_lane
from tests.factories import TenantFactory


def a_lane() -> CredentialLane:
    return CredentialLane(
        tenant=TenantFactory.create(),
        name="tickets-write",
        kind="oauth_client",
        privilege="write",
        placement={"in": "authorization", "scheme": "Bearer"},
        settings={
            "token_url": "https://login.example.com/token",
            "client_id": "sealwright",
            "authentication": "client_secret_basic",
        },
        narrowing={"scope": "tickets:create"},
    )


@pytest.mark.django_db(transaction=True)
def test_an_issuers_name_is_looked_up_with_no_lock_in_hand(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    held: list[bool] = []

    def look_up(_host: str, port: int, **_more: Any) -> list[tuple[Any, ...]]:
        held.append(connection.in_atomic_block)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8", port))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    lane = a_lane()

    save_lane(lane, by=None, now=timezone.now())
    lane.max_seconds = 600
    save_lane(lane, by=None, now=timezone.now())

    assert held == [False, False]
    assert lane.version == 2


@pytest.mark.django_db
def test_a_lane_whose_secret_is_refused_stays_as_it_was() -> None:
    lane = a_lane()
    lane.settings["token_url"] = "https://192.0.32.8/token"
    save_lane(lane, secret="the-first-secret", by=None, now=timezone.now())
    lane.max_seconds = 600

    with pytest.raises(Refused):
        save_lane(lane, secret="\x00", by=None, now=timezone.now())

    lane.refresh_from_db()
    assert (lane.version, lane.secret_version) == (1, 1)
    assert lane.max_seconds != 600
