"""The era rule, the modern ladder and the shapes, row by row."""

import base64
from typing import Any, Final

import pytest
from mcp_types.methods import CLIENT_REQUESTS

from governance.decision import Reason
from proxy.mcp.message import (
    CAPABILITIES_KEY,
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
    VERSION_KEY,
    Client,
    Era,
    Fault,
    Headers,
    Message,
)
from proxy.mcp.wire import Reading, decoded, dressed, era_of, read, status_of

META: Final[dict[str, Any]] = {VERSION_KEY: MODERN, CAPABILITIES_KEY: {}}
SERVER: Final = {"name": "sealwright", "version": "1"}


def body(method: str = "tools/call", **members: Any) -> dict[str, Any]:
    params = {"name": "github.read_pr", "_meta": META}
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params, **members}


def headers(
    version: str | None = MODERN,
    method: str | None = "tools/call",
    name: str | None = "github.read_pr",
) -> Headers:
    return Headers(version, method, name)


def fault(body: dict[str, Any], headers: Headers, **more: Any) -> Fault:
    with pytest.raises(Fault) as caught:
        read(body, headers, **more)
    return caught.value


ABSENT: Final[dict[str, Any]] = {}
ERAS: Final = [
    (None, ABSENT, Era.LEGACY),
    (None, {VERSION_KEY: MODERN}, None),
    (None, {VERSION_KEY: "nonsense"}, None),
    (None, {VERSION_KEY: None}, None),
    *((version, ABSENT, Era.LEGACY) for version in LEGACY),
    *((version, {VERSION_KEY: version}, Era.LEGACY) for version in LEGACY),
    *((version, {VERSION_KEY: "2099-01-01"}, Era.LEGACY) for version in LEGACY),
    *((version, {VERSION_KEY: MODERN}, None) for version in LEGACY),
    *(
        (version, inside, Era.MODERN)
        for version in (MODERN, "2024-11-05", "2099-01-01", "nonsense", "", " ")
        for inside in (ABSENT, {VERSION_KEY: MODERN}, {VERSION_KEY: "2025-11-25"})
    ),
]


@pytest.mark.parametrize(("version", "meta", "era"), ERAS)
def test_the_era_is_told_by_header_and_body(
    version: str | None, meta: dict[str, Any], era: Era | None
) -> None:
    if era is not None:
        assert era_of(version, meta) is era
        return

    with pytest.raises(Fault) as caught:
        era_of(version, meta)

    assert caught.value.code == HEADER_MISMATCH
    assert caught.value.reason is Reason.HEADER_MISMATCH


def test_a_modern_request_is_read() -> None:
    message = read(body(), headers())

    assert (message.id, message.method, message.version) == (1, "tools/call", MODERN)
    assert message.era is Era.MODERN
    assert message.meta == META


@pytest.mark.parametrize("version", [*LEGACY, None])
def test_a_legacy_request_is_read(version: str | None) -> None:
    params = {"name": "github.read_pr"}

    message = read(body(params=params), Headers(version))

    assert (message.era, message.version) == (Era.LEGACY, version or OLDEST)


def meta(**changes: Any) -> dict[str, Any]:
    return {"name": "github.read_pr", "_meta": {**META, **changes}}


WITHOUT: Final = {"name": "github.read_pr"}
LADDER: Final = [
    # 1: the envelope
    (body(params=None), headers(), INVALID_PARAMS),
    (body(params=[]), headers(), INVALID_PARAMS),
    (body(params=WITHOUT), headers(), INVALID_PARAMS),
    (body(params={**WITHOUT, "_meta": []}), headers(), INVALID_PARAMS),
    (body(params={**WITHOUT, "_meta": {}}), headers(), INVALID_PARAMS),
    (
        body(params={**WITHOUT, "_meta": {VERSION_KEY: MODERN}}),
        headers(),
        INVALID_PARAMS,
    ),
    (
        body(params={**WITHOUT, "_meta": {CAPABILITIES_KEY: {}}}),
        headers(),
        INVALID_PARAMS,
    ),
    # 2: headers and body agree
    (body(params=meta(**{VERSION_KEY: "2025-11-25"})), headers(), HEADER_MISMATCH),
    (body(params=meta(**{VERSION_KEY: None})), headers(), HEADER_MISMATCH),
    (body(), headers(version="2099-01-01"), HEADER_MISMATCH),
    (body(), headers(method=None), HEADER_MISMATCH),
    (body(), headers(method="tools/list"), HEADER_MISMATCH),
    (body(), headers(method="Tools/Call"), HEADER_MISMATCH),
    (body(), headers(method="tools/call, tools/list"), HEADER_MISMATCH),
    (body(), headers(name=None), HEADER_MISMATCH),
    (body(), headers(name="github.merge_pr"), HEADER_MISMATCH),
    (body(), headers(name="GitHub.read_pr"), HEADER_MISMATCH),
    (body(), headers(name="github.read_pr, github.merge_pr"), HEADER_MISMATCH),
    (body(), headers(name="=?base64?!?="), HEADER_MISMATCH),
    (
        body("prompts/get", params={"name": "p", "_meta": META}),
        headers(method="prompts/get", name="q"),
        HEADER_MISMATCH,
    ),
    (
        body("resources/read", params={"uri": "u:1", "_meta": META}),
        headers(method="resources/read", name=None),
        HEADER_MISMATCH,
    ),
    # 3: the version
    (
        body(params=meta(**{VERSION_KEY: "2099-01-01"})),
        headers(version="2099-01-01"),
        UNSUPPORTED_VERSION,
    ),
    (
        body(params=meta(**{VERSION_KEY: "2024-11-05"})),
        headers(version="2024-11-05"),
        UNSUPPORTED_VERSION,
    ),
    # 4: the method
    *(
        (
            body(method, params={"_meta": META}),
            headers(method=method, name=None),
            METHOD_NOT_FOUND,
        )
        for method in (
            *("initialize", "ping", "tasks/list", "tasks/result", "no/such"),
            *("prompts/list", "resources/list", "resources/templates/list"),
            *("completion/complete", "logging/setLevel", "subscriptions/listen"),
            *("notifications/initialized", "sampling/createMessage", ""),
        )
    ),
    # 5: the shape
    (body(params={"_meta": META}), headers(), INVALID_PARAMS),
    (body(params={"name": 7, "_meta": META}), headers(name="7"), HEADER_MISMATCH),
    (body(params=meta() | {"arguments": []}), headers(), INVALID_PARAMS),
    (body(params=meta() | {"arguments": "x"}), headers(), INVALID_PARAMS),
    (body(params=meta() | {"requestState": 1}), headers(), INVALID_PARAMS),
    (body(params=meta() | {"inputResponses": [1]}), headers(), INVALID_PARAMS),
    (body(params=meta(**{CAPABILITIES_KEY: []})), headers(), INVALID_PARAMS),
    (
        body("tools/list", params={"cursor": 1, "_meta": META}),
        headers(method="tools/list"),
        INVALID_PARAMS,
    ),
    (
        body("tasks/get", params={"_meta": META}),
        headers(method="tasks/get"),
        INVALID_PARAMS,
    ),
]


@pytest.mark.parametrize(("asked", "beside", "code"), LADDER)
def test_the_first_rung_that_fails_answers(
    asked: dict[str, Any], beside: Headers, code: int
) -> None:
    refused = fault(asked, beside)

    assert refused.code == code
    assert len(refused.message) < 300


def test_an_unserved_version_says_which_is_served() -> None:
    refused = fault(body(params=meta(**{VERSION_KEY: "1"})), headers(version="1"))

    assert refused.data == {"supported": [MODERN], "requested": "1"}


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
