"""What the timeline, the header and the notices say, in sentences with a next step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bots.lifecycle.artifacts import ARTIFACTS
from bots.lifecycle.codes import CODES, NOTHING_STORED, Words
from bots.lifecycle.failures import GENERIC, GOOGLE_MEET, MICROSOFT_TEAMS, WEBEX, ZOOM
from bots.lifecycle.phases import Phase
from bots.lifecycle.platforms import PLATFORMS, waiting_limit
from bots.lifecycle.reasons import CALL_ENDED, PERMISSION_DENIED, TRANSCRIPT_FAILED

NOTICE_AFTER_S: Final = 60

# One table: Recall uses some of them (`meeting_not_started`) under several codes.
SUB_CODES: Final[dict[str, Words]] = (
    GENERIC
    | GOOGLE_MEET
    | ZOOM
    | MICROSOFT_TEAMS
    | WEBEX
    | CALL_ENDED
    | PERMISSION_DENIED
    | TRANSCRIPT_FAILED
)


@dataclass(frozen=True)
class Explanation:
    """A code and sub-code in words. `raw` is them as they came; `known` says whether all of it
    has words of ours. `past` is the title once something else has followed.
    """

    title: str
    sentence: str
    next_step: str
    past: str
    raw: str
    known: bool


def explain(code: str, sub_code: str = "") -> Explanation:
    """A status change in words. `code` may also be an event name such as `recording.paused`.

    Unknown codes and sub-codes show as they came.
    """
    raw = f"{code} · {sub_code}" if sub_code else code
    reason = SUB_CODES.get(sub_code)
    if reason is not None:
        past = reason.past or reason.title
        return Explanation(reason.title, reason.sentence, reason.next_step, past, raw, True)
    words = CODES.get(code) or ARTIFACTS.get(code)
    if words is None:
        sentence = f"Recall reported “{raw}”, which has no words here yet."
        return Explanation(prettify(code), sentence, "", prettify(code), raw, False)
    sentence = f"{words.sentence} Recall's reason: {sub_code}." if sub_code else words.sentence
    past = words.past or words.title
    return Explanation(words.title, sentence, words.next_step, past, raw, not sub_code)


def prettify(code: str) -> str:
    """`breakout_room_renamed` → "Breakout room renamed"."""
    text = code.replace("_", " ").replace(".", " ").strip()
    return text[:1].upper() + text[1:] if text else "No status"


def headline(
    phase: Phase,
    *,
    platform: str = "",
    bot_name: str = "the bot",
    code: str = "",
    sub_code: str = "",
    waiting_limit_s: int = 1200,
    start_on: str = "",
    has_recorded: bool = False,
) -> str:
    """The sentence at the top of a bot's page; the page itself adds how long it has been so.

    `waiting_limit_s` is the bot's `waiting_room_timeout`, `start_on` its `start_recording_on`,
    `has_recorded` whether it has a recording already. `code` and `sub_code` are those of the
    entry that explains the phase: the end of the call for a bot that is over.
    """
    reason = SUB_CODES.get(sub_code)
    if phase is Phase.SCHEDULED:
        return f"Scheduled. {_capital(bot_name)} joins by itself when it is time."
    if phase is Phase.JOINING:
        return f"{_capital(bot_name)} is on its way to the meeting."
    if phase is Phase.WAITING:
        limit_s, who = waiting_limit(platform, timeout_s=waiting_limit_s)
        return (
            f"Waiting to be let in. {who} gives up after {_patience(limit_s)}. "
            f"Ask the host to admit {bot_name}."
        )
    if phase is Phase.IN_CALL:
        if code == "recording_permission_denied":
            return f"In the call, not recording. {_text(reason or CODES[code])}"
        why = _why_not_recording(platform, start_on, has_recorded)
        return f"In the call, not recording. {why}"
    if phase is Phase.PROCESSING:
        return f"{(reason or CODES['call_ended']).sentence} Recall is preparing what there is."
    if phase is Phase.FINISHED:
        return _text(reason or (CODES["done"] if has_recorded else NOTHING_STORED))
    if phase is Phase.FAILED:
        return _text(explain(code or "fatal", sub_code))
    if phase is Phase.UNKNOWN:
        return explain(code, sub_code).sentence
    return _PLAIN[phase]


def notice(
    phase: Phase,
    code: str = "",
    sub_code: str = "",
    since_s: float = 0,
    *,
    platform: str = "",
    bot_name: str = "the bot",
    on_purpose: bool = False,
) -> str | None:
    """What every open page of the team should be told about this bot now, or None.

    `since_s` is how long the phase has lasted; `on_purpose` says that a person stopped the
    recording, or that it starts by hand, so that not recording needs no alarm.
    """
    if phase is Phase.FAILED:
        return f"{_capital(bot_name)} failed. {_text(explain(code or 'fatal', sub_code))}"
    if phase is Phase.IN_CALL and code == "recording_permission_denied":
        words = SUB_CODES.get(sub_code) or CODES[code]
        return f"{_capital(bot_name)} may not record. {_text(words)}"
    if since_s <= NOTICE_AFTER_S:
        return None
    if phase is Phase.WAITING:
        return f"{_capital(bot_name)} is still waiting to be let in. Ask the host to admit it."
    if phase is Phase.IN_CALL and not on_purpose:
        why = _why_not_recording(platform, "", False)
        return f"{_capital(bot_name)} is in the call but not recording. {why}"
    return None


def clock(seconds: int) -> str:
    """600 → "10:00", 3600 → "1:00:00"."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _patience(seconds: int) -> str:
    """600 → "10 min", 90 → "1 min 30 s": a stretch that nobody takes for a time of day."""
    minutes, rest = divmod(seconds, 60)
    return " ".join([f"{minutes} min"] * bool(minutes) + [f"{rest} s"] * bool(rest or not minutes))


_PLAIN: Final = {
    Phase.RECORDING: "Recording the meeting.",
    Phase.PAUSED: "Recording is paused. Resume it to go on with the same file.",
    Phase.LEAVING: "Leaving the meeting.",
}

_STARTS_BY_ITSELF: Final = {
    "participant_join": "It begins when someone else is in the call.",
    "participant_speak": "It begins when someone speaks.",
}


def _why_not_recording(platform: str, start_on: str, has_recorded: bool) -> str:
    if has_recorded:
        return "Start recording to make another recording."
    if start_on == "manual":
        return "It waits until a person starts the recording."
    if platform in PLATFORMS and PLATFORMS[platform].asks_permission:
        return "The host may have to allow recording first."
    return _STARTS_BY_ITSELF.get(start_on, "Start recording if it should be recorded.")


def _text(words: Words | Explanation) -> str:
    return f"{words.sentence} {words.next_step}".strip()


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
