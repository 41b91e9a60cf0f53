"""What a pause of the recording does to every countdown."""

import pytest

from bots.recall.automatic_leave import Event, leaving

from .test_automatic_leave import EVENTS, EVERYONE, NAMES, SILENCE, meeting, only, when

PAUSE = [(100, "recording_paused"), (600, "recording_resumed")]


def test_it_still_leaves_an_empty_call_while_paused():
    events = meeting((20, "join", 1), (100, "recording_paused"), (200, "leave", 1))
    assert when(EVERYONE, events) == 202


@pytest.mark.parametrize(
    ("settings", "rows"),
    [
        (only(noone_joined_timeout=1200), []),
        (only(in_call_not_recording_timeout=60), []),
        (only(in_call_recording_timeout=300), []),
        (SILENCE, [(20, "join", 1)]),
        (NAMES, [(20, "join", 1, "recorder")]),
        (EVENTS, [(20, "join", 1)]),
    ],
)
def test_it_never_leaves_otherwise_while_paused(settings, rows):
    assert when(settings, meeting(*rows, (100, "recording_paused"))) is None


@pytest.mark.parametrize(
    ("settings", "unpaused", "paused"),
    [
        (only(noone_joined_timeout=1200), 1200, 1700),
        (only(in_call_recording_timeout=300), 310, 810),
        (SILENCE, 1510, 2010),
    ],
)
def test_it_goes_on_counting_after_a_pause(settings, unpaused, paused):
    assert when(settings, meeting()) == unpaused
    assert when(settings, meeting(*PAUSE)) == paused


def test_it_begins_anew_after_a_pause_if_told():
    settings = only(in_call_recording_timeout=300)
    left = leaving(settings, meeting(*PAUSE), after_pause="restart")
    assert (left.at, left.since) == (900, 600)


def test_it_does_not_count_a_pause_towards_the_delay_of_a_rule():
    events = meeting((20, "join", 1, "recorder"), *PAUSE)
    assert when(NAMES, events) == 315 + 500


def test_it_hears_speech_in_a_pause():
    rows = [(1300, "recording_paused"), (1400, "speech_on", 1), (1401, "speech_off", 1)]
    assert when(SILENCE, meeting(*rows, (1500, "recording_resumed"))) == 1800


def test_it_begins_the_countdown_of_what_came_true_in_a_pause_when_it_ends():
    events = meeting(
        (20, "join", 1, "Ann"), (20, "join", 2, "recorder"),
        (400, "recording_paused"), (450, "leave", 1), (500, "recording_resumed"),
    )  # fmt: skip
    left = leaving(NAMES, events)
    assert (left.at, left.since) == (505, 500)


def test_it_lets_a_countdown_end_at_the_moment_of_a_pause():
    settings = only(in_call_recording_timeout=90)
    assert when(settings, meeting((100, "recording_paused"))) == 100
    assert when(settings, meeting((99, "recording_paused"))) is None


def test_it_counts_as_not_recording_when_a_paused_recording_is_stopped():
    events = meeting((100, "recording_paused"), (200, "recording_stopped"))
    assert when(only(in_call_not_recording_timeout=60), events) == 260


@pytest.mark.parametrize("odd", ["recording_resumed", "recording_stopped", "recording_paused"])
def test_it_takes_no_notice_of_orders_out_of_place(odd):
    events = [Event(0, "in_call"), Event(30, odd)]
    assert when(only(in_call_not_recording_timeout=60), events) == 60
