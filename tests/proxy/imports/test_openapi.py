"""OpenAPI documents, ordinary and hostile, as drafts of routes."""

import json
from typing import Any

import pytest
from openapi_spec_validator import validate

from governance.imports import Proposal
from governance.mapping import mapping_problems
from governance.schema import schema_problems
from tests.proxy.imports.documents import PETS, body, pets, read


def put(**operation: Any) -> Proposal:
    """Return the proposal of ``PUT``, with members of the operation replaced."""
    return read(pets(**operation))["PUT /pets/{petId}"]


def test_the_example_is_an_openapi_document() -> None:
    validate(pets())


def test_an_operation_becomes_arguments_path_query_and_body() -> None:
    proposals = read(PETS.encode())

    shown, changed = proposals["GET /pets/{petId}"], proposals["PUT /pets/{petId}"]
    assert shown.tool == "pets.show_pet_by_id"
    assert shown.fields["title"] == "Show a pet"
    assert shown.fields["mapping"] == {
        "method": "GET",
        "path": "/pets/{pet_id}",
        "query": {"verbose": "{verbose}"},
    }
    assert changed.fields["mapping"]["body"] == {
        "name": "{name}",
        "weight": "{weight}",
        "owner": "{owner}",
    }
    schema = changed.fields["arguments_schema"]
    assert schema["required"] == ["pet_id", "name"]
    assert schema["properties"]["pet_id"] == {"type": "string", "maxLength": 200}
    assert schema["properties"]["name"] == {"type": ["string", "null"]}
    assert schema["properties"]["weight"] == {"type": "number", "exclusiveMinimum": 0}
    assert "id" not in schema["properties"]  # read only
    for proposal in proposals.values():
        fields = proposal.fields
        assert schema_problems(fields["arguments_schema"]) == []
        assert mapping_problems(fields["mapping"], fields["arguments_schema"]) == []


def test_every_draft_asks_a_person_and_deleting_is_privileged() -> None:
    proposals = read(pets())

    risks = {key.split()[0]: p.fields["risk"] for key, p in proposals.items()}
    assert risks == {"GET": "write", "PUT": "write", "DELETE": "privileged"}
    assert {p.fields["approval_rule"] for p in proposals.values()} == {"required"}


def test_servers_and_security_choose_nothing() -> None:
    document = pets(security=[{"key": []}], servers=[{"url": "https://evil.example"}])
    document["components"]["securitySchemes"] = {
        "key": {"type": "apiKey", "in": "header", "name": "X-Key"}
    }

    said = json.dumps([p.fields for p in read(document).values()])

    assert "evil.example" not in said
    assert "elsewhere.example" not in said
    assert "X-Key" not in said


@pytest.mark.parametrize(
    ("operation", "field", "told"),
    [
        (
            {"parameters": [{"name": "X-Team", "in": "header", "required": True}]},
            "mapping",
            "needs the header “X-Team”",
        ),
        (
            {"parameters": [{"name": "sid", "in": "cookie", "required": True}]},
            "mapping",
            "needs the cookie “sid”",
        ),
        (body({"type": "string"}, "text/csv"), "mapping", "Sealwright sends JSON only"),
        (body({"type": "object"}), "arguments_schema", "may hold any member"),
        (
            body({"properties": {"a": {}}, "additionalProperties": True}),
            "arguments_schema",
            "may hold any member",
        ),
        (body({"oneOf": [{"type": "object"}]}), "arguments_schema", "no plain list"),
        (
            body({"properties": {"pet_id": {"type": "string"}}}),
            "arguments_schema",
            "Two inputs would be the argument “pet_id”",
        ),
        (
            {"parameters": [{"name": "q", "in": "query", "required": True}]},
            "mapping",
            "The query needs “q”",
        ),
        ({"summary": "Read\u202eme"}, "title", "hidden characters"),
        (body({"$ref": "#/components/schemas/None"}), "", "leads to nothing"),
        (body({"$ref": "other.yaml#/Pet"}), "", "Nothing is fetched"),
        (body({"$ref": "https://evil.example/pet.json"}), "", "Nothing is fetched"),
        (
            body({"properties": {"a": {"$ref": "//evil.example"}}}),
            "",
            "Nothing is fetched",
        ),
        ({"parameters": ["odd"]}, "", "not an object"),
    ],
)
def test_what_cannot_be_imported_is_said_at_its_field(
    operation: dict[str, Any], field: str, told: str
) -> None:
    proposal = put(**operation)

    assert any(told in sentence for sentence in proposal.problems[field])


def test_what_is_optional_and_cannot_be_filled_is_left_out_with_a_note() -> None:
    notes = read(pets())["GET /pets/{petId}"].notes

    assert any("“tags”" in note for note in notes)
    assert any("X-Trace" in note for note in notes)


def test_members_of_all_parts_are_put_together() -> None:
    parts = [
        {"$ref": "#/components/schemas/Owner"},
        {"type": "object", "properties": {"age": {"type": "integer"}}},
    ]

    proposal = put(**body({"allOf": parts}))

    assert proposal.fields["mapping"]["body"] == {"name": "{name}", "age": "{age}"}


def test_a_list_as_body_is_one_argument() -> None:
    proposal = put(**body({"type": "array", "items": {"type": "string"}}))

    assert proposal.fields["mapping"]["body"] == "{body}"
    assert proposal.problems == {}


def test_a_schema_that_names_itself_ends_and_is_told() -> None:
    document = pets()
    owner = document["components"]["schemas"]["Owner"]
    owner["properties"]["friend"] = {"$ref": "#/components/schemas/Owner"}

    notes = read(document)["PUT /pets/{petId}"].notes

    assert any("leads back to itself" in note for note in notes)


def test_the_digest_is_of_the_request_and_of_what_it_refers_to() -> None:
    before = put()
    document = pets()
    document["components"]["schemas"]["Owner"]["properties"]["name"]["maxLength"] = 9

    referred = read(document)["PUT /pets/{petId}"]
    answered = put(responses={"200": {"description": "other"}}, tags=["x"])

    assert referred.digest != before.digest
    assert answered.digest == before.digest


def test_names_are_kept_and_never_taken_twice() -> None:
    key = "PUT /pets/{petId}"

    kept = read(pets(), names={key: "pets.mine"})[key]
    clashing = read(pets(), taken=frozenset({"pets_update_pet"}))[key]
    unnamed = put(operationId=None)

    assert kept.tool == "pets.mine"
    assert clashing.tool.startswith("pets.update_pet_")
    assert unnamed.tool == "pets.put_pets_pet_id"


def test_numbers_that_json_cannot_hold_exactly_bind_nothing() -> None:
    huge = {"type": "integer", "maximum": 2**63 - 1, "example": 10**30}

    proposal = put(**body({"properties": {"n": huge}}))

    assert proposal.fields["arguments_schema"]["properties"]["n"] == {"type": "integer"}
    assert proposal.problems == {}
