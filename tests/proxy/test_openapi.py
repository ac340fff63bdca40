"""The OpenAPI document is valid, and the door answers as it says."""

from typing import Any

import jsonschema_rs
import pytest
from openapi_spec_validator import validate

from proxy.rest.document import document
from tests.stage import COMMENT, READ, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


def shape(path: str, method: str, status: int) -> Any:
    answers = document()["paths"][path][method]["responses"]
    [content] = answers[str(status)]["content"].values()
    return content["schema"]


def test_the_document_is_valid_openapi_and_names_every_operation() -> None:
    validate(document())

    operations = {
        operation["operationId"]
        for methods in document()["paths"].values()
        for operation in methods.values()
    }
    assert operations == {
        "listTools",
        "callTool",
        "getCall",
        "mintClaim",
        "getApproval",
        "cancelApproval",
        "openSession",
        "getSession",
        "endSession",
        "changeContext",
    }


def test_real_answers_have_the_shapes_of_the_document(stage: Stage) -> None:
    read = {"tool": "github.read_pr", "args": READ}
    write = {"tool": "github.comment_pr", "args": COMMENT}
    waits = stage.post(write)
    stage.approve()
    ran = stage.post(read, **{"Idempotency-Key": "k"})
    seen = [
        ("/v1/tools", "get", stage.get("tools")),
        ("/v1/calls", "post", ran),
        ("/v1/calls", "post", waits),
        ("/v1/calls", "post", stage.post({**write, "mode": "explain"})),
        ("/v1/calls", "post", stage.post({"tool": "no.such"})),
        ("/v1/calls", "post", stage.post({**read, "args": {}})),
        ("/v1/calls/{call_id}", "get", stage.get(f"calls/{ran.json()['call_id']}")),
        ("/v1/claims", "post", stage.post(read, "claims")),
        (
            "/v1/approvals/{approval_id}",
            "get",
            stage.get(f"approvals/{stage.pending().pk}"),
        ),
        ("/v1/sessions", "post", stage.post({}, "sessions")),
    ]

    for path, method, answer in seen:
        schema = shape(path, method, answer.status_code)
        jsonschema_rs.Draft202012Validator(schema).validate(answer.json())
