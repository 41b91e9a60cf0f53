"""What came of a recording, and which sentence says what of it is missing."""

from dataclasses import replace

import pytest

from bots.lifecycle import End, Facts, File, Outcome, came_of

VIDEO, AUDIO = File("video_mixed", "done"), File("audio_mixed", "done")
WORDS, PEOPLE = File("transcript", "done"), File("participant_events", "done")
ORDERED = frozenset({"video_mixed", "participant_events"})
WHOLE = Facts("done", files=(VIDEO, PEOPLE), ordered=ORDERED, duration_s=600)
ONLY_BOTS = "timeout_exceeded_only_bots_in_call"


def failed(kind: str) -> File:
    return File(kind, "failed")


@pytest.mark.parametrize(
    ("change", "outcome", "missing"),
    [
        ({}, Outcome.RECORDED, ""),
        ({"end": End("call_ended", "call_ended_by_host", 600)}, Outcome.RECORDED, ""),
        ({"people_seen": True, "spoke": False}, Outcome.RECORDED, ""),
        ({"people_seen": True, "end": End("call_ended", ONLY_BOTS)}, Outcome.RECORDED, ""),
        # In part, and what is missing
        (
            {"files": (failed("video_mixed"), AUDIO, WORDS)},
            Outcome.IN_PART,
            "The video failed; audio and transcript are there.",
        ),
        (
            {"files": (VIDEO, failed("transcript")), "ordered": ORDERED | {"transcript"}},
            Outcome.IN_PART,
            "The transcript failed; video is there.",
        ),
        (
            {"ordered": ORDERED | {"transcript"}},
            Outcome.IN_PART,
            "The transcript was never made; video is there.",
        ),
        (
            {"files": (File("video_mixed", "deleted"), AUDIO)},
            Outcome.IN_PART,
            "The video was deleted; audio is there.",
        ),
        ({"status": "failed"}, Outcome.IN_PART, "Recall could not finish it; video is there."),
        (
            {"end": End("call_ended", "bot_kicked_from_call", 120.9)},
            Outcome.IN_PART,
            "The bot was removed after 2:00; the meeting went on.",
        ),
        (
            {"end": End("call_ended", "timeout_exceeded_max_duration")},
            Outcome.IN_PART,
            "The bot reached its limit of time; the meeting may have gone on.",
        ),
        # Nothing of a meeting, however it is called
        ({"files": (PEOPLE,), "ordered": frozenset({"video_mixed"})}, Outcome.EMPTY, None),
        ({"files": ()}, Outcome.EMPTY, None),
        ({"duration_s": 0}, Outcome.EMPTY, "It lasted less than a second."),
        ({"people_seen": False, "spoke": False}, Outcome.EMPTY, None),
        (
            {"people_seen": False, "spoke": False, "end": End("call_ended", ONLY_BOTS)},
            Outcome.ONLY_BOTS,
            None,
        ),
        (
            {"end": End("call_ended", "timeout_exceeded_noone_joined")},
            Outcome.NOBODY_CAME,
            None,
        ),
        ({"status": "deleted", "files": (File("video_mixed", "deleted"),)}, Outcome.DELETED, None),
        ({"files": (File("video_mixed", "deleted"), PEOPLE)}, Outcome.DELETED, None),
        (
            {"files": (failed("video_mixed"), PEOPLE)},
            Outcome.FAILED,
            "The video failed; nothing else is there.",
        ),
        ({"status": "failed", "files": ()}, Outcome.FAILED, None),
        # Still under way
        ({"status": "processing", "is_over": False}, Outcome.NONE, ""),
        ({"status": "paused", "is_over": False}, Outcome.NONE, ""),
        ({"status": "processing", "files": ()}, Outcome.NONE, ""),
        ({"status": "processing"}, Outcome.RECORDED, ""),
        # Words and kinds of another year
        ({"files": (File("hologram", "done"),), "ordered": frozenset()}, Outcome.RECORDED, ""),
        ({"status": "archived", "is_over": False}, Outcome.NONE, ""),
    ],
)
def test_it_comes_to(change: dict, outcome: Outcome, missing: str | None) -> None:
    came = came_of(replace(WHOLE, **change))

    assert came.outcome is outcome
    if missing is None:
        assert came.missing.endswith(".") or outcome is Outcome.NOBODY_CAME
    else:
        assert came.missing == missing


def test_it_tells_a_crash_with_its_reason() -> None:
    came = came_of(replace(WHOLE, end=End("fatal", "bot_errored", 90)))

    assert came.outcome is Outcome.IN_PART
    assert came.missing.startswith("The bot crashed after 1:30. ")


def test_it_counts_a_list_of_people_where_nothing_else_was_ordered() -> None:
    facts = Facts("done", files=(PEOPLE,), ordered=frozenset({"participant_events"}))

    assert came_of(facts).outcome is Outcome.RECORDED


def test_it_is_green_for_nothing_that_is_empty_or_gone() -> None:
    for status in ("done", "failed", "deleted"):
        for files in ((), (PEOPLE,), (File("video_mixed", "deleted"),)):
            facts = Facts(status, files=files, ordered=ORDERED)
            assert came_of(facts).outcome.colour != "green"
