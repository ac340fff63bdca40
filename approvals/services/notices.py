"""Who is told what: each notice is an outbox row of the transaction it is about."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

from approvals.models import Approval, Delivery
from approvals.services.broadcasts import create, tell_webhooks
from approvals.services.questions import ask
from approvals.services.repeats import SESSION_RESTS
from approvals.services.slack.copies import VOTED, update_copies, warn_in_slack
from approvals.services.ways import VOTED_RUNS, by_choice, by_every_channel
from governance.models import Agent, GroupMembership, Membership, Tenant, User

REQUESTED: Final = "requested"
REMINDER: Final = "reminder"
RESTING: Final = "session_rests"
UNSATISFIABLE: Final = "unsatisfiable"
UNSAFE: Final = "unsafe"
DRIFTED: Final = "route_drifted"
DEAD_LETTER: Final = "dead_letter"
DIRECT: Final = "direct messages"
OUTCOME_UNKNOWN: Final = "outcome_unknown"
# What became of the ways to sign in as somebody: our event, and the factor by name.
_SIGN_INS: Final[Mapping[str, tuple[str, str]]] = {
    "totp_activated": ("factor_added", "one-time code"),
    "totp_deactivated": ("factor_removed", "one-time code"),
    "webauthn_added": ("factor_added", "passkey or security key"),
    "webauthn_removed": ("factor_removed", "passkey or security key"),
    "recovery_codes_generated": ("recovery_codes_made", ""),
    "factors_reset": ("factor_removed", "everything that she had"),
    "password_set": ("password_set", ""),
}
SIGN_IN_CHANGES: Final = frozenset(event for event, _factor in _SIGN_INS.values())
QUESTIONS: Final = frozenset({REQUESTED, REMINDER})

_NO_REMINDER_UNDER: Final = timedelta(minutes=30)
# A thousand refused asks are one message to an admin, not a thousand.
_QUIET: Final = timedelta(hours=1)


def tell_voters(approval: Approval, people: Iterable[User], *, at: datetime) -> None:
    """Ask everybody with a seat now, and remind them at half time."""
    people = list(people)
    ask(approval, people, at=at)
    tell_webhooks(REQUESTED, approval.tenant, at=at, approval=approval)
    window = approval.decide_by - at
    if window >= _NO_REMINDER_UNDER:
        _queue(REMINDER, approval, people, at=at, due_at=at + window / 2)


def tell_voted(approval: Approval, *, at: datetime) -> None:
    """Bring the copies up to date while more votes are needed."""
    update_copies(approval, VOTED, at=at)


def tell_ending(approval: Approval, *, at: datetime) -> None:
    """Tell owner, the session's human and whoever is looking what became of it."""
    takers = User.objects.filter(takings__in=approval.takings.lasting(at))
    told = [*_of_agent(approval.agent, approval), *takers]
    doer = approval.ended_by_person_id
    people = [person for person in told if person.pk != doer]
    _queue(approval.state, approval, people, at=at)
    tell_webhooks(approval.state, approval.tenant, at=at, approval=approval)
    update_copies(approval, approval.state, at=at)


def tell_unsatisfiable(approval: Approval, *, at: datetime) -> None:
    """Tell the admins and the owner that too few are left to decide."""
    people = [*admins(approval.tenant, at=at), *_of_agent(approval.agent, approval)]
    _queue(UNSATISFIABLE, approval, people, at=at)


def tell_resting(approval: Approval, *, at: datetime) -> None:
    """Tell the admins and the owner that a session rests after its denials."""
    people = [*admins(approval.tenant, at=at), *_of_agent(approval.agent, approval)]
    _queue(RESTING, approval, people, at=at)
    tell_webhooks(
        RESTING, approval.tenant, at=at, approval=approval, rests_for=SESSION_RESTS
    )


def tell_unsafe(approval: Approval, *, at: datetime) -> None:
    """Alert everybody at once that a person found a request unsafe."""
    places = GroupMembership.objects.valid(at).filter(
        group__in=[approval.group_id, approval.fallback_group_id]
    )
    people = [
        *(place.user for place in places.select_related("user")),
        *admins(approval.tenant, at=at),
        *_of_agent(approval.agent, approval),
    ]
    _queue(UNSAFE, approval, people, at=at)
    warn_in_slack(approval, UNSAFE, at=at)


def tell_unopened(agent: Agent, about: Mapping[str, str], *, at: datetime) -> None:
    """Tell the same of a request that was not even opened, once an hour.

    ``about`` holds names (agent, tool, group), and nothing that the agent wrote.
    """
    people = [*admins(agent.tenant, at=at), agent.owner]
    _queue_alone(UNSATISFIABLE, agent.tenant, people, about=about, at=at)


def tell_drifted(tenant: Tenant, about: Mapping[str, str], *, at: datetime) -> None:
    """Tell the admins that an upstream changed a tool; the same once an hour."""
    _queue_alone(DRIFTED, tenant, list(admins(tenant, at=at)), about=about, at=at)


def tell_dead_letter(delivery: Delivery, *, at: datetime) -> None:
    """Tell the admins that a message was given up; of this notice never again.

    Of a webhook or channel that is away they hear once an hour, not once a message;
    of all direct messages together, not once a reader.
    """
    if delivery.event == DEAD_LETTER:
        return
    people = list(admins(delivery.tenant, at=at))
    if delivery.channel != Delivery.Channel.EMAIL:
        is_direct = delivery.recipient is not None
        about = {delivery.channel: DIRECT if is_direct else delivery.address}
        _queue_alone(DEAD_LETTER, delivery.tenant, people, about=about, at=at)
    elif delivery.approval:
        people.append(delivery.approval.agent.owner)
        _queue(DEAD_LETTER, delivery.approval, people, at=at)
    else:
        _queue_alone(DEAD_LETTER, delivery.tenant, people, about={}, at=at)


def tell_linked(tenant: Tenant, person: User, *, event: str, at: datetime) -> None:
    """Tell a person and the admins that her Slack link was made or ended."""
    people = [person, *admins(tenant, at=at)]
    about = {"person": person.username, "tenant": tenant.slug}
    create(_rows(event, tenant, people, at=at, about=about))


def tell_sign_in_changed(person: User, change: str, *, at: datetime) -> None:
    """Tell a person, and the admins of her tenants, of a changed way to sign in.

    Whoever is in no tenant decides nothing and is not told; an operator always is.
    """
    event, factor = _SIGN_INS[change]
    about = {"person": person.username, **({"factor": factor} if factor else {})}
    told: set[User] = set()
    for tenant in _tenants_of(person, at=at):
        people = {person, *admins(tenant, at=at)} - told
        create(_rows(event, tenant, people, at=at, about=about))
        told |= people


def _tenants_of(person: User, *, at: datetime) -> list[Tenant]:
    held = Membership.objects.valid(at).filter(user=person)
    tenants = Tenant.objects.filter(pk__in=held.values("tenant")).order_by("pk")
    if person.is_superuser and not tenants:
        return list(Tenant.objects.order_by("pk")[:1])
    return list(tenants)


def notify_outcome(
    call_id: str,
    event: str,
    *,
    agent_id: int,
    approval_id: str | None,
    about: Mapping[str, str],
    now: datetime,
) -> None:
    """Tell how a call ended: ``executed``, ``failed`` or ``outcome_unknown``.

    The owner is told of what was approved, and so are voters who want it; of an
    unclear outcome all of them and the admins, whether it was approved or covered.
    ``about`` holds ``tool``, ``scope`` and ``agent``.  To be called in the transaction
    of the outcome.
    """
    agent = Agent.objects.select_related("owner", "tenant").get(pk=agent_id)
    approvals = Approval.objects.select_related("tenant", "agent", "route_version")
    approval = approvals.filter(pk=approval_id).first() if approval_id else None
    people = [agent.owner]
    voters = _voters(approval, at=now) if approval else []
    if event == OUTCOME_UNKNOWN:
        people += [*admins(agent.tenant, at=now), *voters]
    if approval:
        _queue(event, approval, people, at=now, call_id=call_id, about=about)
        if event != OUTCOME_UNKNOWN:
            _tell_who_voted(event, approval, voters, at=now, call_id=call_id)
        update_copies(approval, event, at=now, call_id=call_id)
    elif event == OUTCOME_UNKNOWN:
        rows = _rows(event, agent.tenant, people, call_id=call_id, at=now, about=about)
        create(by_choice(rows))
    if approval or event == OUTCOME_UNKNOWN:
        tell_webhooks(
            event,
            agent.tenant,
            at=now,
            approval=approval,
            call_id=call_id,
            about=about,
        )


def _voters(approval: Approval, *, at: datetime) -> list[User]:
    """Return who voted and is still of the tenant: leavers are told nothing."""
    held = Membership.objects.valid(at).filter(tenant=approval.tenant)
    return list(
        User.objects.filter(votes__approval=approval, pk__in=held.values("user"))
    )


def _tell_who_voted(
    event: str,
    approval: Approval,
    voters: Iterable[User],
    *,
    at: datetime,
    call_id: str,
) -> None:
    people = [each for each in voters if each != approval.agent.owner]
    _queue(event, approval, people, at=at, call_id=call_id, topic=VOTED_RUNS)


def admins(tenant: Tenant, *, at: datetime) -> list[User]:
    """Return the admins of a tenant who have an active account."""
    held = Membership.objects.valid(at).filter(
        tenant=tenant, role=Membership.Role.ADMIN, user__is_active=True
    )
    return [membership.user for membership in held.select_related("user")]


def _of_agent(agent: Agent, approval: Approval) -> list[User]:
    human = approval.session.human
    return [agent.owner] if human is None else [agent.owner, human]


def _queue(
    event: str,
    approval: Approval,
    people: Iterable[User],
    *,
    at: datetime,
    due_at: datetime | None = None,
    call_id: str = "",
    about: Mapping[str, str] | None = None,
    topic: str = "",
) -> None:
    rows = _rows(event, approval.tenant, people, at=at, call_id=call_id, about=about)
    for row in rows:
        row.approval, row.due_at = approval, due_at or at
    create(by_every_channel(rows) if event == UNSAFE else by_choice(rows, topic=topic))


def _queue_alone(
    event: str,
    tenant: Tenant,
    people: Iterable[User],
    *,
    about: Mapping[str, str],
    at: datetime,
) -> None:
    recent = Delivery.objects.filter(
        tenant=tenant, event=event, about=dict(about), created_at__gt=at - _QUIET
    )
    if not recent.exists():
        create(by_choice(_rows(event, tenant, people, at=at, about=about)))


def _rows(
    event: str,
    tenant: Tenant,
    people: Iterable[User],
    *,
    at: datetime,
    call_id: str = "",
    about: Mapping[str, str] | None = None,
) -> list[Delivery]:
    distinct = {person.pk: person for person in people if person.is_active}
    return [
        Delivery(
            tenant=tenant,
            event=event,
            recipient=person,
            address=person.email,
            call_id=call_id,
            about=dict(about or {}),
            created_at=at,
            due_at=at,
        )
        for person in distinct.values()
    ]
