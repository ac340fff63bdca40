"""Every page of the audit says what the log owes, above anything else."""

from collections.abc import Mapping

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from audit.arrears import arrears
from audit.views.access import AuditRequest


def page(
    request: AuditRequest,
    template: str,
    told: Mapping[str, object],
    *,
    status: int = 200,
) -> HttpResponse:
    """Render a page that extends ``audit/base.html``."""
    owed = {"arrears": arrears(now=timezone.now())}
    return render(request, template, {**owed, **told}, status=status)
