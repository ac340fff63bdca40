"""The one way in which configuration is refused: sentences, by field."""

from collections.abc import Mapping
from typing import TypeAlias

Problems: TypeAlias = dict[str, list[str]]

# Sentences that concern no single field.
GENERAL = ""


class Refused(Exception):
    """Configuration that was not saved; ``fields`` says what to change, by field."""

    def __init__(self, fields: Mapping[str, list[str]]) -> None:
        self.fields = {name: list(said) for name, said in fields.items() if said}
        super().__init__(" ".join(self.sentences()))

    def sentences(self) -> list[str]:
        """Return every sentence, the field in front of it."""
        return [
            f"{name.replace('_', ' ')}: {sentence}" if name else sentence
            for name, said in self.fields.items()
            for sentence in said
        ]


def refuse_if(problems: Mapping[str, list[str]]) -> None:
    """Raise Refused if there is any problem."""
    if any(problems.values()):
        raise Refused(problems)


def merged(*parts: Mapping[str, list[str]]) -> Problems:
    """Return the problems of several checks together, by field."""
    together: Problems = {}
    for part in parts:
        for name, said in part.items():
            together.setdefault(name, []).extend(said)
    return {name: said for name, said in together.items() if said}
