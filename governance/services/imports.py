"""Keeping what an import found, and making routes of it."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import transaction

from audit.services import record
from audit.visible import visible
from governance.imports import Proposal, differing_pointers
from governance.models import (
    Backend,
    CredentialLane,
    Imported,
    ImportedDraft,
    Route,
    RouteVersion,
    User,
)
from governance.publishing import NAMED_FIELDS, PLAIN_FIELDS
from governance.refusals import refuse_if
from governance.services.evidence import author, lock
from governance.services.routes import create_route, save_draft


@transaction.atomic
def keep_proposals(
    proposals: Iterable[Proposal],
    *,
    backend: Backend,
    origin: str,
    source: Mapping[str, str],
    by: User | None,
    now: datetime,
    lane: CredentialLane | None = None,
) -> Imported:
    """Keep proposals as drafts, and compare them with what was imported before.

    What the source no longer has is marked as gone, but for commands, each of which is
    a source of its own.  ``source`` joins the record.
    """
    lock(backend.tenant)
    kept = {
        draft.key: draft
        for draft in ImportedDraft.objects.filter(backend=backend, origin=origin)
    }
    lines, drafts, unchanged = [], [], 0
    for proposal in proposals:
        draft = kept.pop(proposal.key, None)
        line = _line(draft, proposal)
        drafts.append(
            _keep(
                draft or _new(backend, origin, proposal),
                proposal,
                lane=lane,
                by=by,
                now=now,
            )
        )
        lines += [line] if line else []
        unchanged += not line
    if origin != ImportedDraft.Origin.CURL:
        lines += _gone(kept.values(), now=now)
    if lines:
        counted: dict[str, str | int] = {"differences": len(lines)}
        detail = {**source, "source": origin, **counted}
        _record(backend, detail, by=by, now=now)
    return Imported(lines, drafts, unchanged)


def _record(
    backend: Backend, detail: Mapping[str, str | int], *, by: User | None, now: datetime
) -> None:
    record(
        "route.imported",
        now=now,
        tenant=backend.tenant.slug,
        backend=backend.name,
        detail=detail,
        **author(by),
    )


def _line(draft: ImportedDraft | None, proposal: Proposal) -> str:
    """Say what is new about a proposal; empty if nothing is."""
    # Names that others gave may hold what a terminal obeys and nobody sees.
    key = visible(proposal.key)
    why = " ".join(each for said in proposal.problems.values() for each in said)
    suffix = f": can't be published yet. {visible(why)}" if why else ""
    if draft is None:
        return f"{key}: new draft {proposal.tool}{suffix}"
    if draft.gone_at is not None:
        return f"{key}: is back{suffix}"
    if draft.digest == proposal.digest:
        return ""
    where = ", ".join(differing_pointers(draft.definition, proposal.definition))
    return f"{key}: changed at {where}{suffix}"


def _new(backend: Backend, origin: str, proposal: Proposal) -> ImportedDraft:
    return ImportedDraft(
        tenant_id=backend.tenant_id,
        backend=backend,
        origin=origin,
        key=proposal.key,
        digest=proposal.digest,
    )


def _keep(
    draft: ImportedDraft,
    proposal: Proposal,
    *,
    lane: CredentialLane | None,
    by: User | None,
    now: datetime,
) -> ImportedDraft:
    if draft.digest != proposal.digest:
        draft.changed = differing_pointers(draft.definition, proposal.definition)
    if draft.route_id is None:
        draft.tool = proposal.tool
    draft.lane = lane or draft.lane
    draft.digest, draft.definition = proposal.digest, dict(proposal.definition)
    draft.fields, draft.notes = dict(proposal.fields), [*map(visible, proposal.notes)]
    draft.problems = {
        name: [*map(visible, said)] for name, said in proposal.problems.items() if said
    }
    draft.imported_at, draft.imported_by, draft.gone_at = now, by, None
    draft.save()
    return draft


def _gone(left: Iterable[ImportedDraft], *, now: datetime) -> list[str]:
    gone = [draft for draft in left if draft.gone_at is None]
    for draft in gone:
        draft.gone_at = now
        draft.save(update_fields=["gone_at"])
    return [f"{visible(draft.key)}: the source has it no longer" for draft in gone]


@transaction.atomic
def complete_draft(
    draft: ImportedDraft,
    version: RouteVersion,
    *,
    tool: str,
    by: User | None,
    now: datetime,
) -> RouteVersion:
    """Make a route of a draft, or the next draft of the route that it became.

    Nothing is published.  Raises Refused, also for what the import could not settle
    and nobody has changed since.
    """
    lock(draft.tenant)
    draft.refresh_from_db()
    refuse_if(unsettled(draft, version))
    route = draft.route
    if route is None:
        route = create_route(Route(tenant=draft.tenant, tool=tool), by=by, now=now)
    version.route = route
    replace_open_draft(version)
    save_draft(version, by=by, now=now)
    draft.route, draft.completed_digest, draft.changed = route, draft.digest, []
    draft.save(update_fields=["route", "completed_digest", "changed"])
    return version


def version_from(draft: ImportedDraft) -> RouteVersion:
    """Return the version that a draft proposes, unsaved.

    Of a route that it became already, all stays as it is there but for what the source
    says: the arguments and the request.
    """
    version = RouteVersion(backend=draft.backend, **draft.fields)
    version.route = draft.route or Route(tenant=draft.tenant, tool=draft.tool)
    base = _latest(draft.route) if draft.route else None
    if base is not None:
        for name in (*PLAIN_FIELDS, *NAMED_FIELDS):
            if name not in ("arguments_schema", "mapping", "backend"):
                setattr(version, name, getattr(base, name))
    elif draft.lane is not None:
        version.lane = draft.lane
    return version


def _latest(route: Route) -> RouteVersion | None:
    versions = RouteVersion.objects.exclude(state=RouteVersion.State.DISMISSED)
    return versions.filter(route=route).order_by("-number").first()


def unsettled(draft: ImportedDraft, version: RouteVersion) -> dict[str, list[str]]:
    """Return what the import could not do, at the fields that stand as it left them."""
    return {
        name: list(said)
        for name, said in draft.problems.items()
        if not name or _value(version, name) == draft.fields.get(name, "")
    }


def _value(version: RouteVersion, name: str) -> object:
    return getattr(version, name, "")


def replace_open_draft(version: RouteVersion) -> None:
    """Let a version take the place of its route's open draft: there is one at most."""
    open_draft = RouteVersion.objects.filter(
        route=version.route, state=RouteVersion.State.DRAFT
    ).first()
    if open_draft is not None:
        version.pk, version.number = open_draft.pk, open_draft.number
        version._state.adding = False  # noqa: SLF001 - documented
