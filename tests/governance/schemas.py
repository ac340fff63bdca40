"""Schemas that several tests build on."""

from typing import Any


def an_object(**properties: Any) -> dict[str, Any]:
    """Return a closed object schema."""
    return {
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }
