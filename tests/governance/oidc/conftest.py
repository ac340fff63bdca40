"""The provider that all tests here share."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from tests.providers import OpenIdProvider, provider_process

Configure = Callable[..., None]


@pytest.fixture(scope="session")
def running_provider() -> Iterator[OpenIdProvider]:
    """Return a provider that runs as long as the tests do."""
    with provider_process() as provider:
        yield provider


@pytest.fixture
def configure(
    running_provider: OpenIdProvider, tmp_path: Path, settings: Settings
) -> Configure:
    """Return what writes the file of providers, with these members."""

    def write(**members: Any) -> None:
        settings.OIDC_FILE = running_provider.configure(tmp_path, **members)

    return write


@pytest.fixture
def provider(running_provider: OpenIdProvider, configure: Configure) -> OpenIdProvider:
    """Return the provider, configured for the addresses of example.com."""
    configure(domains=["example.com"])
    return running_provider
