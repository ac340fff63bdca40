"""A real MCP server, and a way to it that is closed again."""

from collections.abc import Iterator

import pytest

from governance.egress import Egress
from proxy.backends.mcp.eras import ERAS
from tests.fixtures.mcp_upstream import Upstream, serving_mcp


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    ERAS.clear()
    with serving_mcp(Upstream()) as upstream:
        yield upstream


@pytest.fixture
def egress(upstream: Upstream) -> Iterator[Egress]:
    egress = Egress()
    yield egress
    egress.close()
