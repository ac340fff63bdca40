"""Letting a lane prove its settings, and writing down that it was done."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from audit.services import record
from governance.above import Proof, prove_lane
from governance.models import CredentialLane, User
from governance.services.evidence import author


def prove(lane: CredentialLane, *, by: User | None, now: datetime) -> Sequence[Proof]:
    """Ask the issuer whether it would lend, and record what came out.

    Nothing of the remote system is touched.  Not in a transaction: the network is.
    """
    proofs = prove_lane(lane, now=now)
    with transaction.atomic():
        record(
            "lane.tested",
            now=now,
            tenant=lane.tenant.slug,
            lane=lane.name,
            detail={
                "good": all(proof.is_good for proof in proofs),
                "said": [proof.sentence for proof in proofs],
            },
            **author(by),
        )
    return proofs
