"""The link of a mail: from its token to a cookie that names the delivery."""

from typing import Final

from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone

from approvals.services.links import resolve_token
from approvals.views.answers import SeeOther
from governance.access import PersonRequest

COOKIE: Final = "review-link"
COOKIE_SECONDS: Final = 3600
_SALT: Final = "approvals.link"


def remember_link(request: PersonRequest, approval_id: str) -> HttpResponse:
    """Lead to the clean address; good and bad tokens get the same answer.

    Writes no row: scanners follow links, and none of them must count as a person.
    """
    link = resolve_token(approval_id, request.GET["k"], now=timezone.now())
    page = f"/approvals/{approval_id}/"
    response = SeeOther(page)
    response.headers["Referrer-Policy"] = "no-referrer"
    response.set_signed_cookie(
        COOKIE,
        str(link.delivery_id if link else 0),
        salt=_SALT,
        max_age=COOKIE_SECONDS,
        path=page,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


def remembered_delivery(request: PersonRequest) -> int | None:
    """Return the delivery whose link led here, if one did."""
    number = request.get_signed_cookie(
        COOKIE, default="0", salt=_SALT, max_age=COOKIE_SECONDS
    )
    return int(number or 0) or None
