"""How borrowing fails: a sentence for the agent, and a note that says what to mend."""

from collections.abc import Mapping
from typing import Any, Final

from governance.decision import Reason
from governance.errors import Denied
from proxy.credentials.loans import GiveBack

_USUAL: Final = "The lane's credential could not be borrowed."


class NotLent(Denied):
    """No credential came; ``note`` is for records and admins, never an issuer's words.

    ``status`` is the issuer's, if it answered.
    """

    def __init__(
        self, note: str, *, status: int | None = None, detail: str = _USUAL
    ) -> None:
        self.note = note
        self.status = status
        super().__init__(Reason.CREDENTIAL_UNAVAILABLE, detail)


class TooBroad(NotLent):
    """What came is not what was asked for; it is given back and not used."""

    def __init__(
        self,
        note: str,
        *,
        granted: Mapping[str, Any],
        give_back: GiveBack | None = None,
        secret: str = "",
    ) -> None:
        self.granted = granted
        self.give_back = give_back
        self.secret = secret
        super().__init__(note)
