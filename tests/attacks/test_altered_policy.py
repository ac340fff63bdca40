"""The database's operator, with every row and no key, loosens what was published."""

from typing import Any

import pytest

from governance import policy
from governance.decision import Reason
from governance.models import Backend, RouteVersion
from tests.attacks.attack import Attack
from tests.attacks.rows import tamper
from tests.stage import READ

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


@pytest.mark.parametrize(
    "column",
    [
        {"approval_rule": "not_required"},
        {"risk": "read"},
        {"quorum": 0},
        {"mapping": '{"method": "DELETE", "path": "/repos/acme/{repo}"}'},
        {"arguments_schema": '{"type": "object"}'},
        {"scope_template": "repo:{repo}"},
        {"digest": "sha256:" + "0" * 64},
    ],
    ids=lambda column: next(iter(column)),
)
def test_a_published_version_that_was_edited_is_not_policy(
    attack: Attack, column: dict[str, Any]
) -> None:
    version = RouteVersion.objects.get(route=attack.stage.comment)

    tamper(version, **column)
    policy.forget()

    attack.assert_refused(Reason.UNAVAILABLE)


@pytest.mark.parametrize(
    "column",
    [{"base_url": "https://evil.example"}, {"allowed_cidrs": '["10.0.0.0/8"]'}],
)
def test_a_backend_that_was_edited_is_not_policy(
    attack: Attack, column: dict[str, Any]
) -> None:
    tamper(Backend.objects.get(), **column)
    policy.forget()

    attack.assert_refused(Reason.UNAVAILABLE, tool="github.read_pr", args=READ)
