"""Calls in the admin: to look at; an unclear outcome is resolved on its own page."""

from typing import ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from governance.admin.base import LookOnlyAdmin
from proxy.models import Call


@admin.register(Call)
class CallAdmin(LookOnlyAdmin):
    """What ran, or did not; arguments and answers are shown to auditors only."""

    list_display = ("id", "tool", "scope", "agent", "state", "status", "created_at")
    list_filter = ("state", "mode")
    list_select_related: ClassVar = ["agent"]
    search_fields = ("id", "scope", "claim_id", "request_id", "trace_id")
    search_help_text = _("The id of a call, claim, request or trace; or a scope.")
    exclude = ("payload", "args_digest", "nonce_hash")
