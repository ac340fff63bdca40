"""Somebody says yes to what he asked for himself, through an agent, a key, a rule."""

from datetime import timedelta
from typing import Final

import pytest
from django.core import mail
from django.utils import timezone

from approvals.models import Approval, Vote
from approvals.services.deliveries import sweep
from audit.models import Record
from governance.decision import Reason
from governance.errors import Denied
from governance.models import AgentKey, AgentSession, ApproverGroup, Route, User
from governance.services import (
    issue_key,
    members_of,
    new_draft,
    publish_route,
    save_draft,
    save_group,
)
from tests.attacks.browsing import Page, page_of, signed_in
from tests.attacks.door import one_refusal
from tests.factories import person, reviewers
from tests.stage import READ, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

SEATED_TOO: Final = ("sam", "kim", "hal", "pat", "eve")


def user(name: str) -> User:
    return User.objects.get(username=name)


@pytest.fixture
def crowd(stage: Stage) -> Stage:
    """Seat everybody who has something to do with the agent in the approver group.

    Sam owns it, Kim made its key, Hal is the human of its session, Pat publishes,
    Eve edits the group, Ben is named by the agent; Ana has nothing to do with it.
    """
    reviewers(*SEATED_TOO)
    person("eve", "admin")
    _, stage.key = issue_key(stage.agent, by=user("kim"), now=timezone.now())
    session = stage.post({"on_behalf_of": "ben", "label": "x"}, "sessions").json()
    AgentSession.objects.filter(pk=session["session_id"]).update(human=user("hal"))
    return stage


def asked(stage: Stage, route: Route, separation: str, *, quorum: int) -> Approval:
    """Publish a rule as Pat, and let the agent ask under it."""
    route.refresh_from_db()
    assert route.published is not None
    draft = new_draft(route.published, by=user("pat"), now=timezone.now())
    draft.separation, draft.quorum = separation, quorum
    save_draft(draft, by=user("pat"), now=timezone.now())
    publish_route(draft, by=user("pat"), now=timezone.now())
    args = {"args": READ} if route.tool == "github.merge_pr" else {}
    stage.call(route.tool, label="x", **args)
    return stage.pending()


def edit_the_group(by: str) -> None:
    """Take somebody in and out again: an edit that leaves the group as it was."""
    group = ApproverGroup.objects.get()
    members = members_of(group, at=timezone.now())
    new = person("new", "approver")
    for people in (members | {new}, members):
        save_group(group, members=people, by=user(by), now=timezone.now())


def refused(stage: Stage, name: str, approval: Approval, reason: Reason) -> None:
    """Expect that a yes of this person is refused, with its record and no vote."""
    with one_refusal(stage, "approval.vote_refused", reason):
        with pytest.raises(Denied) as denial:
            stage.vote(user(name), "approve", approval)
        assert denial.value.reason is reason
    assert not Vote.objects.filter(person=user(name)).exists()


def test_four_eyes_are_not_two_of_the_same(crowd: Stage) -> None:
    approval = asked(crowd, crowd.comment, "four_eyes", quorum=3)
    edit_the_group(by="eve")
    assert approval.key == AgentKey.objects.get(created_by=user("kim"))
    assert approval.session.on_behalf_of == "ben"

    for name in ("sam", "kim", "hal"):
        refused(crowd, name, approval, Reason.VOTE_EXCLUDED)
    # Publisher and editor may under this rule; whom the agent names, always.
    for name in ("pat", "eve", "ben"):
        crowd.vote(user(name), "approve", approval)

    approval.refresh_from_db()
    assert approval.state == "approved"


def test_strict_also_excludes_who_shaped_the_rule(crowd: Stage) -> None:
    approval = asked(crowd, crowd.merge, "strict", quorum=2)
    edit_the_group(by="eve")

    for name in ("sam", "kim", "hal", "pat", "eve"):
        refused(crowd, name, approval, Reason.VOTE_EXCLUDED)
    for name in ("ben", "ana"):
        crowd.vote(user(name), "approve", approval)

    approval.refresh_from_db()
    assert approval.state == "approved"


def test_the_excluded_neither_deny_nor_are_asked(crowd: Stage) -> None:
    approval = asked(crowd, crowd.merge, "strict", quorum=2)

    sweep(now=timezone.now())
    told = {address for letter in mail.outbox for address in letter.to}

    assert told == {f"{name}@example.com" for name in ("ana", "ben", "eve")}
    for name in ("sam", "kim", "hal", "pat"):
        with pytest.raises(Denied) as denial:
            crowd.vote(user(name), "deny", approval)
        assert denial.value.reason is Reason.VOTE_EXCLUDED
        page = signed_in(name).get(page_of(approval)).text
        assert 'value="approve"' not in page
        assert 'value="deny"' not in page


def test_an_owner_confirms_with_a_fresh_sign_in_and_it_is_called_so(
    crowd: Stage,
) -> None:
    approval = asked(crowd, crowd.comment, "confirm", quorum=1)
    stale = timezone.now() - timedelta(minutes=16)

    with one_refusal(crowd, "approval.vote_refused", Reason.VOTE_SIGN_IN_STALE):
        with pytest.raises(Denied) as denial:
            crowd.vote(crowd.sam, "approve", approval, signed_in_at=stale)
        assert denial.value.reason is Reason.VOTE_SIGN_IN_STALE
    assert not Vote.objects.exists()

    crowd.vote(crowd.sam, "approve", approval)
    answer = crowd.call(label="x")
    sweep(now=timezone.now())

    assert Vote.objects.get().seat == Vote.Seat.OWNER
    page = Page(signed_in("ana").get(page_of(approval)).text).text
    assert "Confirmed by its owner sam" in page
    assert "Approved by" not in page
    record = Record.objects.select_related("personal").get(event="approval.approved")
    assert record.personal.approvers is not None
    assert '"seat":"owner"' in record.personal.approvers
    letters = [str(each.body) for each in mail.outbox if "approved:" in each.subject]
    assert letters
    assert all("It was confirmed by its owner." in letter for letter in letters)
    sentence = Page(signed_in("sam").get(_evidence(answer)).text).text
    assert "sam, its owner, confirmed exactly this action" in sentence
    assert crowd.sent() == 1


def test_confirm_gives_a_seat_to_the_owner_and_to_no_stranger(crowd: Stage) -> None:
    approval = asked(crowd, crowd.comment, "confirm", quorum=1)
    person("zoe", "admin", "auditor")
    person("tom", "approver")

    for name in ("olu", "zoe", "tom"):
        refused(crowd, name, approval, Reason.VOTE_NO_SEAT)


def _evidence(answer: object) -> str:
    return f"/audit/calls/{getattr(answer, 'call_id', '')}/"
