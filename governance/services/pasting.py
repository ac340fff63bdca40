"""A pasted command becomes a backend, a lane with its secret, and a draft."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db import transaction
from django.utils.text import slugify

from governance.above import read_curl
from governance.egress import Destination, UrlRefused, parse_url
from governance.imports import Command, Proposal, flat, tool_name
from governance.models import (
    ApproverGroup,
    Backend,
    CredentialLane,
    ImportedDraft,
    RouteVersion,
    Tenant,
    User,
)
from governance.refusals import Refused, refuse_if
from governance.refusals.lanes import secret_problems
from governance.services.backends import save_backend
from governance.services.importing import proposed_names, taken_names
from governance.services.imports import complete_draft, keep_proposals, version_from
from governance.services.lanes import replace_secret, save_lane, secret_fingerprint


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the admin says besides the command; all of it may be left out."""

    tool: str = ""
    group: ApproverGroup | None = None
    justification: str = ""
    allowed_cidrs: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Pasted:
    """What came of a command; without a ``version`` the draft is to be completed."""

    draft: ImportedDraft
    version: RouteVersion | None
    lines: Sequence[str]
    refused: Sequence[str] = field(default_factory=tuple)


def import_curl(
    text: str, *, tenant: Tenant, wishes: Wishes, by: User | None, now: datetime
) -> Pasted:
    """Make of a command all that its first call needs; nothing is published.

    The credential in it is sealed here and kept nowhere else.  Raises SourceRefused,
    Refused; neither says a word of the command.
    """
    command = read_curl(text)
    if command.secret:
        refuse_if({"command": secret_problems("static", command.secret)})
    backend, lines = _backend(command, tenant, wishes, by=by, now=now)
    with transaction.atomic():
        lane, said = _lane(command, backend, by=by, now=now)
        draft = _draft(command, backend, lane, wishes, by=by, now=now)
    version = version_from(draft)
    _decide(version, wishes)
    try:
        complete_draft(draft, version, tool=draft.tool, by=by, now=now)
    except Refused as error:
        return Pasted(draft, None, [*lines, said], error.sentences())
    return Pasted(draft, version, [*lines, said, *draft.notes])


def _backend(
    command: Command,
    tenant: Tenant,
    wishes: Wishes,
    *,
    by: User | None,
    now: datetime,
) -> tuple[Backend, list[str]]:
    """Find the backend of this origin, the one with the longest path; or make one."""
    path = str(command.proposal.fields["mapping"]["path"])
    known = [
        (len(place.path), backend)
        for backend in Backend.objects.filter(tenant=tenant, kind=Backend.Kind.HTTP)
        if (place := _place(backend)) and place.origin == command.origin
        if f"{path}/".startswith(f"{place.path}/")
    ]
    if known:
        found = max(known, key=lambda each: each[0])[1]
        return found, [f"The backend {found} leads there already: it is used."]
    backend = Backend(
        tenant=tenant,
        name=_free_name(slugify(command.host.replace(".", "-"))[:50], tenant, Backend),
        base_url=command.origin,
        allowed_cidrs=list(wishes.allowed_cidrs),
    )
    save_backend(backend, by=by, now=now)
    return backend, [f"The backend {backend} was made: {backend.base_url}."]


def _place(backend: Backend) -> Destination | None:
    try:
        return parse_url(backend.base_url)
    except UrlRefused:
        return None


def _free_name(
    wanted: str, tenant: Tenant, model: type[Backend] | type[CredentialLane]
) -> str:
    taken = set(model.objects.filter(tenant=tenant).values_list("name", flat=True))
    name, number = wanted, 2
    while name in taken:
        name, number = f"{wanted}-{number}", number + 1
    return name


def _lane(
    command: Command, backend: Backend, *, by: User | None, now: datetime
) -> tuple[CredentialLane, str]:
    """Find the lane that lends this very credential, or make one."""
    lanes = CredentialLane.objects.filter(tenant=backend.tenant_id)
    lanes = lanes.select_related("tenant").filter(
        kind=_kind(command), placement=command.placement
    )
    if command.secret:
        lanes = lanes.filter(secret_fingerprint=secret_fingerprint(command.secret))
    elif command.placement:
        lanes = lanes.none()
    if lane := lanes.first():
        return lane, f"The lane {lane} lends the same already: it is used."
    lane = _new_lane(command, backend)
    save_lane(lane, by=by, now=now)
    if not command.secret:
        return lane, f"The lane {lane} was made. It holds no credential."
    replace_secret(lane, command.secret, by=by, now=now)
    return lane, f"The lane {lane} was made, and the credential sealed in it."


def _kind(command: Command) -> CredentialLane.Kind:
    kinds = CredentialLane.Kind
    return kinds.STATIC if command.placement else kinds.NONE


def _new_lane(command: Command, backend: Backend) -> CredentialLane:
    is_read = command.proposal.fields["risk"] == RouteVersion.Risk.READ
    power = CredentialLane.Privilege.READ if is_read else CredentialLane.Privilege.WRITE
    wanted = f"{backend.name[:40]}-{power}" if command.placement else "no-credential"
    return CredentialLane(
        tenant=backend.tenant,
        name=_free_name(wanted, backend.tenant, CredentialLane),
        kind=_kind(command),
        privilege=power if command.placement else CredentialLane.Privilege.READ,
        placement=command.placement,
    )


def _draft(
    command: Command,
    backend: Backend,
    lane: CredentialLane,
    wishes: Wishes,
    *,
    by: User | None,
    now: datetime,
) -> ImportedDraft:
    proposal = _below(command.proposal, backend)
    known = proposed_names(backend, ImportedDraft.Origin.CURL).get(proposal.key)
    used = {flat(name) for name in taken_names(backend)}
    proposal = replace(
        proposal,
        tool=wishes.tool
        or known
        or tool_name(
            backend.name, proposal.tool, is_taken=lambda name: flat(name) in used
        ),
    )
    kept = keep_proposals(
        [proposal],
        backend=backend,
        origin=ImportedDraft.Origin.CURL,
        source={"operation": proposal.key},
        by=by,
        now=now,
        lane=lane,
    )
    return kept.drafts[0]


def _below(proposal: Proposal, backend: Backend) -> Proposal:
    """Write the path as it stands behind the backend's own."""
    mapping = dict(proposal.fields["mapping"])
    prefix = parse_url(backend.base_url).path
    mapping["path"] = str(mapping["path"]).removeprefix(prefix) or "/"
    return replace(proposal, fields={**proposal.fields, "mapping": mapping})


def _decide(version: RouteVersion, wishes: Wishes) -> None:
    """Say who has to say yes, as far as the admin has."""
    version.justification = wishes.justification
    version.group = wishes.group
    is_read = version.risk == RouteVersion.Risk.READ
    if is_read and wishes.group is None:
        version.approval_rule = RouteVersion.Rule.NOT_REQUIRED
