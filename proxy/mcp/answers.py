"""Outcomes as results of ``tools/call``: the approval ladder.  Pure.

What comes in are the JSON objects of REST (a result, a problem, an approval), so both
doors tell the same.  The ladder sees capabilities, never the names of clients.
"""

import enum
import json
from collections.abc import Mapping
from typing import Final

from governance.arguments import JSON
from proxy.mcp.message import LEGACY, URL_VERSION, Client, Era, Message

Json = dict[str, object]

_LINK_VERSIONS: Final = frozenset(LEGACY[:2])
APPROVAL: Final = "sealwright/approval"
CALL: Final = "sealwright/call"
PROBLEM: Final = "sealwright/problem"

_FOUND: Final = {
    "happened": "A person has found out that it happened.",
    "did_not_happen": "A person has found out that it did not happen.",
    "cannot_tell": "A person looked into it and could not tell.",
}


class Rung(enum.StrEnum):
    """The ways to say that a person has to decide, best first."""

    TASK = "task"
    URL_REQUEST = "url_request"
    URL_ERROR = "url_error"
    TEXT = "text"


def rung(message: Message, client: Client, *, opened: bool, shown: bool) -> Rung:
    """Choose how this client is told that a person has to decide.

    ``opened``: this very request opened the approval; ``shown``: it came back from the
    page (``requestState``).  Either keeps a client from being sent there in circles.
    """
    if message.era is Era.MODERN:
        if client.tasks:
            return Rung.TASK
        return Rung.URL_REQUEST if client.url and not shown else Rung.TEXT
    if message.version == URL_VERSION and client.url and opened:
        return Rung.URL_ERROR
    return Rung.TEXT


def text(value: str) -> dict[str, object]:
    """Return a text block."""
    return {"type": "text", "text": value}


def compact(value: object) -> str:
    """Return JSON as it is written everywhere here."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def completed(result: Mapping[str, object] | None, call: Json) -> Json:
    """Tell the outcome of a call that completed; ``result`` is the one of REST.

    None: what the backend answered is not kept.
    """
    if result is None:
        content = [text("It was executed; what the backend answered is not kept.")]
        return {"content": content, "isError": False, "_meta": {CALL: call}}
    return {
        "content": [text(compact(result))],
        "structuredContent": result,
        "isError": False,
        "_meta": {CALL: call},
    }


def passed_through(body: JSON, call: Json, *, message: Message) -> Json | None:
    """Tell what an MCP server behind us answered; None if that is not such a result."""
    if not isinstance(body, dict) or not isinstance(body.get("content"), list):
        return None
    content = body["content"] if isinstance(body["content"], list) else []
    members: Json = {
        "content": [_known(block, message) for block in content],
        "isError": body.get("isError") is True,
        "_meta": {CALL: call},
    }
    structured = body.get("structuredContent")
    is_object = isinstance(structured, dict)
    if is_object or (message.era is Era.MODERN and "structuredContent" in body):
        members["structuredContent"] = structured
    return members


def _known(block: JSON, message: Message) -> JSON:
    """Turn a link into text for a revision that has no links."""
    is_link = isinstance(block, dict) and block.get("type") == "resource_link"
    if not is_link or message.era is Era.MODERN or message.version in _LINK_VERSIONS:
        return block
    return {"type": "text", "text": compact(block)}


def replayed(members: Json, *, call_id: str, at: str | None) -> Json:
    """Say at the end of a stored outcome that it is one."""
    when = f" at {at}" if at else ""
    note = f"This is the outcome of call {call_id}{when}. It was not run again."
    content = members["content"]
    blocks = content if isinstance(content, list) else []
    return {**members, "content": [*blocks, text(note)]}


def refused(problem: Mapping[str, object], **meta: Json) -> Json:
    """Tell a failure that a model can act on; ``problem`` is the one of REST."""
    members: Json = {
        "content": [text(" ".join(_sentences(problem)))],
        "isError": True,
        "_meta": {
            **{f"sealwright/{name}": value for name, value in meta.items()},
            PROBLEM: dict(problem),
        },
    }
    if "result" in problem:
        members["structuredContent"] = problem["result"]
    return members


def _sentences(problem: Mapping[str, object]) -> list[str]:
    said = [f"{str(problem['code']).upper()}.", str(problem["detail"])]
    errors = problem.get("errors")
    if isinstance(errors, list):
        said += [f"{e['pointer'] or 'arguments'}: {e['message']}." for e in errors]
    if problem.get("reason_for_agent"):
        said.append(f"The reason given: {compact(problem['reason_for_agent'])}.")
    if "result" in problem:
        said.append(f"The backend answered {compact(problem['result'])}.")
    if problem.get("finding"):
        said.append(_FOUND.get(str(problem["finding"]), ""))
    if problem.get("call_id"):
        said.append(f"The call is {problem['call_id']}.")
    if problem.get("retry_after"):
        said.append(f"Ask again in {problem['retry_after']} seconds.")
    return [*said, str(problem.get("next", ""))] if problem.get("next") else said


def asks_by_text(approval: Mapping[str, object], *, opened: bool) -> Json:
    """Tell a client that knows nothing but text that a person has to decide."""
    word = "APPROVAL_REQUIRED" if opened else "APPROVAL_PENDING"
    again = compact({"approval_id": approval["id"], "wait_seconds": 20})
    said = (
        f'{word}. Nothing was executed. "{approval["summary"]}" waits for a person '
        f"(code {approval['code']}) until {approval['decide_by']} at "
        f"{approval['review_url']}. Do not look for another way to do this. Call "
        f"approval_status with {again}; once it says APPROVED, repeat this identical "
        f"call.{asked_back(approval)}"
    )
    return {
        "content": [text(said)],
        "isError": True,
        "_meta": {APPROVAL: dict(approval)},
    }


def asked_back(approval: Mapping[str, object]) -> str:
    """Return what a person asks the agent while the request waits, if anybody does."""
    if not approval.get("reason_for_agent"):
        return ""
    return (
        f" A person writes: {compact(approval['reason_for_agent'])}. Answer by"
        " repeating the call with a new reason."
    )


def asks_by_request(approval: Mapping[str, object], *, state: str) -> Json:
    """Ask a modern client to show its human the page."""
    page = {**_page(approval, " Open the page to review or follow it."), "mode": "url"}
    asked = {"method": "elicitation/create", "params": page}
    return {
        "resultType": "input_required",
        "inputRequests": {str(approval["id"]): asked},
        "requestState": state,
        "_meta": {APPROVAL: dict(approval)},
    }


def asks_by_error(approval: Mapping[str, object]) -> Json:
    """Return the ``data`` of -32042: the page that a human has to see."""
    page = {**_page(approval, ""), "mode": "url", "elicitationId": approval["id"]}
    return {"elicitations": [page]}


def _page(approval: Mapping[str, object], more: str) -> Json:
    needs = f"{approval['summary']} needs a person's approval"
    return {
        "url": approval["review_url"],
        "message": f"{needs} (code {approval['code']}).{more}",
    }


def running(call_id: str, status: str) -> Json:
    """Tell that the one run of this is on its way: never a second one."""
    is_sent = status == "sending"
    said = (
        f"RUNNING. Call {call_id} of exactly this is "
        f"{'being sent' if is_sent else 'queued'}; it runs once. Do not look for "
        "another way to do this. Repeat the identical call in a moment to read its "
        "outcome."
    )
    return {
        "content": [text(said)],
        "isError": True,
        "_meta": {CALL: {"call_id": call_id, "status": status}},
    }
