"""An agent sends little that costs much to read."""

import json
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from governance.decision import Reason
from tests.attacks.attack import Attack
from tests.attacks.door import turned_away
from tests.attacks.tools import publish_read
from tests.stage import READ, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

# Fifty milliseconds of our own time, told apart from what the machine is busy with.
CPU_SECONDS = 0.05


def call(args: str) -> bytes:
    return f'{{"tool":"github.read_pr","args":{args}}}'.encode()


BOMBS = {
    "deep lists": call(f'{{"a":{"[" * 31}{"]" * 31}}}'),
    "a hundred thousand levels": call(f'{{"a":{"[" * 100_000}{"]" * 100_000}}}'),
    "objects in objects": call('{"a":' * 40_000 + "1" + "}" * 40_000),
    "levels that never close": call('{"a":' + "[" * 200_000),
    "20,001 values": call(json.dumps({"a": [0] * 20_001})),
    "20,001 names": call(json.dumps({str(n): 0 for n in range(20_001)})),
    "5,000 digits": call(f'{{"a":{"9" * 5000}}}'),
    "200,000 digits": call(f'{{"a":{"9" * 200_000}}}'),
    "a large exponent": call('{"a":1e999999999}'),
    "5,000 digits of a fraction": call(f'{{"a":0.{"3" * 200_000}1e400}}'),
}


def took(job: Callable[[], Any]) -> float:
    """Return the CPU seconds of a job, the least of three times.

    Whatever else a thread must do, such as to collect garbage, may come once.
    """
    seconds = []
    for _ in range(3):
        begun = time.thread_time()
        job()
        seconds.append(time.thread_time() - begun)
    return min(seconds)


def test_no_bomb_takes_more_than_a_moment(stage: Stage) -> None:
    stage.post(call('{"repo":"payments-api","pull":184}'))  # what is only done once

    for name, bomb in BOMBS.items():
        send = partial(stage.post, bomb)
        seconds = took(partial(turned_away, stage, Reason.INVALID_JSON, send))

        assert seconds < CPU_SECONDS, f"{name}: {seconds:.3f} s"
        assert len(send().content) < 1000

    # The worker lives.
    assert stage.post({"tool": "github.read_pr", "args": READ}).status_code == 200


def test_what_is_just_within_the_bounds_is_read(stage: Stage) -> None:
    deepest = {"a": json.loads("[" * 29 + "]" * 29)}  # 32 levels with the body's own

    answer = stage.post({"tool": "github.read_pr", "args": deepest})

    assert answer.json()["code"] == "invalid_arguments"
    assert [each["pointer"] for each in answer.json()["errors"]] != []


def test_a_pattern_that_others_choke_on_takes_no_time(
    stage: Stage, attack: Attack
) -> None:
    publish_read(
        stage,
        "text.check",
        arguments_schema={
            "type": "object",
            "properties": {
                "name": {"type": "string", "pattern": "^(a+)+$"},
                "mail": {"type": "string", "pattern": r"^([a-z0-9]+\.?)*@x$"},
            },
            "required": ["name", "mail"],
            "additionalProperties": False,
        },
        scope_template="text:all",
        summary_template="Check",
        mapping={"method": "GET", "path": "/check"},
    )
    args = {"name": "a" * 50_000 + "!", "mail": "a" * 50_000}

    def ask() -> None:
        attack.assert_refused(Reason.INVALID_ARGUMENTS, tool="text.check", args=args)

    assert took(ask) < CPU_SECONDS
