"""What a dry run found, in words. Pure."""

from __future__ import annotations

from typing import Final

from bots.dryrun.compare import Exit, Total
from bots.dryrun.terms import CLOCK, STAY

_RULES: Final = {
    "waiting_room_timeout": "waiting room",
    "noone_joined_timeout": "nobody joined",
    "everyone_left_timeout": "everyone left",
    "in_call_not_recording_timeout": "not recording",
    "in_call_recording_timeout": "recording length",
    "recording_permission_denied_timeout": "permission denied",
    "silence_detection": "silence",
    "bot_detection.using_participant_events": "only silent participants",
    "bot_detection.using_participant_names": "only notetaker names",
    STAY: "longest stay",
    CLOCK: "time of day",
}


_ENDINGS: Final = {
    "fatal": "failed",
    "bot_kicked_from_call": "removed",
    "bot_kicked_from_waiting_room": "turned away",
    "bot_received_leave_call": "told to leave",
}


def rule_words(exit_: Exit, ending: str = "") -> str:
    """Why it would have gone, in two or three words. `ending` is what really ended it."""
    if exit_.beyond:
        return "would have stayed on"
    return _RULES.get(exit_.rule) or _ENDINGS.get(ending, "meeting ended")


def sentence(total: Total) -> str:
    """What it comes to, in one sentence."""
    if not total.meetings:
        return "There is no meeting to try it on yet."
    alone = total.meetings == 1
    some = "The one bot" if alone else "{} of " + f"{total.meetings} bots"
    if total.earlier:
        parts = [f"{some.format(total.earlier)} would have left earlier"]
        parts += [f"{total.later} later"] if total.later else []
    elif total.later:
        parts = [f"{some.format(total.later)} would have left later"]
    elif alone:
        parts = ["The one bot would not have left earlier"]
    else:
        parts = [f"{some.format('None')} would have left earlier"]
    saved_s = round(total.saved_s)
    if saved_s > 0:
        wasted_s = round(total.harmful_saved_s)
        of_it = f" ({span(wasted_s)} of it where someone was missed)" if wasted_s > 0 else ""
        parts.append(f"{span(saved_s)} saved{of_it}")
    elif saved_s < 0:
        parts.append(f"{span(-saved_s)} longer in meetings")
    said = ", ".join(parts)
    if total.harmful:
        said += f"; {total.harmful} would have left while someone was still there or came back"
        if total.harmed == total.harmful:
            said += ", as before"
        elif total.harmed:
            said += f", {total.harmed} of them before as well"
        return f"{said}."
    if total.earlier:
        said += "; none would have left while someone was still there"
    return f"{said}."


def span(seconds: float) -> str:
    """ "31 h", "2 h 10 min", "14 min" or "40 s"."""
    whole = round(abs(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes = round(whole / 60)
    hours, rest = divmod(minutes, 60)
    if hours >= 10 or (hours and not rest):
        return f"{round(minutes / 60)} h"
    return f"{hours} h {rest} min" if hours else f"{minutes} min"
