"""The timers by which a bot leaves, each in a sentence and as geometry for its time line. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bots.policy.rules import Rules
from bots.recall.automatic_leave import spell

_STEPS_S: Final = (5, 10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400)
_MAX_STEPS: Final = 6
_NUMBER: Final = r"(\d{1,10}(?:\.\d{1,3})?)"
_SPAN: Final = re.compile(
    rf"(?:{_NUMBER}\s*h(?:ours?)?)?\s*(?:{_NUMBER}\s*m(?:in(?:ute)?s?)?)?"
    rf"\s*(?:{_NUMBER}\s*s(?:ec(?:ond)?s?)?)?|{_NUMBER}",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Timer:
    """One rule of leaving: it looks from `after_s` on, and its condition must hold for `for_s`.

    `after_s` None means at once; `for_s` None means that the rule is off. `fields` are the rules'
    fields that hold the numbers, the delay first where there is one.
    """

    key: str
    title: str
    counts_from: str
    sentence: str
    fields: tuple[str, ...]
    after_s: int | None
    for_s: int | None

    @property
    def earliest_s(self) -> int:
        """The earliest moment at which it can send the bot home, from what it counts from."""
        return (self.after_s or 0) + (self.for_s or 0)


@dataclass(frozen=True, slots=True)
class Tick:
    """A round moment of the scale; `x` is a share of its width, 0 to 1."""

    after_s: int
    x: float

    @property
    def label(self) -> str:
        return short(self.after_s)

    @property
    def x_percent(self) -> str:
        return _percent(self.x)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A timer on a time line: asleep until `armed`, counting until `goes`; shares, 0 to 1."""

    timer: Timer
    armed: float
    goes: float

    @property
    def armed_percent(self) -> str:
        return _percent(self.armed)

    @property
    def counts_percent(self) -> str:
        """How wide the countdown is; a short one must still be seen."""
        return _percent(max(self.goes - self.armed, 0.004))

    @property
    def goes_percent(self) -> str:
        return _percent(self.goes)


@dataclass(frozen=True, slots=True)
class TimeLine:
    """The three rules that tell when only bots are left, over one scale."""

    lanes: tuple[Drawn, ...]
    ticks: tuple[Tick, ...]
    length_s: int


def timers(rules: Rules) -> tuple[Timer, ...]:
    """Every rule of leaving in force or off, in the order in which a page shows them."""
    return (
        _detection(
            rules, "names", "Only notetakers by name",
            "everyone still there has a notetaker's name", on=rules.names_on,
        ),
        _detection(
            rules, "events", "Only silent participants",
            "nobody still there has ever spoken or shared a screen",
        ),
        _detection(rules, "silence", "Silence", "nobody speaks"),
        _plain(
            rules, "waiting_room_s", "Waiting room", "entering the waiting room",
            "The bot gives up when nobody has let it in for {0}.",
        ),
        _plain(
            rules, "noone_joined_s", "Nobody came", "entering the call",
            "The bot leaves when nobody else has come for {0}.",
        ),
        _everyone_left(rules),
        _plain(
            rules, "not_recording_s", "Not recording", "the end of the recording",
            "The bot leaves when it has been in the call for {0} without recording.",
        ),
        _plain(
            rules, "recording_s", "Longest recording", "the start of the recording",
            "The bot leaves when it has recorded for {0}.",
            off="There is no limit: it records for as long as the meeting lasts.",
        ),
        _plain(
            rules, "permission_denied_s", "Permission denied", "the host's no",
            "The bot leaves when {0} after the host's no it still does not record.",
        ),
    )  # fmt: skip


def time_line(rules: Rules) -> TimeLine:
    """The rules of bot detection and silence as they follow the start of the recording."""
    drawn = [each for each in timers(rules)[:3] if each.for_s is not None]
    longest = max((each.earliest_s for each in drawn), default=0)
    # A number of twenty digits may be typed and is drawn before it is refused.
    length_s = min(max(longest * 11 // 10, 60), 10**9)
    return TimeLine(
        lanes=tuple(
            Drawn(each, _share(each.after_s or 0, length_s), _share(each.earliest_s, length_s))
            for each in drawn
        ),
        ticks=tuple(_ticks(length_s)),
        length_s=length_s,
    )


def short(seconds: int) -> str:
    """ "45 s", "5 min", "1 min 30 s", "2 h", "1 h 30 min"."""
    hours, rest = divmod(seconds, 3600)
    minutes, rest = divmod(rest, 60)
    parts = [(hours, "h"), (minutes, "min"), (rest, "s")]
    return " ".join(f"{number} {unit}" for number, unit in parts if number) or "0 s"


def seconds_of(text: str) -> int | None:
    """What `short` wrote, or what people write: "90 min", "1.5 h", "2 hours", "90" for minutes.

    None where it is no length of time.
    """
    found = _SPAN.fullmatch(text.strip().lower())
    if found is None or not any(found.groups()):
        return None
    hours, minutes, rest, bare = (float(each or 0) for each in found.groups())
    return round(hours * 3600 + (minutes + bare) * 60 + rest)


def _detection(rules: Rules, key: str, title: str, condition: str, *, on: bool = True) -> Timer:
    fields = (f"{key}_after_s", f"{key}_for_s")
    after_s, for_s = (getattr(rules, name) for name in fields)
    sentence = (
        f"From {spell(after_s)} after the start of the recording on, the bot leaves when "
        f"{condition} for {spell(for_s)}."
    )
    if not on:
        sentence = "Off: names do not send the bot home."
    return Timer(
        key, title, "the start of the recording", sentence, fields, after_s, for_s if on else None
    )


def _plain(
    rules: Rules, field: str, title: str, counts_from: str, sentence: str, *, off: str = ""
) -> Timer:
    seconds = getattr(rules, field)
    said = off if seconds is None else sentence.format(spell(seconds))
    return Timer(field.removesuffix("_s"), title, counts_from, said, (field,), None, seconds)


def _everyone_left(rules: Rules) -> Timer:
    after_s, for_s = rules.everyone_left_after_s, rules.everyone_left_for_s
    sentence = f"The bot leaves when it has been alone for {spell(for_s)}"
    if after_s:
        sentence += f", from {spell(after_s)} after the start of the recording on"
    return Timer(
        "everyone_left", "Everyone left", "the last person's leaving",
        f"{sentence}. A silent notetaker is company, too.",
        ("everyone_left_after_s", "everyone_left_for_s"), after_s, for_s,
    )  # fmt: skip


def _ticks(length_s: int) -> Sequence[Tick]:
    step_s = next((s for s in _STEPS_S if length_s / s <= _MAX_STEPS), _STEPS_S[-1])
    many = min(length_s // step_s, _MAX_STEPS)
    return [Tick(n * step_s, n * step_s / length_s) for n in range(many + 1)]


def _share(seconds: int, length_s: int) -> float:
    return min(max(seconds / length_s, 0.0), 1.0)


def _percent(share: float) -> str:
    return f"{share * 100:.3f}%"
