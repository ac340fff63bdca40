"""Who signs in to the admin pages."""

import pytest
from django.test import Client

from tests.factories import TenantFactory, UserFactory, person
from tests.governance.admin_pages import Open


@pytest.fixture
def signed_in() -> Open:
    """Sign in: Sam runs team-acme, Zoe team-zeta, Root the installation."""

    def sign_in(name: str) -> Client:
        client = Client()
        client.force_login(UserFactory.create(username=name))
        return client

    person("sam", "admin")
    person("zoe", "admin", tenant=TenantFactory.create(slug="team-zeta"))
    root = UserFactory.create(username="root")
    root.is_superuser = root.is_staff = True
    root.save()
    return sign_in
