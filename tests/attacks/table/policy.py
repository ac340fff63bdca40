"""What was published, sealed or switched off, and is called all the same."""

from collections.abc import Mapping
from typing import Final

from tests.attacks.table.why import PAGES, RACE, WORKER

ROWS: Final[Mapping[str, Mapping[str, str]]] = {
    "altered_policy": {},
    "altered_votes": {
        "an_inserted_vote_does_not_help_the_last_real_one": PAGES,
        "a_quorum_lowered_on_the_approval_itself_is_noticed": PAGES,
        "what_a_person_approved_can_not_be_another_thing_afterwards": PAGES,
    },
    "edited_route": {
        "a_route_published_before_the_vote_supersedes_what_was_asked": PAGES,
        "publishing_never_leaves_a_live_claim_of_the_last_vote": RACE,
        "publishing_and_use_at_once_send_what_was_approved_or_nothing": RACE,
        "a_deferred_call_is_sent_as_its_own_version_says": WORKER,
        "an_approved_deferred_request_does_not_survive_an_edit": WORKER,
    },
    "no_record": {
        "a_vote_that_cannot_be_recorded_is_not_cast": PAGES,
    },
    "policy_withdrawn_after_approval": {},
    "sealed_secrets": {},
    "voter_loses_the_seat": {
        "the_vote_of_who_left_no_longer_counts": PAGES,
        "nobody_is_let_in_to_wave_one_request_through": PAGES,
        "who_left_casts_no_vote": PAGES,
    },
    "withdrawn": {},
    "wrong_backend": {},
}
