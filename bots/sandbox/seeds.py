"""The past of a demo workspace: some twenty meetings of the last two weeks, by the same engine."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from . import links
from .api import shapes
from .direct import WORDS_PER_S
from .models import Bot, Order, Room, Workspace
from .rooms import settle
from .tempo import Tempo


@dataclass(frozen=True, slots=True)
class Past:
    """One past meeting: how many days ago and at which hour, what was played and ordered.

    `orders` are (seconds after the bot joined, kind), `hands` what people did who are in no script:
    (seconds after the start, verb, name, words). What was recorded expires in `expires_in_h` hours
    from now, if that is given.
    """

    days: int
    hour: float
    url: str
    scenario: str
    minutes: float
    name: str = "Meeting Notetaker"
    orders: tuple[tuple[float, str], ...] = ()
    config: dict[str, Any] = field(default_factory=dict)
    hands: tuple[tuple[float, str, str, str], ...] = ()
    expires_in_h: int | None = None


def _scribe(came_s: float, left_s: float | None = None) -> tuple[tuple[float, str, str, str], ...]:
    """A notetaker of which no list knows; without `left_s` it stays behind with our bot."""
    came = (came_s, "notetaker", "MeetScribe", "")
    return (came,) if left_s is None else (came, (left_s, "leave", "MeetScribe", ""))


def _rosa(left_s: float, *said: tuple[float, str]) -> tuple[tuple[float, str, str, str], ...]:
    """A person whom "grain" takes for a notetaker."""
    talks = ((second, "talk", "Rosa Grainger", words) for second, words in said)
    return (
        (41, "join", "Rosa Grainger", ""),
        *talks,
        (left_s, "leave", "Rosa Grainger", ""),
    )


_TRANSCRIPT: dict[str, Any] = {
    "transcript": {"provider": {"recallai_streaming": {}}},
    "audio_mixed_mp3": {},
}
_SHORT_LIVED = _TRANSCRIPT | {"retention": {"type": "timed", "hours": 24}}
_EACH = _TRANSCRIPT | {
    "video_mixed_layout": "gallery_view_v2",
    "audio_separate_mp3": {},
    "video_separate_mp4": {},
}
_NAMES = {
    "bot_detection": {
        "using_participant_names": {
            "matches": ["notetaker", "otter", "fathom", "read.ai"],
            "timeout": 30,
            "activate_after": 120,
        }
    }
}
TEAMS = "https://teams.microsoft.com/meet/234567890123{0}?p=Qm4TzY"
PAST: tuple[Past, ...] = (
    Past(13, 9, "https://meet.google.com/kfd-wupa-mre", "ordinary", 15, "Stand-up notes"),
    Past(
        12,
        14,
        "https://us02web.zoom.us/j/81234500617?pwd=a1b2c3",
        "ordinary",
        47,
        "Sales notetaker",
        hands=_rosa(
            2802,
            (905, "Before we go on: who signs for the depot in Lyon?"),
            (1871, "Then I would add one line about the winter months."),
        ),
    ),
    Past(11, 10, TEAMS.format(1), "ordinary", 31, config=_SHORT_LIVED),
    Past(
        9,
        15,
        "https://meet.google.com/vqa-hnzo-ceb",
        "ordinary",
        55,
        "Research notetaker",
        orders=((600, "pause_recording"), (1020, "resume_recording")),
    ),
    # These five are where rules of leaving differ: too late, too early, about right.
    Past(
        10,
        9,
        "https://meet.google.com/wmz-hoer-bka",
        "only notetakers",
        40,
        "Planning notetaker",
        hands=_scribe(26),
    ),
    Past(
        9,
        10,
        "https://us02web.zoom.us/j/82200331144",
        "everyone leaves",
        40,
        "Sales notetaker",
        hands=_scribe(33),
    ),
    Past(8, 16, TEAMS.format(2), "reading", 25, "Research notetaker"),
    Past(8, 11, "https://meet.google.com/tzs-eupk-qwd", "never admitted", 40),
    Past(
        7,
        9.5,
        "https://us02web.zoom.us/j/84455667788?pwd=x9y8z7",
        "ordinary",
        38,
        "Interview notes",
        orders=((900, "stop_recording"), (1200, "start_recording")),
    ),
    Past(6, 13, "https://us02web.zoom.us/j/87712345098", "wrong password", 40, "Sales notetaker"),
    Past(5, 10, "https://meet.google.com/qdo-vhey-wtc", "silence", 40, "Hiring notetaker"),
    Past(5, 16, TEAMS.format(4), "only notetakers", 40, config={"automatic_leave": _NAMES}),
    Past(
        4,
        10.25,
        "https://meet.google.com/kfd-wupa-mre",
        "ordinary",
        22,
        "Stand-up notes",
        orders=((480, "pause_recording"), (560, "resume_recording"), (1000, "leave_call")),
    ),
    Past(3, 15.5, "https://us02web.zoom.us/j/81234500617?pwd=a1b2c3", "permission denied", 30),
    Past(
        2,
        11,
        TEAMS.format(7),
        "ordinary",
        29,
        "Customer call notes",
        hands=(
            *_rosa(1726, (612, "I have the figures for that, give me a moment.")),
            *_scribe(12, 1731),
        ),
    ),
    Past(2, 15, "https://meet.google.com/gpn-asol-rvi", "late people", 20, "Board notes"),
    Past(
        3,
        9,
        "https://meet.google.com/wks-hopd-ayx",
        "three hours",
        180,
        "Workshop notetaker",
    ),
    Past(
        2,
        16.5,
        "https://us02web.zoom.us/j/86655443322",
        "ordinary",
        12,
        "Interview notes",
        config=_EACH,
    ),
    Past(
        1,
        11,
        "https://meet.google.com/bud-gett-alk",
        "ordinary",
        14,
        "Budget notes",
        expires_in_h=3,
    ),
    Past(
        1,
        13,
        "https://us02web.zoom.us/j/83344556677",
        "separate audio fails",
        9,
        "Research notetaker",
        config=_EACH,
    ),
    Past(1, 14, "https://meet.google.com/rbx-yqmd-fsh", "transcript fails", 18, "Hiring notetaker"),
    Past(1, 9, "https://meet.google.com/kfd-wupa-mre", "ordinary", 6, "Stand-up notes"),
)


def sow(workspace: Workspace, *, now: datetime) -> None:
    """Give the workspace its past. No webhook tells of it: it was before anybody listened."""
    for past in PAST:
        _plant(workspace, past, now=now)


def _plant(workspace: Workspace, past: Past, *, now: datetime) -> None:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    joins_at = midnight - timedelta(days=past.days) + timedelta(hours=past.hour)
    meeting = links.meeting(past.url)
    room = Room.objects.create(
        workspace=workspace,
        link_key=meeting.key,
        url=meeting.url,
        platform=meeting.platform,
        scenario=past.scenario,
        minutes=past.minutes,
        started_at=joins_at,
        tempo=Tempo.steady(start=joins_at.timestamp()).written(),
        interventions=[_row(joins_at, *hand) for hand in past.hands],
    )
    leave = past.config.get("automatic_leave")
    recording = {k: v for k, v in past.config.items() if k != "automatic_leave"} or _TRANSCRIPT
    if past.expires_in_h is not None:
        over = joins_at + timedelta(minutes=past.minutes)
        hours = (now - over) // timedelta(hours=1) + past.expires_in_h
        recording = recording | {"retention": {"type": "timed", "hours": hours}}
    body = {
        "meeting_url": past.url,
        "bot_name": past.name,
        "recording_config": recording,
        "metadata": {"source": "demo"},
    } | ({"automatic_leave": leave} if leave else {})
    config = shapes.bot({"type": "forever"}, ints=False).read(body)
    bot = Bot(
        workspace=workspace,
        room=room,
        metadata=config.pop("metadata"),
        config={k: v for k, v in config.items() if k not in ("meeting_url", "join_at")},
        meeting_url=meeting.object,
        url=meeting.url,
        platform=meeting.platform,
        created_at=joins_at - timedelta(minutes=30),
        join_at=joins_at,
        joins_at=joins_at,
        scheduled=True,
        told_at=now,
    )
    bot.save(force_insert=True)
    for seconds, kind in past.orders:
        again = config["recording_config"] | {"start_recording_on": "call_join"}
        Order.objects.create(
            bot=bot,
            kind=kind,
            body=again if kind == "start_recording" else {},
            at=joins_at + timedelta(seconds=seconds),
        )
    settle(bot, now=now)
    bot.save()


def _row(begun: datetime, second: float, verb: str, name: str, words: str) -> dict[str, Any]:
    """Somebody's doing as a room keeps it."""
    seconds = len(words.split()) / WORDS_PER_S + 0.5 if words else 0.0
    at = begun.timestamp() + second
    return {"at": at, "verb": verb, "name": name, "text": words, "seconds": seconds}
