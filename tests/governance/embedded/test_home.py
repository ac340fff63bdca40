"""The data folder: ours alone, private, one holder at a time."""

import stat
from pathlib import Path

import pytest

from governance.embedded.errors import CannotStart
from governance.embedded.home import ENVIRONMENT, enter, write_private


def test_a_new_folder_is_made_and_is_private(tmp_path: Path) -> None:
    with enter(tmp_path / "a" / "var") as home:
        assert stat.S_IMODE(home.folder.stat().st_mode) == 0o700
        assert not home.abandoned


def test_a_folder_is_held_by_one(tmp_path: Path) -> None:
    with (
        enter(tmp_path / "var"),
        pytest.raises(CannotStart, match="already runs"),
        enter(tmp_path / "var"),
    ):
        pass


def test_a_folder_that_was_left_can_be_entered_again(tmp_path: Path) -> None:
    with enter(tmp_path / "var") as home:
        home.write_environment({"MODE": "demo"})

    with enter(tmp_path / "var") as home:
        assert not home.abandoned


def test_a_holder_that_was_killed_leaves_its_environment(tmp_path: Path) -> None:
    with enter(tmp_path / "var"):
        pass
    (tmp_path / "var" / ENVIRONMENT).write_text("MODE=demo\n")

    with enter(tmp_path / "var") as home:
        assert home.abandoned


def test_the_environment_is_private_and_one_line_a_name(tmp_path: Path) -> None:
    with enter(tmp_path / "var") as home:
        home.write_environment({"MODE": "demo", "PUBLIC_URL": "http://127.0.0.1:8000"})

        file = home.folder / ENVIRONMENT
        assert file.read_text() == "MODE=demo\nPUBLIC_URL=http://127.0.0.1:8000\n"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_folder_of_somebody_else_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    tmp_path.chmod(0o755)

    with pytest.raises(CannotStart, match="holds something else"), enter(tmp_path):
        pass

    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with (
        pytest.raises(CannotStart, match="cannot be written"),
        enter(tmp_path / "file" / "var"),
    ):
        pass


def test_a_private_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "demo.json"
    path.write_text("old")
    path.chmod(0o644)

    write_private(path, "new")

    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["demo.json"]
