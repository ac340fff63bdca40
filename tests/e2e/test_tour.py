"""``./dev tour``: the story is played, and every step ends as it should."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.running import Running, started, up
from tests.ports import a_port

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with up(tmp_path_factory.mktemp("demo") / "var", a_port()) as running:
        yield running


def told(*arguments: str) -> str:
    with started("tour", *arguments) as process:
        said, _ = process.communicate(timeout=3000)
    assert process.returncode == 0, said
    return str(said)


def test_each_step_says_what_was_tried_and_what_remote_and_record_say(
    running: Running,
) -> None:
    said = told("--data", str(running.folder))

    titles = re.findall(r"^\d\. .*", said, re.MULTILINE)
    assert [title[0] for title in titles] == list("1234567")
    for words in (
        "the same claim for #185: 403 claim_wrong_scope",
        "0 comments on #185",
        "another agent shows it: 403 claim_wrong_agent",
        "and once more: 409 claim_spent",
        "1 comment on #184",
        "a new approval",
        "403: that token is for payments-api alone",
        "record: call.unknown",
        "That was the tour.",
    ):
        assert words in said, said
    links = re.findall(r"http://\S+/audit/records/evt_\w+/", said)
    assert len(set(links)) == 5
    assert not [token for token in running.tokens().values() if token in said]


def test_it_can_be_played_again(running: Running) -> None:
    before = len(running.writes())

    told("--data", str(running.folder))

    comments = [w for w in running.writes()[before:] if "issues/184" in w["path"]]
    assert len(comments) == 1


def test_without_a_demo_it_says_what_to_start(tmp_path: Path) -> None:
    with started("tour", "--data", str(tmp_path)) as process:
        said, _ = process.communicate(timeout=300)

    assert process.returncode == 1
    assert "start `./dev up` first" in said


def test_where_the_demo_was_stopped_it_says_so(
    running: Running, tmp_path: Path
) -> None:
    handout = (running.folder / "demo.json").read_text()
    elsewhere = handout.replace(
        running.demo["base_url"], f"http://127.0.0.1:{a_port()}"
    )
    (tmp_path / "demo.json").write_text(elsewhere)
    shutil.copy(running.folder / "env", tmp_path / "env")

    with started("tour", "--data", str(tmp_path)) as process:
        said, _ = process.communicate(timeout=300)

    assert process.returncode == 1
    assert "is `./dev up` running?" in said
    assert "Traceback" not in said
