"""The files of attacks that do not come by a request to call a tool, and why."""

from collections.abc import Mapping
from typing import Final

from tests.attacks.table import why

BESIDE: Final[Mapping[str, str]] = {
    "altered_calls": why.WORKER,
    "altered_evidence": why.ROWS,
    "crash": why.KILLED,
    "deferred_delivery": why.WORKER,
    "foreign_pages": why.PAGES,
    "foreign_sign_in": why.PAGES,
    "forged_votes": why.PAGES,
    "header_smuggling": why.HEADERS,
    "kek_rotation": why.RACE,
    "kill_switches": why.RACE,
    "loose_routes": why.SAVING,
    "mail_scanner": why.PAGES,
    "nul_in_forms": why.PAGES,
    "remote_references": why.SAVING,
    "schema_bombs": why.SAVING,
    "self_approval": why.PAGES,
    "slack": why.PAGES,
    "slack_signatures": why.PAGES,
    "ssrf_spellings": why.SOCKETS,
    "two_eras_race": "It is asked at all doors at once.",
    "votes_by_looking": why.PAGES,
    "votes_that_do_not_count": why.PAGES,
}
