"""Sessions of an AWS role, under a session policy made from the scope.

What a session may do is what both the role and the policy allow.  It can't be revoked
by itself and lives for 15 minutes at least, so the record says until when it works.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlencode

from django.utils import timezone

from governance.egress import Deadline, Destination, OutboundRequest, parse_url
from governance.envelope import Secret
from governance.lanekinds import sts_url
from proxy.credentials.credential import Credential, Headers
from proxy.credentials.failures import NotLent, TooBroad
from proxy.credentials.issuer import FORM, ask
from proxy.credentials.loans import Borrowing, LaneSettings, Loan
from proxy.credentials.narrowing import Broader, check_life, end_of_life, policy_text
from proxy.credentials.sigv4 import AwsKeys, SigningScope, signature_headers

SESSION_SECONDS: Final = 900
MAX_XML_BYTES: Final = 65_536
NOT_REVOCABLE: Final = "AWS revokes no session by itself"

_OK: Final = 200
_NAME: Final = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)
_KEY: Final = re.compile(r"[A-Z0-9]{16,128}")
_SECRET: Final = re.compile(r"[\x21-\x7e]{16,8000}")
_MISSING: Final = {
    b"sts:SetSourceIdentity": "The role's trust policy does not allow"
    " sts:SetSourceIdentity: add it.",
    b"sts:TagSession": "The role's trust policy does not allow sts:TagSession: add it.",
}
_SAID: Final = {
    "AccessDenied": "AWS does not let this key assume the role: check the role's trust"
    " policy, the external ID, and that the key may call sts:AssumeRole.",
    "InvalidClientTokenId": "AWS does not know the access key ID.",
    "SignatureDoesNotMatch": "AWS refused the signature: the secret access key is not"
    " the one of the access key ID, or a clock is off.",
    "RequestExpired": "AWS says that the request is too old: this machine's clock is"
    " off.",
    "MalformedPolicyDocument": "AWS can't read the session policy.",
    "PackedPolicyTooLarge": "The session policy is too large for AWS: shorten the map.",
    "RegionDisabledException": "STS is not active in the lane's region.",
    "ExpiredToken": "The base key is of a session that is over.",
}


def borrow(borrowing: Borrowing) -> Loan:
    """Assume the lane's role for this one call.

    Raises NotLent, TooBroad; NotNarrowed if the policy is not one that narrows.
    """
    lane, call = borrowing.lane, borrowing.call
    answer = assume(
        lane,
        borrowing.secret,
        policy=policy_text(borrowing.asked),
        session=call.call_id,
        agent=call.agent,
        claim_id=call.claim_id,
        now=borrowing.now,
        deadline=borrowing.deadline,
    )
    return _loan(borrowing, answer)


def assume(
    lane: LaneSettings,
    secret: Secret,
    *,
    policy: str,
    session: str,
    agent: str,
    claim_id: str,
    now: int,
    deadline: Deadline,
) -> Mapping[str, str]:
    """Return the texts of STS's answer by their names.  Raises NotLent."""
    if not _NAME.fullmatch(session) or not _NAME.fullmatch(agent):
        raise NotLent("AWS takes an agent's name of 2 to 64 plain characters only.")
    form = {
        "Action": "AssumeRole",
        "Version": "2011-06-15",
        "RoleArn": lane.settings["role_arn"],
        "RoleSessionName": session,
        "DurationSeconds": str(SESSION_SECONDS),
        "Policy": policy,
        "SourceIdentity": agent,
        "Tags.member.1.Key": "sealwright-claim",
        "Tags.member.1.Value": claim_id,
    }
    if external_id := lane.settings.get("external_id"):
        form["ExternalId"] = external_id
    return _asked(form, lane=lane, secret=secret, now=now, deadline=deadline)


def _asked(
    form: Mapping[str, str],
    *,
    lane: LaneSettings,
    secret: Secret,
    now: int,
    deadline: Deadline,
) -> Mapping[str, str]:
    url, body = sts_url(lane.settings), urlencode(form).encode()
    destination = parse_url(url)
    bare = Destination(destination.scheme, destination.host, destination.port, "")
    request = OutboundRequest("POST", destination.path or "/", (FORM,), body)
    signed = signature_headers(
        request,
        destination=bare,
        keys=AwsKeys(lane.settings["access_key_id"], secret.reveal()),
        scope=SigningScope("sts", lane.settings["region"]),
        at=datetime.fromtimestamp(now, tz=UTC),
    )
    answer = ask(
        "POST",
        url,
        lane=lane,
        deadline=deadline,
        headers=(FORM, *signed),
        body=body,
        max_bytes=MAX_XML_BYTES,
    )
    texts = _texts(answer.body)
    if answer.status != _OK:
        raise NotLent(_why(answer.status, texts, answer.body), status=answer.status)
    return texts


def _why(status: int, texts: Mapping[str, str], body: bytes) -> str:
    # Which permission was missed stands in AWS's own sentence only.
    missed = next((said for name, said in _MISSING.items() if name in body), None)
    return missed or _SAID.get(texts.get("Code", ""), f"AWS answered {status}.")


def _texts(body: bytes) -> Mapping[str, str]:
    """Return the texts of an XML answer by their elements' names."""
    # No declaration, no entity: nothing in it can grow or point elsewhere.
    if b"<!" in body:
        raise NotLent("AWS's answer is not XML that we read.")
    try:
        root = ET.fromstring(body.decode())  # noqa: S314 - no `<!` is in it
    except (ET.ParseError, ValueError) as error:
        raise NotLent("AWS's answer is not XML: check the address of STS.") from error
    return {each.tag.rpartition("}")[2]: each.text or "" for each in root.iter()}


def _loan(borrowing: Borrowing, texts: Mapping[str, str]) -> Loan:
    lane = borrowing.lane
    keys = AwsKeys(
        texts.get("AccessKeyId", ""),
        texts.get("SecretAccessKey", ""),
        texts.get("SessionToken", ""),
    )
    if not _KEY.fullmatch(keys.access_key_id) or not all(
        map(_SECRET.fullmatch, (keys.secret_access_key, keys.session_token))
    ):
        raise NotLent("AWS's answer holds no credentials.")
    granted: dict[str, Any] = {
        "role": texts.get("Arn", "")[:200],
        "packed_policy_percent": texts.get("PackedPolicySize", "")[:10],
    }
    try:
        expires_at = _checked(borrowing, texts)
    except Broader as error:
        raise TooBroad(
            str(error), granted=granted, secret=keys.session_token
        ) from error
    credential = Credential(
        secrets=(keys.session_token, keys.secret_access_key),
        signer=_signer(keys, lane.placement),
    )
    return Loan(credential, granted, expires_at, kept_because=NOT_REVOCABLE)


def _checked(borrowing: Borrowing, texts: Mapping[str, str]) -> int:
    """Return when the session ends.  Raises Broader if no policy narrows it."""
    role = str(borrowing.lane.settings["role_arn"]).rpartition("/")[2]
    if not texts.get("PackedPolicySize", "").isdecimal():
        raise Broader("AWS does not say that it applied the session policy.")
    if not texts.get("Arn", "").endswith(
        f":assumed-role/{role}/{borrowing.call.call_id}"
    ):
        raise Broader("AWS lent a session of another role or name.")
    expires_at = end_of_life(texts.get("Expiration"))
    check_life(expires_at, now=borrowing.now, max_seconds=SESSION_SECONDS)
    return expires_at


def _signer(keys: AwsKeys, placement: Mapping[str, Any]) -> Any:
    scope = SigningScope(str(placement["service"]), str(placement["region"]))

    def sign(request: OutboundRequest, destination: Destination) -> Headers:
        return signature_headers(
            request, destination=destination, keys=keys, scope=scope, at=timezone.now()
        )

    return sign
