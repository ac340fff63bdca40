"""How sending a message fails, whatever it travels by.  Pure."""


class SendFailed(Exception):
    """A message was not taken; ``code`` is ours, ``is_permanent`` means never again.

    ``retry_after`` are the seconds that the other side asks us to wait, or 0.
    """

    def __init__(self, code: str, *, is_permanent: bool, retry_after: int = 0) -> None:
        super().__init__(code)
        self.code = code
        self.is_permanent = is_permanent
        self.retry_after = retry_after


MOST_SECONDS = 3600
_MOST_DIGITS = 9  # Python reads no number of thousands of them


def seconds_asked(header: str) -> int:
    """Return what a ``Retry-After`` asks for, within an hour; dates are not read."""
    digits = header.strip()
    if not (digits.isascii() and digits.isdigit()):
        return 0
    is_long = len(digits) > _MOST_DIGITS
    return MOST_SECONDS if is_long else min(int(digits), MOST_SECONDS)
