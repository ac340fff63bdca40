"""Tokens and rows of claims, shown by who has them, stole them or bent them."""

from collections.abc import Mapping
from typing import Final

from tests.attacks.table.why import KILLED, NO_ATTACK, RACE, WORKER

ROWS: Final[Mapping[str, Mapping[str, str]]] = {
    "altered_claims": {
        "a_deferred_request_that_was_approved_by_hand_is_not_run": WORKER,
        "the_bytes_of_an_approved_request_are_the_approved_ones": WORKER,
    },
    "altered_target": {},
    "altered_text": {},
    "borrowed_claim": {},
    "claim_forgery": {},
    "claim_keys": {},
    "failover": {},
    "locked_claim": {
        "a_claim_that_expires_while_it_is_locked_is_not_spent": RACE,
        "a_policy_withdrawn_while_a_claim_is_locked_forbids_its_use": RACE,
        "a_switch_answers_only_when_whoever_began_before_it_is_done": RACE,
        "a_lock_that_is_let_go_in_time_costs_nobody_the_claim": RACE,
    },
    "read_claim_for_a_write": {},
    "repeated_call": {},
    "replay": {
        "two_hundred_uses_at_once_from_four_processes_run_once": RACE,
        "a_claim_that_was_spent_before_a_restart_is_spent_after_it": KILLED,
    },
    "revoking_races_use": {
        "what_has_run_cannot_be_taken_back": RACE,
        "either_it_runs_or_it_is_revoked_and_both_agree": RACE,
    },
    "stale_claim": {
        "a_token_from_a_clock_four_seconds_ahead_is_let_pass": NO_ATTACK,
    },
}
