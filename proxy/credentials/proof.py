"""Whether a lane's settings hold, asked of its issuer without doing anything.

GitHub is asked about the installation and lends nothing; AWS lends a session that may
do nothing at all; an authorization server lends a token that goes back unused.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from audit.connections import give_connection_back
from governance.egress import Deadline
from governance.envelope import Secret
from governance.models import CredentialLane
from governance.policy.loading import lane_facts
from governance.refusals.narrowing import LEVELS, placeholders
from governance.seals import holds
from proxy.credentials import aws_sts, github_app, oauth_client
from proxy.credentials.credential import Placement
from proxy.credentials.failures import NotLent
from proxy.credentials.loans import LaneSettings
from proxy.credentials.opening import opened
from proxy.execution import lane_settings

SECONDS: Final = 12.0
NOTHING_ALLOWED: Final = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}],
    }
)


@dataclass(frozen=True, slots=True)
class Proof:
    """One thing that was looked at, and what came out."""

    is_good: bool
    sentence: str


Ask = Callable[[LaneSettings, Secret, int], Iterator[Proof]]


def prove_lane(lane: CredentialLane, *, now: datetime) -> list[Proof]:
    """Return what holds of a lane, up to the first thing that does not."""
    if not holds("lane", lane.members(), lane.seal):
        return [Proof(False, "The lane was changed in the database: save it again.")]
    asked = lane_settings(lane_facts(lane), lane.tenant.slug)
    give_connection_back()
    found = [Proof(True, "The lane is as it was saved.")]
    try:
        secret = opened(asked)
        found.append(Proof(True, "Its secret opens."))
        found += _PROOFS[lane.kind](asked, secret, int(now.timestamp()))
    except NotLent as refusal:
        found.append(Proof(False, refusal.note))
    return found


def _static(lane: LaneSettings, secret: Secret, _now: int) -> Iterator[Proof]:
    try:
        Placement.parse(lane.placement).put(secret.reveal())
    except ValueError:
        yield Proof(False, "The secret can't stand where the lane puts it.")
        return
    yield Proof(
        True,
        "Nobody lends it, so nobody was asked: whether the backend takes a stored"
        " value, the first call shows.",
    )


def _github(lane: LaneSettings, secret: Secret, now: int) -> Iterator[Proof]:
    said = github_app.look(lane, secret, now=now, deadline=Deadline(SECONDS))
    yield Proof(True, "GitHub knows the app and its installation.")
    account = said.get("account")
    login = str(account.get("login", ""))[:100] if isinstance(account, dict) else ""
    owner = str(lane.settings["owner"])
    is_hers = login.lower() == owner.lower()
    other = "" if is_hers else f", and the lane says {owner}"
    yield Proof(is_hers, f"The installation is of {login or 'nobody'}{other}.")
    yield from _permissions(lane.narrowing.get("permissions", {}), said)


def _permissions(asked: Mapping[str, str], said: Mapping[str, Any]) -> Iterator[Proof]:
    held = said.get("permissions")
    for name, level in asked.items():
        has = held.get(name) if isinstance(held, dict) else None
        is_enough = has in LEVELS and LEVELS.index(has) >= LEVELS.index(level)
        missing = f"The installation lacks {name}: {level}. Add it to the app, and let"
        yield Proof(
            is_enough,
            f"It has {name}: {level}."
            if is_enough
            else f"{missing} the owner accept it.",
        )


def _aws(lane: LaneSettings, secret: Secret, now: int) -> Iterator[Proof]:
    aws_sts.assume(
        lane,
        secret,
        policy=NOTHING_ALLOWED,
        session="sealwright-test",
        agent="sealwright-test",
        claim_id="none",
        now=now,
        deadline=Deadline(SECONDS),
    )
    yield Proof(
        True, "AWS lent a session of the role, for which this test allowed nothing."
    )


def _oauth(lane: LaneSettings, secret: Secret, now: int) -> Iterator[Proof]:
    asked = {
        name: value for name, value in lane.narrowing.items() if not placeholders(value)
    }
    said = oauth_client.token_answer(
        lane, secret, asked=asked, now=now, deadline=Deadline(SECONDS)
    )
    yield Proof(True, "The server lent a token.")
    token = said.get("access_token")
    if not lane.settings.get("revocation_url"):
        yield Proof(True, "It ends by itself: the lane has no revocation endpoint.")
    elif isinstance(token, str):
        oauth_client.give_back(token, lane, secret, Deadline(SECONDS))
        yield Proof(True, "It was given back unused.")


_PROOFS: Final[Mapping[str, Ask]] = {
    "static": _static,
    "github_app": _github,
    "aws_sts": _aws,
    "oauth_client": _oauth,
}
