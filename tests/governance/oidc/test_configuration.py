"""The file of providers is read strictly; a mistake in it keeps us from starting."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from pytest_django import Settings

from governance.checks.configuration import unreadable_providers
from governance.loading.document import DocumentInvalid
from governance.oidc.configuration import ProviderSettings, Role, configured

ACME: dict[str, Any] = {
    "id": "acme",
    "name": "Acme ID",
    "issuer": "https://id.example.com",
    "client_id": "sealwright",
}
Write = Callable[..., str]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def to_file(*providers: dict[str, Any]) -> str:
        file = tmp_path / "sign-in.yaml"
        file.write_text(yaml.safe_dump({"providers": list(providers)}))
        return str(file)

    return to_file


def test_without_a_file_there_are_none() -> None:
    assert configured("") == ()


def test_what_is_left_out_is_the_narrower_choice(write: Write) -> None:
    (found,) = configured(write(ACME))

    assert found == ProviderSettings(**ACME)
    assert (found.sign_up, found.trust_email, found.domains) == (
        False,
        False,
        frozenset(),
    )


def test_every_member_is_read(write: Write, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("s3cret\n")
    more = {
        "client_secret_file": str(secret),
        "scopes": ["email", "groups"],
        "domains": ["Example.COM"],
        "roles": {"Approvers": ["team-acme:approver", "team-acme:auditor"]},
        "private_addresses": ["10.0.0.0/8"],
    }

    (found,) = configured(write(ACME | more))

    assert found.client_secret == "s3cret"
    assert found.scopes == ("openid", "email", "groups")
    assert found.domains == {"example.com"}
    assert found.roles_of(frozenset({"Approvers", "other"})) == {
        Role("team-acme", "approver"),
        Role("team-acme", "auditor"),
    }
    assert found.roles_of(frozenset({"approvers"})) == frozenset()


@pytest.mark.parametrize(
    ("members", "told"),
    [
        ({"client_secret": "in the file"}, "client_secret"),
        ({"id": "Acme ID"}, "/providers/0/id"),
        ({"issuer": "id.example.com"}, "Write a whole URL"),
        ({"issuer": "https://user@id.example.com"}, "Leave out user"),
        ({"sign_up": True}, "sign_up needs domains"),
        ({"sign_up": "true"}, "/providers/0/sign_up"),
        ({"roles": {"a": ["team-acme:owner"]}}, "is no role"),
        ({"roles": {"a": ["approver"]}}, "is no role"),
        ({"private_addresses": ["169.254.0.0/16"]}, "can't be opened"),
        ({"client_secret_file": "/nowhere/secret"}, "/nowhere/secret can't be read"),
    ],
)
def test_a_mistake_is_named(write: Write, members: dict[str, Any], told: str) -> None:
    with pytest.raises(DocumentInvalid, match=told):
        configured(write(ACME | members))


def test_two_of_the_same_name_or_issuer_are_refused(write: Write) -> None:
    with pytest.raises(DocumentInvalid, match="of its own"):
        configured(write(ACME, {**ACME, "id": "other"}))


def test_a_file_with_a_mistake_keeps_us_from_starting(
    write: Write, settings: Settings
) -> None:
    settings.OIDC_FILE = write(ACME | {"colour": "blue"})

    (problem,) = unreadable_providers()

    assert (problem.id, "colour" in problem.msg) == ("sealwright.oidc_file", True)


def test_production_wants_an_issuer_by_tls(write: Write, settings: Settings) -> None:
    settings.PRODUCTION = True
    settings.OIDC_FILE = write(ACME | {"issuer": "http://id.example.com"})

    (problem,) = unreadable_providers()

    assert problem.id == "sealwright.oidc_issuer"
