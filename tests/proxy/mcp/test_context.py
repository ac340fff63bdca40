"""What goes with a message: its trace, its session, what ``_meta`` says."""

from typing import Any, Final

import pytest

from governance.decision import Reason
from tests.proxy.mcp.client import MODERN, Mcp
from tests.proxy.mcp.test_door import refused
from tests.stage import COMMENT, READ, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

TRACE: Final = "4bf92f3577b34da6a3ce929d0e0e4736"
OTHER: Final = "0af7651916cd43dd8448eb211c80319c"


@pytest.mark.parametrize(
    ("meta", "header", "continued"),
    [
        (f"00-{TRACE}-00f067aa0ba902b7-01", None, TRACE),
        (None, f"00-{OTHER}-00f067aa0ba902b7-01", OTHER),
        (
            f"00-{TRACE}-00f067aa0ba902b7-01",
            f"00-{OTHER}-00f067aa0ba902b7-01",
            TRACE,
        ),
        ("nonsense", f"00-{OTHER}-00f067aa0ba902b7-01", OTHER),
        (f"00-{'0' * 32}-00f067aa0ba902b7-01", None, None),
        (7, None, None),
    ],
)
def test_the_trace_goes_on_to_the_backend_and_into_the_record(
    stage: Stage, meta: Any, header: str | None, continued: str | None
) -> None:
    headers = {} if header is None else {"traceparent": header}
    traced = {} if meta is None else {"traceparent": meta, "baggage": "user=root"}

    Mcp(stage).call("github.read_pr", READ, meta=traced, **headers)

    [sent] = stage.remote.received[0].all("traceparent")
    assert not stage.remote.received[0].all("baggage")
    record = stage.last_record()
    assert record.trace_id == sent.split("-")[1]
    if continued is not None:
        assert record.trace_id == continued
        assert sent.split("-")[2] != "00f067aa0ba902b7"
    assert record.door == "mcp"


META: Final = [
    ("sealwright/session", 7),
    ("sealwright/session", "x" * 41),
    ("sealwright/reason", ["why"]),
    ("sealwright/reason", "x" * 2001),
    ("sealwright/claim", {}),
    ("sealwright/idempotency_key", ""),
    ("sealwright/idempotency_key", "x" * 256),
    ("sealwright/idempotency_key", "größe"),
]


@pytest.mark.parametrize(("name", "value"), META)
@pytest.mark.parametrize(("version", "status"), [(MODERN, 400), ("2025-11-25", 200)])
def test_what_we_read_of_meta_has_the_bounds_of_rest(
    stage: Stage, name: str, value: Any, version: str, status: int
) -> None:
    params = {"name": "github.read_pr", "arguments": READ}

    answer = Mcp(stage, version).ask("tools/call", params, meta={name: value})

    refused(stage, answer, status, -32602, Reason.INVALID_REQUEST)


def test_anything_else_in_meta_is_ignored(stage: Stage) -> None:
    more = {"progressToken": 1, "logLevel": "debug", "sealwright/tenant": "team-zeta"}

    told = Mcp(stage).call("github.read_pr", READ, meta=more)

    assert told["isError"] is False


def test_the_reason_of_the_agent_reaches_the_approval(stage: Stage) -> None:
    Mcp(stage).call(
        "github.comment_pr", COMMENT, meta={"sealwright/reason": "As Sam asked."}
    )

    assert stage.pending().reasons[0]["text"] == "As Sam asked."


def test_a_label_keeps_conversations_apart_in_both_eras(stage: Stage) -> None:
    asked = [
        Mcp(stage, version, label=label).call("github.comment_pr", COMMENT)
        for version in (MODERN, "2025-11-25", None)
        for label in ("one", "two", None)
    ]

    sessions = [each["_meta"]["sealwright/approval"]["session_id"] for each in asked]
    assert len(set(sessions)) == 3
    assert sessions[:3] == sessions[3:6] == sessions[6:]


@pytest.mark.parametrize(("version", "status"), [(MODERN, 400), ("2025-11-25", 200)])
def test_an_unknown_session_is_an_error_of_the_protocol(
    stage: Stage, version: str, status: int
) -> None:
    params = {"name": "github.read_pr", "arguments": READ}

    answer = Mcp(stage, version).ask(
        "tools/call", params, meta={"sealwright/session": "ses_unknown"}
    )

    refused(stage, answer, status, -32602, Reason.NOT_FOUND)
    assert answer.json()["error"]["message"] == "Unknown session"
