"""Installing the app for a tenant, and what ends where another workspace is named."""

from datetime import datetime
from typing import Final

from django.db import transaction

from approvals.models import SlackLink, SlackWorkspace
from approvals.services.slack.links import end_link
from approvals.services.slack.workspaces import workspace_problems
from audit.services import record
from governance.changes import Changes, Field, Fields
from governance.models import User
from governance.refusals import refuse_if
from governance.services.evidence import (
    author,
    differences,
    is_new,
    lock,
    save_sealed,
)

WORKSPACE: Final[Fields] = {
    "app_id": Field("app ID"),
    "team_id": Field("workspace ID"),
    "enterprise_id": Field("Enterprise Grid ID"),
}


@transaction.atomic
def save_workspace(
    workspace: SlackWorkspace, *, by: User | None, now: datetime
) -> Changes:
    """Install the app for a tenant, or change where it is.  Raises Refused."""
    refuse_if(workspace_problems(workspace))
    tenant = lock(workspace.tenant)
    new = is_new(workspace)
    changes = differences(workspace, WORKSPACE)
    if not changes:
        return changes
    _end_links_elsewhere(workspace, by=by, now=now)
    save_sealed(workspace, kind="slack", fields=WORKSPACE, new=new)
    event = "slack.installed" if new else "slack.changed"
    detail = changes.detail()
    record(event, now=now, tenant=tenant.slug, detail=detail, **author(by))
    return changes


def _end_links_elsewhere(
    workspace: SlackWorkspace, *, by: User | None, now: datetime
) -> None:
    """End the links that were made while the row named another workspace of Slack.

    Left open they would stand again as soon as that one is named once more.
    """
    links = SlackLink.objects.filter(workspace=workspace.pk, ended_at=None)
    elsewhere = links.exclude(workspace__team_id=workspace.team_id)
    for link in elsewhere.select_related("person", "workspace__tenant"):
        end_link(link, by=by, now=now)
