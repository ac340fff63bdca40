"""What is refused when configuration is saved: a sentence for each mistake, by field.

routes.py      a version of a route: rule, lane, schema, templates, request mapping
parameters.py  PURE  names of arguments that choose a destination or a power
tools.py       PURE  names of tools
toolsets.py    PURE  scope patterns
lanes.py       PURE  where a credential goes, and how much it may do
narrowing.py   PURE  the map that narrows a lane's credentials
issuers.py           where the issuer of a lane's credentials may be
backends.py          where a backend may be
"""

from governance.refusals.refused import Problems, Refused, merged, refuse_if

__all__ = ["Problems", "Refused", "merged", "refuse_if"]
