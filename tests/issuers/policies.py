"""A small evaluator of session policies: Allow statements only, `*` within a text."""

import re
from collections.abc import Mapping
from typing import Any


def allows(policy: Mapping[str, Any], *, action: str, resource: str) -> bool:
    """Answer whether a policy allows an action on a resource."""
    return any(
        statement["Effect"] == "Allow"
        and _fits(statement["Action"], action)
        and _fits(statement["Resource"], resource)
        for statement in policy["Statement"]
    )


def _fits(patterns: str | list[str], value: str) -> bool:
    listed = [patterns] if isinstance(patterns, str) else patterns
    return any(_pattern(each).fullmatch(value) for each in listed)


def _pattern(text: str) -> re.Pattern[str]:
    pieces = (re.escape(each) for each in text.split("*"))
    return re.compile(".*".join(pieces), re.DOTALL)
