"""Kinds of credential lanes whose credential an issuer makes, by field.  Pure.

Forms, the configuration file and the brokers all read their settings by this table.
Every setting is text, but the list of private addresses.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from audit.marking import gettext_noop as _

SHARED: Final = frozenset({"none", "static"})

_ID: Final = r"[A-Za-z0-9._-]{1,100}"
_URL: Final = r"https?://\S{1,480}"
_ANYTHING: Final = r"(?s).{1,16384}"


@dataclass(frozen=True, slots=True)
class Setting:
    """One field of a kind: what it is called, and what may stand in it."""

    name: str
    label: str
    help: str
    form: str = _ID
    required: bool = True
    usual: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    is_url: bool = False

    def problem(self, value: object) -> str | None:
        """Say what is wrong with a value, and what to write instead."""
        if not isinstance(value, str):
            return f"{self.label}: write text."
        if not value:
            return f"{self.label} is needed. {self.help}" if self.required else None
        is_one = not self.choices or value in dict(self.choices)
        if is_one and re.fullmatch(self.form, value):
            return None
        return f"{self.label} can't be that. {self.help}"


@dataclass(frozen=True, slots=True)
class LaneKind:
    """What a kind needs to be told, and what its secret and its map look like.

    ``secret_is_key`` says that the secret is a private key in PEM; seconds bound how
    long a life a lane may accept.
    """

    settings: tuple[Setting, ...]
    secret_label: str
    secret_is_key: bool
    schemes: tuple[str, ...]
    least_seconds: int
    example: str

    def setting(self, name: str) -> Setting:
        """Return one of its fields."""
        return next(each for each in self.settings if each.name == name)


CIDRS: Final = "allowed_cidrs"
_CA: Final = Setting(
    "ca_pem",
    _("TLS certificate authority (PEM)"),
    _("Only where the issuer's certificate is not of a public authority."),
    _ANYTHING,
    required=False,
)

_GITHUB: Final = LaneKind(
    settings=(
        Setting(
            "api_url",
            _("API address"),
            _(
                "https://api.github.com, or https://HOST/api/v3 of an enterprise"
                " server."
            ),
            _URL,
            usual="https://api.github.com",
            is_url=True,
        ),
        Setting(
            "client_id",
            _("Client ID of the app"),
            _(
                "It stands on the app's settings page, as in Iv23liABCDEF; an app id"
                " does, too."
            ),
        ),
        Setting(
            "installation_id",
            _("Installation ID"),
            _(
                "The number at the end of the installation's address:"
                " …/settings/installations/12345678."
            ),
            r"[1-9][0-9]{0,18}",
        ),
        Setting(
            "owner",
            _("Owner of the repositories"),
            _("The account or organisation that the app is installed on, as in acme."),
        ),
        _CA,
    ),
    secret_label=_("Private key of the app (PEM)"),
    secret_is_key=True,
    schemes=("Bearer", "token"),
    least_seconds=3600,
    example='{"repositories": ["{repo}"], "permissions": {"issues": "write"}}',
)

_AWS: Final = LaneKind(
    settings=(
        Setting(
            "region",
            _("Region of STS"),
            _("As in eu-central-1."),
            r"[a-z]{2}[a-z0-9-]{2,30}",
        ),
        Setting(
            "role_arn",
            _("Role to assume (ARN)"),
            _("As in arn:aws:iam::123456789012:role/logs-reader."),
            r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[\w+=,.@/-]{1,576}",
        ),
        Setting(
            "access_key_id",
            _("Access key ID of the base key"),
            _("AKIA and 16 more characters; it may do nothing but assume the role."),
            r"[A-Z0-9]{16,128}",
        ),
        Setting(
            "external_id",
            _("External ID"),
            _("Only where the role's trust policy asks for one."),
            r"[\w+=,.@:/-]{2,1224}",
            required=False,
        ),
        Setting(
            "sts_url",
            _("Address of STS"),
            _("Empty: https://sts.REGION.amazonaws.com."),
            _URL,
            required=False,
            is_url=True,
        ),
        _CA,
    ),
    secret_label=_("Secret access key of the base key"),
    secret_is_key=False,
    schemes=(),
    least_seconds=900,
    example='{"policy": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow",'
    ' "Action": ["logs:FilterLogEvents"], "Resource":'
    ' ["arn:aws:logs:eu-central-1:123456789012:log-group:/{project}/{service}:*"]}]}}',
)

_OAUTH: Final = LaneKind(
    settings=(
        Setting(
            "token_url",
            _("Token endpoint"),
            _("Its whole address; it is never taken from a server's metadata."),
            _URL,
            is_url=True,
        ),
        Setting(
            "revocation_url",
            _("Revocation endpoint"),
            _("Empty: tokens end by themselves only."),
            _URL,
            required=False,
            is_url=True,
        ),
        Setting(
            "client_id",
            _("Client ID"),
            _("As the authorization server calls us."),
            r"[\x21-\x7e]{1,256}",
        ),
        Setting(
            "authentication",
            _("How the client proves who it is"),
            _("client_secret_basic or private_key_jwt."),
            usual="client_secret_basic",
            choices=(
                ("client_secret_basic", _("its secret, by HTTP Basic")),
                ("private_key_jwt", _("a signed assertion (RFC 7523)")),
            ),
        ),
        Setting(
            "key_id",
            _("Key ID"),
            _("The kid of the assertion's key, where the server wants one."),
            r"[\x21-\x7e]{1,256}",
            required=False,
        ),
        Setting(
            "resource",
            _("Resource"),
            _(
                "The address of the API that the token is for (RFC 8707), where the"
                " server takes one."
            ),
            _URL,
            required=False,
        ),
        _CA,
    ),
    secret_label=_("Client secret, or private key (PEM)"),
    secret_is_key=False,
    schemes=("Bearer",),
    least_seconds=60,
    example='{"scope": "tickets:create", "authorization_details":'
    ' [{"type": "queue", "identifier": "{queue}", "actions": ["create"]}]}',
)

KINDS: Final[Mapping[str, LaneKind]] = {
    "github_app": _GITHUB,
    "aws_sts": _AWS,
    "oauth_client": _OAUTH,
}


def takes_key(kind: str, settings: Mapping[str, object]) -> bool:
    """Answer whether a lane's secret is a private key in PEM."""
    if kind == "oauth_client":
        return settings.get("authentication") == "private_key_jwt"
    return kind in KINDS and KINDS[kind].secret_is_key


def sts_url(settings: Mapping[str, object]) -> str:
    """Return where an AWS lane asks: what it says, or the region's own endpoint."""
    region = str(settings.get("region", ""))
    domain = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    return str(settings.get("sts_url") or f"https://sts.{region}.{domain}")


def settings_problems(kind: str, settings: object) -> dict[str, list[str]]:
    """Say what is wrong with a lane's settings, by setting.

    Whether an address may be reached is asked elsewhere: names have to be resolved.
    """
    if not isinstance(settings, dict):
        return {"settings": ["The settings of a lane are an object."]}
    if kind not in KINDS:
        return {
            "settings": ["A lane of this kind has no settings."] if settings else []
        }
    known = KINDS[kind].settings
    found = {
        each.name: [problem]
        for each in known
        if (problem := each.problem(settings.get(each.name, "")))
    }
    names = {each.name for each in known} | {CIDRS}
    if unknown := sorted(settings.keys() - names):
        found["settings"] = [f"There is no setting “{unknown[0]}” of this kind."]
    return found


def urls(kind: str, settings: Mapping[str, object]) -> Sequence[tuple[str, str]]:
    """Return the addresses that a lane asks, by setting."""
    if kind == "aws_sts":
        return [("sts_url", sts_url(settings))]
    return [
        (each.name, str(settings[each.name]))
        for each in (KINDS[kind].settings if kind in KINDS else ())
        if each.is_url and settings.get(each.name)
    ]
