"""The request mapping of an HTTP route: validated arguments to one request.  Pure.

    {"method": "POST", "path": "/repos/acme/{repo}/issues/{pull}/comments",
     "query": {"minutes": "{minutes}"}, "headers": {"X-Key": "{call_id}"},
     "body": {"body": "{body}"}}

Arguments fill declared places only: no value adds a segment, a parameter, a header
or a member.
"""

from governance.mapping.http import HttpMapping, MappedRequest, mapping_problems
from governance.mapping.path import PathInvalid
from governance.mapping.places import MappingInvalid

__all__ = [
    "HttpMapping",
    "MappedRequest",
    "MappingInvalid",
    "PathInvalid",
    "mapping_problems",
]
