"""Whether anything at all was written: a look at every table of ours."""

from collections.abc import Mapping

from django.apps import apps
from django.db import models

OURS = ("governance", "approvals", "proxy", "audit")

Rows = Mapping[str, frozenset[str]]


def everything() -> Rows:
    """Return all rows of all our tables, to be compared with a later look."""
    return {
        model.__name__: _rows(model)
        for label in OURS
        for model in apps.get_app_config(label).get_models()
    }


def changes_since(before: Rows) -> dict[str, list[str]]:
    """Return what was written since then, by model; {} if nothing was."""
    now = everything()
    changed = {name: sorted(now[name] ^ before[name]) for name in now}
    return {name: rows for name, rows in changed.items() if rows}


def _rows(model: type[models.Model]) -> frozenset[str]:
    rows = model._default_manager.values()  # noqa: SLF001 - its public name
    return frozenset(str({k: _readable(v) for k, v in row.items()}) for row in rows)


def _readable(value: object) -> object:
    return bytes(value) if isinstance(value, memoryview) else value
