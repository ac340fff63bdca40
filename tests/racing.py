"""Real races: threads at a barrier, each on a connection of its own; no sleeps."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import psycopg
from django.db import connection

from governance.errors import Denied

WAIT_SECONDS = 120
CONNECTIONS = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND backend_type = 'client backend'
      AND pid <> pg_backend_pid()
"""

_Result = TypeVar("_Result")


def at_once(*jobs: Callable[[], _Result]) -> list[_Result]:
    """Run these at the same moment, and return what each returned, in their order."""
    barrier = threading.Barrier(len(jobs))

    def run(job: Callable[[], _Result]) -> _Result:
        try:
            connection.ensure_connection()
            barrier.wait(WAIT_SECONDS)
            return job()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


def or_denied(job: Callable[[], _Result]) -> Callable[[], _Result | Denied]:
    """Return a job that answers a refusal instead of raising it."""

    def run() -> _Result | Denied:
        try:
            return job()
        except Denied as denied:
            return denied

    return run


@contextmanager
def meanwhile(job: Callable[[], _Result]) -> Iterator[Future[_Result]]:
    """Run a job in a thread while the block runs; the block may wait for its result."""

    def run() -> _Result:
        try:
            return job()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        yield pool.submit(run)


@contextmanager
def somebody_else() -> Iterator[psycopg.Connection]:
    """Yield a connection of somebody else's; what it has not committed rolls back."""
    other = psycopg.connect(**connection.get_connection_params())
    try:
        yield other
    finally:
        other.close()


def until(holds: Callable[[], bool]) -> None:
    """Return once something that others do has happened; fails if it never does."""
    pause = threading.Event()
    for _ in range(WAIT_SECONDS * 200):
        if holds():
            return
        pause.wait(0.005)
    raise AssertionError("what the test waited for never happened")


def connections_held() -> int:
    """Return how many connections others hold now."""
    with somebody_else() as other:
        ((held,),) = other.execute(CONNECTIONS).fetchall()
    return int(held)


def until_none_is_held() -> None:
    """Return once nobody holds a connection: one that was closed takes a moment."""
    until(lambda: connections_held() == 0)
