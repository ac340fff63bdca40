"""A token of a real authorization server does what the scope says, and then ends."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest

from proxy.credentials import revoking
from proxy.credentials.failures import NotLent
from tests.issuers.borrowing import borrowed
from tests.issuers.github import app_key
from tests.issuers.oauth import QUEUE_SCOPE, SECRET, OAuth, oauth_server
from tests.proxy.credentials.conftest import Recorded

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

SCOPE = "queue:ops"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OAuth]:
    with oauth_server(tmp_path_factory.mktemp("oauth")) as server:
        yield server


@pytest.fixture
def oauth(running: OAuth) -> OAuth:
    running.behave("normal")
    return running


def refused(oauth: OAuth, **lane: Any) -> NotLent:
    with (
        pytest.raises(NotLent) as denial,
        borrowed(oauth.lane(**lane), SCOPE, template=QUEUE_SCOPE),
    ):
        pytest.fail("a credential was lent")
    return denial.value


def test_a_token_creates_in_its_queue_only_and_ends_with_the_call(
    oauth: OAuth,
) -> None:
    with borrowed(oauth.lane(), SCOPE, template=QUEUE_SCOPE) as credential:
        here, neighbour = (
            oauth.create("ops", credential),
            oauth.create("hr", credential),
        )

    assert (here, neighbour) == (201, 403)
    assert oauth.create("ops", credential) == 401
    assert oauth.state()["live"] == [False]
    assert credential.account.detail()["narrowed"] is True


def test_a_signed_assertion_is_taken_instead_of_a_secret_once_each(
    oauth: OAuth,
) -> None:
    signing = oauth.settings(
        client_id="sealwright-key", authentication="private_key_jwt", key_id="k1"
    )
    lane = oauth.lane(settings=signing, secret=app_key())

    for _ in range(2):
        with borrowed(lane, SCOPE, template=QUEUE_SCOPE) as credential:
            assert oauth.create("ops", credential) == 201

    asked = [each["form"] for each in oauth.state()["asked"]]
    assertions = {form["client_assertion"] for form in asked}
    assert len(assertions) == len(asked) == 4
    assert oauth.state()["live"] == [False, False]


def test_the_question_names_grant_scope_details_and_resource(oauth: OAuth) -> None:
    lane = oauth.lane(settings=oauth.settings(resource="https://tickets.example.com"))

    with borrowed(lane, SCOPE, template=QUEUE_SCOPE):
        pass

    form = oauth.state()["asked"][0]["form"]
    assert form["grant_type"] == "client_credentials"
    assert form["scope"] == "tickets:create"
    assert '"identifier": "ops"' in form["authorization_details"]
    assert oauth.state()["resources"] == ["https://tickets.example.com"]
    assert SECRET not in str(oauth.state())


@pytest.mark.parametrize(
    "mode",
    [
        *("broader", "narrower", "no_expiry", "text_expiry", "true_expiry"),
        *("forever", "over", "mac", "other_details", "no_details"),
    ],
)
def test_anything_but_what_was_asked_is_given_back_and_refused(
    mode: str, oauth: OAuth, recorded: Recorded
) -> None:
    oauth.behave(mode)

    refused(oauth)

    ((event, facts),) = recorded
    assert event == "credential.too_broad"
    assert facts["detail"]["revoked"] == "yes"
    assert oauth.state()["live"] == [False]


def test_a_longer_life_than_the_lane_accepts_is_refused(
    oauth: OAuth, recorded: Recorded
) -> None:
    assert "longer than 120" in refused(oauth, max_seconds=120).note
    assert len(recorded) == 1


def test_a_token_that_could_end_a_header_is_given_back_and_refused(
    oauth: OAuth, recorded: Recorded
) -> None:
    oauth.behave("blank")

    assert "stand in a header" in refused(oauth).note

    assert [event for event, _ in recorded] == ["credential.too_broad"]
    assert oauth.state()["asked"][-1]["at"] == "/oauth/revoke"


def test_a_refresh_token_is_dropped_unread(
    oauth: OAuth, caplog: pytest.LogCaptureFixture
) -> None:
    oauth.behave("refresh")

    with (
        caplog.at_level(logging.DEBUG),
        borrowed(oauth.lane(), SCOPE, template=QUEUE_SCOPE) as credential,
    ):
        shown = str(credential.account.detail())

    assert "dropped" in shown
    assert "nobody-asked-for" not in shown + caplog.text


@pytest.mark.parametrize(
    ("lane", "words"),
    [
        ({"secret": "another-secret"}, "invalid_client"),
        ({"narrowing": {"scope": "tickets:admin"}}, "invalid_scope"),
    ],
)
def test_what_the_server_refuses_is_told_with_what_to_mend(
    lane: dict[str, Any], words: str, oauth: OAuth
) -> None:
    assert words in refused(oauth, **lane).note


def test_a_wrong_address_is_told(oauth: OAuth) -> None:
    wrong = oauth.settings(token_url=f"{oauth.url}/nothing/here")

    refusal = refused(oauth, settings=wrong)

    assert refusal.status == 404
    assert "check its address" in refusal.note


def test_html_instead_of_json_is_told(oauth: OAuth) -> None:
    oauth.behave("html")

    assert "not a JSON object" in refused(oauth).note


def test_a_slow_server_gets_half_of_the_calls_time(oauth: OAuth) -> None:
    oauth.behave("slow")

    with (
        pytest.raises(NotLent) as denial,
        borrowed(oauth.lane(), SCOPE, template=QUEUE_SCOPE, seconds=4),
    ):
        pytest.fail("a credential was lent")

    assert "did not come in time" in denial.value.note


def test_without_a_revocation_endpoint_the_account_says_so(oauth: OAuth) -> None:
    lane = oauth.lane(settings=oauth.settings(revocation_url=""))

    with borrowed(lane, SCOPE, template=QUEUE_SCOPE) as credential:
        pass

    assert credential.account.revoked == "no: the lane has no revocation endpoint"
    assert oauth.state()["live"] == [True]


def test_a_server_that_keeps_a_token_is_tried_three_times(
    oauth: OAuth, recorded: Recorded
) -> None:
    oauth.behave("keeps")

    with borrowed(oauth.lane(), SCOPE, template=QUEUE_SCOPE):
        pass
    revoking.drain()

    assert [event for event, _ in recorded] == ["credential.revoke_failed"]
    asked = [each["at"] for each in oauth.state()["asked"]]
    assert asked == ["/oauth/token", *["/oauth/revoke"] * 3]
