"""Formats of dates; what is not here is Django's."""

from typing import Final

DATETIME_FORMAT: Final = "j M Y, H:i e"
SHORT_DATETIME_FORMAT: Final = "Y-m-d H:i e"
