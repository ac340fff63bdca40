"""The admin's pages, as tests go to them."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from audit.models import Record
from governance.admin.base import ConfigurationAdmin, LookOnlyAdmin

Open = Callable[[str], Client]


def kind_of(row: Model | type[Model]) -> str:
    """Return the name of a kind of row, as it stands in addresses."""
    return str(row._meta.model_name)  # noqa: SLF001 - Django's public name for it


OURS = {
    kind_of(model): its
    for model, its in admin.site._registry.items()  # noqa: SLF001 - no public way
    if isinstance(its, LookOnlyAdmin) and its.opts.app_label == "governance"
}
CHANGED_HERE = [
    kind for kind, its in OURS.items() if isinstance(its, ConfigurationAdmin)
]


def page(row: Model, view: str = "change", *more: str) -> str:
    """Return the address of a row's page."""
    return reverse(f"admin:governance_{kind_of(row)}_{view}", args=[row.pk, *more])


def fields_of(response: Any) -> dict[str, Any]:
    """Return what the form of a page would send back unchanged."""
    form = response.context["adminform"].form
    shown = {
        name: field.prepare_value(form[name].value())
        for name, field in form.fields.items()
    }
    return {name: value for name, value in shown.items() if value not in (None, False)}


def detail_of(record: Record) -> dict[str, Any]:
    """Return the event's own facts."""
    return dict(record.detail or {})
