"""Drafts that come from somewhere else: a document, a command, a server.

proposal     PURE  what an import proposes for one route
command      PURE  what a pasted command asks for
naming       PURE  names of tools for what others have named
differences  PURE  where two definitions differ
"""

from governance.imports.command import Command
from governance.imports.differences import differing_pointers
from governance.imports.naming import (
    BUILT_IN,
    BUILT_IN_AGENT,
    argument_name,
    catalogue_tool,
    flat,
    hidden_text,
    snake,
    tool_name,
)
from governance.imports.proposal import Proposal, SourceRefused, definition_digest

__all__ = [
    "BUILT_IN",
    "BUILT_IN_AGENT",
    "Command",
    "Proposal",
    "SourceRefused",
    "argument_name",
    "catalogue_tool",
    "definition_digest",
    "differing_pointers",
    "flat",
    "hidden_text",
    "snake",
    "tool_name",
]
