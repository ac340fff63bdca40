"""The one box: any id, digest or code leads to its page."""

from urllib.parse import urlencode

import pytest
from django.test import Client

from audit.context import Context, use
from tests.audit.evidence import CALL, CALL_ID, FINGERPRINT, write
from tests.audit.reading import DIFFERENT, OTHER, call_url, found

pytestmark = pytest.mark.django_db
URL = "/audit/"


@pytest.mark.parametrize(
    "asked",
    [
        CALL_ID,
        CALL["claim_id"],
        CALL["approval_id"],
        CALL["session_id"],
        f"sha256:{FINGERPRINT.hex()}",
        f"sha256:{(b'a' * 32).hex()}",
        (b"s" * 32).hex(),
        f"sha256:{(b'r' * 32).hex()}",
        f"sha256:{(b'n' * 32).hex()}",
        "K7Q-4M2",
        "k7q-4m2",
    ],
)
def test_the_one_box_leads_to_the_call(olu: Client, asked: str) -> None:
    write("call.allowed")
    write("call.denied", DIFFERENT)

    page = olu.get(f"{URL}?{urlencode({'q': f' {asked} '})}")

    assert (page.status_code, page.headers["Location"]) == (
        302,
        f"/audit/calls/{CALL_ID}/",
    )


def test_the_one_box_leads_to_a_record(olu: Client) -> None:
    record_id = write("agent.suspended", {"tenant": "team-acme"})

    page = olu.get(f"{URL}?q={record_id}")

    assert page.headers["Location"] == f"/audit/records/{record_id}/"


def test_the_one_box_finds_a_trace_and_a_request(olu: Client) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    with use(Context("rest", "req_0a1b", trace)):
        write("call.allowed")

    for asked in (trace, trace.upper(), "req_0a1b"):
        page = olu.get(f"{URL}?q={asked}")
        assert page.headers["Location"] == f"/audit/calls/{CALL_ID}/"


def test_the_one_box_lists_what_belongs_to_several_calls(olu: Client) -> None:
    first = write("call.allowed")
    second = write("call.allowed", {**CALL, "call_id": "cal_2"})

    assert found(olu, q=str(CALL["session_id"])) == [
        call_url(second, "cal_2"),
        call_url(first),
    ]


def test_the_one_box_finds_nothing_of_another_tenant(olu: Client) -> None:
    write("call.allowed", OTHER)

    for asked in ("cal_zeta", "ses_zeta", "K7Q-4M2"):
        assert found(olu, q=asked) == []
