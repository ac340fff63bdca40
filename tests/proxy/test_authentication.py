"""Who an agent is, by its key; and that a switch is heard at every address."""

from datetime import timedelta

import pytest
from django.utils import timezone

from audit.models import Record
from governance.errors import Denied
from governance.models import Agent, AgentKey, Tenant
from governance.services import revoke_key, suspend
from proxy.authentication import authenticate, fresh
from tests.stage import READ, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


@pytest.mark.parametrize("path", ["tools", "calls/cal_x", "approvals/apr_x"])
@pytest.mark.parametrize("switch", ["tenant", "agent"])
def test_what_is_suspended_sees_nothing_more(
    stage: Stage, path: str, switch: str
) -> None:
    stage.get("tools")
    switched: dict[str, Tenant | Agent] = {
        "tenant": stage.tenant,
        "agent": Agent.objects.get(),
    }
    suspend(switched[switch], by=stage.sam, now=timezone.now())

    answer = stage.get(path)

    assert (answer.status_code, answer.json()["code"]) == (403, f"{switch}_suspended")
    record = Record.objects.get(event="request.refused")
    assert (record.reason, record.agent) == (f"{switch}_suspended", "ci-agent")


def test_a_key_that_is_revoked_meanwhile_is_one_no_longer(stage: Stage) -> None:
    principal = stage.principal
    revoke_key(AgentKey.objects.get(), by=stage.sam, now=timezone.now())

    with pytest.raises(Denied) as denial:
        fresh(principal)

    assert denial.value.reason == "unauthenticated"
    for body in ({"args": READ}, {"args": READ, "mode": "explain"}):
        assert stage.post({"tool": "github.read_pr", **body}).status_code == 401


def test_a_key_is_marked_as_used_once_a_minute(stage: Stage) -> None:
    now = timezone.now()

    def used_at(seconds: int) -> object:
        authenticate(f"Bearer {stage.key}", now=now + timedelta(seconds=seconds))
        return AgentKey.objects.get().last_used_at

    assert used_at(0) == now
    assert used_at(59) == now
    assert used_at(60) == now + timedelta(seconds=60)


def test_a_key_is_over_at_its_very_end(stage: Stage) -> None:
    ends = timezone.now() + timedelta(hours=1)
    AgentKey.objects.update(expires_at=ends)

    authenticate(f"Bearer {stage.key}", now=ends - timedelta(seconds=1))
    with pytest.raises(Denied):
        authenticate(f"Bearer {stage.key}", now=ends)
