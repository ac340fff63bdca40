"""The words of the pages that depend on the request alone."""

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from approvals.display import Flag, FlagKind
from approvals.models import Approval, Vote
from governance.models import RouteVersion
from governance.templatetags.times import span

Words = Mapping[str, Promise]

STATES: Final[Words] = {
    "pending": gettext_lazy("waits for a decision"),
    "late": gettext_lazy("too late to decide"),
    "approved": gettext_lazy("approved, not used yet"),
    "executed": gettext_lazy("approved and used"),
    "denied": gettext_lazy("denied"),
    "expired": gettext_lazy("expired"),
    "cancelled": gettext_lazy("cancelled"),
    "superseded": gettext_lazy("superseded"),
    "revoked": gettext_lazy("taken back"),
    "lapsed": gettext_lazy("lapsed"),
}
SHORT_STATES: Final[Words] = {
    **STATES,
    "pending": gettext_lazy("pending"),
    "approved": gettext_lazy("approved"),
    "executed": gettext_lazy("executed"),
}
PRIVILEGES: Final[Words] = {
    "read": gettext_lazy("read"),
    "write": gettext_lazy("write"),
    "admin": gettext_lazy("admin"),
}
_RISK_SENTENCES: Final[Words] = {
    "read": gettext_lazy("It only reads."),
    "write": gettext_lazy("It changes something at the remote system."),
    "privileged": gettext_lazy("It changes something where a mistake is costly."),
}
_SEPARATIONS: Final[Words] = {
    RouteVersion.Separation.CONFIRM: gettext_lazy("and the agent's owner may say yes"),
    RouteVersion.Separation.FOUR_EYES: gettext_lazy(
        "but none of the agent's own people"
    ),
    RouteVersion.Separation.STRICT: gettext_lazy(
        "but none of the agent's own people, nor who shaped the rule"
    ),
}
CATEGORIES: Final[Words] = {
    Vote.Category.OTHER: gettext_lazy("only what I write"),
    Vote.Category.WRONG_TARGET: gettext_lazy("the target is not the right one"),
    Vote.Category.WRONG_ARGUMENTS: gettext_lazy("the idea is fine, the content is not"),
    Vote.Category.TOO_BROAD: gettext_lazy("asks for more than needed"),
    Vote.Category.NOT_NOW: gettext_lazy("not at this time"),
    Vote.Category.NOT_NEEDED: gettext_lazy("not needed at all"),
    Vote.Category.UNSAFE: gettext_lazy("looks unsafe: stop, and alert the admins"),
}
# What a flag means, beside the place that it links to.
_FLAGS: Final[Words] = {
    FlagKind.ESCAPE: gettext_lazy("holds characters that are invisible elsewhere"),
    FlagKind.MIXED: gettext_lazy("mixes letters of different scripts in one word"),
    FlagKind.NOT_NFC: gettext_lazy("writes letters in an unusual, composed way"),
    FlagKind.PADDING: gettext_lazy("holds a long stretch of blanks or empty lines"),
    FlagKind.FOLD: gettext_lazy("is long, and folded here"),
}
# What ``reviewable`` says, which knows no languages: it is translated as it is shown.
UNREADABLE: Final = frozenset(
    {
        gettext_noop("The names are too long to be shown."),
        gettext_noop(
            "The route declares encoded content here: a person can't read it."
        ),
        gettext_noop(
            "The route declares content that is not text: a person can't read it."
        ),
        gettext_noop("This is encoded data that is not text: send it as plain text."),
        gettext_noop("This text is encoded more than once: send it as plain text."),
        gettext_noop("More than 200 characters of it are invisible: leave them out."),
    }
)


def of(approval: Approval, *, is_late: bool) -> dict[str, object]:
    """Return the words for one request."""
    state = "late" if is_late and approval.state == "pending" else approval.state
    return {
        "state_word": STATES.get(state, state),
        "state_class": state,
        "risk_words": _RISK_SENTENCES.get(approval.risk, ""),
        "what_happens": what_happens(approval),
        "separation_words": _SEPARATIONS.get(approval.separation, ""),
        "categories": CATEGORIES.items(),
    }


def of_flag(flag: Flag) -> str:
    """Say what is odd, to follow the name of the argument."""
    if flag.kind is FlagKind.LOOKALIKE:
        return _("looks like another value, and is not the same:")
    return str(_FLAGS[flag.kind])


def what_happens(approval: Approval) -> str:
    """Say who runs it once it is approved, how often and until when."""
    if approval.mode == Approval.Mode.DEFERRED:
        return _("Sealwright runs it once, at once")
    facts = {
        "agent": approval.agent.name,
        "span": span(approval.route_version.execute_within_seconds),
    }
    if approval.quorum > 1:
        return _("%(agent)s may run it once, within %(span)s of the last vote") % facts
    return _("%(agent)s may run it once, within %(span)s of your vote") % facts
