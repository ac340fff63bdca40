"""The log of the evidence must not know less than its anchor does."""

from collections.abc import Iterator

from django.core.checks import CheckMessage

from audit.sealing import rollback_in_sight
from governance import logbook
from governance.checks.refusal import refusal


def rolled_back_log() -> Iterator[CheckMessage]:
    """Yield a problem if the database is behind its anchor, or contradicts it.

    Where there is no anchor's file yet, as on the first start, there is none.
    """
    try:
        found = rollback_in_sight()
    except OSError as error:
        # A process that does not seal need not reach the file: what the sealer has
        # found is in the database.
        if logbook.private_keys():
            yield refusal(
                "anchor_unreadable",
                f"AUDIT_ANCHOR_FILE can't be read ({error.strerror}), so nobody can "
                "tell whether the database was rolled back: mend its owner.",
            )
        return
    if found:
        yield refusal(
            "rolled_back",
            f"The database was rolled back, or rewritten: {found}. Put the newer one "
            "back; if there is none, `manage.py log accept-rollback --reason …` goes "
            "on from here, and revokes every live claim.",
        )
