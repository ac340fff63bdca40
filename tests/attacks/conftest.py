"""What the attacks on the road share, and the doors at which they are made."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests.attacks.attack import Attack
from tests.attacks.lending import issuer, lane
from tests.attacks.slack import asked_in_slack
from tests.attacks.table import DOORS, REST, is_row
from tests.doors import open_door
from tests.remotes import Remote, serving
from tests.slack import FakeSlack
from tests.stage import Stage, answering

__all__ = ["issuer", "lane"]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Let each row of the table run at every door."""
    file = metafunc.module.__name__.rpartition(".test_")[2]
    if is_row(file, metafunc.function.__name__.removeprefix("test_")):
        metafunc.parametrize("door", DOORS, ids=lambda door: door or "no version")


@pytest.fixture
def door() -> str | None:
    """Return the door of a test that is no row of the table."""
    return REST


@pytest.fixture
def stage(stage: Stage, door: str | None) -> Iterator[Stage]:
    """Let the calls of the stage go through a door, and see that they do."""
    if door == REST:
        yield stage
        return
    opened = open_door(stage, door)
    yield stage
    assert opened.asked, "no row of the table: nothing was asked at the door"


@pytest.fixture
def attack(stage: Stage) -> Attack:
    """Return what tries things on the stage, and sees that each is recorded."""
    return Attack(stage)


@pytest.fixture
def elsewhere() -> Iterator[Remote]:
    """Return a backend that no call of the stage is meant for."""
    with serving(answering()) as remote:
        yield remote


@pytest.fixture
def slack(settings: Settings) -> Iterator[FakeSlack]:
    """Return a Slack in which a request waits for Ana."""
    with asked_in_slack(settings) as fake:
        yield fake
