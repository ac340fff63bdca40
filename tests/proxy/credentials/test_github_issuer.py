"""An issuer that lies, fails, is slow or is somebody else lends nothing."""

import pytest

from proxy.credentials.failures import NotLent
from tests.issuers.borrowing import GITHUB_SCOPE, borrowed, now
from tests.issuers.github import Issuer
from tests.proxy.credentials.conftest import Recorded
from tests.proxy.credentials.refusing import SCOPE, refused

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


@pytest.mark.parametrize(
    "mode", ["all", "more", "higher", "other", "fewer", "owner", "eternal", "over"]
)
def test_anything_but_what_was_asked_is_given_back_and_refused(
    mode: str, issuer: Issuer, recorded: Recorded
) -> None:
    issuer.github.mode = mode

    refused(issuer)

    (event, facts), *more = recorded
    assert event == "credential.too_broad"
    assert not more
    assert facts["detail"]["revoked"] == "yes"
    assert facts["lane"] == "github-comment"
    assert [each["revoked"] for each in issuer.github.issued()] == [True]


@pytest.mark.parametrize(
    ("mode", "status", "words"),
    [
        ("unauthorized", 401, "clock"),
        ("unprocessable", 422, "lacks a repository or a permission"),
        ("redirect", 302, "302"),
        ("html", 200, "200"),
        ("huge", None, "too large"),
        ("drop", None, "did not answer"),
    ],
)
def test_an_issuer_that_fails_is_told_with_what_to_mend(
    mode: str, status: int | None, words: str, issuer: Issuer, recorded: Recorded
) -> None:
    issuer.github.mode = mode

    refusal = refused(issuer)

    assert refusal.status == status
    assert words in refusal.note
    assert words not in str(refusal)
    assert recorded == []


def test_a_slow_issuer_gets_half_of_the_calls_time(issuer: Issuer) -> None:
    issuer.github.mode, issuer.github.slow_seconds = "slow", 8.0

    with (
        pytest.raises(NotLent) as denial,
        borrowed(issuer.lane(), SCOPE, template=GITHUB_SCOPE, seconds=4),
    ):
        pytest.fail("a credential was lent")

    assert "did not come in time" in denial.value.note


def test_an_issuer_that_is_down_is_told_as_such(issuer: Issuer) -> None:
    down = issuer.settings(api_url="http://127.0.0.1:9")

    assert "can't be reached" in refused(issuer, settings=down).note


def test_an_issuer_at_an_address_that_is_not_opened_is_never_asked(
    issuer: Issuer,
) -> None:
    shut = issuer.settings(allowed_cidrs=[])

    assert "not let through" in refused(issuer, settings=shut).note
    assert issuer.github.asked == 0


@pytest.mark.parametrize("ahead", [-700, 700])
def test_a_clock_that_is_off_is_refused_by_github_and_told(
    ahead: int, issuer: Issuer
) -> None:
    issuer.github.clock = lambda: float(now() + ahead)

    assert "clock is off" in refused(issuer).note


def test_a_clock_that_is_half_a_minute_off_does_not_matter(issuer: Issuer) -> None:
    for ahead in (-30, 30):
        issuer.github.clock = lambda ahead=ahead: float(now() + ahead)  # type: ignore[misc]
        with borrowed(issuer.lane(), SCOPE, template=GITHUB_SCOPE) as credential:
            assert issuer.comment("payments-api", credential) == 201


def test_another_apps_key_is_refused(issuer: Issuer) -> None:
    refusal = refused(issuer, settings=issuer.settings(client_id="Iv1.other"))

    assert refusal.status == 401


def test_a_secret_that_is_no_key_is_told_without_a_word_of_it(issuer: Issuer) -> None:
    refusal = refused(issuer, secret="not-a-private-key")

    assert "set it anew" in refusal.note
    assert "not-a-private-key" not in refusal.note
    assert issuer.github.asked == 0


def test_a_broker_that_trips_over_something_lends_nothing_and_says_so(
    issuer: Issuer, caplog: pytest.LogCaptureFixture
) -> None:
    settings = issuer.settings()
    del settings["client_id"]

    refusal = refused(issuer, settings=settings)

    assert "nobody foresaw" in refusal.note
    assert "unforeseen KeyError: github-comment lent nothing" in caplog.text
