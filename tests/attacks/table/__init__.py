"""The one table of the attacks that enter through a request.

A row is a test of this folder.  It runs at every door, REST and MCP in each of its
revisions, and expects the same of each: refused with its reason, nothing sent, on
record.  A file has all of its tests in the table, but those that it names with why.
"""

from collections.abc import Mapping
from typing import Final

from tests.attacks.table import backends, claims, policy, requests
from tests.attacks.table.beside import BESIDE as BESIDE
from tests.doors import MCP_DOORS

REST: Final = "rest"
DOORS: Final = (REST, *MCP_DOORS)

# By file of this folder: what of it is no row, and why.
TABLE: Final[Mapping[str, Mapping[str, str]]] = {
    **claims.ROWS,
    **requests.ROWS,
    **policy.ROWS,
    **backends.ROWS,
}


def is_row(file: str, test: str) -> bool:
    """Tell whether a test is in the table; ``altered_text``, ``no_character_...``."""
    return file in TABLE and test not in TABLE[file]
