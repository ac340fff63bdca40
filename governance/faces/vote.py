"""Faces of votes that are refused; people read these on a page."""

from typing import Final

from django.utils.translation import gettext_noop as _

from governance.decision import Reason
from governance.faces.face import Face

VOTE_FACES: Final = {
    Reason.VOTE_NO_SEAT: Face(
        403,
        _("No vote here"),
        _("You are not among the people who decide on this."),
        _("Leave it to the approver group that the page names."),
    ),
    Reason.VOTE_EXCLUDED: Face(
        403,
        _("Excluded from this vote"),
        _("You are too close to this request to decide on it."),
        _("Leave it to somebody else of the approver group."),
    ),
    Reason.VOTE_STALE_FINGERPRINT: Face(
        409,
        _("Request changed"),
        _("What you saw is not what stands here now; your vote was not counted."),
        _("Read the page again, then decide."),
    ),
    Reason.VOTE_CLOSED: Face(
        409,
        _("Already decided"),
        _("This was decided or has ended before your vote came; it was not counted."),
        _("Look at the page to see how it ended."),
    ),
    Reason.VOTE_SIGN_IN_STALE: Face(
        403,
        _("Sign in again"),
        _("You signed in too long ago to decide on this."),
        _("Confirm that it is you, then vote again."),
    ),
    Reason.VOTE_NOT_REVIEWABLE: Face(
        403,
        _("Not shown in full"),
        _("This can only be approved where all of it has been shown."),
        _("Open the full view, read it, then decide."),
    ),
}
