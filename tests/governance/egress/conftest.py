from collections.abc import Iterator

import pytest

from governance.egress import BackendSettings, Egress
from tests.governance.egress.sending import Clock
from tests.remotes import Remote, reply, serving


@pytest.fixture
def remote() -> Iterator[Remote]:
    with serving(Remote(answer=reply())) as remote:
        yield remote


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def egress(remote: Remote, clock: Clock) -> Iterator[Egress]:
    egress = Egress(now=clock)
    yield egress
    egress.close()


@pytest.fixture
def backend(remote: Remote) -> BackendSettings:
    return BackendSettings(
        id=1,
        version=1,
        base_url=f"{remote.url}/v3",
        cidrs=("127.0.0.0/8",),
        max_response_bytes=1000,
    )
