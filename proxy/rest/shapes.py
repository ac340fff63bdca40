"""The answers of /v1 as JSON Schema, for the OpenAPI document.

Raw schemas, not serializers: answers are rendered from frozen values, and a second
description that runs would be a second truth.  ``test_openapi`` holds real answers
against them.
"""

from typing import Any, Final

Schema = dict[str, Any]

TEXT: Final[Schema] = {"type": "string"}
MAYBE_TEXT: Final[Schema] = {"type": ["string", "null"]}
TIME: Final[Schema] = {"type": "string", "format": "date-time"}
MAYBE_TIME: Final[Schema] = {"type": ["string", "null"], "format": "date-time"}


def _object(required: Schema, **optional: Schema) -> Schema:
    return {
        "type": "object",
        "properties": {**required, **optional},
        "required": list(required),
        "additionalProperties": False,
    }


FINDING: Final[Schema] = {"enum": ["happened", "did_not_happen", "cannot_tell"]}

ERRORS: Final[Schema] = {
    "type": "array",
    "items": _object({"pointer": TEXT, "message": TEXT}),
}

RESULT: Final = _object(
    {"status": {"type": "integer"}, "content_type": TEXT, "body": {}}
)

APPROVAL: Final = _object(
    {
        "id": TEXT,
        "state": {
            "enum": [
                "pending",
                "approved",
                "executed",
                "denied",
                "expired",
                "cancelled",
                "superseded",
                "revoked",
                "lapsed",
            ]
        },
        "code": {"type": "string", "pattern": "^[A-Z2-7]{3}-[A-Z2-7]{3}$"},
        "tool": TEXT,
        "risk": {"enum": ["read", "write", "privileged"]},
        "scope": TEXT,
        "summary": TEXT,
        "args_digest": TEXT,
        "fingerprint": TEXT,
        "session_id": TEXT,
        "quorum": _object({"need": {"type": "integer"}, "have": {"type": "integer"}}),
        "decide_by": TIME,
        "execute_by": MAYBE_TIME,
        "reason_for_agent": MAYBE_TEXT,
        "review_url": {"type": "string", "format": "uri"},
    },
    claim=TEXT,
    claim_id=TEXT,
    claim_expires_at=TIME,
    call_id=TEXT,
)

ENDED: Final = _object(
    {
        "call_id": TEXT,
        "status": {"const": "completed"},
        "result": {"oneOf": [RESULT, {"type": "null"}]},
        "session_id": TEXT,
        "claim_id": TEXT,
        "approval_id": MAYBE_TEXT,
        "scope": TEXT,
        "replayed": {"type": "boolean"},
    }
)

EXPLAINED: Final = _object(
    {
        "status": {"enum": ["would_run", "would_ask", "would_refuse"]},
        "reason": MAYBE_TEXT,
        "scope": TEXT,
        "summary": TEXT,
        "approval": {
            "oneOf": [
                _object({"quorum": {"type": "integer"}, "group": TEXT}),
                {"type": "null"},
            ]
        },
    },
    detail=TEXT,
    next=TEXT,
    errors=ERRORS,
)

WAITING: Final = _object(
    {
        "status": {"enum": ["approval_required", "queued", "sending"]},
        "approval": {"oneOf": [APPROVAL, {"type": "null"}]},
    },
    call_id=TEXT,
)

PROBLEM: Final[Schema] = {
    "type": "object",
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": TEXT,
        "status": {"type": "integer"},
        "code": TEXT,
        "detail": TEXT,
        "request_id": TEXT,
        "retryable": {"type": "boolean"},
        "next": TEXT,
        "call_id": TEXT,
        "errors": ERRORS,
        "result": RESULT,
        "finding": FINDING,
    },
    "required": ["type", "title", "status", "code", "detail", "request_id"],
}

CALL: Final = _object(
    {
        "call_id": TEXT,
        "status": {
            "enum": [
                "queued",
                "sending",
                "completed",
                "failed",
                "outcome_unknown",
                "resolved",
            ]
        },
        "tool": TEXT,
        "scope": TEXT,
        "session_id": TEXT,
        "claim_id": TEXT,
        "approval_id": MAYBE_TEXT,
        "created_at": TIME,
        "finished_at": MAYBE_TIME,
    },
    result=RESULT,
    problem=PROBLEM,
    finding=FINDING,
)

MINTED: Final = _object(
    {
        "claim": TEXT,
        "claim_id": TEXT,
        "expires_at": TIME,
        "max_uses": {"type": "integer"},
        "scope": TEXT,
    }
)

SESSION: Final = _object(
    {
        "session_id": TEXT,
        "label": MAYBE_TEXT,
        "on_behalf_of": MAYBE_TEXT,
        "expires_at": TIME,
    }
)

TOOLS: Final = _object(
    {
        "tools": {
            "type": "array",
            "items": _object(
                {
                    "name": TEXT,
                    "title": TEXT,
                    "description": TEXT,
                    "input_schema": {"type": "object"},
                    "risk": {"enum": ["read", "write", "privileged"]},
                    "approval": {"enum": ["required", "not_required"]},
                    "annotations": {"type": "object"},
                }
            ),
        }
    }
)

OWN_APPROVAL: Final = _object({"approval": APPROVAL})
