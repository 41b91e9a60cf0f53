"""What `make soak` calls grown, and what not."""

import pytest

from benchmarks import growth
from benchmarks.growth import Windows

HOUR = Windows.of(3600.0)


def samples(name, value):
    """An hour of them, every ten seconds; `value` of the second."""
    return [{"seconds": float(s), name: value(s)} for s in range(10, 3601, 10)]


def test_ten_minutes_after_the_warm_up_are_held_against_the_last_ten():
    assert (HOUR.first, HOUR.last) == ((300.0, 900.0), (3000.0, 3601.0))
    short = Windows.of(300.0)
    assert (short.first, short.last) == ((60.0, 140.0), (220.0, 301.0))


@pytest.mark.parametrize(
    ("value", "is_problem"),
    [
        (lambda s: 100.0, False),
        (lambda s: 40.0 if s < 300 else 100.0, False),  # that is the warm-up
        (lambda s: 100.0 + s / 3600 * 9, False),
        (lambda s: 100.0 + s / 3600 * 20, True),
        (lambda s: 120.0 - s / 3600 * 20, False),
    ],
)
def test_memory_grows_where_it_rises_by_more_than_a_tenth(value, is_problem):
    figure = growth.held(samples("web pss MB", value), "web pss MB", "MB", HOUR)
    assert bool(figure.problem) == is_problem


def test_the_slope_is_told_for_an_hour():
    rising = samples("web pss MB", lambda s: 100.0 + s / 100)
    assert growth.slope_an_hour(rising, "web pss MB", 300.0) == pytest.approx(36.0)


@pytest.mark.parametrize(
    ("name", "last", "is_problem"),
    [
        ("connections", 42.0, False),
        ("connections", 43.0, True),
        ("web files", 43.0, False),
        ("web files", 44.0, True),
    ],
)
def test_what_is_held_open_may_not_become_more(name, last, is_problem):
    seen = samples(name, lambda s: 40.0 if s < 3000 else last)
    assert bool(growth.held(seen, name, "", HOUR).problem) == is_problem
    assert not growth.held(seen, name, "", HOUR, is_judged=False).problem


@pytest.mark.parametrize(
    ("first", "last", "is_problem"), [(0.1, 0.9, False), (0.7, 1.3, False), (0.5, 1.1, True)]
)
def test_a_lag_grows_where_it_doubles_and_can_be_noticed(first, last, is_problem):
    assert bool(growth.lag("page, p99", first, last).problem) == is_problem


def test_what_was_seen_no_more_is_a_problem():
    assert growth.held(samples("web files", lambda s: 1.0)[:40], "web files", "", HOUR).problem


def test_what_came_no_more_is_a_problem_and_what_waits_no_more_is_none():
    assert growth.lag("page, p99", 0.2, 0.0).problem
    assert not growth.lag("oldest order", 0.2, 0.0, may_end=True).problem
