"""A lane that borrows of an issuer, and a read that is published on it."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone

from audit.models import Record
from governance import policy
from governance.models import Backend, CredentialLane, RouteVersion
from governance.services import replace_secret, save_backend, save_lane
from tests.factories import published_route
from tests.issuers.github import Issuer, app_key, github_issuer
from tests.stage import READ, Stage, reading

BEARER = {"in": "authorization", "scheme": "Bearer"}
LOOKING = {"repositories": ["{repo}"], "permissions": {"pull_requests": "read"}}


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    """Return a GitHub that lends to the lanes of the stage."""
    with github_issuer() as running:
        yield running


@pytest.fixture
def lane(stage: Stage, issuer: Issuer) -> CredentialLane:
    """Return a lane of the issuer, which the stage's read is published on."""
    lane = CredentialLane(
        tenant=stage.tenant,
        name="github-look",
        kind="github_app",
        privilege="read",
        placement=BEARER,
        settings=issuer.settings(),
        narrowing=LOOKING,
    )
    save_lane(lane, by=stage.sam, now=timezone.now())
    replace_secret(lane, app_key(), by=stage.sam, now=timezone.now())
    backend = Backend.objects.get()
    backend_of(issuer, backend)
    published_route(
        **{**reading(), "route": stage.read},
        number=2,
        backend=backend,
        lane=lane,
        group=RouteVersion.objects.first().group,  # type: ignore[union-attr]
        by=stage.sam,
    )
    policy.forget()
    return lane


def backend_of(issuer: Issuer, backend: Backend) -> None:
    """Let the demo remote be the backend, so that it judges the credential."""
    backend.base_url = issuer.url
    save_backend(backend, by=None, now=timezone.now())


def received(issuer: Issuer) -> int:
    return len(issuer.server.remote._received)  # noqa: SLF001 - its own ledger


def read(stage: Stage, **args: Any) -> Any:
    return stage.post({"tool": "github.read_pr", "args": {**READ, **args}})


def ended() -> Record:
    return Record.objects.filter(event__in=["call.completed", "call.failed"]).latest(
        "id"
    )
