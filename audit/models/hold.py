"""Legal holds: what neither retention nor an erasure may take."""

from typing import Self

from django.db import models
from django.db.models import Q


class HoldQuerySet(models.QuerySet["Hold"]):
    """Holds of tenants."""

    def open(self) -> Self:
        """Keep those that still hold."""
        return self.filter(released_at__isnull=True)


class Hold(models.Model):
    """The records of one tenant that a search with these filters finds, then and later.

    ``filters`` is the query of the search's URL: ``{"agent": "ci-agent"}``.
    """

    tenant = models.CharField(max_length=63, editable=False)
    filters = models.JSONField(default=dict, editable=False)
    why = models.TextField(editable=False)
    placed_at = models.DateTimeField(editable=False)
    released_at = models.DateTimeField(null=True, editable=False)

    objects = HoldQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(why=""), name="hold_has_a_reason")
        ]

    def __str__(self) -> str:
        return f"hold {self.pk} of {self.tenant}"
