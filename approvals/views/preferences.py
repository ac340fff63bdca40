"""How a person is asked: her channels, bundles, quiet hours, mute and time zone."""

from http import HTTPStatus
from typing import Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from approvals.forms.preferences import PreferenceForm
from approvals.services.preferences import preference_of, save_preference
from approvals.views.answers import SeeOther
from governance.access import PersonRequest
from governance.models import User

PAGE: Final = "/account/preferences/"


@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: PersonRequest) -> HttpResponse:
    """Show what she chose, and store what she chooses; hers alone."""
    person = User.objects.get(pk=request.user.pk)
    posted = request.POST if request.method == "POST" else None
    form = PreferenceForm(posted, instance=preference_of(person), person=person)
    if form.is_valid():
        save_preference(form.instance, now=timezone.now())
        messages.success(request, _("Saved."))
        return SeeOther(PAGE)
    status = HTTPStatus.BAD_REQUEST if form.is_bound else HTTPStatus.OK
    return render(request, "approvals/preferences.html", {"form": form}, status=status)
