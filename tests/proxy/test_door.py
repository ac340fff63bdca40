"""The agents' door through its own chain: headers, hosts, schemes, a database away."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.utils import timezone
from pytest_django import Settings

from approvals.models import Claim
from governance.models import AgentSession
from governance.requests import RequestContext
from governance.services import suspend
from governance.wsgi import AgentHandler
from proxy.models import Call
from tests.proxy.chain import Answer, ask
from tests.stage import COMMENT, READ, Stage, forget_all

pytestmark = [
    pytest.mark.allow_hosts(["127.0.0.1"]),
    # Django closes its connections after such a request, as in the server.
    pytest.mark.django_db(transaction=True),
]

STRICT = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}


def as_agent(stage: Stage, path: str, **environ: Any) -> Answer:
    return ask(path, HTTP_AUTHORIZATION=f"Bearer {stage.key}", **environ)


@contextmanager
def database_away() -> Iterator[None]:
    """Let every new connection fail, as when the server is gone."""
    kept = connection.settings_dict["HOST"]
    connection.close()
    connection.settings_dict["HOST"] = "/nowhere"
    try:
        yield
    finally:
        connection.settings_dict["HOST"] = kept
        connection.close()


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/tools", 200),
        ("/v1/calls", 405),
        ("/v1/openapi.json", 200),
        ("/v1/nowhere", 404),
        ("/v1/", 404),
        ("/healthz", 200),
        ("/metrics", 200),
        ("/.well-known/jwks.json", 200),
        ("/.well-known/nowhere", 404),
    ],
)
def test_every_address_for_programs_has_the_strict_headers(
    stage: Stage, path: str, status: int
) -> None:
    answer = as_agent(stage, path)

    assert answer.status == status
    assert {name: answer.headers[name] for name in STRICT} == STRICT
    assert answer.headers["Sealwright-Request-Id"].startswith("req_")
    kept = "public, max-age=60" if path.endswith("jwks.json") else "no-store"
    assert answer.headers["Cache-Control"] == kept
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("path", ["/v1", "/v1/", "/v1/tools/", "/v1/nowhere"])
def test_what_is_not_there_is_a_problem_and_no_page(stage: Stage, path: str) -> None:
    answer = as_agent(stage, path)

    assert answer.json()["code"] == "not_found"
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/v1/tools", "/v1/openapi.json", "/metrics"])
def test_a_host_that_is_not_ours_is_refused(stage: Stage, path: str) -> None:
    answer = as_agent(stage, path, HTTP_HOST="elsewhere.example")

    assert (answer.status, answer.json()["code"]) == (400, "invalid_request")
    assert b"elsewhere" not in answer.body


@pytest.mark.parametrize(
    ("peer", "scheme", "is_secure"),
    [
        ("10.0.0.7", "https", True),
        ("10.0.0.7", "http", False),
        ("192.0.2.1", "https", False),  # whoever asks may write this header
    ],
)
def test_only_a_trusted_proxy_says_that_it_was_https(
    rf: RequestFactory, settings: Settings, peer: str, scheme: str, is_secure: bool
) -> None:
    settings.TRUSTED_PROXIES = ["10.0.0.0/24"]
    seen: list[bool] = []

    def inner(request: HttpRequest) -> HttpResponse:
        seen.append(request.is_secure())
        return HttpResponse()

    request = rf.get("/", REMOTE_ADDR=peer, headers={"X-Forwarded-Proto": scheme})
    RequestContext(inner)(request)

    assert seen == [is_secure]


def test_over_https_browsers_are_told_to_stay_there(settings: Settings) -> None:
    settings.TRUSTED_PROXIES = ["10.0.0.0/24"]
    settings.SECURE_HSTS_SECONDS = 31_536_000

    answer = ask(
        "/healthz",
        program=AgentHandler(),
        REMOTE_ADDR="10.0.0.7",
        HTTP_X_FORWARDED_PROTO="https",
    )

    assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_a_request_without_a_path_is_served(rf: RequestFactory) -> None:
    request = rf.generic("OPTIONS", "*")
    request.path_info = "*"

    response = RequestContext(lambda _request: HttpResponse(status=404))(request)

    assert response.status_code == 404


@pytest.mark.parametrize("accept", ["application/json", "text/html"])
def test_a_missing_database_is_503_even_before_the_key_is_looked_at(
    stage: Stage, accept: str
) -> None:
    forget_all()

    with database_away():
        answer = as_agent(stage, "/v1/tools", HTTP_ACCEPT=accept)

    assert (answer.status, answer.json()["code"]) == (503, "unavailable")
    assert answer.headers["Retry-After"] == "2"


def test_options_name_the_methods(stage: Stage) -> None:
    answer = as_agent(stage, "/v1/calls", REQUEST_METHOD="OPTIONS")

    assert (answer.status, answer.headers["Allow"]) == (200, "POST, OPTIONS")
    assert ask("/v1/calls", method="OPTIONS").status == 401


def test_the_connection_is_given_back_with_the_answer(stage: Stage) -> None:
    as_agent(stage, "/v1/tools")

    assert connection.connection is None


def test_what_is_suspended_is_not_among_the_tools(stage: Stage) -> None:
    suspend(stage.merge, by=stage.sam, now=timezone.now())

    names = [tool["name"] for tool in as_agent(stage, "/v1/tools").json()["tools"]]

    assert names == ["github.comment_pr", "github.read_pr"]


@contextmanager
def evidence_away() -> Iterator[None]:
    """Let no record be written."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_unsealed RENAME TO gone")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE gone RENAME TO audit_unsealed")


def test_what_cannot_be_recorded_does_not_happen(stage: Stage) -> None:
    """Not only calls: sessions, takings back, and refusals of what would be refused."""
    approval = stage.post({"tool": "github.comment_pr", "args": COMMENT}).json()
    approval_id = approval["approval"]["id"]
    session = approval["approval"]["session_id"]

    with evidence_away():
        answers = [
            stage.post({"label": "other"}, "sessions"),
            stage.post("", f"sessions/{session}/epoch"),
            stage.post("", f"approvals/{approval_id}/cancel"),
            stage.post({"tool": "github.read_pr", "args": READ}, "claims"),
            stage.post({"tool": "github.read_pr", "args": READ}),
            stage.post({"tool": "github.read_pr", "args": {}}),
            stage.post(b"{"),
            stage.get("calls/cal_unknown"),
        ]

    assert {answer.status_code for answer in answers} == {503}
    assert {answer.json()["code"] for answer in answers} == {"audit_unavailable"}
    assert {answer.headers["Retry-After"] for answer in answers} == {"2"}
    assert stage.pending().state == "pending"
    assert [each.epoch for each in AgentSession.objects.all()] == [1]
    assert not Claim.objects.exists()
    assert not Call.objects.exists()
    assert stage.sent() == 0
