"""What the tests of lending share: an issuer, and the records that it leads to."""

from collections.abc import Iterator
from typing import Any

import pytest

from proxy.credentials import evidence, revoking
from tests.issuers.github import Issuer, github_issuer

Recorded = list[tuple[str, dict[str, Any]]]


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with github_issuer() as running:
        yield running


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> Recorded:
    """Take the records at the database's door: these tests have none."""
    found: Recorded = []

    def take(event: str, **facts: Any) -> str:
        found.append((event, facts))
        return "evt_1"

    monkeypatch.setattr(evidence, "record_denied", take)
    return found


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(revoking, "PAUSES_SECONDS", (0.0, 0.0))
