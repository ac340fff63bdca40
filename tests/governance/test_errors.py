"""One table says how every reason looks in public, and one place renders it."""

import json
import logging
from collections.abc import Callable, Iterator

import pytest
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404, HttpResponse
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from governance.decision import Reason
from governance.errors import (
    FACES,
    Denied,
    Problem,
    exception_handler,
    problem_response,
)

STATUSES = {400, 401, 403, 404, 405, 406, 409, 410, 413, 415, 422, 429, 502, 503, 504}


class FailingView(APIView):
    """A view that fails as it was told."""

    authentication_classes = ()
    permission_classes = ()
    error: Exception = Problem(Reason.UNAVAILABLE)

    def get_exception_handler(self) -> Callable[..., HttpResponse]:
        return exception_handler

    def get(self, request: Request) -> HttpResponse:
        raise self.error


class BodySerializer(serializers.Serializer[object]):
    """A body with a member, a choice and a nested part."""

    note = serializers.CharField(max_length=5)
    mode = serializers.ChoiceField(choices=["now", "deferred"])
    parts = serializers.ListField(child=serializers.IntegerField())


def answer(error: Exception) -> HttpResponse:
    """Let a view fail with ``error`` and take what a client would get."""
    request = APIRequestFactory().get("/")
    vars(request)["request_id"] = "req_1"  # what the middleware does
    response = FailingView.as_view(error=error)(request)
    assert isinstance(response, HttpResponse)
    return response


def test_every_reason_has_a_face() -> None:
    assert set(FACES) == set(Reason)


@pytest.mark.parametrize("reason", Reason)
def test_a_face_speaks_in_sentences(reason: Reason) -> None:
    face = FACES[reason]

    assert face.status in STATUSES
    assert face.title
    assert face.title[-1] != "."
    assert face.detail[0].isupper()
    assert face.detail[-1] == "."
    assert not face.next or face.next[-1] == "."


@pytest.mark.parametrize(
    ("reason", "status"),
    [
        (Reason.INVALID_JSON, 400),
        (Reason.INVALID_ARGUMENTS, 400),
        (Reason.SCOPE_INVALID, 400),
        (Reason.UNAUTHENTICATED, 401),
        (Reason.POLICY_DENIED, 403),
        (Reason.CLAIM_WRONG_AGENT, 403),
        (Reason.APPROVAL_DENIED, 403),
        (Reason.UNKNOWN_TOOL, 404),
        (Reason.NOT_FOUND, 404),
        (Reason.METHOD_NOT_ALLOWED, 405),
        (Reason.NOT_ACCEPTABLE, 406),
        (Reason.CLAIM_SPENT, 409),
        (Reason.APPROVAL_CLOSED, 409),
        (Reason.VOTE_CLOSED, 409),
        (Reason.VOTE_STALE_FINGERPRINT, 409),
        (Reason.APPROVAL_EXPIRED, 410),
        (Reason.APPROVAL_LAPSED, 410),
        (Reason.CLAIM_EXPIRED, 410),
        (Reason.BODY_TOO_LARGE, 413),
        (Reason.UNSUPPORTED_MEDIA_TYPE, 415),
        (Reason.IDEMPOTENCY_MISMATCH, 422),
        (Reason.TOO_MANY_PENDING, 429),
        (Reason.COOLING_DOWN, 429),
        (Reason.RATE_LIMITED, 429),
        (Reason.BACKEND_ERROR, 502),
        (Reason.BACKEND_UNREACHABLE, 502),
        (Reason.CREDENTIAL_UNAVAILABLE, 502),
        (Reason.RESPONSE_TOO_LARGE, 502),
        (Reason.BACKEND_BUSY, 503),
        (Reason.AUDIT_UNAVAILABLE, 503),
        (Reason.UNAVAILABLE, 503),
        (Reason.OUTCOME_UNKNOWN, 504),
    ],
)
def test_a_status_is_the_one_that_clients_rely_on(reason: Reason, status: int) -> None:
    assert FACES[reason].status == status


def test_no_refusal_that_may_have_run_invites_a_repeat() -> None:
    for reason in (Reason.OUTCOME_UNKNOWN, Reason.RESPONSE_TOO_LARGE):
        assert not FACES[reason].retryable
        assert "Do not repeat" in FACES[reason].next


def test_a_problem_renders_the_members_of_rfc_9457() -> None:
    problem = Problem(Reason.CLAIM_SPENT, call_id="cal_1")

    members = problem.as_dict(request_id="req_1")

    assert members == {
        "type": "urn:sealwright:problem:claim_spent",
        "title": "Claim already used",
        "status": 409,
        "code": "claim_spent",
        "detail": "The claim was used already, and a claim runs once.",
        "next": "Look at the call that used it; do not assume that nothing happened.",
        "request_id": "req_1",
        "retryable": False,
        "call_id": "cal_1",
    }


def test_an_extension_overrides_no_member_of_ours() -> None:
    problem = Problem(Reason.CLAIM_SPENT, status=200, code="fine", request_id="forged")

    members = problem.as_dict(request_id="req_1")

    assert (members["status"], members["code"]) == (409, "claim_spent")
    assert members["request_id"] == "req_1"


def test_a_tool_that_is_not_granted_looks_like_one_that_is_not_there() -> None:
    denied = Denied(Reason.TOOL_NOT_GRANTED)

    hidden = answer(denied)

    assert denied.recorded_as is Reason.TOOL_NOT_GRANTED
    assert hidden.content == answer(Denied(Reason.UNKNOWN_TOOL)).content


def test_a_refusal_is_recorded_as_what_it_is_called_unless_told_otherwise() -> None:
    plain = Denied(Reason.POLICY_DENIED)
    precise = Denied(Reason.UNKNOWN_TOOL, recorded_as=Reason.TOOL_NOT_GRANTED)

    assert plain.recorded_as is Reason.POLICY_DENIED
    assert precise.recorded_as is Reason.TOOL_NOT_GRANTED


def test_a_refusal_keeps_its_sentence_and_members_in_public() -> None:
    denied = Denied(Reason.SCOPE_INVALID, "`repo` is empty.", argument="repo")

    body = json.loads(answer(denied).content)

    assert body["detail"] == "`repo` is empty."
    assert body["argument"] == "repo"


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (exceptions.ParseError("secret"), Reason.INVALID_JSON),
        (exceptions.NotAuthenticated(), Reason.UNAUTHENTICATED),
        (exceptions.AuthenticationFailed("secret"), Reason.UNAUTHENTICATED),
        (exceptions.PermissionDenied("secret"), Reason.POLICY_DENIED),
        (PermissionDenied("secret"), Reason.POLICY_DENIED),
        (exceptions.NotFound("secret"), Reason.NOT_FOUND),
        (Http404("secret"), Reason.NOT_FOUND),
        (exceptions.NotAcceptable("secret"), Reason.NOT_ACCEPTABLE),
        (exceptions.UnsupportedMediaType("secret"), Reason.UNSUPPORTED_MEDIA_TYPE),
        (exceptions.Throttled(detail="secret"), Reason.RATE_LIMITED),
        (RequestDataTooBig("secret"), Reason.BODY_TOO_LARGE),
        (exceptions.ValidationError("secret"), Reason.INVALID_ARGUMENTS),
        (KeyError("secret"), Reason.UNAVAILABLE),
    ],
)
def test_a_foreign_exception_becomes_a_problem_without_its_text(
    error: Exception, reason: Reason
) -> None:
    response = answer(error)

    body = json.loads(response.content)

    assert response.status_code == FACES[reason].status
    assert response["Content-Type"] == "application/problem+json"
    assert body["code"] == reason
    assert body["request_id"] == "req_1"
    assert b"secret" not in response.content


def test_a_problem_that_a_view_raises_is_rendered_as_it_is() -> None:
    response = answer(Problem(Reason.NOT_FOUND))

    assert response.status_code == 404
    assert json.loads(response.content)["code"] == "not_found"


def test_an_unforeseen_exception_is_logged_by_class_and_place_only(
    log: list[str],
) -> None:
    answer(KeyError("secret"))

    assert len(log) == 1
    assert log[0].startswith("unforeseen KeyError at test_errors.py:")


@pytest.mark.parametrize("reason", [Reason.UNAVAILABLE, Reason.TOO_MANY_PENDING])
def test_who_has_to_wait_is_told_how_long(reason: Reason) -> None:
    default = problem_response(Problem(reason), "req_1")
    told = problem_response(Problem(reason, retry_after=60), "req_1")

    assert default["Retry-After"] == "2"
    assert told["Retry-After"] == "60"


def test_a_throttled_agent_is_told_whole_seconds() -> None:
    assert answer(exceptions.Throttled(wait=1.2))["Retry-After"] == "2"


def test_a_missing_key_is_challenged() -> None:
    response = answer(exceptions.NotAuthenticated())

    assert response["WWW-Authenticate"] == 'Bearer realm="sealwright"'


def test_a_wrong_method_is_told_the_right_ones() -> None:
    response = answer(exceptions.MethodNotAllowed("PUT"))

    assert response["Allow"] == "GET, HEAD, OPTIONS"


def test_a_misshapen_body_is_told_where_but_never_what() -> None:
    sent = {"note": "secret", "mode": "secret", "parts": [1, "secret"]}
    serializer = BodySerializer(data=sent)
    with pytest.raises(exceptions.ValidationError) as refused:
        serializer.is_valid(raise_exception=True)

    response = answer(refused.value)

    assert json.loads(response.content)["errors"] == [
        {"pointer": "/note", "message": "is too long"},
        {"pointer": "/mode", "message": "is not one of the allowed values"},
        {"pointer": "/parts/1", "message": "is not valid"},
    ]
    assert b"secret" not in response.content


def test_a_complaint_about_the_whole_body_points_at_the_whole_body() -> None:
    error = exceptions.ValidationError({"non_field_errors": ["x"]}, code="required")

    response = answer(error)

    errors = json.loads(response.content)["errors"]
    assert errors == [{"pointer": "", "message": "is required"}]


@pytest.fixture
def log() -> Iterator[list[str]]:
    """Take what the errors module logs, whatever the settings do with it."""
    lines: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]  # a list is all it takes
    logger = logging.getLogger("governance.errors")
    logger.addHandler(handler)
    yield lines
    logger.removeHandler(handler)
