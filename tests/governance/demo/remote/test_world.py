"""What the demo remote does when it is asked with the right credential."""

import pytest

from tests.governance.demo.conftest import LANES, Client

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

PULL = "/repos/acme/payments-api/pulls/184"
COMMENTS = "/repos/acme/payments-api/issues/184/comments"
SERVICE = "/projects/shop/services/api"
THINGS: list[tuple[str, str, object, str]] = [
    ("GET", PULL, None, "github-read"),
    ("POST", COMMENTS, {"body": "LGTM"}, "github-comment"),
    ("PUT", f"{PULL}/merge", {"method": "squash"}, "github-merge"),
    ("GET", f"{SERVICE}/logs?minutes=15", None, "logs-read"),
    ("POST", f"{SERVICE}/restart", None, "cloud-operate"),
    ("POST", "/queues/ops/tickets", {"title": "t", "text": "x"}, "tickets-write"),
    ("POST", "/jobs/reindex/runs", {"arguments": {}}, "shell-jobs"),
    ("POST", "/mcp", {"id": 1, "method": "tools/list"}, "tickets-read"),
]


@pytest.mark.parametrize(("method", "path", "body", "lane"), THINGS, ids=LANES)
def test_every_thing_is_done_with_the_credential_of_its_lane(
    remote: Client, method: str, path: str, body: object, lane: str
) -> None:
    status, _ = remote.ask(method, path, body, lane=lane)

    assert status in (200, 201)


@pytest.mark.parametrize(("method", "path", "body", "lane"), THINGS, ids=LANES)
def test_the_credential_of_any_other_lane_is_forbidden(
    remote: Client, method: str, path: str, body: object, lane: str
) -> None:
    others = [other for other in LANES if other != lane]

    statuses = {remote.ask(method, path, body, lane=other)[0] for other in others}

    assert statuses == {403}


@pytest.mark.parametrize("credential", ["", "nobody's"])
def test_no_credential_and_an_unknown_one_are_refused(
    remote: Client, credential: str
) -> None:
    assert remote.ask("GET", PULL, lane=credential)[0] == 401


def test_a_comment_is_kept_and_read_again(remote: Client) -> None:
    status, made = remote.ask("POST", COMMENTS, {"body": "✓"}, lane="github-comment")

    assert status == 201
    assert remote.ask("GET", PULL, lane="github-read")[1]["comments"] == [made]
    assert made["body"] == "✓"


def test_a_pull_request_merges_once(remote: Client) -> None:
    first = remote.ask("PUT", f"{PULL}/merge", lane="github-merge")
    second = remote.ask("PUT", f"{PULL}/merge", lane="github-merge")

    assert (first[0], second[0]) == (200, 405)
    assert remote.ask("GET", PULL, lane="github-read")[1]["merged"] is True


@pytest.mark.parametrize(
    ("method", "path", "lane"),
    [
        ("GET", "/repos/acme/other/pulls/1", "github-read"),
        ("GET", "/repos/acme/web-shop/pulls/0", "github-read"),
        ("GET", "/repos/acme/web-shop/pulls/one", "github-read"),
        ("GET", "/projects/shop/services/database/logs", "logs-read"),
        ("POST", "/queues/secret/tickets", "tickets-write"),
        ("POST", "/jobs/rm%20-rf/runs", "shell-jobs"),
        ("GET", "/elsewhere", "github-read"),
    ],
    ids=range(7),
)
def test_what_does_not_exist_is_not_found(
    remote: Client, method: str, path: str, lane: str
) -> None:
    assert remote.ask(method, path, lane=lane)[0] == 404


def test_another_method_is_not_allowed(remote: Client) -> None:
    assert remote.ask("DELETE", PULL, lane="github-read")[0] == 405
