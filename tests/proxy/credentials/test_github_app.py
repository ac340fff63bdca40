"""A token does the approved thing and nothing beside it, and ends with the call."""

import logging
import threading
from dataclasses import replace
from typing import Any

import pytest

from audit.redaction import redact_known
from proxy.credentials import reuse, revoking
from proxy.credentials.credential import Credential
from tests.issuers.borrowing import GITHUB_SCOPE, borrowed, now
from tests.issuers.github import Issuer
from tests.proxy.credentials.conftest import Recorded
from tests.proxy.credentials.refusing import SCOPE, refused

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

NEIGHBOUR = "web-shop"


def test_a_token_comments_where_the_scope_says_and_is_refused_next_to_it(
    issuer: Issuer,
) -> None:
    with borrowed(issuer.lane(), SCOPE, template=GITHUB_SCOPE) as credential:
        here = issuer.comment("payments-api", credential)
        neighbour = issuer.comment(NEIGHBOUR, credential)
        merge = "/repos/acme/payments-api/pulls/184/merge"
        other_permission = issuer.status("PUT", merge, credential)

    assert (here, neighbour, other_permission) == (201, 403, 403)


def test_a_token_is_worth_nothing_after_the_call(issuer: Issuer) -> None:
    with borrowed(issuer.lane(), SCOPE, template=GITHUB_SCOPE) as credential:
        pass

    assert issuer.comment("payments-api", credential) == 401
    assert issuer.github.issued()[0]["revoked"] is True
    assert credential.account.revoked.startswith("20")


def test_a_token_is_given_back_when_the_call_fails_too(issuer: Issuer) -> None:
    with (
        pytest.raises(ZeroDivisionError),
        borrowed(issuer.lane(), SCOPE, template=GITHUB_SCOPE),
    ):
        raise ZeroDivisionError

    assert [each["revoked"] for each in issuer.github.issued()] == [True]


def test_a_token_that_has_ended_does_nothing(issuer: Issuer) -> None:
    with borrowed(issuer.lane(), SCOPE, template=GITHUB_SCOPE) as credential:
        issuer.github.clock = lambda: float(now() + 3601)
        assert issuer.comment("payments-api", credential) == 401


def test_the_account_tells_what_was_asked_granted_and_until_when(
    issuer: Issuer,
) -> None:
    with borrowed(issuer.lane(), SCOPE, template=GITHUB_SCOPE) as credential:
        account = credential.account

    detail = account.detail()
    assert detail["asked"] == {
        "repositories": ["payments-api"],
        "permissions": {"issues": "write"},
    }
    assert '"payments-api"' in detail["granted"]
    assert detail["narrowed"] is True
    assert account.expires_at is not None
    assert now() + 3500 < account.expires_at <= now() + 3600
    assert len(credential.fingerprint or "") == 16


def test_a_map_without_a_placeholder_is_told_as_not_narrowed(issuer: Issuer) -> None:
    lane = issuer.lane(
        narrowing={"repositories": ["web-shop"], "permissions": {"issues": "write"}}
    )

    with borrowed(lane, SCOPE, template=GITHUB_SCOPE) as credential:
        assert issuer.comment("web-shop", credential) == 201

    assert credential.account.detail()["narrowed"] is False


@pytest.mark.parametrize("narrowing", [{}, {"repositories": ["{repo}"]}])
def test_a_question_that_names_too_little_is_never_asked(
    narrowing: dict[str, Any], issuer: Issuer
) -> None:
    refused(issuer, narrowing=narrowing)

    assert issuer.github.asked == 0


@pytest.mark.parametrize(
    "scope", ["repo:./pull:1", "repo:../pull:1", "repo:a/b/pull:1", "pull:1", ""]
)
def test_a_scope_that_is_not_the_routes_borrows_nothing(
    scope: str, issuer: Issuer
) -> None:
    refused(issuer, scope)

    assert issuer.github.asked == 0


def test_the_newer_long_form_of_a_token_is_used_and_redacted(issuer: Issuer) -> None:
    issuer.github.mode = "long"

    with borrowed(issuer.lane(), SCOPE, template=GITHUB_SCOPE) as credential:
        assert issuer.comment("payments-api", credential) == 201

    (token,) = credential.secrets
    assert len(token) > 200
    assert redact_known(f"x {token}".encode(), credential.secrets).startswith(b"x [")


def test_a_token_that_can_not_be_revoked_is_tried_three_times_and_recorded(
    issuer: Issuer, recorded: Recorded, caplog: pytest.LogCaptureFixture
) -> None:
    issuer.github.mode = "keeps"

    with (
        caplog.at_level(logging.WARNING),
        borrowed(issuer.lane(), SCOPE, template=GITHUB_SCOPE) as credential,
    ):
        pass
    revoking.drain()

    ((event, facts),) = recorded
    assert event == "credential.revoke_failed"
    assert facts["credential"] == credential.fingerprint
    assert facts["detail"]["expires_at"].startswith("20")
    assert caplog.text.count("was not given back") == 3
    assert credential.secrets[0] not in caplog.text
    assert credential.account.revoked.startswith("not yet")


def test_leases_at_once_do_not_cross_their_scopes(issuer: Issuer) -> None:
    together = threading.Barrier(8)
    found: list[tuple[str, int, int]] = []

    def comment(repository: str, neighbour: str) -> None:
        scope = f"repo:{repository}/pull:184"
        with borrowed(issuer.lane(), scope, template=GITHUB_SCOPE) as credential:
            together.wait(120)
            here = issuer.comment(repository, credential)
            found.append((repository, here, issuer.comment(neighbour, credential)))

    pairs = [("payments-api", NEIGHBOUR), (NEIGHBOUR, "payments-api")] * 4
    threads = [threading.Thread(target=comment, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    expected = [
        (name, 201, 403) for name in ("payments-api", NEIGHBOUR) for _ in "1234"
    ]
    assert sorted(found) == sorted(expected)
    assert all(each["revoked"] for each in issuer.github.issued())


def test_a_read_may_use_a_credential_again_for_the_same_scope_only(
    issuer: Issuer,
) -> None:
    lane = issuer.lane(
        privilege="read",
        reuse_seconds=60,
        narrowing={"repositories": ["{repo}"], "permissions": {"issues": "read"}},
    )

    def read(scope: str = SCOPE, **call: Any) -> Credential:
        members = {"risk": "read", **call}
        with borrowed(lane, scope, template=GITHUB_SCOPE, **members) as credential:
            return credential

    first, again = read(), read()
    same = issuer.github.asked
    read(f"repo:{NEIGHBOUR}/pull:1")
    read(agent="ana-agent")
    read(risk="write")
    others = issuer.github.asked

    assert first.secrets == again.secrets
    assert again.account.is_reused
    assert (same, others) == (1, 4)


def test_a_kept_credential_ends_with_any_change_of_policy_and_is_given_back(
    issuer: Issuer,
) -> None:
    lane = issuer.lane(reuse_seconds=60)
    for epoch in (71, 72):
        with borrowed(lane, SCOPE, template=GITHUB_SCOPE, risk="read", epoch=epoch):
            pass
    revoking.drain()

    assert issuer.github.asked == 2
    assert [each["revoked"] for each in issuer.github.issued()] == [True, False]


def test_a_kept_credential_ends_with_a_change_of_the_lane(issuer: Issuer) -> None:
    lane = issuer.lane(reuse_seconds=60)
    for changed in (lane, replace(lane, version=2)):
        with borrowed(
            changed, SCOPE, template=GITHUB_SCOPE, risk="read", epoch=73
        ) as credential:
            assert not credential.account.is_reused

    assert issuer.github.asked == 2


def test_a_kept_credential_that_a_backend_refused_is_not_used_again(
    issuer: Issuer,
) -> None:
    lane = issuer.lane(reuse_seconds=60)
    with borrowed(lane, SCOPE, template=GITHUB_SCOPE, risk="read", epoch=74) as first:
        first.account.is_refused = True

    with borrowed(lane, SCOPE, template=GITHUB_SCOPE, risk="read", epoch=74) as second:
        assert second.secrets != first.secrets
    revoking.drain()

    assert issuer.github.issued()[0]["revoked"] is True


def test_a_process_keeps_so_many_credentials_and_no_more(
    issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    reuse.forget()
    monkeypatch.setattr(reuse, "MAX_KEPT", 2)
    lane = issuer.lane(reuse_seconds=60)

    for agent in ("ana-agent", "ben-agent", "olu-agent"):
        with borrowed(
            lane, SCOPE, template=GITHUB_SCOPE, risk="read", epoch=75, agent=agent
        ):
            pass

    assert [each["revoked"] for each in issuer.github.issued()] == [False, False, True]
    reuse.forget()
    revoking.drain()
    assert all(each["revoked"] for each in issuer.github.issued())
