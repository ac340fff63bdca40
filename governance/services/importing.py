"""Importing: a source is read above, by name; what it describes becomes drafts here."""

import hashlib
from datetime import datetime

from governance.above import openapi_proposals
from governance.models import Backend, Imported, ImportedDraft, Route, User
from governance.refusals import Refused
from governance.services.imports import keep_proposals


def import_openapi(
    raw: bytes, *, backend: Backend, by: User | None, now: datetime
) -> Imported:
    """Make a draft of each operation of an OpenAPI document.

    Nothing is fetched, and nothing is published.  Raises SourceRefused; Refused for a
    backend of another kind.
    """
    if backend.kind != Backend.Kind.HTTP:
        raise Refused({"backend": [f"{backend} is not reached by plain HTTP."]})
    proposals = openapi_proposals(
        raw,
        backend=backend.name,
        names=proposed_names(backend, ImportedDraft.Origin.OPENAPI),
        taken=taken_names(backend),
    )
    return keep_proposals(
        proposals,
        backend=backend,
        origin=ImportedDraft.Origin.OPENAPI,
        source={"file": f"sha256:{hashlib.sha256(raw).hexdigest()}"},
        by=by,
        now=now,
    )


def proposed_names(backend: Backend, origin: str) -> dict[str, str]:
    """Return the names that earlier imports of this kind proposed, by operation."""
    drafts = ImportedDraft.objects.filter(backend=backend, origin=origin)
    return dict(drafts.values_list("key", "tool"))


def taken_names(backend: Backend) -> frozenset[str]:
    """Return the tools' names that no new draft of the tenant may have."""
    routes = Route.objects.filter(tenant=backend.tenant_id)
    drafts = ImportedDraft.objects.filter(tenant=backend.tenant_id)
    return frozenset([*routes.values_list("tool", flat=True)]) | frozenset(
        drafts.values_list("tool", flat=True)
    )
