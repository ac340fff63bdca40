"""The shapes of every method that is served, by revision.  Pure."""

from collections.abc import Mapping
from typing import Any, Final

from mcp_types.methods import CLIENT_REQUESTS, validate_client_request
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from governance.arguments import JSON
from governance.decision import Reason
from proxy.mcp.message import (
    INVALID_PARAMS,
    LEGACY,
    METHOD_NOT_FOUND,
    MODERN,
    Fault,
)


class _TaskParams(BaseModel):
    model_config = ConfigDict(extra="ignore")

    task_id: str = Field(alias="taskId", max_length=200)
    meta: dict[str, Any] = Field(alias="_meta")


class _TaskRequest(BaseModel):
    """The tasks extension: ``tasks/get``, ``tasks/update``, ``tasks/cancel``."""

    model_config = ConfigDict(extra="ignore")

    params: _TaskParams


_MODERN_METHODS: Final = ("server/discover", "tools/list", "tools/call")
_LEGACY_METHODS: Final = ("initialize", "ping", "tools/list", "tools/call")
TASK_METHODS: Final = ("tasks/get", "tasks/update", "tasks/cancel")
# KeyError in here is what makes a method unknown in a revision.
_SURFACE: Final[Mapping[tuple[str, str], type[BaseModel]]] = {
    **{(m, MODERN): CLIENT_REQUESTS[m, MODERN] for m in _MODERN_METHODS},
    **{(m, MODERN): _TaskRequest for m in TASK_METHODS},
    **{(m, v): CLIENT_REQUESTS[m, v] for m in _LEGACY_METHODS for v in LEGACY},
}


def insist_on_shape(method: str, version: str, params: JSON) -> None:
    """Check that a method is known in a revision, and its params.  Raises Fault."""
    if (method, version) not in _SURFACE:
        raise Fault(
            METHOD_NOT_FOUND,
            Reason.UNKNOWN_METHOD,
            "There is no such method here.",
        )
    if params is not None and not isinstance(params, dict):
        raise bad_params("params has to be an object.")
    try:
        validate_client_request(method, version, params, surface=_SURFACE)
    except ValidationError as error:
        where = error.errors(include_url=False, include_input=False)[0]["loc"]
        pointer = "/".join(str(part) for part in where)[:100]
        raise bad_params(f"The protocol does not allow this at {pointer}.") from error


def bad_params(message: str) -> Fault:
    """Return the fault of parameters that are not as the protocol says."""
    return Fault(INVALID_PARAMS, Reason.INVALID_REQUEST, message)
