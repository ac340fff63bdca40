"""The public halves of the keys that sign claims, for operators to look at."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from governance.admin.base import LookOnlyAdmin
from governance.models import SigningKey


@admin.register(SigningKey)
class SigningKeyAdmin(LookOnlyAdmin):
    """Keys; ``manage.py rotate_keys`` changes them."""

    list_display = ("kid", "state", "created_at", "activated_at", "retired_at")
    fields = (
        "kid",
        "state",
        "created_at",
        "activated_at",
        "retired_at",
        "revoked_at",
    )

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Operators: the keys belong to no tenant."""
        return bool(request.user.is_active and request.user.is_superuser)

    def get_queryset(self, request: HttpRequest) -> QuerySet[SigningKey]:
        """All."""
        return SigningKey.objects.all()
