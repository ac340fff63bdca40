"""A kept credential is given back as soon as policy changes, not at its next use."""

import threading
from collections.abc import Callable, Iterator

import pytest
from django.db import connection, connections
from django.utils import timezone

from governance import policy
from governance.demo.remote.github import GitHub
from governance.demo.remote.messages import Answer, Request
from governance.models import CredentialLane
from governance.services import save_lane, suspend
from proxy.credentials import reuse, watching
from proxy.credentials.credential import Credential
from proxy.credentials.loans import Loan
from tests.attacks.lending import issuer, lane, read
from tests.issuers.github import Issuer, app_key
from tests.racing import WAIT_SECONDS, until
from tests.stage import Stage

__all__ = ["issuer", "lane"]

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


@pytest.fixture
def kept(stage: Stage, lane: CredentialLane, issuer: Issuer) -> Iterator[None]:
    """Let a read keep what it borrowed."""
    reuse.forget()
    lane.reuse_seconds = 300
    save_lane(lane, by=stage.sam, now=timezone.now())
    policy.forget()
    assert read(stage).status_code == 200
    yield
    reuse.forget()


def revoked(issuer: Issuer) -> list[bool]:
    return [bool(each["revoked"]) for each in issuer.github.issued()]


@pytest.mark.usefixtures("kept")
def test_while_policy_stays_it_is_kept(stage: Stage, issuer: Issuer) -> None:
    watching.look()
    assert read(stage).status_code == 200

    assert revoked(issuer) == [False]


@pytest.mark.usefixtures("kept")
def test_a_suspension_gives_it_back_without_another_call(
    stage: Stage, issuer: Issuer
) -> None:
    suspend(stage.read, by=stage.sam, now=timezone.now())

    watching.look()

    until(lambda: revoked(issuer) == [True])


@pytest.mark.usefixtures("kept")
def test_a_change_of_the_lane_gives_it_back_without_another_call(
    stage: Stage, lane: CredentialLane, issuer: Issuer
) -> None:
    lane.reuse_seconds = 200
    save_lane(lane, by=stage.sam, now=timezone.now())

    watching.look()

    until(lambda: revoked(issuer) == [True])


class Together(GitHub):
    """An issuer that takes tokens back once many come at the same moment."""

    barrier = threading.Barrier(12)

    def answer(self, request: Request) -> Answer | None:
        if request.method == "DELETE":
            self.barrier.wait(WAIT_SECONDS)
        return super().answer(request)


def test_what_many_reads_keep_goes_back_side_by_side(
    stage: Stage, lane: CredentialLane, issuer: Issuer
) -> None:
    reuse.forget()
    many = tuple(f"repo-{number}" for number in range(Together.barrier.parties))
    issuer.server.remote.github = Together(app_key(), many)
    lane.reuse_seconds = 300
    save_lane(lane, by=stage.sam, now=timezone.now())
    policy.forget()
    for repo in many:
        read(stage, repo=repo)
    suspend(stage.read, by=stage.sam, now=timezone.now())

    watching.look()

    until(lambda: revoked(issuer) == [True] * len(many))


def test_a_process_that_keeps_something_looks_by_itself(
    stage: Stage,
    lane: CredentialLane,
    issuer: Issuer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reuse.forget()
    watch = watching.Watch(every=0.01)
    monkeypatch.setattr(watching, "WATCH", watch)
    lane.reuse_seconds = 300
    save_lane(lane, by=stage.sam, now=timezone.now())
    policy.forget()
    assert read(stage).status_code == 200
    suspend(stage.read, by=stage.sam, now=timezone.now())

    until(lambda: revoked(issuer) == [True])

    until(lambda: not watch.is_looking)  # for nothing is kept
    watch.end()
    connections.close_all()


def keep(tenant: str, end: Callable[[], None]) -> None:
    """Keep something, unused, under a policy that is not in force."""
    key = (tenant, "lane")
    loan = Loan(Credential(), {}, expires_at=0)
    kept = reuse.MEMORY.keep(key, loan, epoch=-1, seconds=300, end=end)
    reuse.MEMORY.let_go(key, kept, is_refused=False)


@pytest.mark.django_db(transaction=True)
def test_no_connection_is_held_while_something_goes_back() -> None:
    reuse.forget()
    held: list[bool] = []
    keep("team-acme", lambda: held.append(connection.connection is not None))

    watching.look()

    assert held == [False]


def break_down() -> None:
    raise RuntimeError("as nobody foresaw")


@pytest.mark.django_db(transaction=True)
def test_a_look_that_breaks_is_not_the_last(
    caplog: pytest.LogCaptureFixture,
) -> None:
    reuse.forget()
    ended = threading.Event()
    keep("team-acme", break_down)
    keep("team-zeta", ended.set)
    watch = watching.Watch(every=0.01)

    watch.begin()

    until(ended.is_set)
    until(lambda: not watch.is_looking)
    watch.end()
    assert "this look failed" in caplog.text


def test_nothing_kept_asks_no_database() -> None:
    reuse.forget()

    watching.look()  # this test has none


def test_a_watch_that_was_ended_begins_no_more() -> None:
    watch = watching.Watch()
    watch.end()

    watch.begin()

    assert not watch.is_looking
