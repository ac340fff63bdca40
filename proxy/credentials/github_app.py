"""Installation tokens of a GitHub App: for named repositories and permissions only.

A token lives for an hour and can't be asked for a shorter life, so it is deleted after
use.  Nothing assumes its length: the newer form holds a whole JWT.
"""

import json
import re
from functools import partial
from typing import Any, Final

import jwt

from governance.egress import Deadline, OutboundAnswer
from governance.envelope import Secret
from proxy.credentials.credential import Credential, Placement
from proxy.credentials.failures import NotLent, TooBroad
from proxy.credentials.issuer import ask, members_of
from proxy.credentials.keys import signing_key
from proxy.credentials.loans import Borrowing, LaneSettings, Loan
from proxy.credentials.narrowing import check_github, check_life, end_of_life

_CREATED: Final = 201
_ENDED: Final = frozenset({204, 401})  # 401: it does not live any more
_TOKEN: Final = re.compile(r"[\x21-\x7e]{8,8000}")
_SAID: Final = {
    401: "GitHub refused the app's JWT (401): most often this machine's clock is off,"
    " or the client ID and the private key are not of one app.",
    403: "GitHub refused the app (403): the installation may be suspended.",
    404: "GitHub knows no such installation of the app (404): check the installation ID"
    " and the API address.",
    422: "The installation lacks a repository or a permission that the lane asks for"
    " (422): add it on the installation's page.",
}


def borrow(borrowing: Borrowing) -> Loan:
    """Ask for a token that can do what the map says, and nothing else.

    Raises NotLent, TooBroad.
    """
    lane, asked = borrowing.lane, borrowing.asked
    # Without either, GitHub would grant everything that the installation has.
    if not asked.get("repositories") or not asked.get("permissions"):
        raise NotLent("The lane's map names no repositories or no permissions.")
    answer = _as_app(
        "POST",
        "/access_tokens",
        lane=lane,
        secret=borrowing.secret,
        now=borrowing.now,
        deadline=borrowing.deadline,
        body=json.dumps(dict(asked)).encode(),
    )
    if answer.status != _CREATED:
        raise _refusal(answer)
    return _loan(borrowing, members_of(answer))


def look(lane: LaneSettings, secret: Secret, *, now: int, deadline: Deadline) -> Any:
    """Return what GitHub says of the installation; nothing is lent."""
    answer = _as_app("GET", "", lane=lane, secret=secret, now=now, deadline=deadline)
    if answer.status != 200:  # noqa: PLR2004 - OK
        raise _refusal(answer)
    return members_of(answer)


def give_back(token: str, lane: LaneSettings, deadline: Deadline) -> None:
    """Delete a token.  Raises NotLent if GitHub does not say that it is gone."""
    answer = ask(
        "DELETE",
        f"{_api(lane)}/installation/token",
        lane=lane,
        deadline=deadline,
        headers=_headers(token),
    )
    if answer.status not in _ENDED:
        raise NotLent(f"GitHub answered {answer.status}.", status=answer.status)


def app_jwt(lane: LaneSettings, secret: Secret, *, now: int) -> str:
    """Sign the app's own JWT: a minute back for slow clocks, ten minutes in all."""
    claims = {"iat": now - 60, "exp": now + 540, "iss": lane.settings["client_id"]}
    try:
        return jwt.encode(claims, signing_key(secret), algorithm="RS256")
    except (ValueError, TypeError, jwt.PyJWTError):
        # Without the cause: it may be about bytes of the key.
        raise NotLent("The lane's private key can't be used: set it anew.") from None


def _loan(borrowing: Borrowing, said: dict[str, Any]) -> Loan:
    lane, token = borrowing.lane, said.get("token")
    if not isinstance(token, str) or not _TOKEN.fullmatch(token):
        raise NotLent("GitHub's answer has no token.")
    ending = partial(give_back, token, lane)
    granted = {
        "repositories": _names(said.get("repositories")),
        "permissions": said.get("permissions"),
    }
    try:
        expires_at = end_of_life(said.get("expires_at"))
        check_life(expires_at, now=borrowing.now, max_seconds=lane.max_seconds)
        check_github(borrowing.asked, said, owner=lane.settings["owner"])
        header = Placement.parse(lane.placement).put(token)
    except ValueError as error:  # Broader among them
        raise TooBroad(
            str(error), granted=granted, give_back=ending, secret=token
        ) from error
    return Loan(Credential(header, secrets=(token,)), granted, expires_at, ending)


def _as_app(
    method: str,
    path: str,
    *,
    lane: LaneSettings,
    secret: Secret,
    now: int,
    deadline: Deadline,
    body: bytes | None = None,
) -> OutboundAnswer:
    installation = lane.settings["installation_id"]
    return ask(
        method,
        f"{_api(lane)}/app/installations/{installation}{path}",
        lane=lane,
        deadline=deadline,
        headers=(
            *_headers(app_jwt(lane, secret, now=now)),
            *([("Content-Type", "application/json")] if body else []),
        ),
        body=body,
    )


def _headers(bearer: str) -> tuple[tuple[str, str], ...]:
    return (
        ("Authorization", f"Bearer {bearer}"),
        ("Accept", "application/vnd.github+json"),
        ("X-GitHub-Api-Version", "2022-11-28"),
    )


def _api(lane: LaneSettings) -> str:
    return str(lane.settings["api_url"]).rstrip("/")


def _refusal(answer: OutboundAnswer) -> NotLent:
    note = _SAID.get(answer.status, f"GitHub answered {answer.status}.")
    return NotLent(note, status=answer.status)


def _names(repositories: Any) -> list[str]:
    if not isinstance(repositories, list):
        return []
    return [str(each.get("name")) for each in repositories if isinstance(each, dict)]
