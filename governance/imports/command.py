"""What a pasted command asks for.  Pure."""

from dataclasses import dataclass, field

from governance.imports.proposal import Proposal


@dataclass(frozen=True, slots=True)
class Command:
    """Where a command goes, with which credential, and the route proposed for it.

    ``path`` in the proposal's mapping is the whole one; ``secret`` is empty where the
    command had only a name for it, and ``placement`` where it had no credential.
    """

    origin: str
    host: str
    proposal: Proposal
    placement: dict[str, str] = field(default_factory=dict)
    secret: str = field(default="", repr=False)
