"""A policy in words: each field's name and value, what two versions differ in, what the bots do."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from bots.formats import BY_KEY, LANGUAGES, LAYOUTS, TRANSCRIBER_BY_KEY, TRANSCRIPT_MODES
from bots.lifecycle import platform_label
from bots.lifecycle.showing import SHOWS, Shows
from bots.policy.checks import AUDIENCES, KEEPABLE, RECIPIENTS, SCREENSHARES, SHARERS
from bots.policy.consent import CONSENT, NEEDS, REFUSALS, STARTS_HERE
from bots.policy.masking import stream
from bots.policy.presets import preset_of
from bots.policy.rules import SECTION_OF, SECTIONS, Rules
from bots.policy.timers import short

SECTION_LABELS: Final[dict[str, str]] = {
    "record": "What is recorded",
    "start": "When recording starts",
    "leave": "When the bot leaves",
    "operators": "What operators may change",
    "seen": "Who sees it",
    "after": "After the meeting",
    "meetings": "Which meetings",
}
LABELS: Final[dict[str, str]] = {
    "formats": "Formats",
    "transcript": "Transcript",
    "language": "Spoken language",
    "transcript_mode": "Transcription",
    "separate_streams": "Speakers told apart by their own sound",
    "rtmp_url": "RTMP address",
    "layout": "Picture",
    "screenshare": "While somebody shares",
    "bot_audio": "The bot's own sound",
    "retention": "Recall keeps it for",
    "bot_name": "Bot name",
    "bot_picture": "Bot picture",
    "shows": "Bots can show",
    "join_message": "Message when the bot joins",
    "join_message_to": "The message goes to",
    "start_on": "Start recording",
    "consent_by": "Who has to agree",
    "consent_ask": "What the bot asks in the chat",
    "consent_yes": "Messages that mean yes",
    "consent_no": "Messages that mean no",
    "consent_no_does": "Whoever says no makes the bot",
    "names_on": "Detect bots by their names",
    "names_after_s": "By names: look from",
    "names_for_s": "By names: leave after",
    "events_after_s": "By silent participants: look from",
    "events_for_s": "By silent participants: leave after",
    "silence_after_s": "By silence: look from",
    "silence_for_s": "By silence: leave after",
    "waiting_room_s": "In the waiting room at most",
    "noone_joined_s": "Nobody came",
    "everyone_left_for_s": "Everyone left: leave after",
    "everyone_left_after_s": "Everyone left: look from",
    "not_recording_s": "In the call without recording",
    "recording_s": "Longest recording",
    "permission_denied_s": "Permission denied: leave after",
    "stay_s": "Longest stay in a call",
    "leave_at": "Leave at",
    "leave_at_zone": "In the time zone",
    "may_formats": "Operators may change formats",
    "may_name": "Operators may change the bot's name",
    "may_show": "Operators may change what the bot can show",
    "may_start": "Operators may change the start",
    "may_length": "Operators may change the longest recording",
    "shown_to": "Meetings and recordings are seen by",
    "share_links": "Share links for outsiders are made by",
    "share_days": "A share link lives at most",
    "keep": "Copies kept here of",
    "keep_days": "Copies are kept for",
    "platforms": "Platforms",
    "blocked_domains": "Blocked domains",
    "title_words": "Words that forbid recording",
    "most_bots": "Most bots at once",
    "longest_s": "No recording longer than",
    "hours_month": "Bot-hours a month",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """A field, or a section's lock, that two versions have otherwise; both values in words."""

    section: str
    name: str
    label: str
    was: str
    now: str


def say(name: str, value: Any) -> str:
    """The value of a field in words."""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if name in _WORDS:
        return _WORDS[name](value)
    if value is None:
        return "No limit" if name != "everyone_left_after_s" else "At once"
    if name.endswith("_s"):
        return short(value)
    return str(value) or "None"


def differences(
    was: Rules, now: Rules, was_locked: Iterable[str] = (), now_locked: Iterable[str] = ()
) -> tuple[Difference, ...]:
    """What `now` has otherwise than `was`, in the order of the page; locks first."""
    before, after = set(was_locked), set(now_locked)
    found = [
        Difference(
            section, "", f"{SECTION_LABELS[section]}: locked for all teams",
            say("", section in before), say("", section in after),
        )
        for section in SECTIONS
        if (section in before) != (section in after)
    ]  # fmt: skip
    for name, section in SECTION_OF.items():
        old, new = getattr(was, name), getattr(now, name)
        if old != new:
            if name == "formats":
                found.append(_formats(section, old, new))
            else:
                found.append(
                    Difference(section, name, LABELS[name], say(name, old), say(name, new))
                )
    return tuple(found)


def in_words(rules: Rules) -> dict[str, tuple[str, ...]]:
    """For each section the sentences that tell what the bots do."""
    return {
        "record": tuple(_records(rules)),
        "start": (_starts(rules),),
        "leave": tuple(_leaves(rules)),
        "operators": (_may(rules),),
        "seen": (_seen(rules), _shared(rules)),
        "after": tuple(_after(rules)),
        "meetings": tuple(_which(rules)),
    }


def _formats(section: str, old: Iterable[str], new: Iterable[str]) -> Difference:
    """Only what came and went, said on both sides: the list itself may be long."""
    before, after = set(old), set(new)
    gone = listed(BY_KEY[key].label for key in BY_KEY if key in before - after)
    come = listed(BY_KEY[key].label for key in BY_KEY if key in after - before)
    return Difference(
        section,
        "formats",
        LABELS["formats"],
        ", ".join(part for part in (gone and f"with {gone}", come and f"without {come}") if part),
        ", ".join(part for part in (come and f"with {come}", gone and f"without {gone}") if part),
    )


def _records(rules: Rules) -> Iterable[str]:
    labels = [BY_KEY[key].label for key in BY_KEY if key in rules.formats]
    provider = TRANSCRIBER_BY_KEY.get(rules.transcript)
    if provider:
        labels.append(f"a transcript by {_inside(provider.label)}")
    yield f"Bots record {listed(map(_inside, labels)) or 'nothing'}."
    if provider and provider.has_language:
        if rules.language == "auto":
            yield "The spoken language is recognised."
        else:
            yield f"The spoken language is {say('language', rules.language)}."
    if rules.layout == "audio_only":
        yield "There is no picture, only sound."
    kept = {"forever": "Recall keeps it until someone deletes it.", "none": "Recall keeps nothing."}
    if isinstance(rules.retention, int):
        yield f"Recall keeps it for {say('retention', rules.retention)}."
    else:
        yield kept.get(rules.retention, "")
    if rules.layout and rules.layout != "audio_only":
        yield f"The picture: {_inside(say('layout', rules.layout))}."
    if rules.screenshare != "overlap":
        yield f"While somebody shares: {_inside(say('screenshare', rules.screenshare))}."
    if rules.separate_streams and provider:
        yield "Speakers are told apart by their own sound."
    if rules.bot_audio:
        yield "The bot's own sound is recorded, too."
    picture = ", with a picture" if rules.bot_picture and rules.shows != Shows.PAGES else ""
    yield f"In the meeting they are called “{rules.bot_name}”{picture}."
    if rules.shows == Shows.SOUNDS:
        yield "They can show pictures and play sounds."
    elif rules.shows == Shows.PAGES:
        yield "They can show web pages."
    if rules.join_message:
        yield f"When they join they write: “{rules.join_message}”"


def _starts(rules: Rules) -> str:
    return {
        "call_join": "Recording starts as soon as the bot is in the call.",
        "participant_join": "Recording starts when someone else is in the call.",
        "participant_speak": "Recording starts when someone speaks.",
        "manual": "Recording starts when a person presses Start recording.",
        CONSENT: f"Recording starts when {_agree(rules)} in the chat.",
    }.get(rules.start_on, rules.start_on)


def _agree(rules: Rules) -> str:
    who = {"host": "the host agrees", "anyone": "anyone agrees"}
    return who.get(rules.consent_by, "everyone who is there agrees")


def _leaves(rules: Rules) -> Iterable[str]:
    if preset := preset_of(rules):
        yield f"Preset: {preset}."
    if rules.names_on:
        yield (
            f"They leave when only notetakers remain for {short(rules.names_for_s)}, told by their "
            f"names, after the first {short(rules.names_after_s)}."
        )
    yield (
        "They leave when only people who never spoke or shared remain for "
        f"{short(rules.events_for_s)}, after the first {short(rules.events_after_s)}."
    )
    yield (
        f"They leave after {short(rules.silence_for_s)} of silence, after the first "
        f"{short(rules.silence_after_s)}."
    )
    yield (
        f"They wait {short(rules.waiting_room_s)} to be let in and {short(rules.noone_joined_s)} "
        f"for somebody to come, and leave {short(rules.everyone_left_for_s)} after the last one."
    )
    yield (
        f"They leave when they have been in the call for {short(rules.not_recording_s)} without "
        f"recording, or {short(rules.permission_denied_s)} after a host's no."
    )
    if (longest := longest_s(rules)) is not None:
        yield f"No recording is longer than {short(longest)}."
    if rules.stay_s is not None:
        yield f"recalldash tells them to leave {short(rules.stay_s)} after they joined."
    if rules.leave_at:
        yield f"recalldash tells them to leave at {rules.leave_at}, {rules.leave_at_zone} time."


def longest_s(rules: Rules) -> int | None:
    """After how many seconds a recording ends in any case; None: never."""
    return min((s for s in (rules.recording_s, rules.longest_s) if s is not None), default=None)


def _may(rules: Rules) -> str:
    switches = {
        "formats": rules.may_formats,
        "the bot's name": rules.may_name,
        "what it can show": rules.may_show,
        "when recording starts": rules.may_start,
        "the longest recording": rules.may_length,
    }
    free = [what for what, may in switches.items() if may]
    if not free:
        return "Whoever sends a bot changes nothing."
    return f"Whoever sends a bot may change {listed(free)}."


def _seen(rules: Rules) -> str:
    return {
        "workspace": "Everyone in the workspace sees the meetings and their recordings.",
        "team": "Only the team, admins and owners see the meetings and their recordings.",
    }.get(rules.shown_to, rules.shown_to)


def _shared(rules: Rules) -> str:
    who = {
        "leads": "Team leads and admins",
        "operators": "Operators, team leads and admins",
    }.get(rules.share_links)
    if who is None:
        return "Nobody shows a recording to outsiders by a link."
    longest = _counted(rules.share_days, "day")
    return f"{who} may show a recording to outsiders by a link, for {longest} at most."


def _after(rules: Rules) -> Iterable[str]:
    if not rules.keep:
        yield "No copies are kept by themselves."
        return
    kept = listed(_inside(KEEPABLE[kind]) for kind in KEEPABLE if kind in rules.keep)
    yield f"Copies are kept in the team's own storage: {kept}."
    if rules.keep_days is None:
        yield "They stay until someone deletes them."
    else:
        yield f"They are deleted {_counted(rules.keep_days, 'day')} after the recording."


def _which(rules: Rules) -> Iterable[str]:
    if rules.platforms:
        yield f"Only meetings on {listed(map(platform_label, rules.platforms))}."
    if rules.blocked_domains:
        yield f"No meetings on {listed(rules.blocked_domains)}."
    if rules.title_words:
        words = listed((f"“{word}”" for word in rules.title_words), last="or")
        yield f"No meetings with {words} in the title."
    if rules.most_bots is not None:
        yield f"At most {_counted(rules.most_bots, 'bot')} at once."
    if rules.hours_month is not None:
        yield f"At most {_counted(rules.hours_month, 'bot-hour')} a month."
    limits = (rules.platforms, rules.blocked_domains, rules.title_words)
    if not any(limits) and rules.most_bots is None and rules.hours_month is None:
        yield "Any meeting."


def _counted(number: int, unit: str) -> str:
    return f"{number} {unit}{'' if number == 1 else 's'}"


def listed(words: Iterable[str], *, last: str = "and") -> str:
    """ "a", "a and b", "a, b and c"."""
    several = list(words)
    if len(several) < 2:
        return "".join(several)
    return f"{', '.join(several[:-1])} {last} {several[-1]}"


def _inside(label: str) -> str:
    """A label within a sentence."""
    return label if label.startswith("Recall") else label[:1].lower() + label[1:]


def _hours(retention: int | str) -> str:
    if isinstance(retention, str):
        return {"forever": "Until someone deletes it", "none": "Not at all"}.get(
            retention, retention
        )
    days, rest = divmod(retention, 24)
    parts = [(days, "day"), (rest, "hour")]
    return " ".join(_counted(number, unit) for number, unit in parts if number) or "0 hours"


def _of(words: dict[str, str], empty: str = "") -> Callable[[Any], str]:
    return lambda value: words.get(value, value or empty)


_WORDS: Final[dict[str, Callable[[Any], str]]] = {
    "formats": lambda keys: listed(BY_KEY[key].label for key in BY_KEY if key in keys) or "None",
    "transcript": _of({key: each.label for key, each in TRANSCRIBER_BY_KEY.items()}, "None"),
    "language": _of(LANGUAGES),
    "transcript_mode": _of(TRANSCRIPT_MODES),
    "rtmp_url": lambda url: stream(url) or "None",
    "layout": _of(LAYOUTS, "As the formats need it"),
    "screenshare": _of(SCREENSHARES),
    "retention": _hours,
    "bot_picture": lambda digest: f"A picture ({digest[:8]})" if digest else "None",
    "shows": _of({str(key): label for key, label in SHOWS.items()}),
    "join_message": lambda text: f"“{text}”" if text else "None",
    "join_message_to": _of(RECIPIENTS),
    "start_on": _of(STARTS_HERE),
    "consent_by": _of(NEEDS),
    "consent_ask": lambda text: f"“{text}”",
    "consent_yes": lambda them: listed(them) or "None",
    "consent_no": lambda them: listed(them) or "None",
    "consent_no_does": _of(REFUSALS),
    "shown_to": _of(AUDIENCES),
    "share_links": _of(SHARERS),
    "share_days": lambda days: _counted(days, "day"),
    "keep": lambda kinds: listed(KEEPABLE[k] for k in KEEPABLE if k in kinds) or "Nothing",
    "keep_days": lambda days: (
        "Until someone deletes them" if days is None else _counted(days, "day")
    ),
    "platforms": lambda keys: listed(map(platform_label, keys)) or "All",
    "blocked_domains": lambda them: listed(them) or "None",
    "title_words": lambda them: listed(them) or "None",
}
