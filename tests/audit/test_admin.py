"""The admin shows evidence to whoever may audit it, and changes nothing."""

import pytest
from django.test import Client

from audit.models import Record
from tests.audit.conftest import SignedIn
from tests.audit.evidence import CALL_ID, write
from tests.audit.reading import OTHER, text_of
from tests.factories import UserFactory, person

pytestmark = pytest.mark.django_db
LIST = "/admin/audit/record/"


@pytest.fixture
def sam(signed_in: SignedIn) -> Client:
    """Sam, the admin of team-acme."""
    return signed_in(person("sam", "admin"))


def test_an_admin_sees_the_records_of_her_tenant_alone(sam: Client) -> None:
    own, other = write("call.allowed"), write("call.allowed", OTHER)

    assert "github.comment_pr" in text_of(sam.get(LIST))
    assert "team-zeta" not in text_of(sam.get(LIST))
    assert CALL_ID in text_of(sam.get(f"{LIST}{own}/change/"))
    assert sam.get(f"{LIST}{other}/change/").status_code == 302


def test_records_are_found_by_id(sam: Client) -> None:
    write("call.allowed")

    assert "github.comment_pr" in text_of(sam.get(f"{LIST}?q={CALL_ID}"))
    assert "github.comment_pr" not in text_of(sam.get(f"{LIST}?q=cal_none"))


@pytest.mark.parametrize("path", ["add/", "{pk}/change/", "{pk}/delete/"])
def test_nothing_can_be_posted(signed_in: SignedIn, path: str) -> None:
    record_id = write("call.allowed")
    operator = signed_in(UserFactory.create(is_superuser=True, is_staff=True))

    page = operator.post(f"{LIST}{path.format(pk=record_id)}", {"tool": "x"})

    assert page.status_code == 403
    assert Record.objects.get().tool == "github.comment_pr"


def test_the_bulk_action_that_deletes_is_not_offered(sam: Client) -> None:
    record_id = write("call.allowed")
    asked = {"action": "delete_selected", "_selected_action": record_id, "post": "yes"}

    sam.post(LIST, asked)

    assert Record.objects.filter(pk=record_id).exists()


def test_an_approver_finds_no_records_in_the_admin(signed_in: SignedIn) -> None:
    zoe = person("zoe", "approver")
    zoe.is_staff = True
    zoe.save()

    assert signed_in(zoe).get(LIST).status_code == 403
