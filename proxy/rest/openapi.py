"""What the views say of themselves for ``/v1/openapi.json``, and its view."""

from collections.abc import Callable
from typing import Any, Final, TypeVar

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from proxy.rest import shapes

_View = TypeVar("_View", bound=Callable[..., Any])

# What any request may meet; the reasons are in the code of each problem.
ANYWHERE: Final = (400, 401, 403, 404, 406, 429, 503)
KEY: Final = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="1 to 255 printable ASCII characters; the same key, the same outcome.",
)
LABEL: Final = OpenApiParameter(
    "Sealwright-Session",
    str,
    OpenApiParameter.HEADER,
    description="A label that finds or opens a session.",
)
WAIT: Final = OpenApiParameter(
    "wait", int, description="0 to 20: seconds to hold the answer while nothing changes"
)


# The view methods and what ``extend_schema`` is to say of each.
OPERATIONS: Final[list[tuple[Callable[..., Any], dict[str, Any]]]] = []


def documented(
    operation: str,
    answers: dict[int, shapes.Schema | None],
    *,
    problems: tuple[int, ...] = (),
    request: Any = None,
    parameters: tuple[OpenApiParameter, ...] = (),
) -> Callable[[_View], _View]:
    """Describe one operation: its answers by status, and further problems."""
    good = {
        status: OpenApiResponse(response=shape, description="")
        for status, shape in answers.items()
    }
    problem = OpenApiResponse(response=shapes.PROBLEM, description="a problem")
    bad = {
        (status, "application/problem+json"): problem
        for status in sorted({*ANYWHERE, *problems})
    }
    described: dict[str, Any] = {
        "operation_id": operation,
        "request": request,
        "responses": {**good, **bad},
        "parameters": list(parameters),
    }

    def keep(view: _View) -> _View:
        OPERATIONS.append((view, described))
        return view

    return keep


class OpenAPIView(APIView):
    """The OpenAPI document; anybody may read it."""

    authentication_classes: tuple[()] = ()
    permission_classes: tuple[()] = ()
    schema = None

    def get(self, request: Request) -> Response:
        """Render it; it is the same for everybody."""
        # The generator brings Django's tests and a template engine with it: 5 MB that a
        # process which nobody asks for this has no use for.
        from proxy.rest.document import document  # noqa: PLC0415

        return Response(document())
