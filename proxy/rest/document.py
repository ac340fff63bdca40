"""The OpenAPI document; loaded by the first who asks for it."""

from functools import lru_cache
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema

from proxy.rest import documented
from proxy.rest.openapi import OPERATIONS


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


# While this module is imported, and so once, however many ask at the same time.
for _view, _described in OPERATIONS:
    extend_schema(**_described)(_view)


@lru_cache(maxsize=1)
def document() -> dict[str, Any]:
    """Return the document of the running version, made once."""
    generator: Any = SchemaGenerator
    made: dict[str, Any] = generator(urlconf=documented.__name__).get_schema(
        request=None, public=True
    )
    return made
