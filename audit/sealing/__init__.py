"""Sealing: records get their places in the Merkle log, and checkpoints are signed.

signing.py      PURE  the text of a checkpoint, and its signatures
batches.py            one batch: places, subtrees, checkpoint, in one transaction
keys.py               which keys sign, and under which origin
repairs.py            records that somebody took out of the outbox
heartbeats.py         how many records there are, said in the log itself
lag.py                how far sealing is behind
rollbacks.py          a database that is behind its last anchor
standing.py           whether calls may go on
"""

from audit.sealing.batches import BATCH, seal, seal_all
from audit.sealing.heartbeats import beat
from audit.sealing.keys import ForeignKey, change_key, current_key
from audit.sealing.lag import unsealed_age, watch
from audit.sealing.repairs import repair
from audit.sealing.rollbacks import (
    RolledBack,
    accept,
    contradiction,
    detect,
    rollback_in_sight,
)
from audit.sealing.standing import insist, trouble

__all__ = [
    "BATCH",
    "ForeignKey",
    "RolledBack",
    "accept",
    "beat",
    "change_key",
    "contradiction",
    "current_key",
    "detect",
    "insist",
    "repair",
    "rollback_in_sight",
    "seal",
    "seal_all",
    "trouble",
    "unsealed_age",
    "watch",
]
