"""What this resource says of itself to OAuth clients (RFC 9728)."""

from typing import Final

from django.conf import settings

PATH: Final = "/.well-known/oauth-protected-resource"


def document() -> dict[str, object]:
    """Return the metadata of ``/mcp`` (RFC 9728, section 2).

    No authorization server is named: an agent's key is the credential.
    """
    return {
        "resource": f"{settings.PUBLIC_URL}/mcp",
        "bearer_methods_supported": ["header"],
        "resource_name": "Sealwright",
    }


def challenge(*, shown: bool) -> str:
    """Return the WWW-Authenticate of a 401 (RFC 9728, section 5.1).

    ``shown``: a credential came, and was not good (RFC 6750, section 3.1).
    """
    error = ', error="invalid_token"' if shown else ""
    where = f"{settings.PUBLIC_URL}{PATH}/mcp"
    return f'Bearer realm="sealwright"{error}, resource_metadata="{where}"'
