"""Faces of votes that are refused; people read these on a page."""

from typing import Final

from governance.decision import Reason
from governance.faces.face import Face

VOTE_FACES: Final = {
    Reason.VOTE_NO_SEAT: Face(
        403,
        "No vote here",
        "You are not among the people who decide on this.",
        "Leave it to the approver group that the page names.",
    ),
    Reason.VOTE_EXCLUDED: Face(
        403,
        "Excluded from this vote",
        "You are too close to this request to decide on it.",
        "Leave it to somebody else of the approver group.",
    ),
    Reason.VOTE_STALE_FINGERPRINT: Face(
        409,
        "Request changed",
        "What you saw is not what stands here now; your vote was not counted.",
        "Read the page again, then decide.",
    ),
    Reason.VOTE_CLOSED: Face(
        409,
        "Already decided",
        "This was decided or has ended before your vote came; it was not counted.",
        "Look at the page to see how it ended.",
    ),
    Reason.VOTE_SIGN_IN_STALE: Face(
        403,
        "Sign in again",
        "You signed in too long ago to decide on this.",
        "Confirm that it is you, then vote again.",
    ),
    Reason.VOTE_NOT_REVIEWABLE: Face(
        403,
        "Not shown in full",
        "This can only be approved where all of it has been shown.",
        "Open the full view, read it, then decide.",
    ),
}
