"""The command that writes a production set of keys."""

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from governance.keys import DEVELOPMENT_MARK


def make_keys() -> str:
    said = io.StringIO()
    call_command("make_keys", stdout=said)
    return said.getvalue()


def test_every_key_is_created_and_named(tmp_path: Path, settings: Settings) -> None:
    settings.KEYS_DIR = tmp_path / "keys"

    said = make_keys()

    files = list(settings.KEYS_DIR.iterdir())
    assert len(files) == 7
    assert all(str(file) in said for file in files)
    assert not any(DEVELOPMENT_MARK in file.read_text() for file in files)


def test_running_it_again_creates_nothing(tmp_path: Path, settings: Settings) -> None:
    settings.KEYS_DIR = tmp_path / "keys"
    make_keys()

    assert "every key already" in make_keys()


def test_a_folder_that_cannot_be_written_is_told(
    tmp_path: Path, settings: Settings
) -> None:
    (tmp_path / "file").touch()
    settings.KEYS_DIR = tmp_path / "file" / "keys"

    with pytest.raises(CommandError, match="set KEYS_DIR"):
        make_keys()
