"""Values that a person can't read: their size and digest, and the bytes themselves."""

import hashlib
from dataclasses import dataclass

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from approvals.display import reviewable
from approvals.display.encoded import decoded
from approvals.display.leaves import Leaf, leaves
from approvals.models import Approval
from approvals.views.finding import find
from governance.access import PersonRequest
from governance.arguments import JSON, parse_json


@dataclass(frozen=True, slots=True)
class Blob:
    """An unreadable value, and a sentence that says why it is one."""

    pointer: str
    why: str
    media_type: str
    size: int
    sha256: str


def blobs(approval: Approval, args: dict[str, JSON]) -> list[Blob]:
    """Return what of the arguments nobody can judge by reading it."""
    schema = approval.route_version.arguments_schema
    whys = {each.pointer: each.why for each in reviewable(args, schema)}
    found = (leaf for leaf in leaves(args, schema) if leaf.pointer in whys)
    return [_blob(leaf, _(whys[leaf.pointer])) for leaf in found]


def _blob(leaf: Leaf, why: str) -> Blob:
    content = _content(leaf)
    declared = next(leaf.declares("contentMediaType"), _("not declared"))
    digest = hashlib.sha256(content).hexdigest()
    return Blob(leaf.pointer, why, str(declared), len(content), digest)


def _content(leaf: Leaf) -> bytes:
    text = leaf.value if isinstance(leaf.value, str) else ""
    return decoded(text) or text.encode()


@require_safe
def download(request: PersonRequest, approval_id: str) -> HttpResponse:
    """Hand out the bytes of one value, as a file that no browser runs."""
    approval, pointer = find(request, approval_id), request.GET.get("pointer", "")
    args = parse_json(bytes(approval.payload.request)) if approval.payload else {}
    schema = approval.route_version.arguments_schema
    leaf = next((e for e in leaves(args, schema) if e.pointer == pointer), None)
    if leaf is None:
        raise Http404
    response = HttpResponse(_content(leaf), content_type="application/octet-stream")
    response.headers["Content-Disposition"] = 'attachment; filename="value.bin"'
    return response
