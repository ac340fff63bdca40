"""Form fields: text that people edit, values that services take."""

import json
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from governance.arguments import InvalidJson, parse_json

_JSON_ROWS: Final = 14


class JsonObjectField(forms.CharField):
    """A JSON object as indented text, read as strictly as what agents send.

    ``{}`` is an object like any other: only a blank text is none.
    """

    empty_values = [None, ""]

    def __init__(self, **options: Any) -> None:
        attrs = {"rows": _JSON_ROWS, "spellcheck": "false", "class": "json"}
        super().__init__(widget=forms.Textarea(attrs=attrs), **options)

    def prepare_value(self, value: Any) -> Any:
        """Show an object as text; what was typed stays as it was."""
        if isinstance(value, str):
            return value
        return json.dumps(value or {}, indent=2, ensure_ascii=False)

    def to_python(self, value: Any) -> Any:
        """Return the object."""
        text = super().to_python(value) or ""
        if not text.strip():
            return None if self.required else {}
        try:
            return parse_json(text.encode())
        except InvalidJson as error:
            raise ValidationError(
                _("This is not valid JSON. %(why)s") % {"why": error}
            ) from error

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare objects, not the way they are written."""
        try:
            return bool((initial or {}) != (self.to_python(data or "") or {}))
        except ValidationError:
            return True


class LinesField(forms.CharField):
    """A list of short texts, one a line."""

    def __init__(self, **options: Any) -> None:
        attrs = {"rows": 4, "spellcheck": "false"}
        super().__init__(widget=forms.Textarea(attrs=attrs), **options)

    def prepare_value(self, value: Any) -> Any:
        """Show a list as lines."""
        return value if isinstance(value, str) else "\n".join(value or [])

    def to_python(self, value: Any) -> Any:
        """Return the lines that are not empty."""
        lines = (line.strip() for line in (super().to_python(value) or "").splitlines())
        return [line for line in lines if line]

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare lists, not blank lines."""
        return bool((initial or []) != self.to_python(data or ""))
