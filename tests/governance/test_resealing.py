"""New data keys for everything: what was cut off goes on, and touches only the rest."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from shutil import copytree

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import call_command
from django.db import OperationalError, transaction
from django.utils import timezone
from pytest_django import Settings

from audit.models import Record
from governance import keys
from governance.models import CredentialLane, Resealing
from governance.operations.diagnosis import diagnose
from governance.policy.loading import lane_facts
from governance.secondfactor import SecondFactorAdapter
from governance.services import replace_secret
from governance.services.keks import Rotation, keks_in_use, rotate_kek
from proxy.credentials.opening import opened
from proxy.execution import lane_settings
from tests.factories import CredentialLaneFactory, UserFactory, person
from tests.governance.admin_pages import detail_of
from tests.racing import meanwhile, somebody_else, until

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)
LANES = 4
WAITING = """
    SELECT a.pid FROM pg_stat_activity a
    WHERE a.datname = current_database() AND cardinality(pg_blocking_pids(a.pid)) > 0
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Settings) -> Iterator[Path]:
    """Return a folder of keys of this test's own, with one key of keys."""
    settings.KEYS_DIR = Path(copytree(settings.KEYS_DIR, tmp_path / "keys"))
    keys.forget()
    yield settings.KEYS_DIR
    keys.forget()


@pytest.fixture
def lanes() -> list[CredentialLane]:
    made = [
        CredentialLaneFactory.create(
            name=f"lane-{number}",
            kind="static",
            placement={"in": "authorization", "scheme": "Bearer"},
        )
        for number in range(LANES)
    ]
    for lane in made:
        replace_secret(lane, f"secret-of-{lane.name}", by=None, now=NOW)
    return made


@pytest.fixture
def factor(lanes: list[CredentialLane]) -> Authenticator:
    """Return a second factor; it comes after all lanes, in a batch of its own."""
    sealed = SecondFactorAdapter().encrypt("JBSWY3DPEHPK3PXP")
    factor: Authenticator = Authenticator.objects.create(
        user=UserFactory.create(username="ana"), type="totp", data={"secret": sealed}
    )
    return factor


def texts() -> list[str]:
    """Return what is stored of every lane, as it is."""
    rows = CredentialLane.objects.order_by("pk")
    return list(rows.values_list("sealed_secret", flat=True))


def secret_of(lane: CredentialLane) -> str:
    lane.refresh_from_db()
    return opened(lane_settings(lane_facts(lane), lane.tenant.slug)).reveal()


def reseal(*, now: datetime = NOW) -> Rotation:
    return rotate_kek(now=now, reseal=True)


def said(*options: str) -> str:
    out = StringIO()
    call_command("rotate_kek", *options, stdout=out)
    return out.getvalue()


def someone_waits() -> bool:
    with somebody_else() as other:
        return other.execute(WAITING).fetchone() is not None


def kill_a_resealing_at(factor: Authenticator) -> None:
    """Begin one, and cut its connection while it waits for the second factor's row."""
    with transaction.atomic():
        Authenticator.objects.select_for_update().get(pk=factor.pk)
        with meanwhile(reseal) as run, somebody_else() as other:
            until(someone_waits)
            other.execute(f"SELECT pg_terminate_backend(pid) FROM ({WAITING}) w")  # noqa: S608 - ours
            with pytest.raises(OperationalError):
                run.result()


def test_what_was_killed_goes_on_and_only_the_rest_is_touched(
    lanes: list[CredentialLane], factor: Authenticator
) -> None:
    old = texts()
    kill_a_resealing_at(factor)
    cut_off = texts()
    assert not set(old) & set(cut_off)

    told = said("--reseal")

    assert "1 secrets are now under kek-0001." in told
    assert "4 had new data keys already, from the --reseal that began at " in told
    assert texts() == cut_off
    kept, sealed = factor.data["secret"], Authenticator.objects.get().data["secret"]
    assert sealed != kept
    assert SecondFactorAdapter().decrypt(sealed) == "JBSWY3DPEHPK3PXP"
    assert [secret_of(lane) for lane in lanes] == [
        f"secret-of-lane-{n}" for n in range(4)
    ]


def test_the_record_counts_what_the_killed_one_did_and_could_not_tell(
    factor: Authenticator,
) -> None:
    kill_a_resealing_at(factor)
    assert not Record.objects.filter(event="kek.rotated").exists()

    reseal()

    assert detail_of(Record.objects.get(event="kek.rotated")) == {
        "kek": "0001",
        "wrapped": 1,
        "already": LANES,
        "missed": 0,
        "data_keys": "new",
    }


def test_what_an_admin_saves_before_it_goes_on_is_kept(
    lanes: list[CredentialLane], factor: Authenticator
) -> None:
    kill_a_resealing_at(factor)
    cut_off = texts()
    sam = person("sam", "admin")
    replace_secret(lanes[1], "saved-in-between", by=sam, now=NOW)
    added = CredentialLaneFactory.create(name="added", kind="static")
    replace_secret(added, "added-in-between", by=sam, now=NOW)

    done = reseal()

    assert (done.wrapped, done.already, done.missed) == (3, LANES - 1, 0)
    assert secret_of(lanes[1]) == "saved-in-between"
    assert secret_of(added) == "added-in-between"
    assert [texts()[n] for n in (0, 2, 3)] == [cut_off[n] for n in (0, 2, 3)]


def test_what_is_saved_at_the_same_moment_is_kept_and_taken_by_the_next_run(
    lanes: list[CredentialLane],
) -> None:
    with ExitStack() as stack, transaction.atomic():
        replace_secret(lanes[1], "saved-in-between", by=None, now=NOW)
        resealing = stack.enter_context(meanwhile(reseal))
        until(someone_waits)
    done = resealing.result()

    assert (done.wrapped, done.missed) == (LANES - 1, 1)
    assert secret_of(lanes[1]) == "saved-in-between"
    before = texts()
    again = reseal()
    assert (again.wrapped, again.already, again.missed) == (1, LANES - 1, 0)
    assert secret_of(lanes[1]) == "saved-in-between"
    assert [texts()[n] == before[n] for n in range(LANES)] == [True, False, True, True]


def test_a_new_key_of_keys_in_between_takes_what_was_done_along(
    lanes: list[CredentialLane], factor: Authenticator, folder: Path
) -> None:
    kill_a_resealing_at(factor)
    data = [text.partition('"data"')[2] for text in texts()]
    keys.make_kek(folder, development=True)

    done = reseal()

    assert (done.wrapped, done.already) == (LANES + 1, 0)
    assert keks_in_use() == {"0002": LANES + 1}
    assert [text.partition('"data"')[2] for text in texts()] == data
    assert secret_of(lanes[0]) == "secret-of-lane-0"


def test_a_finished_run_leaves_nothing_and_the_next_one_makes_all_keys_anew(
    lanes: list[CredentialLane],
) -> None:
    first = reseal()
    assert not Resealing.objects.exists()
    before = texts()

    second = reseal(now=NOW + timedelta(days=1))

    assert (first.wrapped, first.resumed_from) == (LANES, None)
    assert (second.wrapped, second.already, second.resumed_from) == (LANES, 0, None)
    assert not set(before) & set(texts())


def test_a_run_that_did_not_finish_is_named_until_it_has(factor: Authenticator) -> None:
    def noted() -> str:
        parts = diagnose(now=timezone.now())
        found = next(part for part in parts if part.part == "keys of keys")
        return " ".join(each.sentence for each in found.findings)

    kill_a_resealing_at(factor)

    assert "A --reseal is not finished, since 2026-11-25 10:00 UTC" in said("--check")
    assert "rotate_kek --reseal` did not finish, since 2026-11-25 10:00" in noted()
    said("--reseal")
    assert "not finished" not in said("--check")
    assert noted() == ""
