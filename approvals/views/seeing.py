"""For whom the page of an approval opens."""

from django.db.models import Q

from approvals.models import Approval
from approvals.models.approval import ApprovalQuerySet
from governance.access import Access
from governance.models import Membership, User


def seen_by(person: User, access: Access) -> ApprovalQuerySet:
    """Return the approvals that a person may see.

    Those of the tenants where she approves or audits, those that her own agents
    asked for, and those of sessions in which she was proved to be the human.
    """
    tenants = access.tenants(Membership.Role.APPROVER, Membership.Role.AUDITOR)
    hers = Q(agent__owner=person) | Q(session__human=person)
    return Approval.objects.filter(Q(tenant__in=tenants) | hers)
