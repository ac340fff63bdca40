"""One call against a real remote: what it received, and what became of the call."""

import socket
from collections.abc import Iterator

import pytest

from governance.decision import Reason, Risk
from governance.egress import BackendSettings, Deadline, Egress
from governance.mapping import MappedRequest
from proxy.backends.answers import BackendOutcome
from proxy.backends.http import Outbound, send
from proxy.credentials.credential import Credential
from tests.remotes import Remote, Script, reply, serving, then_close

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

SECRET = "borrowed-for-one-call-0123"
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
LENT = Credential(("Authorization", f"Bearer {SECRET}"), "0" * 16, (SECRET,))
COMMENT = MappedRequest(
    method="POST",
    path="/repos/acme/payments-api/issues/184/comments",
    query=(("draft", "no & yes"),),
    headers=(("Content-Type", "application/json"), ("Idempotency-Key", "cal_1")),
    body=b'{"body":"LGTM"}',
)


@pytest.fixture
def remote() -> Iterator[Remote]:
    with serving(Remote(answer=reply())) as remote:
        yield remote


@pytest.fixture
def egress(remote: Remote) -> Iterator[Egress]:
    egress = Egress()
    yield egress
    egress.close()


def backend(remote: Remote, base_url: str = "") -> BackendSettings:
    return BackendSettings(
        1, 1, base_url or remote.url, ("127.0.0.1/32",), max_response_bytes=1000
    )


def called(
    remote: Remote,
    egress: Egress,
    *,
    mapped: MappedRequest = COMMENT,
    risk: Risk = Risk.WRITE,
    credential: Credential = LENT,
    base_url: str = "",
    seconds: float = 60,
) -> BackendOutcome:
    to = backend(remote, base_url)
    call = Outbound(to, mapped, risk, TRACE, Deadline(seconds))
    return send(call, credential, egress=egress)


def silence(connection: socket.socket) -> None:
    connection.recv(1)  # until they hang up


def test_the_remote_receives_what_was_mapped_and_lent_and_nothing_else(
    remote: Remote, egress: Egress
) -> None:
    outcome = called(remote, egress)

    assert (outcome.state, outcome.reason, outcome.status) == ("completed", None, 200)
    assert (outcome.body, outcome.origin) == (b'{"ok":true}', remote.url)
    [received] = remote.received
    assert received.method == "POST"
    assert received.target == f"{COMMENT.path}?draft=no+%26+yes"
    assert received.body == COMMENT.body
    assert dict(received.headers) == {
        "Host": f"127.0.0.1:{remote.port}",
        "User-Agent": "sealwright",
        "Accept-Encoding": "identity",
        "Content-Type": "application/json",
        "Idempotency-Key": "cal_1",
        "traceparent": TRACE,
        "Authorization": f"Bearer {SECRET}",
        "Content-Length": str(len(COMMENT.body or b"")),
    }
    assert len(received.headers) == 8


@pytest.mark.parametrize("scheme", ["Bearer", "token", "Basic", None])
def test_the_credential_stands_in_its_own_header_only(
    scheme: str | None, remote: Remote, egress: Egress
) -> None:
    placed = ("X-Api-Key", SECRET) if scheme is None else ("Authorization", SECRET)

    called(remote, egress, credential=Credential(placed, None, (SECRET,)))

    [received] = remote.received
    holders = [name for name, value in received.headers if SECRET in value]
    assert holders == [placed[0]]
    assert SECRET not in received.target
    assert SECRET.encode() not in received.body


def test_a_lane_that_lends_nothing_sends_no_credential(
    remote: Remote, egress: Egress
) -> None:
    called(remote, egress, credential=Credential())

    assert remote.received[0].all("authorization") == []


@pytest.mark.parametrize(
    "header",
    [
        ("authorization", "Bearer another"),
        ("Traceparent", TRACE),
        ("Host", "evil.example"),
        ("Cookie", "a=b"),
    ],
)
def test_no_static_header_stands_in_for_what_is_ours(
    header: tuple[str, str], remote: Remote, egress: Egress
) -> None:
    mapped = MappedRequest("GET", "/a", (), (header,), None)

    outcome = called(remote, egress, mapped=mapped)

    assert outcome.reason is Reason.BACKEND_UNREACHABLE
    assert remote.received == []


@pytest.mark.parametrize("risk", Risk)
@pytest.mark.parametrize(
    ("answer", "of_a_read", "of_a_write"),
    [
        (reply(status=201), "completed", "completed"),
        (reply(status=303, more="Location: /x\r\n"), "completed", "completed"),
        (reply(status=404), "failed", "failed"),
        (reply(status=401), "failed", "failed"),
        (reply(status=307, more="Location: /x\r\n"), "failed", "failed"),
        (reply(status=503), "failed", "failed"),
        (reply(status=408), "failed", "outcome_unknown"),
        (reply(status=500), "failed", "outcome_unknown"),
        (then_close(b""), "failed", "outcome_unknown"),
        (then_close(reply()[:-1]), "failed", "outcome_unknown"),
        (then_close(b"not HTTP\r\n\r\n"), "failed", "outcome_unknown"),
        (reply(more="Content-Encoding: gzip\r\n"), "failed", "outcome_unknown"),
        (reply(more="X: y\r\n" * 1000), "failed", "outcome_unknown"),
        (silence, "failed", "outcome_unknown"),
        (reply(b"x" * 1001), "completed", "completed"),
        (reply(b"x" * 1001, status=500), "failed", "outcome_unknown"),
    ],
    ids=[
        "201",
        "303",
        "404",
        "401",
        "307",
        "503",
        "408",
        "500",
        "dropped",
        "cut",
        "not HTTP",
        "gzip",
        "1,000 headers",
        "late",
        "huge",
        "huge 500",
    ],
)
def test_each_answer_means_what_the_table_says_and_nothing_is_sent_twice(
    answer: bytes | Script,
    of_a_read: str,
    of_a_write: str,
    risk: Risk,
    remote: Remote,
    egress: Egress,
) -> None:
    remote.answer = answer

    # Only who waits for an answer in vain has to wait until the end.
    seconds = 3 if answer is silence else 60
    outcome = called(remote, egress, risk=risk, seconds=seconds)

    assert outcome.state == (of_a_read if risk is Risk.READ else of_a_write)
    assert outcome.origin == remote.url, "where it was sent is known"
    assert len(remote.received) == 1


def test_an_answer_over_the_cap_completed_without_its_body(
    remote: Remote, egress: Egress
) -> None:
    remote.answer = reply(b"x" * 1001)

    outcome = called(remote, egress)

    assert outcome.reason is Reason.RESPONSE_TOO_LARGE
    assert (outcome.status, outcome.body) == (200, None)
    assert outcome.origin == remote.url


def test_a_forbidden_address_is_unreachable_and_the_agent_does_not_learn_it(
    remote: Remote, egress: Egress
) -> None:
    outcome = called(remote, egress, base_url="http://169.254.169.254")

    assert outcome.reason is Reason.BACKEND_UNREACHABLE
    assert "169.254.169.254" in outcome.note
    assert "169.254.169.254" not in outcome.detail


@pytest.mark.parametrize("status", [200, 422])
def test_an_echoed_credential_goes_no_further(
    status: int, remote: Remote, egress: Egress
) -> None:
    remote.answer = reply(
        b'{"you sent":"Bearer %b"}' % SECRET.encode(),
        status=status,
        content_type=f"text/{SECRET}",
        more=f"X-Echo: {SECRET}\r\n",
    )

    outcome = called(remote, egress)

    assert SECRET not in repr(outcome)
    assert outcome.body is not None
    assert b"you sent" in outcome.body


def test_what_merely_looks_like_a_secret_is_not_changed(
    remote: Remote, egress: Egress
) -> None:
    body = b'{"token":"ghp_0123456789012345678901234567890123456789"}'
    remote.answer = reply(body)

    assert called(remote, egress).body == body
