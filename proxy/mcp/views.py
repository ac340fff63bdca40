"""``/mcp``, and what OAuth clients look for beside it."""

from typing import Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from governance.decision import Reason
from governance.errors import Problem, problem_response
from proxy.mcp import metadata
from proxy.mcp.door import serve

_KEPT_SECONDS: Final = 300


@csrf_exempt
def mcp(request: HttpRequest) -> HttpResponse:
    """``/mcp``: no cookie is read here, so no other site can use one."""
    return serve(request, now=timezone.now())


@require_safe
def protected_resource(_request: HttpRequest) -> HttpResponse:
    """Serve the metadata of this resource (RFC 9728, section 3)."""
    answer = JsonResponse(metadata.document())
    answer.headers["Cache-Control"] = f"max-age={_KEPT_SECONDS}"
    return answer


@csrf_exempt
def nothing(request: HttpRequest) -> HttpResponse:
    """Say that there is no authorization server here, so that no client stumbles."""
    request_id = str(getattr(request, "request_id", ""))
    problem = Problem(Reason.NOT_FOUND, "There is no authorization server here.")
    return problem_response(problem, request_id)
