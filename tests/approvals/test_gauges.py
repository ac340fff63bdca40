"""Figures at a scrape: remembered for a minute, and alone when they fail."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from approvals.gauges import DECIDING, REMEMBERED_SECONDS, Deciding
from governance.operations.exposition import exposition
from tests.approvals.asking import a_world, cast

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _decided() -> None:
    cast(a_world().ask(), "ana")


@contextmanager
def medians(run: Callable[[], None]) -> Iterator[None]:
    """Call ``run`` before each statement that computes a median."""

    def watched(execute: Any, sql: str, *rest: Any) -> Any:
        if "percentile_cont" in sql:
            run()
        return execute(sql, *rest)

    with connection.execute_wrapper(watched):
        yield


def time_out() -> None:
    message = "canceling statement due to statement timeout"
    raise OperationalError(message)


def test_scrapes_of_a_minute_read_the_figures_of_deciding_once() -> None:
    counted: list[None] = []

    with medians(lambda: counted.append(None)):
        first = exposition().decode()
        read = len(counted)
        second = exposition().decode()

    assert read > 0
    assert len(counted) == read
    assert "sealwright_deciding_decided{" in first
    assert "sealwright_deciding_decided{" in second


def test_after_a_minute_the_figures_are_read_anew() -> None:
    seconds = [0.0]
    deciding = Deciding(clock=lambda: seconds[0])
    now = timezone.now()

    first = deciding.families(now=now)
    seconds[0] = REMEMBERED_SECONDS - 1
    second = deciding.families(now=now + timedelta(days=90))
    seconds[0] = REMEMBERED_SECONDS
    third = deciding.families(now=now + timedelta(days=90))

    assert second is first
    assert first[0].samples
    assert not third[0].samples


def test_figures_that_time_out_cost_no_other_gauge(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.ERROR), medians(time_out):
        told = exposition().decode()

    assert "sealwright_deciding_" not in told
    assert "sealwright_approvals_pending 0.0" in told
    assert "sealwright_database_up 1.0" in told
    assert "the figures of deciding can't be read" in caplog.text


def test_figures_that_timed_out_are_not_asked_at_once_again() -> None:
    asked: list[None] = []

    with medians(time_out):
        exposition()
    with medians(lambda: asked.append(None)):
        exposition()
    DECIDING.forget()

    assert not asked
    assert "sealwright_deciding_decided{" in exposition().decode()
