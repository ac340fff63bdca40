"""``/healthz``, ``/readyz``, ``/metrics`` and the published keys."""

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from audit.context import current
from audit.services import record_denied
from governance import keys
from governance.operations import readiness
from governance.operations.exposition import exposition
from governance.services.signing_keys import ensure_signing_key, rotate_keys

PATHS = ["/healthz", "/readyz", "/metrics", "/.well-known/jwks.json"]


def test_health_asks_no_database(
    client: Client, db: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        answer = client.get("/healthz")

    assert answer.status_code == 200
    assert answer.json() == {"status": "up"}
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.django_db
@pytest.mark.parametrize("path", PATHS)
def test_operators_addresses_are_read_only_and_set_no_cookie(
    client: Client, path: str
) -> None:
    assert client.post(path).status_code == 405
    answer = client.get(path)

    assert answer.status_code == 200
    assert not answer.cookies
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.django_db
def test_a_sound_installation_is_ready(client: Client) -> None:
    ensure_signing_key(now=timezone.now())

    answer = client.get("/readyz")

    assert answer.status_code == 200
    assert answer.json() == {"status": "ready", "failing": {}}


@pytest.mark.django_db
def test_a_missing_key_is_named_as_the_part_that_fails(
    client: Client, settings: Settings, tmp_path: Path
) -> None:
    settings.KEYS_DIR = tmp_path
    keys.forget()

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["status"] == "not ready"
    assert list(answer.json()["failing"]) == ["keys"]
    assert str(tmp_path) not in answer.text


@pytest.mark.django_db
def test_an_active_key_that_cannot_sign_is_a_failing_part(
    client: Client, settings: Settings, tmp_path: Path
) -> None:
    rotate_keys(now=timezone.now())
    keys.make_keys(tmp_path / "keys", development=False)
    settings.KEYS_DIR = tmp_path / "keys"
    keys.forget()

    assert list(client.get("/readyz").json()["failing"]) == ["keys"]


@pytest.mark.django_db
def test_a_queue_that_is_away_is_named(client: Client, settings: Settings) -> None:
    settings.REDIS_URL = "unix:///nowhere/valkey.sock"

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["failing"] == {"queue": "The queue (Redis) does not answer."}


@pytest.mark.django_db
def test_an_old_schema_is_named(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "_seen_current", [])
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'audit'")

    answer = client.get("/readyz")

    assert answer.json()["failing"] == {"migrations": "Migrations are not applied."}


@pytest.mark.django_db
@pytest.mark.parametrize(("seconds", "fails"), [(0, False), (60, True), (-60, True)])
def test_a_clock_that_is_off_is_named(
    monkeypatch: pytest.MonkeyPatch, seconds: int, fails: bool
) -> None:
    off = timedelta(seconds=seconds)
    ours = SimpleNamespace(now=lambda: timezone.now() + off)
    monkeypatch.setattr(readiness, "timezone", ours)

    found = readiness.failing(now=timezone.now())

    assert ("clock" in found) is fails


@pytest.mark.django_db
def test_a_part_that_takes_its_time_does_not_put_the_clock_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    began = timezone.now() - timedelta(seconds=10)  # and it is all this later now
    parts = {"clock": readiness.clock}
    monkeypatch.setattr(readiness, "PARTS", parts)

    assert readiness.failing(now=began) == {}


def test_without_a_database_nothing_is_ready(
    client: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_now: object) -> None:
        raise OperationalError("CANARY: could not connect to host")

    parts = {"database": away, "queue": readiness.queue}
    monkeypatch.setattr(readiness, "PARTS", parts)

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["failing"] == {"database": "The database does not answer."}


@pytest.mark.django_db
def test_the_keys_that_verify_claims_are_public(client: Client) -> None:
    key = ensure_signing_key(now=timezone.now())

    answer = client.get("/.well-known/jwks.json")

    (member,) = answer.json()["keys"]
    assert member["kid"] == key.kid
    assert member["alg"] == "EdDSA"
    assert "d" not in member
    assert answer.headers["Cache-Control"] == "public, max-age=60"


@pytest.mark.django_db
def test_metrics_are_told_on_the_loopback(client: Client) -> None:
    answer = client.get("/metrics")

    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert "sealwright_approvals_pending 0.0" in answer.text
    assert "sealwright_database_up 1.0" in answer.text


@pytest.mark.parametrize(
    ("address", "headers"),
    [
        ("192.0.2.7", {}),
        ("", {}),
        ("127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}),
        ("127.0.0.1", {"Forwarded": "for=192.0.2.7"}),
    ],
)
def test_metrics_are_hidden_from_strangers_and_from_behind_proxies(
    client: Client, address: str, headers: dict[str, str]
) -> None:
    answer = client.get("/metrics", REMOTE_ADDR=address, headers=headers)

    assert answer.status_code == 404
    assert answer.content == b""


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("shown", "status"),
    [
        ("Bearer correct-horse", 200),
        ("Bearer correct-hors", 401),
        ("Bearer ", 401),
        ("bearer correct-horse", 401),
        (None, 401),
        ("Bearer naïve", 401),
    ],
)
def test_with_a_token_nothing_else_opens_the_metrics(
    client: Client, settings: Settings, shown: str | None, status: int
) -> None:
    settings.METRICS_TOKEN = "correct-horse"

    answer = client.get("/metrics", headers={"Authorization": shown} if shown else {})

    assert answer.status_code == status
    if status == 401:
        assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.django_db
def test_the_age_of_what_is_not_sealed_is_told() -> None:
    assert b"sealwright_audit_unsealed_age_seconds 0.0" in exposition()

    an_hour_ago = timezone.now() - timedelta(hours=1)
    record_denied("call.denied", now=an_hour_ago, actor_kind="system")

    (line,) = [
        each
        for each in exposition().splitlines()
        if each.startswith(b"sealwright_audit_unsealed_age_seconds")
    ]
    assert float(line.split()[1]) >= 3600


COUNT = """
from prometheus_client import Counter, Gauge
Counter("sealwright_test", "A test.").inc()
Gauge("sealwright_test_live", "A test.", multiprocess_mode="livesum").set(7)
"""


@pytest.mark.django_db
def test_processes_are_added_up_and_the_dead_do_not_wait(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    for _ in range(2):
        subprocess.run([sys.executable, "-c", COUNT], check=True)  # noqa: S603 - ours

    told = exposition()

    assert b"sealwright_test_total 2.0" in told
    assert b"sealwright_test_live 7" not in told
    assert b"sealwright_approvals_pending" in told


def test_a_database_that_is_away_leaves_what_was_counted(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.GAUGES = [f"{__name__}.away"]

    told = exposition()

    assert b"sealwright_database_up 0.0" in told
    assert b"sealwright_refusals" in told


def away(*, now: object) -> None:
    raise OperationalError("away")


def test_the_request_of_a_probe_has_a_context_only_while_it_lasts(
    client: Client,
) -> None:
    client.get("/healthz")

    assert current().request_id is None
    assert json.loads(client.get("/healthz").content)
