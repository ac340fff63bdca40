"""The Merkle log: leaves, full subtrees, signed checkpoints, and where they went.

All of it but the last two is append-only (migration 0005).  What those two hold only
saves work: nothing that is proved depends on them.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from audit.models.records import Record


class Leaf(models.Model):
    """The place of a record in the log."""

    index = models.BigIntegerField(primary_key=True, editable=False)
    # No constraint in the database: retention takes records, never their places.
    record = models.OneToOneField(
        Record,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="sealed",
        editable=False,
    )
    leaf_hash = models.BinaryField(editable=False)

    class Meta:
        verbose_name_plural = _("leaves")

    def __str__(self) -> str:
        return f"{self.index} {self.record_id}"


class Node(models.Model):
    """The root of a full subtree of 256^level leaves, the ``position``-th of them."""

    level = models.PositiveSmallIntegerField(editable=False)
    position = models.BigIntegerField(editable=False)
    hash = models.BinaryField(editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["level", "position"], name="node_once")
        ]

    def __str__(self) -> str:
        return f"{self.level}/{self.position}"


class CheckpointQuerySet(models.QuerySet["Checkpoint"]):
    """Signed checkpoints."""

    def newest(self) -> "Checkpoint | None":
        """Return the last one, which covers everything that is sealed."""
        return self.order_by("-size").first()


class Checkpoint(models.Model):
    """A signed note over the tree of this size; two of one size can't exist."""

    size = models.BigIntegerField(primary_key=True, editable=False)
    root = models.BinaryField(editable=False)
    edge = models.BinaryField(editable=False)
    note = models.TextField(editable=False)
    at = models.DateTimeField(editable=False)

    objects = CheckpointQuerySet.as_manager()

    def __str__(self) -> str:
        return f"size {self.size}"


class AnchorReceipt(models.Model):
    """A checkpoint that arrived outside of this database."""

    anchor = models.CharField(max_length=20, editable=False)
    size = models.BigIntegerField(editable=False)
    at = models.DateTimeField(editable=False)

    class Meta:
        indexes = [
            models.Index(fields=["anchor", "-id"], name="anchorreceipt_newest"),
            # Which was the first to cover a record.
            models.Index(fields=["size", "id"], name="anchorreceipt_covering"),
        ]

    def __str__(self) -> str:
        return f"{self.anchor}: size {self.size}"


class LogKey(models.Model):
    """A verifier key of the log: origin, id and public half, and from which size on.

    Who trusts a key trusts what was passed on outside of this database.
    """

    vkey = models.TextField(unique=True, editable=False)
    origin = models.TextField(editable=False)
    from_size = models.BigIntegerField(editable=False)
    at = models.DateTimeField(editable=False)

    def __str__(self) -> str:
        return self.vkey


class LogState(models.Model):
    """One row: what is being waited for, so that each change is recorded once."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    rollback_detected_at = models.DateTimeField(null=True)
    rollback = models.TextField(blank=True, default="")
    lagging_since = models.DateTimeField(null=True)
    repaired_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    counted_to = models.BigIntegerField(default=0)
    failing_anchors = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="logstate_only_one")
        ]

    def __str__(self) -> str:
        return "the log's state"


class TenantCount(models.Model):
    """How many of a tenant's records lie below ``LogState.counted_to``."""

    tenant = models.TextField(primary_key=True)
    records = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.tenant}: {self.records}"
