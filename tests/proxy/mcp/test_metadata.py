"""What OAuth clients look for: one document, and clean answers everywhere else."""

import pytest

from tests.stage import Stage

DOCUMENT = {
    "resource": "http://127.0.0.1:8000/mcp",
    "bearer_methods_supported": ["header"],
    "resource_name": "Sealwright",
}
pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

RESOURCE = "/.well-known/oauth-protected-resource"
PROBES = [
    "/.well-known/oauth-authorization-server",
    "/.well-known/oauth-authorization-server/mcp",
    "/.well-known/openid-configuration",
    "/.well-known/openid-configuration/mcp",
    "/mcp/.well-known/openid-configuration",
    "/.well-known/oauth-protected-resource/other",
    "/register",
]


@pytest.mark.parametrize("path", [RESOURCE, f"{RESOURCE}/mcp"])
def test_the_resource_is_described_to_anybody(stage: Stage, path: str) -> None:
    answer = stage.client.get(path)

    assert answer.status_code == 200
    assert answer.json() == DOCUMENT
    assert answer.headers["Content-Type"] == "application/json"
    assert stage.client.post(path).status_code == 405


@pytest.mark.parametrize("path", PROBES)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_every_other_probe_is_a_404_in_json(
    stage: Stage, path: str, method: str
) -> None:
    answer = stage.client.generic(method, path)

    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "not_found"
