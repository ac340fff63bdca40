"""Clients need environments of their own, so they run where somebody asks for it."""

import pytest

from tests.clients.test_clients import KINDS


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Leave out the clients that were not asked for."""
    asked = config.getoption("--clients")
    left_out = [item for item in items if not _is_wanted(item, asked)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def _is_wanted(item: pytest.Item, asked: str | None) -> bool:
    if "tests/clients/test_clients" not in item.nodeid:
        return True
    name = item.callspec.params["name"] if hasattr(item, "callspec") else ""
    return asked == "all" or (asked == "ci" and KINDS[name].in_ci)
