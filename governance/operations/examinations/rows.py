"""Rows that no longer fit the keys or the rules; names are told, secrets never."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import QuerySet

from governance import keys
from governance.egress import check_url
from governance.envelope import Context, open_secret
from governance.keys import KeyUnavailable
from governance.models import Backend, CredentialLane, Resealing, Route, SigningKey
from governance.operations.finding import Finding, note
from governance.seals import holds
from governance.services.keks import keks_in_use

SECRET_FIELD = "secret"  # noqa: S105 (the name of a field)


def claim_keys(_now: datetime) -> Iterator[Finding]:
    """Yield the signing keys whose private half is not on this machine."""
    states = [SigningKey.State.NEXT, SigningKey.State.ACTIVE]
    rows = SigningKey.objects.filter(state__in=states)
    missing = sorted({row.kid for row in rows} - set(keys.claim_kids()))
    if missing:
        yield Finding(
            f"The folder of keys lacks {', '.join(f'claim-{k}.key' for k in missing)}, "
            "which signs claims: put it back from your backup, or run "
            "`manage.py rotate_keys` where the folder is whole."
        )
    if not any(row.state == SigningKey.State.ACTIVE for row in rows):
        yield Finding(
            "No key signs claims yet: run `manage.py rotate_keys` once, or let the "
            "first approval make it."
        )


def altered_rows(_now: datetime) -> Iterator[Finding]:
    """Yield how many rows were changed past us, in the database itself."""
    backends = [holds("backend", b.members(), b.seal) for b in Backend.objects.all()]
    on_lanes = [
        holds("lane", a.members(), a.seal) for a in CredentialLane.objects.all()
    ]
    for what, kept in {"backends": backends, "lanes": on_lanes}.items():
        if not all(kept):
            yield Finding(
                f"{kept.count(False)} {what} were changed in the database and not by "
                "us, or under another seal.key: their tools refuse every call; look "
                "at them in the admin and save them again."
            )


def lanes(_now: datetime) -> Iterator[Finding]:
    """Yield how many lanes hold a secret that does not open, and which hold none."""
    yield from _closed_lanes()
    yield from _unset_lanes()


def _closed_lanes() -> Iterator[Finding]:
    sealed = CredentialLane.objects.exclude(sealed_secret="").select_related("tenant")
    closed = [lane for lane in sealed if not _opens(lane)]
    if closed:
        yield Finding(
            f"The secrets of {len(closed)} credential lanes do not open: put the kek "
            "files back, or set those secrets again in the admin."
        )


def _unset_lanes() -> Iterator[Finding]:
    unset = CredentialLane.objects.filter(sealed_secret="").exclude(kind="none")
    in_force = unset.filter(pk__in=Route.objects.values("published__lane"))
    if names := _names(in_force):
        yield Finding(
            f"The lanes {names} have no secret, and routes are published on them: their"
            " calls fail. Set it in the admin under Credential lanes."
        )
    if names := _names(unset.exclude(pk__in=in_force.values("pk"))):
        yield note(
            f"The lanes {names} have no secret yet: no route can be published on them."
        )


def _names(rows: QuerySet[CredentialLane]) -> str:
    named = rows.order_by("tenant", "name").values_list("tenant__slug", "name")
    return ", ".join(f"{name} of {tenant}" for tenant, name in named)


def _opens(lane: CredentialLane) -> bool:
    place = Context(lane.tenant.slug, lane.name, SECRET_FIELD, lane.secret_version)
    try:
        open_secret(lane.sealed_secret, keks=keys.kek, aad=place)
    except (ValueError, KeyUnavailable):
        return False
    return True


def old_keks(_now: datetime) -> Iterator[Finding]:
    """Note the keys of keys that are older than the newest, and who names them."""
    try:
        newest = keys.newest_kek_id()
    except KeyUnavailable:
        return  # said with the key files
    for run in Resealing.objects.all():
        yield note(
            f"`manage.py rotate_kek --reseal` did not finish, {run}: run it again."
        )
    used = keks_in_use()
    for kek_id in keys.kek_ids():
        if kek_id != newest and (count := used.get(kek_id, 0)):
            yield note(
                f"{count} secrets are still under kek-{kek_id}.key: run"
                " `manage.py rotate_kek`."
            )
        elif kek_id != newest:
            yield note(f"Nothing is under kek-{kek_id}.key any more: delete it.")


def refused_backends(_now: datetime) -> Iterator[Finding]:
    """Yield the backends whose URL is not let through any more."""
    for backend in Backend.objects.select_related("tenant"):
        try:
            check_url(backend.base_url, cidrs=backend.allowed_cidrs)
        except ValueError as error:
            yield Finding(f"{backend.tenant.slug}/{backend.name}: {error}")
