"""What a provider's groups give and take: roles, and the account itself."""

import pytest
from django.test import Client

from governance.models import Membership, User
from tests.factories import TenantFactory
from tests.governance.oidc.conftest import Configure
from tests.governance.oidc.test_signing_in import (
    ANA,
    events,
    is_signed_in,
    last,
    linked,
)
from tests.providers import OpenIdProvider, sign_in_at

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.allow_hosts(["127.0.0.1"]),
]


def test_roles_come_from_groups_and_go_with_them(
    client: Client, provider: OpenIdProvider, configure: Configure
) -> None:
    TenantFactory.create()
    ana = linked("ana", provider, "sub-ana")
    configure(
        roles={"approvers": ["team-acme:approver"], "auditors": ["team-acme:auditor"]}
    )

    provider.knows("sub-ana", **ANA, groups=["approvers", "chess"])
    sign_in_at(client, provider, "sub-ana")
    first = open_roles(ana)
    provider.knows("sub-ana", **ANA, groups=["auditors"])
    sign_in_at(Client(), provider, "sub-ana")

    assert (first, open_roles(ana)) == (["approver"], ["auditor"])
    assert events() == [
        "membership.granted",
        "person.signed_in",
        "membership.ended",
        "membership.granted",
        "person.signed_in",
    ]


def test_roles_that_no_group_decides_about_stay(
    client: Client, provider: OpenIdProvider, configure: Configure
) -> None:
    ana = linked("ana", provider, "sub-ana")
    Membership.objects.create(user=ana, tenant=TenantFactory.create(), role="admin")
    configure(roles={"approvers": ["team-acme:approver"]})
    provider.knows("sub-ana", **ANA)

    sign_in_at(client, provider, "sub-ana")

    assert open_roles(ana) == ["admin"]


def open_roles(person: User) -> list[str]:
    held = Membership.objects.filter(user=person, valid_to__isnull=True)
    return sorted(held.values_list("role", flat=True))


def test_a_leaver_is_out_everywhere_and_stays_out(
    client: Client, provider: OpenIdProvider, configure: Configure
) -> None:
    ana = linked("ana", provider, "sub-ana")
    configure(required_groups=["staff"])
    provider.knows("sub-ana", **ANA, groups=["staff"])
    sign_in_at(client, provider, "sub-ana")
    provider.knows("sub-ana", **ANA, groups=[])

    answer = sign_in_at(Client(), provider, "sub-ana")

    ana.refresh_from_db()
    assert answer.status_code == 403
    assert (ana.is_active, is_signed_in(client)) == (False, False)
    assert "person.left" in events()
    assert last().event == "person.sign_in_failed"
    provider.knows("sub-ana", **ANA, groups=["staff"])
    sign_in_at(client, provider, "sub-ana")
    assert not is_signed_in(client)
