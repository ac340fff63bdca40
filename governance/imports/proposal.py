"""What an import proposes for one route.  Pure."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from governance.arguments import canonical


class SourceRefused(Exception):
    """A source that nothing was imported from; ``sentences`` say why.

    They never repeat what may be a secret.
    """

    def __init__(self, *sentences: str) -> None:
        self.sentences = list(sentences)
        super().__init__(" ".join(sentences))


@dataclass(frozen=True, slots=True)
class Proposal:
    """One route as its source describes it; an admin completes it.

    ``key`` names it in the source, as in ``GET /pets/{id}``; ``definition`` is what
    the source says, and ``digest`` stands for it.  ``fields`` are those of a route's
    version, ``problems`` (by field) keep it from being published until the field is
    changed, ``notes`` are what else an admin should read.
    """

    key: str
    digest: str
    definition: Mapping[str, Any]
    tool: str
    fields: Mapping[str, Any]
    problems: Mapping[str, list[str]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def definition_digest(domain: bytes, definition: Any) -> str:
    """Return ``sha256:…`` over a definition.

    Raises InvalidJson if it has no canonical form.
    """
    digest = hashlib.sha256(domain + b"\0" + canonical(definition))
    return f"sha256:{digest.hexdigest()}"
