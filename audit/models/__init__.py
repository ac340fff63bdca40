"""Evidence, and the log that seals it."""

from audit.models.hold import Hold
from audit.models.log import (
    AnchorReceipt,
    Checkpoint,
    Leaf,
    LogKey,
    LogState,
    Node,
    TenantCount,
)
from audit.models.records import (
    Payload,
    Personal,
    Record,
    RecordQuerySet,
    Unsealed,
    _payload_id,
)

__all__ = [
    "AnchorReceipt",
    "Checkpoint",
    "Hold",
    "Leaf",
    "LogKey",
    "LogState",
    "Node",
    "Payload",
    "Personal",
    "Record",
    "RecordQuerySet",
    "TenantCount",
    "Unsealed",
    "_payload_id",  # the first migration knows it under this name
]
