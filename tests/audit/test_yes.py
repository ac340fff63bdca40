"""Who approved a call, and how they had signed in."""

from datetime import datetime, timedelta
from typing import Final

import pytest

from audit.sentence import of_record
from audit.services import Approver
from tests.audit.evidence import NOW, YES
from tests.audit.rows import row

EARLY: Final[Approver] = {**YES, "signed_in_at": NOW - timedelta(days=2)}


@pytest.mark.parametrize(
    ("signed_in_by", "signed_in_at", "told"),
    [
        (["password", "webauthn"], NOW, "with password and passkey at 10:02;"),
        ("recovery_codes", None, "with recovery code;"),
        ("oidc", None, "with single sign-on;"),
        (
            ["oidc", "oidc_factor"],
            None,
            "with single sign-on and a second factor there;",
        ),
        ("slack link", None, "with the linked Slack account;"),
        ("something_new", None, "with something_new;"),
    ],
)
def test_how_they_had_signed_in_is_told(
    signed_in_by: str | list[str], signed_in_at: datetime | None, told: str
) -> None:
    vote: Approver = {
        **YES,
        "signed_in_by": signed_in_by,
        "signed_in_at": signed_in_at,
    }

    assert f"signed in {told}" in of_record(row("call.allowed", approvers=[vote]))


def test_a_sign_in_of_another_day_is_dated() -> None:
    told = of_record(row("call.allowed", approvers=[EARLY]))

    assert "signed in with password and one-time code at 10:02 on 21 November" in told
