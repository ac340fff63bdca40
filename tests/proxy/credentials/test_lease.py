"""No verified claim for exactly this call and lane, no credential."""

import secrets
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import pytest

from approvals.claims import ClaimPayload, VerifiedClaim, granted
from governance import keys
from governance.decision import Reason
from governance.egress import Deadline
from governance.envelope import Context, seal_secret
from governance.errors import Denied
from proxy.credentials.credential import Credential
from proxy.credentials.lease import SECRET_FIELD, lease
from proxy.credentials.loans import LaneSettings, LoanRequest

SECRET = "a-shared-token-of-the-lane"
ARGS = "sha256:" + "a" * 64
NOW = 1_750_000_000
PAID = ClaimPayload(
    iss="https://sealwright.example.com",
    aud="https://sealwright.example.com/executor",
    jti="clm_06bnu5k0s1v6h5v3k9q2p7m4ec",
    iat=NOW,
    nbf=NOW,
    exp=NOW + 300,
    tenant_id="team-acme",
    sub="ci-agent",
    session_id="ses_06bnu5k0s1v6h5v3k9q2p7m4ec",
    tool="github.comment_pr",
    risk="write",
    scope="repo:payments-api/pull:184",
    lane="github-comment",
    route="sha256:" + "b" * 64,
    args=ARGS,
    summary="sha256:" + "c" * 64,
    approval_id=None,
    nonce="0" * 22,
    max_uses=1,
)
CALL = LoanRequest(
    tenant="team-acme",
    lane="github-comment",
    scope="repo:payments-api/pull:184",
    args_digest=ARGS,
    claim_id=PAID.jti,
    claim_ends_at=NOW + 300,
    asked_at=NOW,
)


def sealed(tenant: str, lane: str, version: int, *, field: str = SECRET_FIELD) -> str:
    kek_id = keys.newest_kek_id()
    return seal_secret(
        SECRET.encode(),
        kek_id=kek_id,
        kek=keys.kek(kek_id),
        aad=Context(tenant, lane, field, version),
        random=secrets.token_bytes,
    )


@pytest.fixture
def claim() -> VerifiedClaim:
    return granted(PAID)


@pytest.fixture
def lane() -> LaneSettings:
    return LaneSettings(
        tenant="team-acme",
        name="github-comment",
        kind="static",
        privilege="write",
        placement={"in": "authorization", "scheme": "Bearer"},
        sealed_secret=sealed("team-acme", "github-comment", 3),
        secret_version=3,
    )


@pytest.fixture
def shut(lane: LaneSettings) -> LaneSettings:
    """Return a lane whose secret does not open: who tries says so."""
    return replace(lane, sealed_secret="not sealed")


def says_it_tried(denial: Denied) -> bool:
    return "secret of the lane" in str(denial)


def lent(
    claim: VerifiedClaim, call: LoanRequest, lane: LaneSettings, *, seconds: float = 5
) -> Credential:
    with lease(claim, call=call, lane=lane, deadline=Deadline(seconds)) as credential:
        return credential


def test_a_verified_claim_borrows_the_lane_s_value(
    claim: VerifiedClaim, lane: LaneSettings
) -> None:
    credential = lent(claim, CALL, lane)

    assert credential.header == ("Authorization", f"Bearer {SECRET}")
    assert credential.secrets == (SECRET,)
    assert len(credential.fingerprint or "") == 16


def test_a_lane_of_kind_none_lends_nothing(
    claim: VerifiedClaim, shut: LaneSettings
) -> None:
    assert lent(claim, CALL, replace(shut, kind="none")) == Credential()


class LookAlike:
    """Has all that a claim has, but nobody verified it."""

    payload = PAID
    jti = PAID.jti


@pytest.mark.parametrize(
    ("change_call", "change_lane"),
    [
        ({"claim_id": "clm_another"}, {}),
        ({"tenant": "team-zeta"}, {}),
        ({}, {"tenant": "team-zeta"}),
        ({"tenant": "team-zeta"}, {"tenant": "team-zeta"}),
        ({"scope": "repo:billing-api/pull:1"}, {}),
        ({"args_digest": "sha256:" + "d" * 64}, {}),
        ({"asked_at": NOW + 361}, {}),
        ({"sent": True}, {}),
        ({"suspended": True}, {}),
        ({}, {"kind": "vault"}),
    ],
    ids=[
        "another claim",
        "another tenant's call",
        "another tenant's lane",
        "another tenant",
        "another scope",
        "other arguments",
        "ended too long ago",
        "sent before",
        "suspended",
        "unknown kind",
    ],
)
def test_what_does_not_agree_is_refused_before_a_secret_is_opened(
    change_call: dict[str, Any],
    change_lane: dict[str, Any],
    claim: VerifiedClaim,
    shut: LaneSettings,
) -> None:
    call, to = replace(CALL, **change_call), replace(shut, **change_lane)

    with pytest.raises(Denied) as denial:
        lent(claim, call, to)

    assert denial.value.reason is Reason.CREDENTIAL_UNAVAILABLE
    assert not says_it_tried(denial.value)


@pytest.mark.parametrize("not_a_claim", [LookAlike(), None, True, PAID, "eyJ"])
def test_only_a_verified_claim_itself_is_one(
    not_a_claim: object, shut: LaneSettings
) -> None:
    with pytest.raises(Denied) as denial:
        lent(cast("VerifiedClaim", not_a_claim), CALL, shut)

    assert denial.value.reason is Reason.CREDENTIAL_UNAVAILABLE
    assert not says_it_tried(denial.value)


@pytest.mark.parametrize(
    ("call_lane", "lane_name"),
    [("github-admin", "github-comment"), ("github-comment", "github-admin")],
)
def test_another_lane_than_the_claims_is_told_as_such(
    call_lane: str,
    lane_name: str,
    claim: VerifiedClaim,
    shut: LaneSettings,
) -> None:
    with pytest.raises(Denied) as denial:
        lent(claim, replace(CALL, lane=call_lane), replace(shut, name=lane_name))

    assert denial.value.reason is Reason.CLAIM_WRONG_LANE
    assert not says_it_tried(denial.value)


def test_a_claim_that_ended_just_now_still_borrows(
    claim: VerifiedClaim, lane: LaneSettings
) -> None:
    assert lent(claim, replace(CALL, asked_at=NOW + 360), lane).header is not None


def test_without_time_nothing_is_opened(
    claim: VerifiedClaim, shut: LaneSettings
) -> None:
    with pytest.raises(Denied) as denial:
        lent(claim, CALL, shut, seconds=0)

    assert not says_it_tried(denial.value)


@pytest.mark.parametrize(
    "copied",
    [
        lambda: sealed("team-zeta", "github-comment", 3),
        lambda: sealed("team-acme", "github-read", 3),
        lambda: sealed("team-acme", "github-comment", 2),
        lambda: sealed("team-acme", "github-comment", 3, field="other"),
        lambda: "",
        lambda: "{}",
    ],
    ids=["tenant", "lane", "version", "field", "empty", "not sealed"],
)
def test_a_sealed_secret_from_elsewhere_does_not_open(
    copied: Callable[[], str], claim: VerifiedClaim, lane: LaneSettings
) -> None:
    with pytest.raises(Denied) as denial:
        lent(claim, CALL, replace(lane, sealed_secret=copied()))

    assert denial.value.reason is Reason.CREDENTIAL_UNAVAILABLE
    assert says_it_tried(denial.value)
    assert "github-comment" in str(denial.value)
    assert denial.value.__cause__ is None


def test_a_secret_whose_key_is_gone_is_unavailable(
    claim: VerifiedClaim, lane: LaneSettings
) -> None:
    text = lane.sealed_secret.replace(keys.newest_kek_id(), "gone")

    with pytest.raises(Denied) as denial:
        lent(claim, CALL, replace(lane, sealed_secret=text))

    assert denial.value.reason is Reason.CREDENTIAL_UNAVAILABLE


def test_what_fails_while_it_is_lent_comes_out_as_it_is(
    claim: VerifiedClaim, lane: LaneSettings
) -> None:
    with (
        pytest.raises(ZeroDivisionError),
        lease(claim, call=CALL, lane=lane, deadline=Deadline(5)),
    ):
        raise ZeroDivisionError


def test_a_lane_shows_no_sealed_secret(lane: LaneSettings) -> None:
    assert lane.sealed_secret not in repr(lane)
