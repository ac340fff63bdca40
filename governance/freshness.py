"""What a person must have confirmed lately before she may do it."""

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from governance.signin import is_fresh, may_enrol

CONFIRMATION: Final = "/account/reauthenticate/"

# allauth's own demand lets those pass who have neither password nor factor, and sends
# the form that it held back without showing the page again.
_FACTORS: Final = frozenset(
    {
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "mfa_deactivate_totp",
        "mfa_download_recovery_codes",
        "mfa_edit_webauthn",
        "mfa_generate_recovery_codes",
        "mfa_remove_webauthn",
        "mfa_view_recovery_codes",
    }
)


class RequireFreshSignIn:
    """Ask for a fresh sign-in before a second factor is shown or changed."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve the request."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Lead to the confirmation; what a form held is not kept and never sent."""
        match = request.resolver_match
        if match is None or match.url_name not in _FACTORS:
            return None
        if not request.user.is_authenticated or is_fresh(request) or may_enrol(request):
            return None
        return to_confirmation(back=request.path)


def to_confirmation(*, back: str) -> HttpResponseRedirect:
    """Lead to the page that asks who sits there, and from there back by GET."""
    return HttpResponseRedirect(f"{CONFIRMATION}?{urlencode({'next': back})}")
