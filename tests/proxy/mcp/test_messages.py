"""Forms, notifications, names, and the frame of an answer, row by row."""

import base64
from typing import Any, Final

import pytest
from mcp_types.methods import CLIENT_REQUESTS

from governance.decision import Reason
from proxy.mcp.message import (
    HEADER_MISMATCH,
    INTERNAL_ERROR,
    INVALID_PARAMS,
    INVALID_REQUEST,
    LEGACY,
    METHOD_NOT_FOUND,
    MISSING_CAPABILITY,
    MODERN,
    OLDEST,
    PARSE_ERROR,
    TASKS,
    UNSUPPORTED_VERSION,
    Client,
    Era,
    Headers,
    Message,
)
from proxy.mcp.wire import Reading, decoded, dressed, read, status_of
from tests.proxy.mcp.test_wire import META, WITHOUT, body, fault, headers

SERVER: Final = {"name": "sealwright", "version": "1"}


FORMS: Final = [
    {"jsonrpc": "1.0"},
    {"jsonrpc": 2.0},
    {"jsonrpc": None},
    {"method": None},
    {"method": 7},
    {"method": ["tools/call"]},
    {"id": None},
    {"id": True},
    {"id": ""},
    {"id": "x" * 201},
    {"id": 1.5},
    {"id": [1]},
    {"id": {"a": 1}},
]


@pytest.mark.parametrize("members", FORMS)
@pytest.mark.parametrize("version", [MODERN, "2025-11-25", None])
def test_what_is_not_one_request_is_refused(
    members: dict[str, Any], version: str | None
) -> None:
    refused = fault(body(**members), headers(version=version))

    assert (refused.code, refused.reason) == (INVALID_REQUEST, Reason.INVALID_REQUEST)


def test_a_request_without_an_id_and_a_response_are_none() -> None:
    no_id = {key: value for key, value in body().items() if key != "id"}
    response = {"jsonrpc": "2.0", "id": 1, "result": {}}

    for wrong in (no_id, response):
        assert fault(wrong, headers()).code == INVALID_REQUEST


@pytest.mark.parametrize("value", ["x", "x" * 200, 0, -1, 2**53 - 1])
def test_an_id_is_echoed_in_what_is_read_and_refused(value: Any) -> None:
    reading = Reading()

    assert read(body(id=value), headers()).id == value
    fault(body(id=value, params=None), headers(), reading=reading)

    assert reading.id == value
    assert reading.era is Era.MODERN


NOTIFICATIONS: Final = [
    (None, Era.LEGACY),
    *((version, Era.LEGACY) for version in LEGACY),
    (MODERN, Era.MODERN),
    ("2024-11-05", None),
    ("nonsense", None),
]


@pytest.mark.parametrize(("version", "era"), NOTIFICATIONS)
@pytest.mark.parametrize("method", ["notifications/cancelled", "notifications/x"])
def test_of_a_notification_only_its_version_is_looked_at(
    version: str | None, era: Era | None, method: str
) -> None:
    said = {"jsonrpc": "2.0", "method": method, "params": "anything"}
    if era is None:
        assert fault(said, Headers(version)).code == UNSUPPORTED_VERSION
        return

    message = read(said, Headers(version))

    assert (message.id, message.era) == (None, era)


AGREEMENT: Final = [
    (Headers("2025-11-25"), True),
    (Headers("2025-11-25", "tools/call", "github.read_pr"), True),
    (Headers("2025-11-25", None, "github.read_pr"), True),
    (Headers(None, "tools/call"), True),
    (Headers("2025-11-25", "tools/list"), False),
    (Headers("2025-11-25", "tools/call", "github.merge_pr"), False),
    (Headers(None, None, "github.merge_pr"), False),
    (Headers(None, "tools/call,tools/call"), False),
]


@pytest.mark.parametrize(("beside", "agrees"), AGREEMENT)
def test_what_a_legacy_client_sends_beside_the_body_must_agree(
    beside: Headers, agrees: bool
) -> None:
    asked = body(params=WITHOUT)

    if agrees:
        assert read(asked, beside).method == "tools/call"
    else:
        assert fault(asked, beside).code == HEADER_MISMATCH


@pytest.mark.parametrize(
    ("name", "strict", "code"),
    [
        ("apr_1", False, None),
        ("apr_1", True, None),
        (None, False, None),
        (None, True, HEADER_MISMATCH),
        ("apr_2", False, HEADER_MISMATCH),
        ("apr_2", True, HEADER_MISMATCH),
        ("", False, HEADER_MISMATCH),
    ],
)
@pytest.mark.parametrize("method", ["tasks/get", "tasks/update", "tasks/cancel"])
def test_the_name_of_a_task_may_be_left_out_unless_it_must_not(
    method: str, name: str | None, strict: bool, code: int | None
) -> None:
    asked = body(method, params={"taskId": "apr_1", "_meta": META})
    beside = headers(method=method, name=name)

    if code is None:
        assert read(asked, beside, strict_tasks=strict).method == method
    else:
        assert fault(asked, beside, strict_tasks=strict).code == code


def test_tasks_are_no_methods_of_legacy_revisions() -> None:
    for version in LEGACY:
        asked = body("tasks/get", params={"taskId": "apr_1"})
        assert fault(asked, Headers(version)).code == METHOD_NOT_FOUND


def test_every_served_method_is_one_of_the_protocol() -> None:
    for method in ("server/discover", "tools/list", "tools/call"):
        assert (method, MODERN) in CLIENT_REQUESTS
    opened = {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "c", "version": "1"},
    }
    for version in LEGACY:
        assert read(body("ping", params=None), Headers(version)).method == "ping"
        assert read(body("initialize", params=opened), Headers(version)).id == 1


def encoded(text: str) -> str:
    return f"=?base64?{base64.b64encode(text.encode()).decode()}?="


HEADER_VALUES: Final = [
    ("github.read_pr", "github.read_pr"),
    ("", ""),
    (encoded("github.read_pr"), "github.read_pr"),
    (encoded("größe"), "größe"),
    (encoded(""), ""),
    ("=?base64?Z2l0?=", "git"),
    ("=?base64?Z2l1?=", "giu"),
    ("=?base64?Zw==?=", "g"),
    ("=?base64?Zw?=", None),
    ("=?base64?Zx==?=", None),  # spare bits: another spelling of the same byte
    ("=?base64?Z2l0\n?=", None),
    ("=?base64? Z2l0?=", None),
    ("=?base64?/w==?=", None),  # not UTF-8
    ("=?BASE64?Z2l0?=", "=?BASE64?Z2l0?="),
]


@pytest.mark.parametrize(("value", "meant"), HEADER_VALUES)
def test_an_encoded_header_has_one_reading(value: str, meant: str | None) -> None:
    assert decoded(value) == meant


STATUSES: Final = [
    (PARSE_ERROR, 400, 400),
    (INVALID_REQUEST, 400, 400),
    (METHOD_NOT_FOUND, 404, 200),
    (INVALID_PARAMS, 400, 200),
    (INTERNAL_ERROR, 503, 200),
    (HEADER_MISMATCH, 400, 400),
    (MISSING_CAPABILITY, 400, 400),
    (UNSUPPORTED_VERSION, 400, 400),
    (-32042, 200, 200),
    (401, 401, 401),
    (429, 429, 429),
]


@pytest.mark.parametrize(("code", "modern", "legacy"), STATUSES)
def test_a_code_has_a_status_in_each_era(code: int, modern: int, legacy: int) -> None:
    assert status_of(code, Era.MODERN) == modern
    assert status_of(code, None) == modern
    assert status_of(code, Era.LEGACY) == legacy


def test_a_result_is_dressed_for_its_era() -> None:
    members = {"tools": [], "_meta": {"a": 1}}

    modern = dressed(members, era=Era.MODERN, server=SERVER)
    legacy = dressed(members, era=Era.LEGACY, server=SERVER)

    assert modern["resultType"] == "complete"
    assert modern["_meta"] == {
        "a": 1,
        "io.modelcontextprotocol/serverInfo": SERVER,
    }
    assert legacy == members
    task = dressed({"resultType": "task"}, era=Era.MODERN, server=SERVER)
    assert task["resultType"] == "task"


CLIENTS: Final[list[tuple[Any, bool, bool]]] = [
    ({}, False, False),
    (None, False, False),
    ([], False, False),
    ({"elicitation": {}}, False, False),
    ({"elicitation": {"form": {}}}, False, False),
    ({"elicitation": {"url": {}}}, False, True),
    ({"elicitation": {"url": True}}, False, False),
    ({"elicitation": []}, False, False),
    ({"tasks": {}}, False, False),
    ({"extensions": {TASKS: {}}}, True, False),
    ({"extensions": {TASKS: None}}, False, False),
    ({"extensions": {"tasks": {}}}, False, False),
    ({"extensions": [TASKS]}, False, False),
    ({"extensions": {TASKS: {}}, "elicitation": {"url": {}}}, True, True),
]


@pytest.mark.parametrize(("declared", "tasks", "url"), CLIENTS)
def test_of_a_client_only_what_it_declares_counts(
    declared: Any, tasks: bool, url: bool
) -> None:
    assert Client.of(declared) == Client(tasks=tasks, url=url)


def test_a_message_without_meta_has_an_empty_one() -> None:
    assert Message(1, "ping", Era.LEGACY, OLDEST).meta == {}
