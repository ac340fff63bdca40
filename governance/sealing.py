"""Secrets of channels: sealed under the newest key of keys, opened for their use."""

import os

from governance.envelope import Context, Secret, open_secret, seal_secret
from governance.keys import kek, newest_kek_id


def sealed(plain: str, *, place: Context) -> str:
    """Return the text to store; it opens for this very place only."""
    kek_id = newest_kek_id()
    return seal_secret(
        plain.encode(), kek_id=kek_id, kek=kek(kek_id), aad=place, random=os.urandom
    )


def opened(text: str, *, place: Context) -> Secret:
    """Open what ``sealed`` made.  Raises SealBroken or KeyUnavailable."""
    return open_secret(text, keks=kek, aad=place)
