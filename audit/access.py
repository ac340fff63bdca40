"""Whose evidence a person may read; the layer above says so on the request."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class AuditScope:
    """The slugs of the tenants that a person may audit; None is the operator's all.

    Records of no tenant (the installation's own) are the operator's alone.
    """

    tenants: frozenset[str] | None

    @property
    def is_empty(self) -> bool:
        """Whether there is no tenant at all that the person may audit."""
        return self.tenants is not None and not self.tenants

    def covers(self, tenant: str | None) -> bool:
        """Whether the records of this tenant may be read."""
        return self.tenants is None or tenant in self.tenants


NOTHING: Final = AuditScope(frozenset())
