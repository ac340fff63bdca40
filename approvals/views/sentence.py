"""The sentence of a request, with each value marked as one."""

from dataclasses import dataclass

from approvals.display import Kind, Run, original, visible
from approvals.models import Approval
from governance.arguments import JSON
from governance.template import Template, TemplateInvalid, text_of


@dataclass(frozen=True, slots=True)
class Piece:
    """Words of the route, or a value of the agent that must not read like them."""

    is_value: bool
    runs: tuple[Run, ...]

    @property
    def text(self) -> str:
        """The piece where there are no elements; our own blanks only part values."""
        return "".join(
            run.text
            if self.is_value or run.kind is not Kind.SPACES
            else original([run])
            for run in self.runs
        )


def sentence(approval: Approval, args: dict[str, JSON] | None) -> list[Piece]:
    """Return the summary in pieces.

    Where it can't be taken apart any more, all of it is shown as a value.
    """
    whole = [Piece(True, visible(approval.summary))]
    try:
        template = Template.parse(approval.route_version.summary_template)
        values = {name: text_of((args or {})[name]) for name in template.names}
    except (TemplateInvalid, KeyError):
        return whole
    if template.render(values) != approval.summary:
        return whole
    pieces = [Piece(False, visible(template.literals[0]))]
    for name, literal in zip(template.names, template.literals[1:], strict=True):
        pieces += [Piece(True, visible(values[name])), Piece(False, visible(literal))]
    return [piece for piece in pieces if piece.is_value or piece.runs]
