"""Somebody twists the lane that a call borrows on."""

import json
from typing import Any

import pytest

from governance import policy
from governance.models import Backend, CredentialLane, RouteVersion
from tests.attacks.lending import (
    BEARER,
    LOOKING,
    ended,
    read,
    received,
)
from tests.attacks.rows import tamper
from tests.factories import CredentialLaneFactory, published_route
from tests.issuers.github import COMMENTING, Issuer
from tests.stage import Stage, reading

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


def test_a_neighbour_is_refused_whatever_the_mapping_says(
    stage: Stage, lane: CredentialLane, issuer: Issuer
) -> None:
    published_route(
        **{
            **reading(),
            "route": stage.read,
            "mapping": {"method": "GET", "path": "/repos/acme/web-shop/pulls/{pull}"},
        },
        number=3,
        backend=Backend.objects.get(),
        lane=lane,
        group=RouteVersion.objects.first().group,  # type: ignore[union-attr]
        by=stage.sam,
    )

    answer = read(stage)

    assert answer.status_code == 502
    assert answer.json()["detail"] == "The backend refused Sealwright's credential."
    assert issuer.github.issued()[-1]["revoked"] is True


@pytest.mark.parametrize(
    "changes",
    [
        {"narrowing": json.dumps({**LOOKING, "repositories": ["web-shop"]})},
        {"settings": json.dumps({"api_url": "http://127.0.0.1:9"})},
        {"kind": "static"},
        {"max_seconds": 40_000},
        {"reuse_seconds": 300},
    ],
    ids=["narrowing", "settings", "kind", "max_seconds", "reuse_seconds"],
)
def test_a_lane_that_was_changed_in_the_database_lends_nothing(
    changes: dict[str, Any], stage: Stage, lane: CredentialLane, issuer: Issuer
) -> None:
    tamper(lane, **changes)
    policy.forget()

    answer = read(stage)

    assert answer.status_code == 503
    assert stage.denials() == ["unavailable"]
    assert issuer.github.asked == received(issuer) == 0


def test_a_version_that_was_pointed_at_another_lane_lends_nothing(
    stage: Stage, lane: CredentialLane, issuer: Issuer
) -> None:
    broader = CredentialLaneFactory.create(
        name="broader",
        kind="github_app",
        placement=BEARER,
        settings=issuer.settings(),
        narrowing=COMMENTING,
    )
    tamper(RouteVersion.objects.get(route=stage.read, number=2), lane_id=broader.pk)
    policy.forget()

    assert read(stage).status_code == 503
    assert issuer.github.asked == received(issuer) == 0


def test_a_key_that_was_moved_to_another_lane_does_not_open(
    stage: Stage, lane: CredentialLane, issuer: Issuer
) -> None:
    static = CredentialLane.objects.get(name="github-comment")
    tamper(lane, sealed_secret=static.sealed_secret, secret_version=1)
    policy.forget()

    answer = read(stage)

    assert answer.json()["code"] == "credential_unavailable"
    assert issuer.github.asked == received(issuer) == 0
    assert ended().reason == "credential_unavailable"
