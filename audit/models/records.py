"""Evidence: what happened, beside it what is personal, and what waits to be sealed.

Records copy values; nothing here points at a row that may change or vanish.
"""

from typing import Final, Self

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from audit.access import AuditScope
from audit.columns import PERSONAL, salt_of
from audit.ids import new_id

ID_LENGTH: Final = 40


def _text() -> "models.TextField[str | None, str | None]":
    """Return a text column where absent means NULL, so that no leaf holds it."""
    return models.TextField(null=True, editable=False)


def _salt() -> "models.BinaryField[bytes | None, bytes | None]":
    return models.BinaryField(null=True, editable=False)


def _bloom(name: str, *columns: str) -> BrinIndex:
    """Return an index of what is looked up whole and rarely: a filter for some pages.

    Its rows must fit a page whatever they cover, so their size is said here.
    """
    kind = "text_bloom_ops(n_distinct_per_range=600)"
    return BrinIndex(
        name=name,
        fields=columns,
        opclasses=[kind] * len(columns),
        pages_per_range=64,
        autosummarize=True,
    )


def _is_set(column: str) -> Q:
    return Q(**{f"{column}__isnull": False})


class RecordQuerySet(models.QuerySet["Record"]):
    """Evidence, as a reader may see it."""

    def visible_to(self, scope: AuditScope) -> Self:
        """Keep what a person with this scope may read."""
        if scope.tenants is None:
            return self
        return self.filter(tenant__in=scope.tenants)

    def of_call(self, call_id: str) -> Self:
        """Keep the records of one call, in the order in which they were made."""
        return self.filter(call_id=call_id).order_by("id")


class Record(models.Model):
    """One event: its leaf bytes, and its clear columns as an index of the leaf.

    The database refuses UPDATE, DELETE and TRUNCATE (migration 0002).
    """

    class Outcome(models.TextChoices):
        """How the event ended; fixed by the event."""

        ALLOWED = "allowed", _("Allowed")
        ASKED = "asked", _("Asked")
        DENIED = "denied", _("Denied")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        UNKNOWN = "unknown", _("Unknown")

    id = models.CharField(primary_key=True, max_length=ID_LENGTH, editable=False)
    version = models.PositiveSmallIntegerField(editable=False)
    at = models.DateTimeField(editable=False)
    event = models.CharField(max_length=60, editable=False)
    outcome = models.CharField(max_length=10, choices=Outcome, editable=False)
    reason = _text()
    tenant = _text()
    actor_kind = models.CharField(max_length=10, editable=False)
    agent = _text()
    tool = _text()
    risk = _text()
    backend = _text()
    backend_origin = _text()
    session_id = _text()
    call_id = _text()
    approval_id = _text()
    claim_id = _text()
    claim_nonce = _text()
    claim_use = models.PositiveIntegerField(null=True, editable=False)
    claim_max_uses = models.PositiveIntegerField(null=True, editable=False)
    scope = _text()
    lane = _text()
    credential = _text()
    route_version = models.PositiveIntegerField(null=True, editable=False)
    route_digest = _text()
    policy = _text()
    policy_epoch = models.PositiveBigIntegerField(null=True, editable=False)
    request_id = _text()
    trace_id = _text()
    door = models.CharField(max_length=10, editable=False)
    software = _text()
    detail = models.JSONField(null=True, editable=False)
    leaf = models.BinaryField(editable=False)

    objects = RecordQuerySet.as_manager()

    class Meta:
        # Every call pays for each index twice: few, and most of them partial.
        # Ids sort by time, so an index that ends in the id serves newest first; with
        # what the search filters by inside, a rare match is found without the rows.
        indexes = [
            models.Index(
                fields=["tenant", "id"],
                name="record_tenant",
                include=[
                    "at",
                    "event",
                    "outcome",
                    "reason",
                    "agent",
                    "tool",
                    "backend",
                    "lane",
                ],
            ),
            # Times grow with the table, so a few pages of summary find a window.
            BrinIndex(fields=["at"], name="record_at", autosummarize=True),
            models.Index(
                fields=["call_id"], name="record_call", condition=_is_set("call_id")
            ),
            models.Index(
                fields=["session_id", "id"],
                name="record_session",
                condition=_is_set("session_id"),
            ),
            models.Index(
                fields=["approval_id"],
                name="record_approval",
                condition=_is_set("approval_id"),
            ),
            models.Index(
                fields=["claim_id"], name="record_claim", condition=_is_set("claim_id")
            ),
            # By its beginning: what begins so may be rare among millions.
            models.Index(
                fields=["scope"],
                name="record_scope",
                opclasses=["text_pattern_ops"],
                condition=_is_set("scope"),
            ),
            _bloom(
                "record_named", "request_id", "trace_id", "claim_nonce", "route_digest"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.id}"


def _with_its_salt(column: str) -> Q:
    salt = salt_of(column)
    neither = Q(**{f"{column}__isnull": True, f"{salt}__isnull": True})
    return neither | (_is_set(column) & _is_set(salt))


def _all_with_their_salts() -> Q:
    rule = Q()
    for column in PERSONAL:
        rule &= _with_its_salt(column)
    return rule


class Personal(models.Model):
    """The personal values of one record with their salts; the leaf commits to them.

    Erasing sets a value and its salt to NULL, which breaks no proof and, the salt
    being gone, leaves nothing to guess.  The database allows no other change.
    """

    # No constraint in the database: one statement writes both rows and nothing but
    # retention removes them, while the check would lock the record of every call.
    record = models.OneToOneField(
        Record,
        on_delete=models.DO_NOTHING,
        primary_key=True,
        db_constraint=False,
        related_name="personal",
        editable=False,
    )
    person = _text()
    on_behalf_of = _text()
    args_digest = _text()
    summary_digest = _text()
    fingerprint = _text()
    summary = _text()
    stated_reason = _text()
    approvers = _text()  # canonical JSON, as it was committed to
    client_address = _text()
    person_salt = _salt()
    on_behalf_of_salt = _salt()
    args_digest_salt = _salt()
    summary_digest_salt = _salt()
    fingerprint_salt = _salt()
    summary_salt = _salt()
    stated_reason_salt = _salt()
    approvers_salt = _salt()
    client_address_salt = _salt()

    class Meta:
        verbose_name_plural = _("personal values")
        constraints = [
            models.CheckConstraint(
                name="personal_value_with_its_salt", condition=_all_with_their_salts()
            )
        ]
        indexes = [
            # With the record's id: whoever acted a hundred thousand times is joined
            # to the records without a look at the rows.
            models.Index(
                fields=["person", "record"],
                name="personal_of_person",
                condition=_is_set("person"),
            ),
            models.Index(
                fields=["args_digest"],
                name="personal_args_digest",
                condition=_is_set("args_digest"),
            ),
            # A short code is the beginning of a fingerprint: found by prefix.
            models.Index(
                fields=["fingerprint"],
                name="personal_fingerprint",
                opclasses=["text_pattern_ops"],
                condition=_is_set("fingerprint"),
            ),
            _bloom("personal_summary_digest", "summary_digest"),
        ]

    def __str__(self) -> str:
        return f"personal values of {self.pk}"


class Unsealed(models.Model):
    """A record that waits to be given its place in the log; the sealer takes it out."""

    record_id = models.CharField(primary_key=True, max_length=ID_LENGTH, editable=False)
    leaf_hash = models.BinaryField(editable=False)

    class Meta:
        verbose_name_plural = _("unsealed")

    def __str__(self) -> str:
        return self.record_id


def _payload_id() -> str:
    return new_id("pay")


class Payload(models.Model):
    """The bytes of a request and its result, kept for a while; digests stay."""

    id = models.CharField(
        primary_key=True, max_length=ID_LENGTH, default=_payload_id, editable=False
    )
    tenant = models.CharField(max_length=63)
    request = models.BinaryField()
    result = models.BinaryField(null=True)
    result_content_type = models.CharField(max_length=255, blank=True, default="")
    result_status = models.PositiveSmallIntegerField(null=True)
    created_at = models.DateTimeField()
    keep_until = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["keep_until"], name="payload_keep_until")]

    def __str__(self) -> str:
        return self.id
