"""Who a Slack user is to us: only ever by a link that stands and that we sealed."""

from collections.abc import Iterable, Mapping

from approvals.models import SlackLink, SlackWorkspace
from governance.models import User
from governance.seals import holds


def link_behind(workspace: SlackWorkspace, slack_user: str) -> SlackLink | None:
    """Return the link of a Slack user; None where the row was altered."""
    links = SlackLink.objects.live().filter(workspace=workspace, slack_user=slack_user)
    return _sealed(links.select_related("person", "workspace").first())


def link_of(person: User, workspace: SlackWorkspace) -> SlackLink | None:
    """Return the link of a person that stands, if any."""
    return links_of([person], workspace).get(person.pk)


def links_of(
    people: Iterable[User], workspace: SlackWorkspace
) -> Mapping[int, SlackLink]:
    """Return the links of several people that stand, by the people's keys."""
    live = SlackLink.objects.live().select_related("workspace")
    found = live.filter(workspace=workspace, person__in=list(people))
    return {link.person_id: link for link in found if _sealed(link)}


def _sealed(link: SlackLink | None) -> SlackLink | None:
    if link is None or not holds("slack_link", link.members(), link.seal):
        return None
    return link
