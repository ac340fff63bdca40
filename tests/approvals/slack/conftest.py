"""What the tests of Slack share: the fake, and a world that asks there."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests.slack import FakeSlack, fake_slack


@pytest.fixture
def slack(settings: Settings) -> Iterator[FakeSlack]:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    with fake_slack(settings) as fake:
        yield fake
