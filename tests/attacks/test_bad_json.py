"""An agent sends bytes that two parsers would read in two ways."""

from functools import partial

import pytest

from governance.decision import Reason
from tests.attacks.door import turned_away
from tests.stage import Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


def call(args: str) -> bytes:
    return f'{{"tool":"github.read_pr","args":{args}}}'.encode()


GOOD = call('{"repo":"payments-api","pull":184}')
BAD = [
    call('{"repo":"payments-api","repo":"payroll","pull":184}'),
    call('{"repo":"payments-api","\\u0072epo":"payroll","pull":184}'),
    b'{"tool":"github.read_pr","tool":"github.merge_pr","args":{}}',
    call('{"repo":"payments-api","pull":9007199254740992}'),
    call('{"repo":"payments-api","pull":-9007199254740992}'),
    call('{"repo":"payments-api","pull":1e16}'),
    call('{"repo":"payments-api","pull":NaN}'),
    call('{"repo":"payments-api","pull":Infinity}'),
    call('{"repo":"payments-api","pull":-Infinity}'),
    call('{"repo":"payments-api","pull":1e400}'),
    call('{"repo":"payments-api","pull":01}'),
    call('{"repo":"payments-api","pull":0x1}'),
    call('{"repo":"payments\\u0000","pull":184}'),
    call('{"repo":"payments-api","pull":184,"a\\u0000":1}'),
    call('{"repo":"\\ud800","pull":184}'),
    call('{"repo":"\\udc00\\ud800","pull":184}'),
    call('{"repo":"payments-api","pull":184,}'),
    call('{"repo":"payments-api" /* or */,"pull":184}'),
    call("{'repo':'payments-api','pull':184}"),
    call('{"repo":"a\nb","pull":184}'),
    b"\xef\xbb\xbf" + GOOD,
    GOOD.decode().encode("utf-16"),
    GOOD.decode().encode("utf-16-le"),
    GOOD.decode().encode("utf-32"),
    GOOD.replace(b"payments-api", b"payments\xff"),
    GOOD.replace(b"payments-api", b"\xc0\xafpayments"),  # an overlong slash
    GOOD.replace(b"payments-api", b"\xed\xa0\x80"),  # a surrogate in UTF-8
    GOOD + b"{}",
    GOOD + b"\0",
]
NO_OBJECT = [b"[" + GOOD + b"]", b"[]", b"null", b'"github.read_pr"']


def test_ambiguous_bytes_are_refused_at_the_door(stage: Stage) -> None:
    for raw in BAD:
        problem = turned_away(stage, Reason.INVALID_JSON, partial(stage.post, raw))
        assert "payroll" not in problem["detail"]

    assert stage.post(GOOD).status_code == 200  # the bytes that all of them imitate


def test_json_that_is_no_object_is_refused_at_the_door(stage: Stage) -> None:
    # JSON-RPC has a code of its own for it.
    reason = Reason.INVALID_REQUEST if stage.door else Reason.INVALID_JSON
    for raw in NO_OBJECT:
        turned_away(stage, reason, partial(stage.post, raw))
