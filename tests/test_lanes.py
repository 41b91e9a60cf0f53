"""The geometry of the lane picture: shares of a stretch of time, and where recordings paused."""

from datetime import UTC, datetime, timedelta

import pytest

from bots import lanes
from bots.lanes import Change, Seen, Span, Take

START = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def draw(*changes: tuple[str, float], now: float = 100, over: bool = False, **more):
    return lanes.picture(
        bot_name="Acme Notetaker",
        changes=[Change(code, at(seconds)) for code, seconds in changes],
        now=at(now),
        over=over,
        **more,
    )


def bars(lane: lanes.Lane) -> list[tuple[str, float, float]]:
    return [(bar.kind, round(bar.x, 3), round(bar.width, 3)) for bar in lane.bars]


PAUSED = (
    ("joining_call", 0),
    ("in_call_not_recording", 10),
    ("in_call_recording", 20),
    ("in_call_not_recording", 40),
    ("in_call_recording", 60),
)


def test_it_shows_nothing_before_anything_has_happened():
    assert draw() is None


def test_it_shares_the_time_until_now_between_the_phases():
    picture = draw(("joining_call", 0), ("in_waiting_room", 25), ("in_call_recording", 50))
    assert bars(picture.lanes[0]) == [
        ("joining", 0, 0.25),
        ("waiting", 0.25, 0.25),
        ("recording", 0.5, 0.5),
    ]


def test_it_ends_where_the_bot_ended():
    picture = draw(
        ("joining_call", 0), ("in_call_recording", 20), ("call_ended", 90), ("done", 100),
        now=5000, over=True,
    )  # fmt: skip
    assert picture.span == Span(at(0), at(100))
    assert bars(picture.lanes[0])[-1] == ("processing", 0.9, 0.1)


def test_it_shows_a_gap_inside_one_recording_as_a_pause():
    picture = draw(*PAUSED, takes=[Take(at(20), None, paused=True)])
    assert bars(picture.lanes[0]) == [
        ("joining", 0, 0.1),
        ("in_call", 0.1, 0.1),
        ("recording", 0.2, 0.2),
        ("paused", 0.4, 0.2),
        ("recording", 0.6, 0.4),
    ]


def test_it_shows_a_gap_between_two_recordings_as_not_recording():
    picture = draw(*PAUSED, takes=[Take(at(20), at(40.4)), Take(at(60), None, paused=True)])
    assert [kind for kind, _, _ in bars(picture.lanes[0])][3] == "in_call"


def test_it_ends_a_pause_where_the_recording_was_stopped():
    changes = [Change("in_call_recording", at(0)), Change("in_call_not_recording", at(30))]
    take = Take(at(0), at(50))
    assert lanes.pauses(changes, take, now=at(90)) == [Span(at(30), at(50))]


def test_it_counts_a_pause_of_a_second():
    changes = [
        Change("in_call_not_recording", at(0)),
        Change("in_call_recording", at(1)),
        Change("in_call_not_recording", at(30)),
        Change("in_call_recording", at(31)),
    ]
    assert lanes.pauses(changes, Take(at(0), at(50)), now=at(90)) == [Span(at(30), at(31))]


def test_it_takes_a_stop_for_no_pause_when_the_clocks_differ_a_little():
    changes = [Change("in_call_recording", at(0)), Change("in_call_not_recording", at(49))]
    assert lanes.pauses(changes, Take(at(0), at(50)), now=at(90)) == []


def test_it_counts_a_pause_that_has_just_begun():
    changes = [Change("in_call_recording", at(0)), Change("in_call_not_recording", at(30))]
    take = Take(at(0), None, paused=True)
    assert lanes.pauses(changes, take, now=at(31)) == [Span(at(30), at(31))]


def test_it_takes_a_stop_for_no_pause_while_the_recording_is_being_prepared():
    changes = [Change("in_call_recording", at(0)), Change("in_call_not_recording", at(30))]
    assert lanes.pauses(changes, Take(at(0), at(29.5)), now=at(31)) == []


def test_it_goes_on_to_grow_only_while_its_end_is_now():
    live = draw(("joining_call", 0), ("in_call_recording", 50))
    assert live.grows
    assert [bar.reaches_end for bar in live.lanes[0].bars] == [False, True]
    assert not draw(("joining_call", 0), ("in_call_recording", 50), ("done", 60), over=True).grows
    assert not draw(("in_call_recording", 0), only=Span(at(0), at(50))).grows


def test_it_waits_for_the_end_of_a_recording_before_calling_the_rest_a_pause():
    changes = [Change("in_call_recording", at(0)), Change("in_call_not_recording", at(30))]
    assert lanes.pauses(changes, Take(at(0), None), now=at(90)) == []


def test_it_draws_who_was_there_and_when_they_spoke():
    events = [
        Seen(1, "join", at(10)),
        Seen(1, "speech_on", at(20)),
        Seen(1, "speech_off", at(30)),
        Seen(1, "leave", at(60)),
        Seen(2, "screenshare_on", at(50)),
    ]
    picture = draw(("in_call_recording", 0), names={1: "Priya"}, events=events)
    priya, other = picture.lanes[1:]
    assert (priya.name, bars(priya), priya.spoke_s) == ("Priya", [("present", 0.1, 0.5)], 10)
    assert priya.speaking == "M400 0h200v1H400z"
    assert other.name == "Participant 2"
    assert bars(other) == [("present", 0.5, 0.5), ("sharing", 0.5, 0.5)]


def test_it_ends_everything_when_somebody_leaves_while_speaking():
    events = [Seen(1, "speech_on", at(20)), Seen(1, "leave", at(40))]
    lane = draw(("in_call_recording", 0), events=events).lanes[1]
    assert (lane.spoke_s, bars(lane)) == (20, [("present", 0.2, 0.2)])


def test_it_hears_nobody_while_paused():
    events = [Seen(1, "speech_on", at(30)), Seen(1, "speech_off", at(70))]
    take = Take(at(20), None, paused=True)
    assert draw(*PAUSED, takes=[take], events=events).lanes[1].spoke_s == 20


def test_it_counts_presence_once_that_two_recordings_tell():
    events = [
        Seen(1, action, at(seconds))
        for action, seconds in [("join", 0), ("leave", 40), ("join", 40), ("leave", 80)]
    ]
    assert bars(draw(("in_call_recording", 0), events=events).lanes[1]) == [("present", 0, 0.8)]


def test_it_cuts_the_picture_to_one_recording():
    picture = draw(*PAUSED, takes=[Take(at(20), at(90))], only=Span(at(20), at(120)), now=120)
    assert bars(picture.lanes[0]) == [
        ("recording", 0, 0.2),
        ("paused", 0.2, 0.2),
        ("recording", 0.4, 0.6),
    ]


def test_it_leaves_out_whom_it_has_no_room_for():
    events = [Seen(who, "join", at(who)) for who in range(lanes.MAX_LANES + 3)]
    picture = draw(("in_call_recording", 0), events=events)
    assert (len(picture.lanes), picture.left_out) == (1 + lanes.MAX_LANES, 3)


@pytest.mark.parametrize(("seconds", "step_s"), [(4, 1), (100, 30), (3000, 600), (90_000, 28_800)])
def test_it_names_a_few_round_moments(seconds: float, step_s: float):
    ticks = draw(("in_call_recording", 0), now=seconds).ticks
    assert [tick.after_s for tick in ticks[:2]] == [0, step_s]
    assert len(ticks) <= 7


def test_what_goes_off_with_a_person_brings_nobody_back():
    events = [Seen(1, "join", at(10)), Seen(1, "leave", at(40)), Seen(1, "webcam_off", at(40))]
    picture = draw(
        ("in_call_recording", 0), ("call_ended", 100), over=True, names={1: "Ann"}, events=events
    )
    assert bars(picture.lanes[1]) == [("present", 0.1, 0.3)]


def test_it_draws_lines_at_marks_and_keeps_them_inside():
    marks = [lanes.Mark("was", "Version 1", at(25)), lanes.Mark("new", "Version 2", at(300))]
    picture = draw(("in_call_recording", 0), ("call_ended", 100), over=True, marks=marks)
    assert [(line.mark.kind, line.x_percent, line.side) for line in picture.lines] == [
        ("was", "25.000%", "start"),
        ("new", "100.000%", "end"),
    ]


def test_it_shows_where_nobody_speaks_while_it_records():
    events = [
        Seen(1, "join", at(0)),
        Seen(1, "speech_on", at(5)),
        Seen(1, "speech_off", at(20)),
        Seen(1, "speech_on", at(45)),
        Seen(1, "speech_off", at(50)),
    ]
    changes = (("in_call_recording", 0),)
    picture = draw(*changes, events=events, takes=[Take(at(0), at(95))])
    [silent] = [bar for bar in picture.lanes[0].bars if bar.kind == "silent"]
    assert (silent.span, silent.label) == (Span(at(50), at(95)), "Nobody speaks")
    assert ("silent", "Nobody speaks") in picture.legend


def test_it_knows_no_silence_where_nobody_tells_who_speaks():
    picture = draw(
        ("in_call_recording", 0), events=[Seen(1, "join", at(0))], takes=[Take(at(0), at(95))]
    )
    assert not [bar for bar in picture.lanes[0].bars if bar.kind == "silent"]


def test_it_counts_no_pause_as_silence():
    takes = [Take(at(0), at(300))]
    spoken = [Span(at(0), at(10)), Span(at(20), at(100)), Span(at(180), at(290))]
    found = lanes.silences(takes, [Span(at(110), at(170))], spoken, now=at(300))
    assert found == []
    assert lanes.silences(takes, [], spoken, now=at(300)) == [Span(at(100), at(180))]


def test_it_shows_who_wrote_into_the_chat():
    events = [Seen(1, "join", at(0)), Seen(1, "chat_message", at(50))]
    picture = draw(("in_call_recording", 0), events=events)
    assert (picture.lanes[1].chat, picture.lanes[1].wrote) == ("M1000 0h2v1H1000z", 1)


def test_it_stays_small_for_three_hours_with_forty_people():
    events = [
        Seen(who, action, at(second + who / 50 + (0.5 if action.endswith("off") else 0)))
        for who in range(60)
        for second in range(0, 10_800, 9)
        for action in ("speech_on", "speech_off", "screenshare_on", "screenshare_off")
    ]
    picture = lanes.picture(
        bot_name="Bot", changes=[Change("in_call_recording", at(0)), Change("done", at(10_800))],
        names={}, events=events, over=True, now=at(10_800),
    )  # fmt: skip
    drawn = sum(len(lane.speaking) + 120 * len(lane.bars) for lane in picture.lanes)
    assert len(picture.lanes) == 1 + lanes.MAX_LANES
    assert drawn < 600_000
    assert max(len(lane.bars) for lane in picture.lanes) <= 65
