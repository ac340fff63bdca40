"""An agent writes a value that makes its scope read like another one."""

import pytest

from governance.decision import Reason
from tests.attacks.attack import Attack
from tests.attacks.tools import publish_read
from tests.stage import Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

SMUGGLED = [
    "a:b",
    "a/pull:1",
    "a/b",
    "a b",
    " a",
    "a\n",
    "\na",
    "a\tb",
    "a*",
    "*",
    "a%2Fb",
    "p\u0430yments",  # a Cyrillic letter
    "pa\uff59ments",  # a full-width one
    "a\u200bb",
    "a\u202eb",
    "e\u0301",
    "",
    "a" * 201,
    "{pull}",
]
OTHER_TYPES: list[object] = [True, False, None, 1.5, ["a"], {"a": "b"}]


def test_no_value_adds_to_the_scope(stage: Stage, attack: Attack) -> None:
    publish_read(
        stage,
        "repo.read",
        arguments_schema={
            "type": "object",
            "properties": {
                "repo": {"type": "string", "maxLength": 400},
                "pull": {"type": "integer"},
            },
            "required": ["repo", "pull"],
            "additionalProperties": False,
        },
        scope_template="repo:{repo}/pull:{pull}",
        summary_template="Read #{pull} of {repo}",
        mapping={"method": "GET", "path": "/pulls", "query": {"repo": "{repo}"}},
    )

    for value in SMUGGLED:
        args = {"repo": value, "pull": 1}
        attack.assert_refused(Reason.SCOPE_INVALID, tool="repo.read", args=args)
    for other in OTHER_TYPES:
        for args in ({"repo": other, "pull": 1}, {"repo": "a", "pull": other}):
            attack.assert_refused(Reason.INVALID_ARGUMENTS, tool="repo.read", args=args)

    attack.runs(tool="repo.read", args={"repo": "a" * 200, "pull": 1})
