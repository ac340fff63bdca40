"""``manage.py demo``."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from governance.demo.credentials import make_credentials
from governance.demo.handout import NAME, Handout
from governance.models import Tenant
from tests.factories import TenantFactory

pytestmark = pytest.mark.django_db

REMOTE = "--remote-url=http://127.0.0.1:8001"


@pytest.fixture
def folder(tmp_path: Path, settings: Settings) -> Path:
    settings.DATA_DIR = tmp_path
    make_credentials(tmp_path)
    return tmp_path


def test_it_makes_the_demo_and_publishes_what_to_know(folder: Path) -> None:
    call_command("demo", REMOTE)

    assert (folder / NAME).exists()
    assert {"team-acme", "team-zeta"} <= set(
        Tenant.objects.values_list("slug", flat=True)
    )


def test_it_knows_the_remote_of_last_time(folder: Path) -> None:
    call_command("demo", REMOTE)
    first = (folder / NAME).read_bytes()

    call_command("demo")

    assert (folder / NAME).read_bytes() == first


def test_as_a_part_of_up_it_leaves_publishing_to_it(folder: Path) -> None:
    call_command("demo", REMOTE, "--starting")

    assert not (folder / NAME).exists()
    assert Handout.read(folder)


def test_production_has_no_demo(folder: Path, settings: Settings) -> None:
    settings.PRODUCTION = True

    with pytest.raises(CommandError, match="never here"):
        call_command("demo", REMOTE)

    assert not Tenant.objects.exists()


def test_it_has_to_be_told_where_the_remote_is(folder: Path) -> None:
    with pytest.raises(CommandError, match="--remote-url"):
        call_command("demo")


def test_a_name_that_is_taken_is_one_sentence(folder: Path) -> None:
    TenantFactory.create(slug="team-zeta")

    with pytest.raises(CommandError, match="has team-zeta already"):
        call_command("demo", REMOTE)
