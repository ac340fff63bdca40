"""The state machine: anything may happen in any order, and nothing runs unapproved.

Each example is a session of its own.  ``wishes`` is the model: what people have said,
and which yes is unspent.  After every step the backend must have received exactly what
the model allowed, and every invariant must hold in the database.
"""

import itertools
from datetime import timedelta
from typing import ClassVar

from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    precondition,
    rule,
)

from approvals.models import Approval, Claim
from approvals.services import expire_due
from governance.errors import Denied
from governance.models import AgentSession, User
from proxy.sessions import change_context, end_session
from proxy.settling import settle_stale
from tests.attacks.attack import token
from tests.attacks.publishing import publish_anew
from tests.properties.invariants import broken
from tests.properties.playing import Play, let_time_pass
from tests.properties.wishes import ACTIONS, FIRST, Action, Shown, Wish
from tests.racing import at_once
from tests.stage import Stage, forget_all

_examples = itertools.count(1)
actions = st.sampled_from((FIRST, *ACTIONS))


class GovernedCall(RuleBasedStateMachine):
    """Request, vote, mint, spend, revoke, expire, edit, suspend, crash."""

    stage: ClassVar[Stage]
    other_key: ClassVar[str]
    tokens: Bundle[Shown] = Bundle("tokens")

    def __init__(self) -> None:
        super().__init__()
        forget_all()  # what the last example left in memory
        label = f"example {next(_examples)}"
        self.play = Play(self.stage, self.other_key, label)
        self.wishes = {action: Wish() for action in ACTIONS}
        self.queued: list[Action] = []  # spent, and for a worker to send
        self.off: set[str] = set()
        self.has_work = False
        self.expected = self.stage.sent()
        self.keys = itertools.count(1)

    @initialize(action=actions)
    def begin_with_a_yes(self, action: Action) -> None:
        """Have something to attack from the first step on."""
        self.get_a_yes(action)

    # -- what agents do

    @rule(action=actions, anew=st.booleans())
    def call(self, action: Action, *, anew: bool) -> None:
        """Ask, or use what was approved; ``anew`` says that it is another wish."""
        key = f"{self.play.label}, wish {next(self.keys)}" if anew else None
        if self._may_run(action) and action.mode == "now":
            self._ran(action)
        self._remember(action, self.play.call(action, idempotency_key=key))

    @precondition(lambda self: self.has_yes())
    @rule(target=tokens, data=st.data(), is_over=st.booleans())
    def fetch(self, data: st.DataObject, *, is_over: bool) -> Shown:
        """Fetch a token now, or find one that was fetched long ago."""
        action = self._one_with_a_yes(data)
        claim = Claim.objects.get(pk=self.wishes[action].live)
        at = timezone.now() - timedelta(seconds=400 if is_over else 0)
        return Shown(action, claim.pk, token(claim, at=at), is_over)

    @rule(shown=tokens)
    def show(self, shown: Shown) -> None:
        """Use a token, which may be of a yes that is long spent or over."""
        wish = self.wishes[shown.action]
        is_live = wish.live == shown.claim_id and not shown.is_over
        if is_live and self._may_run(shown.action):
            is_deferred = shown.action.mode == "deferred"
            self.queued += [shown.action] * is_deferred
            self._ran(shown.action, sends=not is_deferred)
        self.play.call(shown.action, claim=shown.token)

    @rule(shown=tokens, action=actions)
    def show_for_another(self, shown: Shown, action: Action) -> None:
        """Use a token for what it is not for."""
        if action is not shown.action:
            self.play.call(action, claim=shown.token)

    @rule(shown=consumes(tokens))
    def steal(self, shown: Shown) -> None:
        """Use a token as another agent, with its own good key."""
        self.play.call(shown.action, key=self.other_key, claim=shown.token)

    @precondition(lambda self: self.has_use())
    @rule(data=st.data())
    def race(self, data: st.DataObject) -> None:
        """Use an action from three threads at once."""
        action = data.draw(st.sampled_from(self._usable()))
        self._ran(action)
        at_once(*[self.play.race(action)] * 3)

    @precondition(lambda self: self.has_use())
    @rule(data=st.data(), after_sending=st.booleans())
    def crash(self, data: st.DataObject, *, after_sending: bool) -> None:
        """Die of a use."""
        action = data.draw(st.sampled_from(self._usable()))
        self.has_work = True
        self._ran(action, sends=after_sending)
        self.play.crash(action, after_sending=after_sending)

    @precondition(lambda self: self.has_open())
    @rule(ends=st.booleans())
    def change_task(self, *, ends: bool) -> None:
        """Say that the human changed the task, or end the session."""
        own = {"agent": self.stage.agent, "label": self.play.label, "ended_at": None}
        for session in AgentSession.objects.filter(**own):
            turn = end_session if ends else change_context
            turn(session, principal=self.play.principal(), now=timezone.now())
            for wish in self.wishes.values():
                wish.end()

    # -- what people do

    @rule(action=actions)
    def get_a_yes(self, action: Action) -> None:
        """Ask for something, and let as many people approve it as it needs."""
        self.call(action, anew=True)
        for who in ("ana", "ben")[: action.quorum]:
            self.vote(action, who, "approve")

    @precondition(lambda self: any(wish.pending for wish in self.wishes.values()))
    @rule(
        action=actions,
        who=st.sampled_from(["ana", "ben", "sam"]),
        verdict=st.sampled_from(["approve", "approve", "approve", "deny"]),
    )
    def vote(self, action: Action, who: str, verdict: str) -> None:
        """Say yes or no; Sam owns the agent, and has no seat."""
        wish = self.wishes[action]
        if wish.pending is None:
            return
        approval = Approval.objects.get(pk=wish.pending)
        try:
            self.stage.vote(User.objects.get(username=who), verdict, approval)
        except Denied:
            return
        assert who != "sam", "the agent's owner voted"
        if verdict == "deny":
            wish.end()
            return
        wish.voted.add(who)
        claim = Claim.objects.filter(approval=approval).first()
        assert (claim is not None) == (len(wish.voted) >= action.quorum)
        if claim is not None:
            wish.end()
            wish.live = claim.pk
            self.has_work |= action.mode == "deferred"

    @precondition(lambda self: self.has_yes())
    @rule(data=st.data())
    def take_back(self, data: st.DataObject) -> None:
        """Revoke what was approved and is not used yet."""
        wish = self.wishes[self._one_with_a_yes(data)]
        assert self.play.revoke(str(Claim.objects.get(pk=wish.live).approval_id))
        wish.end()

    @precondition(lambda self: self.has_open())
    @rule(route=st.sampled_from(["comment", "merge"]))
    def publish(self, route: str) -> None:
        """Edit a tool: what was asked and approved of it ends."""
        edited = getattr(self.stage, route)
        publish_anew(self.stage, edited)
        self._end_all_of(edited.tool)

    @precondition(lambda self: self.has_use())
    @rule(name=st.sampled_from(["github.comment_pr", "github.merge_pr", "writes"]))
    def turn_off(self, name: str) -> None:
        """Suspend a tool, or stop all writes."""
        self.play.switch(name, off=True)
        self.off.add(name)

    @precondition(lambda self: self.off)
    @rule()
    def turn_on(self) -> None:
        """Take all of that back."""
        for name in self.off:
            self.play.switch(name, off=False)
        self.off.clear()

    @precondition(lambda self: self.has_use())
    @rule(data=st.data())
    def turn_off_while_locked(self, data: st.DataObject) -> None:
        """Suspend a tool while somebody holds its claim locked."""
        action = data.draw(st.sampled_from(self._usable()))
        self.play.withdraw_while_locked(self.wishes[action].live or "", action)
        self.off.add(action.tool)

    @precondition(lambda self: self.has_use())
    @rule(data=st.data())
    def turn_off_before_spending(self, data: st.DataObject) -> None:
        """Suspend a tool between the judgement of a use and its spend."""
        action = data.draw(st.sampled_from(self._usable()))
        self.play.withdraw_before_spending(action)
        self.off.add(action.tool)

    # -- what time and workers do

    @precondition(lambda self: self.has_yes())
    @rule(data=st.data(), is_used=st.booleans())
    def expire(self, data: st.DataObject, *, is_used: bool) -> None:
        """Let the time of a yes be over; a use may come before any sweep."""
        action = self._one_with_a_yes(data)
        let_time_pass(Claim.objects.get(pk=self.wishes[action].live))
        self.wishes[action].end()
        self.has_work = True
        if is_used:
            self.call(action, anew=False)

    @precondition(lambda self: self.has_work)
    @rule()
    def work(self) -> None:
        """Do what comes every few seconds: sweep, and run what waits to be run."""
        now = timezone.now()
        self.has_work = False
        expire_due(now=now)
        settle_stale(now=now + timedelta(hours=1))
        for action in ACTIONS:
            if action.mode == "deferred" and self._may_run(action):
                self._ran(action)
        self.expected += sum(self._is_on(action) for action in self.queued)
        self.queued.clear()
        self.play.work()

    # -- what must hold

    @invariant()
    def nothing_ran_that_was_not_live(self) -> None:
        """Insist that the backend received what was allowed, once, and no more."""
        assert self.stage.sent() == self.expected

    @invariant()
    def the_database_says_so_too(self) -> None:
        """Insist that no row breaks an invariant."""
        assert broken(self.play.label) == {}

    def teardown(self) -> None:
        """Leave the stage as it was found."""
        self.turn_on()
        self.change_task(ends=True)

    def has_yes(self) -> bool:
        """Whether anything is approved and not used."""
        return any(wish.live for wish in self.wishes.values())

    def has_open(self) -> bool:
        """Whether anything is waiting, or approved and not used."""
        return any(wish.live or wish.pending for wish in self.wishes.values())

    def has_use(self) -> bool:
        """Whether an agent could use any of that now."""
        return bool(self._usable())

    def _one_with_a_yes(self, data: st.DataObject) -> Action:
        return data.draw(st.sampled_from([a for a in ACTIONS if self.wishes[a].live]))

    def _usable(self) -> list[Action]:
        return [a for a in ACTIONS if a.mode == "now" and self._may_run(a)]

    def _may_run(self, action: Action) -> bool:
        return self.wishes[action].live is not None and self._is_on(action)

    def _is_on(self, action: Action) -> bool:
        return not self.off & {action.tool, "writes"}

    def _ran(self, action: Action, *, sends: int = 1) -> None:
        self.wishes[action].end()
        self.expected += sends

    def _end_all_of(self, tool: str) -> None:
        for action in ACTIONS:
            if action.tool == tool:
                self.wishes[action].end()

    def _remember(self, action: Action, told: object) -> None:
        approval = getattr(told, "approval", None)
        if approval is not None and approval.state == Approval.State.PENDING:
            self.wishes[action].pending = approval.pk
