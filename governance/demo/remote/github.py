"""GitHub's side of a GitHub App: installation tokens, made, enforced and revoked.

The app's JWT is verified with the public key, as GitHub does; a token does what it was
made for until it ends, and nothing beside.  ``POST /_issuer`` with ``{"mode"}`` makes
it misbehave until told otherwise; ``GET /_issued`` shows what was lent.
"""

import hashlib
import itertools
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from governance.demo.remote.messages import Answer, Request

CLIENT_ID: Final = "Iv23liSealwrightDemo"
INSTALLATION: Final = "184"
OWNER: Final = "acme"
TOKEN_SECONDS: Final = 3600
JWT_SECONDS: Final = 600
LEVELS: Final = ("read", "write", "admin")
MODES: Final = (
    *("normal", "all", "more", "higher", "other", "fewer", "long", "owner"),
    *("eternal", "over", "unauthorized", "unprocessable", "html", "redirect", "huge"),
    *("slow", "drop", "keeps"),
)
_BAD: Final = Answer(401, {"message": "Bad credentials"})
_FORBIDDEN: Final = Answer(403, {"message": "Resource not accessible by integration"})
_JWT_REFUSED: Final = Answer(401, {"message": "A JSON web token could not be decoded"})
_UNPROCESSABLE: Final = Answer(422, {"message": "Not within the installation"})


@dataclass(frozen=True, slots=True)
class Token:
    """What one token may do, and until when."""

    number: int
    digest: str
    repositories: tuple[str, ...]
    permissions: dict[str, str]
    expires_at: float
    is_revoked: bool = False


@dataclass(slots=True)
class GitHub:
    """One app with one installation; ``key`` is its private key in PEM.

    ``mode`` is how it misbehaves; ``asked`` counts the requests for tokens.
    """

    key: str
    repositories: tuple[str, ...]
    permissions: dict[str, str] = field(
        default_factory=lambda: {
            "contents": "write",
            "issues": "write",
            "metadata": "read",
            "pull_requests": "write",
        }
    )
    clock: Callable[[], float] = time.time  # noqa: TID251 - a system of others
    mode: str = "normal"
    slow_seconds: float = 8
    asked: int = 0
    _tokens: dict[str, Token] = field(default_factory=dict, repr=False)
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def answer(self, request: Request) -> Answer | None:
        """Answer what is asked of the issuer; None for everything else."""
        match request.method, request.segments:
            case "POST", ["_issuer"]:
                return self._behave(request)
            case "GET", ["_issued"]:
                return Answer(200, {"issued": self.issued(), "asked": self.asked})
            case "POST", ["app", "installations", installation, "access_tokens"]:
                return self._misbehaving(request) or self._make(request, installation)
            case "GET", ["app", "installations", installation]:
                return self._misbehaving(request) or self._show(request, installation)
            case "DELETE", ["installation", "token"]:
                return self._revoke(request)
        return None

    def refusal(self, token: str, *, repository: str, need: tuple[str, str]) -> Answer:
        """Say why a token may not do a thing; status 200 if it may."""
        held = self._tokens.get(_digest(token))
        if held is None or held.is_revoked or held.expires_at <= self.clock():
            return _BAD
        name, level = need
        has = held.permissions.get(name)
        is_enough = has is not None and LEVELS.index(has) >= LEVELS.index(level)
        if repository not in held.repositories or not is_enough:
            return _FORBIDDEN
        return Answer(200, None)

    def issued(self) -> list[dict[str, object]]:
        """Return what was lent, oldest first; tokens by their digests."""
        return [
            {
                "n": token.number,
                "token": f"sha256:{token.digest[:16]}",
                "repositories": list(token.repositories),
                "permissions": token.permissions,
                "expires_at": _instant(token.expires_at),
                "revoked": token.is_revoked,
            }
            for token in sorted(self._tokens.values(), key=lambda each: each.number)
        ]

    def _behave(self, request: Request) -> Answer:
        asked = request.content()
        mode = asked.get("mode") if isinstance(asked, dict) else None
        if mode not in MODES:
            return Answer(400, {"message": f"`mode` is one of {', '.join(MODES)}."})
        self.mode = str(mode)
        return Answer(200, {"mode": mode})

    def _misbehaving(self, request: Request) -> Answer | None:
        match self.mode:
            case "unauthorized":
                return _JWT_REFUSED
            case "unprocessable":
                return _UNPROCESSABLE
            case "html":
                return Answer(200, "<html>Sign in</html>")
            case "redirect":
                return Answer(302, {}, {"Location": "/elsewhere"})
            case "huge":
                return Answer(201, {"token": "x" * 4_000_000})
            case "slow":
                time.sleep(self.slow_seconds)
            case "drop":
                raise ConnectionAbortedError
        return None

    def _make(self, request: Request, installation: str) -> Answer:
        self.asked += 1
        if refused := self._refused_app(request, installation):
            return refused
        asked = request.content() or {}
        token = self._wanted(asked if isinstance(asked, dict) else {})
        if token is None:
            return _UNPROCESSABLE
        secret = self._secret()
        token = replace(self._twisted(token), digest=_digest(secret))
        with self._lock:
            self._tokens[token.digest] = token
        return Answer(201, {"token": secret, **self._shown(token)})

    def _wanted(self, asked: dict[str, Any]) -> Token | None:
        """Return what is asked for: all of the installation, where nothing is named."""
        repositories = asked.get("repositories", list(self.repositories))
        permissions = asked.get("permissions", self.permissions)
        is_within = set(repositories) <= set(self.repositories) and all(
            name in self.permissions
            and LEVELS.index(level) <= LEVELS.index(self.permissions[name])
            for name, level in permissions.items()
        )
        if not is_within:
            return None
        return Token(
            number=next(self._numbers),
            digest="",
            repositories=tuple(repositories),
            permissions={**permissions, "metadata": "read"},
            expires_at=self.clock() + TOKEN_SECONDS,
        )

    def _twisted(self, token: Token) -> Token:
        twist = _TWISTS.get(self.mode)
        return replace(token, **twist(self, token)) if twist else token

    def _secret(self) -> str:
        plain = f"ghs_{secrets.token_hex(18)}"
        if self.mode != "long":
            return plain
        claims = {"iss": "github", "jti": secrets.token_urlsafe(120)}
        return f"ghs_184_{jwt.encode(claims, secrets.token_hex(32), 'HS256')}"

    def _shown(self, token: Token) -> dict[str, object]:
        owner = "somebody-else" if self.mode == "owner" else OWNER
        return {
            "expires_at": _instant(token.expires_at),
            "permissions": token.permissions,
            "repository_selection": "all" if self.mode == "all" else "selected",
            "repositories": [
                {"name": name, "owner": {"login": owner}} for name in token.repositories
            ],
        }

    def _show(self, request: Request, installation: str) -> Answer:
        shown = {
            "id": int(INSTALLATION),
            "account": {"login": OWNER},
            "permissions": self.permissions,
            "suspended_at": None,
        }
        return self._refused_app(request, installation) or Answer(200, shown)

    def _revoke(self, request: Request) -> Answer:
        if self.mode == "keeps":
            return Answer(500, {"message": "As asked"})
        digest = _digest(request.credential)
        with self._lock:
            held = self._tokens.get(digest)
            if held is None or held.is_revoked:
                return _BAD
            self._tokens[digest] = replace(held, is_revoked=True)
        return Answer(204, None)

    def _refused_app(self, request: Request, installation: str) -> Answer | None:
        if installation != INSTALLATION:
            return Answer(404, {"message": "Not Found"})
        return None if self._is_app(request.credential) else _JWT_REFUSED

    def _is_app(self, token: str) -> bool:
        """Verify the app's JWT: its key, its name, its life, by this clock."""
        options: Any = {"verify_exp": False, "verify_iat": False}
        try:
            claims = jwt.decode(
                token, _public_half(self.key), algorithms=["RS256"], options=options
            )
            issued, ends = int(claims["iat"]), int(claims["exp"])
        except (jwt.PyJWTError, LookupError, ValueError, TypeError):
            return False
        now = self.clock()
        is_timely = issued <= now < ends and ends - issued <= JWT_SECONDS
        return is_timely and claims.get("iss") == CLIENT_ID


_TWISTS: Final[dict[str, Callable[[GitHub, Token], dict[str, Any]]]] = {
    "all": lambda github, _token: {"repositories": github.repositories},
    "more": lambda _github, token: {
        "permissions": {**token.permissions, "contents": "write"}
    },
    "higher": lambda _github, token: {
        "permissions": dict.fromkeys(token.permissions, "admin") | {"metadata": "read"}
    },
    "other": lambda github, token: {
        "repositories": tuple(set(github.repositories) - set(token.repositories))
    },
    "fewer": lambda _github, _token: {"permissions": {"metadata": "read"}},
    "eternal": lambda _github, token: {"expires_at": token.expires_at + 10 * 3600},
    "over": lambda github, _token: {"expires_at": github.clock() - 1},
}


@cache
def _public_half(pem: str) -> RSAPublicKey:
    private = load_pem_private_key(pem.encode(), password=None)
    if not isinstance(private, RSAPrivateKey):
        raise TypeError("The app's key is an RSA key.")
    return private.public_key()


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _instant(seconds: float) -> str:
    at = datetime.fromtimestamp(seconds, tz=UTC).isoformat(timespec="seconds")
    return at.replace("+00:00", "Z")
