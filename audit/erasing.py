"""Which personal values of a record hold a person.  Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

# What somebody said or was shown; a person may be named in it.
TEXTS: Final = ("on_behalf_of", "summary", "stated_reason", "approvers")
# Who acted is a user name and nothing else; with it goes where she acted from.
OWN: Final = ("person", "client_address")
# A digest of a text that a guesser can write down names whoever the text names.
DIGESTS: Final = ("args_digest", "summary_digest", "fingerprint")


@dataclass(frozen=True)
class Named:
    """A person, by everything that is a name of hers: ``("ana", "ana@acme.example")``.

    The first is the user name.
    """

    names: tuple[str, ...]

    @property
    def username(self) -> str:
        """The name under which records know her."""
        return self.names[0]

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        # "ana" is not in "banana", nor in "ana-lytics": a name is a whole word.
        either = "|".join(re.escape(name) for name in self.names)
        return re.compile(rf"(?<![\w.-])(?:{either})(?![\w-])", re.IGNORECASE)

    def is_in(self, text: str | None) -> bool:
        """Whether a text names her."""
        return text is not None and self._pattern.search(text) is not None


def columns_that_hold(
    named: Named, values: Mapping[str, str | None], *, digests: bool = False
) -> list[str]:
    """Return the columns of one record that have to be erased.

    ``digests`` says that what the record's digests stand for names her.
    """
    texts = [name for name in TEXTS if named.is_in(values[name])]
    own = [*OWN] if values["person"] == named.username else []
    names_her = digests or "summary" in texts
    found = [*own, *texts, *(DIGESTS if names_her else ())]
    return [name for name in found if values[name] is not None]


def named(username: str, *others: str) -> Named:
    """Return a person by her user name and whatever else names her."""
    return Named(tuple(_distinct([username, *others])))


def _distinct(names: Iterable[str]) -> Iterable[str]:
    return dict.fromkeys(name.strip() for name in names if name.strip())
