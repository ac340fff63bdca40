"""The demo with an OpenID provider: its own server, processes and queue."""

from pathlib import Path

import pytest

from governance.demo.tour.forms import Forms
from tests.e2e.people import SIGN_IN, Person
from tests.e2e.running import up
from tests.ports import a_port
from tests.providers import address_of, provider_process

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])
BUTTON = "/account/oidc/acme/"


def test_somebody_of_the_provider_comes_in_and_has_the_role_of_her_group(
    tmp_path: Path,
) -> None:
    with provider_process() as provider:
        file = provider.configure(
            tmp_path,
            domains=["example.org"],
            sign_up=True,
            roles={"approvers": ["team-acme:approver"]},
        )
        provider.knows(
            "sub-zoe",
            email="zoe@example.org",
            email_verified=True,
            groups=["approvers"],
        )
        with up(tmp_path / "var", a_port(), OIDC_FILE=file) as running:
            zoe = Person(running.demo["base_url"])
            zoe.http.trust_env = False
            button = Forms(zoe.open(SIGN_IN)).found[BUTTON]
            there = address_of(zoe.send(BUTTON, button))

            back = zoe.http.get(provider.approves(there, "sub-zoe"), timeout=120)

            assert back.status_code == 200, running.text
            assert "approver of" in zoe.open("/account/")
