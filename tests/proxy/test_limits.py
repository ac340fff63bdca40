"""Rates: shared through Redis, by each process alone without it."""

import threading
from collections.abc import Iterator

import pytest
from django.utils import timezone
from pytest_django import Settings

from audit.models import Record
from governance.decision import Reason
from governance.errors import Denied
from proxy import limits
from proxy.authentication import authenticate
from proxy.limits import Buckets, block_of
from tests.stage import Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

# No drop leaves a bucket while a test looks at it.
HOUR_MS = 3_600_000


@pytest.fixture
def redis_away(settings: Settings) -> Iterator[None]:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    limits._script.cache_clear()  # noqa: SLF001 - a client is made once a process
    yield
    limits._script.cache_clear()  # noqa: SLF001


@pytest.fixture
def shared() -> Iterator[str]:
    """Return the name of a bucket in the real Redis, empty before and after."""
    name = "sealwright:test:bucket"
    yield name
    limits._script().registered_client.delete(name)  # noqa: SLF001


def drops(buckets: Buckets, name: str, count: int) -> list[bool]:
    return [
        buckets.wait_ms(name, cost_ms=HOUR_MS, room_ms=3 * HOUR_MS) == 0
        for _ in range(count)
    ]


def test_processes_share_a_bucket(shared: str) -> None:
    assert drops(Buckets(), shared, 2) == [True, True]

    assert drops(Buckets(), shared, 2) == [True, False]


def test_without_redis_each_process_counts_alone(redis_away: None) -> None:
    one, other = Buckets(), Buckets()

    assert drops(one, "a", 4) == [True, True, True, False]
    assert drops(other, "a", 1) == [True]
    assert drops(one, "b", 1) == [True]


def test_what_a_process_counts_alone_is_bounded(
    redis_away: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MAX_COUNTED", 3)
    buckets = Buckets()

    for number in range(20):
        drops(buckets, str(number), 1)

    assert len(buckets._alone) <= 4  # noqa: SLF001 - memory is what this is about


def test_threads_do_not_share_a_drop(redis_away: None) -> None:
    buckets, start = Buckets(), threading.Barrier(8, timeout=120)
    taken: list[bool] = []

    def drop() -> None:
        start.wait()
        taken.extend(drops(buckets, "a", 1))

    threads = [threading.Thread(target=drop) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(taken) == [False] * 5 + [True] * 3


def test_an_agent_over_its_rate_is_told_when_to_come_back(
    stage: Stage, settings: Settings
) -> None:
    settings.AGENT_CALLS_PER_SECOND, settings.AGENT_CALLS_BURST = 1 / 3600, 2

    answers = [stage.get("tools") for _ in range(4)]

    statuses = [answer.status_code for answer in answers]
    assert statuses == [200, 200, 429, 429]
    assert answers[-1].json()["code"] == "rate_limited"
    assert int(answers[-1].headers["Retry-After"]) >= 1
    record = Record.objects.get(event="request.refused")
    assert (record.reason, record.agent) == ("rate_limited", "ci-agent")


def test_the_limit_of_agents_can_be_lifted(stage: Stage, settings: Settings) -> None:
    settings.AGENT_CALLS_PER_SECOND, settings.AGENT_CALLS_BURST = 0, 0

    assert [stage.get("tools").status_code for _ in range(3)] == [200] * 3


@pytest.mark.parametrize(
    ("address", "block"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::7", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::7", "2001:db8:1:3::/64"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("not:an:address", "not:an:address"),
    ],
)
def test_one_host_is_one_guesser(address: str, block: str) -> None:
    assert block_of(address) == block


def test_guessers_are_forgotten_before_they_fill_the_memory(
    monkeypatch: pytest.MonkeyPatch, redis_away: None
) -> None:
    known = {str(number): 0.0 for number in range(4)}
    monkeypatch.setattr(limits, "MAX_COUNTED", 3)
    monkeypatch.setattr(limits, "_guessers", known)
    monkeypatch.setattr(limits, "BUCKETS", Buckets())
    monkeypatch.setattr(limits, "GUESSES_A_MINUTE", 1)

    for _ in range(3):
        limits.remember_guess("198.51.100.7")

    assert list(known) == ["198.51.100.7"]


def test_the_schemes_name_is_read_in_any_case(stage: Stage) -> None:
    for scheme in ("bearer", "BEARER"):
        found = authenticate(f"{scheme} {stage.key}", now=timezone.now())
        assert found.agent == "ci-agent"
    with pytest.raises(Denied) as denial:
        authenticate(f"Token {stage.key}", now=timezone.now())
    assert denial.value.reason is Reason.UNAUTHENTICATED
