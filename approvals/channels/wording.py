"""Our words for each event that people are told of, ready for translation."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

OPEN: Final = _("Open")


@dataclass(frozen=True, slots=True)
class Saying:
    """How one event is told; ``prefix`` stands in the subject.

    ``{yes}`` is "approved" or, where nobody else did, "confirmed by its owner".
    """

    prefix: Promise | str
    lead: Promise | str
    action: Promise | str = OPEN
    is_question: bool = False

    def said(self, *, yes: object = "") -> str:
        """Return the lead, with the word for the yes that it was."""
        return str(self.lead).format(yes=yes)


APPROVED: Final = _("approved")
CONFIRMED: Final = _("confirmed by its owner")
YOUR_OWN: Final = _("You own this agent: your yes confirms your own agent's action.")
BUNDLED: Final = _(
    "Agents asked for {count} decisions within minutes, so they come in one message."
    " Nothing runs until enough people approve each of them."
)
BUNDLE_OVER: Final = _(
    "Agents asked for {count} decisions within minutes. None of them waits any more."
)

SAYINGS: Final[Mapping[str, Saying]] = {
    "requested": Saying(
        "",
        _("An agent asks for your decision. Nothing runs until enough people approve."),
        _("Review"),
        is_question=True,
    ),
    "reminder": Saying(
        _("reminder:"),
        _("This still waits for your decision."),
        _("Review"),
        is_question=True,
    ),
    "approved": Saying(_("approved:"), _("It was {yes}.")),
    "denied": Saying(_("denied:"), _("It was denied. Nothing was done.")),
    "expired": Saying(_("expired:"), _("Nobody decided in time. Nothing was done.")),
    "cancelled": Saying(
        _("cancelled:"), _("The request was cancelled. Nothing was done.")
    ),
    "superseded": Saying(
        _("superseded:"), _("The tool was changed while this waited. Nothing was done.")
    ),
    "revoked": Saying(
        _("revoked:"), _("It was {yes}, and that was taken back before it was used.")
    ),
    "lapsed": Saying(_("lapsed:"), _("It was {yes}, but nobody used it in time.")),
    "executed": Saying(_("executed:"), _("It was {yes} and has run.")),
    "failed": Saying(_("failed:"), _("It was {yes}, and the call failed.")),
    "outcome_unknown": Saying(
        _("outcome unknown:"),
        _(
            "It was sent and the answer was lost. It may have happened. Look at the"
            " remote system, then say on the call's page what you found."
        ),
        _("Resolve"),
    ),
    "unsatisfiable": Saying(
        _("cannot be approved:"),
        _("Too few people are left who may approve this. Look at the approver group."),
    ),
    "unsafe": Saying(
        _("unsafe:"),
        _(
            "A person denied this and called it unsafe. The agent was told to stop."
            " Look at what its session did, and suspend the agent where you are not"
            " sure."
        ),
    ),
    "session_rests": Saying(
        _("session rests:"),
        _(
            "Three requests of this session were denied within an hour. It can ask for"
            " nothing more for 30 minutes."
        ),
    ),
    "slack_linked": Saying(
        _("Slack account linked:"),
        _(
            "From now on this Slack user can deny, and approve what routes allow, in"
            " this person's name. If that is not right, end the link and tell an admin."
        ),
    ),
    "slack_unlinked": Saying(
        _("Slack account unlinked:"),
        _("This Slack user decides nothing in this person's name any more."),
    ),
    "factor_added": Saying(
        _("second factor added:"),
        _(
            "From now on this second factor also signs in as this person. If that is"
            " not right, remove it and tell an admin at once."
        ),
    ),
    "factor_removed": Saying(
        _("second factor removed:"),
        _(
            "This second factor no longer signs in as this person. If that is not"
            " right, tell an admin at once."
        ),
    ),
    "recovery_codes_made": Saying(
        _("recovery codes made:"),
        _(
            "New recovery codes sign in as this person, and the old ones are void. If"
            " that is not right, make others and tell an admin at once."
        ),
    ),
    "password_set": Saying(
        _("password set:"),
        _(
            "An admin set this person's password, and all her sessions ended. If that"
            " is not right, tell another admin at once."
        ),
    ),
    "route_drifted": Saying(
        _("tool changed:"),
        _(
            "An upstream MCP server says something else of a tool than it did. Where it"
            " takes other arguments, or is gone, its route was suspended: look at what"
            " changed, import its tools again, and publish what you agree with."
        ),
    ),
    "group_changed": Saying(
        _("approver group changed:"),
        _(
            "Other people are in this approver group now; what is asked from now on is"
            " decided by them. If that is not right, tell another admin at once."
        ),
    ),
    "rule_changed": Saying(
        _("approval rule changed:"),
        _(
            "What this tool needs before it runs was changed. If that is not right,"
            " suspend its route and tell another admin at once."
        ),
    ),
    "weakened": Saying(
        _("weaker:"),
        _(
            "A change of the configuration lets more happen than before. If that is not"
            " right, take it back and tell another admin at once."
        ),
    ),
    "dead_letter": Saying(
        _("message not delivered:"),
        _(
            "A message could not be delivered and was given up. The list of deliveries"
            " in the admin says why; send it again there."
        ),
    ),
}
