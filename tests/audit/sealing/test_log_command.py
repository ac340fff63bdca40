"""``manage.py log`` says how the log is, and seals what waits."""

from pathlib import Path

import pytest
from django.core.management import call_command
from pytest_django import Settings

from tests.audit.evidence import write

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _anchor_of_its_own(settings: Settings, tmp_path: Path) -> None:
    settings.AUDIT_ANCHOR_FILE = str(tmp_path / "anchors")


def told(capsys: pytest.CaptureFixture[str], verb: str) -> list[str]:
    call_command("log", verb)
    return capsys.readouterr().out.splitlines()


def test_it_tells_what_waits_seals_it_and_tells_the_key(
    capsys: pytest.CaptureFixture[str],
) -> None:
    write("call.allowed")

    before = told(capsys, "status")
    (sealed,) = told(capsys, "seal")
    after = told(capsys, "status")

    assert before[0] == "sealed    0 records"
    assert before[1].startswith("waiting   1, oldest ")
    assert before[2:] == ["anchored  not yet", "key       none yet"]
    assert sealed.startswith("Sealed ")
    assert after[0] != before[0]
    assert after[1].startswith("waiting   0,")
    assert "none yet" not in after[3]
