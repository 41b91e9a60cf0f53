"""Each leave rule by itself, in the numbers of Recall's pages."""

from math import inf

import pytest

from bots.recall.automatic_leave import RULES, Event, Leaving, Settings, Wait, leaving

NEVER = inf
QUIET = {  # every rule out of the way, but for the one a test looks at
    "waiting_room_timeout": NEVER,
    "noone_joined_timeout": NEVER,
    "everyone_left_timeout": Wait(NEVER),
    "in_call_not_recording_timeout": NEVER,
    "in_call_recording_timeout": None,
    "recording_permission_denied_timeout": NEVER,
    "silence_detection": None,
    "using_participant_events": None,
}
NAMES = Settings(
    **QUIET,
    using_participant_names=Wait(5, 300),
    matches=("notetaker", "recorder", "tl;dv", "read.ai"),
)
EVENTS = Settings(**QUIET | {"using_participant_events": Wait(10, 300)})
SILENCE = Settings(**QUIET | {"silence_detection": Wait(300, 1200)})
EVERYONE = Settings(**QUIET | {"everyone_left_timeout": Wait(2)})


def only(**settings) -> Settings:
    return Settings(**QUIET | settings)


def meeting(*rows) -> list[Event]:
    """In the call at 0, recording from 10; then rows of (at, kind, participant, name)."""
    return [Event(0, "in_call"), Event(10, "recording_started"), *(Event(*row) for row in rows)]


def when(settings: Settings, events: list[Event], **options) -> float | None:
    left = leaving(settings, events, **options)
    return left and left.at


def test_it_waits_twenty_minutes_in_the_waiting_room():
    assert leaving(Settings.read({}), [Event(5, "waiting_room")]) == Leaving(
        1205,
        "waiting_room_timeout",
        "timeout_exceeded_waiting_room",
        5,
        "Nobody let the bot in from the waiting room for 20 minutes.",
    )


def test_it_stops_waiting_once_let_in():
    events = [Event(5, "waiting_room"), Event(1204, "in_call")]
    assert when(only(waiting_room_timeout=1200), events) is None


@pytest.mark.parametrize(
    ("platform", "left_at"),
    [("zoom", 3600), ("google_meet", 600), ("microsoft_teams", 1800), ("", 3600)],
)
def test_it_waits_no_longer_than_the_platform_lets_it(platform, left_at):
    settings = Settings.read({"waiting_room_timeout": 3600}, platform=platform)
    assert when(settings, [Event(0, "waiting_room")]) == left_at


def test_it_leaves_a_call_nobody_joins():
    left = leaving(Settings.read({}), [Event(7, "in_call")])
    assert (left.at, left.sub_code) == (1207, "timeout_exceeded_noone_joined")


@pytest.mark.parametrize(("joined_at", "left_at"), [(1199, None), (1200, 1200)])
def test_it_stays_once_anyone_joined(joined_at, left_at):
    events = [Event(0, "in_call"), Event(joined_at, "join", 1), Event(joined_at, "leave", 1)]
    assert when(only(noone_joined_timeout=1200), events) == left_at


def test_it_leaves_two_seconds_after_everyone():
    events = meeting((20, "join", 1), (30, "join", 2), (50, "leave", 1), (60, "leave", 2))
    left = leaving(Settings.read(None), events)
    assert (left.at, left.since) == (62, 60)
    assert left.sub_code == "timeout_exceeded_everyone_left"


def test_it_stays_when_someone_comes_back():
    assert when(EVERYONE, meeting((20, "join", 1), (60, "leave", 1), (61, "join", 1))) is None


def test_it_stays_with_a_silent_notetaker_when_people_left():
    events = meeting((20, "join", 1), (20, "join", 2, "Notetaker"), (60, "leave", 1))
    assert when(EVERYONE, events) is None


def test_it_looks_for_everyone_only_after_the_recording_ran_a_while():
    settings = only(everyone_left_timeout=Wait(2, 100))
    assert when(settings, meeting((20, "join", 1), (60, "leave", 1))) == 10 + 100 + 2
    assert when(settings, [Event(0, "in_call"), Event(1, "join", 1), Event(2, "leave", 1)]) is None


def test_it_leaves_after_an_hour_without_recording():
    left = leaving(only(in_call_not_recording_timeout=3600), [Event(4, "in_call")])
    assert (left.at, left.sub_code) == (3604, "timeout_exceeded_in_call_not_recording")


def test_it_counts_each_stretch_without_recording_by_itself():
    events = meeting((500, "recording_stopped"), (900, "recording_started"))
    settings = only(in_call_not_recording_timeout=400)
    assert when(settings, events) == 900
    assert when(settings, meeting((500, "recording_stopped"), (899, "recording_started"))) is None


def test_it_records_without_limit_unless_told():
    assert when(Settings(**QUIET), meeting()) is None


def test_it_leaves_at_the_limit_of_a_recording():
    left = leaving(only(in_call_recording_timeout=3600), meeting())
    assert (left.at, left.sub_code) == (3610, "timeout_exceeded_in_call_recording")


@pytest.mark.parametrize("again", [[(500, "recording_stopped")], []])
def test_it_counts_a_new_recording_anew(again):
    events = meeting(*again, (600, "recording_started"))
    assert when(only(in_call_recording_timeout=1000), events) == 1600


def test_it_leaves_when_recording_stays_denied():
    events = [Event(0, "in_call"), Event(5, "permission_denied"), Event(25, "permission_denied")]
    left = leaving(Settings.read({}), events)
    assert (left.at, left.since) == (35, 5)
    assert left.sub_code == "timeout_exceeded_recording_permission_denied"


@pytest.mark.parametrize("way_out", ["permission_allowed", "recording_started"])
def test_it_stays_when_recording_is_allowed_after_all(way_out):
    events = [Event(0, "in_call"), Event(5, "permission_denied"), Event(34, way_out)]
    assert when(only(recording_permission_denied_timeout=30), events) is None


def test_it_leaves_after_five_minutes_of_silence():
    events = meeting((20, "join", 1), (1000, "speech_on", 1), (1500, "speech_off", 1))
    left = leaving(SILENCE, events)
    assert (left.at, left.since) == (1800, 1500)
    assert left.sub_code == "timeout_exceeded_silence_detected"
    assert left.sentence == "Nobody spoke for 5 minutes."


def test_it_ignores_silence_in_the_first_twenty_minutes():
    assert when(SILENCE, meeting((20, "join", 1))) == 10 + 1200 + 300


@pytest.mark.parametrize(("spoken_at", "left_at"), [(1509, 1810), (1510, 1510), (1511, 1510)])
def test_it_starts_over_at_any_sound(spoken_at, left_at):
    events = meeting((20, "join", 1), (spoken_at, "speech_on", 1), (1510, "speech_off", 1))
    assert when(SILENCE, events[:4] if spoken_at > 1510 else events) == left_at


def test_it_starts_over_each_time_the_same_person_speaks():
    rows = [(1300, "speech_on", 1), (1310, "speech_off", 1)]
    assert when(SILENCE, meeting(*rows)) == 1610
    assert when(SILENCE, meeting(*rows, (1600, "speech_on", 1), (1601, "speech_off", 1))) == 1901


def test_it_hears_the_second_of_two_who_speak_at_once():
    rows = [(1300, "speech_on", 1), (1310, "speech_on", 2), (1320, "speech_off", 1)]
    assert when(SILENCE, meeting(*rows)) is None
    assert when(SILENCE, meeting(*rows, (1400, "leave", 2))) == 1700


def test_it_leaves_five_seconds_after_only_notetakers_are_left():
    events = meeting((20, "join", 1, "Ann"), (21, "join", 2, "Fred's NOTETAKER"), (400, "leave", 1))
    left = leaving(NAMES, events)
    assert (left.at, left.since) == (405, 400)
    assert left.sub_code == "timeout_exceeded_only_bots_detected_using_participant_names"
    assert "Fred's NOTETAKER" in left.sentence


@pytest.mark.parametrize(
    ("rows", "left_at"),
    [
        ([(20, "join", 1, "tl;dv")], 315),  # true long before five minutes are over
        ([(20, "join", 1, "tl;dv"), (100, "leave", 1)], None),  # nobody is not a notetaker
        ([(20, "join", 1, "read.ai"), (314, "join", 2, "Bob")], None),  # broken in time
        ([(20, "join", 1, "read.ai"), (315, "join", 2, "Bob")], 315),  # and too late
        ([(20, "join", 1, "Note taker")], None),  # not a substring
        ([(20, "join", 1, "recorder"), (21, "join", 1, "Ann")], None),  # joins by another name
    ],
)
def test_it_tells_notetakers_by_any_piece_of_their_name(rows, left_at):
    assert when(NAMES, meeting(*rows)) == left_at


def test_it_leaves_those_who_never_spoke_or_shared():
    events = meeting(
        (20, "join", 1), (30, "join", 2), (40, "speech_on", 1), (50, "speech_off", 1),
        (600, "leave", 1),
    )  # fmt: skip
    left = leaving(EVENTS, events)
    assert (left.at, left.since) == (610, 600)
    assert left.sub_code == "timeout_exceeded_only_bots_detected_using_participant_events"


@pytest.mark.parametrize("sign", ["speech_on", "screenshare_on"])
def test_it_stays_with_anyone_who_once_gave_a_sign_of_life(sign):
    assert when(EVENTS, meeting((20, "join", 1), (30, "join", 2), (40, sign, 1))) is None
    assert when(EVENTS, meeting((20, "join", 1), (319, sign, 1))) is None
    assert when(EVENTS, meeting((20, "join", 1), (320, sign, 1))) == 320


def test_it_remembers_a_sign_of_life_when_someone_comes_back():
    events = meeting((20, "join", 1), (30, "speech_on", 1), (40, "leave", 1), (50, "join", 1))
    assert when(EVENTS, events) is None


@pytest.mark.parametrize(("counts_from", "left_at"), [("recording", 315), ("call", 305)])
def test_it_counts_the_delay_from_the_recording_or_from_the_call(counts_from, left_at):
    assert when(NAMES, meeting((20, "join", 1, "recorder")), counts_from=counts_from) == left_at


def test_it_sleeps_without_a_recording_unless_counting_from_the_call():
    events = [Event(0, "in_call"), Event(5, "join", 1, "recorder")]
    assert when(NAMES, events) is None
    assert when(NAMES, events, counts_from="call") == 305


def test_it_counts_the_delay_from_the_first_recording():
    events = meeting((20, "recording_stopped"), (200, "recording_started"), (201, "join", 1, ""))
    assert when(EVENTS, events) == 320


def test_it_lets_the_first_rule_of_the_list_win_a_tie():
    same = only(
        noone_joined_timeout=60,
        in_call_not_recording_timeout=60,
        recording_permission_denied_timeout=60,
    )
    events = [Event(0, "in_call"), Event(0, "permission_denied")]
    assert leaving(same, events).rule == "noone_joined_timeout"
    assert [rule for rule, _ in RULES].index("noone_joined_timeout") == 1


def test_it_never_looks_past_the_horizon():
    assert when(SILENCE, meeting(), until=1509) is None
    assert when(SILENCE, meeting(), until=1510) == 1510


def test_it_ignores_words_it_does_not_know():
    assert when(SILENCE, meeting((1400, "webcam_on", 1), (1500, "chat_message", 2))) == 1510
