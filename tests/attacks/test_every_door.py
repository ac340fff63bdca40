"""The same attacks at every door: REST, and MCP in each of its revisions.

Each row is an attack of this folder that enters through a request.  It runs whole, and
expects the same of each door: refused with its reason, nothing sent, on record.
"""

import inspect
import itertools
from collections.abc import Callable, Iterator, Mapping
from types import ModuleType
from typing import Any, Final

import pytest

from tests.attacks import (
    test_altered_claims,
    test_altered_policy,
    test_altered_target,
    test_altered_text,
    test_bad_json,
    test_body_sizes,
    test_borrowed_claim,
    test_claim_forgery,
    test_claim_keys,
    test_destination_in_arguments,
    test_echoed_credential,
    test_edited_route,
    test_failover,
    test_hostile_answers,
    test_invisible_text,
    test_json_bombs,
    test_locked_claim,
    test_lost_answer,
    test_members_nobody_declared,
    test_no_record,
    test_other_spellings_of_the_same,
    test_path_smuggling,
    test_policy_withdrawn_after_approval,
    test_read_claim_for_a_write,
    test_redirecting_backend,
    test_repeated_call,
    test_replay,
    test_revoking_races_use,
    test_scope_smuggling,
    test_sealed_secrets,
    test_shell_in_arguments,
    test_stale_claim,
    test_voter_loses_the_seat,
    test_withdrawn,
    test_wrong_backend,
)
from tests.doors import MCP_DOORS, open_door
from tests.remotes import Remote, serving
from tests.stage import Stage, answering

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

REST: Final = "rest"
DOORS: Final = (REST, *MCP_DOORS)

# By file: all of it, or the attacks in it that make a request of their own.
TABLE: Final[Mapping[ModuleType, tuple[str, ...]]] = {
    test_altered_claims: (
        "a_claim_whose_row_was_altered_is_not_ours",
        "more_uses_than_were_approved_are_refused",
        "a_claim_that_was_never_minted_is_not_ours",
        "an_approval_that_was_approved_by_hand_runs_nothing",
        "a_counter_that_was_turned_back_does_not_make_a_second_use",
        "an_ended_claim_does_not_live_again",
    ),
    test_altered_policy: (
        "a_published_version_that_was_edited_is_not_policy",
        "a_backend_that_was_edited_is_not_policy",
    ),
    test_altered_target: (),
    test_altered_text: (),
    test_bad_json: ("ambiguous_bytes_are_refused_at_the_door",),
    test_body_sizes: (
        "a_body_is_read_up_to_the_bound_and_no_further",
        "a_coded_body_is_not_decoded",
    ),
    test_borrowed_claim: (),
    test_claim_forgery: (),
    test_claim_keys: (),
    test_destination_in_arguments: ("no_argument_chooses_where_a_call_goes",),
    test_echoed_credential: (
        "it_is_replaced_in_the_type_of_an_answer_and_in_text",
        "an_echo_that_stays_json_is_still_json",
        "another_secret_is_the_agents_to_have_and_nobody_elses",
    ),
    test_edited_route: (
        "a_route_published_after_approval_ends_what_was_approved",
        "without_a_token_the_edited_route_is_asked_for_anew",
    ),
    test_failover: (),
    test_hostile_answers: (),
    test_invisible_text: ("what_nobody_can_read_is_asked_of_nobody",),
    test_json_bombs: (),
    test_locked_claim: ("a_row_that_stays_locked_is_given_up_on_unspent",),
    test_lost_answer: (),
    test_members_nobody_declared: ("a_claim_is_minted_for_one_use_whatever_is_asked",),
    test_no_record: (
        "what_cannot_be_recorded_is_neither_spent_nor_sent",
        "a_refusal_that_cannot_be_recorded_is_still_a_refusal",
        "nobody_is_asked_without_a_record",
        "an_outcome_that_cannot_be_recorded_is_told_as_unclear",
    ),
    test_other_spellings_of_the_same: (),
    test_path_smuggling: (),
    test_policy_withdrawn_after_approval: (),
    test_read_claim_for_a_write: (),
    test_redirecting_backend: (),
    test_repeated_call: (),
    test_replay: ("a_claim_runs_once_with_the_same_token_and_with_a_new_one",),
    test_revoking_races_use: (
        "a_revoked_claim_is_not_spent",
        "an_agent_without_a_token_is_told_once_that_its_yes_was_taken_back",
    ),
    test_scope_smuggling: (),
    test_sealed_secrets: (
        "a_secret_of_another_tenants_lane_of_the_same_name_does_not_open",
        "an_older_secret_does_not_come_back",
        "a_secret_sent_elsewhere_on_the_request_is_not_policy",
    ),
    test_shell_in_arguments: (),
    test_stale_claim: (),
    test_voter_loses_the_seat: ("with_too_few_left_the_request_ends",),
    test_withdrawn: (),
    test_wrong_backend: (),
}


def attacks() -> Iterator[Any]:
    """Yield a row for each attack and each of its own parameters."""
    for module, names in TABLE.items():
        for name, function in inspect.getmembers(module, inspect.isfunction):
            short = name.removeprefix("test_")
            is_own = name.startswith("test_") and function.__module__ == module.__name__
            if is_own and (not names or short in names):
                yield from _rows(short, function)


def _rows(name: str, function: Callable[..., None]) -> Iterator[Any]:
    marks: list[pytest.Mark] = getattr(function, "pytestmark", [])
    choices = [_choices(mark) for mark in marks if mark.name == "parametrize"]
    for number, chosen in enumerate(itertools.product(*choices)):
        values = {key: value for each in chosen for key, value in each.items()}
        label = f"{name}-{number}" if choices else name
        yield pytest.param(function, values, id=label)


def _choices(mark: pytest.Mark) -> list[dict[str, Any]]:
    names, rows = mark.args
    if isinstance(names, str):
        names = [each.strip() for each in names.split(",")]
        if len(names) == 1:
            return [{names[0]: row} for row in rows]
    return [dict(zip(names, row, strict=True)) for row in rows]


@pytest.fixture
def elsewhere() -> Iterator[Remote]:
    with serving(answering()) as remote:
        yield remote


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door or "no version")
@pytest.mark.parametrize(("attempt", "values"), list(attacks()))
def test_an_attack_ends_the_same_at_every_door(
    request: pytest.FixtureRequest,
    stage: Stage,
    attempt: Callable[..., None],
    values: dict[str, Any],
    door: str | None,
) -> None:
    if door != REST:
        open_door(stage, door)
    needed = inspect.signature(attempt).parameters

    attempt(
        **values,
        **{
            name: request.getfixturevalue(name) for name in needed if name not in values
        },
    )
