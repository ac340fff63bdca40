"""The one table of public faces: a row for every ``Reason``, in files by noun."""

from typing import Final

from governance.decision import Reason
from governance.faces.approval import APPROVAL_FACES
from governance.faces.backend import BACKEND_FACES
from governance.faces.claim import CLAIM_FACES
from governance.faces.door import DOOR_FACES
from governance.faces.face import Face
from governance.faces.policy import POLICY_FACES
from governance.faces.vote import VOTE_FACES

__all__ = ["FACES", "Face"]

FACES: Final[dict[Reason, Face]] = {
    **DOOR_FACES,
    **POLICY_FACES,
    **APPROVAL_FACES,
    **CLAIM_FACES,
    **VOTE_FACES,
    **BACKEND_FACES,
}
