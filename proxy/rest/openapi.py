"""``/v1/openapi.json``: the document of this door."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final, TypeVar

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import (
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
)
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


class AgentKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """An agent's key as a bearer credential."""

    target_class = "proxy.authentication.AgentAuthentication"
    name = "agentKey"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        """Return the security scheme."""
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "swk_<key id>_<secret>, as it was shown when it was made.",
        }


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
    described: Callable[[_View], _View] = extend_schema(
        operation_id=operation,
        request=request,
        responses={**good, **bad},
        parameters=list(parameters),
    )
    return described


class OpenAPIView(APIView):
    """The OpenAPI document; anybody may read it."""

    authentication_classes: tuple[()] = ()
    permission_classes: tuple[()] = ()
    schema = None

    def get(self, request: Request) -> Response:
        """Render it; it is the same for everybody."""
        return Response(document())


@lru_cache(maxsize=1)
def document() -> dict[str, Any]:
    """Return the document of the running version, made once."""
    generator: Any = SchemaGenerator
    made: dict[str, Any] = generator(urlconf="proxy.rest.documented").get_schema(
        request=None, public=True
    )
    return made
