"""What a credential lane may be, and where it may put its credential.  Pure."""

import re
from collections.abc import Mapping
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from governance.envelope import MIN_SECRET_CHARACTERS
from governance.lanekinds import KINDS, takes_key

SCHEMES: Final = ("Bearer", "token", "Basic")
# The most that a credential may be able to do, for the risk of a route.
ALLOWED: Final[Mapping[str, tuple[str, ...]]] = {
    "read": ("read",),
    "write": ("read", "write"),
    "privileged": ("read", "write", "admin"),
}
_MAX_SECRET: Final = 8192
_MIN_RSA_BITS: Final = 2048
_NO_KEY: Final = (
    "This is not a private key in PEM without a passphrase: paste the whole file, from"
    " -----BEGIN to the end of the END line."
)
_UNSIGNED: Final = (
    "An AWS credential signs the request: name the service as in logs, and the region"
    " as in eu-central-1."
)
_WORD: Final = re.compile(r"[a-z0-9][a-z0-9-]{1,62}")
_HEADER: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}")
# What the transport or the mapping decides, or what others would read as ours.
_OURS: Final = frozenset(
    {
        *(
            "accept-encoding",
            "connection",
            "content-encoding",
            "content-length",
        ),
        *(
            "content-type",
            "cookie",
            "expect",
            "forwarded",
        ),
        *(
            "host",
            "keep-alive",
            "proxy-authorization",
            "proxy-connection",
        ),
        *(
            "te",
            "traceparent",
            "tracestate",
            "trailer",
        ),
        *(
            "transfer-encoding",
            "upgrade",
            "via",
        ),
    }
)


def unset_problems(name: str, kind: str, sealed_secret: str) -> list[str]:
    """Say that a lane could lend nothing: people would approve it in vain."""
    if kind == "none" or sealed_secret:
        return []
    where = "set it under Credential lanes; a file names it: secret_env, secret_file."
    return [f"The lane {name} has no secret yet: {where}"]


def placement_problems(kind: str, placement: Any) -> list[str]:
    """Say what is wrong with where a lane puts its credential."""
    if kind == "none":
        return [] if placement == {} else ["A lane without credential places nothing."]
    if kind == "aws_sts":
        return _signature_problems(placement)
    match placement:
        case {"in": "authorization", "scheme": scheme, **rest} if not rest:
            schemes = KINDS[kind].schemes if kind in KINDS else SCHEMES
            if scheme in schemes:
                return []
            return [f"The scheme is one of {', '.join(schemes)}."]
        case {"in": "header", "name": str(name), **rest} if not rest:
            return _header_problems(name)
    return ["A credential goes into Authorization or into a header that you name."]


def _signature_problems(placement: Any) -> list[str]:
    match placement:
        case {"in": "sigv4", "service": str(service), "region": str(region), **rest}:
            if not rest and _WORD.fullmatch(service) and _WORD.fullmatch(region):
                return []
    return [_UNSIGNED]


def secret_problems(
    kind: str, secret: str, settings: Mapping[str, object] | None = None
) -> list[str]:
    """Say what is wrong with a secret, without a word of it."""
    if kind == "none":
        return ["A lane of the kind “none” has no secret."]
    if not MIN_SECRET_CHARACTERS <= len(secret) <= _MAX_SECRET:
        return [f"A secret has {MIN_SECRET_CHARACTERS} to {_MAX_SECRET} characters."]
    if takes_key(kind, settings or {}):
        return _key_problems(kind, secret)
    if not (secret.isascii() and secret.isprintable()) or secret != secret.strip():
        return [
            "A secret is printable ASCII, without blanks at its ends or line breaks."
        ]
    return []


def _key_problems(kind: str, pem: str) -> list[str]:
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError):  # TypeError: it is encrypted
        return [_NO_KEY]
    if isinstance(key, RSAPrivateKey) and key.key_size >= _MIN_RSA_BITS:
        return []
    if kind != "github_app" and isinstance(key, EllipticCurvePrivateKey):
        return [] if key.curve.name == "secp256r1" else ["An EC key is of P-256."]
    return [f"The key is not an RSA key of at least {_MIN_RSA_BITS} bits."]


def life_problems(
    kind: str, *, max_seconds: int, reuse_seconds: int, privilege: str
) -> dict[str, list[str]]:
    """Say what is wrong with how long a lane's credential may live."""
    reuse = []
    if reuse_seconds and (kind not in KINDS or privilege != "read"):
        reuse = ["Only a read lane whose credential is borrowed may use it again."]
    least = KINDS[kind].least_seconds if kind in KINDS else 0
    short = f"The issuer's credentials live {least} seconds at least."
    return {
        "reuse_seconds": reuse,
        "max_seconds": [short] if max_seconds < least else [],
    }


def privilege_problems(privilege: str, *, risk: str) -> list[str]:
    """Say whether a lane has more power than a route of this risk calls for."""
    if privilege in ALLOWED.get(risk, ()):
        return []
    said = f"A {risk} route may not borrow a lane with the privilege “{privilege}”:"
    return [f"{said} that is more than it calls for. Use a narrower lane."]


def _header_problems(name: str) -> list[str]:
    if not _HEADER.fullmatch(name):
        return ["Write the name of a header, such as X-Api-Key."]
    if name.lower() in _OURS:
        return [f"“{name}” is not a header for credentials."]
    return []
