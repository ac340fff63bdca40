"""``demo.json``: for its owner alone, whole or not there."""

import json
from pathlib import Path
from typing import Final

import pytest

from governance.demo.handout import NAME, Handout, publish
from governance.demo.people import AGENTS, PEOPLE

HANDOUT: Final = Handout(
    base_url="http://127.0.0.1:8000",
    remote_url="http://127.0.0.1:8001",
    database_url="postgres:///demo",
    keys={agent.name: f"swk_{agent.name}" for agent in AGENTS},
    passwords={person.name: f"password of {person.name}" for person in PEOPLE},
)


def test_programs_find_the_members_that_they_know(tmp_path: Path) -> None:
    HANDOUT.write(tmp_path)
    publish(tmp_path)

    told = json.loads((tmp_path / NAME).read_text())

    assert list(told) == [
        *("base_url", "remote_url", "mcp_url", "database_url"),
        *("tenant", "agents", "users"),
    ]
    assert told["mcp_url"] == "http://127.0.0.1:8000/mcp"
    assert told["tenant"] == "team-acme"
    assert told["agents"]["ci-agent"] == {"key": "swk_ci-agent", "owner": "sam"}
    assert told["agents"]["zeta-agent"]["tenant"] == "team-zeta"
    assert told["users"]["zoe"] == {
        "password": "password of zoe",
        "roles": ["admin", "approver"],
        "tenant": "team-zeta",
    }


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    HANDOUT.write(tmp_path)
    publish(tmp_path)

    assert (tmp_path / NAME).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [NAME]


def test_it_is_not_there_before_it_is_published(tmp_path: Path) -> None:
    HANDOUT.write(tmp_path)

    assert not (tmp_path / NAME).exists()
    assert Handout.read(tmp_path) == HANDOUT


def test_what_was_published_is_read_again(tmp_path: Path) -> None:
    HANDOUT.write(tmp_path)
    publish(tmp_path)
    publish(tmp_path)

    assert Handout.read(tmp_path) == HANDOUT


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"agents":1}', "\x00"])
def test_a_spoilt_file_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / NAME).write_text(text)

    assert Handout.read(tmp_path) is None
