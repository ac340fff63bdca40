"""Sealed secrets move to the newest key of keys: all of them, whatever happens."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from shutil import copytree

import pytest
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import models
from django.utils import timezone
from pytest_django import Settings

from approvals.models import Webhook
from approvals.services.webhooks import new_secret, target_of
from audit.models import Record
from governance import keys
from governance.models import CredentialLane, Tenant
from governance.operations.diagnosis import diagnose
from governance.policy.loading import lane_facts
from governance.sealedfields import SealedText, sealed_fields
from governance.seals import seal
from governance.secondfactor import SecondFactorAdapter
from governance.services import keks, replace_secret
from governance.services.keks import keks_in_use, rotate_kek
from proxy.credentials.opening import opened
from proxy.execution import lane_settings
from tests.factories import CredentialLaneFactory, TenantFactory, UserFactory, person

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)
SECRET = "a-secret-of-lane-{}"


@pytest.fixture
def folder(tmp_path: Path, settings: Settings) -> Iterator[Path]:
    """Return a folder of keys of this test's own, with one key of keys."""
    settings.KEYS_DIR = Path(copytree(settings.KEYS_DIR, tmp_path / "keys"))
    keys.forget()
    yield settings.KEYS_DIR
    keys.forget()


@pytest.fixture
def lanes(folder: Path) -> list[CredentialLane]:
    sam = person("sam", "admin")
    made = []
    for number in range(5):
        lane = CredentialLaneFactory.create(
            name=f"lane-{number}",
            kind="static",
            placement={"in": "authorization", "scheme": "Bearer"},
        )
        replace_secret(lane, SECRET.format(number), by=sam, now=NOW)
        made.append(lane)
    return made


def secret_of(lane: CredentialLane) -> str:
    lane.refresh_from_db()
    return opened(lane_settings(lane_facts(lane), lane.tenant.slug)).reveal()


def said(*options: str) -> str:
    out = StringIO()
    call_command("rotate_kek", *options, stdout=out)
    return out.getvalue()


def test_everything_sealed_moves_to_the_newest_key_and_still_opens(
    lanes: list[CredentialLane], folder: Path
) -> None:
    old = keys.newest_kek_id()
    before = [lane.sealed_secret for lane in lanes]

    told = said("--new")

    newest = keys.newest_kek_id()
    assert newest == "0002" != old
    assert keks_in_use() == {newest: 5}
    assert f"5 secrets are now under kek-{newest}" in told
    assert [secret_of(lane) for lane in lanes] == [SECRET.format(n) for n in range(5)]
    (folder / f"kek-{old}.key").unlink()
    keys.forget()
    assert secret_of(lanes[0]) == SECRET.format(0)
    assert all(lane.sealed_secret not in before for lane in lanes)


def test_the_data_key_stays_unless_it_is_to_be_made_anew(
    lanes: list[CredentialLane], folder: Path
) -> None:
    def data(lane: CredentialLane) -> str:
        lane.refresh_from_db()
        return str(json.loads(lane.sealed_secret)["data"])

    first = data(lanes[0])
    keys.make_kek(folder, development=True)
    rotate_kek(now=NOW)
    wrapped = data(lanes[0])
    rotate_kek(now=NOW, reseal=True)

    assert wrapped == first != data(lanes[0])
    assert secret_of(lanes[0]) == SECRET.format(0)


@pytest.mark.parametrize("cut_at", range(5))
@pytest.mark.parametrize(
    ("reseal", "step"), [(False, "_wrapped"), (True, "_anew")], ids=["wrap", "reseal"]
)
def test_an_interrupted_rotation_goes_on_where_it_was(
    reseal: bool,
    step: str,
    cut_at: int,
    lanes: list[CredentialLane],
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    keys.make_kek(folder, development=True)
    done: list[int] = []

    def cut(old: SealedText, *how: object) -> str:
        if len(done) == cut_at:
            raise KeyboardInterrupt
        done.append(old.pk)
        return wrapped(old, *how)

    wrapped: Callable[..., str] = getattr(keks, step)
    monkeypatch.setattr(keks, step, cut)  # in the middle, as a crash would
    with pytest.raises(KeyboardInterrupt):
        rotate_kek(now=NOW, reseal=reseal)
    assert all(secret_of(lane) for lane in lanes)
    monkeypatch.setattr(keks, step, wrapped)

    rotate_kek(now=NOW, reseal=reseal)

    assert keks_in_use() == {"0002": 5}
    assert [secret_of(lane) for lane in lanes] == [SECRET.format(n) for n in range(5)]
    assert rotate_kek(now=NOW).wrapped == 0


def test_processes_read_anew_what_an_interrupted_rotation_wrapped_and_told_nobody(
    lanes: list[CredentialLane], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys.make_kek(folder, development=True)

    def cut() -> None:
        raise KeyboardInterrupt

    reload = keks._reload  # noqa: SLF001 - cut before it, as a crash would
    monkeypatch.setattr(keks, "_reload", cut)
    with pytest.raises(KeyboardInterrupt):
        rotate_kek(now=NOW)
    monkeypatch.setattr(keks, "_reload", reload)
    tenant = lanes[0].tenant
    before = Tenant.objects.get(pk=tenant.pk).policy_epoch

    assert rotate_kek(now=NOW).wrapped == 0

    assert Tenant.objects.get(pk=tenant.pk).policy_epoch > before


def test_a_secret_that_was_replaced_meanwhile_is_not_put_back(
    lanes: list[CredentialLane], folder: Path
) -> None:
    (field, *_) = sealed_fields()
    read = field.after(0, limit=1)[0]
    replace_secret(lanes[0], "another-secret", by=None, now=NOW)

    assert not field.replace(read, "an older one")

    assert secret_of(lanes[0]) == "another-secret"


def test_second_factors_and_webhooks_move_too(folder: Path) -> None:
    adapter, user = SecondFactorAdapter(), UserFactory.create(username="ana")
    factor = Authenticator.objects.create(
        user=user, type="totp", data={"secret": adapter.encrypt("JBSWY3DPEHPK3PXP")}
    )
    codes = Authenticator.objects.create(
        user=user,
        type="recovery_codes",
        data={"seed": adapter.encrypt("0123456789abcdef"), "used_mask": 5},
    )
    hook = Webhook(
        tenant=TenantFactory.create(),
        name="audit",
        url="https://example.com",
        events=[],
    )
    hook.seal = seal("webhook", hook.members())
    hook.save()
    first = new_secret(hook, by=None, now=NOW)
    second = new_secret(hook, by=None, now=NOW)
    keys.make_kek(folder, development=True)

    rotate_kek(now=NOW)

    assert keks_in_use() == {"0002": 4}
    (folder / "kek-0001.key").unlink()
    keys.forget()
    factor.refresh_from_db()
    codes.refresh_from_db()
    hook.refresh_from_db()
    assert adapter.decrypt(factor.data["secret"]) == "JBSWY3DPEHPK3PXP"
    assert adapter.decrypt(codes.data["seed"]) == "0123456789abcdef"
    assert codes.data["used_mask"] == 5
    target = target_of(hook, at=NOW + timedelta(minutes=1))
    assert target.secret.reveal() == second
    assert target.previous is not None
    assert target.previous.reveal() == first


def test_every_column_that_is_named_as_sealed_is_in_the_list(
    folder: Path,
) -> None:
    named = {
        (model._meta.label, field.name)  # noqa: SLF001 - Django's public name
        for model in apps.get_models()
        for field in model._meta.get_fields()  # noqa: SLF001 - as above
        if isinstance(field, models.TextField)
        and field.name in {"sealed_secret", "sealed_token", "previous_secret"}
    }

    listed = {
        (field.model._meta.label, field.column)  # type: ignore[attr-defined]  # noqa: SLF001
        for field in sealed_fields()
        if hasattr(field, "column")
    }

    assert named == listed


def test_a_secret_that_does_not_open_is_named_and_left(
    lanes: list[CredentialLane], folder: Path
) -> None:
    CredentialLane.objects.filter(pk=lanes[2].pk).update(sealed_secret="{}")
    keys.make_kek(folder, development=True)

    with pytest.raises(CommandError, match="team-acme/lane-2"):
        said()

    lanes[2].refresh_from_db()
    assert lanes[2].sealed_secret == "{}"
    assert keks_in_use() == {"0002": 4, "none": 1}


def test_a_rotation_is_recorded_and_a_second_one_is_not(
    lanes: list[CredentialLane], folder: Path
) -> None:
    keys.make_kek(folder, development=True)

    rotate_kek(now=NOW)
    rotate_kek(now=NOW)

    record = Record.objects.get(event="kek.rotated")
    assert record.detail == {
        "kek": "0002",
        "wrapped": 5,
        "already": 0,
        "missed": 0,
        "data_keys": "kept",
    }


def test_looking_changes_nothing(lanes: list[CredentialLane], folder: Path) -> None:
    keys.make_kek(folder, development=True)

    told = said("--check")

    assert "kek-0001: 5 secrets (old: run rotate_kek)" in told
    assert keks_in_use() == {"0001": 5}


def test_the_doctor_says_how_many_an_old_key_holds_and_when_it_may_go(
    lanes: list[CredentialLane], folder: Path
) -> None:
    def told() -> str:
        parts = diagnose(now=timezone.now())
        found = next(part for part in parts if part.part == "keys of keys")
        assert found.is_well
        return " ".join(each.sentence for each in found.findings)

    alone = told()
    keys.make_kek(folder, development=True)
    before = told()
    rotate_kek(now=NOW)

    assert alone == ""
    assert "5 secrets are still under kek-0001.key" in before
    assert "Nothing is under kek-0001.key any more" in told()
