"""The era rule, the modern ladder and the shapes, row by row."""

from typing import Any, Final

import pytest

from governance.decision import Reason
from proxy.mcp.message import (
    CAPABILITIES_KEY,
    HEADER_MISMATCH,
    INVALID_PARAMS,
    LEGACY,
    METHOD_NOT_FOUND,
    MODERN,
    OLDEST,
    UNSUPPORTED_VERSION,
    VERSION_KEY,
    Era,
    Fault,
    Headers,
)
from proxy.mcp.wire import era_of, read

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
