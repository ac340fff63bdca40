"""An agent writes a value that leads the backend's path somewhere else."""

import pytest

from governance.decision import Reason
from tests.attacks.attack import Attack
from tests.attacks.tools import publish_read, texts
from tests.stage import READ, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

VALUES = [
    "..",
    ".",
    "",
    "%2e%2e",
    "%2E",
    "%2f",
    "%",
    "a/b",
    "/a",
    "../../admin",
    "..\\..\\admin",
    "\\",
    "a;b",
    "a?b=c",
    "a#b",
    "a\rb",
    "a\nb",
    "a\r\nHost: elsewhere",
    "a\tb",
    "a\x1bb",
    "a\x7fb",
    "e\u0301",  # not NFC
    "\u2025/",
]


def test_no_value_leaves_its_segment_of_the_path(stage: Stage, attack: Attack) -> None:
    # The widest schema: whatever it lets pass, the path's own rule has to refuse.
    publish_read(
        stage,
        "files.read",
        arguments_schema=texts("name"),
        scope_template="files:all",
        summary_template="Read {name}",
        mapping={"method": "GET", "path": "/files/{name}/content"},
    )

    for value in VALUES:
        attack.assert_refused(
            Reason.INVALID_ARGUMENTS, tool="files.read", args={"name": value}
        )

    attack.runs(tool="files.read", args={"name": "a b\u00e9+&=:@.."})
    [received] = stage.remote.received
    assert received.target == "/files/a%20b%C3%A9%2B%26%3D%3A%40../content"


def test_an_anchored_pattern_refuses_first(stage: Stage, attack: Attack) -> None:
    for value in VALUES:
        problem = attack.assert_refused(
            Reason.INVALID_ARGUMENTS,
            tool="github.read_pr",
            args={**READ, "repo": value},
        )
        assert [error["pointer"] for error in problem["errors"]] == ["/repo"]
