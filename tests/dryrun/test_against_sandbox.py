"""What the dry run says equals what the sandbox's bot did, and what the slow reference says.

All that the tape knows comes from what the sandbox tells over its API: the statuses, and the
downloads of participant events. Where Recall tells too little, the dry run must say so itself.
"""

from collections import Counter
from dataclasses import fields, replace
from random import Random
from typing import Any

import pytest
from hypothesis import event as note
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.dryrun import Replay, Tape, replay
from bots.recall.automatic_leave import RULES, Event, Settings, Wait
from bots.sandbox.scripts import Act, Answer, Door, Script, Speech
from bots.sandbox.story import Story
from tests.dryrun.meetings import CAST, LONG, QUIET, alone, meeting
from tests.dryrun.played import CONFIG, Played, play_out
from tests.recall.leave_reference import leaving_slowly

SUB_CODES = dict(RULES)
# Everything in these meetings happens at whole hundredths of a second.
TICKS = 100
CLOSE_S = 0.002
ACTIVE = ("speech_on", "screenshare_on")
OF_THE_BOT = {
    "waiting_room_timeout",
    "in_call_not_recording_timeout",
    "in_call_recording_timeout",
    "recording_permission_denied_timeout",
}


def joins(*rows: tuple[float, int]) -> tuple[Act, ...]:
    return tuple(Act(at, "join", person) for at, person in rows)


def names(after: int, for_: int) -> dict[str, Any]:
    return {
        "using_participant_events": None,
        "using_participant_names": {
            "matches": ["notetaker"],
            "activate_after": after,
            "timeout": for_,
        },
    }


# For each rule one meeting by hand: the script, the settings, and when the bot is out, in seconds
# after its first status (which it gives 0.4 s after it arrives; it is in the call 2 s later).
TALK = (Speech(5, 60, 100, "..."),)
BY_HAND: dict[str, tuple[Script, dict[str, Any], float, dict[str, Any]]] = {
    "waiting_room_timeout": (
        Script("", door=Door("never"), ends_at=LONG),
        {"waiting_room_timeout": 45},
        47.0,
        CONFIG,
    ),
    "noone_joined_timeout": (Script("", ends_at=LONG), {"noone_joined_timeout": 60}, 62.0, CONFIG),
    "everyone_left_timeout": (
        Script(
            "",
            cast=CAST,
            acts=(*joins((0, 100)), Act(80, "leave", 100)),
            speeches=TALK,
            ends_at=LONG,
        ),
        {"everyone_left_timeout": {"timeout": 7}},
        86.6,
        CONFIG,
    ),
    "in_call_not_recording_timeout": (
        Script("", cast=CAST, acts=joins((0, 100)), ends_at=LONG),
        {"in_call_not_recording_timeout": 90},
        92.0,
        CONFIG | {"start_recording_on": "manual"},
    ),
    "in_call_recording_timeout": (
        Script("", cast=CAST, acts=joins((0, 100)), speeches=TALK, ends_at=LONG),
        {"in_call_recording_timeout": 120},
        122.13,
        CONFIG,
    ),
    "recording_permission_denied_timeout": (
        Script(
            "",
            platform="zoom",
            cast=CAST,
            acts=joins((0, 100)),
            answers=(Answer(4.0, False, "zoom_local_recording_request_denied_by_host"),),
            ends_at=LONG,
        ),
        {"recording_permission_denied_timeout": 30},
        36.0,
        CONFIG,
    ),
    "silence_detection": (
        Script("", cast=CAST, acts=joins((0, 100), (0, 200)), speeches=TALK, ends_at=LONG),
        {"silence_detection": {"activate_after": 20, "timeout": 50}},
        109.6,
        CONFIG,
    ),
    "bot_detection.using_participant_events": (
        Script(
            "",
            cast=CAST,
            acts=(*joins((0, 100), (0, 200), (0, 300)), Act(70, "leave", 100)),
            speeches=TALK,
            ends_at=LONG,
        ),
        {
            "bot_detection": {
                "using_participant_events": {"activate_after": 30, "timeout": 10},
                "using_participant_names": None,
            }
        },
        79.6,
        CONFIG,
    ),
    "bot_detection.using_participant_names": (
        Script(
            "",
            cast=CAST,
            acts=(
                *joins((0, 100), (0, 200), (9, 300), (9, 400)),
                Act(70, "leave", 100),
                Act(75, "leave", 200),
            ),
            speeches=TALK,
            ends_at=LONG,
        ),
        {"bot_detection": names(after=30, for_=12)},
        86.6,
        CONFIG,
    ),
}


def test_there_is_a_meeting_for_each_rule():
    assert set(BY_HAND) == {rule for rule, _ in RULES}


@pytest.mark.parametrize("rule", BY_HAND)
def test_it_says_what_the_bot_did(rule):
    script, given_, left_at, config = BY_HAND[rule]
    leave = QUIET | given_
    played = play_out(script, leave, config=config)
    assert played.sub_code == SUB_CODES[rule]
    assert played.left_at == pytest.approx(left_at, abs=CLOSE_S)
    assert played.tape is not None
    said = replay(played.tape, Settings.read(leave, platform=script.platform))
    assert said.leaving is not None
    assert said.leaving.rule == rule
    assert said.leaving.at == pytest.approx(left_at, abs=CLOSE_S)
    assert said.is_inferred == (rule == "silence_detection")
    assert slowly(played.tape, leave, script.platform) == (pytest.approx(left_at, abs=0.01), rule)


# The same for meetings that nobody made up by hand.

seconds = st.one_of(st.integers(1, 25), st.just(LONG))
some_waits = st.fixed_dictionaries({"activate_after": st.integers(1, 20), "timeout": seconds})
waits = st.none() | some_waits
some_leave = st.fixed_dictionaries(
    {
        "waiting_room_timeout": seconds,
        "noone_joined_timeout": seconds,
        "everyone_left_timeout": st.one_of(
            some_waits, st.builds(lambda t: {"timeout": t}, seconds)
        ),
        "in_call_not_recording_timeout": seconds,
        "in_call_recording_timeout": st.none() | seconds,
        "recording_permission_denied_timeout": seconds,
        "silence_detection": waits,
        "bot_detection": st.fixed_dictionaries(
            {
                "using_participant_events": waits,
                "using_participant_names": waits.map(
                    lambda wait: wait and wait | {"matches": ["notetaker"]}
                ),
            }
        ),
    }
)


def check(
    random: Random, leave: dict[str, Any], *, insist: bool = False, slow: bool = False
) -> str:
    """Play, tell and replay one meeting; what came of it, as a word.

    `insist` on an answer that the dry run itself has doubts about; ask the `slow` reference, too.
    """
    script, commands, config = meeting(random)
    played = play_out(script, leave, commands=commands, config=config)
    if played.tape is None:
        return "nothing known"
    said = replay(played.tape, Settings.read(leave, platform=script.platform))
    if said.doubt and not insist:
        return "doubtful"
    if whispered(played, said):
        return "said in a moment unheard"
    if on_the_edge(played, said):
        return "on the edge"
    rule = next((rule for rule, code in RULES if code == played.sub_code), None)
    if rule is None:
        assert said.leaving is None, (script, commands, leave, said)
        return "stays"
    assert said.leaving is not None, (script, commands, leave, played.left_at, rule)
    assert said.leaving.rule == rule, (script, commands, leave, said)
    assert said.leaving.at == pytest.approx(played.left_at, abs=CLOSE_S)
    if slow:
        reference = slowly(played.tape, leave, script.platform)
        assert reference == (pytest.approx(played.left_at, abs=0.01), rule)
    return rule


def whispered(played: Played, said: Replay) -> bool:
    """Whether speech that counts was not told of, too shortly for the dry run to doubt."""
    assert played.tape is not None
    if said.leaving is None:
        return False
    since, until, rule = said.leaving.since, said.leaving.at, said.leaving.rule
    start = played.story.statuses[0].at
    if rule == "bot_detection.using_participant_events":
        lively = {s.person for s in played.story.seen if s.kind in ACTIVE and s.at < start + until}
        told = {e.participant for e in played.tape.events if e.kind in ACTIVE and e.at < until}
        return bool(lively - told)
    if rule != "silence_detection":
        return False
    hidden = [(max(a, since), min(b, until)) for a, b in played.tape.unheard]
    return any(
        max(a, spoke_from) < min(b, spoke_until)
        for a, b in hidden
        for spoke_from, spoke_until in speeches(played.story, start)
    )


def speeches(story: Story, start: float) -> list[tuple[float, float]]:
    """From when until when people really spoke."""
    since: dict[int, float] = {}
    spans = []
    for seen in story.seen:
        if seen.kind == "speech_on":
            since[seen.person] = seen.at - start
        elif seen.kind == "speech_off" and seen.person in since:
            spans.append((since.pop(seen.person), seen.at - start))
    return spans + [(at, float("inf")) for at in since.values()]


def on_the_edge(played: Played, said: Replay) -> bool:
    """Whether something happens at the very moment of leaving, or a pause hardly lasted.

    The sandbox counts in fractions that have no exact binary form, so that two things that fall
    together may come in either order there; a pause of less than two seconds at the end of a
    recording cannot be told from the stop.
    """
    assert played.tape is not None
    at = played.tape.end if said.leaving is None else said.leaving.at
    return any(abs(e.at - at) < CLOSE_S for e in played.tape.events) or any(
        kind == "paused" and until == take.completed_at and until - since < 2.01
        for take in played.story.takes
        for since, until, kind in take.pieces
    )


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 10**9), some_leave)
def test_it_says_what_the_bot_did_whatever_happened(seed, leave):
    note(check(Random(seed), leave))


@pytest.mark.parametrize("rule", SUB_CODES)
@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**9))
def test_it_does_so_where_one_rule_has_its_turn(rule, seed):
    random = Random(seed)
    leave = alone(rule, random)
    # Where no rule looks at people, it is no harm that nobody told of them.
    note(check(random, leave, insist=rule in OF_THE_BOT))


def test_every_rule_has_its_turn():
    """Or the tests above would prove nothing of the rules that seldom make a bot leave."""
    random, met = Random(7), Counter()
    for rule, _ in RULES:
        for _ in range(800):
            leave = alone(rule, random)
            met[check(random, leave, insist=rule in OF_THE_BOT, slow=met[rule] < 10)] += 1
    assert {rule for rule, _ in RULES} <= set(met)
    assert min(met[rule] for rule, _ in RULES) >= 10, met
    assert met["stays"] > 1000
    assert met["doubtful"] < 2000, met


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**9), some_leave)
def test_it_says_what_the_slow_reference_says(seed, leave):
    script, commands, config = meeting(Random(seed))
    played = play_out(script, leave, commands=commands, config=config)
    if played.tape is None or not played.tape.people_known:
        return
    replayed = replay(played.tape, Settings.read(leave, platform=script.platform))
    if replayed.doubt:
        return  # it may have taken a silence in which nobody could be heard for none
    said = replayed.leaving
    note(said.rule if said else "stays")
    reference = slowly(played.tape, leave, script.platform)
    if said is None:
        assert reference is None or reference[0] >= played.tape.end - CLOSE_S
    else:
        assert reference == (pytest.approx(said.at, abs=0.01), said.rule)


def slowly(tape: Tape, leave: dict[str, Any], platform: str) -> tuple[float, str] | None:
    """The slow reference on the same tape, which walks through every hundredth of a second."""
    events = [Event(round(e.at * TICKS), e.kind, e.participant, e.name) for e in tape.events]
    some = Settings.read(leave, platform=platform)
    scaled = replace(
        some,
        **{
            each.name: times(getattr(some, each.name))
            for each in fields(some)
            if each.name != "matches"
        },
    )
    found = leaving_slowly(scaled, events, until=round((tape.end + 2) * TICKS))
    return None if found is None else (found[0] / TICKS, found[1])


def times(value: Any) -> Any:
    if isinstance(value, Wait):
        return Wait(times(value.timeout), times(value.activate_after))
    return None if value is None else value * TICKS
