"""An agent writes commands into a value, for whatever may run them behind us."""

import json

import pytest

from governance.decision import Reason
from tests.attacks.attack import Attack
from tests.attacks.tools import publish_read
from tests.stage import Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

COMMANDS = [
    "deploy; rm -rf /",
    "deploy\nrm -rf /",
    "deploy && curl http://127.0.0.1/",
    "$(reboot)",
    "`reboot`",
    "deploy|tee /etc/passwd",
    "deploy --flag=$HOME",
    "'; DROP TABLE approvals_claim; --",
    "{{7*7}}",
    "{job}",
    "${jndi:ldap://127.0.0.1/a}",
]


def test_a_job_is_a_name_and_its_arguments_are_data(
    stage: Stage, attack: Attack
) -> None:
    publish_read(
        stage,
        "ci.run",
        arguments_schema={
            "type": "object",
            "properties": {
                "job": {"type": "string", "pattern": "^[a-z][a-z0-9-]*$"},
                "arguments": {"type": "array", "items": {"type": "string"}},
            },
            "required": ["job", "arguments"],
            "additionalProperties": False,
        },
        scope_template="job:{job}",
        summary_template="Run {job}",
        mapping={
            "method": "POST",
            "path": "/jobs/{job}",
            "body": {"job": "{job}", "arguments": "{arguments}"},
        },
    )

    for command in COMMANDS:
        args: dict[str, object] = {"job": command, "arguments": []}
        attack.assert_refused(Reason.INVALID_ARGUMENTS, tool="ci.run", args=args)

    args = {"job": "deploy", "arguments": COMMANDS}
    attack.runs(tool="ci.run", args=args)
    [received] = stage.remote.received
    assert received.target == "/jobs/deploy"
    assert json.loads(received.body) == args
