"""What of a policy may surprise people although it can be saved, as sentences for each field."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from bots.formats import BY_KEY, GALLERY, TRANSCRIBER_BY_KEY
from bots.lifecycle import platform_label, waiting_limit
from bots.lifecycle.showing import DEEDS, FOR, Shows
from bots.policy.bodies import chat_limit
from bots.policy.checks import ALLOWABLE, KEEPABLE, MESSAGE_LIMIT, spell, timer_problems
from bots.policy.compatibility import cannot_show
from bots.policy.consent import CONSENT
from bots.policy.names import LEAST_OWN
from bots.policy.rules import Rules

LEAST_SILENCE_S: Final = 180
SHORT_STOP_S: Final = 60
TIME_TO_START_S: Final = 600

Say = Callable[[str, str], None]


def warnings(rules: Rules) -> dict[str, list[str]]:
    """For each field the sentences that say what to think over; {} when nothing is surprising."""
    found: dict[str, list[str]] = {}

    def say(name: str, sentence: str) -> None:
        found.setdefault(name, []).append(sentence)

    _about_formats(rules, say)
    _about_the_bot(rules, say)
    _about_leaving(rules, say)
    _about_keeping(rules, say)
    return found


def _about_formats(rules: Rules, say: Say) -> None:
    allowed = rules.platforms or ALLOWABLE
    formats = [BY_KEY[key] for key in rules.formats if key in BY_KEY]
    if any(each.prefers_gallery_view for each in formats) and rules.layout not in ("", GALLERY):
        say("layout", "Video of each person (h264) comes out best in the gallery layout.")
    if not rules.formats and not rules.transcript:
        say("formats", "Nothing is recorded: the bots only sit in the meeting.")
    elif "participant_events" not in rules.formats:
        say(
            "formats",
            "Without participants, nobody knows afterwards who was there and who spoke: "
            "dry runs and suggestions of notetaker names have nothing to go by.",
        )
    for each in formats:
        if missing := _some(allowed, each.not_on):
            say("formats", f"{missing} cannot give: {each.label}. There the bot goes without it.")
    provider = TRANSCRIBER_BY_KEY.get(rules.transcript)
    if provider and (missing := _some(allowed, provider.not_on)):
        say("transcript", f"{missing} gives no captions. There the bot has no transcript.")
    if rules.retention == "none":
        say("retention", "Recall keeps no files: nothing can be played or downloaded afterwards.")
    if rules.start_on == "manual":
        say("start_on", "Nobody is recorded until a person presses Start recording.")
    if rules.start_on == CONSENT:
        _about_consent(rules, say)


def _about_consent(rules: Rules, say: Say) -> None:
    allowed = rules.platforms or ALLOWABLE
    if silent := {key for key in allowed if not chat_limit(key)}:
        say(
            "start_on",
            f"Bots can neither write nor read on {_some(allowed, silent)}: "
            "there an operator has to confirm that people agree.",
        )
    if "participant_events" not in rules.formats:
        say(
            "start_on",
            "Without participants in the formats no answer is heard: an operator has to confirm.",
        )


def _about_the_bot(rules: Rules, say: Say) -> None:
    allowed = rules.platforms or ALLOWABLE
    if 0 < len(rules.bot_name.strip()) < LEAST_OWN:
        say(
            "bot_name",
            f"With fewer than {LEAST_OWN} characters it does not count as a notetaker's "
            "name: two of your bots in one meeting do not know each other.",
        )
    _about_showing(rules, allowed, say)
    if not rules.join_message:
        return
    silent = {key for key in allowed if not chat_limit(key)}
    if silent:
        say("join_message", f"Bots cannot write on {_some(allowed, silent)}.")
    limits = {key: chat_limit(key) for key in allowed if key not in silent}
    for key, limit in limits.items():
        if limit < len(rules.join_message) <= MESSAGE_LIMIT:
            label = platform_label(key)
            say("join_message", f"{label} takes {limit} characters: there it is cut.")
    if rules.join_message_to != "everyone" and set(allowed) != {"zoom"}:
        say("join_message_to", "Only Zoom knows this; elsewhere the message goes to everyone.")


def _about_showing(rules: Rules, allowed: Iterable[str], say: Say) -> None:
    if rules.bot_picture and rules.shows == Shows.PAGES:
        for name in ("bot_picture", "shows"):
            say(name, "Bots that can show web pages have no picture of their own: it is left out.")
    elif rules.bot_picture:
        say("bot_picture", "A bot that shows a picture cannot show a web page.")
    missing = {key for key in allowed if cannot_show(rules.shows, key)}
    if missing:
        say("shows", f"Bots can't {DEEDS[FOR[rules.shows]]} in {_some(allowed, missing)}.")


def _about_leaving(rules: Rules, say: Say) -> None:
    """Each timer by its own number: one that is wrong keeps the others from nothing."""
    wrong = timer_problems(rules)
    if "silence_for_s" not in wrong and rules.silence_for_s < LEAST_SILENCE_S:
        say(
            "silence_for_s",
            f"Under {spell(LEAST_SILENCE_S)}, a short break is enough and the bot is gone.",
        )
    others = [("events", "silent participants")]
    if rules.names_on:
        others.insert(0, ("names", "notetakers' names"))
    for rule, what in others:
        pairs = [f"{each}_{part}_s" for each in ("silence", rule) for part in ("after", "for")]
        if set(pairs) & wrong.keys():
            continue
        after, held, other_after, other_held = (getattr(rules, name) for name in pairs)
        if held < other_held or after + held < other_after + other_held:
            say(
                "silence_for_s",
                f"Silence is quicker than {what}, though it is the one that errs most.",
            )
            break
    if "waiting_room_s" not in wrong:
        _about_waiting(rules, say)
    if "not_recording_s" in wrong:
        return
    if rules.not_recording_s < SHORT_STOP_S:
        say("not_recording_s", "A recording that is stopped for a moment sends the bot home.")
    if rules.start_on in ("manual", CONSENT) and rules.not_recording_s < TIME_TO_START_S:
        say("not_recording_s", "The bot goes unless somebody starts the recording by then.")


def _about_keeping(rules: Rules, say: Say) -> None:
    """What is kept here beside what Recall keeps, and of what there is nothing to keep."""
    if not rules.keep:
        return
    recorded = {key.rpartition("_")[0] for key in rules.formats} | set(rules.formats)
    if rules.transcript:
        recorded.add("transcript")
    if missing := [kind for kind in KEEPABLE if kind in rules.keep and kind not in recorded]:
        names = ", ".join(KEEPABLE[kind].lower() for kind in missing)
        say("keep", f"Not recorded above, so there is nothing to keep of it: {names}.")
    if rules.retention == "none":
        say("keep", "Recall keeps no files, so there may be nothing to copy after the meeting.")
    days, hours = rules.keep_days, rules.retention
    if rules.retention == "forever" and days is not None:
        say("keep_days", "Recall itself keeps it until someone deletes it: the copy goes first.")
    elif type(days) is int and type(hours) is int and days * 24 < hours:
        say("keep_days", f"Recall itself keeps it longer, for {hours / 24:g} days.")


def _about_waiting(rules: Rules, say: Say) -> None:
    """What the allowed platforms give up after by themselves."""
    sooner = {}
    for key in rules.platforms or ALLOWABLE:
        limit_s, _ = waiting_limit(key, timeout_s=rules.waiting_room_s)
        if limit_s < rules.waiting_room_s:
            sooner[platform_label(key)] = limit_s
    if sooner:
        said = [f"{label} gives up after {spell(limit_s)}" for label, limit_s in sooner.items()]
        say("waiting_room_s", f"{', '.join(said)}, whatever is set here.")


def _some(allowed: Iterable[str], among: Iterable[str]) -> str:
    """The allowed platforms among those: "GoTo Meeting and Webex"."""
    lost = set(among)
    return " and ".join(sorted(platform_label(key) for key in allowed if key in lost))
