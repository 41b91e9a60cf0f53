"""The leave rules against a second reading of them that walks through every second."""

from collections import Counter
from dataclasses import replace
from random import Random

from hypothesis import event as note
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.recall.automatic_leave import RULES, Event, Settings, Wait, leaving

from .leave_reference import leaving_slowly

UNTIL = 90
BOT_KINDS = [
    "waiting_room",
    "in_call",
    "recording_started",
    "recording_started",
    "recording_stopped",
    "recording_paused",
    "recording_paused",
    "recording_resumed",
    "recording_resumed",
    "permission_denied",
    "permission_allowed",
]
PEOPLE_KINDS = [
    "join",
    "join",
    "join",
    "leave",
    "leave",
    "speech_on",
    "speech_on",
    "speech_on",
    "speech_off",
    "speech_off",
    "speech_off",
    "screenshare_on",
    "screenshare_off",
    "chat_message",
]
NAMES = ["Ann", "Otter NOTETAKER", "notetaker 2", ""]

seconds = st.one_of(st.integers(0, 25), st.just(1000))
waits = st.none() | st.builds(Wait, seconds, st.integers(0, 30))
some_settings = st.builds(
    Settings,
    waiting_room_timeout=seconds,
    noone_joined_timeout=seconds,
    everyone_left_timeout=st.builds(Wait, seconds, st.none() | st.integers(1, 30)),
    in_call_not_recording_timeout=seconds,
    in_call_recording_timeout=st.none() | seconds,
    recording_permission_denied_timeout=seconds,
    silence_detection=waits,
    using_participant_events=waits,
    using_participant_names=waits,
    matches=st.sampled_from([(), ("notetaker",), ("otter", "ann")]),
)
people = st.integers(1, 3) | st.none()
some_events = st.lists(
    st.tuples(
        st.integers(0, 8),
        st.one_of(
            st.tuples(st.sampled_from(BOT_KINDS), st.none(), st.just("")),
            st.tuples(st.sampled_from(PEOPLE_KINDS), people, st.sampled_from(NAMES)),
        ),
    ),
    max_size=25,
)
readings = st.fixed_dictionaries(
    {
        "counts_from": st.sampled_from(["recording", "call"]),
        "after_pause": st.sampled_from(["continue", "restart"]),
    }
)


def timed(rows) -> list[Event]:
    at, events = 0, []
    for gap, (kind, participant, name) in rows:
        at += gap
        events.append(Event(at, kind, participant, name))
    return events


def quickly(some: Settings, events: list[Event], **reading):
    left = leaving(some, events, until=UNTIL, **reading)
    return left and (left.at, left.rule, left.since)


@settings(max_examples=600, deadline=None)
@given(some_settings, some_events, readings)
def test_it_agrees_with_the_slow_reading(some, rows, reading):
    events = timed(rows)
    slowly = leaving_slowly(some, events, until=UNTIL, **reading)
    note(slowly[1] if slowly else "stays")
    assert quickly(some, events, **reading) == slowly


@settings(max_examples=150, deadline=None)
@given(some_settings, some_events, readings, st.data())
def test_it_is_never_changed_by_what_comes_later(some, rows, reading, data):
    events = timed(rows)
    whole = leaving(some, events, **reading)
    cut = data.draw(st.integers(0, len(events)))
    earlier = leaving(some, events[:cut], **reading)
    if earlier and cut < len(events) and earlier.at <= events[cut].at:
        assert whole == earlier
    if whole:
        assert leaving(some, [e for e in events if e.at <= whole.at], **reading) == whole
        assert leaving(some, events, until=whole.at, **reading) == whole
        assert leaving(some, events, until=whole.at - 0.5, **reading) is None


def random_meeting(random: Random) -> tuple[Settings, list[Event]]:
    """A meeting in the usual order, so that every rule gets its turn."""
    long = 1000

    def seconds() -> int:
        return random.choice([long, long, random.randint(1, 20)])

    def wait() -> Wait:
        return Wait(seconds(), random.randint(1, 15))

    some = Settings(
        waiting_room_timeout=seconds(),
        noone_joined_timeout=seconds(),
        everyone_left_timeout=random.choice([Wait(seconds()), wait()]),
        in_call_not_recording_timeout=seconds(),
        in_call_recording_timeout=seconds(),
        recording_permission_denied_timeout=seconds(),
        silence_detection=wait(),
        using_participant_events=wait(),
        using_participant_names=wait(),
        matches=("notetaker",),
    )
    at = random.randint(1, 15)
    events = [Event(0, "waiting_room"), Event(at, "in_call")]
    for _ in range(random.randint(0, 20)):
        at += random.randint(0, 6)
        kind = random.choice(random.choice([BOT_KINDS[2:], PEOPLE_KINDS, PEOPLE_KINDS]))
        events.append(Event(at, kind, random.randint(1, 3), random.choice(NAMES)))
    if random.random() < 0.3:
        events += [Event(at, "leave", participant) for participant in (1, 2, 3)]
    return some, events


def test_it_agrees_on_every_rule_with_and_without_pauses():
    random, fired, after_a_pause = Random(1), Counter(), Counter()
    for _ in range(1500):
        some, events = random_meeting(random)
        reading = {
            "counts_from": random.choice(["recording", "call"]),
            "after_pause": random.choice(["continue", "restart"]),
        }
        slowly = leaving_slowly(some, events, until=UNTIL, **reading)
        assert quickly(some, events, **reading) == slowly
        if slowly:
            fired[slowly[1]] += 1
            paused = any(e.kind == "recording_paused" and e.at < slowly[0] for e in events)
            after_a_pause[slowly[1]] += paused
    assert set(fired) == {rule for rule, _ in RULES}
    assert min(fired.values()) >= 5
    assert sum(count > 0 for count in after_a_pause.values()) >= 7


def test_it_agrees_on_each_rule_alone():
    """The first rule to fire hides the others, so each one gets meetings to itself."""
    random = Random(2)
    alone = Settings(
        waiting_room_timeout=1000,
        noone_joined_timeout=1000,
        everyone_left_timeout=Wait(1000),
        in_call_not_recording_timeout=1000,
        recording_permission_denied_timeout=1000,
        silence_detection=None,
        using_participant_events=None,
        matches=("notetaker",),
    )
    delayed = ("everyone_left_timeout", "silence_detection", "bot_detection")
    for rule, _ in RULES:
        field = rule.split(".")[-1]
        fired = 0
        for _ in range(200):
            timeout = random.randint(0, 20)
            value = Wait(timeout, random.randint(1, 15)) if rule.startswith(delayed) else timeout
            some = replace(alone, **{field: value})
            events = random_meeting(random)[1]
            slowly = leaving_slowly(some, events, until=UNTIL)
            assert quickly(some, events) == slowly
            fired += slowly is not None
        assert fired >= 5, rule
