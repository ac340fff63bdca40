"""Somebody guesses keys, or shows one whose time is over."""

import re
import time
from datetime import timedelta
from itertools import count

import pytest
from django.test import Client
from django.utils import timezone

from audit.models import Record
from audit.services import settle_floods
from governance.models import AgentKey
from governance.services import issue_key, revoke_key
from proxy import limits
from proxy.limits import GUESSES_A_MINUTE
from tests.attacks.table import REST
from tests.stage import READ, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

SECRET = "x" * 43


@pytest.fixture
def guesses(door: str | None) -> int:
    """Return how many guesses are made: at one door ten thousand."""
    return 10_000 if door == REST else 300


class Clock:
    """By which a process tells how long a guesser is stopped; it stands at first."""

    def __init__(self) -> None:
        self._stands_at: float | None = time.monotonic()

    def monotonic(self) -> float:
        """Return the seconds that the module asks for."""
        return time.monotonic() if self._stands_at is None else self._stands_at

    def go(self) -> None:
        """Go as all clocks do from now on."""
        self._stands_at = None


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Return the clock of the doors; the counters of Redis go by their own."""
    clock = Clock()
    monkeypatch.setattr(limits, "time", clock)
    return clock


def most_guesses(seconds: float) -> int:
    """Return how many guesses may be let in, in so many seconds."""
    return GUESSES_A_MINUTE + int(seconds * GUESSES_A_MINUTE / 60) + 3


BODY = {"tool": "github.read_pr", "args": READ}
Answer = tuple[int, str, str | None, list[str]]


def show(
    stage: Stage,
    key: str,
    address: str = "198.51.100.7",
    scheme: str = "Bearer",
    **headers: str,
) -> Answer:
    """Ask with a key, from an address, for a read that this agent may have."""
    if stage.client.defaults.get("REMOTE_ADDR") != address:
        stage.client = Client(REMOTE_ADDR=address)
    answer = stage.post(BODY, Authorization=f"{scheme} {key}", **headers)
    text = re.sub(r'"request_id":"\w+"', "", answer.text)
    challenge = answer.headers.get("WWW-Authenticate")
    return answer.status_code, text, challenge, sorted(answer.headers)


def test_all_wrong_keys_get_the_same_answer(stage: Stage) -> None:
    now = timezone.now()
    revoked, shown = issue_key(stage.agent, by=stage.sam, now=now)
    revoke_key(revoked, by=stage.sam, now=now)
    ends = now + timedelta(hours=1)
    expired, late = issue_key(stage.agent, by=stage.sam, now=now, expires_at=ends)
    AgentKey.objects.filter(pk=expired.pk).update(expires_at=now)
    key_id, secret = stage.key.split("_", 2)[1:]
    capital = "A" * 16 if key_id.isdigit() else key_id.upper()
    wrong = [
        f"swk_0000000000000000_{SECRET}",
        f"swk_{key_id}_{SECRET}",
        f"swk_{key_id}_{secret[:-1]}",
        f"swk_{key_id}_{secret}=",
        f"swk_{capital}_{secret}",
        f"swk_{key_id}",
        secret,
        f"{stage.key} {stage.key}",
        f"{stage.key}\u00e9".encode().decode("latin-1"),
        "",
        shown,
        late,
    ]

    answers = [show(stage, key, f"198.51.100.{n}") for n, key in enumerate(wrong)]
    schemes = ("Basic", "bearer ", "")
    answers += [show(stage, stage.key, "198.51.100.99", each) for each in schemes]

    assert {str(answer) for answer in answers} == {str(answers[0])}
    assert answers[0][0] == 401
    assert str(answers[0][2]).startswith('Bearer realm="sealwright"')
    assert stage.sent() == 0
    assert show(stage, stage.key)[0] == 200
    refused = Record.objects.filter(event="key.refused")
    assert set(refused.values_list("reason", flat=True)) == {"unauthenticated"}
    for key in (secret, shown.split("_", 2)[2], late.split("_", 2)[2], SECRET):
        leaves = [bytes(record.leaf).decode() for record in refused]
        assert not any(key in leaf for leaf in leaves)


def test_a_guesser_is_stopped_whatever_he_guesses_next(
    stage: Stage, clock: Clock
) -> None:
    key_id = stage.key.split("_")[1]
    keys = (f"swk_{key_id}_{number:043d}" for number in count())
    statuses: list[int] = []
    began = time.monotonic()

    while statuses[-1:] != [429]:  # the moment at which he is stopped
        statuses.append(show(stage, next(keys))[0])

    stopped = time.monotonic()
    assert GUESSES_A_MINUTE <= statuses.count(401) <= most_guesses(stopped - began)
    # Also the right one, or the answer would say which it was; elsewhere it works.
    stage.client = Client(REMOTE_ADDR="198.51.100.7")
    refused = stage.post(BODY)
    assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert stage.sent() == 0
    assert show(stage, stage.key, "198.51.100.8")[0] == 200
    assert stage.sent() == 1
    # He may try again as seldom as the rate says, and not once more.
    clock.go()
    later = [show(stage, next(keys))[0] for _ in range(100)]
    assert set(later) <= {401, 429}
    # In three seconds one is let in and one stops him; one more may be a hair early.
    assert later.count(401) <= time.monotonic() - stopped + 5


def test_the_record_counts_the_guesses_and_is_not_flooded_by_them(
    stage: Stage, guesses: int
) -> None:
    key_id, began = stage.key.split("_")[1], timezone.now()
    for number in range(guesses):
        assert show(stage, f"swk_{key_id}_{number:043d}")[0] in (401, 429)

    minutes = (timezone.now() - began) // timedelta(minutes=1)
    settle_floods(now=timezone.now() + timedelta(minutes=2))

    for event, reason in (
        ("key.refused", "unauthenticated"),
        ("request.refused", "rate_limited"),
    ):
        records = Record.objects.filter(event=event, reason=reason).order_by("id")
        counts = list(records.values_list("detail__count", flat=True))
        assert counts[0] == 1
        assert len(counts) <= minutes + 2  # one when it began, and one a minute
    counted = Record.objects.filter(event__in=("key.refused", "request.refused"))
    assert sum(counted.values_list("detail__count", flat=True)) == guesses
    assert stage.sent() == 0


def test_forwarded_addresses_are_not_believed(stage: Stage, clock: Clock) -> None:
    """Else a guesser would be a new one with each guess."""
    key_id, began = stage.key.split("_")[1], time.monotonic()

    def guess(number: int) -> int:
        pretended = {
            "X-Forwarded-For": f"203.0.113.{number}",
            "Forwarded": f"for=203.0.113.{number}",
            "X-Real-IP": f"203.0.113.{number}",
        }
        key = f"swk_{key_id}_{number:043d}"
        return show(stage, key, "198.51.100.9", **pretended)[0]

    guessed = next(number for number in count() if guess(number) == 429)

    assert GUESSES_A_MINUTE <= guessed <= most_guesses(time.monotonic() - began)
