"""Names of parameters that sound like a destination or a power.  Pure.

Arguments never choose where a call goes or with what power; a name that says so
makes people believe it, and asks for a mapping that lets them.
"""

import re
from itertools import pairwise
from typing import Final

from governance.schema.walk import Schema, members, subschemas

_WORDS: Final = frozenset(
    {
        *("url", "uri", "href", "host", "hostname", "domain", "port", "ip", "origin"),
        *("endpoint", "server", "backend", "upstream", "proxy", "destination"),
        *("webhook", "callback", "redirect", "lane", "tenant", "override", "sudo"),
        *("impersonate", "auth", "authorization", "token", "credential"),
        *("credentials", "password", "secret", "apikey"),
    }
)
_PAIRS: Final = frozenset(
    {
        *(("api", "key"), ("access", "key"), ("private", "key"), ("base", "path")),
        *(("run", "as"), ("role", "arn")),
    }
)
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NO_WORD: Final = re.compile(r"[^a-z0-9]+")


def destination_names(schema: Schema) -> list[str]:
    """Return the property names, at any depth, that sound like a destination."""
    names = {
        name
        for _pointer, part in subschemas(schema)
        for name in members(part, "properties")
    }
    return sorted(name for name in names if _is_suspicious(name))


def _is_suspicious(name: str) -> bool:
    words = _NO_WORD.split(_CAMEL.sub("_", name).lower())
    pairs = set(pairwise(words))
    return not (_WORDS.isdisjoint(words) and _PAIRS.isdisjoint(pairs))
