"""Loading a file: all of it, or nothing."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from governance.loading.document import DocumentInvalid, parse
from governance.loading.tenant import TenantLoading
from governance.models import Tenant, User
from governance.refusals import Refused


@dataclass(frozen=True, slots=True)
class Secrets:
    """Where the secrets are that the file names and never holds."""

    folder: Path
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)

    def read(self, lane: Mapping[str, Any]) -> str | None:
        """Return a lane's secret; None where the file names none.

        Raises Refused if it is not there; never with a word of it.
        """
        if (name := _word(lane, "secret_env")) is not None:
            if name not in self.environment:
                raise Refused({"secret_env": [f"The environment has no {name}."]})
            return self.environment[name]
        if (path := _word(lane, "secret_file")) is None:
            return None
        try:
            return (self.folder / path).read_text("utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            said = f"The secret file {path} can't be read."
            raise Refused({"secret_file": [said]}) from error


def _word(said: Mapping[str, Any], name: str) -> str | None:
    value: str | None = said.get(name)
    return value


def load(
    text: str,
    *,
    secrets: Secrets,
    by: User | None,
    now: datetime,
    only: str | None = None,
    check: bool = False,
) -> list[str]:
    """Make the database say what the file says; a line for each difference.

    With ``check`` everything is done, told and taken back.  Raises DocumentInvalid;
    then nothing was changed.
    """
    document = parse(text)
    chosen = _chosen(document.tenants, only)
    digest = hashlib.sha256(text.encode()).hexdigest()
    with transaction.atomic():
        lines: list[str] = []
        for slug, said in chosen.items():
            tenant = Tenant.objects.filter(slug=slug).first() or Tenant(slug=slug)
            loading = TenantLoading(
                tenant, document.lines, read_secret=secrets.read, by=by, now=now
            )
            loading.load(said)
            lines += loading.recorded(digest)
        transaction.set_rollback(check)
    return lines


def _chosen(tenants: Mapping[str, Any], only: str | None) -> Mapping[str, Any]:
    if only is None:
        return tenants
    if only not in tenants:
        raise DocumentInvalid([f"The file has no tenant “{only}”."])
    return {only: tenants[only]}
