"""The one kind of admin page that configuration has.

What a person may see and do follows from her memberships, not from Django's
permissions.  Nothing is deleted, nothing is done in bulk, every change is a service's.
"""

from typing import Any, ClassVar, cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.utils import timezone

from governance import scoping
from governance.access import PersonRequest
from governance.refusals import Refused
from governance.settled import NotSettled


class LookOnlyAdmin(admin.ModelAdmin[Any]):
    """Rows of one's tenants, to read.

    ``tenant_path`` is the way from a row to its tenant.
    """

    tenant_path: ClassVar[str] = "tenant"
    actions = None
    list_per_page = 50
    show_full_result_count = False
    view_on_site = False

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Admins of a tenant, and operators."""
        return scoping.is_admin(cast("PersonRequest", request))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Admins of the tenant that the row is of."""
        return self.has_module_permission(request) and self._is_hers(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: the pages are read-only."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: evidence names these rows."""
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Keep to her tenants."""
        rows = super().get_queryset(request)
        return scoping.within(
            rows, cast("PersonRequest", request), path=self.tenant_path
        )

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Write nothing: the service's record is the evidence."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Write nothing: the service's record is the evidence."""

    def _is_hers(self, request: HttpRequest, obj: Any) -> bool:
        if obj is None or obj.pk is None:
            return True
        return self.get_queryset(request).filter(pk=obj.pk).exists()


class ConfigurationAdmin(LookOnlyAdmin):
    """Rows of one's tenants, to change through services."""

    # Whether its form looks names up.  Its service then has the only transaction, so
    # what it saves is one service's, whole.
    looks_names_up: ClassVar[bool] = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Admins of a tenant, and operators."""
        return self.has_module_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Admins of the tenant that the row is of."""
        return self.has_view_permission(request, obj)

    def save_model(
        self, request: HttpRequest, obj: Any, form: Any, change: Any
    ) -> None:
        """Call the service of this kind of row."""
        self.save(cast("PersonRequest", request), obj, form.cleaned_data)

    def save(self, request: PersonRequest, row: Any, cleaned: dict[str, Any]) -> None:
        """Save a row that a form has filled, with its evidence."""
        raise NotImplementedError

    def save_related(
        self, request: HttpRequest, form: Any, formsets: Any, change: Any
    ) -> None:
        """Write nothing: the service did."""

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Serve the form; say what a service refused or could not wait for."""
        serve = super().changeform_view
        if self.looks_names_up:
            # What Django wraps into a transaction: a resolver that hangs must not keep
            # one open.  Against foreign pages the site guards each of its views itself.
            serve = self._changeform_view  # type: ignore[attr-defined]  # no stub
        try:
            return serve(request, object_id, form_url, extra_context)
        except Refused as error:
            # Its transaction is undone: show the form again as it was filled in.
            request.refused = error.fields  # type: ignore[attr-defined]  # see get_form
            return serve(request, object_id, form_url, extra_context)
        except NotSettled as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(request.get_full_path())

    def get_form(
        self,
        request: HttpRequest,
        obj: Any = None,
        change: bool = False,
        **options: Any,
    ) -> Any:
        """Tell the form who fills it in, so that it offers rows of her tenants.

        And what a service refused of it already.
        """
        form = super().get_form(request, obj, change=change, **options)
        about = {"request": request, "refused": getattr(request, "refused", {})}
        return type(form.__name__, (form,), about)


def now_and_by(request: HttpRequest) -> dict[str, Any]:
    """Return what every service is told: the time, and who acts."""
    return {"now": timezone.now(), "by": request.user}


def posted(request: HttpRequest) -> QueryDict | None:
    """Return what a form is filled with; None leaves it empty, to be shown."""
    return request.POST if request.method == "POST" else None
