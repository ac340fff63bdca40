"""Sessions: handles that keep an agent's conversations apart."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from approvals.models import Claim
from audit.models import Personal, Record
from governance.decision import Reason
from governance.errors import Denied
from governance.models import AgentSession
from proxy import sessions
from proxy.sessions import (
    change_context,
    end_session,
    forget_all,
    is_live,
    open_session,
    own_session,
    session_for,
)
from tests.factories import agent_with_key
from tests.racing import at_once
from tests.stage import READ, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


def found(
    stage: Stage,
    *,
    handle: str | None = None,
    label: str | None = None,
    now: datetime | None = None,
) -> AgentSession:
    """Find a session as another process would: it remembers none."""
    forget_all()
    at = now or timezone.now()
    return session_for(stage.principal, handle=handle, label=label, now=at)


def opened(stage: Stage, label: str = "", on_behalf_of: str = "") -> AgentSession:
    return open_session(
        stage.principal, label=label, on_behalf_of=on_behalf_of, now=timezone.now()
    )


def test_the_default_one_is_opened_on_demand_and_kept(stage: Stage) -> None:
    first, again = found(stage), found(stage)

    assert first.pk == again.pk
    assert first.is_default
    assert first.label == ""
    assert stage.last_record().event == "session.opened"


def test_a_label_finds_its_own_live_session(stage: Stage) -> None:
    plain, tuesday = found(stage), found(stage, label="tuesday")

    assert plain.pk != tuesday.pk
    assert found(stage, label="tuesday").pk == tuesday.pk
    assert found(stage, label="wednesday").pk != tuesday.pk


def test_a_handle_finds_a_session_even_when_it_is_over(stage: Stage) -> None:
    session = opened(stage)
    end_session(session, principal=stage.principal, now=timezone.now())

    known = found(stage, handle=session.pk)

    assert known.pk == session.pk
    assert not is_live(known, now=timezone.now())


def test_a_foreign_handle_looks_like_an_unknown_one(stage: Stage) -> None:
    other, _ = agent_with_key(name="other-agent", owner=stage.sam)
    foreign = AgentSession.objects.create(
        agent=other,
        created_at=timezone.now(),
        last_used_at=timezone.now(),
        expires_at=timezone.now() + timedelta(days=1),
    )

    for handle in (foreign.pk, "ses_unknown"):
        with pytest.raises(Denied) as denial:
            own_session(stage.principal, handle)
        assert denial.value.reason is Reason.NOT_FOUND
        assert str(denial.value) == "There is no such session."


def test_many_first_calls_at_once_share_one_default_session(stage: Stage) -> None:
    principal, now = stage.principal, timezone.now()
    forget_all()

    def first_call() -> str:
        return session_for(principal, handle=None, label=None, now=now).pk

    shared = at_once(*[first_call] * 8)

    assert set(shared) == {AgentSession.objects.get().pk}
    assert AgentSession.objects.get().ended_at is None
    assert not Record.objects.filter(event="session.expired").exists()


def test_one_that_idled_out_is_ended_and_another_one_opened(stage: Stage) -> None:
    old = found(stage)
    AgentSession.objects.update(last_used_at=timezone.now() - timedelta(hours=25))

    new = found(stage)

    assert new.pk != old.pk
    assert AgentSession.objects.get(pk=old.pk).ended_at is not None
    events = Record.objects.filter(session_id=old.pk).values_list("event", flat=True)
    assert list(events) == ["session.opened", "session.expired"]


def test_one_ends_after_seven_days_however_busy_it_was(stage: Stage) -> None:
    old = found(stage)
    AgentSession.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert found(stage).pk != old.pk


def test_use_is_written_down_once_a_minute(stage: Stage) -> None:
    now = timezone.now()
    session = found(stage, now=now)

    found(stage, now=now + timedelta(seconds=30))
    assert AgentSession.objects.get().last_used_at == session.last_used_at

    found(stage, now=now + timedelta(seconds=61))
    assert AgentSession.objects.get().last_used_at == now + timedelta(seconds=61)


def test_ending_one_takes_back_what_it_was_allowed(stage: Stage) -> None:
    claim = stage.approved(label="tuesday")
    other = stage.approved(label="wednesday")
    session = AgentSession.objects.get(label="tuesday")

    end_session(session, principal=stage.principal, now=timezone.now())

    assert Claim.objects.get(pk=claim.pk).revoked_reason == "session_ended"
    assert Claim.objects.get(pk=other.pk).revoked_at is None
    assert stage.last_record().event == "session.ended"


def test_ending_it_twice_changes_nothing(stage: Stage) -> None:
    session = opened(stage)
    end_session(session, principal=stage.principal, now=timezone.now())
    ended = AgentSession.objects.get().ended_at

    end_session(session, principal=stage.principal, now=timezone.now())

    assert AgentSession.objects.get().ended_at == ended
    assert Record.objects.filter(event="session.ended").count() == 1


def test_a_change_of_context_goes_on_without_what_was_allowed(stage: Stage) -> None:
    claim = stage.approved(label="tuesday")
    stage.call("github.merge_pr", args=READ, label="tuesday")
    session = AgentSession.objects.get(label="tuesday")

    changed = change_context(session, principal=stage.principal, now=timezone.now())

    assert changed.epoch == session.epoch + 1
    assert is_live(changed, now=timezone.now())
    assert Claim.objects.get(pk=claim.pk).revoked_reason == "context_changed"
    assert stage.pending().state == "cancelled"
    assert stage.last_record().event == "session.context_changed"


def test_an_ended_one_has_no_context_to_change(stage: Stage) -> None:
    session = opened(stage)
    end_session(session, principal=stage.principal, now=timezone.now())

    with pytest.raises(Denied) as denial:
        change_context(session, principal=stage.principal, now=timezone.now())

    assert denial.value.reason is Reason.SESSION_ENDED


def test_an_agent_has_only_so_many_open(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "MAX_OPEN", 2)
    first = opened(stage, "one")
    opened(stage, "two")

    with pytest.raises(Denied) as denial:
        opened(stage, "three")

    assert denial.value.reason is Reason.RATE_LIMITED
    end_session(first, principal=stage.principal, now=timezone.now())
    opened(stage, "three")


def test_what_is_remembered_is_bounded(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "MAX_REMEMBERED", 3)
    principal, now = stage.principal, timezone.now()
    forget_all()

    for number in range(10):
        session_for(principal, handle=None, label=f"session {number}", now=now)

    assert len(sessions._remembered) <= 3  # noqa: SLF001 - its bound is the behaviour


def test_whom_an_agent_speaks_for_is_its_own_word(stage: Stage) -> None:
    session = opened(stage, on_behalf_of="ben@example.com")

    assert session.human is None
    assert session.on_behalf_of == "ben@example.com"
    assert Personal.objects.latest("record_id").on_behalf_of == "ben@example.com"
