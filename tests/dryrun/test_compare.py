"""What new settings would have made of a meeting: earlier or later, whom they would have missed."""

from dataclasses import fields, replace
from datetime import timedelta

import pytest

from bots.dryrun import Outcome, Terms, Trial, compare, total
from bots.dryrun.compare import Exit
from bots.dryrun.words import rule_words, sentence, span
from bots.recall.automatic_leave import Settings, Wait
from tests.dryrun.test_tape import JOINED, made

OFF = Settings(
    waiting_room_timeout=9999,
    noone_joined_timeout=9999,
    everyone_left_timeout=Wait(9999),
    in_call_not_recording_timeout=9999,
    recording_permission_denied_timeout=9999,
    silence_detection=None,
    using_participant_events=None,
)
NOTETAKERS = ("notetaker",)
LONG_S = 3600


def silence(after: int, for_: int) -> Settings:
    return replace(OFF, silence_detection=Wait(for_, after))


def by_names(after: int, for_: int = 10) -> Settings:
    return replace(OFF, using_participant_names=Wait(for_, after), matches=NOTETAKERS)


def by_events(after: int, for_: int = 10) -> Settings:
    return replace(OFF, using_participant_events=Wait(for_, after))


def meeting(*acts, end: float = LONG_S, sub_code: str = "call_ended_by_host", takes=None):
    codes = [*JOINED, (("call_ended", sub_code), end)]
    return made(codes, takes or [(3, end, True)], acts)


# Ann talks for a while, both fall silent for ten minutes, then Ann talks again.
SILENT = (
    (2, "join", 1),
    (2, "join", 2),
    (10, "speech_on", 1),
    (20, "speech_off", 1),
    (30, "speech_on", 2),
    (40, "speech_off", 2),
    (640, "speech_on", 1),
    (3500, "speech_off", 1),
)
# Ann goes, the notetaker stays.
ONLY_BOTS = (
    (2, "join", 1),
    (2, "join", 3),
    (10, "speech_on", 1),
    (90, "speech_off", 1),
    (600, "leave", 1),
)
# The notetaker is there first, Ben comes after ten minutes.
LATE = ((2, "join", 3), (602, "join", 2), (610, "speech_on", 2), (3590, "speech_off", 2))


@pytest.mark.parametrize(
    ("acts", "before", "after", "outcome", "saved_s"),
    [
        (ONLY_BOTS, OFF, by_names(120), Outcome.EARLIER, 2990),
        (ONLY_BOTS, by_names(300), by_names(120), Outcome.SAME, 0),
        (ONLY_BOTS, by_names(120), by_names(1200, 180), Outcome.LATER, -773),
        (ONLY_BOTS, OFF, by_names(1200, 180), Outcome.EARLIER, 3600 - 1383),
        (SILENT, OFF, silence(120, 300), Outcome.EARLIER, 3600 - 423),
        (SILENT, OFF, silence(1200, 300), Outcome.SAME, 0),
    ],
)
def test_it_says_when_the_bot_would_have_gone(acts, before, after, outcome, saved_s):
    found = compare(meeting(*acts), before, after, NOTETAKERS)
    assert (found.outcome, found.saved_s) == (outcome, saved_s)


@pytest.mark.parametrize(
    ("acts", "after", "harm"),
    [
        (SILENT, silence(120, 300), ("Ann Archer spoke 3:37 later.", "Ben Baker was still there.")),
        (SILENT, silence(120, 700), ()),
        # She was there and shared, though she said nothing.
        (
            (*ONLY_BOTS[:2], (40, "screenshare_on", 1), (50, "screenshare_off", 1)),
            replace(OFF, in_call_recording_timeout=900),
            ("Ann Archer was still there.",),
        ),
        # Nobody knows that this is a person: there all the time, without a word.
        (((2, "join", 2), (2, "join", 3)), by_events(300), ()),
        (ONLY_BOTS, by_names(120), ()),
        (LATE, by_names(120), ("Ben Baker spoke 7:57 later.",)),
        (LATE[:2], by_names(120), ("Ben Baker joined 7:49 later.",)),
        # A notetaker that comes later is nobody missed; one that speaks is somebody.
        ((*ONLY_BOTS, (900, "leave", 3), (950, "join", 3)), by_names(120), ()),
        (
            (*ONLY_BOTS, (950, "speech_on", 3)),
            by_names(120),
            ("Otter Notetaker spoke 5:40 later.",),
        ),
        # In the same moment.
        (
            ((2, "join", 1), (600, "speech_on", 1), (800, "speech_off", 1)),
            replace(OFF, in_call_recording_timeout=597),
            ("Ann Archer spoke a moment later.",),
        ),
        # In the middle of a sentence.
        (
            ((2, "join", 1), (60, "speech_on", 1), (800, "speech_off", 1)),
            replace(OFF, in_call_recording_timeout=600),
            ("Ann Archer was speaking.",),
        ),
        # Everybody has gone at the very end: nobody is missed.
        (((2, "join", 1), (10, "speech_on", 1)), replace(OFF, in_call_recording_timeout=3596), ()),
    ],
)
def test_it_says_whom_it_would_have_missed(acts, after, harm):
    assert compare(meeting(*acts), OFF, after, NOTETAKERS).harm == harm


def test_a_gap_in_which_nobody_could_be_heard_is_no_silence():
    """Between two recordings people talk on, for all that is known."""
    acts = [(2, "join", 1), (10, "speech_on", 1), (900, "speech_off", 1)]
    acts += [(1300, "speech_on", 1), (3500, "speech_off", 1)]
    tape = meeting(*acts, takes=[(3, 900, True), (1300, LONG_S, True)])
    found = compare(tape, OFF, silence(120, 300), NOTETAKERS)
    assert (found.outcome, found.after.rule, found.harm) == (Outcome.SAME, "", ())
    assert "nobody could be heard" in found.after.doubt
    # Whoever says nothing afterwards is silent from then on.
    tape = meeting(*acts[:3], takes=[(3, 900, True), (1300, LONG_S, True)])
    found = compare(tape, OFF, silence(120, 300), NOTETAKERS)
    assert (found.after.rule, round(found.after.at_s)) == ("silence_detection", 1600)


def test_a_person_whose_name_an_entry_stands_in_is_missed():
    """ "grain" takes Rosa Grainger for a notetaker; the dry run is there to notice."""
    rosa = {1: "Rosa Grainger", 2: "Grain Recorder"}
    acts = [(2, "join", 1), (2, "join", 2), (10, "speech_on", 1), (90, "speech_off", 1)]
    grain = replace(by_names(120), matches=("grain",))
    tape = meeting(*acts)
    named = tuple(replace(e, name=rosa.get(e.participant, "")) for e in tape.events)
    tape = replace(tape, names=rosa, events=named)
    found = compare(tape, OFF, grain, ("grain",))
    assert found.after.rule == "bot_detection.using_participant_names"
    assert found.harm == ("Rosa Grainger was still there.",)


def test_who_is_told_of_twice_has_not_come_later():
    """Each recording begins by telling who is there."""
    acts = [(2, "join", 2), (2, "join", 3), (1300, "join", 2)]
    tape = meeting(*acts, takes=[(3, 900, True), (1300, LONG_S, True)])
    assert compare(tape, OFF, by_events(100), NOTETAKERS).harm == ()
    # Who went and came back has.
    tape = meeting(*acts, (950, "leave", 2), takes=[(3, 900, True), (1300, LONG_S, True)])
    found = compare(tape, OFF, by_events(100), NOTETAKERS)
    assert [said.partition(" joined")[0] for said in found.harm] == ["Ben Baker"]


def test_whom_it_would_have_missed_is_doubtful_where_nobody_knows_who_came_later():
    """The recording was stopped, and the meeting went on for an hour."""
    tape = meeting(*ONLY_BOTS, takes=[(3, 700, True)])
    found = compare(tape, OFF, by_names(120), NOTETAKERS)
    assert (found.outcome, found.harm) == (Outcome.EARLIER, ())
    assert found.after.doubt.startswith("Recall does not tell who was there after")


def test_it_counts_the_others():
    acts = [(2, "join", 1), (2, "join", 2), (2, "join", 3)]
    acts += [(700 + n, "speech_on", n) for n in (1, 2, 3)]
    found = compare(meeting(*acts), OFF, by_events(300), NOTETAKERS)
    assert found.harm == ("Ann Archer spoke 6:28 later, and 2 more.",)


def test_a_bot_that_gives_up_at_the_door_misses_being_let_in():
    codes = [
        ("joining_call", 0),
        ("in_waiting_room", 2),
        ("in_call_not_recording", 602),
        ("in_call_recording", 603),
        (("call_ended", "call_ended_by_host"), 3600),
    ]
    tape = made(codes, [(603, 3600, True)], [(602, "join", 1)])
    found = compare(tape, OFF, replace(OFF, waiting_room_timeout=500))
    assert found.harm == ("The bot was let in 1:40 later.",)


def test_a_bot_that_was_never_let_in_misses_nothing():
    ended = (("call_ended", "timeout_exceeded_waiting_room"), 1202)
    tape = made([("joining_call", 0), ("in_waiting_room", 2), ended])
    found = compare(
        tape, replace(OFF, waiting_room_timeout=1200), replace(OFF, waiting_room_timeout=300)
    )
    assert (found.outcome, found.saved_s, found.harm) == (Outcome.EARLIER, 900, ())


def test_it_says_that_it_was_so_before():
    found = compare(meeting(*SILENT), silence(200, 300), silence(120, 300), NOTETAKERS)
    assert found.harmed
    assert not compare(meeting(*SILENT), OFF, silence(120, 300), NOTETAKERS).harmed


# What lies beyond the end of a meeting is not known, if the bot went by itself.

BY_RULE = "timeout_exceeded_only_bots_detected_using_participant_names"


def test_what_lies_beyond_the_end_is_unknown():
    tape = meeting(*ONLY_BOTS, end=612, sub_code=BY_RULE)
    found = compare(tape, by_names(120, 12), by_names(1200), NOTETAKERS)
    assert (found.outcome, found.saved_s) == (Outcome.UNKNOWN, None)
    assert (found.before.rule, found.before.at_s) == (
        "bot_detection.using_participant_names",
        612,
    )
    assert found.after.beyond
    assert rule_words(found.after) == "would have stayed on"


def test_who_would_have_stayed_on_is_beaten_by_at_least_so_much():
    tape = meeting(*ONLY_BOTS, end=900, sub_code="timeout_exceeded_silence_detected")
    found = compare(tape, OFF, by_names(120), NOTETAKERS)
    assert (found.outcome, found.saved_s, found.saves_at_least) == (Outcome.EARLIER, 290, True)


def test_who_would_have_stayed_on_is_not_the_same_as_who_left_at_the_end():
    """The settings after are those of the bot itself: it goes earlier, nobody knows by how much."""
    tape = meeting(*ONLY_BOTS, end=612, sub_code=BY_RULE)
    found = compare(tape, by_names(1200), by_names(120, 12), NOTETAKERS)
    assert (found.before.beyond, found.after.at_s) == (True, 612)
    assert (found.outcome, found.saved_s) == (Outcome.EARLIER, None)


def test_the_same_settings_make_no_difference_whatever_lies_beyond_the_end():
    tape = meeting(*ONLY_BOTS, end=612, sub_code=BY_RULE)
    found = compare(tape, by_names(1200), by_names(1200), NOTETAKERS)
    assert (found.after.beyond, found.outcome, found.saved_s) == (True, Outcome.SAME, 0)


@pytest.mark.parametrize("sub_code", ["call_ended_by_host", "bot_received_leave_call", ""])
def test_an_end_by_others_is_the_end_for_both(sub_code):
    found = compare(meeting(*SILENT, sub_code=sub_code), OFF, by_names(120), NOTETAKERS)
    assert (found.outcome, found.after.rule, found.after.beyond) == (Outcome.SAME, "", False)
    assert found.ending == sub_code


@pytest.mark.parametrize(
    ("ending", "said"),
    [
        ("bot_received_leave_call", "told to leave"),
        ("bot_kicked_from_call", "removed"),
        ("fatal", "failed"),
        ("call_ended_by_host", "meeting ended"),
        ("", "meeting ended"),
    ],
)
def test_it_says_why_the_bot_went_when_no_rule_did_it(ending, said):
    assert rule_words(Exit(9), ending) == said
    assert rule_words(Exit(9, "silence_detection"), ending) == "silence"


# What is only likely is marked.


def test_silence_is_approximate():
    found = compare(meeting(*SILENT), OFF, silence(120, 300), NOTETAKERS)
    assert found.is_approximate
    assert found.after.inferred
    assert not compare(meeting(*ONLY_BOTS), OFF, by_names(120), NOTETAKERS).is_approximate


def test_what_nobody_could_hear_makes_a_silent_person_doubtful():
    late = [(300, LONG_S, True)]
    found = compare(meeting((2, "join", 2), takes=late), OFF, by_events(60), NOTETAKERS)
    assert "nobody could be heard" in found.after.doubt
    # Who came when all could be heard is known to be silent.
    found = compare(meeting((400, "join", 2), takes=late), OFF, by_events(60), NOTETAKERS)
    assert (found.after.rule, found.after.doubt) == ("bot_detection.using_participant_events", "")


def test_what_comes_after_the_last_recording_is_doubtful():
    stopped = [(3, 500, True)]
    found = compare(meeting(*ONLY_BOTS[:4], takes=stopped), OFF, by_names(120), NOTETAKERS)
    assert (found.outcome, found.is_approximate) == (Outcome.SAME, True)
    assert found.after.doubt.startswith("Recall does not tell who was there after")


def test_nobody_told_of_is_not_nobody():
    tape = made([("joining_call", 0), ("in_call_not_recording", 2), (("call_ended", "x"), 900)])
    found = compare(tape, OFF, replace(OFF, noone_joined_timeout=60))
    assert (found.outcome, found.after.rule) == (Outcome.SAME, "")
    assert found.after.doubt.endswith("because nothing was recorded.")


def test_a_trial_survives_its_json():
    trial = compare(meeting(*SILENT), OFF, silence(120, 300), NOTETAKERS)
    assert Trial.read(trial.as_json()) == trial


def trial(outcome: str, saved_s: float | None, *harm: str, inferred: bool = False) -> Trial:
    return Trial(Exit(9), Exit(9, inferred=inferred), Outcome(outcome), saved_s, harm)


def test_it_sums_up():
    found = total(
        [
            trial("earlier", 3600.0, "Ann Archer was still there."),
            trial("earlier", 1800.0, inferred=True),
            trial("later", -600.0),
            trial("same", 0.0),
            trial("unknown", None),
        ]
    )
    assert (found.meetings, found.earlier, found.same, found.later, found.unknown) == (
        5,
        2,
        1,
        1,
        1,
    )
    assert (found.saved_s, found.harmful, found.approximate) == (4800, 1, 1)
    assert sentence(found) == (
        "2 of 5 bots would have left earlier, 1 later, 1 h 20 min saved (1 h of it where someone "
        "was missed); 1 would have left while someone was still there or came back."
    )


def test_it_says_how_many_were_missed_before_as_well():
    harmed = replace(trial("same", 0.0, "Ann Archer was still there."), harmed=True)
    found = total([harmed, trial("earlier", 60.0, "Ann Archer was still there.")])
    assert (found.harmful, found.harmed) == (2, 1)
    assert sentence(found).endswith(
        "2 would have left while someone was still there or came back, 1 of them before as well."
    )
    assert sentence(total([harmed])) == (
        "The one bot would not have left earlier; "
        "1 would have left while someone was still there or came back, as before."
    )


def test_it_says_so_where_there_is_nothing_to_sum_up():
    assert sentence(total([])) == "There is no meeting to try it on yet."
    assert sentence(total([trial("same", 0.0)])) == "The one bot would not have left earlier."
    assert sentence(total([trial("later", -7200.0)])) == (
        "The one bot would have left later, 2 h longer in meetings."
    )


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"),
        (59, "59 s"),
        (3570, "1 h"),
        (840, "14 min"),
        (7800, "2 h 10 min"),
        (111_600, "31 h"),
    ],
)
def test_it_spells_time(seconds, said):
    assert span(seconds) == said


def test_who_is_known_to_be_a_person_is_missed_without_a_word():
    """A host, or a member of the workspace: a person who listens is no bot."""
    listening = ((2, "join", 2), (2, "join", 3))
    tape = replace(meeting(*listening), people=frozenset({2}))
    assert compare(tape, OFF, by_events(300)).harm == ("Ben Baker was still there.",)
    later = replace(meeting((2, "join", 3), (602, "join", 2)), people=frozenset({2}))
    found = compare(later, OFF, by_names(120), ("notetaker", "ben"))
    assert found.harm == ("Ben Baker joined 7:49 later.",)


def test_it_says_how_much_of_what_is_saved_is_no_saving():
    tapes = [meeting(*LATE), meeting(*ONLY_BOTS)]
    sums = total(compare(tape, OFF, by_names(120), NOTETAKERS) for tape in tapes)
    assert (sums.harmful, sums.harmful_saved_s, sums.saved_s) == (1, 3467, 3467 + 2990)
    assert sentence(sums) == (
        "2 of 2 bots would have left earlier, 1 h 48 min saved (58 min of it where someone was "
        "missed); 1 would have left while someone was still there or came back."
    )


# What recalldash itself sees to.


def terms(**own):
    return Terms(**{each.name: getattr(OFF, each.name) for each in fields(OFF)}, **own)


def test_the_longest_stay_counts_from_joining():
    tape = meeting(*SILENT)
    found = compare(tape, OFF, terms(stay_s=100), NOTETAKERS)
    assert (found.after.rule, found.after.at_s) == ("own.stay", tape.entered + 100)
    assert found.outcome == "earlier"


def test_a_time_of_day_is_the_next_one_after_the_bot_began():
    tape = meeting(*SILENT)
    clock = tape.origin + timedelta(minutes=5)
    found = compare(tape, OFF, terms(clock=f"{clock:%H:%M}"), NOTETAKERS)
    assert found.after.rule == "own.clock"
    assert found.after.at_s == pytest.approx(300 - tape.origin.second, abs=1)


def test_what_would_have_come_after_the_end_changes_nothing():
    assert compare(meeting(*SILENT), OFF, terms(stay_s=10**6), NOTETAKERS).outcome == "same"
