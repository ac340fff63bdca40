"""The closing words of ``up``."""

import json
import shlex
from datetime import UTC, datetime, timedelta
from pathlib import Path

from governance.demo.people import PEOPLE
from governance.demo.welcome import commands, welcome
from tests.governance.demo.test_handout import HANDOUT

NOW = datetime(2026, 11, 23, 10, 2, 3, tzinfo=UTC)


def test_everybody_is_told_with_her_password() -> None:
    text = welcome(HANDOUT, folder=Path("var"), at=NOW)

    for person in PEOPLE:
        assert HANDOUT.passwords[person.name] in text
    assert "admin and approver of team-zeta" in text
    assert "var/demo.json" in text


def test_three_commands_stand_on_lines_of_their_own() -> None:
    text = welcome(HANDOUT, folder=Path("var"), at=NOW)
    read, write = commands(HANDOUT, at=NOW)

    pasted = [line for line in text.splitlines() if line.startswith("curl ")]

    assert pasted == [read, write, write]


def test_a_command_is_a_call_in_the_words_of_the_door() -> None:
    words = shlex.split(commands(HANDOUT, at=NOW)[1])

    assert "http://127.0.0.1:8000/v1/calls" in words
    assert "Authorization: Bearer swk_ci-agent" in words
    body = json.loads(words[words.index("-d") + 1])
    assert body["tool"] == "github.comment_pr"
    assert body["args"] == {
        "repo": "payments-api",
        "pull": 184,
        "body": "Looks good to me, as of 10:02:03.",
    }


def test_each_start_asks_for_another_write() -> None:
    # The last one may have run already, and would be answered at once.
    first = commands(HANDOUT, at=NOW)
    second = commands(HANDOUT, at=NOW + timedelta(seconds=1))

    assert first[0] == second[0]
    assert first[1] != second[1]


def test_the_tour_is_named_as_it_is_started_here() -> None:
    text = welcome(HANDOUT, folder=Path("/srv/my data"), at=NOW)

    assert "./dev tour --data '/srv/my data'" in text.splitlines()
