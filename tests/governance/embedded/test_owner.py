"""An unprivileged user reaches the binaries, wherever the checkout is."""

import os
import shutil
from pathlib import Path

import pytest

from governance.embedded.errors import CannotStart
from governance.embedded.owner import (
    Owner,
    Refused,
    private_folder,
    run_as,
    unprivileged,
    within_reach,
)
from tests.governance.embedded.conftest import needs_root


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """Make a package with one binary in a folder that only its owner may enter."""
    package = tmp_path / "home" / "package"
    (package / "bin").mkdir(parents=True)
    shutil.copy(shutil.which("true") or "", package / "bin" / "program")
    (tmp_path / "home").chmod(0o700)
    return package


@pytest.fixture
def nobody(tmp_path: Path) -> Owner:
    """Return the user that servers run as, and let it enter the test's folders."""
    owner = unprivileged()
    assert owner
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o711)
    return owner


@needs_root
def test_root_runs_servers_as_somebody_else(nobody: Owner) -> None:
    assert nobody.uid != 0


@needs_root
def test_a_binary_out_of_reach_is_copied_with_its_package(
    tmp_path: Path, package: Path, nobody: Owner
) -> None:
    binary = package / "bin" / "program"

    copy = within_reach(binary, nobody, package=[package], copies=tmp_path / "copies")

    assert copy != binary
    assert run_as(nobody, [str(copy)], folder=Path("/")) == ""


@needs_root
def test_a_copy_is_made_once(tmp_path: Path, package: Path, nobody: Owner) -> None:
    binary, copies = package / "bin" / "program", tmp_path / "copies"

    first = within_reach(binary, nobody, package=[package], copies=copies)
    again = within_reach(binary, nobody, package=[package], copies=copies)

    assert first == again
    assert len(list(copies.iterdir())) == 1


@needs_root
def test_a_binary_within_reach_stays_where_it_is(
    tmp_path: Path, package: Path, nobody: Owner
) -> None:
    package.parent.chmod(0o711)
    binary = package / "bin" / "program"

    found = within_reach(binary, nobody, package=[package], copies=tmp_path / "copies")

    assert found == binary


@needs_root
def test_a_copy_that_cannot_be_made_is_told(
    tmp_path: Path, package: Path, nobody: Owner
) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(CannotStart, match="move the checkout"):
        within_reach(
            package / "bin" / "program",
            nobody,
            package=[package],
            copies=tmp_path / "file" / "copies",
        )


def test_without_another_user_every_binary_is_within_reach(package: Path) -> None:
    binary = package / "bin" / "program"

    assert within_reach(binary, None, package=[package]) == binary


def test_a_private_folder_is_for_its_owner_alone(tmp_path: Path) -> None:
    private_folder(tmp_path / "a" / "b", None)

    assert (tmp_path / "a" / "b").stat().st_mode & 0o777 == 0o700


def test_a_refusal_carries_the_last_line_of_the_complaint() -> None:
    command = ["/bin/sh", "-c", "echo first >&2; echo last >&2; exit 1"]

    with pytest.raises(Refused, match=r"^last$"):
        run_as(None, command, folder=Path("/"))


def test_a_program_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused):
        run_as(None, [os.fspath(tmp_path / "missing")], folder=tmp_path)
