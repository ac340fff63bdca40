"""The doctor says what is wrong and how to mend it, and never names a secret."""

import json
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone
from pytest_django import Settings

from governance import keys
from governance.models import Backend, CredentialLane
from governance.operations.diagnosis import Diagnosis, diagnose
from governance.services import replace_secret
from governance.services.signing_keys import ensure_signing_key
from tests.factories import (
    BackendFactory,
    CredentialLaneFactory,
    person,
    published_route,
    reviewers,
)

pytestmark = pytest.mark.django_db

SECRET = "doctor-CANARY-0123456789"


def part(name: str) -> Diagnosis:
    return next(each for each in diagnose(now=timezone.now()) if each.part == name)


def sentences(name: str) -> str:
    return " ".join(finding.sentence for finding in part(name).findings)


@pytest.fixture
def lane() -> CredentialLane:
    lane = CredentialLaneFactory.create(
        kind="static", placement={"in": "authorization", "scheme": "Bearer"}
    )
    replace_secret(lane, SECRET, by=person("sam", "admin"), now=timezone.now())
    return lane


def test_a_sound_installation_is_well(
    capsys: pytest.CaptureFixture[str], lane: CredentialLane
) -> None:
    ensure_signing_key(now=timezone.now())

    call_command("doctor")

    told = capsys.readouterr().out
    assert "PROBLEM" not in told
    assert "OK      credential lanes" in told


def test_a_lane_without_its_secret_is_noted() -> None:
    CredentialLaneFactory.create(name="nothing-to-lend")
    CredentialLaneFactory.create(name="github-app", kind="github_app")

    assert part("credential lanes").is_well
    assert "github-app of team-acme have no secret yet" in sentences("credential lanes")
    assert "nothing-to-lend" not in sentences("credential lanes")


def test_a_route_in_force_on_a_lane_without_its_secret_is_a_problem(
    lane: CredentialLane,
) -> None:
    reviewers("ana")
    published_route(lane=lane, justification="One token for all.")
    CredentialLane.objects.update(sealed_secret="")

    assert not part("credential lanes").is_well
    assert lane.name in sentences("credential lanes")


def test_a_problem_ends_the_command_with_1(
    capsys: pytest.CaptureFixture[str], settings: Settings
) -> None:
    settings.SECOND_FACTOR = "sometimes"
    settings.MCP_TOOL_NAMES = "dotted"

    with pytest.raises(SystemExit) as ending:
        call_command("doctor")

    assert ending.value.code == 1
    told = capsys.readouterr().out
    assert "PROBLEM settings" in told
    assert "SECOND_FACTOR is none of off, optional, required" in told
    assert "MCP_TOOL_NAMES is none of flat, route" in told


def test_programs_get_json(
    capsys: pytest.CaptureFixture[str], settings: Settings
) -> None:
    settings.METRICS_TOKEN = "short"

    with pytest.raises(SystemExit):
        call_command("doctor", "--json")

    told = json.loads(capsys.readouterr().out)
    assert told["is_well"] is False
    wrong = [each["part"] for each in told["parts"] if not each["is_well"]]
    assert "metrics and traces" in wrong


def test_a_secret_that_does_not_open_is_counted_and_not_told(
    lane: CredentialLane, capsys: pytest.CaptureFixture[str]
) -> None:
    assert part("credential lanes").is_well

    CredentialLane.objects.update(secret_version=7)

    assert "secrets of 1 credential lanes do not open" in sentences("credential lanes")
    with pytest.raises(SystemExit):
        call_command("doctor")
    assert SECRET not in capsys.readouterr().out


def test_a_backend_that_the_guard_refuses_is_named() -> None:
    backend = BackendFactory.create(name="metadata")
    Backend.objects.filter(pk=backend.pk).update(
        base_url="http://169.254.169.254", allowed_cidrs=[]
    )

    assert "team-acme/metadata" in sentences("backends")


def test_rows_that_were_changed_past_us_are_counted() -> None:
    backend = BackendFactory.create()
    assert part("sealed rows").is_well

    Backend.objects.filter(pk=backend.pk).update(timeout_seconds=99)

    assert "1 backends were changed in the database" in sentences("sealed rows")


def test_a_signing_key_without_its_file_is_named(
    settings: Settings, tmp_path: Path
) -> None:
    key = ensure_signing_key(now=timezone.now())
    assert part("signing keys").is_well

    settings.KEYS_DIR = tmp_path
    keys.forget()

    assert f"claim-{key.kid}.key" in sentences("signing keys")


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("TRUSTED_PROXIES", ["10.0.0.0/8", "load-balancer"], "TRUSTED_PROXIES"),
        ("WAITERS", 0, "WAITERS"),
        ("LOG_FORMAT", "xml", "LOG_FORMAT"),
        ("MODE", "staging", "MODE"),
    ],
)
def test_a_setting_that_does_not_fit_is_named(
    settings: Settings, name: str, value: object, expected: str
) -> None:
    setattr(settings, name, value)

    assert expected in sentences("settings")


def test_a_queue_that_is_away_is_a_problem(settings: Settings) -> None:
    settings.REDIS_URL = "unix:///nowhere/valkey.sock"

    assert "REDIS_URL" in sentences("queue")


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_production_needs_a_mail_server_and_a_sender(
    settings: Settings,
) -> None:
    settings.PRODUCTION = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1

    told = sentences("mail")

    assert "EMAIL_URL" in told
    assert "DEFAULT_FROM_EMAIL" in told
    assert "click tracking" in told
