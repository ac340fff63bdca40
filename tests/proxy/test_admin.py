"""The admin shows calls to the admins of their tenant, and changes nothing."""

import pytest
from django.test import Client

from approvals.models import Approval
from proxy.models import Call
from tests.approvals.asking import a_world
from tests.factories import TenantFactory, person
from tests.proxy.calls import unclear_call

pytestmark = pytest.mark.django_db
LIST = "/admin/proxy/call/"


@pytest.fixture
def approval() -> Approval:
    return a_world().ask()


@pytest.fixture
def sam(client: Client) -> Client:
    client.force_login(person("sam", "admin"))
    return client


def test_an_admin_sees_the_calls_of_her_tenant_alone(
    sam: Client, approval: Approval
) -> None:
    own = unclear_call(approval)
    other = unclear_call(approval, tenant=TenantFactory.create(slug="team-zeta"))

    listed = sam.get(LIST).content.decode()

    assert own.pk in listed
    assert other.pk not in listed
    assert sam.get(f"{LIST}{own.pk}/change/").status_code == 200
    assert sam.get(f"{LIST}{other.pk}/change/").status_code == 302


def test_a_call_is_found_by_what_a_log_names(sam: Client, approval: Approval) -> None:
    call = unclear_call(approval, request_id="req_5f0e1d")
    unclear_call(approval, request_id="req_another")

    found = sam.get(f"{LIST}?q=req_5f0e1d").context["cl"].queryset

    assert list(found) == [call]


@pytest.mark.parametrize("path", ["add/", "{pk}/change/", "{pk}/delete/"])
def test_nothing_can_be_posted(sam: Client, approval: Approval, path: str) -> None:
    call = unclear_call(approval)

    page = sam.post(f"{LIST}{path.format(pk=call.pk)}", {"state": "completed"})

    assert page.status_code == 403
    assert Call.objects.get().state == Call.State.OUTCOME_UNKNOWN
