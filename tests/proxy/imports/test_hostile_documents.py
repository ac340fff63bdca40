"""Documents that are made to hang, to crash or to mislead whoever imports them."""

import contextlib
import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.imports import SourceRefused
from proxy.imports.schemas import MAX_LEVELS, MAX_VISITS, Schemas, Unreadable
from tests.proxy.imports.documents import body, pets, read

WEIRD: list[Any] = [
    None, True, 0, -1, 1.5, 10**30, "", "x", "\u202e", [], ["x"], [{}], {},
    {"a": 1}, {"$ref": "#/components/schemas/Pet"}, {"$ref": 1}, {"type": ["string"]},
    [["null"], {"type": {}}], "#/components/schemas/Pet", {"schema": {"type": []}},
]  # fmt: skip


def schema(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def with_schemas(used: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    """Return a document of one operation, whose body is ``used``."""
    return {
        "openapi": "3.1.0",
        "paths": {"/x": {"post": body(used)}},
        "components": {"schemas": schemas},
    }


def places(part: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    members = part.items() if isinstance(part, dict) else enumerate(part)
    for name, below in members:
        yield (*at, name)
        if isinstance(below, dict | list):
            yield from places(below, (*at, name))


def put(document: Any, way: tuple[Any, ...], value: Any) -> None:
    """Put a value at a place, unless what led there is gone."""
    *steps, last = way
    with contextlib.suppress(KeyError, IndexError, TypeError):
        for step in steps:
            document = document[step]
        document[last] = copy.deepcopy(value)


PLACES = list(places(pets()))


@given(st.lists(st.tuples(st.sampled_from(PLACES), st.sampled_from(WEIRD)), max_size=3))
def test_whatever_stands_in_a_document_it_is_read_or_refused(
    changes: list[tuple[tuple[Any, ...], Any]],
) -> None:
    document = copy.deepcopy(pets())
    for way, value in changes:
        put(document, way, value)

    try:
        found = read(document)
    except SourceRefused:
        return

    for proposal in found.values():
        json.dumps(dict(proposal.fields), allow_nan=False)  # it can be stored


def test_parts_that_unfold_without_end_are_given_up() -> None:
    bomb = with_schemas(schema("A"), {"A": {"allOf": [schema("A")] * 50}})

    proposal = read(bomb)["POST /x"]

    assert proposal.problems[""] == ["The operation refers to too much."]
    assert proposal.fields["mapping"] == {"method": "POST", "path": "/"}


def test_a_long_chain_of_references_is_given_up() -> None:
    links = {
        f"A{number}": {"type": "object", "properties": {"x": schema(f"A{number + 1}")}}
        for number in range(3000)
    }
    chain = with_schemas(schema("A0"), {**links, "A3000": {"type": "string"}})

    problems = read(chain)["POST /x"].problems[""]

    assert "Its schemas lead on to one another too deep." in problems


def test_a_schema_that_is_refused_leaves_no_depth_behind() -> None:
    schemas = Schemas({}, is_old=False)

    for _ in range(MAX_LEVELS + 1):
        with pytest.raises(Unreadable, match="is not an object"):
            schemas.convert({"items": {"items": 7}})

    assert schemas.convert({"type": "string"}) == {"type": "string"}


def test_what_all_operations_refer_to_is_not_unfolded_for_each_without_end() -> None:
    members = {f"p{number}": {"type": "string"} for number in range(MAX_VISITS // 8)}
    document = with_schemas(schema("A"), {"A": {"properties": members}})
    operation = document["paths"]["/x"]
    document["paths"] = {f"/{number}": operation for number in range(500)}

    with pytest.raises(SourceRefused, match="Import it in parts"):
        read(document)


def test_an_operation_that_is_too_large_keeps_nothing_of_it() -> None:
    huge = {"enum": [f"{number:040}" for number in range(5000)]}

    proposal = read(with_schemas({"properties": {"x": huge}}, {}))["POST /x"]

    assert "more than 128 KiB" in proposal.problems[""][0]
    assert len(json.dumps(dict(proposal.fields))) < 500


def test_two_schemas_whose_names_become_one_stay_two() -> None:
    two = {"properties": {"x": schema("A B"), "y": schema("A_B")}}
    schemas = {"A B": {"type": "integer"}, "A_B": {"type": "string", "maxLength": 1}}

    fields = read(with_schemas(two, schemas))["POST /x"].fields

    arguments = fields["arguments_schema"]
    meant = {
        name: arguments["$defs"][each["$ref"].rpartition("/")[2]]
        for name, each in arguments["properties"].items()
    }
    assert meant == {"x": schemas["A B"], "y": schemas["A_B"]}


def test_a_parameter_that_may_be_null_is_one_that_may_be_left_out() -> None:
    query = {
        "name": "size",
        "in": "query",
        "schema": {"type": "integer", "nullable": True, "enum": [1, None]},
    }

    fields = read(pets(parameters=[query]))["PUT /pets/{petId}"].fields

    assert fields["mapping"]["query"] == {"size": "{size}"}
    size = fields["arguments_schema"]["properties"]["size"]
    assert size == {"type": "integer", "enum": [1]}


DEEP = '{"openapi":"3.1.0","a":' + "[" * 100 + "]" * 100 + "}"


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"\xff", "UTF-8"),
        (b"[]", "not an object"),
        (b"{", "not JSON"),
        (b'{"a":1,"a":2}', "twice"),
        (b'{"a":NaN}', "NaN"),
        (b'{"a":' + b"9" * 5000 + b"}", "too long"),
        (DEEP.encode(), "deeper"),
        (("[" * 100_000).encode(), "deeper"),
        (("{" * 3 + '"a":' * 100_000).encode(), "not JSON"),
        (b'{"openapi":"3.1.0","a":"\\u0000"}', "NUL"),
        (b'{"openapi":"3.1.0","a":"\\ud800"}', "surrogate"),
        (b'{"openapi":"3.1.0","paths":{}}', "no operation"),
        (b'{"openapi":"3.2.0"}', "3.0 and 3.1"),
        (b"swagger: '2.0'", "3.0 and 3.1"),
        (b"a: &x 1\nb: *x", "aliases"),
        (b"a: 1\na: 2", "twice"),
        (b"a: !!python/object:os.system x", "tags"),
        (b"a: !!map [b]", "tags"),
        (b"a: !!timestamp b", "tags"),
        (b"a: !!int ''", "tags"),
        (b"a: !!float .nan", "tags"),
        (b"a: ! b", "tags"),
        (b'{"openapi":"3.1.0","a":1e400}', "too large"),
        (b"a: 1.0e999", "too large"),
        (b'{"openapi":"3.1.0","paths":{"/a\\u001b[2J":{}}}', "U.001B"),
        (b"? [a]\n: 1", "names are text"),
        (b"{" + b" " * 9_000_000, "more than"),
        (b"a: " + b"x" * 3_000_000, "more than"),
        (
            b'{"openapi":"3.1.0","paths":{"/a":{"$ref":"https://evil.example"}}}',
            "Nothing is fetched",
        ),
    ],
)
def test_a_hostile_document_is_refused_with_a_sentence(raw: bytes, told: str) -> None:
    with pytest.raises(SourceRefused, match=told):
        read(raw)


def test_too_many_operations_are_refused() -> None:
    paths: dict[str, Any] = {f"/{number}": {"get": {}} for number in range(2001)}

    with pytest.raises(SourceRefused, match="more than 2000"):
        read({"openapi": "3.1.0", "paths": paths})
