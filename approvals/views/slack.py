"""Slack's door: one address for all that people press there."""

from http import HTTPStatus
from typing import Final

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from approvals.services.slack.arrivals import NotFromSlack, take
from approvals.services.slack.presses import press, submit

PRESSED: Final = "block_actions"
SUBMITTED: Final = "view_submission"


@csrf_exempt
@login_not_required
@require_POST
def interactivity(request: HttpRequest) -> HttpResponse:
    """Answer within three seconds; a signature, not a session, says who asks."""
    now = timezone.now()
    try:
        # The body as it came: a form that was read first would be signed otherwise.
        arrival = take(
            request.body,
            timestamp=request.headers.get("X-Slack-Request-Timestamp", ""),
            signature=request.headers.get("X-Slack-Signature", ""),
            now=now,
        )
    except NotFromSlack:
        return HttpResponse(status=HTTPStatus.UNAUTHORIZED)
    kind = arrival.payload.get("type")
    if arrival.is_repeat or kind not in (PRESSED, SUBMITTED):
        return HttpResponse()
    if kind == SUBMITTED:
        return JsonResponse(submit(arrival, now=now))
    press(arrival)
    return HttpResponse()
