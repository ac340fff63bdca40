"""Looking at pages as people do: signed in, by address, as text."""

import re

from django.test import Client

from approvals.models import Approval
from tests.factories import PASSWORD


def as_(name: str) -> Client:
    """Return a browser in which this person signed in just now."""
    client = Client()
    form = {"login": name, "password": PASSWORD}
    assert client.post("/account/login/", form).status_code == 302
    return client


def path(approval: Approval, action: str = "") -> str:
    return f"/approvals/{approval.pk}/{action}"


def ballot(approval: Approval, verdict: str = "approve", **more: str) -> dict[str, str]:
    fingerprint = f"sha256:{bytes(approval.fingerprint).hex()}"
    return {"verdict": verdict, "fingerprint": fingerprint, "reason": "", **more}


def without_token(page: str) -> str:
    """Return the page less what differs each time that it is rendered."""
    same = re.sub(r'(name="csrfmiddlewaretoken" value)="[^"]*"', r"\1", page)
    return re.sub(r' data-session-ends="[^"]*"', "", same)


def text(page: str) -> str:
    """Return what a reader sees, roughly."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page))
