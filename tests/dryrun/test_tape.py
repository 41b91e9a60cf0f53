"""A tape is made of what Recall told, in order, and knows what it cannot know."""

from datetime import UTC, datetime, timedelta

import pytest

from bots.dryrun import Status, Take, tape

START = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
NAMES = {1: "Ann Archer", 2: "Ben Baker", 3: "Otter Notetaker"}
JOINED = (("joining_call", 0), ("in_call_not_recording", 2), ("in_call_recording", 3))


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def made(codes, takes=(), acts=()):
    """`codes` are (code or (code, sub-code), second); `takes` (from, until, told)."""
    return tape(
        [
            Status(*(code if isinstance(code, tuple) else (code, "")), at(second))
            for code, second in codes
        ],
        [Take(at(a), None if b is None else at(b), told) for a, b, told in takes],
        [(START.timestamp() + second, kind, who) for second, kind, who in acts],
        NAMES,
    )


def kinds(found):
    return [(e.kind, e.at) if e.participant is None else (e.kind, e.participant, e.at)
            for e in found.events]  # fmt: skip


ENDED = (("call_ended", "call_ended_by_host"), 100)


def test_it_tells_what_bot_and_people_did_in_order():
    found = made(
        [*JOINED, ENDED, ("recording_done", 102), ("done", 103)],
        [(3, 100, True)],
        [
            (2, "join", 1),
            (5, "speech_on", 1),
            (9, "speech_off", 1),
            (9, "join", 2),
            (20, "leave", 1),
        ],
    )
    assert kinds(found) == [
        ("in_call", 2),
        ("join", 1, 2),
        ("recording_started", 3),
        ("speech_on", 1, 5),
        ("speech_off", 1, 9),
        ("join", 2, 9),
        ("leave", 1, 20),
    ]
    assert (found.end, found.code, found.sub_code) == (100, "call_ended", "call_ended_by_host")
    assert (found.entered, found.seen_until, found.unheard) == (2, 100, ((2, 3),))
    assert not found.left_by_rule


@pytest.mark.parametrize(
    "codes",
    [
        [],
        [("joining_call", 0)],
        JOINED,
        # A bot that was put out and came back is not out.
        [*JOINED, ENDED, ("in_call_recording", 120)],
    ],
)
def test_it_makes_none_while_the_bot_is_not_out(codes):
    assert made(codes, [(3, None, True)]) is None


@pytest.mark.parametrize("takes", [[], [(3, 100, False)]])
def test_it_makes_none_where_the_people_of_a_recording_are_not_known(takes):
    assert made([*JOINED, ENDED], takes) is None


def test_it_reads_a_pause_from_the_history():
    found = made(
        [*JOINED, ("in_call_not_recording", 30), ("in_call_recording", 50), ENDED],
        [(3, 100, True)],
    )
    assert kinds(found) == [
        ("in_call", 2),
        ("recording_started", 3),
        ("recording_paused", 30),
        ("recording_resumed", 50),
    ]
    assert found.unheard == ((2, 3), (30, 50))


def test_it_reads_a_stop_from_the_recordings():
    found = made(
        [*JOINED, ("in_call_not_recording", 30), ("in_call_recording", 50), ENDED],
        [(3, 30, True), (50, 100, True)],
    )
    assert kinds(found) == [
        ("in_call", 2),
        ("recording_started", 3),
        ("recording_stopped", 30),
        ("recording_started", 50),
    ]
    assert found.unheard == ((2, 3), (30, 50))


def test_it_does_not_know_who_was_there_after_the_last_recording():
    found = made([*JOINED, ("in_call_not_recording", 30), ENDED], [(3, 30, True)])
    assert (found.seen_until, found.people_known) == (30, True)
    assert found.unheard == ((2, 3), (30, 100))


def test_it_does_not_know_who_was_there_where_nothing_was_recorded():
    found = made([("joining_call", 0), ("in_call_not_recording", 2), ENDED])
    assert (found.seen_until, found.people_known) == (2, False)


def test_it_knows_that_nobody_was_there_where_recall_says_so():
    ended = (("call_ended", "timeout_exceeded_noone_joined"), 1202)
    found = made([("joining_call", 0), ("in_call_not_recording", 2), ended])
    assert found.people_known
    assert found.left_by_rule


def test_a_bot_that_was_never_let_in_had_nobody_to_see():
    ended = (("call_ended", "timeout_exceeded_waiting_room"), 1202)
    found = made([("joining_call", 0), ("in_waiting_room", 2), ended])
    assert kinds(found) == [("waiting_room", 2)]
    assert (found.entered, found.people_known, found.unheard) == (None, True, ())


def test_two_recordings_tell_the_same_once():
    acts = [(2, "join", 1), (2, "join", 1), (40, "join", 2), (20, "leave", 1), (20, "leave", 1)]
    found = made(
        [*JOINED, ("in_call_not_recording", 30), ("in_call_recording", 50), ENDED],
        [(3, 30, True), (50, 100, True)],
        acts,
    )
    assert [row for row in kinds(found) if len(row) == 3] == [
        ("join", 1, 2),
        ("leave", 1, 20),
        ("join", 2, 40),
    ]


def test_who_talks_when_the_recording_stops_is_heard_no_longer():
    found = made(
        [*JOINED, ("in_call_not_recording", 30), ENDED],
        [(3, 30, True)],
        [(2, "join", 1), (25, "speech_on", 1)],
    )
    assert kinds(found)[-2:] == [("recording_stopped", 30), ("speech_off", 1, 30)]


def test_who_acts_untold_of_is_there_and_our_own_chat_is_nobody():
    found = made(
        [*JOINED, ENDED],
        [(3, 100, True)],
        [(8, "speech_on", 1), (4, "chat_message", 99), (12, "webcam_on", 2)],
    )
    assert [row for row in kinds(found) if len(row) == 3] == [("join", 1, 8), ("speech_on", 1, 8)]


def test_who_speaks_after_having_gone_is_back():
    """Between two recordings nobody told of their coming."""
    acts = [(2, "join", 1), (20, "leave", 1), (60, "speech_on", 1), (70, "speech_off", 1)]
    found = made(
        [*JOINED, ("in_call_not_recording", 30), ("in_call_recording", 50), ENDED],
        [(3, 30, True), (50, 100, True)],
        acts,
    )
    assert [row for row in kinds(found) if len(row) == 3] == [
        ("join", 1, 2),
        ("leave", 1, 20),
        ("join", 1, 60),
        ("speech_on", 1, 60),
        ("speech_off", 1, 70),
    ]
    # What is switched off by going is told after it.
    acts = [(2, "join", 1), (9, "speech_on", 1), (20, "leave", 1), (21, "speech_off", 1)]
    assert kinds(made([*JOINED, ENDED], [(3, 100, True)], acts))[-2:] == [
        ("leave", 1, 20),
        ("speech_off", 1, 21),
    ]


def test_what_falls_together_comes_in_the_order_of_the_call():
    found = made(
        [*JOINED, ENDED],
        [(3, 100, True)],
        [
            (3, "join", 1),
            (9, "join", 2),
            (9, "leave", 1),
            (9, "speech_off", 1),
            (9, "speech_on", 2),
        ],
    )
    assert kinds(found)[1:] == [
        ("recording_started", 3),
        ("join", 1, 3),
        ("speech_off", 1, 9),
        ("leave", 1, 9),
        ("join", 2, 9),
        ("speech_on", 2, 9),
    ]


def test_it_hears_nothing_after_the_bot_was_out():
    acts = [(2, "join", 1), (100, "leave", 1), (120, "join", 2)]
    assert kinds(made([*JOINED, ENDED], [(3, 100, True)], acts))[-1] == ("recording_started", 3)


def test_it_tells_what_the_host_said_to_recording():
    denied = ("recording_permission_denied", "zoom_local_recording_request_denied_by_host")
    waiting = ("recording_permission_denied", "zoom_bot_in_waiting_room")
    ended = (("call_ended", "timeout_exceeded_recording_permission_denied"), 40)
    codes = [("joining_call", 0), (waiting, 1), ("in_call_not_recording", 2), (denied, 9), ended]
    assert kinds(made(codes)) == [("in_call", 2), ("permission_denied", 9)]


@pytest.mark.parametrize(
    ("sub_code", "own"),
    [
        ("timeout_exceeded_silence_detected", True),
        ("timeout_exceeded_only_bots_in_call", True),
        ("timeout_exceeded_max_duration", False),
        ("bot_received_leave_call", False),
        ("bot_kicked_from_call", False),
        ("call_ended_by_full_moon", False),
    ],
)
def test_it_knows_whose_decision_the_end_was(sub_code, own):
    found = made([*JOINED, (("call_ended", sub_code), 100)], [(3, 100, True)])
    assert found.left_by_rule == own


def test_an_end_told_late_is_when_the_recording_was_done():
    """Recall's older API says so in this order."""
    codes = [*JOINED, ("recording_done", 98), ENDED]
    found = made(codes, [(3, 98, True)])
    assert (found.end, found.sub_code) == (98, "call_ended_by_host")


@pytest.mark.parametrize("first", ["speech_on", "speech_off"])
def test_a_word_cut_off_as_it_began_is_over(first):
    second = {"speech_on": "speech_off", "speech_off": "speech_on"}[first]
    acts = [(2, "join", 1), (30, first, 1), (30, second, 1)]
    found = made([*JOINED, ENDED], [(3, 100, True)], acts)
    assert kinds(found)[-1] == ("speech_off", 1, 30)


def test_who_speaks_on_in_the_same_moment_goes_on_speaking():
    acts = [(2, "join", 1), (20, "speech_on", 1), (30, "speech_on", 1), (30, "speech_off", 1)]
    found = made([*JOINED, ENDED], [(3, 100, True)], acts)
    assert kinds(found)[-1] == ("speech_on", 1, 30)
