"""What the attacks on the road share."""

import pytest

from tests.attacks.attack import Attack
from tests.stage import Stage


@pytest.fixture
def attack(stage: Stage) -> Attack:
    """Return what tries things on the stage, and sees that each is recorded."""
    return Attack(stage)
