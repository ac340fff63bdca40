"""A document refers to the network, hoping that Sealwright fetches what it names."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from governance.models import ImportedDraft
from tests.factories import BackendFactory
from tests.stage import Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

UPLOAD = reverse("admin:governance_importeddraft_openapi")
BODY = """\
openapi: 3.1.0
paths:
  /pets:
    post:
      requestBody:
        content:
          application/json:
            schema: {{$ref: '{reference}'}}
"""
PARAMETER = """\
openapi: 3.1.0
paths:
  /pets:
    post: {{parameters: [{{$ref: '{reference}'}}]}}
"""
PATH = """\
openapi: 3.1.0
servers: [{{url: '{reference}'}}]
externalDocs: {{url: '{reference}'}}
paths:
  /pets: {{$ref: '{reference}'}}
"""
SCHEMA = """\
openapi: 3.1.0
jsonSchemaDialect: '{reference}'
paths:
  /pets:
    post:
      requestBody:
        content:
          application/json:
            schema:
              $schema: '{reference}'
              $id: '{reference}'
              type: object
              properties: {{a: {{$dynamicRef: '{reference}', $ref: '{reference}'}}}}
"""


@pytest.mark.parametrize("document", [BODY, PARAMETER, PATH, SCHEMA])
@pytest.mark.parametrize("form", ["{url}/pet.json", "file:///etc/passwd", "//{host}/x"])
def test_nothing_that_a_document_names_is_fetched(
    stage: Stage, document: str, form: str
) -> None:
    url = stage.remote.url
    reference = form.format(url=url, host=url.removeprefix("http://"))
    sam = Client()
    sam.force_login(stage.sam)
    connections = stage.remote.connections

    text = document.format(reference=reference).encode()
    response: Any = sam.post(
        UPLOAD,
        {
            "backend": BackendFactory.create().pk,
            "document": SimpleUploadedFile("a.yaml", text),
        },
        follow=True,
    )

    assert stage.sent() == 0
    assert stage.remote.connections == connections
    drafts = list(ImportedDraft.objects.all())
    said = [draft.problems.get("", [""])[0] for draft in drafts] or [
        str(response.context["form"].errors)
    ]
    assert all("Nothing is fetched" in each for each in said)
