"""What an upstream MCP server is asked, out of validated arguments."""

from typing import Any

import pytest

from governance.arguments import JSON
from governance.mapping import (
    MappedToolCall,
    MappingInvalid,
    McpMapping,
    header_text,
    mapping_problems,
)

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "queue": {"type": "string"},
        "text": {"type": "string"},
        "limit": {"type": "integer"},
    },
    "required": ["queue"],
    "additionalProperties": False,
}
ARGS: dict[str, JSON] = {"queue": "ops", "limit": 5}


def rendered(settings: Any, args: dict[str, JSON]) -> MappedToolCall:
    return McpMapping.parse(settings).render(args, call_id="cal_1")


def test_without_a_map_all_arguments_go_on_as_they_are() -> None:
    call = rendered({"tool": "Search-Tickets"}, ARGS)

    assert call == MappedToolCall("Search-Tickets", ARGS, "cal_1")
    assert mapping_problems({"tool": "x"}, SCHEMA, kind="mcp") == []


def test_a_map_renames_fills_text_and_keeps_types() -> None:
    settings = {
        "tool": "search",
        "arguments": {"q": "in {queue}", "max": "{limit}", "deep": {"a": ["{queue}"]}},
    }

    call = rendered(settings, ARGS)

    assert call.arguments == {"q": "in ops", "max": 5, "deep": {"a": ["ops"]}}


def test_a_member_that_is_one_optional_argument_is_left_out_with_it() -> None:
    settings = {"tool": "search", "arguments": {"q": "{text}", "queue": "{queue}"}}

    assert mapping_problems(settings, SCHEMA, kind="mcp") == []
    assert rendered(settings, ARGS).arguments == {"queue": "ops"}
    given = rendered(settings, {**ARGS, "text": "{queue}"})
    assert given.arguments == {"q": "{queue}", "queue": "ops"}


PROBLEMS: list[tuple[Any, str]] = [
    ([], "JSON object"),
    ({}, "`tool`"),
    ({"tool": ""}, "`tool`"),
    ({"tool": "x" * 257}, "`tool`"),
    ({"tool": "a\nb"}, "`tool`"),
    ({"tool": "x", "method": "POST"}, "`method`"),
    ({"tool": "x", "pin": "sha256:1"}, "`pin`"),
    ({"tool": "x", "arguments": ["{queue}"]}, "`arguments`"),
    ({"tool": "x", "arguments": {"a": "{nobody}"}}, "{nobody}"),
    ({"tool": "x", "arguments": {"a": "q {text}"}}, "{text}"),
    ({"tool": "x", "arguments": {"a": ["{text}"]}}, "{text}"),
    ({"tool": "x", "arguments": {"a": {"{queue}": 1}}}, "names"),
    ({"catalogue": True, "tool": "x"}, "`catalogue`"),
]


@pytest.mark.parametrize(("settings", "said"), PROBLEMS)
def test_what_can_not_be_sent_is_not_saved(settings: Any, said: str) -> None:
    [problem] = mapping_problems(settings, SCHEMA, kind="mcp")

    assert said in problem


def test_a_mapping_of_the_other_kind_is_none() -> None:
    http = {"method": "GET", "path": "/x"}

    assert mapping_problems(http, SCHEMA, kind="mcp")
    assert mapping_problems({"tool": "x"}, SCHEMA, kind="http")
    with pytest.raises(MappingInvalid):
        McpMapping.parse(http)


def test_the_catalogue_is_asked_for_with_no_arguments() -> None:
    call = rendered({"catalogue": True}, {})

    assert (call.tool, call.arguments) == ("", {})


def test_headers_come_of_the_pinned_schema_and_what_is_sent() -> None:
    region = {"type": "string", "x-mcp-header": "Region"}
    pinned = {
        "properties": {
            "region": region,
            "where": {"properties": {"zone": {"x-mcp-header": "Zone"}}},
            "evil": {"x-mcp-header": "a: b"},
            "absent": {"x-mcp-header": "Absent"},
            "list": {"x-mcp-header": "List"},
        }
    }
    settings = {"tool": "x", "pin": {"definition": {"inputSchema": pinned}}}
    args: dict[str, JSON] = {"region": "Zürich", "where": {"zone": 7}, "list": [1]}

    call = rendered(settings, {**args, "evil": "x"})

    assert call.params == (
        ("Mcp-Param-Region", "=?base64?WsO8cmljaA==?="),
        ("Mcp-Param-Zone", "7"),
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("create_issue", "create_issue"),
        ("two words", "two words"),
        (" edge", "=?base64?IGVkZ2U=?="),
        ("a\r\nb", "=?base64?YQ0KYg==?="),
        ("=?base64?x?=", "=?base64?PT9iYXNlNjQ/eD89?="),
        ("", "=?base64??="),
        (True, "true"),
        (12, "12"),
    ],
)
def test_a_header_is_plain_where_it_can_be(value: Any, text: str) -> None:
    assert header_text(value) == text
