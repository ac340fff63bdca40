"""What answers a request: a backend, an upstream MCP server, an issuer."""

from collections.abc import Mapping
from typing import Final

from tests.attacks.table.why import CODE, NO_ATTACK, PAGES, RACE, WORKER

ROWS: Final[Mapping[str, Mapping[str, str]]] = {
    "altered_lanes": {},
    "drifted_tools": {
        "an_unchanged_tool_runs_and_is_looked_at_once": NO_ATTACK,
        "the_pin_is_part_of_what_was_approved": NO_ATTACK,
    },
    "echoed_credential": {},
    "faithless_issuers": {},
    "hostile_answers": {},
    "hostile_upstream": {},
    "impostor_backend": {},
    "lent_credentials": {
        "a_call_borrows_uses_and_gives_back_and_the_record_tells_of_it": NO_ATTACK,
        "a_suspension_between_spend_and_loan_lends_nothing": WORKER,
        "a_crash_after_the_loan_does_not_lose_which_credential_lives_on": WORKER,
        "calls_at_once_get_a_credential_each_for_their_own_scope": RACE,
        "no_connection_is_held_while_the_issuer_is_asked": RACE,
        "an_approved_write_ends_as_after_publishing_when_its_lane_changes": PAGES,
        "the_approver_reads_what_the_credential_could_do": PAGES,
        "only_a_lease_and_a_proof_open_the_secret_of_a_lane": CODE,
    },
    "lost_answer": {},
    "redirecting_backend": {},
    "slow_backend": {},
}
