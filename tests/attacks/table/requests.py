"""What an agent writes into a request: keys, names, ids, bytes, values and text."""

from collections.abc import Mapping
from typing import Final

from tests.attacks.table.why import LOOKS, MESSAGES, PAGES, PATHS, TASKS

ROWS: Final[Mapping[str, Mapping[str, str]]] = {
    "a_flood_of_asks": {
        "asks_for_tasks_are_counted_like_any_other": TASKS,
    },
    "agent_key_on_pages": {
        "no_page_opens_for_a_key_however_it_is_shown": PAGES,
        "no_key_casts_a_vote": PAGES,
        "no_path_of_the_agents_door_votes": PATHS,
    },
    "bad_json": {},
    "body_sizes": {},
    "callers_headers_at_the_remote": {},
    "destination_in_arguments": {
        "no_member_beside_the_arguments_does": MESSAGES,
    },
    "foreign_ids": {
        "foreign_ids_look_like_unknown_ones_to_every_agent": PATHS,
        "a_label_of_the_same_name_is_another_session": PATHS,
    },
    "guessed_keys": {},
    "headers_that_choose": {
        "a_method_in_a_header_makes_no_delete_of_a_post": PATHS,
        "a_path_in_a_header_leads_to_no_page": PATHS,
        "an_unknown_host_is_refused": PAGES,
    },
    "ids_that_are_none": {
        "the_agents_door_finds_nothing_by_it": PATHS,
        "no_page_is_found_by_it_and_none_breaks": PAGES,
    },
    "invisible_text": {
        "a_vote_is_no_way_round_the_button_that_was_not_drawn": PAGES,
    },
    "json_bombs": {},
    "lookalike_tools": {},
    "lying_reason": {},
    "markup_in_values": {},
    "members_nobody_declared": {
        "no_body_of_the_agents_door_takes_them": PATHS,
        "where_a_body_says_nothing_it_has_no_effect": PATHS,
        "wrong_types_of_right_members_are_refused": MESSAGES,
        "no_field_of_a_form_makes_a_vote_more_than_one": PAGES,
    },
    "other_spellings_of_the_same": {},
    "path_smuggling": {},
    "scope_smuggling": {},
    "shell_in_arguments": {},
    "text_that_breaks_evidence": {
        "no_cell_is_a_formula_wherever_a_spreadsheet_begins_one": LOOKS,
        "every_leaf_verifies": LOOKS,
        "pages_about_the_evidence_show_no_control_character": LOOKS,
        "a_path_of_two_lines_is_one_line_of_log": PATHS,
    },
}
