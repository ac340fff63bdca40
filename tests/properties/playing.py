"""What agents, people, workers and accidents do in the state machine."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, NoReturn

import pytest
from django.utils import timezone

from approvals.models import Approval, Claim
from approvals.services import revoke
from audit.models import Record
from governance.errors import Denied
from governance.models import Route, Tenant
from governance.policy import Principal, principal_of
from governance.services import resume, resume_writes, stop_writes, suspend
from proxy import execution, services
from proxy.asking import Answer, ToolCall
from proxy.backends.http import send
from proxy.models import Call
from proxy.services import call_tool
from proxy.spending import spend
from proxy.tasks import run_approved, run_call
from tests.attacks.attack import newest_record
from tests.attacks.rows import let_it_end
from tests.properties.wishes import Action
from tests.racing import meanwhile, or_denied, somebody_else, until
from tests.stage import Stage


class Crashed(BaseException):
    """The process ends where it stands: nobody catches it, nothing is undone."""


@dataclass(slots=True)
class Play:
    """One example on the stage, in a session of its own."""

    stage: Stage
    other_key: str
    label: str

    def principal(self, key: str | None = None) -> Principal:
        """Return an agent as this process remembers it: policy may have moved on."""
        found = principal_of((key or self.stage.key).split("_")[1])
        assert found is not None
        return found

    def call(
        self, action: Action, *, key: str | None = None, **members: Any
    ) -> Answer | Denied:
        """Take the road; a refusal has to leave exactly one record, with its reason."""
        asked = ToolCall(
            action.tool, action.args, label=self.label, mode=action.mode, **members
        )
        newest = newest_record()
        road = partial(call_tool, asked, now=timezone.now())
        told = or_denied(partial(road, principal=self.principal(key)))()
        refused = Record.objects.filter(event="call.denied", id__gt=newest)
        reasons = [told.recorded_as] if isinstance(told, Denied) else []
        assert list(refused.values_list("reason", flat=True)) == reasons
        return told

    def race(self, action: Action) -> Callable[[], Answer | Denied]:
        """Return a use of the action for a thread of its own."""
        asked = ToolCall(action.tool, action.args, label=self.label, mode=action.mode)
        principal, now = self.principal(), timezone.now()
        return or_denied(partial(call_tool, asked, principal=principal, now=now))

    def crash(self, action: Action, *, after_sending: bool) -> None:
        """Use the action in a process that dies before, or after, the send."""

        def die(*args: Any, **members: Any) -> NoReturn:
            if after_sending:
                send(*args, **members)
            raise Crashed

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(execution, "send", die)
            try:
                self.call(action)
            except Crashed:
                return

    def work(self) -> None:
        """Do what workers do, twice: messages come again."""
        own = {"session__label": self.label, "mode": "deferred"}
        for approval in Approval.objects.filter(state="approved", **own):
            run_approved(approval.pk)
            run_approved(approval.pk)
        for call in Call.objects.filter(**own):
            run_call(call.pk)

    def switch(self, name: str, *, off: bool) -> None:
        """Suspend or resume something, or all writes."""
        stage, now = self.stage, timezone.now()
        if name == "writes":
            turn_writes = stop_writes if off else resume_writes
            turn_writes(Tenant.objects.get(), by=stage.sam, now=now)
            return
        turn = suspend if off else resume
        turn(Route.objects.get(tool=name), by=stage.sam, now=now)

    def withdraw_while_locked(self, claim_id: str, action: Action) -> None:
        """Suspend a tool while its claim is locked, and somebody tries to spend it."""
        epoch = Tenant.objects.get().policy_epoch
        tried = threading.Event()
        suspending = partial(self.switch, action.tool, off=True)
        with pytest.MonkeyPatch.context() as patch, somebody_else() as other:
            patch.setattr(services, "spend", _telling(tried))
            lock = "SELECT 1 FROM approvals_claim WHERE id = %s FOR UPDATE"
            other.execute(lock, [claim_id])
            with meanwhile(self.race(action)) as use:
                until(lambda: tried.is_set() or _somebody_waits())
                with meanwhile(suspending) as switch:
                    until(lambda: Tenant.objects.get().policy_epoch > epoch)
                    other.rollback()
                    switch.result()
                use.result()

    def withdraw_before_spending(self, action: Action) -> None:
        """Suspend a tool when a use of it was judged already, and is not spent yet."""

        def late(*args: Any, **members: Any) -> object:
            self.switch(action.tool, off=True)
            return spend(*args, **members)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(services, "spend", late)
            self.call(action)

    def revoke(self, approval_id: str) -> bool:
        """Take a yes back as Ana; whether there was one."""
        now = timezone.now()
        told = or_denied(partial(revoke, approval_id, by=self.stage.ana, now=now))()
        return not isinstance(told, Denied)


def _telling(tried: threading.Event) -> Callable[..., object]:
    def spend_and_tell(*args: Any, **members: Any) -> object:
        try:
            return spend(*args, **members)
        finally:
            tried.set()

    return spend_and_tell


def _somebody_waits() -> bool:
    with somebody_else() as looking:
        waiting = looking.execute("SELECT 1 FROM pg_locks WHERE NOT granted")
        return waiting.fetchone() is not None


def let_time_pass(claim: Claim) -> None:
    """Let a claim be over, as if its time had passed; the sweep has not come yet."""
    let_it_end(claim)
    over = timezone.now() - timedelta(seconds=1)
    Approval.objects.filter(pk=claim.approval_id).update(execute_by=over)
