"""An agent writes one request in many ways, to have it run more than once.

They are one request: the same digest, one approval, and it runs once.
"""

from typing import Any

import pytest

from approvals.models import Approval
from tests.attacks.tools import publish
from tests.factories import comment_schema
from tests.stage import Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


def with_default() -> dict[str, Any]:
    schema = comment_schema()
    schema["properties"]["notify"] = {"type": "boolean", "default": False}
    return schema


SPELLINGS = [
    '{"repo":"payments-api","pull":1,"body":"caf\u00e9 / ok"}',
    '{"body":"caf\u00e9 / ok","pull":1,"repo":"payments-api"}',
    '\n{ "repo" :\t"payments-api" , "pull" : 1 ,\r\n "body" : "caf\u00e9 / ok" }',
    '{"repo":"payments\\u002dapi","pull":1,"body":"caf\\u00E9 \\/ ok"}',
    '{"\\u0072epo":"payments-api","pull":1,"body":"c\\u0061f\u00e9 / ok"}',
    '{"repo":"payments-api","pull":1.0,"body":"caf\u00e9 / ok"}',
    '{"repo":"payments-api","pull":1e0,"body":"caf\u00e9 / ok"}',
    '{"repo":"payments-api","pull":10E-1,"body":"caf\u00e9 / ok"}',
    '{"repo":"payments-api","pull":1,"body":"caf\u00e9 / ok","notify":false}',
]


def test_all_spellings_of_a_request_are_one_request(stage: Stage) -> None:
    publish(
        stage,
        "github.notify_pr",
        arguments_schema=with_default(),
        mapping={
            "method": "POST",
            "path": "/repos/acme/{repo}/issues/{pull}/comments",
            "body": {"body": "{body}", "notify": "{notify}"},
        },
    )

    def post(args: str) -> Any:
        return stage.post(f'{{"tool":"github.notify_pr","args":{args}}}')

    asked = [post(args).json()["approval"] for args in SPELLINGS]
    stage.approve()
    ran = [post(args).json() for args in SPELLINGS]

    assert len({each["id"] for each in asked}) == 1
    assert len({each["args_digest"] for each in asked}) == 1
    assert len({each["fingerprint"] for each in asked}) == 1
    assert Approval.objects.count() == 1
    assert len({each["call_id"] for each in ran}) == 1
    assert [each["replayed"] for each in ran] == [False] + [True] * (len(ran) - 1)
    [received] = stage.remote.received
    assert received.body == '{"body":"caf\u00e9 / ok","notify":false}'.encode()
    assert received.target == "/repos/acme/payments-api/issues/1/comments"
