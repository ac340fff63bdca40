"""Check an export of Sealwright's evidence, alone and trusting nobody.

    python verify.py EXPORT --key VKEY --checkpoint FILE
        [--hashes FILE | --proofs JSONL] [--earlier FILE] [--consistency FILE]
        [--part] [--quick] [--json]

EXPORT is a .jsonl or .csv file.  VKEY is the log's verifier key, or a file that holds
it; repeat --key for older keys.  It needs Python 3.11 and the package cryptography,
nothing of Sealwright and no network; it can be read from top to bottom.

    0  verified     everything that was given holds together
    1  tampered     something was changed: the index and what differs are named
    2  incomplete   nothing wrong was found, but something that should be there is not
    3  usage        the command or a file can't be read

What is checked, in this order: the checkpoint's signature; the hashes of all leaves
against its signed root, or each row's own proof; each row's leaf against its hash, each
readable value against the leaf, each personal value against its commitment; then what
only all rows together can show: gaps, outcomes, uses of claims, votes.
"""

import argparse
import binascii
import contextlib
import hashlib
import json
import os
import re
import string
import sys
import tempfile
from array import array
from base64 import b64decode
from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import chain
from json.encoder import encode_basestring as _quoted
from operator import itemgetter
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple, TypedDict

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

VERIFIED, TAMPERED, INCOMPLETE, USAGE = range(4)
WORDS: Final = {
    VERIFIED: "verified",
    TAMPERED: "tampered",
    INCOMPLETE: "incomplete",
    USAGE: "usage",
}
SHOWN: Final = 50  # findings that a report spells out
PIECE_BYTES: Final = 1 << 20
ALONE_BYTES: Final = 4 << 20  # a smaller file is not worth a second process
ROW_BYTES: Final = 1 << 20  # no row of an export is nearly as long


class Refused(ValueError):
    """A note, a proof or a row that does not hold."""


class Unreadable(Refused):
    """A note that is cut off, as a crash leaves it: nobody can tell what it said."""


class Unusable(Exception):
    """Input that can't be read at all, or a command that makes no sense."""


# ---------------------------------------------------------------- the tree (RFC 9162)

HASH_BYTES: Final = 32
EMPTY_ROOT: Final = hashlib.sha256().digest()


def leaf_hash(leaf: bytes) -> bytes:
    """Return the hash of a leaf (RFC 6962, section 2.1)."""
    return hashlib.sha256(b"\0" + leaf).digest()


def _node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def check_inclusion(
    index: int, size: int, leaf: bytes, path: Sequence[bytes], root: bytes
) -> None:
    """Check that a leaf's hash is in a tree (RFC 9162, section 2.1.3.2).

    Raises Refused if it is not, or if a hash is none.
    """
    _only_hashes([leaf, root, *path])
    if not 0 <= index < size:
        raise Refused("the index is outside of the tree")
    place, last, got = index, size - 1, leaf
    for hashed in path:
        if last == 0:
            raise Refused("the proof is too long")
        if place & 1 or place == last:
            got = _node_hash(hashed, got)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            got = _node_hash(got, hashed)
        place, last = place >> 1, last >> 1
    if last or got != root:
        raise Refused("the proof does not lead to the root")


def check_consistency(
    sizes: tuple[int, int], roots: tuple[bytes, bytes], proof: Sequence[bytes]
) -> None:
    """Check that the first tree is a prefix of the second (RFC 9162, 2.1.4.2).

    Raises Refused if it is not, if a hash is none, or if the first is empty.
    """
    _only_hashes([*roots, *proof])
    (earlier, later), (first, second) = sizes, roots
    if not 0 < earlier <= later:
        raise Refused("there is no proof between these sizes")
    if earlier == later:
        if proof or first != second:
            raise Refused("two roots of one size differ")
        return
    path = list(proof) if earlier & (earlier - 1) else [first, *proof]
    if not proof:
        raise Refused("the proof is empty")
    if _roots_of(path, earlier - 1, later - 1) != roots:
        raise Refused("the proof does not lead from one root to the other")


def _roots_of(path: Sequence[bytes], place: int, last: int) -> tuple[bytes, bytes]:
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = path[0]
    for hashed in path[1:]:
        if last == 0:
            raise Refused("the proof is too long")
        if place & 1 or place == last:
            old, new = _node_hash(hashed, old), _node_hash(hashed, new)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            new = _node_hash(new, hashed)
        place, last = place >> 1, last >> 1
    if last:
        raise Refused("the proof is too short")
    return old, new


def _only_hashes(hashes: Iterable[bytes]) -> None:
    if any(len(hashed) != HASH_BYTES for hashed in hashes):
        raise Refused("a hash does not have 32 bytes")


class Peaks:
    """A tree that grows leaf by leaf and keeps no more than its right edge."""

    def __init__(self) -> None:
        self.size = 0
        self._stack: list[bytes] = []

    def add(self, leaf: bytes) -> None:
        """Append the hash of a leaf."""
        self._push(leaf, 0)

    def extend(self, data: bytes) -> None:
        """Append hashes, 32 bytes each; most quickly a full subtree at its place."""
        hashes = _hashes_of(data)
        level = max(len(hashes).bit_length() - 1, 0)
        if len(hashes) != 1 << level or self.size & (len(hashes) - 1):
            for leaf in hashes:
                self._push(leaf, 0)
            return
        sha = hashlib.sha256
        while len(hashes) > 1:
            pairs = zip(hashes[::2], hashes[1::2], strict=True)
            hashes = [sha(b"\x01" + left + right).digest() for left, right in pairs]
        self._push(hashes[0], level)

    def _push(self, root: bytes, level: int) -> None:
        place = self.size >> level
        while place & 1:
            root = _node_hash(self._stack.pop(), root)
            place >>= 1
        self._stack.append(root)
        self.size += 1 << level

    def root(self) -> bytes:
        """Return the root of what was added so far."""
        if not self._stack:
            return EMPTY_ROOT
        root = self._stack[-1]
        for left in reversed(self._stack[:-1]):
            root = _node_hash(left, root)
        return root


# ------------------------------------------ signed notes and checkpoints (c2sp.org)

ED25519: Final = b"\x01"
_DASH: Final = "\u2014".encode()
_VKEY: Final = re.compile(r"([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})")
_SIGNATURE: Final = re.compile(r"\u2014 ([^\s+]+) ([A-Za-z0-9+/]+={0,2})")
_SIZE: Final = re.compile(r"0|[1-9][0-9]{0,17}")
_KEY_ID_BYTES: Final = 4
_SIGNATURE_BYTES: Final = 64
MOST_SIGNATURES: Final = 100


@dataclass(frozen=True, slots=True)
class Key:
    """A verifier key: who signs under which name."""

    name: str
    key_id: bytes
    public: bytes

    def text(self) -> str:
        """Return the key as people pass it on: ``name+id+base64``."""
        encoded = binascii.b2a_base64(ED25519 + self.public, newline=False).decode()
        return f"{self.name}+{self.key_id.hex()}+{encoded}"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log says of itself: it has this many leaves under this root."""

    origin: str
    size: int
    root: bytes


def make_key(name: str, public: bytes) -> Key:
    """Return the key with its id, which follows from name, type and bytes."""
    named = name.encode() + b"\n" + ED25519 + public
    return Key(name, hashlib.sha256(named).digest()[:_KEY_ID_BYTES], public)


def parse_key(text: str) -> Key:
    """Read a verifier key, and compute its id again.

    Raises Refused if it is none of Ed25519, or if the id is not its own.
    """
    found = _VKEY.fullmatch(text.strip())
    if found is None:
        raise Refused("this is no verifier key (name+id+base64)")
    data = _from_base64(found[3])
    if data[:1] != ED25519 or len(data) != 1 + HASH_BYTES:
        raise Refused("this is no key of Ed25519")
    key = make_key(found[1], data[1:])
    if key.key_id.hex() != found[2]:
        raise Refused("the key's id does not belong to the key")
    return key


def open_note(note: bytes, keys: Sequence[Key]) -> str:
    """Return the text of a note that one of these keys has signed.

    Signatures of other keys are ignored.  Raises Refused if there is none by a known
    key, or a wrong one by a known key.
    """
    text, signatures = _split_note(note)
    known = {(key.name, key.key_id): key for key in keys}
    verified = 0
    for name, signature in signatures:
        key = known.get((name, signature[:_KEY_ID_BYTES]))
        if key is None:
            continue
        if len(signature) < _KEY_ID_BYTES + _SIGNATURE_BYTES:
            raise Unreadable(f"the signature of {name} is cut off")
        try:
            public = Ed25519PublicKey.from_public_bytes(key.public)
            public.verify(signature[_KEY_ID_BYTES:], text.encode())
        except InvalidSignature as error:
            raise Refused(f"the signature of {name} is wrong") from error
        verified += 1
    if not verified:
        raise Refused("no known key has signed it")
    return text


def _split_note(note: bytes) -> tuple[str, list[tuple[str, bytes]]]:
    try:
        whole = note.decode()
    except UnicodeDecodeError as error:
        raise Unreadable("it is not UTF-8") from error
    if any(ord(character) < ord(" ") and character != "\n" for character in whole):
        raise Refused("it holds control characters")
    # The signatures follow the last empty line: the text may have others.
    text, blank, block = whole.rpartition("\n\n")
    lines = block.split("\n")
    if not blank or lines.pop() or not 0 < len(lines) <= MOST_SIGNATURES:
        raise Unreadable("it is not a signed note")
    signatures = []
    for line in lines:
        found = _SIGNATURE.fullmatch(line)
        if found is None or len(found[2]) % 4:
            raise Unreadable("a line of its signatures can't be read")
        signature = _from_base64(found[2])
        if len(signature) <= _KEY_ID_BYTES:
            raise Unreadable("a line of its signatures can't be read")
        signatures.append((found[1], signature))
    return f"{text}\n", signatures


def parse_checkpoint(text: str) -> Checkpoint:
    """Read a checkpoint's text: origin, size, root; what follows is ignored.

    Raises Refused if it is none.
    """
    lines = text.split("\n")
    least = 4  # the last one is empty
    if len(lines) < least or lines[-1] or not lines[0]:
        raise Refused("it is not a checkpoint")
    if not _SIZE.fullmatch(lines[1]):
        raise Refused("its size is not a number")
    root = _from_base64(lines[2])
    if len(root) != HASH_BYTES:
        raise Refused("its root is no hash")
    return Checkpoint(lines[0], int(lines[1]), root)


def open_checkpoint(note: bytes, keys: Sequence[Key]) -> Checkpoint:
    """Return what a note says, once its signature, origin and size hold.

    Raises Refused if they do not.
    """
    checkpoint = parse_checkpoint(open_note(note, keys))
    if checkpoint.origin not in {key.name for key in keys}:
        raise Refused("its origin is not that of the key")
    return checkpoint


def parse_notes(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the notes of an anchor file, where each is followed by an empty line.

    One that a crash cut off is followed by an empty line, too.  A file that went
    through a mail or an editor may end its lines with CRLF.
    """
    text: list[bytes] = []
    block: list[bytes] = []
    for line in chain(lines, [b""]):
        if line.strip(b"\r\n"):
            block.append(line.rstrip(b"\r\n") + b"\n")
            continue
        if text and block and block[0].startswith(_DASH):
            yield b"".join([*text, b"\n", *block])
        text, block = block or text, []


def _from_base64(text: str) -> bytes:
    try:
        data = b64decode(text, validate=True)
    except ValueError as error:
        raise Refused("something is not base64") from error
    # One spelling only: spare bits in the last letter would let a byte change unseen.
    if binascii.b2a_base64(data, newline=False).decode() != text:
        raise Refused("something is not base64 in its one spelling")
    return data


# -------------------------------------------------------------- what a report is of


class Finding(NamedTuple):
    """Something that is wrong, missing, or worth a note (``kind`` VERIFIED)."""

    kind: int
    place: int | None  # the index of the row, where it is about one
    text: str


@dataclass(slots=True)
class Report:
    """What was found, in numbers that stay small however long the export is."""

    findings: list[Finding] = field(default_factory=list)
    counts: dict[int, int] = field(default_factory=dict)
    records: int = 0
    first: int | None = None
    last: int | None = None
    checkpoint: Checkpoint | None = None

    def add(self, kind: int, index: int | None, text: str) -> None:
        """Count a finding, and keep it while there are few."""
        self.counts[kind] = self.counts.get(kind, 0) + 1
        if self.counts[kind] <= SHOWN:
            self.findings.append(Finding(kind, index, text))

    @property
    def result(self) -> int:
        """Tampered before incomplete before verified."""
        return next((k for k in (TAMPERED, INCOMPLETE) if self.counts.get(k)), VERIFIED)

    def as_text(self) -> str:
        """Return the report for people."""
        lines = [f"{WORDS[self.result].upper()}: {self._what()}"]
        if self.checkpoint:
            lines.append(
                f"  checkpoint: {self.checkpoint.origin}, size {self.checkpoint.size:,}"
            )
        for kind, word in ((TAMPERED, "tampered"), (INCOMPLETE, "missing")):
            lines += [
                f"  {word}: {_place(found.place)}{found.text}"
                for found in self.findings
                if found.kind == kind
            ]
            if (more := self.counts.get(kind, 0) - SHOWN) > 0:
                lines.append(f"  {word}: {more:,} more")
        noted = [found for found in self.findings if found.kind == VERIFIED]
        lines += [f"  note: {_place(found.place)}{found.text}" for found in noted]
        return "\n".join(lines) + "\n"

    def _what(self) -> str:
        if self.first is None:
            return "no record"
        return f"{self.records:,} records, indexes {self.first:,} to {self.last:,}"

    def as_json(self) -> str:
        """Return the report for machines."""
        told = {
            "result": WORDS[self.result],
            "exit": self.result,
            "records": self.records,
            "first": self.first,
            "last": self.last,
            "origin": self.checkpoint.origin if self.checkpoint else None,
            "size": self.checkpoint.size if self.checkpoint else None,
            "counts": {
                "tampered": self.counts.get(TAMPERED, 0),
                "incomplete": self.counts.get(INCOMPLETE, 0),
                "noted": self.counts.get(VERIFIED, 0),
            },
            "findings": [
                {"kind": _kind(f.kind), "index": f.place, "text": f.text}
                for f in self.findings
            ],
        }
        return json.dumps(told, ensure_ascii=False, indent=2) + "\n"


def _kind(kind: int) -> str:
    return "noted" if kind == VERIFIED else WORDS[kind]


def _place(index: int | None) -> str:
    return "" if index is None else f"index {index}: "


# ------------------------------------- the sentence: see audit/assembly.py, generated
# <generated>

VERSION: Final = 1

CLEAR: Final = (
    "id",
    "version",
    "at",
    "event",
    "outcome",
    "reason",
    "tenant",
    "actor_kind",
    "agent",
    "tool",
    "risk",
    "backend",
    "backend_origin",
    "session_id",
    "call_id",
    "approval_id",
    "claim_id",
    "claim_nonce",
    "claim_use",
    "claim_max_uses",
    "scope",
    "lane",
    "credential",
    "route_version",
    "route_digest",
    "policy",
    "policy_epoch",
    "request_id",
    "trace_id",
    "door",
    "software",
    "detail",
)

# A bare digest of a short value can be guessed, so digests of what a call said are
# personal too: each lies beside the record and is committed to with its own salt.
PERSONAL: Final = (
    "person",
    "on_behalf_of",
    "args_digest",
    "summary_digest",
    "fingerprint",
    "summary",
    "stated_reason",
    "approvers",
    "client_address",
)


def salt_of(column: str) -> str:
    """Return the name of the column that holds the salt of a personal column."""
    return f"{column}_salt"


class Row(TypedDict):
    """One record with its personal values; salts stand under ``<column>_salt``."""

    id: str
    version: int
    at: datetime
    event: str
    outcome: str
    reason: str | None
    tenant: str | None
    actor_kind: str
    agent: str | None
    person: str | None
    on_behalf_of: str | None
    tool: str | None
    risk: str | None
    backend: str | None
    backend_origin: str | None
    session_id: str | None
    call_id: str | None
    approval_id: str | None
    claim_id: str | None
    claim_nonce: str | None
    claim_use: int | None
    claim_max_uses: int | None
    scope: str | None
    lane: str | None
    credential: str | None
    route_version: int | None
    route_digest: str | None
    policy: str | None
    policy_epoch: int | None
    args_digest: str | None
    summary_digest: str | None
    fingerprint: str | None
    summary: str | None
    stated_reason: str | None
    approvers: str | None
    client_address: str | None
    request_id: str | None
    trace_id: str | None
    door: str
    software: str | None
    detail: dict[str, Any] | None
    leaf: bytes


_WORDS: Final[Mapping[str, str]] = {
    "unauthenticated": "no valid key was shown",
    "agent_suspended": "the agent was suspended",
    "tenant_suspended": "the tenant was suspended",
    "unknown_tool": "there is no such tool for this agent",
    "tool_not_granted": "no toolset of the agent names the tool",
    "route_suspended": "the route was suspended",
    "backend_suspended": "the backend was suspended",
    "invalid_json": "the request was not valid JSON",
    "invalid_arguments": "the arguments do not fit the route's schema",
    "scope_invalid": "no scope could be made of the arguments",
    "policy_denied": "policy forbids it",
    "approval_required": "a person has to approve it first",
    "approval_pending": "no person had decided yet",
    "approval_denied": "an approver said no",
    "approval_expired": "nobody decided in time",
    "approval_cancelled": "the request for approval was cancelled",
    "approval_superseded": "the route changed while the request was open",
    "approval_revoked": "the approval was taken back",
    "approval_lapsed": "the approval was not used in time",
    "approval_unsatisfiable": "too few people were left who could approve it",
    "too_many_pending": "too many requests were waiting already",
    "cooling_down": "the same had just been denied",
    "claim_malformed": "the claim was malformed",
    "claim_signature_invalid": "the claim was not one of ours",
    "claim_expired": "the claim had expired",
    "claim_revoked": "the claim had been revoked",
    "claim_spent": "the claim had been spent already",
    "claim_wrong_agent": "the claim was another agent's",
    "claim_wrong_session": "the claim was another session's",
    "claim_wrong_tool": "the claim was for another tool",
    "claim_wrong_risk": "the claim was for another risk",
    "claim_wrong_scope": "the scope differs from the approved one",
    "claim_wrong_arguments": "the arguments differ from the approved ones",
    "claim_wrong_route": "the route had changed since the approval",
    "claim_wrong_lane": "the claim was for another credential lane",
    "session_ended": "the session had ended",
    "context_changed": "the human context had changed",
    "vote_no_seat": "the voter had no seat",
    "vote_excluded": "the separation excludes the voter",
    "vote_stale_fingerprint": "the voter had seen something else",
    "vote_closed": "the request was decided already",
    "vote_sign_in_stale": "the voter's sign-in was too old",
    "vote_not_reviewable": "the action could not be shown in full",
    "approval_closed": "the request was no longer open",
    "writes_stopped": "the tenant's writes were stopped",
    "backend_busy": "the backend had too many calls at once",
    "credential_unavailable": "no credential could be borrowed",
    "backend_unreachable": "the backend could not be reached",
    "backend_error": "the backend answered with an error",
    "outcome_unknown": "it was sent and the answer was lost",
    "response_too_large": "the answer was over the backend's cap",
    "idempotency_mismatch": "the idempotency key belonged to another call",
    "rate_limited": "there were too many requests",
    "audit_unavailable": "no evidence could be written",
    "unavailable": "a part that is needed was not available",
    "not_found": "there is no such thing for this agent",
    "invalid_request": "the request was not valid",
    "method_not_allowed": "the address does not know this method",
    "not_acceptable": "the answer that was wanted can't be given",
    "origin_refused": "the request came from another origin",
    "header_mismatch": "a header contradicts the request",
    "missing_capability": "the client lacks a capability that is needed",
    "unsupported_version": "the protocol's version is not supported",
    "unknown_method": "there is no such method",
    "body_too_large": "the request was too large",
    "unsupported_media_type": "the request was not JSON",
    "state_invalid": "the state did not allow it",
}


def words_of(reason: str) -> str | None:
    """Return ``the claim had expired``, in English; pages translate it."""
    return _WORDS.get(reason)


def in_words(reason: str) -> str:
    """Return ``the claim had expired (claim_expired)``."""
    words = words_of(reason)
    return f"{words} ({reason})" if words else reason


_CHANNELS: Final = {
    "page": "on the review page",
    "slack": "in Slack",
    "command": "on the command line",
}
METHODS: Final = {
    "totp": "one-time code",
    "mfa": "one-time code",
    "recovery_codes": "recovery code",
    "webauthn": "passkey",
    "oidc": "single sign-on",
    "oidc_factor": "a second factor there",
    "slack link": "the linked Slack account",
}


def approved_by(row: Row) -> str:
    """Return ``ana approved exactly this action (K7Q-4M2) on the review page, …``.

    Under ``confirm`` the agent's owner is said to have confirmed it: it was nobody
    else who approved.
    """
    votes = json.loads(row["approvers"] or "[]")
    yes = [vote for vote in votes if vote.get("verdict") == "approve"]
    return ", and ".join(_clause(vote, row) for vote in yes)


def _clause(vote: Mapping[str, Any], row: Row) -> str:
    code = f" ({short_code(row['fingerprint'])})" if row["fingerprint"] else ""
    channel = _CHANNELS.get(vote.get("channel", ""), f"by {vote.get('channel')}")
    return f"{_who(vote, row)} exactly this action{code} {channel}{_sign_in(vote, row)}"


def _who(vote: Mapping[str, Any], row: Row) -> str:
    person = vote.get("person") or "a person whose name was erased"
    if vote.get("stands_in_for"):
        return f"{person}, standing in for {vote['stands_in_for']}, approved"
    if vote.get("seat") == "owner" and "confirm" in (row["policy"] or ""):
        return f"{person}, its owner, confirmed"
    return f"{person} approved"


def _sign_in(vote: Mapping[str, Any], row: Row) -> str:
    if not vote.get("signed_in_by"):
        return ""
    words = " and ".join(METHODS.get(m, m) for m in _methods(vote["signed_in_by"]))
    if not vote.get("signed_in_at"):
        return f", signed in with {words}"
    return f", signed in with {words} at {_moment(vote['signed_in_at'], row['at'])}"


def _methods(signed_in_by: str | list[str]) -> list[str]:
    if isinstance(signed_in_by, str):
        return [method.strip() for method in signed_in_by.split(",")]
    return signed_in_by


def _moment(text: str, of: datetime) -> str:
    at = datetime.fromisoformat(text).astimezone(UTC)
    if at.date() == of.astimezone(UTC).date():
        return f"{at:%H:%M}"
    return f"{at:%H:%M} on {at.day} {at:%B %Y}"


@dataclass(frozen=True, slots=True)
class Gaps:
    """Why names may be missing: erased, at a known time, or left out of an export."""

    erased_at: Mapping[str, datetime] = field(default_factory=dict)
    left_out: bool = False

    def in_place_of_a_name(self, record_id: str) -> str:
        """Return what stands where a person's name would."""
        if self.left_out:
            return "a person whose name is left out"
        erased_at = self.erased_at.get(record_id)
        when = f" on {_day(erased_at)}" if erased_at else ""
        return f"a person whose name was erased{when}"


_NONE: Final = Gaps()
# Not strftime: it is slow, and its words are those of the machine's language.
_YEAR: Final = (
    "January February March April May June July August September October November"
    " December"
)
_MONTHS: Final = _YEAR.split()
_HOW: Final = {
    "call.completed": "completed",
    "call.failed": "failed",
    "call.unknown": "was left with an unknown outcome",
}
_FINDINGS: Final = {
    "happened": "that it had happened",
    "did_not_happen": "that it had not happened",
    "cannot_tell": "that nobody can tell whether it happened",
}


def of_call(rows: Sequence[Row], *, gaps: Gaps = _NONE) -> str:
    """Return the sentence of a call from all of its records, in their order."""
    main = main_row(rows)
    told = of_record(main, gaps=gaps)
    if main["event"] != "call.allowed":
        return told
    endings = [_ending(row, main, gaps) for row in rows]
    how = " ".join(filter(None, endings)) or "How it ended is not recorded yet."
    return f"{told} {how}"


def of_record(row: Row, *, gaps: Gaps = _NONE) -> str:
    """Return the sentence of one record alone, as an export has it."""
    return f"On {_day(row['at'])} at {_clock(row['at'])} UTC, {clause(row, gaps=gaps)}."


def clause(row: Row, *, gaps: Gaps = _NONE) -> str:
    """Return the same without the time, for a list that shows it already."""
    return _TELL.get(row["event"], _anything)(row, gaps)


def main_row(rows: Sequence[Row]) -> Row:
    """Return the record that explains a call: it was allowed, or it was not."""
    by_event = {row["event"]: row for row in reversed(rows)}
    for event in ("call.allowed", "call.denied", "approval.requested"):
        if event in by_event:
            return by_event[event]
    return rows[0]


def _allowed(row: Row, gaps: Gaps) -> str:
    use = (
        f"; claim {row['claim_id']}, use {row['claim_use']} of {row['claim_max_uses']}"
    )
    return (
        f"{_agent(row, gaps)} was allowed to run {_action(row)},"
        f" because {_rule(row, gaps)}{use if row['claim_id'] else ''}"
    )


def _denied(row: Row, gaps: Gaps) -> str:
    why = in_words(row["reason"] or "no reason was recorded")
    return f"{_agent(row, gaps)} was not allowed to run {_action(row)}, because {why}"


def _asked(row: Row, gaps: Gaps) -> str:
    code = f" ({short_code(row['fingerprint'])})" if row["fingerprint"] else ""
    asked = f" in {row['approval_id']}" if row["approval_id"] else ""
    return (
        f"{_agent(row, gaps)} asked to run {_action(row)}: a person was asked to"
        f" approve exactly this action{code}{asked}, because {_rule(row, gaps)}"
    )


def _ended(row: Row, gaps: Gaps) -> str:
    action = f"the call of {_agent(row, gaps)} to run {_action(row)}"
    return f"{action} {_how(row)}"


def _resolved(row: Row, gaps: Gaps) -> str:
    return f"{_person(row, gaps)} found {_finding(row)}, for call {row['call_id']}"


def _anything(row: Row, gaps: Gaps) -> str:
    subject, verb = row["event"].replace("_", " ").split(".")
    why = f", because {in_words(row['reason'])}" if row["reason"] else ""
    return f"{_actor(row, gaps)}: {subject} {verb}{_about(row)}{why}"


def _about(row: Row) -> str:
    agent = row["agent"] if row["actor_kind"] != "agent" else None
    if not row["tool"]:
        return f", about agent {agent}" if agent else ""
    return f", about {_action(row)}{f' for {agent}' if agent else ''}"


_TELL: Final = {
    "call.allowed": _allowed,
    "call.denied": _denied,
    "approval.requested": _asked,
    "call.completed": _ended,
    "call.failed": _ended,
    "call.unknown": _ended,
    "call.resolved": _resolved,
}


def _ending(row: Row, main: Row, gaps: Gaps) -> str:
    if row["event"] in ENDINGS:
        return f"It {_how(row, _when(row['at'], after=main['at']))}."
    if row["event"] == "call.resolved":
        when = _when(row["at"], after=main["at"])
        return f"{_person(row, gaps)} found {when} {_finding(row)}."
    return ""


def _how(row: Row, when: str = "") -> str:
    status = (row["detail"] or {}).get("status")
    told = [_HOW[row["event"]]]
    told += [f"with status {status}"] if status else []
    told += [when] if when else []
    why = f", because {in_words(row['reason'])}" if row["reason"] else ""
    return f"{' '.join(told)}{why}"


def _finding(row: Row) -> str:
    finding = str((row["detail"] or {}).get("finding", ""))
    return _FINDINGS.get(finding, "what had happened")


def _rule(row: Row, gaps: Gaps) -> str:
    policy = row["policy"] or ""
    version = f"route version {row['route_version']}"
    if not policy.startswith("required"):
        _, _, justification = policy.partition(": ")
        return f"{version} asks for no approval" + _after_colon(justification)
    quorum = policy.removeprefix("required: ").partition(",")[0]
    if not row["approvers"]:
        gone = "approvers" in committed(row["leaf"])
        erased = (
            f" and {gaps.in_place_of_a_name(row['id'])} approved exactly this action"
        )
        return f"{version} asks for {quorum}{erased if gone else ''}"
    return f"{version} asks for {quorum} and {approved_by(row)}"


def _after_colon(words: str) -> str:
    return f": {words.rstrip('.')}" if words else ""


def _agent(row: Row, gaps: Gaps) -> str:
    if not row["agent"]:
        return f"somebody without a valid key{_of_tenant(row)}"
    inside = [f"session {row['session_id']}"] if row["session_id"] else []
    if row["on_behalf_of"] or "on_behalf_of" in committed(row["leaf"]):
        human = row["on_behalf_of"] or f"{gaps.in_place_of_a_name(row['id'])},"
        inside.append(f"for {human} by its own word")
    return f"{row['agent']}{_of_tenant(row)}" + (
        f" ({', '.join(inside)})" if inside else ""
    )


def _actor(row: Row, gaps: Gaps) -> str:
    match row["actor_kind"]:
        case "person":
            return f"{_person(row, gaps)}{_of_tenant(row)}"
        case "agent":
            return _agent(row, gaps)
        case "system":
            return f"Sealwright{_of_tenant(row)}"
        case _:
            return f"somebody unknown{_of_tenant(row)}"


def _person(row: Row, gaps: Gaps) -> str:
    return row["person"] or gaps.in_place_of_a_name(row["id"])


def _of_tenant(row: Row) -> str:
    return f" of {row['tenant']}" if row["tenant"] else ""


def _action(row: Row) -> str:
    if not row["tool"]:
        return "what it asked for"
    words = [row["tool"]]
    words += [f"on {row['scope']}"] if row["scope"] else []
    words += [f"through {row['backend']}"] if row["backend"] else []
    words += [f"with lane {row['lane']}"] if row["lane"] else []
    return " ".join(words)


def _when(at: datetime, *, after: datetime) -> str:
    if at.astimezone(UTC).date() == after.astimezone(UTC).date():
        return f"at {_clock(at)}"
    return f"on {_day(at)} at {_clock(at)}"


def _day(at: datetime) -> str:
    at = at.astimezone(UTC)
    return f"{at.day} {_MONTHS[at.month - 1]} {at.year}"


def _clock(at: datetime) -> str:
    return at.astimezone(UTC).time().isoformat("seconds")


# </generated>


# ------------------------------------------------------------------------- one row

_DOMAIN: Final = b"sealwright/field/v1\0"
_HEAD: Final = re.compile(rb'\{"index":(null|0|[1-9][0-9]{0,17}),"leaf":(?=\{)')
_URL_SAFE: Final = bytes.maketrans(b"+/", b"-_")
_SALT_BYTES: Final = 16
_BLOCK_BYTES: Final = 64  # of SHA-256
_INNER: Final = bytes(byte ^ 0x36 for byte in range(256))
_OUTER: Final = bytes(byte ^ 0x5C for byte in range(256))
_INNER_REST: Final = b"\x36" * (_BLOCK_BYTES - _SALT_BYTES)
_OUTER_REST: Final = b"\x5c" * (_BLOCK_BYTES - _SALT_BYTES)
_sha256: Final = hashlib.sha256
_QUOTE: Final = ord('"')
_LETTERS: Final = frozenset(f"{string.ascii_letters}{string.digits}+/=".encode())
_BASE32: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_DECODER: Final = json.JSONDecoder()
_QUORUM: Final = re.compile(r"required: ([0-9]+) of ")
ENDINGS: Final = frozenset({"call.completed", "call.failed", "call.unknown"})
_ENCODER: Final = json.JSONEncoder(
    ensure_ascii=False,
    check_circular=False,
    allow_nan=False,
    sort_keys=True,
    separators=(",", ":"),
)
_IN_ORDER: Final = (
    "at event outcome reason tenant agent person on_behalf_of tool risk backend"
    " backend_origin session_id approval_id claim_id claim_nonce scope lane credential"
    " call_id code claim_use claim_max_uses route_version route_digest policy"
    " policy_epoch args_digest summary_digest fingerprint summary stated_reason"
    " approvers actor_kind door client_address request_id trace_id software detail"
    " version id index sentence salts leaf"
)
CSV_COLUMNS: Final = _IN_ORDER.split()
_ABSENT: Final = dict.fromkeys((*CLEAR, *PERSONAL))


Told = tuple[str | int | None, ...]
"""What one row says that other rows are held against; see ``_SCHEMA`` for its columns.

A million of them travel from one process to another, which a class would triple.
"""


@dataclass(frozen=True, slots=True)
class Job:
    """What a piece of an export is checked against; the same for all pieces."""

    form: str
    quick: bool
    size: int
    root: bytes
    is_proved: bool  # each row brings its own proof


@dataclass(slots=True)
class Piece:
    """What checking some rows gave; ``indexes`` has -1 for a row that is unreadable."""

    indexes: "array[int]" = field(default_factory=lambda: array("q"))
    hashes: bytearray = field(default_factory=bytearray)
    findings: list[Finding] = field(default_factory=list)
    told: dict[str, list[Told]] = field(default_factory=dict)  # by table
    tenants: dict[str, "array[int]"] = field(default_factory=dict)
    missing: list[tuple[str, int, str]] = field(default_factory=list)
    newest: str = ""

    def tampered(self, text: str) -> None:
        """Note that the row at hand does not hold."""
        self.findings.append(Finding(TAMPERED, self.indexes[-1], text))


def canonical(value: Any) -> str:
    """Return the RFC 8785 text of a value without floats and with ASCII names."""
    return _ENCODER.encode(value)


def commitment(salt: str, column: str, value: str) -> str:
    """Return what a leaf says in place of a personal value.

    That is an HMAC-SHA-256 (RFC 2104), spelled out: it is most of the work, and two
    hashes take half as long as the library's function.

    Raises Refused if the salt is not 16 bytes in hexadecimal, in their one spelling.
    """
    key = bytes.fromhex(salt)
    if len(key) != _SALT_BYTES or key.hex() != salt:
        raise Refused(f"the salt of {column} is none")
    begun = key.translate(_INNER) + _after_the_key(column)
    inner = _sha256(begun + value.encode()).digest()
    code = _sha256(key.translate(_OUTER) + _OUTER_REST + inner).digest()
    return binascii.b2a_base64(code).translate(_URL_SAFE, b"=\n").decode()


@lru_cache(maxsize=64)
def _after_the_key(column: str) -> bytes:
    return _INNER_REST + _DOMAIN + column.encode() + b"\0"


def committed(leaf: Any) -> frozenset[str]:
    """Return the personal columns that a leaf commits to, once it was read."""
    return frozenset(leaf["personal"])


def short_code(fingerprint: str) -> str:
    """Return the code that people compare: the first 30 bits, as ``K7Q-4M2``."""
    head = int(fingerprint.removeprefix("sha256:")[:8], 16) >> 2
    code = "".join([_BASE32[head >> shift & 31] for shift in range(25, -1, -5)])
    return f"{code[:3]}-{code[3:]}"


def check_part(path: str, begin: int, length: int, job: Job) -> Piece:
    """Check the rows that stand at a place of a file."""
    with Path(path).open("rb") as file:
        file.seek(begin)
        return check_piece(file.read(length), job)


def check_piece(data: bytes, job: Job) -> Piece:
    """Check some whole rows by themselves."""
    piece = Piece()
    rows = _json_rows(data) if job.form == "jsonl" else _csv_rows(data)
    for row in rows:
        piece.indexes.append(-1)
        piece.hashes += bytes(HASH_BYTES)
        try:
            if job.form == "jsonl":
                _check_json_row(row, job, piece)
            else:
                _check_csv_row(row, job, piece)
        except Refused as refused:
            piece.tampered(str(refused))
        except _NotSealed:
            piece.indexes.pop()
            del piece.hashes[-HASH_BYTES:]
            text = "a row has no index: it was not sealed yet"
            piece.findings.append(Finding(INCOMPLETE, None, text))
        except _ODD:
            # What a good row holds was looked for, and something else was there.
            piece.tampered("the row can't be read")
    return piece


_ODD: Final = (
    *(ValueError, KeyError, TypeError, AttributeError),
    *(OverflowError, RecursionError),
)


def _json_rows(data: bytes) -> Iterator[bytes]:
    return iter(data.removesuffix(b"\n").split(b"\n"))


def _csv_rows(data: bytes) -> Iterator[bytes]:
    """Yield raw rows; a line break inside a cell follows an odd number of quotes."""
    *lines, rest = data.split(b"\n")  # one byte is found much faster than two
    held: list[bytes] = []
    for line in lines:
        held.append(line)
        if line.endswith(b"\r"):
            row = b"\n".join(held)
            if _ends_row(row, len(row) - 1):
                yield row[:-1]
                held = []
    if held or rest:
        yield b"\n".join([*held, rest])


def _ends_row(data: bytes, at: int) -> bool:
    """Whether what begins with a row has one that ends before this place."""
    if at > 1 and data[at - 1] == _QUOTE and data[at - 2] in _LETTERS:
        # After a letter of a leaf a quote is the row's last: in a cell it would be
        # doubled.  So nobody has to count them all, most often.
        return True
    return data.count(b'"', 0, at) % 2 == 0


def _check_json_row(line: bytes, job: Job, piece: Piece) -> None:
    # A quote inside a string is escaped and no later member has this name, so the
    # last occurrence is where the leaf ends.
    head, cut = _HEAD.match(line), line.rfind(b',"values":{')
    if head is None or cut < 0:
        raise Refused("the row can't be read")
    leaf = line[head.end() : cut]
    _place_row(head[1].decode(), piece)
    piece.hashes[-HASH_BYTES:] = leaf_hash(leaf)
    if job.quick and not job.is_proved:
        return
    # What this finds in the leaf counts only if its bytes are the sealed ones, which
    # their hash tells: no need to write them once more to see that they are canonical.
    row, _ = _DECODER.raw_decode(line.decode())
    if job.is_proved:
        _check_proof(row.get("proof"), job, piece)
    if job.quick:
        return
    if line[cut:] != _beside_the_leaf(row).encode():
        raise Refused("the row is not in the form that an export has")
    _check_values(row["leaf"], row["values"], row["salts"], piece)


def _beside_the_leaf(row: Mapping[str, Any]) -> str:
    """Return what follows the leaf, as an export writes it (RFC 8785)."""
    values, salts = row["values"], row["salts"]
    told = ",".join([f'"{name}":{_quoted(values[name])}' for name in sorted(values)])
    proof = f',"proof":{canonical(row["proof"])}' if "proof" in row else ""
    return f',"values":{{{told}}},"salts":{_salts_in_order(salts)}{proof}}}'


def _salts_in_order(salts: Mapping[str, str]) -> str:
    # That each is hexadecimal, which needs no escapes, is seen when it is used.
    told = ",".join([f'"{name}":"{salts[name]}"' for name in sorted(salts)])
    return f"{{{told}}}"


def _place_row(index: str, piece: Piece) -> None:
    if index in ("null", ""):
        raise _NotSealed
    piece.indexes[-1] = int(index)


class _NotSealed(ValueError):
    """A row that has no place in the log."""


def _leaf_of(data: bytes) -> dict[str, Any]:
    text = data.decode()
    leaf, end = _DECODER.raw_decode(text)
    if not isinstance(leaf, dict) or end != len(text):
        raise Refused("the leaf is no object")
    return leaf


def _check_proof(proof: Any, job: Job, piece: Piece) -> None:
    if not isinstance(proof, list):
        raise Refused("the row has no proof")
    path = [_from_base64(text) for text in proof]
    hashed = bytes(piece.hashes[-HASH_BYTES:])
    check_inclusion(piece.indexes[-1], job.size, hashed, path, job.root)


def _check_values(
    leaf: dict[str, Any],
    values: Mapping[str, str],
    salts: Mapping[str, str],
    piece: Piece,
) -> None:
    promised: dict[str, str] = leaf["personal"]
    _check_names(promised, values, salts)
    for column, promise in promised.items():
        value, salt = values.get(column), salts.get(column)
        if value is None and salt is None:
            continue
        if value is None or salt is None:
            lacks = "value" if value is None else "salt"
            raise Refused(f"{column} has lost its {lacks}")
        if commitment(salt, column, value) != promise:
            raise Refused(f"{column} is not what was sealed")
    _note_missing(leaf, values, piece)
    _tell(leaf, values, piece)


def _check_names(
    promised: Mapping[str, str], values: Mapping[str, str], salts: Mapping[str, str]
) -> None:
    if not values.keys() <= promised.keys() or not salts.keys() <= promised.keys():
        raise Refused("there is a personal value that the leaf does not know")


def _note_missing(
    leaf: Mapping[str, Any], values: Mapping[str, str], piece: Piece
) -> None:
    if len(values) < len(leaf["personal"]):
        missing = " ".join(name for name in leaf["personal"] if name not in values)
        _insist_plain((leaf["id"],))
        piece.missing.append((leaf["id"], piece.indexes[-1], missing))


def _tell(leaf: Mapping[str, Any], values: Mapping[str, str], piece: Piece) -> None:
    index, at, tenant = piece.indexes[-1], leaf["at"], leaf.get("tenant")
    _insist_plain((tenant,))
    if at > piece.newest:
        datetime.fromisoformat(at)  # raises ValueError for what is no time
        piece.newest = at
    if tenant is not None:
        piece.tenants.setdefault(tenant, array("q")).append(index)
    event = leaf["event"]
    if (tell := _TELLING.get(event)) is not None:
        table, told = tell(leaf, values, index)
        _insist_plain(told)
        piece.told.setdefault(table, []).append(told)


def _insist_plain(told: Iterable[object]) -> None:
    """Refuse what the ledger can't keep: one row would cost the findings of all."""
    for value in told:
        if isinstance(value, str):
            value.encode()  # raises ValueError for half a surrogate pair
        elif value is not None and not _is_whole(value):
            raise Refused("the row holds something else than texts and whole numbers")


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and -_WHOLE_END <= value < _WHOLE_END


_WHOLE_END: Final = 1 << 63


def _tell_allowed(
    leaf: Mapping[str, Any], values: Mapping[str, str], index: int
) -> tuple[str, Told]:
    approval, claim = leaf.get("approval_id"), leaf.get("claim_id")
    use, most = leaf.get("claim_use"), leaf.get("claim_max_uses")
    spent = (leaf.get("call_id"), index, leaf["at"], claim, use, most)
    if approval is None:
        return "allowed", (*spent, None, None, None, None)
    asked, approvers = _QUORUM.match(leaf.get("policy", "")), values.get("approvers")
    quorum = int(asked[1]) if asked else None
    seats = _seats(approvers) if approvers else None
    return "allowed", (*spent, approval, values.get("fingerprint"), quorum, seats)


def _tell_end(
    leaf: Mapping[str, Any], _values: Mapping[str, str], index: int
) -> tuple[str, Told]:
    return "ended", (leaf.get("call_id"), index)


def _tell_claim(
    leaf: Mapping[str, Any], _values: Mapping[str, str], index: int
) -> tuple[str, Told]:
    return leaf["event"].removeprefix("claim."), (leaf.get("claim_id"), index)


def _tell_vote(
    leaf: Mapping[str, Any], values: Mapping[str, str], _index: int
) -> tuple[str, Told]:
    return "voted", (leaf.get("approval_id"), values.get("fingerprint"))


def _object(value: object) -> object:
    if not isinstance(value, dict):
        raise Refused("the detail is no object")
    return value


def _tell_detail(
    leaf: Mapping[str, Any], _values: Mapping[str, str], index: int
) -> tuple[str, Told]:
    detail = canonical(_object(leaf["detail"])) if "detail" in leaf else None
    return "said", (leaf["event"], index, leaf.get("tenant"), detail, leaf["at"])


_TELLING: Final = {
    **dict.fromkeys(ENDINGS, _tell_end),
    "call.allowed": _tell_allowed,
    "claim.minted": _tell_claim,
    "claim.revoked": _tell_claim,
    "approval.voted": _tell_vote,
    "person.erased": _tell_detail,
    "retention.applied": _tell_detail,
    "log.heartbeat": _tell_detail,
}


def _seats(approvers: str) -> int:
    """Count the distinct seats that said yes; who stands in takes somebody's seat."""
    votes = json.loads(approvers)
    yes = [vote for vote in votes if vote.get("verdict") == "approve"]
    return len({vote.get("stands_in_for") or vote.get("person") for vote in yes})


# ------------------------------------------------------------- a row of a CSV file

_FORMULA: Final = "(?=[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20])"
_BLANKS: Final = r"[^\S\t\r\n]*"
_AT_START: Final = re.compile(_BLANKS + _FORMULA)
_AFTER_QUOTE: Final = re.compile('"' + _BLANKS + _FORMULA)
_INSIDE: Final = re.compile('[;\t\r\n"]' + _BLANKS + _FORMULA)
_GUARDS: Final = re.compile("'" + _FORMULA)
_MOST_GUARDS: Final = 10
# The one form of a row, read in one way only: a cell ends at its first lone quote.
# Possessive: no row can make it try twice.
_CELL: Final = r'"([^"]*+(?:""[^"]*+)*+)"'
_CELLS: Final = re.compile(",".join([_CELL] * (len(CSV_COLUMNS) - 1)))
_READABLE: Final = itemgetter(*CLEAR)
_EMPTY: Final = dict.fromkeys(CLEAR, "")
_GAPS: Final = (Gaps(), Gaps(left_out=True))


def guarded(text: str) -> str:
    """Return the text with a ``'`` wherever a spreadsheet could see a formula."""
    text = _INSIDE.sub(lambda found: f"{found[0]}'", text)
    start = _AT_START.match(text)
    return f"{start[0]}'{text[start.end() :]}" if start else text


def unguarded(cell: str) -> Iterator[str]:
    """Yield what may have stood in a cell before the guard, likeliest first."""
    places = [found.start() for found in _GUARDS.finditer(cell)]
    if len(places) > _MOST_GUARDS:
        yield _GUARDS.sub("", cell)
        return
    for kept in range(1 << len(places)):
        drop = {at for n, at in enumerate(places) if not kept >> n & 1}
        text = "".join(c for at, c in enumerate(cell) if at not in drop)
        if guarded(text) == cell:
            yield text


def _check_csv_row(line: bytes, job: Job, piece: Piece) -> None:
    cells = _cells_of(line.decode())
    row = dict(zip(CSV_COLUMNS, cells, strict=True))
    _place_row(row["index"], piece)
    data = _from_base64(row["leaf"])
    piece.hashes[-HASH_BYTES:] = leaf_hash(data)
    if str(piece.indexes[-1]) != row["index"]:
        raise Refused("the row can't be read")
    if job.quick:
        return
    leaf, salts = _leaf_of(data), json.loads(row["salts"])
    if _salts_in_order(salts) != row["salts"]:
        raise Refused("salts is not in the form that an export has")
    # A row in which nothing needs a guard is most often what it says.
    is_inert = _is_inert(cells[:-2])
    values = _opened(row, leaf["personal"], salts, is_inert=is_inert)
    _check_names(leaf["personal"], values, salts)
    _note_missing(leaf, values, piece)
    _check_cells(row, leaf, is_inert=is_inert)
    _check_made(row, leaf, values, is_inert=is_inert)
    _tell(leaf, values, piece)


def _cells_of(text: str) -> list[str]:
    """Read a row whose every cell is quoted, with the quotes in it doubled."""
    # The leaf is half of it, and has no quotes: base64 is what it has to be.
    head, _, leaf = text.rpartition(',"')
    found = _CELLS.fullmatch(head)
    if found is None or leaf[-1:] != '"':
        raise Refused("the row is not in the form and the columns of an export")
    cells = [c.replace('""', '"') if '"' in c else c for c in found.groups()]
    return [*cells, leaf[:-1]]


def _is_inert(cells: Iterable[str]) -> bool:
    """Whether no cell holds anything that needs a guard."""
    text = '"'.join(("", *cells))
    if _AFTER_QUOTE.search(text):
        return False
    # Most rows have none of these, which is seen much faster than what follows them.
    is_odd = ";" in text or "\t" in text or "\r" in text or "\n" in text
    return not (is_odd and _INSIDE.search(text))


def _opened(
    row: Mapping[str, str],
    promised: Mapping[str, str],
    salts: Mapping[str, str],
    *,
    is_inert: bool,
) -> dict[str, str]:
    values = {}
    for column in PERSONAL:
        cell = row[column]
        if column not in promised:
            if cell:
                raise Refused(f"{column} is not what was sealed")
            continue
        if not cell:
            if column in salts:
                raise Refused(f"{column} has lost its value")
            continue
        if column not in salts:
            raise Refused(f"{column} has lost its salt")
        for text in (cell,) if is_inert and "'" not in cell else unguarded(cell):
            if commitment(salts[column], column, text) == promised[column]:
                values[column] = text
                break
        else:
            raise Refused(f"{column} is not what was sealed")
    return values


def _check_cells(
    row: Mapping[str, str], leaf: Mapping[str, Any], *, is_inert: bool
) -> None:
    """Hold the readable columns against the leaf."""
    told = {**_EMPTY, **leaf}
    for column in _NO_TEXTS:
        if column in leaf:
            told[column] = _in_a_cell(leaf[column])
    if is_inert and _READABLE(row) == _READABLE(told):
        return
    for column in CLEAR:
        if row[column] != guarded(_in_a_cell(leaf.get(column))):
            raise Refused(f"{column} is not what was sealed")


def _in_a_cell(value: Any) -> str:
    if value is None:
        return ""
    return canonical(value) if isinstance(value, dict) else str(value)


# Where a leaf has no text; one that differs is judged column by column.
_NO_TEXTS: Final = (
    *("version", "claim_use", "claim_max_uses"),
    *("route_version", "policy_epoch", "detail"),
)


def _check_made(
    row: Mapping[str, str],
    leaf: Mapping[str, Any],
    values: Mapping[str, str],
    *,
    is_inert: bool,
) -> None:
    """Make again what only a CSV shows: the short code, and the sentence."""
    fingerprint = values.get("fingerprint")
    if row["code"] != (short_code(fingerprint) if fingerprint else ""):
        raise Refused("code is not what follows from the fingerprint")
    told: dict[str, Any] = {**_ABSENT, **leaf, **values}
    told |= {"at": datetime.fromisoformat(leaf["at"]), "leaf": leaf}
    if is_inert and of_record(told) == row["sentence"]:  # type: ignore[arg-type]  # built from its columns
        return
    sentence = _undated(row["sentence"])
    if all(_undated(guarded(of_record(told, gaps=g))) != sentence for g in _GAPS):  # type: ignore[arg-type]  # built from its columns
        raise Refused("sentence is not what follows from the record")


def _undated(sentence: str) -> str:
    # When a name was erased is told by another record.
    if "was erased on" not in sentence:
        return sentence
    return re.sub(r"(name was erased) on \d{1,2} [A-Z][a-z]+ \d{4}", r"\1", sentence)


# ------------------------------------------------------------------- all rows together

_TABLES: Final = {
    "allowed": "call, idx, at, claim, use, most, approval, fingerprint, quorum, seats",
    "ended": "call, idx",
    "minted": "claim, idx",
    "revoked": "claim, idx",
    "voted": "approval, fingerprint",
    "said": "event, idx, tenant, detail, at",
    "missing": "record, idx, columns",
    "span": "tenant, last, count, indexes",
    "proof": "idx INTEGER PRIMARY KEY, path",
    "earlier": "size INTEGER, root",
}
_SCHEMA: Final = "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" + "".join(
    f"CREATE TABLE {name} ({columns});" for name, columns in _TABLES.items()
)
_INSERT: Final = {
    name: f"INSERT INTO {name} VALUES ({','.join('?' * len(columns.split(',')))})"  # noqa: S608 - ours
    for name, columns in _TABLES.items()
}
_INDEXES: Final = """
    CREATE INDEX allowed_call ON allowed (call, idx, at);
    CREATE INDEX allowed_claim ON allowed (claim, use, most, idx);
    CREATE INDEX ended_call ON ended (call, idx);
    CREATE INDEX minted_claim ON minted (claim, idx);
    CREATE INDEX revoked_claim ON revoked (claim, idx);
    CREATE INDEX voted_approval ON voted (approval, fingerprint);
    CREATE INDEX span_tenant ON span (tenant, last);
"""
# Each gives index and text; the index is that of the row to look at.
_TAMPERED: Final = (
    """SELECT max(idx), 'call ' || call || ' has more than one outcome' FROM ended
       GROUP BY call HAVING count(*) > 1""",
    """SELECT e.idx, 'call ' || e.call || ' ended before it was allowed'
       FROM ended e JOIN allowed a ON a.call = e.call WHERE e.idx < a.idx""",
    """SELECT max(idx), 'call ' || call || ' was allowed more than once' FROM allowed
       GROUP BY call HAVING count(*) > 1""",
    """SELECT max(idx), 'claim ' || claim || ' was spent twice for use ' || use
       FROM allowed WHERE claim IS NOT NULL
       GROUP BY claim, use HAVING count(*) > 1""",
    """SELECT max(idx), 'claim ' || claim || ' was spent more often than ' || min(most)
       FROM allowed WHERE claim IS NOT NULL
       GROUP BY claim HAVING count(*) > min(most) OR max(use) > min(most)""",
    """SELECT a.idx, 'claim ' || a.claim || ' was spent before it was minted'
       FROM minted m JOIN allowed a ON a.claim = m.claim WHERE a.idx < m.idx""",
    """SELECT a.idx, 'claim ' || a.claim || ' was spent after it was revoked'
       FROM revoked r JOIN allowed a ON a.claim = r.claim WHERE a.idx > r.idx""",
    """SELECT idx, 'only ' || seats || ' of ' || quorum || ' needed seats said yes'
       FROM allowed WHERE approval IS NOT NULL
       AND quorum IS NOT NULL AND seats IS NOT NULL AND seats < quorum""",
    """SELECT a.idx, 'approval ' || a.approval || ' was voted on another fingerprint'
       FROM allowed a JOIN voted v ON v.approval = a.approval
       WHERE v.fingerprint <> a.fingerprint GROUP BY a.idx""",
)
_UNFINISHED: Final = """
    SELECT a.idx, 'call ' || a.call || ' has no outcome' FROM allowed a
    WHERE a.at < ? AND NOT EXISTS (SELECT 1 FROM ended e WHERE e.call = a.call)
"""
_UNBEGUN: Final = (
    """SELECT e.idx, 'call ' || e.call || ' ended, but that it was allowed is missing'
       FROM ended e
       WHERE NOT EXISTS (SELECT 1 FROM allowed a WHERE a.call = e.call)""",
    """SELECT a.idx, 'claim ' || a.claim || ' was spent, but its minting is missing'
       FROM allowed a WHERE a.approval IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM minted m WHERE m.claim = a.claim)""",
)
GRACE: Final = timedelta(minutes=10)
# Heartbeats come every hour; whoever takes the end of a file away takes them, too.
SILENCE: Final = timedelta(hours=2)


class Ledger:
    """What rows say about each other, in a temporary SQLite file: memory stays flat."""

    def __init__(self, folder: str) -> None:
        # Here: every process that signs loads this file, and needs no such database.
        import sqlite3  # noqa: PLC0415

        self._rows = sqlite3.connect(Path(folder) / "verify.sqlite3")
        self._rows.executescript(_SCHEMA)

    def close(self) -> None:
        """Close the file; its folder goes with whoever made it."""
        self._rows.close()

    def take(self, piece: Piece) -> None:
        """Keep what a piece told."""
        for table, told in piece.told.items():
            self._rows.executemany(_INSERT[table], told)
        self._rows.executemany(_INSERT["missing"], piece.missing)
        self._rows.executemany(
            _INSERT["span"],
            [
                (tenant, max(indexes), len(indexes), indexes.tobytes())
                for tenant, indexes in piece.tenants.items()
            ],
        )

    def keep_proofs(self, proofs: Iterable[tuple[int, bytes]]) -> None:
        """Keep the proofs that another file holds."""
        self._rows.executemany("INSERT OR REPLACE INTO proof VALUES (?,?)", proofs)

    def proof(self, index: int) -> list[bytes] | None:
        """Return the proof of a row, if that file had one."""
        row = self._rows.execute("SELECT path FROM proof WHERE idx = ?", [index])
        found = row.fetchone()
        return None if found is None else _hashes_of(found[0])

    def keep_earlier(self, checkpoints: Iterable[tuple[int, bytes]]) -> None:
        """Keep the checkpoints that were seen earlier."""
        self._rows.executemany("INSERT INTO earlier VALUES (?,?)", checkpoints)

    def earlier(self) -> Iterator[tuple[int, bytes]]:
        """Yield what was seen earlier, smallest first."""
        query = "SELECT DISTINCT size, root FROM earlier ORDER BY size"
        yield from self._rows.execute(query)

    def judge(self, report: Report, *, newest: str, is_part: bool) -> None:
        """Report what only all rows together can show."""
        self._rows.executescript(_INDEXES)
        for query in _TAMPERED:
            for index, text in self._rows.execute(query):
                report.add(TAMPERED, index, text)
        gone = self._retained()
        self._erasures(report)
        if not is_part:
            self._unfinished(report, newest, after_retention=bool(gone))
            self._heartbeats(report, gone)

    def _unfinished(
        self, report: Report, newest: str, *, after_retention: bool
    ) -> None:
        if newest:
            limit = datetime.fromisoformat(newest) - GRACE
            text = limit.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
            for index, what in self._rows.execute(_UNFINISHED, [text]):
                report.add(INCOMPLETE, index, what)
        # What retention took away may be the beginning of what is still there.
        for query in () if after_retention else _UNBEGUN:
            for index, what in self._rows.execute(query):
                report.add(INCOMPLETE, index, what)

    def _erasures(self, report: Report) -> None:
        erased: dict[str, int] = {}
        query = "SELECT detail FROM said WHERE event = 'person.erased'"
        for (detail,) in self._rows.execute(query):
            records = json.loads(detail or "{}").get("records")
            for record in records if isinstance(records, dict | list) else ():
                erased[str(record)] = 1
        counted = {"erased": 0, "left out": 0}
        for (record,) in self._rows.execute("SELECT record FROM missing"):
            counted["erased" if record in erased else "left out"] += 1
        for how, count in counted.items():
            if count:
                report.add(
                    VERIFIED,
                    None,
                    f"personal values of {count:,} records were {how}: their "
                    "commitments can't be opened, everything else was checked",
                )

    def _retained(self) -> list[tuple[int, int]]:
        query = "SELECT detail FROM said WHERE event = 'retention.applied'"
        gone: list[tuple[int, int]] = []
        for (detail,) in self._rows.execute(query):
            gone += _ranges(json.loads(detail or "{}").get("ranges"))
        return gone

    def is_retained(self, first: int, last: int) -> bool:
        """Whether retention says that it took all of these indexes."""
        at = first
        for begin, end in sorted(self._retained()):
            if begin <= at <= end:
                at = end + 1
        return at > last

    def _heartbeats(self, report: Report, gone: Sequence[tuple[int, int]]) -> None:
        """Hold the count of a tenant's heartbeats against its rows, from the first on.

        After a retention the first heartbeat that knows of nothing older is the base.
        """
        floor = max((end for _, end in gone), default=-1)
        base: dict[str, tuple[int, int]] = {}
        query = (
            "SELECT idx, tenant, detail FROM said WHERE event = 'log.heartbeat'"
            " AND tenant IS NOT NULL ORDER BY idx"
        )
        for index, tenant, detail in self._rows.execute(query):
            told = json.loads(detail or "{}")
            size, count = told.get("size"), told.get("records")
            if not _is_whole(size) or not _is_whole(count):
                report.add(TAMPERED, index, "a heartbeat without its count")
                continue
            had = self._count(tenant, size)
            if gone and (tenant not in base) and size > floor:
                base[tenant] = (count, had)
            if gone and tenant not in base:
                continue
            old_count, old_had = base.get(tenant, (0, 0))
            if had - old_had < count - old_count:
                lacks = count - old_count - (had - old_had)
                report.add(
                    INCOMPLETE,
                    index,
                    f"{lacks} earlier records of {tenant} are missing",
                )
            elif had - old_had > count - old_count:
                report.add(
                    TAMPERED, index, f"there are more records of {tenant} than counted"
                )

    def judge_tenants(self, report: Report, newest: str) -> None:
        """Say how far a file is shown to be whole that only heartbeats count.

        Without any, or long after the last, nothing shows it: then it is incomplete.
        """
        silent_before = datetime.fromisoformat(newest) - SILENCE
        last_beats = (
            "SELECT span.tenant, max(span.last), beat.idx, beat.at, beat.detail"
            " FROM span LEFT JOIN (SELECT tenant, max(idx) AS idx, at, detail FROM said"
            " WHERE event = 'log.heartbeat' GROUP BY tenant) beat"
            " ON beat.tenant = span.tenant GROUP BY span.tenant"
        )
        for tenant, last, index, at, detail in self._rows.execute(last_beats):
            if index is None:
                text = f"no heartbeat counts the records of {tenant}: {_AGAIN}"
                report.add(INCOMPLETE, last, text)
            elif datetime.fromisoformat(at) < silent_before:
                text = f"the last heartbeat of {tenant} is of {at}: {_AGAIN}"
                report.add(INCOMPLETE, index, text)
            else:
                size = json.loads(detail or "{}").get("size")
                text = f"{tenant} is whole before index {size}; {_BEYOND}"
                report.add(VERIFIED, index, text)

    def _count(self, tenant: str, size: int) -> int:
        whole = "SELECT total(count) FROM span WHERE tenant = ? AND last < ?"
        (count,) = self._rows.execute(whole, [tenant, size]).fetchone()
        partly = (
            "SELECT indexes FROM span WHERE tenant = ? AND last >= ?"
            " ORDER BY last LIMIT 1"
        )
        for (indexes,) in self._rows.execute(partly, [tenant, size]):
            count += bisect_left(array("q", indexes), size)
        return int(count)


_AGAIN: Final = (
    "whether rows are missing can't be told; export all of it again after the next"
    " hour, or pass --part if it was searched for"
)
_BEYOND: Final = "whether a later row is missing, this file can't show"


def _ranges(told: Any) -> list[tuple[int, int]]:
    pairs = told if isinstance(told, list) else []
    return [
        (pair[0], pair[1])
        for pair in pairs
        if isinstance(pair, list)
        and len(pair) == len(("first", "last"))
        and all(map(_is_whole, pair))
    ]


def _hashes_of(data: bytes) -> list[bytes]:
    starts = range(0, len(data), HASH_BYTES)
    return [data[at : at + HASH_BYTES] for at in starts]


class Examination:
    """Rows in the order of their indexes, held against the log piece by piece."""

    def __init__(self, report: Report, ledger: Ledger, *, is_part: bool) -> None:
        self.report = report
        self.ledger = ledger
        self.is_part = is_part
        self._next = 0
        self._newest = ""
        self._gaps: list[tuple[int, int]] = []
        self._unread = 0

    @property
    def is_no_export(self) -> bool:
        """Whether there were rows, and not one of them was a record."""
        return 0 < self.report.records == self._unread

    def take(self, piece: Piece, *, hashes: BinaryIO | None) -> None:
        """Judge a piece; ``hashes`` is where the hash of each index is read from."""
        self._unread += sum(index < 0 for index in piece.indexes)
        self._place(piece)
        for kind, index, text in piece.findings:
            self.report.add(kind, index, text)
        if hashes is not None:
            self._compare(piece, hashes)
        self.ledger.take(piece)
        self._newest = max(self._newest, piece.newest)

    def end(self, size: int | None, *, is_quick: bool = False) -> None:
        """Judge what is missing, and what rows say about each other.

        ``size`` is how many rows there must be, None where nobody can tell.
        """
        if size is not None and self._next < size:
            self._gaps.append((self._next, size - 1))
        if not is_quick:
            self.ledger.judge(self.report, newest=self._newest, is_part=self.is_part)
            if size is None and not self.is_part:
                self._judge_uncounted()
        for first, last in self._gaps:
            if not is_quick and self.ledger.is_retained(first, last):
                text = f"{last - first + 1:,} records went by retention"
                self.report.add(VERIFIED, first, text)
            elif size is not None:
                named = f"{first}" if first == last else f"{first} to {last}"
                self.report.add(INCOMPLETE, first, f"missing: index {named}")

    def _judge_uncounted(self) -> None:
        if self._newest:
            self.ledger.judge_tenants(self.report, self._newest)
        elif not self.report.records:
            text = "the file holds no record: pass --part if nothing was found"
            self.report.add(INCOMPLETE, None, text)

    def _place(self, piece: Piece) -> None:
        """Look at the order, and give unreadable rows the index that comes next."""
        report = self.report
        count = len(piece.indexes)
        report.records += count
        if count and piece.indexes == array("q", range(self._next, self._next + count)):
            report.first = self._next if report.first is None else report.first
            self._next += count
            report.last = self._next - 1
            return
        for at, told in enumerate(piece.indexes):
            index = told if told >= 0 else self._next
            if told < 0:
                piece.indexes[at] = index
                _name_unreadable(piece, index)
            if index < self._next:
                report.add(TAMPERED, index, "the row is there twice, or out of order")
                continue
            if index > self._next:
                self._gaps_add(self._next, index - 1)
            self._next = index + 1
            report.first = index if report.first is None else report.first
            report.last = index

    def _gaps_add(self, first: int, last: int) -> None:
        # In a part there are many, and nobody asks for them.
        if not self.is_part and len(self._gaps) < SHOWN * SHOWN:
            self._gaps.append((first, last))

    def _compare(self, piece: Piece, hashes: BinaryIO) -> None:
        indexes, count = piece.indexes, len(piece.indexes)
        if not count:
            return
        if indexes[-1] - indexes[0] == count - 1:
            hashes.seek(indexes[0] * HASH_BYTES)
            if hashes.read(count * HASH_BYTES) == piece.hashes:
                return
        blamed = {found.place for found in piece.findings}
        for at, index in enumerate(indexes):
            hashes.seek(index * HASH_BYTES)
            there = hashes.read(HASH_BYTES)
            if there != piece.hashes[at * HASH_BYTES : (at + 1) * HASH_BYTES]:
                text = "the leaf is not the one that the log has at this index"
                if index not in blamed:
                    self.report.add(TAMPERED, index, text)


def _name_unreadable(piece: Piece, index: int) -> None:
    for at, found in enumerate(piece.findings):
        if found.place == -1:
            piece.findings[at] = found._replace(place=index)
            return


# ------------------------------------------------------------------------ the command


def main(arguments: Sequence[str] | None = None) -> int:
    """Check what the command names, print the report, return the exit code."""
    try:
        options = _options(arguments)
        report = examine(options)
    except Unusable as unusable:
        sys.stderr.write(f"verify: {unusable}\n")
        return USAGE
    except OSError as error:
        named = getattr(error, "filename", None) or "a file"
        sys.stderr.write(f"verify: {named} can't be read ({error.strerror})\n")
        return USAGE
    sys.stdout.write(report.as_json() if options.json else report.as_text())
    return report.result


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> Any:
        raise Unusable(f"{message}\n{self.format_usage()}")


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = _Parser(prog="verify.py", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("export", help="the .jsonl or .csv file")
    parser.add_argument(
        "--key", action="append", required=True, help="verifier key, or its file"
    )
    parser.add_argument("--checkpoint", required=True, help="the signed checkpoint")
    beside = parser.add_mutually_exclusive_group()
    beside.add_argument("--hashes", help="all leaf hashes, 32 bytes each")
    beside.add_argument("--proofs", help="the .jsonl of the same export, for a .csv")
    parser.add_argument("--earlier", help="checkpoints seen earlier: an anchor file")
    parser.add_argument("--consistency", help="consistency proofs, a JSON a line")
    parser.add_argument(
        "--part", action="store_true", help="the export was filtered: gaps are expected"
    )
    parser.add_argument(
        "--quick", action="store_true", help="hashes, root and signatures only"
    )
    parser.add_argument("--json", action="store_true", help="the report as JSON")
    return parser.parse_args(arguments)


def examine(options: argparse.Namespace) -> Report:
    """Check an export with what lies beside it.

    Raises Unusable or OSError if something can't be read.
    """
    report = Report()
    keys = [key for text in options.key for key in _keys(text)]
    if not keys:
        raise Unusable("--key holds no key")
    checkpoint = _checkpoint(options.checkpoint, keys, report)
    if checkpoint is None:
        return report
    report.checkpoint = checkpoint
    with tempfile.TemporaryDirectory(prefix="verify-") as folder:
        ledger = Ledger(folder)
        try:
            _examine_files(
                options,
                keys,
                checkpoint,
                Examination(report, ledger, is_part=options.part),
            )
        finally:
            ledger.close()
    return report


def _examine_files(
    options: argparse.Namespace,
    keys: Sequence[Key],
    checkpoint: Checkpoint,
    examination: Examination,
) -> None:
    report, ledger = examination.report, examination.ledger
    if options.earlier:
        _read_earlier(Path(options.earlier), keys, checkpoint, examination)
    with contextlib.ExitStack() as stack:
        hashes: BinaryIO | None = None
        if options.hashes:
            hashes = stack.enter_context(Path(options.hashes).open("rb"))
            check_hashes(hashes, checkpoint, examination)
        elif options.earlier:
            _check_earlier_by_proof(options.consistency, checkpoint, examination)
        export = stack.enter_context(Path(options.export).open("rb"))
        job = _job(options, export, checkpoint)
        if options.proofs:
            ledger.keep_proofs(_proofs(Path(options.proofs)))
        for piece in _checked(export, job, _Progress(export)):
            examination.take(piece, hashes=hashes)
            if options.proofs:
                _check_kept_proofs(piece, job, ledger, report)
    if examination.is_no_export:
        raise Unusable(f"{options.export} holds no record: is it an export?")
    whole = checkpoint.size if options.hashes and not options.part else None
    examination.end(whole, is_quick=options.quick)


def _keys(text: str) -> list[Key]:
    """Read a key, or a file with one a line."""
    try:
        is_file = Path(text).is_file()
    except OSError:  # a name too long for a file
        is_file = False
    try:
        lines = (Path(text).read_text() if is_file else text).split("\n")
        return [parse_key(line) for line in lines if line.strip()]
    except (Refused, UnicodeDecodeError) as error:
        raise Unusable(f"--key {text[:80]}: {error}") from error


def _checkpoint(path: str, keys: Sequence[Key], report: Report) -> Checkpoint | None:
    note = Path(path).read_bytes()
    if not note.strip():
        raise Unusable(f"{path} is empty")
    try:
        return open_checkpoint(note, keys)
    except Refused as refused:
        report.add(TAMPERED, None, f"the checkpoint is not the log's: {refused}")
        return None


def _read_earlier(
    path: Path, keys: Sequence[Key], checkpoint: Checkpoint, examination: Examination
) -> None:
    seen = skipped = torn = 0
    ours = (f"{checkpoint.origin}\n").encode()
    with path.open("rb") as file:
        for note in parse_notes(file):
            if not note.startswith(ours):
                skipped += 1
                continue
            try:
                earlier = open_checkpoint(note, keys)
            except Unreadable:
                torn += 1
                continue
            except Refused as refused:
                text = f"an earlier checkpoint is not the log's: {refused}"
                examination.report.add(TAMPERED, None, text)
                continue
            seen += 1
            examination.ledger.keep_earlier([(earlier.size, earlier.root)])
    for count, what in (
        (skipped, "are of another log"),
        (torn, "can't be read, as after a crash"),
    ):
        if count:
            text = f"{count} earlier checkpoints {what}, and were not used"
            examination.report.add(VERIFIED, None, text)
    if not seen:
        examination.report.add(TAMPERED, None, "no earlier checkpoint is of this log")


def check_hashes(
    hashes: BinaryIO, checkpoint: Checkpoint, examination: Examination
) -> None:
    """Hold all leaf hashes against the signed root and every earlier one."""
    report, tree, trusted = examination.report, Peaks(), 0
    earlier = deque(_at_most(examination, checkpoint))
    blamed = False
    while True:
        while earlier and earlier[0][0] == tree.size:
            size, root = earlier.popleft()
            if tree.root() == root:
                trusted = size
            elif not blamed:
                blamed = True
                what = (
                    f"{trusted}" if trusted == size - 1 else f"{trusted} to {size - 1}"
                )
                text = f"the checkpoint of size {size} contradicts: see index {what}"
                report.add(TAMPERED, trusted, text)
        if tree.size == checkpoint.size:
            break
        limit = earlier[0][0] if earlier else checkpoint.size
        data = hashes.read(min(limit - tree.size, 4096) * HASH_BYTES)
        tree.extend(data[: len(data) // HASH_BYTES * HASH_BYTES])
        if len(data) < HASH_BYTES:
            text = f"the file of hashes ends before index {tree.size}"
            report.add(INCOMPLETE, tree.size, text)
            return
    if hashes.read(1):
        report.add(TAMPERED, tree.size, "the file of hashes is longer than the log")
    if tree.root() != checkpoint.root and not blamed:
        text = f"the hashes from index {trusted} on do not give the signed root"
        report.add(TAMPERED, trusted, text)


def _at_most(
    examination: Examination, checkpoint: Checkpoint
) -> Iterator[tuple[int, bytes]]:
    later = 0
    for size, root in examination.ledger.earlier():
        if size <= checkpoint.size:
            yield size, root
        else:
            later = size
    if later:
        # An export from before them, or a log that was cut: nobody can tell from here.
        text = f"the log has been seen with {later:,} records, more than in this export"
        examination.report.add(VERIFIED, None, text)


def _check_earlier_by_proof(
    path: str | None, checkpoint: Checkpoint, examination: Examination
) -> None:
    proofs: dict[tuple[int, int], list[bytes]] = {}
    try:
        lines = Path(path).read_bytes().split(b"\n") if path else []
        for told in (json.loads(line) for line in lines if line.strip()):
            proofs[told["from"], told["to"]] = [_from_base64(h) for h in told["proof"]]
    except (ValueError, KeyError, TypeError) as error:
        raise Unusable(f"{path} holds no consistency proofs") from error
    for size, root in _at_most(examination, checkpoint):
        if size == 0:
            continue
        sizes, same = (size, checkpoint.size), size == checkpoint.size
        if sizes not in proofs and not same:
            text = f"there is no consistency proof from size {size}: pass --consistency"
            examination.report.add(INCOMPLETE, None, text)
            continue
        try:
            roots = (root, checkpoint.root)
            check_consistency(sizes, roots, proofs.get(sizes, []))
        except Refused as refused:
            text = f"the checkpoint of size {size} contradicts: {refused}"
            examination.report.add(TAMPERED, size - 1, text)


def _job(options: argparse.Namespace, export: BinaryIO, checkpoint: Checkpoint) -> Job:
    head = export.readline(ROW_BYTES)
    mark = b"\xef\xbb\xbf"
    columns = (",".join(f'"{name}"' for name in CSV_COLUMNS) + "\r\n").encode()
    form = "jsonl"
    if head.removeprefix(mark) == columns:
        form = "csv"
    elif options.export.endswith(".csv"):
        raise Unusable(f"{options.export} does not begin with the columns of an export")
    else:
        export.seek(0)
    if form == "csv" and not (options.hashes or options.proofs):
        raise Unusable("a .csv needs --hashes or --proofs beside it")
    return Job(
        form=form,
        quick=options.quick,
        size=checkpoint.size,
        root=checkpoint.root,
        is_proved=form == "jsonl" and not options.hashes,
    )


def _proofs(path: Path) -> Iterator[tuple[int, bytes]]:
    with path.open("rb") as file:
        for line in file:
            try:
                told = json.loads(line)
                yield int(told["index"]), b"".join(map(_from_base64, told["proof"]))
            except (ValueError, KeyError, TypeError) as error:
                raise Unusable(f"{path} holds rows without proofs") from error


def _check_kept_proofs(piece: Piece, job: Job, ledger: Ledger, report: Report) -> None:
    for at, index in enumerate(piece.indexes):
        hashed = bytes(piece.hashes[at * HASH_BYTES : (at + 1) * HASH_BYTES])
        path = ledger.proof(index)
        if path is None:
            report.add(INCOMPLETE, index, "the other file has no proof for this row")
            continue
        try:
            check_inclusion(index, job.size, hashed, path, job.root)
        except Refused as refused:
            report.add(TAMPERED, index, str(refused))


class _Progress:
    """How far it got, on a terminal only."""

    def __init__(self, export: BinaryIO) -> None:
        self.total = os.fstat(export.fileno()).st_size
        self._done = 0
        self._shown = -1

    def step(self, count: int) -> None:
        """Count bytes, and say the percentage when it changed."""
        self._done += count
        percent = self._done * 100 // max(self.total, 1)
        if percent == self._shown or not sys.stderr.isatty():
            return
        self._shown = percent
        end = "\n" if self._done >= self.total else ""
        sys.stderr.write(f"\rverifying: {percent:3d} %{end}")
        sys.stderr.flush()


def _checked(export: BinaryIO, job: Job, progress: _Progress) -> Iterator[Piece]:
    """Yield checked pieces in order; a long file is checked by all processors."""
    processors = os.cpu_count() or 1
    if progress.total < ALONE_BYTES or processors == 1:
        for data in _pieces(export, job.form):
            yield check_piece(data, job)
            progress.step(len(data))
        return
    with ProcessPoolExecutor(processors) as pool:
        waiting: deque[tuple[int, Future[Piece]]] = deque()
        begin = export.tell()
        for data in _pieces(export, job.form):
            # Each process reads for itself: a pipe is slower than a file.
            part = pool.submit(check_part, export.name, begin, len(data), job)
            waiting.append((len(data), part))
            begin += len(data)
            while len(waiting) > 2 * processors:
                length, first = waiting.popleft()
                yield first.result()
                progress.step(length)
        for length, last in waiting:
            yield last.result()
            progress.step(length)


def _pieces(export: BinaryIO, form: str) -> Iterator[bytes]:
    """Yield whole rows, about a megabyte at a time."""
    held = b""
    while data := export.read(PIECE_BYTES):
        held += data
        cut = _cut(held, form)
        if cut:
            yield held[:cut]
            held = held[cut:]
        elif len(held) > 2 * PIECE_BYTES + ROW_BYTES:
            break  # no export has such a row: it is judged as it is
    while held:
        yield held
        held = export.read(PIECE_BYTES)


def _cut(data: bytes, form: str) -> int:
    """Return where the last whole row ends; 0 if there is none."""
    if form == "jsonl":
        return data.rfind(b"\n") + 1
    at = data.rfind(b'"\r\n')
    while at >= 0 and not _ends_row(data, at + 1):
        at = data.rfind(b'"\r\n', 0, at)
    return at + 3 if at >= 0 else 0


if __name__ == "__main__":
    raise SystemExit(main())
