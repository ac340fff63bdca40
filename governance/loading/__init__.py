"""Configuration as a reviewed file (docs/routes.md), into the database and back.

lines.py      PURE  where in the text a member stands
complaints.py PURE  what the schema finds, as sentences with their lines
document.py         text into checked values; YAML read strictly
versions.py         a route of the file, as the fields of a version and back
tenant.py           one tenant of the file, section by section
loading.py          load(): all of it, or nothing
dumping.py          dump(): what load() would change nothing by
"""

from governance.loading.document import DocumentInvalid, parse
from governance.loading.dumping import dump
from governance.loading.loading import Secrets, load

__all__ = ["DocumentInvalid", "Secrets", "dump", "load", "parse"]
