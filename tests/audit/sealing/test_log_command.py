"""``manage.py log`` says how the log is, and seals what waits."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from audit.anchors.sending import anchor
from tests.audit.evidence import NOW, write

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

    anchor(now=NOW)
    (_, _, anchored, _) = told(capsys, "status")

    assert before[0] == "sealed    0 records"
    assert before[1].startswith("waiting   1, oldest ")
    assert before[2:] == ["anchored  file: not yet", "key       none yet"]
    assert sealed.startswith("Sealed ")
    assert after[0] != before[0]
    assert after[1].startswith("waiting   0,")
    assert "none yet" not in after[3]
    assert anchored == "anchored  file: size 1 at 2026-11-23 10:02:03 UTC"


def test_it_tells_which_anchor_fails_and_why(
    capsys: pytest.CaptureFixture[str], settings: Settings, tmp_path: Path
) -> None:
    write("call.allowed")
    told(capsys, "seal")
    settings.AUDIT_ANCHOR_FILE = str(tmp_path)
    anchor(now=NOW)

    for verb in ("status", "seal"):
        with pytest.raises(CommandError, match="nothing is sealed: mend it"):
            call_command("log", verb)
    failing = capsys.readouterr().out.splitlines()[2]
    settings.AUDIT_ANCHOR_FILE = ""
    off = told(capsys, "status")[2]

    assert failing == (
        "anchored  file: not yet; FAILS: the file can't be written (Is a directory)"
    )
    assert off == "anchored  nowhere: no anchor is on"
