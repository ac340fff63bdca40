"""Changing configuration: each function one transaction, with its evidence.

evidence.py    what every service writes down, and what it makes stale
wording.py     how fields are spoken of in records
switches.py    suspending, resuming, stopping a tenant's writes
"""

from governance.services.agent_keys import issue_key, revoke_key, secret_hash
from governance.services.agents import save_agent
from governance.services.backends import save_backend
from governance.services.catalogues import (
    built_in_agent,
    catalogue_of,
    ensure_catalogue,
)
from governance.services.factors import has_factors, reset_factors
from governance.services.groups import members_of, save_group
from governance.services.identities import issuers_of, unlink
from governance.services.importing import import_openapi
from governance.services.imports import (
    complete_draft,
    keep_proposals,
    unsettled,
    version_from,
)
from governance.services.lanes import replace_secret, save_lane, secret_fingerprint
from governance.services.pasting import Pasted, Wishes, import_curl
from governance.services.people import (
    end_membership,
    grant_membership,
    save_person,
    set_password,
)
from governance.services.proposals import (
    dismiss_draft,
    propose_narrower,
    propose_unasked,
)
from governance.services.routes import (
    changes_from,
    create_route,
    new_draft,
    publish_route,
    save_draft,
)
from governance.services.switches import resume, resume_writes, stop_writes, suspend
from governance.services.tenants import save_tenant
from governance.services.toolsets import entries_of, save_toolset

__all__ = [
    "Pasted",
    "Wishes",
    "built_in_agent",
    "catalogue_of",
    "changes_from",
    "complete_draft",
    "create_route",
    "dismiss_draft",
    "end_membership",
    "ensure_catalogue",
    "entries_of",
    "grant_membership",
    "has_factors",
    "import_curl",
    "import_openapi",
    "issue_key",
    "issuers_of",
    "keep_proposals",
    "members_of",
    "new_draft",
    "propose_narrower",
    "propose_unasked",
    "publish_route",
    "replace_secret",
    "reset_factors",
    "resume",
    "resume_writes",
    "revoke_key",
    "save_agent",
    "save_backend",
    "save_draft",
    "save_group",
    "save_lane",
    "save_person",
    "save_tenant",
    "save_toolset",
    "secret_fingerprint",
    "secret_hash",
    "set_password",
    "stop_writes",
    "suspend",
    "unlink",
    "unsettled",
    "version_from",
]
