"""Borrowing in vain of a GitHub App."""

from typing import Any

import pytest

from governance.decision import Reason
from proxy.credentials.failures import NotLent
from tests.issuers.borrowing import GITHUB_SCOPE, borrowed
from tests.issuers.github import Issuer

SCOPE = "repo:payments-api/pull:184"


def refused(issuer: Issuer, scope: str = SCOPE, **lane: Any) -> NotLent:
    """Try to borrow in vain."""
    with (
        pytest.raises(NotLent) as denial,
        borrowed(issuer.lane(**lane), scope, template=GITHUB_SCOPE),
    ):
        pytest.fail("a credential was lent")
    assert denial.value.reason is Reason.CREDENTIAL_UNAVAILABLE
    return denial.value
