"""What of a policy cannot be saved, as a sentence for each field."""

from __future__ import annotations

import re
from typing import Final

from bots.formats import BY_KEY, TRANSCRIBER_BY_KEY
from bots.policy.compatibility import problems
from bots.policy.consent import consent_problems, recall_start
from bots.policy.own_leaving import CLOCK
from bots.policy.rules import Rules
from bots.policy.wish import Wish
from bots.recall import automatic_leave
from bots.zones import is_zone

SCREENSHARES: Final[dict[str, str]] = {
    "overlap": "People's pictures over the shared screen",
    "beside": "People's pictures beside the shared screen",
    "hide": "The shared screen alone",
}
RECIPIENTS: Final[dict[str, str]] = {
    "everyone": "Everyone",
    "host": "The host",
    "everyone_except_host": "Everyone but the host",
}
AUDIENCES: Final[dict[str, str]] = {
    "workspace": "Everyone in the workspace",
    "team": "Members of the team, admins and owners",
}
# Kinds of files that copies can be kept of, as a page has them.
KEEPABLE: Final[dict[str, str]] = {
    "video_mixed": "Video",
    "audio_mixed": "Audio",
    "video_separate": "Video of each person",
    "audio_separate": "Audio of each person",
    "transcript": "Transcript",
    "participant_events": "Participants and events",
}
LONGEST_KEPT_DAYS: Final = 36_500
SHARERS: Final[dict[str, str]] = {
    "no": "Nobody: there are none",
    "leads": "Team leads, admins and owners",
    "operators": "Operators too",
}
MOST_SHARE_DAYS: Final = 365
# The platforms that a policy may allow; others that Recall knows count as the one of their name.
ALLOWABLE: Final = ("zoom", "google_meet", "microsoft_teams", "webex", "goto_meeting")
MESSAGE_LIMIT: Final = 4096
MOST: Final = 200
LONGEST_S: Final = 30 * 24 * 3600
# `automatic_leave`'s dotted names for our fields.
TIMER_FIELDS: Final[dict[str, str]] = {
    "names_for_s": "bot_detection.using_participant_names.timeout",
    "names_after_s": "bot_detection.using_participant_names.activate_after",
    "events_for_s": "bot_detection.using_participant_events.timeout",
    "events_after_s": "bot_detection.using_participant_events.activate_after",
    "silence_for_s": "silence_detection.timeout",
    "silence_after_s": "silence_detection.activate_after",
    "waiting_room_s": "waiting_room_timeout",
    "noone_joined_s": "noone_joined_timeout",
    "everyone_left_for_s": "everyone_left_timeout.timeout",
    "everyone_left_after_s": "everyone_left_timeout.activate_after",
    "not_recording_s": "in_call_not_recording_timeout",
    "recording_s": "in_call_recording_timeout",
    "permission_denied_s": "recording_permission_denied_timeout",
}
_OPTIONAL: Final = ("everyone_left_after_s", "recording_s")
LEAST_STAY_S: Final = 60
_LIMITS: Final = {"most_bots": "bot", "longest_s": "second", "hours_month": "hour"}
_DOMAIN: Final = re.compile(r"^(?=.{1,253}$)[^\W_]([\w-]*\w)?(\.[^\W_]([\w-]*\w)?)+$")
# Of a wish's fields, those that a policy has under the same name.
_OF_A_WISH: Final = (
    "formats", "rtmp_url", "transcript", "language", "transcript_mode", "layout", "start_on",
    "retention", "bot_name", "shows",
)  # fmt: skip


def rule_problems(rules: Rules) -> dict[str, str]:
    """For each field that cannot be saved as it is, the sentence why; {} when all is well."""
    wish = Wish(
        meeting_url="https://",
        bot_name=rules.bot_name,
        formats=frozenset(rules.formats),
        transcript=rules.transcript,
        language=rules.language,
        transcript_mode=rules.transcript_mode,
        layout=rules.layout,
        start_on=recall_start(rules.start_on),
        rtmp_url=rules.rtmp_url,
        retention=rules.retention_body,
        shows=rules.shows,
    )
    found = {name: said for name, said in problems(wish).items() if name in _OF_A_WISH}
    if isinstance(rules.retention, str) and rules.retention not in ("forever", "none"):
        found["retention"] = "Recall keeps a recording for whole hours, for ever, or not at all."
    if rules.screenshare not in SCREENSHARES:
        found["screenshare"] = f"Recall knows no picture called “{rules.screenshare}”."
    if rules.shown_to not in AUDIENCES:
        found["shown_to"] = "Either everyone in the workspace sees it, or the team alone."
    found |= _own_leaving(rules) | consent_problems(rules)
    found |= _kept(rules)
    found |= _sharing(rules)
    found |= _nowhere(rules) | _message(rules) | timer_problems(rules) | _meetings(rules)
    return found


def _own_leaving(rules: Rules) -> dict[str, str]:
    found = {}
    stay = rules.stay_s
    if stay is not None and (type(stay) is not int or stay < LEAST_STAY_S):
        found["stay_s"] = f"At least {spell(LEAST_STAY_S)}, or empty for no limit."
    elif stay is not None and stay > LONGEST_S:
        found["stay_s"] = "This is too long: a month is the most."
    if rules.leave_at and not CLOCK.match(rules.leave_at):
        found["leave_at"] = "A time of day, such as 18:30, or empty for none."
    if not is_zone(rules.leave_at_zone):
        found["leave_at_zone"] = (
            f"There is no time zone called “{rules.leave_at_zone}”: write it like Europe/Berlin."
        )
    return found


def _kept(rules: Rules) -> dict[str, str]:
    found = {}
    if unknown := [kind for kind in rules.keep if kind not in KEEPABLE]:
        found["keep"] = f"There is nothing called “{unknown[0]}” to keep."
    days = rules.keep_days
    if days is not None and (type(days) is not int or days < 1):
        found["keep_days"] = "A whole number, at least one day, or empty for no end."
    elif days is not None and days > LONGEST_KEPT_DAYS:
        found["keep_days"] = "This is too long: a hundred years are the most, or empty for no end."
    return found


def _sharing(rules: Rules) -> dict[str, str]:
    found = {}
    if rules.share_links not in SHARERS:
        found["share_links"] = "Nobody makes share links, or leads do, or operators too."
    days = rules.share_days
    if type(days) is not int or not 1 <= days <= MOST_SHARE_DAYS:
        found["share_days"] = f"A whole number of days, from 1 to {MOST_SHARE_DAYS}."
    return found


def _nowhere(rules: Rules) -> dict[str, str]:
    """Formats that no allowed platform can give."""
    if not rules.platforms:
        return {}
    found = {}
    known = [BY_KEY[key] for key in rules.formats if key in BY_KEY]
    if lost := [each.label for each in known if set(rules.platforms) <= each.not_on]:
        found["formats"] = f"None of the platforms allowed below can give: {'; '.join(lost)}."
    provider = TRANSCRIBER_BY_KEY.get(rules.transcript)
    if provider and set(rules.platforms) <= provider.not_on:
        found["transcript"] = f"None of the platforms allowed below can give: {provider.label}."
    return found


def _message(rules: Rules) -> dict[str, str]:
    found = {}
    if len(rules.join_message) > MESSAGE_LIMIT:
        found["join_message"] = f"A message has at most {MESSAGE_LIMIT} characters."
    if rules.join_message_to not in RECIPIENTS:
        found["join_message_to"] = f"Recall knows no recipient called “{rules.join_message_to}”."
    return found


def timer_problems(rules: Rules) -> dict[str, str]:
    """What Recall would refuse of the timers."""
    found = {}
    for name, dotted in TIMER_FIELDS.items():
        seconds, least = getattr(rules, name), automatic_leave.MINIMUMS[dotted]
        if seconds is None and name in _OPTIONAL:
            continue
        if type(seconds) is not int:
            found[name] = "This must be a whole number of seconds."
        elif seconds < least:
            found[name] = f"This is too short: Recall takes {spell(least)} or more."
        elif seconds > LONGEST_S:
            found[name] = "This is too long: a month is the most."
    return found


def _meetings(rules: Rules) -> dict[str, str]:
    found = {}
    if unknown := [key for key in rules.platforms if key not in ALLOWABLE]:
        found["platforms"] = f"There is no platform called “{unknown[0]}” here."
    for name, what in (("blocked_domains", "domains"), ("title_words", "words")):
        entries = getattr(rules, name)
        if len(entries) > MOST:
            found[name] = f"At most {MOST} {what}."
        elif any(len(entry) > 253 or not entry.strip() for entry in entries):
            found[name] = "One of these is too long, or empty."
    if wrong := [each for each in rules.blocked_domains if not _DOMAIN.match(each)]:
        found["blocked_domains"] = (
            f"“{wrong[0]}” is no domain: write it like example.com, without https:// or a path."
        )
    for name, unit in _LIMITS.items():
        limit = getattr(rules, name)
        if limit is not None and (type(limit) is not int or limit < 1):
            found[name] = f"A whole number, at least one {unit}, or empty for no limit."
    at_all, at_most = rules.recording_s, rules.longest_s
    if type(at_all) is int and type(at_most) is int and at_all > at_most >= 1:
        found["recording_s"] = (
            f"This is longer than the longest recording allowed below, {spell(at_most)}."
        )
    return found


def spell(seconds: float) -> str:
    """Seconds in words: "10 seconds", "5 minutes", "1 hour 30 minutes"."""
    return automatic_leave.spell(seconds)
