"""``tools/call`` as a ``ToolCall``: what ``_meta`` may say, and its bounds."""

import re
from typing import Final

from governance.arguments import JSON
from proxy.asking import ToolCall
from proxy.mcp.catalogue import route_name
from proxy.mcp.exchange import Exchange
from proxy.mcp.shapes import bad_params

_MAX_LABEL: Final = 200
_MAX_REASON: Final = 2000
_MAX_SESSION: Final = 40
_MAX_NAME: Final = 100
_KEY: Final = re.compile(r"[\x20-\x7e]{1,255}")


def tool_call(exchange: Exchange) -> ToolCall:
    """Return the untrusted request.

    A client that follows tasks has what people decide run for it.  Raises Fault for
    what is out of the bounds that REST has, too.
    """
    return ToolCall(
        tool=route_name(tool_name(exchange), exchange.principal),
        args=arguments(exchange),
        session=_meta(exchange, "session", most=_MAX_SESSION),
        label=label(exchange),
        reason=_meta(exchange, "reason", most=_MAX_REASON) or "",
        claim=_meta(exchange, "claim", most=None),
        idempotency_key=_key(exchange),
        leaves_it=exchange.client.tasks,
    )


def tool_name(exchange: Exchange) -> str:
    """Return the name as it was asked for.  Raises Fault if it is too long."""
    name = str(exchange.message.params["name"])
    if len(name) > _MAX_NAME:
        raise bad_params(f"A tool's name has at most {_MAX_NAME} characters.")
    return name


def arguments(exchange: Exchange) -> dict[str, JSON]:
    """Return the arguments; absent ones are none."""
    given = exchange.message.params.get("arguments")
    return given if isinstance(given, dict) else {}


def label(exchange: Exchange) -> str | None:
    """Return the label that finds or opens a session.  Raises Fault for a long one."""
    if len(exchange.label) > _MAX_LABEL:
        raise bad_params(f"A session label has at most {_MAX_LABEL} characters.")
    return exchange.label or None


def session(exchange: Exchange) -> str | None:
    """Return the handle of the session that the call names."""
    return _meta(exchange, "session", most=_MAX_SESSION)


def _meta(exchange: Exchange, name: str, *, most: int | None) -> str | None:
    value = exchange.message.meta.get(f"sealwright/{name}")
    if value is None:
        return None
    if not isinstance(value, str) or (most is not None and len(value) > most):
        limit = "" if most is None else f" of at most {most} characters"
        raise bad_params(f"_meta sealwright/{name} is a text{limit}.")
    return value


def _key(exchange: Exchange) -> str | None:
    key = _meta(exchange, "idempotency_key", most=None)
    if key is not None and not _KEY.fullmatch(key):
        raise bad_params(
            "_meta sealwright/idempotency_key has 1 to 255 printable ASCII characters."
        )
    return key
