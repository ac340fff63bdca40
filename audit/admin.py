"""Evidence in the admin: look, filter, never touch."""

from typing import Any, Final

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from audit.access import NOTHING
from audit.columns import CLEAR
from audit.leaf import canonical
from audit.models import Record, RecordQuerySet
from audit.visible import visible

_SHOWN: Final[tuple[str, ...]] = (
    *(name for name in CLEAR if name != "detail"),
    "told",
    "sealed_text",
)


@admin.register(Record)
class RecordAdmin(admin.ModelAdmin[Record]):
    """Look, filter, never touch."""

    list_display = [
        "at",
        "event",
        "outcome",
        "tenant",
        "agent",
        "tool",
        "scope",
        "reason",
    ]
    list_filter = ["outcome", "door", "risk"]
    search_fields = [
        "id__exact",
        "call_id__exact",
        "session_id__exact",
        "approval_id__exact",
    ]
    search_help_text = _("The id of a record, call, session or approval.")
    ordering = ["-id"]
    show_full_result_count = False
    list_per_page = 50
    fields = tuple(_SHOWN)
    readonly_fields = _SHOWN

    @admin.display(description=_("detail"))
    def told(self, record: Record) -> str:
        """Return the detail, hidden characters made visible."""
        return visible(canonical(record.detail)) if record.detail else ""

    @admin.display(description=_("leaf"))
    def sealed_text(self, record: Record) -> str:
        """Return the leaf, hidden characters made visible."""
        return visible(bytes(record.leaf).decode())

    def get_queryset(self, request: HttpRequest) -> QuerySet[Record]:
        """Show the records of the tenants that this person may audit."""
        records: RecordQuerySet = Record.objects.all()
        return records.visible_to(getattr(request, "audit_scope", NOTHING))

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Show the app to whoever may audit something."""
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Look: whoever may audit something; the queryset says what."""
        return not getattr(request, "audit_scope", NOTHING).is_empty

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Only audit.services writes records."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Evidence is not edited: the pages become read-only."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Evidence is not deleted, one by one or in bulk."""
        return False
