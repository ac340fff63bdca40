"""A request in Slack's name: believed once, or turned away and counted.

Nothing of it is believed before its signature holds, but for the team that it names:
that only picks under which secret it has to hold.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import parse_qs

from django.db import IntegrityError, transaction
from slack_sdk.signature import Clock, SignatureVerifier

from approvals.models import SlackRequest, SlackWorkspace
from approvals.services.slack.workspaces import WorkspaceAltered, signing_secrets
from audit.services import record_flood
from governance.arguments import InvalidJson, parse_json
from governance.decision import Reason
from governance.envelope import SealBroken, Secret
from governance.keys import KeyUnavailable

# Slack's verifier takes 300 s both ways; a signature is remembered for longer.
REMEMBERED: Final = timedelta(minutes=15)


class NotFromSlack(Exception):
    """A request that is not from the workspace that it names."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """What a workspace sent, once its signature held; ``is_repeat``: not again."""

    workspace: SlackWorkspace
    payload: dict[str, Any]
    is_repeat: bool

    @property
    def slack_user(self) -> str:
        """Who pressed."""
        return _text(self.payload.get("user"), "id")

    @property
    def is_of_workspace(self) -> bool:
        """Whether who pressed is of this very workspace, and no guest of a channel."""
        ours = {self.workspace.team_id, self.workspace.enterprise_id} - {""}
        return _text(self.payload.get("user"), "team_id") in ours


class _At(Clock):
    def __init__(self, at: datetime) -> None:
        self._at = at

    def now(self) -> float:
        return self._at.timestamp()


def take(raw: bytes, *, timestamp: str, signature: str, now: datetime) -> Arrival:
    """Return what Slack sent.

    Raises NotFromSlack, whatever is wrong: nobody learns what.
    """
    try:
        payload = _payload(raw)
        workspace = _workspace(payload)
        secrets = signing_secrets(workspace, at=now)
    except (NotFromSlack, WorkspaceAltered, SealBroken, KeyUnavailable) as error:
        raise _refused(now) from error
    is_signed = any(
        _holds(secret, raw, timestamp=timestamp, signature=signature, now=now)
        for secret in secrets
    )
    if not is_signed or not _is_installed_here(payload, workspace):
        raise _refused(now, workspace)
    return Arrival(workspace, payload, is_repeat=not _first(signature, at=now))


def forget_requests(*, now: datetime) -> int:
    """Forget signatures that are too old to be believed anyway; how many."""
    old = SlackRequest.objects.filter(at__lt=now - REMEMBERED)
    count, _by_model = old.delete()
    return count


def _payload(raw: bytes) -> dict[str, Any]:
    try:
        fields = parse_qs(raw.decode(), strict_parsing=True, max_num_fields=10)
        (text,) = fields["payload"]
        return parse_json(text.encode())
    except (InvalidJson, KeyError, ValueError) as error:
        raise NotFromSlack from error


def _workspace(payload: dict[str, Any]) -> SlackWorkspace:
    rows = SlackWorkspace.objects.select_related("tenant").filter(suspended_at=None)
    team = _text(payload.get("team"), "id")
    enterprise = _text(payload.get("enterprise"), "id")
    found = rows.filter(team_id=team).first() if team else None
    if found is None and enterprise:
        # An organisation may hold several of ours, each with an app of its own.
        app = _text(payload, "api_app_id")
        found = rows.filter(enterprise_id=enterprise, app_id=app).first()
    if found is None:
        raise NotFromSlack
    return found


def _is_installed_here(payload: dict[str, Any], workspace: SlackWorkspace) -> bool:
    return payload.get("api_app_id") == workspace.app_id


def _holds(
    secret: Secret, raw: bytes, *, timestamp: str, signature: str, now: datetime
) -> bool:
    verifier = SignatureVerifier(secret.reveal(), _At(now))
    try:
        return verifier.is_valid(raw, timestamp, signature)
    except (OverflowError, TypeError, ValueError):
        # It raises on a timestamp that is no number or too large a one, on a body that
        # is not UTF-8 (a ValueError, too) and on a signature that is not ASCII.
        return False


def _first(signature: str, *, at: datetime) -> bool:
    """Remember a signature; False if it has come before."""
    digest = hashlib.sha256(signature.encode()).digest()
    try:
        with transaction.atomic():
            SlackRequest.objects.create(signature=digest, at=at)
    except IntegrityError:
        return False
    return True


def _refused(now: datetime, workspace: SlackWorkspace | None = None) -> NotFromSlack:
    tenant = workspace.tenant.slug if workspace else None
    record_flood(
        "slack.refused",
        f"slack {tenant}",
        now=now,
        reason=Reason.UNAUTHENTICATED,
        tenant=tenant,
    )
    return NotFromSlack()


def _text(holder: object, name: str) -> str:
    value = holder.get(name) if isinstance(holder, dict) else None
    return value if isinstance(value, str) else ""
