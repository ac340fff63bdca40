"""Shapes of /v1 bodies: form only; what they mean is judged on the road."""

import re
from collections.abc import Mapping
from typing import Any, Final

from rest_framework import serializers

from governance.decision import Reason
from governance.errors import Problem
from proxy.asking import ToolCall

_KEY: Final = re.compile(r"[\x20-\x7e]{1,255}")
MODES: Final = ("now", "deferred", "explain")


class StrictText(serializers.CharField):
    """Text that must be text: no number or boolean is read as one, nothing trimmed."""

    def to_internal_value(self, data: object) -> str:
        """Return the text as it came."""
        if not isinstance(data, str):
            raise serializers.ValidationError(code="not_text")
        return data


class StrictSerializer(serializers.Serializer[Any]):
    """A body in which every member is known."""

    def to_internal_value(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Refuse members that nobody declared, with a pointer to each."""
        unknown = [name for name in data if name not in self.fields]
        if unknown:
            told = {name: ["This member is not known."] for name in unknown}
            raise serializers.ValidationError(told, code="unknown")
        values: dict[str, Any] = super().to_internal_value(data)
        return values


class SessionSerializer(StrictSerializer):
    """``{"label"?, "on_behalf_of"?}``."""

    label = StrictText(  # type: ignore[assignment]  # a member is called so, as in DRF
        max_length=200, required=False, allow_blank=True, default=""
    )
    on_behalf_of = StrictText(
        max_length=200, required=False, allow_blank=True, default=""
    )


class ClaimSerializer(StrictSerializer):
    """A call without ``claim``: what ``POST /v1/claims`` takes.

    A mint is nothing that could be explained without doing it.
    """

    tool = StrictText(max_length=100)
    args = serializers.DictField(default=dict)
    session_id = StrictText(max_length=40, required=False)
    reason = StrictText(max_length=2000, required=False, default="", allow_blank=True)
    mode = serializers.ChoiceField(MODES[:2], default="now")


class CallSerializer(ClaimSerializer):
    """What ``POST /v1/calls`` takes."""

    # Longer ones are malformed claims, which is for the claim's own check to say.
    claim = StrictText(required=False, allow_blank=True)
    mode = serializers.ChoiceField(MODES, default="now")


# One of each for the whole process: building the fields anew for every request costs
# more than checking it, and validating changes nothing in them.
CALL: Final = CallSerializer()
CLAIM: Final = ClaimSerializer()
SESSION: Final = SessionSerializer()


def tool_call(values: Mapping[str, Any], *, label: str, key: str | None) -> ToolCall:
    """Return the untrusted request; ``label`` and ``key`` come from its headers.

    Raises Problem ``invalid_request`` for a header that is not as it should be.
    """
    if key is not None and not _KEY.fullmatch(key):
        raise Problem(
            Reason.INVALID_REQUEST,
            "An Idempotency-Key has 1 to 255 printable ASCII characters.",
        )
    if len(label) > 200:  # noqa: PLR2004 (as in the message)
        raise Problem(
            Reason.INVALID_REQUEST, "A session label has at most 200 characters."
        )
    return ToolCall(
        tool=values["tool"],
        args=values["args"],
        session=values.get("session_id"),
        label=label or None,
        reason=values["reason"],
        claim=values.get("claim"),
        mode=values["mode"],
        idempotency_key=key,
    )
