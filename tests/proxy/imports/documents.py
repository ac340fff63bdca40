"""Documents for tests of imports."""

import json
from typing import Any

import yaml

from governance.imports import Proposal
from proxy.imports.openapi import openapi_proposals

JSON_BODY = "application/json"

PETS = """\
openapi: 3.0.3
info: {title: Pets, version: "1"}
servers: [{url: "https://elsewhere.example"}]
paths:
  /pets/{petId}:
    parameters:
      - {name: petId, in: path, required: true, schema: {type: string}}
    get:
      operationId: showPetById
      summary: Show a pet
      parameters:
        - {name: verbose, in: query, schema: {type: boolean}}
        - {name: tags, in: query, schema: {type: array, items: {type: string}}}
        - {name: X-Trace, in: header, schema: {type: string}}
      responses: {200: {description: ok}}
    delete:
      operationId: deletePet
      responses: {204: {description: gone}}
    put:
      operationId: updatePet
      requestBody:
        required: true
        content:
          application/json:
            schema: {$ref: '#/components/schemas/Pet'}
      responses: {200: {description: ok}}
components:
  schemas:
    Pet:
      type: object
      required: [id, name]
      properties:
        id: {type: integer, readOnly: true}
        name: {type: string, nullable: true, example: rex}
        weight: {type: number, minimum: 0, exclusiveMinimum: true, format: double}
        owner: {$ref: '#/components/schemas/Owner'}
    Owner:
      type: object
      properties:
        name: {type: string, maxLength: 80}
"""


def pets(**operation: Any) -> dict[str, Any]:
    """Return the document of pets, with members of ``PUT`` replaced."""
    # Through JSON: the status codes of its answers are names.
    document: dict[str, Any] = json.loads(json.dumps(yaml.safe_load(PETS)))
    document["paths"]["/pets/{petId}"]["put"].update(operation)
    return document


def read(document: Any, **options: Any) -> dict[str, Proposal]:
    """Return the proposals of a document by operation."""
    raw = document if isinstance(document, bytes) else json.dumps(document).encode()
    usual: dict[str, Any] = {"backend": "pets", "names": {}, "taken": frozenset()}
    found = openapi_proposals(raw, **{**usual, **options})
    return {proposal.key: proposal for proposal in found}


def body(schema: Any, kind: str = JSON_BODY) -> dict[str, Any]:
    """Return the members of an operation whose body has this schema."""
    return {"requestBody": {"content": {kind: {"schema": schema}}}}
