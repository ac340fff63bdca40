"""``/audit/log/``: how far sealing got, and all that an auditor takes away."""

import json
from typing import Final, TypeVar

from django.db import transaction
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone

from audit import assembly
from audit.exports.bundle import hashes_up_to, read_piece
from audit.logpage import look
from audit.models import Checkpoint, LogKey, Record
from audit.proofs import consistency_of, in_base64, proof_of
from audit.services import record
from audit.views.access import AuditRequest, AuditView
from audit.views.pages import page

MOST_DIGITS: Final = 19
_Response = TypeVar("_Response", bound=HttpResponseBase)


class LogView(AuditView):
    """The log's page."""

    def get(self, request: AuditRequest) -> HttpResponse:
        """Show size, lag, anchors, the key, and what can be taken away."""
        shown = {"log": look(now=timezone.now()), "scope": request.audit_scope}
        return page(request, "audit/log.html", shown)


class CheckpointView(AuditView):
    """``/audit/log/checkpoint``: the newest, or the one of ``?size=``."""

    def get(self, request: AuditRequest) -> HttpResponse:
        """Send the signed note."""
        return _file(checkpoint_of(request.GET.get("size")).note, "checkpoint")


class KeysView(AuditView):
    """``/audit/log/vkey.txt``: the verifier keys of the log, newest first."""

    def get(self, request: AuditRequest) -> HttpResponse:
        """Send one key a line."""
        newest = LogKey.objects.order_by("-id").first()
        if newest is None:
            raise Http404
        known = LogKey.objects.filter(origin=newest.origin).order_by("-id")
        return _file("".join(f"{key.vkey}\n" for key in known), "vkey.txt")


class VerifierView(AuditView):
    """``/audit/log/verify.py``: the verifier itself."""

    def get(self, request: AuditRequest) -> HttpResponse:
        """Send the file."""
        return _file(assembly.VERIFIER.read_text("utf-8"), "verify.py")


class HashesView(AuditView):
    """``/audit/log/hashes.bin``: the hash of every leaf below a checkpoint."""

    def get(self, request: AuditRequest) -> HttpResponseBase:
        """Stream 32 bytes a leaf.  They say nothing of what was recorded."""
        size = checkpoint_of(request.GET.get("size")).size
        pieces = map(read_piece, hashes_up_to(size))
        response = StreamingHttpResponse(
            pieces, content_type="application/octet-stream"
        )
        response["Content-Length"] = str(size * 32)
        return _attached(response, "hashes.bin")


class ConsistencyView(AuditView):
    """``/audit/log/consistency``: that an earlier size is a prefix of a later one."""

    def get(self, request: AuditRequest) -> HttpResponse:
        """Send the proof from ``?from=`` to ``?size=``, as the verifier takes it."""
        later = checkpoint_of(request.GET.get("size"))
        earlier = checkpoint_of(request.GET.get("from"))
        try:
            proof = in_base64(consistency_of(earlier.size, later))
        except IndexError as error:
            raise Http404 from error
        told = {"from": earlier.size, "to": later.size, "proof": proof}
        return _file(f"{json.dumps(told)}\n", f"consistency-{earlier.size}.jsonl")


class ProofView(AuditView):
    """``/audit/records/{id}/proof``: one record's proof, as ``.tlog-proof``."""

    def get(self, request: AuditRequest, record_id: str) -> HttpResponse:
        """Send the proof, and record that it left."""
        mine = Record.objects.visible_to(request.audit_scope).filter(pk=record_id)
        told = mine.values("tenant").first()
        proof = proof_of(record_id) if told else None
        if told is None or proof is None:
            raise Http404
        with transaction.atomic():
            record(
                "proof.exported",
                now=timezone.now(),
                tenant=told["tenant"],
                person=request.user.get_username(),
                detail={"record": record_id, "size": proof.checkpoint.size},
            )
        return _file(proof.as_text(), f"{record_id}.tlog-proof")


def checkpoint_of(size: str | None) -> Checkpoint:
    """Return the checkpoint of this size, by default the newest.

    Raises Http404 if there is none.
    """
    found = Checkpoint.objects.newest()
    if size is not None:
        is_number = size.isascii() and size.isdecimal() and len(size) < MOST_DIGITS
        number = int(size) if is_number else -1
        found = Checkpoint.objects.filter(size=number).first()
    if found is None:
        raise Http404
    return found


def _file(text: str, name: str) -> HttpResponse:
    response = HttpResponse(text, content_type="text/plain; charset=utf-8")
    return _attached(response, name)


def _attached(response: _Response, name: str) -> _Response:
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    return response
