"""Which meeting stands behind a link: named ones for every case, a pleasant one for the rest. Pure.

A Google Meet code names its scenario in letters (`nev-erad-mit`). For the platforms that number
their meetings, a number of a 9, zeros and the scenario's two digits does (`9000000001`).
"""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from . import plots
from .dialogues import DIALOGUES, Dialogue
from .scripts import Act, Answer, Door, Fate, Person, Script, Speech

ORDINARY = "ordinary"
ORDINARY_MINUTES = 40.0
_WORDS_PER_S = 2.4
_NUMBERED = re.compile(r"^90{6,}(\d\d)$")
_DENIED = "zoom_local_recording_request_denied_by_host"


@dataclass(frozen=True, slots=True)
class Scenario:
    """A named meeting: its number, its Meet code and what it shows."""

    number: int
    name: str
    code: str
    shows: str
    change: Callable[[Script], Script]
    minutes: float = ORDINARY_MINUTES


def named(meeting_id: str | None) -> str:
    """The scenario that a meeting's id names; any other id gets the ordinary meeting."""
    text = (meeting_id or "").lower()
    number = _NUMBERED.match(re.sub(r"\D", "", text)) if re.fullmatch(r"[\d\s-]+", text) else None
    for scenario in SCENARIOS:
        if text == scenario.code or (number and int(number[1]) == scenario.number):
            return scenario.name
    return ORDINARY


def script(name: str, *, platform: str, key: str, minutes: float | None = None) -> Script:
    """The script of a meeting; the same arguments always give the same script."""
    scenario = BY_NAME.get(name)
    length = minutes or (scenario.minutes if scenario else ORDINARY_MINUTES)
    dice = random.Random(f"{key}/{name}")
    plain = _ordinary(dice.choice(DIALOGUES), platform=platform, minutes=length, dice=dice)
    return scenario.change(plain) if scenario else plain


def _ordinary(dialogue: Dialogue, *, platform: str, minutes: float, dice: random.Random) -> Script:
    ends_at = minutes * 60
    cast = tuple(
        Person(
            (i + 1) * 100,
            name,
            is_host=i == 0,
            device="mobile_app" if i == 3 else "desktop",
            extra_data=_extra(platform, i),
        )
        for i, name in enumerate(dialogue.cast)
    )
    acts: list[Act] = []
    for i, person in enumerate(cast):
        came = 0.0 if i == 0 else 2.0 + i * dice.uniform(3, 11)
        acts.append(Act(came, "join", person.number))
        if i != 3:
            acts.append(Act(came + 1.5, "webcam_on", person.number))
        if i:
            acts.append(Act(ends_at - dice.uniform(1, 14), "leave", person.number))
    begins = min(30.0, ends_at * 0.4)
    speeches = _talk(dialogue, cast, begins=begins, until=ends_at - 16, dice=dice)
    if ends_at > 180:
        shares = 2 if len(cast) > 2 else 1
        start = ends_at * 0.3
        acts.append(Act(start, "screenshare_on", cast[shares].number))
        acts.append(Act(ends_at * 0.55, "screenshare_off", cast[shares].number))
        for n, (i, text) in enumerate(dialogue.chat):
            acts.append(Act(start + 25 + 31 * n, "chat_message", cast[i].number, text))
    zoom = platform == "zoom"
    return Script(
        title=dialogue.title,
        platform=platform,
        door=Door("open") if zoom else Door("lobby", after_s=8.0),
        cast=cast,
        acts=tuple(sorted(acts, key=lambda act: act.at)),
        speeches=tuple(speeches),
        ends_at=ends_at,
        answers=(Answer(4.0),) if zoom else None,
    )


def _talk(
    dialogue: Dialogue,
    cast: tuple[Person, ...],
    *,
    begins: float,
    until: float,
    dice: random.Random,
) -> list[Speech]:
    """The dialogue, then asides in turn; some reading silence in between, never over `until`."""
    speeches: list[Speech] = []
    at, spoken, last = begins, 0, -1
    asides: list[str] = []
    while True:
        if spoken < len(dialogue.lines):
            who, text = dialogue.lines[spoken]
        else:
            asides = asides or dice.sample(dialogue.asides, len(dialogue.asides))
            text = asides.pop()
            who = dice.choice([i for i in range(len(cast)) if i != last])
        seconds = round(len(text.split()) / _WORDS_PER_S + 0.6, 2)
        if at + seconds > until:
            return speeches
        speeches.append(Speech(round(at, 2), round(at + seconds, 2), cast[who].number, text))
        pause = dice.uniform(0.4, 1.6) if who != last else dice.uniform(0.2, 0.6)
        if spoken % 12 == 11:
            pause += dice.uniform(8, 35)
        at += seconds + pause
        spoken, last = spoken + 1, who


def _extra(platform: str, i: int) -> dict[str, Any]:
    if platform == "zoom":
        return {"zoom": {"os": "macos" if i % 2 else "windows", "guest": i > 1}}
    if platform.startswith("microsoft_teams"):
        return {"microsoft_teams": {"role": "organizer" if i == 0 else "attendee"}}
    return {}


SCENARIOS: tuple[Scenario, ...] = (
    Scenario(1, "never admitted", "nev-erad-mit", "nobody lets the bot in", plots.door("never")),
    Scenario(
        2,
        "denied",
        "hos-tden-ies",
        "the host turns the bot away",
        plots.door("refused", after_s=15),
    ),
    Scenario(
        3,
        "kicked",
        "kic-kedo-uts",
        "the host removes the bot after two minutes",
        plots.fate(Fate(120, "call_ended", "bot_kicked_from_call")),
    ),
    Scenario(
        4,
        "host ends early",
        "end-sear-lyy",
        "the host ends the meeting after three minutes",
        plots.ends("call_ended_by_host"),
        3,
    ),
    Scenario(5, "nobody comes", "nob-odyc-ame", "the bot is let in and stays alone", plots.nobody),
    Scenario(
        6,
        "only notetakers",
        "onl-ynot-ers",
        "everyone leaves after four minutes, two other notetakers stay",
        plots.only_notetakers,
    ),
    Scenario(
        7, "everyone leaves", "all-left-now", "everyone leaves after four minutes", plots.all_leave
    ),
    Scenario(8, "silence", "sil-ence-now", "after four minutes nobody says a word", plots.silence),
    Scenario(
        9,
        "permission denied",
        "per-miss-ion",
        "the host denies recording twice, then allows it",
        plots.permission(Answer(4, False, _DENIED), Answer(4, False, _DENIED), Answer(4)),
    ),
    Scenario(
        10,
        "host absent",
        "hos-taba-way",
        "nobody is there to allow the recording",
        plots.permission(),
    ),
    Scenario(
        11,
        "wrong password",
        "bad-pass-wrd",
        "the password is wrong",
        plots.door("fatal", "meeting_password_incorrect"),
    ),
    Scenario(
        12, "not found", "not-foun-dxx", "no such meeting", plots.door("fatal", "meeting_not_found")
    ),
    Scenario(
        13, "locked", "loc-kedr-oom", "the meeting is locked", plots.door("fatal", "meeting_locked")
    ),
    Scenario(
        14,
        "crash",
        "bot-cras-hes",
        "the bot crashes after ninety seconds",
        plots.fate(Fate(90, "fatal", "bot_errored")),
    ),
    Scenario(
        15,
        "transcript fails",
        "bad-tran-scr",
        "the transcript fails, all else is well",
        plots.fails(transcript="provider_connection_failed"),
        5,
    ),
    Scenario(
        16,
        "video fails",
        "bad-vide-oxx",
        "the video fails, all else is well",
        plots.fails(video_mixed=""),
        5,
    ),
    Scenario(17, "quick", "qui-ckme-etx", "a meeting of thirty seconds", lambda s: s, 0.5),
    Scenario(
        18,
        "unheard of",
        "new-word-say",
        "status codes and a sub-code that nobody has documented",
        plots.fate(*plots.UNHEARD_OF),
    ),
    Scenario(
        19,
        "breakout",
        "bre-akou-tsx",
        "a breakout room opens and closes",
        plots.fate(*plots.BREAKOUT),
    ),
    Scenario(
        20,
        "time cap",
        "tim-ecap-end",
        "the platform ends the meeting after its free 40 minutes",
        plots.ends("call_ended_by_platform_max_length"),
        40,
    ),
    Scenario(
        21,
        "sign in",
        "sig-ninf-rst",
        "guests must sign in",
        plots.door("fatal", "meeting_requires_sign_in"),
    ),
    Scenario(
        22,
        "stage",
        "you-rsta-gex",
        "an empty room and a closed door: all is up to you, on the sandbox page",
        plots.stage,
    ),
    Scenario(
        23,
        "reading",
        "rea-ding-now",
        "after six minutes everyone reads in silence for seven, then they talk on",
        plots.reading,
        25,
    ),
    Scenario(
        24,
        "late people",
        "lat-epeo-ple",
        "two notetakers are there first, people come after four minutes",
        plots.late,
        20,
    ),
    Scenario(
        25,
        "separate audio fails",
        "bad-trac-ksx",
        "each person's sound fails, all else is well",
        plots.fails(audio_separate=""),
        5,
    ),
    Scenario(
        26,
        "no transcript ever",
        "bad-agai-nxx",
        "the transcript fails, and so does every other one that is asked for",
        plots.fails(
            transcript="provider_connection_failed", create_transcript="provider_connection_failed"
        ),
        5,
    ),
    Scenario(
        27,
        "recording fails",
        "all-isgo-nex",
        "the recording fails, and everything of it",
        plots.fails(recording=""),
        5,
    ),
    Scenario(
        28,
        "expires soon",
        "gon-esoo-nxx",
        "what was recorded is deleted 45 minutes after the end",
        plots.expires(0.75),
        5,
    ),
    Scenario(
        29,
        "three hours",
        "lon-gest-day",
        "a meeting of three hours with some 30,000 words",
        plots.long,
        180,
    ),
    Scenario(
        30,
        "wordless",
        "now-ords-all",
        "five minutes in which nobody says a word: the transcript is empty",
        plots.wordless,
        5,
    ),
)
BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}
