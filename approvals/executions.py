"""What became of what was approved: the layer above knows, and is asked by name."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from django.conf import settings
from django.utils.module_loading import import_string


@dataclass(frozen=True, slots=True)
class Execution:
    """The latest call of an approval; ``sentence`` says how it went."""

    call_id: str
    state: str
    sentence: str
    at: datetime


def executions(approval_ids: Iterable[str]) -> Mapping[str, Execution]:
    """Return the latest call of each approval that has one, in one query."""
    ids = [each for each in approval_ids if each]
    found = import_string(settings.EXECUTIONS)(ids) if ids else {}
    return cast("Mapping[str, Execution]", found)
