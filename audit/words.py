"""Words for pages of what records name by codes; records themselves keep the codes."""

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

Words = Mapping[str, Promise]

OUTCOMES: Final[Words] = {
    "allowed": gettext_lazy("allowed"),
    "asked": gettext_lazy("asked"),
    "denied": gettext_lazy("denied"),
    "done": gettext_lazy("done"),
    "failed": gettext_lazy("failed"),
    "unknown": gettext_lazy("unknown"),
}
ACTORS: Final[Words] = {
    "agent": gettext_lazy("an agent"),
    "person": gettext_lazy("a person"),
    "system": gettext_lazy("Sealwright"),
    "unknown": gettext_lazy("somebody unknown"),
}
RISKS: Final[Words] = {
    "read": gettext_lazy("read"),
    "write": gettext_lazy("write"),
    "privileged": gettext_lazy("privileged"),
}
CHANNELS: Final[Words] = {
    "page": gettext_lazy("on the page"),
    "slack": gettext_lazy("in Slack"),
    "command": gettext_lazy("on the command line"),
}
FINDINGS: Final[Words] = {
    "happened": gettext_lazy("it had happened"),
    "did_not_happen": gettext_lazy("it had not happened"),
    "cannot_tell": gettext_lazy("nobody can tell whether it happened"),
}
