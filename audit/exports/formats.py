"""A record as a line of a file: CSV for people, JSONL for machines.  Pure.

Both hold the leaf, byte by byte, and the salts that open its commitments, so either
can be verified; the other columns are there to be read.
"""

import csv
import io
from base64 import b64encode
from collections.abc import Iterable, Mapping
from typing import Any, Final, cast

from audit import sentence
from audit.columns import PERSONAL, Row, salt_of
from audit.digests import short_code
from audit.exports.cells import guarded
from audit.leaf import Json, canonical
from audit.text import instant

# Version 1: the order is API.  New columns are added before "sentence".
_IN_ORDER: Final = (
    "at event outcome reason tenant agent person on_behalf_of tool risk backend"
    " backend_origin session_id approval_id claim_id claim_nonce scope lane credential"
    " call_id code claim_use claim_max_uses route_version route_digest policy"
    " policy_epoch args_digest summary_digest fingerprint summary stated_reason"
    " approvers actor_kind door client_address request_id trace_id software detail"
    " version id index sentence salts leaf"
)
CSV_COLUMNS: Final = tuple(_IN_ORDER.split())
BYTE_ORDER_MARK: Final = "\ufeff".encode()

Values = Mapping[str, Any]
"""One record as it was read: columns, personal values, salts, the leaf, its index.

``proof``, where a line of JSONL is to hold one, is its path in base64.
"""


def without_personal(values: Values) -> Values:
    """Return the record with its personal values and their salts left out."""
    names = {*PERSONAL, *map(salt_of, PERSONAL)}
    return {name: None if name in names else v for name, v in values.items()}


def csv_header() -> bytes:
    """Return the first line of a CSV file."""
    return _csv_lines([CSV_COLUMNS])


def csv_lines(records: Iterable[Values], *, personal: bool) -> bytes:
    """Return the records as CSV lines (RFC 4180): CRLF, every cell quoted."""
    return _csv_lines(_cells(values, personal=personal) for values in records)


def jsonl_lines(records: Iterable[Values]) -> bytes:
    """Return the records as lines of JSON: one event, one line."""
    return b"".join(_json_line(values) for values in records)


def _csv_lines(rows: Iterable[Iterable[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()


def _cells(values: Values, *, personal: bool) -> list[str]:
    row = cast("Row", values)
    made = {
        **values,
        "at": instant(row["at"]),
        "code": short_code(row["fingerprint"]) if row["fingerprint"] else None,
        "detail": canonical(row["detail"]) if row["detail"] else None,
        "sentence": sentence.of_record(row, gaps=sentence.Gaps(left_out=not personal)),
        "salts": canonical(_salts(values)),
    }
    cells = [_cell(made[column]) for column in CSV_COLUMNS[:-1]]
    return [*cells, b64encode(bytes(row["leaf"])).decode()]


def _cell(value: object) -> str:
    return "" if value is None else guarded(str(value))


def _json_line(values: Values) -> bytes:
    row = cast("Row", values)
    personal = {column: values[column] for column in PERSONAL if values[column]}
    index, proof = values["index"], values.get("proof")
    return b'{"index":%b,"leaf":%b,"values":%b,"salts":%b%b}\n' % (
        b"null" if index is None else b"%d" % index,
        bytes(row["leaf"]),
        canonical(personal).encode(),
        canonical(_salts(values)).encode(),
        b"" if proof is None else b',"proof":%b' % canonical(proof).encode(),
    )


def _salts(values: Values) -> dict[str, Json]:
    # In hexadecimal: no digit of it looks like the beginning of a formula.
    return {
        column: bytes(salt).hex()
        for column in PERSONAL
        if (salt := values[salt_of(column)]) is not None
    }
