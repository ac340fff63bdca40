"""An agent sends more than we want to read, or in a coding that grows."""

import gzip
import json
import zlib
from functools import partial

import pytest

from governance.arguments import MAX_BYTES
from governance.decision import Reason
from tests.attacks.door import turned_away
from tests.stage import READ, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

CALL = json.dumps({"tool": "github.read_pr", "args": READ}).encode()


def test_a_body_is_read_up_to_the_bound_and_no_further(stage: Stage) -> None:
    largest = CALL + b" " * (MAX_BYTES - len(CALL))

    served = stage.post(largest)
    problem = turned_away(
        stage, Reason.BODY_TOO_LARGE, lambda: stage.post(largest + b" ")
    )
    turned_away(
        stage, Reason.BODY_TOO_LARGE, lambda: stage.post(CALL + b" " * 4 * MAX_BYTES)
    )

    assert served.status_code == 200
    assert problem["status"] == 413
    assert stage.sent() == 1


def test_a_length_that_lies_reads_no_further_than_it_says(stage: Stage) -> None:
    shorter = {"Content-Length": str(len(CALL) - 5)}

    turned_away(
        stage,
        Reason.INVALID_JSON,
        lambda: stage.post(CALL + b" " * 100, **shorter),
    )


def test_a_coded_body_is_not_decoded(stage: Stage) -> None:
    codings = {
        "gzip": gzip.compress(CALL),
        "deflate": zlib.compress(CALL),
        "br": b"\x1b\x3f\x00",
        "zstd": b"\x28\xb5\x2f\xfd",
        "gzip, gzip": gzip.compress(gzip.compress(b" " * 10_000_000)),
        "dcb": CALL,
        "x-unknown": CALL,
    }
    for coding, body in codings.items():
        headers = {"Content-Encoding": coding}
        turned_away(
            stage,
            Reason.UNSUPPORTED_MEDIA_TYPE,
            partial(stage.post, body, **headers),
        )

    assert stage.post(CALL, **{"Content-Encoding": "identity"}).status_code == 200


def test_only_json_in_utf_8_is_a_body(stage: Stage) -> None:
    kinds = [
        "text/plain",
        "text/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=utf-7",
        "application/json; charset=utf-16",
        "application/json-seq",
        "application/jsonx",
        "application/xml",
        "",
    ]
    for kind in kinds:
        turned_away(
            stage,
            Reason.UNSUPPORTED_MEDIA_TYPE,
            partial(stage.post, CALL, **{"Content-Type": kind}),
        )
