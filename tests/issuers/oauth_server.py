"""An authorization server built on authlib, and an API that demands its tokens.

``python -m tests.issuers.oauth_server PUBLIC_KEY_FILE`` serves on a free port of the
loopback and prints its address.  ``POST /_mode`` makes it lie.
"""

import json
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import ClientMixin, TokenMixin, grants
from authlib.oauth2.rfc6749.errors import InvalidScopeError
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7523 import JWTBearerClientAssertion
from flask import Flask, jsonify, request
from werkzeug.serving import make_server

SECONDS = 300
SCOPES = {"tickets:create", "tickets:read"}


@dataclass
class Client(ClientMixin):  # type: ignore[misc]  # authlib has no types
    """A client with one way to prove who it is."""

    client_id: str
    secret: str
    method: str

    def get_client_id(self) -> str:
        return self.client_id

    def get_default_redirect_uri(self) -> str:
        return ""

    def get_allowed_scope(self, scope: str) -> str:
        asked = set((scope or "").split())
        return scope if asked <= SCOPES else ""

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return False

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret == self.secret

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == self.method

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "client_credentials"

    def check_response_type(self, response_type: str) -> bool:
        return False


@dataclass
class Token(TokenMixin):  # type: ignore[misc]  # authlib has no types
    """A token that lives in this process."""

    client: Client
    said: dict[str, Any]
    details: list[dict[str, Any]]
    resource: str
    issued_at: float = field(default_factory=time.time)  # noqa: TID251 - not ours
    revoked: bool = False

    def check_client(self, client: Client) -> bool:
        return bool(client.client_id == self.client.client_id)

    def get_scope(self) -> str:
        return str(self.said.get("scope", ""))

    def get_expires_in(self) -> int:
        return int(self.said["expires_in"])

    def is_expired(self) -> bool:
        now = time.time()  # noqa: TID251 - another system's clock
        return now > self.issued_at + self.get_expires_in()

    def is_revoked(self) -> bool:
        return self.revoked

    def may_create(self, queue: str) -> bool:
        """Answer whether it was made for tickets in this very queue."""
        is_live = not self.is_expired() and not self.revoked
        named = [d["identifier"] for d in self.details if d.get("type") == "queue"]
        return is_live and "tickets:create" in self.get_scope() and queue in named


TOKENS: dict[str, Token] = {}
CLIENTS: dict[str, Client] = {
    "sealwright tickets": Client(
        "sealwright tickets", "s3cret: with/odd+chars%", "client_secret_basic"
    ),
    "sealwright-key": Client("sealwright-key", "", "private_key_jwt"),
}
SEEN_JTIS: set[str] = set()
STATE: dict[str, Any] = {"mode": "normal", "asked": [], "key": ""}


class Credentials(grants.ClientCredentialsGrant):  # type: ignore[misc]
    """Client credentials, by Basic or by an assertion."""

    TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic", "private_key_jwt"]

    def validate_requested_scope(self) -> None:
        asked = set((self.request.payload.scope or "").split())
        if not asked <= SCOPES:
            raise InvalidScopeError


class Assertion(JWTBearerClientAssertion):  # type: ignore[misc]
    """RFC 7523, with the one key that the test gave."""

    CLIENT_AUTH_METHOD = "private_key_jwt"

    def get_audiences(self) -> list[str]:
        return [f"{request.host_url}oauth/token"]

    def validate_jti(self, claims: dict[str, Any], jti: str) -> bool:
        if jti in SEEN_JTIS:
            return False
        SEEN_JTIS.add(jti)
        return True

    def resolve_client_public_key(self, client: Client, headers: Any) -> str:
        return str(STATE["key"])


class Revocation(RevocationEndpoint):  # type: ignore[misc]
    """RFC 7009."""

    CLIENT_AUTH_METHODS = ["client_secret_basic", "private_key_jwt"]

    def query_token(self, token_string: str, token_type_hint: str) -> Token | None:
        return TOKENS.get(token_string)

    def revoke_token(self, token: Token, _request: Any) -> None:
        token.revoked = True


def save_token(said: dict[str, Any], asked: Any) -> None:
    """Keep a token, and what it was made for."""
    details = json.loads(request.form.get("authorization_details", "[]"))
    token = Token(asked.client, said, details, request.form.get("resource", ""))
    TOKENS[said["access_token"]] = token


def build() -> Flask:
    """Return the server and the API behind it."""
    app = Flask(__name__)
    app.config["OAUTH2_TOKEN_EXPIRES_IN"] = {"client_credentials": SECONDS}
    server = AuthorizationServer(app, query_client=CLIENTS.get, save_token=save_token)
    server.register_grant(Credentials)
    server.register_endpoint(Revocation)
    server.register_client_auth_method(Assertion.CLIENT_AUTH_METHOD, Assertion())

    @app.post("/oauth/token")
    def token() -> Any:
        STATE["asked"].append({"form": request.form.to_dict(), "at": request.path})
        return twisted(server.create_token_response())

    @app.post("/oauth/revoke")
    def revoke() -> Any:
        STATE["asked"].append({"form": request.form.to_dict(), "at": request.path})
        if STATE["mode"] == "keeps":
            return "no", 503
        return server.create_endpoint_response(Revocation.ENDPOINT_NAME)

    @app.post("/queues/<queue>/tickets")
    def create(queue: str) -> Any:
        bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
        held = TOKENS.get(bearer)
        if held is None or held.is_revoked() or held.is_expired():
            return jsonify(error="invalid_token"), 401
        if not held.may_create(queue):
            return jsonify(error="insufficient_scope"), 403
        return jsonify(id=1), 201

    @app.get("/_state")
    def state() -> Any:
        live = [not token.revoked for token in TOKENS.values()]
        resources = [token.resource for token in TOKENS.values()]
        return jsonify(asked=STATE["asked"], live=live, resources=resources)

    @app.post("/_mode")
    def mode() -> Any:
        STATE["mode"], STATE["asked"] = request.json, []
        TOKENS.clear()
        return jsonify(STATE["mode"])

    return app


TWISTS: dict[str, dict[str, Any]] = {
    "broader": {"scope": "tickets:create tickets:read"},
    "narrower": {"scope": ""},
    "no_expiry": {"expires_in": None},
    "text_expiry": {"expires_in": "300"},
    "true_expiry": {"expires_in": True},
    "forever": {"expires_in": 999_999},
    "over": {"expires_in": 0},
    "mac": {"token_type": "mac"},
    "blank": {"access_token": "a token with blanks"},
    "refresh": {"refresh_token": "a-refresh-token-nobody-asked-for"},
    "other_details": {"authorization_details": [{"type": "queue", "identifier": "x"}]},
    "no_details": {"authorization_details": None},
}


def twisted(answer: Any) -> Any:
    """Put the granted details into an answer (RFC 9396), and lie as told."""
    if answer.status_code != 200:
        return answer
    said = json.loads(answer.get_data())
    details = TOKENS[said["access_token"]].details
    if details:
        said["authorization_details"] = details
    mode = STATE["mode"]
    if mode == "html":
        return "<html>Sign in</html>"
    if mode == "slow":
        time.sleep(8)
    said |= TWISTS.get(mode, {})
    return jsonify({name: value for name, value in said.items() if value is not None})


def main() -> None:
    """Serve until the process is ended."""
    STATE["key"] = Path(sys.argv[1]).read_text()
    server = make_server("127.0.0.1", 0, build(), threaded=True)
    sys.stdout.write(f"http://127.0.0.1:{server.port}\n")
    sys.stdout.flush()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    thread.join()


if __name__ == "__main__":
    main()
