"""A pasted command in the admin: its lane, its draft, and its secret nowhere else."""

import json

import pytest
from django.test import Client
from django.urls import reverse

from audit.models import Record
from governance.models import Backend, CredentialLane, ImportedDraft, RouteVersion
from governance.services import replace_secret
from tests.factories import (
    NOW,
    BackendFactory,
    CredentialLaneFactory,
    ToolsetFactory,
    person,
)
from tests.governance.admin_pages import page
from tests.governance.test_admin_imports import COMMENT, SECRET, paste

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    client = Client()
    client.force_login(person("sam", "admin"))
    return client


def test_a_command_becomes_backend_lane_and_a_draft_that_can_be_published(
    client: Client,
) -> None:
    response = paste(client, toolset=ToolsetFactory.create().pk)

    draft = RouteVersion.objects.select_related("route", "backend", "lane").get()
    assert response.redirect_chain[-1][0] == page(draft)
    assert draft.backend.base_url == "http://127.0.0.1:9"
    assert draft.lane.placement == {"in": "authorization", "scheme": "Bearer"}
    assert draft.lane.secret_version == 1
    assert draft.mapping == {
        "method": "POST",
        "path": "/repos/acme/payments-api/issues/{issue}/comments",
        "body": {"body": "{body}"},
    }
    assert draft.scope_template == "issue:{issue}"
    client.post(page(draft, "do", "publish"))
    draft.route.refresh_from_db()
    assert draft.route.published == draft
    assert draft.route.entries.count() == 1
    assert {*Record.objects.values_list("event", flat=True)} >= {
        *("backend.created", "lane.created", "lane.secret_replaced"),
        *("route.imported", "route.created", "route.drafted", "route.published"),
    }


def test_the_draft_of_a_command_can_be_tried_at_once(client: Client) -> None:
    paste(client)
    draft = RouteVersion.objects.get()

    tried = client.post(
        reverse("admin:governance_route_try", args=[draft.route_id]),
        {"version": draft.pk, "args": '{"issue": 7, "body": "hello"}'},
    )

    trial = tried.context["trial"]
    assert trial.scope == "issue:7"
    assert trial.request.url.endswith("/issues/7/comments")
    assert trial.request.body == '{"body":"hello"}'


def test_a_command_to_a_known_origin_makes_no_double(client: Client) -> None:
    backend = BackendFactory.create(base_url="http://127.0.0.1:9/repos/")
    paste(client)
    again = COMMENT.replace("comments", "labels")

    paste(client, again)

    assert Backend.objects.get() == backend
    assert CredentialLane.objects.count() == 1
    paths = [version.mapping["path"] for version in RouteVersion.objects.order_by("pk")]
    assert paths == [
        "/acme/payments-api/issues/{issue}/comments",
        "/acme/payments-api/issues/{issue}/labels",
    ]


def test_a_lane_is_shared_only_for_the_very_credential(client: Client) -> None:
    lane = CredentialLaneFactory.create(
        kind="static", placement={"in": "authorization", "scheme": "Bearer"}
    )
    replace_secret(lane, "another-secret-of-theirs", by=None, now=NOW)

    paste(client)

    assert RouteVersion.objects.get().lane != lane


def test_without_group_a_read_asks_nobody_and_a_write_waits_to_be_completed(
    client: Client,
) -> None:
    paste(client, "curl http://127.0.0.1:9/things/7", group="", justification="")
    written = paste(client, "curl -X PUT http://127.0.0.1:9/things/7", group="")

    read = RouteVersion.objects.get()
    assert (read.risk, read.approval_rule) == ("read", "not_required")
    draft = ImportedDraft.objects.get(key="PUT /things/{thing}")
    complete = reverse("admin:governance_importeddraft_complete", args=[draft.pk])
    assert written.redirect_chain[-1][0] == complete
    assert "which group approves" in str([*written.context["messages"]][-1])


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("curl -F a=@b http://127.0.0.1:9/", "a file of your machine"),
        (f"curl http://sam:{SECRET}@127.0.0.1:9/", "Leave out user and password"),
        (f"curl http://127.0.0.1:9/ -b 'sid={SECRET}'", "Cookies"),
        (f"curl 'http://127.0.0.1:9/?token={SECRET}'", "holds a credential"),
        (f"curl --nope {SECRET}", "--nope is not understood"),
        (f"curl 'http://127.0.0.1:9/ -H 'X: {SECRET}'", "A quote is opened"),
        (f"curl http://127.0.0.1:9/ -H 'Authorization: Bearer {SECRET}é'", "ASCII"),
    ],
)
def test_what_is_refused_is_told_and_the_command_never_shown_again(
    client: Client, command: str, told: str
) -> None:
    response = paste(client, command)

    text = response.content.decode()
    assert told in json.dumps(response.context["form"].errors, ensure_ascii=False)
    assert SECRET not in text
    assert "curl " not in response.context["form"]["command"].as_widget()
    assert not ImportedDraft.objects.exists()
    assert not CredentialLane.objects.exists()


def test_a_secret_of_a_wrong_length_is_told_at_the_command(client: Client) -> None:
    response = paste(client, "curl http://127.0.0.1:9/ -H 'Authorization: Bearer x'")

    (told,) = response.context["form"].errors["command"]
    assert told.startswith("A secret has ")
    assert not response.context["form"].non_field_errors()


def test_what_concerns_no_field_of_the_page_is_told_at_its_top(client: Client) -> None:
    response = paste(
        client, f"curl http://10.9.9.9/ -H 'Authorization: Bearer {SECRET}'"
    )

    assert "base url: " in str(response.context["form"].non_field_errors())


def test_a_pasted_secret_is_on_no_page_and_in_no_record(client: Client) -> None:
    pages = [paste(client)]
    draft = ImportedDraft.objects.get()
    version = RouteVersion.objects.get()
    complete = reverse("admin:governance_importeddraft_complete", args=[draft.pk])
    shown = (page(draft), page(version), page(version.lane), complete)
    pages += [client.get(address) for address in shown]

    assert all(SECRET not in each.content.decode() for each in pages)
    said = json.dumps([*Record.objects.values()], default=str)
    assert SECRET not in said
    assert SECRET not in json.dumps([draft.definition, draft.fields, draft.notes])
