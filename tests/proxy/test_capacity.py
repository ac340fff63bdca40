import threading
from contextlib import ExitStack

import pytest
from pytest_django import Settings

from governance.decision import Reason
from governance.errors import Denied
from proxy.capacity import Capacity


@pytest.fixture
def capacity(settings: Settings) -> Capacity:
    settings.WEB_THREADS = 10
    return Capacity()


def test_a_backend_takes_its_limit_and_the_rest_is_refused_at_once(
    capacity: Capacity,
) -> None:
    with capacity.seat("team-acme", 1, 2), capacity.seat("team-acme", 1, 2):
        with pytest.raises(Denied) as denial, capacity.seat("team-zeta", 1, 2):
            pass

        with capacity.seat("team-acme", 2, 2):
            pass

    assert denial.value.reason is Reason.BACKEND_BUSY
    assert denial.value.members == {"retry_after": 1}


def test_one_tenant_leaves_the_last_four_threads_to_others(capacity: Capacity) -> None:
    with ExitStack() as seats:
        for backend in range(6):
            seats.enter_context(capacity.seat("team-acme", backend, 16))

        with pytest.raises(Denied) as denial:
            seats.enter_context(capacity.seat("team-acme", 7, 16))
        seats.enter_context(capacity.seat("team-zeta", 7, 16))

    assert denial.value.reason is Reason.BACKEND_BUSY


def test_a_process_with_few_threads_still_serves(
    capacity: Capacity, settings: Settings
) -> None:
    settings.WEB_THREADS = 2

    with (
        capacity.seat("team-acme", 1, 16),
        pytest.raises(Denied),
        capacity.seat("team-acme", 2, 16),
    ):
        pass


def test_a_seat_is_free_again_after_a_failure(capacity: Capacity) -> None:
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), capacity.seat("team-acme", 1, 1):
            raise ZeroDivisionError


def test_a_refused_seat_takes_nothing(capacity: Capacity) -> None:
    with capacity.seat("team-acme", 1, 1):
        for _ in range(20):
            with pytest.raises(Denied), capacity.seat("team-zeta", 1, 1):
                pass

    with capacity.seat("team-zeta", 1, 1):
        pass


def test_no_more_than_the_limit_sit_at_once_whoever_is_faster(
    capacity: Capacity,
) -> None:
    start = threading.Barrier(8, timeout=120)
    tried = threading.Barrier(8, timeout=120)
    outcomes: list[str] = []

    def call() -> None:
        start.wait()
        try:
            with capacity.seat("team-acme", 1, 3):
                outcomes.append("seated")
                tried.wait()
        except Denied:
            outcomes.append("refused")
            tried.wait()

    threads = [threading.Thread(target=call) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["refused"] * 5 + ["seated"] * 3


def test_a_draining_process_takes_nothing_and_waits_for_what_runs(
    capacity: Capacity,
) -> None:
    seated, finish = threading.Event(), threading.Event()

    def call() -> None:
        with capacity.seat("team-acme", 1, 16):
            seated.set()
            finish.wait(120)

    thread = threading.Thread(target=call)
    thread.start()
    assert seated.wait(120)
    capacity.stop_taking()

    with pytest.raises(Denied) as denial, capacity.seat("team-zeta", 2, 16):
        pass
    idle_before = capacity.wait_until_idle(0)
    finish.set()
    idle_after = capacity.wait_until_idle(120)
    thread.join()

    assert denial.value.reason is Reason.UNAVAILABLE
    assert (idle_before, idle_after) == (False, True)
