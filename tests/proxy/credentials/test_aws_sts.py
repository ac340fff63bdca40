"""A session of a role can do what the claim's scope says, and is signed for it."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlencode

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from governance.egress import OutboundRequest, parse_url
from proxy.credentials.failures import NotLent
from tests.issuers.borrowing import CALL_ID, borrowed, now
from tests.issuers.policies import allows
from tests.issuers.sts import (
    ACCESS_KEY,
    LOGS_SCOPE,
    SECRET_KEY,
    Sts,
    moto_server,
    sts_in_front_of,
)
from tests.proxy.credentials.conftest import Recorded
from tests.remotes import Received, reply

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

SCOPE = "project:shop/service:api"
MISSED = b"""<ErrorResponse><Error><Code>AccessDenied</Code>
  <Message>not authorized to perform: WHAT on resource</Message></Error></ErrorResponse>
"""
ARN = "arn:aws:logs:eu-central-1:123456789012:x"
GROUP = "arn:aws:logs:eu-central-1:123456789012:log-group:{}:log-stream:x"


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    with moto_server() as url:
        yield url


@pytest.fixture
def sts(moto: str) -> Iterator[Sts]:
    with sts_in_front_of(moto) as running:
        yield running


def refused(sts: Sts, scope: str = SCOPE, **lane: Any) -> NotLent:
    with (
        pytest.raises(NotLent) as denial,
        borrowed(sts.lane(**lane), scope, template=LOGS_SCOPE),
    ):
        pytest.fail("a credential was lent")
    return denial.value


def signature_of(received: Received, url: str, secret: str, token: str = "") -> str:
    """Let botocore sign what came, with the headers that were signed."""
    sent = dict(received.headers)
    said = sent["Authorization"]
    names = said.partition("SignedHeaders=")[2].partition(",")[0].split(";")
    stamp = next(v for n, v in received.headers if n.lower() == "x-amz-date")
    region, service = said.split("/")[2:4]
    again = AWSRequest(
        received.method,
        url + received.target,
        headers={
            name: value
            for name, value in received.headers
            if name.lower() in names
            and name.lower() not in {"host", "x-amz-date", "x-amz-security-token"}
        },
        data=received.body,
    )
    again.context["timestamp"] = stamp
    with pytest.MonkeyPatch.context() as patch:
        at = datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        patch.setattr("botocore.auth.get_current_datetime", lambda: at)
        key = said.partition("Credential=")[2].partition("/")[0]
        credentials = Credentials(key, secret, token or None)
        SigV4Auth(credentials, service, region).add_auth(again)
    return str(again.headers["Authorization"])


def test_the_policy_that_was_sent_allows_the_scope_and_denies_its_neighbours(
    sts: Sts,
) -> None:
    with borrowed(sts.lane(), SCOPE, template=LOGS_SCOPE):
        pass

    policy = json.loads(sts.form()["Policy"])
    read = "logs:FilterLogEvents"
    assert allows(policy, action=read, resource=GROUP.format("/shop/api"))
    for neighbour in (
        "/shop/api2",
        "/shop/worker",
        "/shop",
        "/bank/api",
        "/shop/api/x",
    ):
        assert not allows(policy, action=read, resource=GROUP.format(neighbour))
    assert not allows(
        policy, action="logs:DeleteLogGroup", resource=GROUP.format("/shop/api")
    )


def test_the_question_is_short_lived_and_names_agent_call_and_claim(sts: Sts) -> None:
    lane = sts.lane(settings=sts.settings(external_id="acme-17"))

    with borrowed(lane, SCOPE, template=LOGS_SCOPE) as credential:
        account = credential.account

    form = sts.form()
    assert form["DurationSeconds"] == "900"
    assert form["RoleSessionName"] == CALL_ID
    assert form["SourceIdentity"] == "ci-agent"
    assert form["ExternalId"] == "acme-17"
    assert form["Tags.member.1.Key"] == "sealwright-claim"
    assert form["Tags.member.1.Value"].startswith("clm_")
    assert account.expires_at is not None
    assert now() + 800 < account.expires_at <= now() + 960
    assert account.revoked == "no: AWS revokes no session by itself"


def test_the_question_is_signed_with_the_base_key_as_botocore_signs(sts: Sts) -> None:
    with borrowed(sts.lane(), SCOPE, template=LOGS_SCOPE):
        pass

    (asked,) = sts.asked
    said = dict(asked.headers)["Authorization"]
    assert f"Credential={ACCESS_KEY}/" in said
    assert signature_of(asked, sts.remote.url, SECRET_KEY) == said


def test_a_backend_request_is_signed_with_the_session_over_the_bytes_that_leave(
    sts: Sts,
) -> None:
    body = json.dumps({"logGroupName": "/shop/api"}).encode()
    request = OutboundRequest(
        "POST",
        "/?b=2&a=1",
        (
            ("Content-Type", "application/x-amz-json-1.1"),
            ("X-Amz-Target", "Logs_20140328.FilterLogEvents"),
        ),
        body,
    )
    url = "https://logs.eu-central-1.amazonaws.com"

    with borrowed(sts.lane(), SCOPE, template=LOGS_SCOPE) as credential:
        headers = credential.headers(request, parse_url(url))

    token, secret = credential.secrets
    sent = Received("POST", "/?b=2&a=1", [*request.headers, *headers], body)
    assert dict(headers)["X-Amz-Security-Token"] == token
    assert dict(headers)["Authorization"] == signature_of(sent, url, secret, token)
    assert credential.header is None


@pytest.mark.parametrize(
    ("twist", "words"),
    [
        ((b"PackedPolicySize>", b"Unpacked>"), "session policy"),
        ((b"assumed-role/logs-reader", b"assumed-role/admin"), "another role"),
        ((CALL_ID.encode(), b"cal_another"), "another role or name"),
        ((b"<Expiration>2", b"<Expiration>3"), "longer than 900"),
        ((b"<Expiration>2", b"<Expiration>1"), "is over already"),
        ((b"Expiration>", b"Ending>"), "when the credential ends"),
        ((b"Z</Expiration>", b"</Expiration>"), "of which zone"),
    ],
)
def test_an_answer_that_is_broader_or_says_too_little_is_refused(
    twist: tuple[bytes, bytes],
    words: str,
    sts: Sts,
    recorded: Recorded,
) -> None:
    sts.twist = twist

    refusal = refused(sts)

    ((event, facts),) = recorded
    assert event == "credential.too_broad"
    assert words in refusal.note
    assert facts["detail"]["revoked"] == "it can't be revoked"


@pytest.mark.parametrize(
    ("answer", "status", "words"),
    [
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", 200, "not XML that we read"),
        (b"<AssumeRoleResponse>", 200, "not XML"),
        (b"<html></html>", 200, "no credentials"),
        (b"x" * 70_000, 200, "too large"),
        (MISSED.replace(b"WHAT", b"sts:TagSession"), 403, "sts:TagSession"),
        (MISSED.replace(b"WHAT", b"sts:SetSourceIdentity"), 403, "SetSourceIdentity"),
        (b"<E><Code>AccessDenied</Code></E>", 403, "trust policy"),
        (b"<E><Code>SignatureDoesNotMatch</Code></E>", 403, "secret access key"),
        (b"<E><Code>RequestExpired</Code></E>", 400, "clock is off"),
        (b"<E><Code>PackedPolicyTooLarge</Code></E>", 400, "shorten the map"),
        (b"<E><Code>Other</Code></E>", 500, "AWS answered 500"),
    ],
)
def test_an_answer_that_is_none_is_told_with_what_to_mend(
    answer: bytes, status: int, words: str, sts: Sts
) -> None:
    sts.remote.answer = reply(answer, status=status, content_type="text/xml")

    assert words in refused(sts).note


@pytest.mark.parametrize("agent", ["x", "a" * 65, "ci agent", "ci/agent"])
def test_an_agent_that_is_no_source_identity_borrows_nothing(
    agent: str, sts: Sts
) -> None:
    with (
        pytest.raises(NotLent),
        borrowed(sts.lane(), SCOPE, template=LOGS_SCOPE, agent=agent),
    ):
        pytest.fail("a credential was lent")

    assert sts.asked == []


@pytest.mark.parametrize(
    "policy",
    [
        {},
        {"Version": "2012-10-17", "Statement": []},
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": "*", "Resource": ARN}],
        },
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": "a:B", "Resource": ["*"]}],
        },
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": "*:*", "Resource": ARN}],
        },
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": "a:B", "Resource": ["arn:*"]}],
        },
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "NotAction": "a:B", "Resource": ARN}],
        },
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Deny", "Action": "a:B", "Resource": ARN}],
        },
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Action": "a:B", "Resource": ARN + "y" * 2048}
            ],
        },
    ],
)
def test_a_policy_that_does_not_narrow_is_never_sent(
    policy: dict[str, Any], sts: Sts
) -> None:
    refused(sts, narrowing={"policy": policy})

    assert sts.asked == []


def test_nothing_of_a_session_is_shown(sts: Sts) -> None:
    with borrowed(sts.lane(), SCOPE, template=LOGS_SCOPE) as credential:
        shown = f"{credential!r} {credential.account!r} {credential.account.detail()}"

    assert all(secret not in shown for secret in credential.secrets)
    assert len(credential.fingerprint or "") == 16
    assert parse_qs(urlencode({"a": SECRET_KEY}))["a"][0] not in shown
