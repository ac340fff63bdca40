"""Erasing a person from what was asked, said and sent.

A vote's seal leaves its free text out, so a vote whose words are gone still counts.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Case, F, Q, QuerySet, Value, When

from approvals.models import Approval, Comment, Delivery, Preference, Vote
from audit.erasing import Named
from governance.models import AgentSession, User

ERASED = "erased"


@transaction.atomic
def erase_words(person: User, *, named: Named, now: datetime) -> int:
    """Empty every free text that names her; how many rows that were.

    What is still open keeps its text until it is over: people decide on it.
    """
    words = sum(
        _empty(rows, column, named)
        for rows, column in (
            (Vote.objects.all(), "reason"),
            (Vote.objects.all(), "note"),
            (Comment.objects.all(), "text"),
        )
    )
    Preference.objects.filter(person=person).delete()
    return (
        words + _approvals(named) + _sessions(named, now=now) + _letters(person, named)
    )


def _empty(
    rows: "QuerySet[Vote] | QuerySet[Comment]", column: str, named: Named
) -> int:
    found = rows.filter(_mentions(named, column)).values_list("pk", column)
    gone = [pk for pk, text in found if named.is_in(text)]
    return rows.filter(pk__in=gone).update(**{column: None}) if gone else 0


def _approvals(named: Named) -> int:
    over = Approval.objects.exclude(pk__in=Approval.objects.open().values("pk"))
    wanted = _mentions(named, "summary", "reasons", "reason_for_agent")
    count = 0
    for each in over.filter(wanted).iterator():
        said = [each.summary, each.reason_for_agent, *(r["text"] for r in each.reasons)]
        if any(map(named.is_in, said)):
            each.summary = ERASED
            each.reasons, each.reason_for_agent = [], ""
            each.save(update_fields=["summary", "reasons", "reason_for_agent"])
            count += 1
    return count


def _sessions(named: Named, *, now: datetime) -> int:
    live = AgentSession.objects.live(now).values("pk")
    over = AgentSession.objects.exclude(pk__in=live)
    found = over.filter(_mentions(named, "on_behalf_of", "label"))
    gone = [
        each.pk for each in found if named.is_in(f"{each.on_behalf_of} {each.label}")
    ]
    return AgentSession.objects.filter(pk__in=gone).update(on_behalf_of="", label="")


def _letters(person: User, named: Named) -> int:
    # Where it went; that it went, and to whom's account, stays.
    sent = Delivery.objects.filter(recipient=person).exclude(address="")
    told = Delivery.objects.filter(_mentions(named, "about"), webhook=None)
    rows = told.values_list("pk", "about")
    gone = [pk for pk, about in rows if any(map(named.is_in, map(str, about.values())))]
    queued = When(state=Delivery.State.QUEUED, then=Value(Delivery.State.CANCELLED))
    # Without its words a notice says nothing: what was not sent yet stays unsent.
    return sent.update(address="") + Delivery.objects.filter(pk__in=gone).update(
        about={}, state=Case(queued, default=F("state"))
    )


def _mentions(named: Named, *columns: str) -> Q:
    wanted = Q()
    for column in columns:
        for name in named.names:
            wanted |= Q(**{f"{column}__icontains": name})
    return wanted
