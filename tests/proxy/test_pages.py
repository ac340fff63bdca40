"""The page of a call, and what people find out about unclear ones."""

import pytest
from django.test import Client
from django.utils import timezone

from approvals.executions import executions
from audit.models import Record
from governance.decision import Reason
from governance.errors import Denied
from governance.models import User
from proxy.models import Call
from proxy.resolving import resolve_call
from tests.approvals.asking import World, a_world, approved
from tests.factories import TenantFactory, person
from tests.proxy.calls import unclear_call

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world() -> World:
    return a_world()


@pytest.fixture
def call(world: World) -> Call:
    return unclear_call(approved(world))


def as_(name: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(username=name))
    return client


def test_the_page_says_what_was_sent_and_that_nobody_knows(call: Call) -> None:
    page = as_("sam").get(f"/calls/{call.pk}/").text

    assert "It was sent, and its outcome is unknown" in page
    assert "repo:payments-api/pull:184" in page
    assert "LGTM" in page
    assert page.count('name="finding"') == 3


@pytest.mark.parametrize(
    ("name", "roles", "status"),
    [
        ("sam", (), 200),  # the owner
        ("kim", ("admin",), 200),
        ("ana", (), 404),  # an approver, and no more
        ("olu", ("auditor",), 404),
    ],
)
def test_it_opens_for_the_owner_and_for_admins(
    call: Call, name: str, roles: tuple[str, ...], status: int
) -> None:
    person(name, *roles)

    assert as_(name).get(f"/calls/{call.pk}/").status_code == status


def test_another_tenants_admin_finds_no_call(call: Call) -> None:
    person("zoe", "admin", tenant=TenantFactory.create(slug="team-zeta"))
    zoe = as_("zoe")

    seen = zoe.get(f"/calls/{call.pk}/")
    resolved = zoe.post(f"/calls/{call.pk}/resolve", {"finding": "happened"})

    assert (seen.status_code, resolved.status_code) == (404, 404)
    call.refresh_from_db()
    assert call.state == "outcome_unknown"


@pytest.mark.parametrize("finding", Call.Finding.values)
def test_a_finding_is_kept_with_who_found_it(call: Call, finding: str) -> None:
    sam = as_("sam")
    form = {"finding": finding, "note": "I looked at the pull request."}

    answer = sam.post(f"/calls/{call.pk}/resolve", form)

    call.refresh_from_db()
    assert (answer.status_code, answer.headers["Location"]) == (
        303,
        f"/calls/{call.pk}/",
    )
    assert (call.state, call.finding) == ("resolved", finding)
    assert call.resolved_by is not None
    record = Record.objects.get(event="call.resolved")
    assert record.call_id == call.pk
    assert record.detail == {"finding": finding}
    assert "says sam" in sam.get(f"/calls/{call.pk}/").text


def test_the_second_finding_is_told_that_it_came_late(call: Call) -> None:
    sam, form = as_("sam"), {"finding": "happened"}
    sam.post(f"/calls/{call.pk}/resolve", form)

    late = {"finding": "did_not_happen", "note": "The log of the remote is empty."}
    answer = sam.post(f"/calls/{call.pk}/resolve", late)

    call.refresh_from_db()
    assert answer.status_code == 409
    assert "your finding was not kept" in answer.text
    assert "The log of the remote is empty." in answer.text
    assert call.finding == "happened"
    assert Record.objects.filter(event="call.resolved").count() == 1


@pytest.mark.parametrize("finding", ["", "resent"])
def test_a_finding_is_one_of_three(call: Call, finding: str) -> None:
    sent = {"finding": finding, "note": "I looked at the pull request."}
    answer = as_("sam").post(f"/calls/{call.pk}/resolve", sent)

    call.refresh_from_db()
    assert answer.status_code == 400
    assert "I looked at the pull request.</textarea>" in answer.text
    assert call.state == "outcome_unknown"


def test_looking_resolves_nothing(call: Call) -> None:
    assert as_("sam").get(f"/calls/{call.pk}/resolve").status_code == 405


def test_the_service_itself_refuses_whoever_it_does_not_concern(call: Call) -> None:
    with pytest.raises(Denied) as denial:
        resolve_call(
            call.pk,
            by=User.objects.get(username="ana"),
            finding="happened",
            note="",
            now=timezone.now(),
        )

    assert denial.value.reason is Reason.NOT_FOUND


def test_a_call_whose_bytes_are_gone_still_has_its_page(call: Call) -> None:
    Call.objects.update(payload=None, state=Call.State.COMPLETED)

    page = as_("sam").get(f"/calls/{call.pk}/").text

    assert "The arguments were dropped" in page
    assert 'name="finding"' not in page


def test_an_approval_learns_of_its_latest_call(call: Call) -> None:
    known = executions([str(call.approval_id), "apr_other"])

    assert known[str(call.approval_id)].call_id == call.pk
    assert executions([]) == {}


@pytest.mark.parametrize(
    ("name", "roles", "is_listed"),
    [("sam", (), True), ("kim", ("admin",), True), ("olu", ("auditor",), False)],
)
def test_the_home_page_lists_what_waits_to_be_found_out(
    call: Call, name: str, roles: tuple[str, ...], is_listed: bool
) -> None:
    person(name, *roles)

    page = as_(name).get("/").text

    assert (f"/calls/{call.pk}/" in page) == is_listed


def test_what_was_found_out_waits_no_more(call: Call) -> None:
    sam = as_("sam")
    sam.post(f"/calls/{call.pk}/resolve", {"finding": "cannot_tell"})

    assert f"/calls/{call.pk}/" not in sam.get("/").text
