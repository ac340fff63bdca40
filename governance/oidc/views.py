"""The way to a provider and back, and the page that asks for a fresh proof."""

from allauth.account.internal.decorators import login_not_required
from allauth.account.utils import get_next_redirect_url
from allauth.core import ratelimit
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialApp
from django.conf import settings
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
)
from django.shortcuts import render
from django.views.decorators.http import require_safe

from governance.access import PersonRequest
from governance.freshness import to_confirmation
from governance.oidc.adapter import failed
from governance.oidc.asking import ProviderFailed
from governance.oidc.protocol import (
    CONNECT,
    PURPOSES,
    SIGN_IN,
    Adapter,
    Callback,
    Provider,
)
from governance.signin import is_fresh

FOUND = 302


@login_not_required  # type: ignore[untyped-decorator]
def begin(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """Lead to a provider: to sign in, to confirm, or to link an account."""
    provider, purpose = _provider(request, provider_id), _purpose(request)
    lacks_person = purpose != SIGN_IN and not request.user.is_authenticated
    if request.method != "POST" or lacks_person:
        return HttpResponseRedirect(settings.LOGIN_URL)
    if purpose == CONNECT and not is_fresh(request):
        return to_confirmation(back="/account/")
    limited = ratelimit.consume_or_429(request, action="login")
    return limited or _leave(request, provider, purpose)


@login_not_required  # type: ignore[untyped-decorator]
def callback(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Take the browser back, with what the provider says of its person."""
    provider = _provider(request, provider_id)
    if request.method != "GET":  # HEAD too: a look must not use the answer up
        raise Http404
    adapter = Adapter(request, provider_id)
    try:
        view = Callback.adapter_view(adapter)  # type: ignore[no-untyped-call]
        answer: HttpResponse = view(request)
    except ProviderFailed as error:
        answer = failed(request, provider, why=str(error))
    return answer


@require_safe
def confirm(request: PersonRequest, provider_id: str) -> HttpResponse:
    """Ask for a fresh proof at the provider; the form leads there."""
    shown = {
        "provider": _provider(request, provider_id).ours,
        "next": get_next_redirect_url(request) or "",
    }
    return render(request, "account/confirm_at_provider.html", shown)


def _purpose(request: HttpRequest) -> str:
    purpose = request.POST.get("purpose", SIGN_IN)
    if purpose not in PURPOSES:
        raise Http404
    return purpose


def _leave(request: HttpRequest, provider: Provider, purpose: str) -> HttpResponse:
    """Show a page that goes on to the provider by itself.

    Not a redirect: the browser holds every address of one that follows a form against
    ``form-action``, also those to which the provider leads on, which nobody can list.
    """
    try:
        answer = provider.leave(
            request, purpose=purpose, next_url=get_next_redirect_url(request)
        )
    except ProviderFailed as error:
        return failed(request, provider, why=str(error))
    if answer.status_code != FOUND:
        return answer
    shown = {"provider": provider.ours, "address": answer.headers["Location"]}
    return render(request, "account/leaving.html", shown)


def _provider(request: HttpRequest, provider_id: str) -> Provider:
    try:
        provider: Provider = get_adapter().get_provider(request, provider_id)
    except SocialApp.DoesNotExist as error:
        raise Http404 from error
    if provider.ours.id != provider_id:
        raise Http404
    return provider
