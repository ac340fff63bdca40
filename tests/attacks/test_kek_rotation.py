"""The key of keys is changed while twenty threads call."""

import threading
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree
from typing import Self

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from governance import keys, policy
from governance.models import Backend
from governance.services import replace_secret
from governance.services.keks import keks_in_use
from proxy.asking import Ended
from tests.factories import CredentialLaneFactory
from tests.stage import READ, SECRET, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

THREADS = 20
ROTATIONS = 3


@pytest.fixture
def folder(stage: Stage, tmp_path: Path, settings: Settings) -> Iterator[Path]:
    settings.KEYS_DIR = Path(copytree(settings.KEYS_DIR, tmp_path / "keys"))
    settings.WEB_THREADS = 100
    settings.AGENT_CALLS_PER_SECOND = 0
    Backend.objects.update(max_concurrent=64)
    policy.forget()
    keys.forget()
    yield settings.KEYS_DIR
    keys.forget()


class Callers:
    """Threads that read until told to stop; ``states`` says how each call ended."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.states: list[str] = []
        self.errors: list[BaseException] = []
        self._over = threading.Event()
        self._more = threading.Condition()
        self._threads = [threading.Thread(target=self._call) for _ in range(THREADS)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def wait_for_more(self, calls: int) -> None:
        """Return when this many more calls have ended since now."""
        with self._more:
            goal = len(self.states) + calls
            assert self._more.wait_for(
                lambda: len(self.states) >= goal or self.errors, timeout=120
            )

    def _call(self) -> None:
        try:
            while not self._over.is_set():
                answer = self.stage.call("github.read_pr", args=READ)
                assert isinstance(answer, Ended)
                self._told(answer.state)
        except BaseException as error:  # noqa: BLE001 - told to the test
            self.errors.append(error)
        finally:
            connection.close()

    def _told(self, state: str) -> None:
        with self._more:
            self.states.append(state)
            self._more.notify_all()


def test_no_call_fails_and_nothing_is_left_under_an_old_key(
    stage: Stage, folder: Path
) -> None:
    for number in range(30):
        lane = CredentialLaneFactory.create(
            name=f"lane-{number}",
            kind="static",
            placement={"in": "authorization", "scheme": "Bearer"},
        )
        replace_secret(lane, f"{SECRET}-{number}", by=None, now=timezone.now())

    with Callers(stage) as callers:
        callers.wait_for_more(THREADS)
        for _ in range(ROTATIONS):
            old = keys.newest_kek_id()
            call_command("rotate_kek", "--new", verbosity=0)
            assert keks_in_use() == {keys.newest_kek_id(): 31}
            (folder / f"kek-{old}.key").unlink()
            callers.wait_for_more(THREADS * 2)

    assert callers.errors == []
    assert set(callers.states) == {"completed"}
    keys.forget()
    policy.forget()
    again = stage.call("github.read_pr", args=READ)
    assert isinstance(again, Ended)
    assert again.state == "completed"
    assert stage.remote.received[-1].all("Authorization") == [f"Bearer {SECRET}"]
