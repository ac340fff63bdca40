"""``/v1/openapi.json``: the document of this door."""

from typing import Any

from drf_spectacular.generators import SchemaGenerator
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView


class OpenAPIView(APIView):
    """The OpenAPI document; anybody may read it."""

    authentication_classes: tuple[()] = ()
    permission_classes: tuple[()] = ()
    schema = None

    def get(self, request: Request) -> Response:
        """Generate it from the views."""
        generator: Any = SchemaGenerator
        documented = generator(urlconf="proxy.rest.documented")
        return Response(documented.get_schema(request=None, public=True))
