"""Our ladder against the reference's, on requests that nobody would write by hand."""

from typing import Any, Final

from hypothesis import assume, example, given
from hypothesis import strategies as st
from mcp.shared.inbound import InboundLadderRejection, classify_inbound_request

from proxy.mcp.message import (
    CAPABILITIES_KEY,
    LEGACY,
    METHOD_NOT_FOUND,
    MODERN,
    VERSION_KEY,
    Fault,
    Headers,
)
from proxy.mcp.wire import read

VERSIONS: Final = (MODERN, *LEGACY, "2024-11-05", "2099-01-01", "nonsense", "")
METHODS: Final = (
    *("tools/call", "tools/list", "server/discover", "prompts/get"),
    *("resources/read", "Tools/Call", "no/such"),
)
NAMES: Final = (
    *("github.read_pr", "github.merge_pr", "größe", ""),
    *("=?base64?Z2l0aHViLnJlYWRfcHI=?=", "=?base64?Z3LDtsOfZQ==?=", "=?base64?!?="),
)
scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
versions = st.sampled_from(VERSIONS) | scalars
metas: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        VERSION_KEY: versions,
        CAPABILITIES_KEY: st.just({}) | scalars,
        "io.modelcontextprotocol/clientInfo": scalars,
    },
)
params = st.fixed_dictionaries(
    {},
    optional={
        "_meta": metas | scalars,
        "name": st.sampled_from(NAMES) | scalars,
        "uri": st.sampled_from(NAMES) | scalars,
    },
)
likely = st.fixed_dictionaries(
    {
        "_meta": st.just({VERSION_KEY: MODERN, CAPABILITIES_KEY: {}}),
        "name": st.sampled_from(NAMES),
        "uri": st.sampled_from(NAMES),
    }
)
# ``_ladder`` is for what the era rule calls modern: any header but a legacy one.
headers = st.builds(
    Headers,
    version=st.sampled_from([v for v in VERSIONS if v not in LEGACY]),
    method=st.sampled_from(METHODS) | st.none(),
    name=st.sampled_from(NAMES) | st.none(),
)


def reference(body: dict[str, Any], beside: Headers) -> int | None:
    """Return the code with which the reference refuses; None if it does not."""
    named = {
        "mcp-protocol-version": beside.version,
        "mcp-method": beside.method,
        "mcp-name": beside.name,
    }
    sent = {name: value for name, value in named.items() if value is not None}
    told = classify_inbound_request(
        body, headers=sent, supported_modern_versions=[MODERN]
    )
    return told.code if isinstance(told, InboundLadderRejection) else None


def ours(body: dict[str, Any], beside: Headers) -> int | None:
    try:
        read(body, beside)
    except Fault as fault:
        return fault.code
    return None


@given(
    method=st.sampled_from(METHODS),
    params=likely | params | scalars,
    beside=headers,
)
@example(
    method="tools/call",
    params={
        "_meta": {VERSION_KEY: MODERN, CAPABILITIES_KEY: {}},
        "name": "github.read_pr",
    },
    beside=Headers(MODERN, "tools/call", "=?base64?Z2l0aHViLnJlYWRfcHI=?="),
)
def test_what_the_reference_refuses_is_refused_with_its_code(
    method: str, params: Any, beside: Headers
) -> None:
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}

    expected, got = reference(body, beside), ours(body, beside)

    if expected is not None:
        assert got == expected
    else:
        # What passes its ladder can still be no method of ours, or of another shape.
        assert got in (None, METHOD_NOT_FOUND, -32602)


@given(
    version=st.sampled_from(VERSIONS) | st.none(),
    params=likely | params,
    name=st.sampled_from(NAMES) | st.none(),
)
def test_a_modern_body_never_passes_as_a_legacy_one(
    version: str | None, params: dict[str, Any], name: str | None
) -> None:
    meta = params.get("_meta")
    assume(isinstance(meta, dict) and meta.get(VERSION_KEY) == MODERN)
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}

    passed = ours(body, Headers(version, "tools/call", name)) is None

    assert not passed or version == MODERN
