"""The file of OpenID providers, read strictly; ``docs/sign-in.md`` explains it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import jsonschema_rs
from django.conf import settings

from governance.egress import CidrRefused, UrlRefused, parse_cidrs, parse_url
from governance.loading.document import DocumentInvalid, read_yaml
from governance.models import Membership

_TEXT: Final = {"type": "string", "minLength": 1, "maxLength": 200}
_TEXTS: Final = {"type": "array", "items": _TEXT, "maxItems": 100}
_SCHEMA: Final = {
    "type": "object",
    "required": ["providers"],
    "additionalProperties": False,
    "properties": {
        "providers": {
            "type": "array",
            "maxItems": 10,
            "items": {
                "type": "object",
                "required": ["id", "name", "issuer", "client_id"],
                "additionalProperties": False,
                "properties": {
                    "id": {"type": "string", "pattern": "^[a-z][a-z0-9-]{0,29}$"},
                    "name": {**_TEXT, "maxLength": 40},
                    "issuer": _TEXT,
                    "client_id": {**_TEXT, "maxLength": 191},
                    "client_secret_file": _TEXT,
                    "scopes": _TEXTS,
                    "acr": _TEXT,
                    "domains": _TEXTS,
                    "trust_email": {"type": "boolean"},
                    "sign_up": {"type": "boolean"},
                    "groups_claim": _TEXT,
                    "required_groups": _TEXTS,
                    "roles": {"type": "object", "additionalProperties": _TEXTS},
                    "private_addresses": _TEXTS,
                    "ca_file": _TEXT,
                },
            },
        }
    },
}


@dataclass(frozen=True, slots=True)
class Role:
    """A role in a tenant, as the file writes it: ``team-acme:approver``."""

    tenant: str
    role: str


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """One provider; ``roles`` says which groups give which role."""

    id: str
    name: str
    issuer: str
    client_id: str
    client_secret: str = ""
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    acr: str = ""
    domains: frozenset[str] = frozenset()
    trust_email: bool = False
    sign_up: bool = False
    groups_claim: str = "groups"
    required_groups: frozenset[str] = frozenset()
    roles: tuple[tuple[str, Role], ...] = ()
    cidrs: tuple[str, ...] = ()
    ca_pem: str = ""

    @property
    def managed(self) -> frozenset[Role]:
        """The roles that this provider's groups decide about."""
        return frozenset(role for _, role in self.roles)

    def roles_of(self, groups: frozenset[str]) -> frozenset[Role]:
        """Return the roles that these groups give."""
        return frozenset(role for group, role in self.roles if group in groups)


@cache
def configured(file: str) -> tuple[ProviderSettings, ...]:
    """Return the providers of a file, as this process read it first.

    Raises DocumentInvalid with sentences that say what to mend.
    """
    if not file:
        return ()
    read = read_yaml(_contents(file))
    validator = jsonschema_rs.Draft202012Validator(_SCHEMA, mask="the value")
    wrong = [
        f"/{'/'.join(map(str, error.instance_path))}: {error.message}"
        for error in validator.iter_errors(read)
    ]
    if wrong:
        raise DocumentInvalid(wrong)
    found = tuple(_provider(each) for each in read["providers"])
    names = {each.id for each in found}, {each.issuer for each in found}
    if any(len(each) < len(found) for each in names):
        raise DocumentInvalid(["Every provider has an id and an issuer of its own."])
    return found


def providers() -> tuple[ProviderSettings, ...]:
    """Return the providers of this installation."""
    return configured(settings.OIDC_FILE)


def _provider(read: Mapping[str, Any]) -> ProviderSettings:
    if read.get("sign_up") and not read.get("domains"):
        raise DocumentInvalid(["sign_up needs domains: for whose addresses?"])
    try:
        parse_url(read["issuer"])
        parse_cidrs(read.get("private_addresses", ()))
    except (UrlRefused, CidrRefused) as error:
        raise DocumentInvalid([f"{read['id']}: {error}"]) from error
    plain = ("id", "name", "issuer", "client_id", "acr", "trust_email", "sign_up")
    optional = {name: read[name] for name in (*plain, "groups_claim") if name in read}
    if "scopes" in read:
        optional["scopes"] = tuple(dict.fromkeys(["openid", *read["scopes"]]))
    return ProviderSettings(
        **optional,
        client_secret=_contents(read.get("client_secret_file", "")).strip(),
        domains=frozenset(each.lower() for each in read.get("domains", ())),
        required_groups=frozenset(read.get("required_groups", ())),
        roles=_roles(read.get("roles", {})),
        cidrs=tuple(read.get("private_addresses", ())),
        ca_pem=_contents(read.get("ca_file", "")),
    )


def _roles(read: Mapping[str, list[str]]) -> tuple[tuple[str, Role], ...]:
    return tuple((group, _role(text)) for group in read for text in read[group])


def _role(text: str) -> Role:
    tenant, _, role = text.partition(":")
    if not tenant or role not in Membership.Role.values:
        roles = ", ".join(Membership.Role.values)
        raise DocumentInvalid(
            [f"“{text}” is no role: write tenant:role, a role being one of {roles}."]
        )
    return Role(tenant, role)


def _contents(file: str) -> str:
    if not file:
        return ""
    try:
        return Path(file).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DocumentInvalid([f"{file} can't be read."]) from error
