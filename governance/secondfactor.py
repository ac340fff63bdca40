"""Second factors: the secrets behind one-time codes lie sealed in the database.

Whoever reads the table could otherwise make every person's codes.
"""

import os
from typing import Final

from allauth.mfa.adapter import DefaultMFAAdapter

from governance.envelope import Context, open_secret, seal_secret
from governance.keys import kek, newest_kek_id

# allauth does not say whose secret it is, so the envelope is bound to its use alone.
PLACE: Final = Context("people", "second-factor", "secret", 1)


class SecondFactorAdapter(DefaultMFAAdapter):
    """allauth's hooks for second factors, with sealed secrets."""

    def encrypt(self, text: str) -> str:
        """Seal a secret under the newest key of keys.

        Raises KeyUnavailable without one: then no factor is enrolled.
        """
        kek_id = newest_kek_id()
        return seal_secret(
            text.encode(),
            kek_id=kek_id,
            kek=kek(kek_id),
            aad=PLACE,
            random=os.urandom,
        )

    def decrypt(self, encrypted_text: str) -> str:
        """Open a sealed secret.  Raises SealBroken if it is not one of ours."""
        return open_secret(encrypted_text, keks=kek, aad=PLACE).reveal()
