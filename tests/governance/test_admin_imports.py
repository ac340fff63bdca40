"""Imports in the admin: a document, a command, and drafts that become routes."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from audit.models import Record
from governance.models import (
    ApproverGroup,
    ImportedDraft,
    Route,
    RouteVersion,
    Tenant,
)
from tests.factories import (
    ApproverGroupFactory,
    BackendFactory,
    CredentialLaneFactory,
    TenantFactory,
    person,
    reviewers,
)
from tests.governance.admin_pages import page
from tests.proxy.imports.documents import PETS

pytestmark = pytest.mark.django_db

SECRET = "pasted-CANARY-91c0ffee77"
COMMENT = (
    "curl -L -X POST http://127.0.0.1:9/repos/acme/payments-api/issues/184/comments"
    f" \\\n  -H 'Authorization: Bearer {SECRET}' \\\n"
    """  -d '{"body": "LGTM"}'"""
)
CURL = reverse("admin:governance_importeddraft_curl")
OPENAPI = reverse("admin:governance_importeddraft_openapi")


@pytest.fixture
def client() -> Client:
    client = Client()
    client.force_login(person("sam", "admin"))
    return client


def the_group() -> ApproverGroup:
    return ApproverGroup.objects.first() or reviewers("ana")


def paste(client: Client, command: str = COMMENT, **more: Any) -> Any:
    form = {
        "tenant": TenantFactory.create().pk,
        "command": command,
        "group": the_group().pk,
        "justification": "The remote knows shared tokens only.",
        "allowed_cidrs": "127.0.0.0/8",
        **more,
    }
    return client.post(CURL, form, follow=True)


def upload(client: Client, text: str = PETS, **more: Any) -> Any:
    document = SimpleUploadedFile("pets.yaml", text.encode())
    form = {"backend": BackendFactory.create().pk, "document": document, **more}
    return client.post(OPENAPI, form, follow=True)


def filled(response: Any, **change: Any) -> dict[str, Any]:
    """Return what the form of a page would send back, with changes."""
    form = response.context["form"]
    shown = {
        name: field.prepare_value(form[name].value())
        for name, field in form.fields.items()
        if not field.disabled
    }
    kept = {n: v for n, v in shown.items() if v not in (None, False)}
    return {**kept, **change}


def test_an_uploaded_document_becomes_a_draft_of_each_operation(
    client: Client,
) -> None:
    response = upload(client)

    drafts = {draft.key: draft for draft in ImportedDraft.objects.all()}
    assert sorted(drafts) == [
        "DELETE /pets/{petId}",
        "GET /pets/{petId}",
        "PUT /pets/{petId}",
    ]
    assert "3 differences" in str(next(iter(response.context["messages"])))
    assert not Route.objects.exists()
    assert Record.objects.get().event == "route.imported"


def test_a_draft_is_completed_and_published(client: Client) -> None:
    upload(client)
    draft = ImportedDraft.objects.get(key="PUT /pets/{petId}")
    complete = reverse("admin:governance_importeddraft_complete", args=[draft.pk])
    form = filled(
        client.get(complete),
        lane=CredentialLaneFactory.create().pk,
        group=the_group().pk,
        scope_template="pet:{pet_id}",
        summary_template="Change pet {pet_id}",
    )

    response = client.post(complete, form)

    version = RouteVersion.objects.select_related("route").get()
    assert response["Location"] == page(version)
    assert version.route.tool == "github-api.update_pet"
    client.post(page(version, "do", "publish"))
    version.refresh_from_db()
    assert version.state == "published"
    draft.refresh_from_db()
    assert draft.state == "completed"


def test_what_an_import_could_not_do_stands_next_to_its_field_until_it_is_changed(
    client: Client,
) -> None:
    upload(client, PETS.replace("application/json", "application/xml"))
    draft = ImportedDraft.objects.get(key="PUT /pets/{petId}")
    assert draft.state == "cannot be published yet"
    complete = reverse("admin:governance_importeddraft_complete", args=[draft.pk])
    shown = client.get(complete)
    form = filled(
        shown,
        lane=CredentialLaneFactory.create().pk,
        group=the_group().pk,
        scope_template="pet:{pet_id}",
        summary_template="Change pet {pet_id}",
    )

    refused = client.post(complete, form)
    mapping = {**json.loads(form["mapping"]), "body": {"fixed": 1}}
    taken = client.post(complete, {**form, "mapping": json.dumps(mapping)})

    problems = {field.name: said for field, said in shown.context["fields"]}
    assert "Sealwright sends JSON only" in problems["mapping"][0]
    assert "sends JSON only" in refused.context["form"].errors["mapping"][0]
    assert taken.status_code == 302


def test_importing_again_shows_what_changed_and_keeps_what_was_decided(
    client: Client,
) -> None:
    upload(client)
    draft = ImportedDraft.objects.get(key="PUT /pets/{petId}")
    complete = reverse("admin:governance_importeddraft_complete", args=[draft.pk])
    form = filled(
        client.get(complete),
        lane=CredentialLaneFactory.create().pk,
        group=the_group().pk,
        scope_template="pet:{pet_id}",
        summary_template="Change pet {pet_id}",
    )
    client.post(complete, form)

    same = upload(client)
    upload(client, PETS.replace("maxLength: 80", "maxLength: 90"))
    less = upload(
        client, PETS.replace("maxLength: 80", "maxLength: 90").replace("get:", "x:")
    )

    assert "0 differences, 3 as they were" in str([*same.context["messages"]][-1])
    assert "1 difference, " in str([*less.context["messages"]][-1])
    draft.refresh_from_db()
    assert draft.state == "changed"
    assert draft.changed == [
        "/parts/#~1components~1schemas~1Owner/properties/name/maxLength"
    ]
    again = client.get(complete).context["form"]
    assert again["scope_template"].value() == "pet:{pet_id}"
    assert "90" in json.dumps(again["arguments_schema"].value())
    assert ImportedDraft.objects.get(key="GET /pets/{petId}").state == "gone"


@pytest.mark.parametrize(
    "text", ["swagger: '2.0'", "{", "a: &a [*a]", "openapi: 3.1.0"]
)
def test_what_is_no_document_is_refused_with_a_sentence(
    client: Client, text: str
) -> None:
    response = upload(client, text)

    assert response.context["form"].errors["document"]
    assert not ImportedDraft.objects.exists()


def test_another_tenants_rows_are_neither_offered_nor_taken() -> None:
    zeta = TenantFactory.create(slug="team-zeta")
    zoe = Client()
    zoe.force_login(person("zoe", "admin", tenant=zeta))
    acme: Tenant = TenantFactory.create()
    backend = BackendFactory.create()

    pasted = paste(zoe, tenant=acme.pk, group=ApproverGroupFactory.create().pk)
    uploaded = upload(zoe, backend=backend.pk)

    assert pasted.context["form"].errors["tenant"]
    assert uploaded.context["form"].errors["backend"]
    assert not ImportedDraft.objects.exists()
    sam = Client()
    sam.force_login(person("sam", "admin"))
    upload(sam)
    draft = ImportedDraft.objects.first()
    assert draft is not None
    complete = reverse("admin:governance_importeddraft_complete", args=[draft.pk])
    assert zoe.get(complete).status_code == 404


def test_who_administers_nothing_gets_no_page() -> None:
    olu = Client()
    user = person("olu", "auditor")
    user.is_staff = True
    user.save()
    olu.force_login(user)

    assert olu.get(CURL).status_code in (302, 404)
    assert olu.get(OPENAPI).status_code in (302, 404)
