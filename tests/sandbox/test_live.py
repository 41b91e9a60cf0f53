"""What a real-time endpoint is told: the story's people and words, in time, never taken back."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings

from bots.sandbox import files, live
from bots.sandbox.call import Command
from bots.sandbox.live import Said, Voice
from bots.sandbox.play import Guest, play
from bots.sandbox.room import Intervention
from bots.sandbox.scenarios import script
from bots.sandbox.story import Story
from bots.sandbox.tempo import Tempo

from .test_play import START, story
from .test_play_causality import commands, hands, moments, names, platforms

PEOPLE = [
    f"participant_events.{what}"
    for what in ["join", "leave", "update", "chat_message"]
    + [f"{kind}_{edge}" for kind in ("speech", "webcam", "screenshare") for edge in ("on", "off")]
]
WORDS = ["transcript.partial_data", "transcript.provider_data", "transcript.data"]
TEMPO = Tempo.steady(start=START)
QUICK = {"recallai_streaming": {"mode": "prioritize_low_latency", "language_code": "en"}}


def guest(provider: dict[str, Any] | None = None) -> Guest:
    transcript = {"provider": provider} if provider else None
    return Guest(
        START,
        recording_config={"transcript": transcript, "start_recording_on": "participant_join"},
    )


def told(
    orders: tuple[Command, ...] = (),
    *,
    provider: dict[str, Any] | None = QUICK,
    events: list[str] | None = None,
    until: float = 4000,
    **options: Any,
) -> tuple[Story, list[Said]]:
    known = story(commands=orders, guest=guest(provider), until=until)
    rows = live.said(
        known,
        known.takes[0],
        events=events or PEOPLE + WORDS,
        tempo=TEMPO,
        until=START + until,
        **options,
    )
    return known, rows


def text_of(rows: list[Said], event: str = "transcript.data") -> list[str]:
    return [text for row in rows if row.event == event for text, _, _ in row.words]


def test_it_says_in_time_what_the_transcript_says_afterwards() -> None:
    known, rows = told()
    clock = files.Clock(known.takes[0], paused="black", until=0)
    words = [word for turn in files.transcript(known, clock) for word in turn["words"]]
    assert text_of(rows) == [word["text"] for word in words]
    heard = [word for row in rows if row.event == "transcript.data" for word in row.words]
    for (_, start, _), word in zip(heard, words, strict=True):
        assert clock.relative(start) == pytest.approx(word["start_timestamp"]["relative"], abs=1e-3)
    late = [row.at - row.words[-1][2] for row in rows if row.event == "transcript.data"]
    assert 0.9 < min(late) < 1.5 < 2.5 < max(late) <= 3.1
    assert [row.at for row in rows] == sorted(row.at for row in rows)


def test_first_words_come_while_someone_speaks_and_are_superseded() -> None:
    _, rows = told(events=WORDS)
    partials = [row for row in rows if row.event == "transcript.partial_data"]
    assert partials
    for partial in partials:
        final = next(
            row
            for row in rows
            if row.event == "transcript.data"
            and (row.moment, row.person) == (partial.moment, partial.person)
        )
        assert partial.at < final.at
        assert final.words[: len(partial.words)] == partial.words
        assert partial.at >= partial.words[-1][2]


def test_accuracy_takes_three_minutes_to_ten() -> None:
    known, rows = told(provider={"recallai_streaming": {"mode": "prioritize_accuracy"}})
    assert not text_of(rows, "transcript.partial_data")
    end = known.takes[0].completed_at
    late = [
        row.at - row.words[-1][2]
        for row in rows
        if row.event == "transcript.data" and row.at < end - 1
    ]
    assert 180 <= min(late) < 240 < max(late) <= 600
    assert text_of(rows) == text_of(told()[1])


def test_a_caption_is_one_word() -> None:
    _, rows = told(provider={"meeting_captions": {}}, events=WORDS)
    assert {len(row.words) for row in rows} == {1}
    finals = [row.words[0] for row in rows if row.event == "transcript.data"]
    partials = [row.words[0] for row in rows if row.event == "transcript.partial_data"]
    assert len(finals[0][0].split()) > 4
    assert finals[0][0].startswith(partials[0][0])
    assert partials[0][2] is None


@pytest.mark.parametrize(
    ("provider", "options"), [(None, {}), ({"deepgram_streaming": {}}, {"fails": True})]
)
def test_no_words_without_a_provider_or_with_one_that_fails(
    provider: dict[str, Any] | None, options: dict[str, Any]
) -> None:
    _, rows = told(provider=provider, **options)
    assert {row.event for row in rows} <= set(PEOPLE)
    assert rows


def test_it_tells_nothing_while_the_recording_is_paused() -> None:
    orders = (Command(100, "pause_recording"), Command(160, "resume_recording"))
    known, rows = told(orders)
    (_, paused, _), (_, resumed, _), _ = known.takes[0].pieces
    assert not [row for row in rows if paused < row.at < resumed]
    assert [row for row in rows if row.at > resumed]
    speaking: set[int] = set()
    for row in rows:
        if row.event.endswith("speech_on"):
            assert row.person not in speaking
            speaking.add(row.person)
        elif row.event.endswith("speech_off"):
            speaking.remove(row.person)


def test_who_is_there_when_it_begins_is_told_then() -> None:
    known, rows = told(events=PEOPLE)
    begun = known.takes[0].started_at
    assert (rows[0].event, rows[0].at) == ("participant_events.join", begun)
    assert rows[0].moment < begun
    joined = [row.person for row in rows if row.event == "participant_events.join"]
    assert joined == [100 * n for n in range(1, len(joined) + 1)]
    assert {"participant_events.chat_message", "participant_events.screenshare_on"} <= {
        row.event for row in rows
    }


def test_an_endpoint_gets_what_it_subscribed_to() -> None:
    _, rows = told(events=["participant_events.leave"])
    assert {row.event for row in rows} == {"participant_events.leave"}


def test_it_writes_as_recall_does() -> None:
    known, rows = told(emails=True)
    about = {
        name: {"id": name, "metadata": {}}
        for name in ("realtime_endpoint", "participant_events", "transcript", "recording", "bot")
    }
    voice = Voice(known.people, about, known.takes[0].started_at)
    first = {row.event: voice.payload(row) for row in reversed(rows)}
    join = first["participant_events.join"]["data"]
    assert list(join) == ["data", "realtime_endpoint", "participant_events", "recording", "bot"]
    assert join["data"]["participant"]["email"] is None
    assert join["data"]["timestamp"]["relative"] < 0
    assert join["data"]["timestamp"]["absolute"].endswith("+00:00")
    assert join["data"]["data"] is None
    chat = first["participant_events.chat_message"]["data"]["data"]["data"]
    assert set(chat) == {"text", "to"}
    email = first["participant_events.update"]["data"]["data"]["participant"]["email"]
    assert email.endswith("@example.com")
    words = first["transcript.data"]["data"]["data"]["words"]
    assert set(words[0]) == {"text", "start_timestamp", "end_timestamp"}
    bare = Voice(known.people, about, START, absolute="Z", dated=False, bare=True)
    plain = bare.payload(next(row for row in rows if row.event == "transcript.data"))["data"]
    assert set(plain["data"]["participant"]) == {"id", "name"}
    assert set(plain["data"]["words"][0]["start_timestamp"]) == {"relative"}


def rows_by(
    name: str,
    platform: str,
    provider: dict[str, Any],
    orders: list[Command],
    meddling: list[Intervention],
    until: float,
) -> list[Said]:
    plain = script(name, platform=platform, key="causal")
    known = play(
        plain,
        guest(provider),
        tempo=TEMPO,
        until=START + until,
        commands=orders,
        interventions=meddling,
    )
    return [
        row
        for take in known.takes
        for row in live.said(
            known, take, events=PEOPLE + WORDS, tempo=TEMPO, until=START + until, emails=True
        )
    ]


@pytest.mark.parametrize(
    "provider", [QUICK, {"recallai_streaming": {"mode": "prioritize_accuracy"}}], ids=str
)
@settings(max_examples=60, deadline=None)
@given(names, platforms, commands, hands, moments, moments)
def test_it_never_takes_back_what_it_told(
    provider: dict[str, Any],
    name: str,
    platform: str,
    orders: list[Command],
    meddling: list[Intervention],
    now: float,
    more: float,
) -> None:
    before = rows_by(
        name,
        platform,
        provider,
        [order for order in orders if order.at <= now],
        [hand for hand in meddling if hand.at <= now],
        now,
    )
    after = rows_by(name, platform, provider, orders, meddling, now + more)
    # What is told at the very moment at which nobody knows more is still in the making.
    known = START + now - 0.001
    assert [row for row in after if row.at < known] == [row for row in before if row.at < known]
    assert all(a.at <= b.at for a, b in pairwise(after) if a.event == b.event)
