"""A fake of Slack's Web API on the loopback, and requests signed as Slack does."""

import hashlib
import hmac
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from approvals.models import (
    Delivery,
    SlackChannel,
    SlackLink,
    SlackWorkspace,
)
from approvals.services.slack.installing import save_workspace
from approvals.services.slack.sending import copy_value
from approvals.services.slack.workspaces import (
    replace_signing_secret,
    replace_token,
    save_channel,
)
from governance.models import ApproverGroup, User
from governance.seals import seal
from tests.factories import NOW, TenantFactory
from tests.remotes import Remote, reply, serving

SIGNING = "0123456789abcdef0123456789abcdef"
TOKEN = "xoxb-1-CANARY-slack-token"
CHANNEL = "C0000REVIEW"
HOOK = "/hooks/slack/interactivity"
MEMBER: dict[str, Any] = {
    "team_id": "T0000ACME",
    "is_bot": False,
    "deleted": False,
    "is_restricted": False,
    "is_ultra_restricted": False,
}


@dataclass(slots=True)
class FakeSlack:
    """What Slack was asked; ``errors`` and ``statuses`` say what fails, by method."""

    remote: Remote = field(default_factory=Remote)
    errors: dict[str, str] = field(default_factory=dict)
    statuses: dict[str, int] = field(default_factory=dict)
    user: dict[str, Any] = field(default_factory=lambda: dict(MEMBER))

    def answer(self, connection: socket.socket) -> None:
        """Answer the newest request as Slack would."""
        asked = self.remote.received[-1]
        method = asked.target.rpartition("/")[2]
        if method in self.statuses:
            status = self.statuses[method]
            connection.sendall(reply(b"{}", status=status, more="Retry-After: 30\r\n"))
            return
        told: dict[str, Any] = {"ok": True}
        if method in self.errors:
            told = {"ok": False, "error": self.errors[method]}
        elif method == "users.info":
            told["user"] = self.user
        elif method == "chat.postMessage":
            ts = f"1700000000.{len(self.remote.received):06}"
            told |= {"channel": json.loads(asked.body)["channel"], "ts": ts}
        connection.sendall(reply(json.dumps(told).encode()))

    def calls(self, method: str) -> list[dict[str, Any]]:
        """Return what a method was called with, oldest first."""
        bodies = [
            each.body
            for each in self.remote.received
            if each.target == f"/api/{method}"
        ]
        return [json.loads(body) for body in bodies]

    @property
    def modal(self) -> dict[str, Any]:
        """The view that was opened last."""
        view: dict[str, Any] = self.calls("views.open")[-1]["view"]
        return view


@contextmanager
def fake_slack(settings: Settings) -> Iterator[FakeSlack]:
    """Run the fake, and have the program talk to it."""
    fake = FakeSlack()
    fake.remote.answer = fake.answer
    with serving(fake.remote) as remote:
        settings.SLACK_API_URL = f"{remote.url}/api"
        settings.SLACK_API_CIDRS = ["127.0.0.0/8"]
        yield fake


def installed(tenant: str = "team-acme", **given: str) -> SlackWorkspace:
    """Install the app for a tenant, with both its secrets."""
    ids = {"app_id": "A0000SEAL", "team_id": "T0000ACME", "enterprise_id": "", **given}
    workspace = SlackWorkspace(tenant=TenantFactory.create(slug=tenant), **ids)
    save_workspace(workspace, by=None, now=NOW)
    replace_token(workspace, TOKEN, by=None, now=NOW)
    replace_signing_secret(workspace, SIGNING, by=None, now=NOW)
    return workspace


def in_channel(group: ApproverGroup | None = None, channel: str = CHANNEL) -> None:
    """Have a group, ``reviewers`` unless given, asked in a channel."""
    group = group or ApproverGroup.objects.get(name="reviewers")
    save_channel(SlackChannel(group=group, channel_id=channel), by=None, now=NOW)


def linked(name: str, slack_user: str = "", team: str = "T0000ACME") -> SlackLink:
    """Return a link of a person, as confirming a code makes it."""
    link = SlackLink.objects.create(
        workspace=SlackWorkspace.objects.get(team_id=team),
        person=User.objects.get(username=name),
        slack_user=slack_user or f"U0000{name.upper()}",
        created_at=NOW,
        expires_at=NOW,
        linked_at=NOW,
    )
    link.seal = seal("slack_link", link.members())
    link.save(update_fields=["seal"])
    return link


def question(channel: str = CHANNEL) -> Delivery:
    """Return the newest copy of a question in a channel."""
    copies = Delivery.objects.filter(
        channel="slack", event="requested", address=channel
    )
    return copies.latest("pk")


def pressed(
    action: str, copy: Delivery, user: str = "U0000ANA", **given: Any
) -> dict[str, Any]:
    """Return the payload of a pressed button."""
    return {
        "type": "block_actions",
        "api_app_id": "A0000SEAL",
        "team": {"id": "T0000ACME", "domain": "acme"},
        "user": {"id": user, "team_id": "T0000ACME"},
        "trigger_id": "1.2.3",
        "actions": [{"action_id": action, "value": copy_value(copy)}],
        **given,
    }


def submitted(
    view: dict[str, Any],
    user: str = "U0000ANA",
    *,
    reason: str = "",
    category: str = "other",
    **given: Any,
) -> dict[str, Any]:
    """Return the payload of a submitted modal."""
    values = {
        "reason": {"reason": {"type": "plain_text_input", "value": reason or None}},
        "category": {"category": {"selected_option": {"value": category}}},
    }
    return {
        "type": "view_submission",
        "api_app_id": "A0000SEAL",
        "team": {"id": "T0000ACME"},
        "user": {"id": user, "team_id": "T0000ACME"},
        "view": {
            "callback_id": view["callback_id"],
            "private_metadata": view["private_metadata"],
            "state": {"values": values},
        },
        **given,
    }


def body_of(payload: object) -> bytes:
    """Return a payload as Slack posts it."""
    return urlencode({"payload": json.dumps(payload)}).encode()


def signature(raw: bytes, *, at: datetime | str, secret: str = SIGNING) -> str:
    """Return what Slack signs a body with."""
    stamp = at if isinstance(at, str) else str(int(at.timestamp()))
    signed = f"v0:{stamp}:".encode() + raw
    return f"v0={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"


def post(
    payload: object,
    *,
    at: datetime | None = None,
    secret: str = SIGNING,
    raw: bytes | None = None,
    headers: dict[str, str] | None = None,
) -> Any:
    """Send a payload in Slack's name, signed now unless told otherwise."""
    sent = body_of(payload) if raw is None else raw
    moment = at or timezone.now()
    return Client(enforce_csrf_checks=True).post(
        HOOK,
        sent,
        content_type="application/x-www-form-urlencoded",
        headers={
            "X-Slack-Request-Timestamp": str(int(moment.timestamp())),
            "X-Slack-Signature": signature(sent, at=moment, secret=secret),
            **(headers or {}),
        },
    )


def texts(shown: object) -> str:
    """Return everything that a message or a modal says, one text a line."""
    if isinstance(shown, dict):
        own = [shown["text"]] if isinstance(shown.get("text"), str) else []
        return "\n".join([*own, *(texts(each) for each in shown.values())])
    if isinstance(shown, list):
        return "\n".join(texts(each) for each in shown)
    return ""


def buttons(message: dict[str, Any]) -> list[str]:
    """Return the actions of a message's buttons."""
    blocks = [each for each in message["blocks"] if each["type"] == "actions"]
    return [button["action_id"] for each in blocks for button in each["elements"]]
