"""Where the channels keep sealed secrets; ``governance.sealedfields`` says what for."""

from typing import Final

from approvals.models import SlackWorkspace, Webhook
from governance.envelope import Context
from governance.sealedfields import SealedColumn, SealedField


def _place(hook: Webhook, field: str) -> Context:
    return Context(hook.tenant.slug, f"webhook:{hook.name}", field, hook.secret_version)


def _token(workspace: SlackWorkspace) -> Context:
    return Context(workspace.tenant.slug, "slack:", "token", workspace.token_version)


def _slack(workspace: SlackWorkspace, field: str) -> Context:
    return Context(workspace.tenant.slug, "slack:", field, workspace.secret_version)


FIELDS: Final[tuple[SealedField, ...]] = (
    SealedColumn(
        "secrets of webhooks",
        Webhook,
        "sealed_secret",
        lambda hook: _place(hook, "secret"),
    ),
    SealedColumn(
        "previous secrets of webhooks",
        Webhook,
        "previous_secret",
        lambda hook: _place(hook, "previous"),
    ),
    SealedColumn("tokens of Slack workspaces", SlackWorkspace, "sealed_token", _token),
    SealedColumn(
        "secrets of Slack workspaces",
        SlackWorkspace,
        "sealed_secret",
        lambda workspace: _slack(workspace, "secret"),
    ),
    SealedColumn(
        "previous secrets of Slack workspaces",
        SlackWorkspace,
        "previous_secret",
        lambda workspace: _slack(workspace, "previous"),
    ),
)
