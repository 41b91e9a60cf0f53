"""The judgement: (version, ask, meeting) → the exact requests with their reasons, or why not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from bots.formats import BY_KEY, TRANSCRIBER_BY_KEY, needs_gallery_view
from bots.policy.ask import CHOICES, SWITCH_OF, Ask, Meeting
from bots.policy.bodies import create_body, start_body
from bots.policy.compatibility import cannot_show, problems
from bots.policy.consent import CONSENT, recall_start
from bots.policy.meetings import Refusal, named, refusals
from bots.policy.reasons import create_reasons, start_reasons
from bots.policy.rules import Rules, Version, ordered
from bots.policy.timers import short
from bots.policy.wish import Wish
from bots.policy.words import longest_s, say

Body = dict[str, Any]

# How a sentence begins that says a choice is fixed.
_ASKED: Final = {
    "formats": "What is recorded",
    "transcript": "The transcript",
    "language": "The spoken language",
    "transcript_mode": "The way of transcribing",
    "layout": "The picture",
    "rtmp_url": "The RTMP address",
    "bot_name": "The bot's name",
    "shows": "What the bot can show",
    "start_on": "When recording starts",
    "recording_s": "The longest recording",
}


@dataclass(frozen=True, slots=True)
class Decision:
    """What is sent to Recall, and why; or why nothing is.

    `create` and `start` are the exact bodies of Create Bot and Start Recording; the reasons are
    by the dotted path of every value in them. `refusals` say why the meeting is not recorded,
    `fixed` which choices the policy does not leave to whoever sends, `problems` what Recall or
    the platform cannot do; both of these by the field of the ask. `asks_consent`: recording
    starts when those in the call agree, which is our doing, not Recall's.
    """

    wish: Wish
    create: Body
    start: Body
    reasons: dict[str, str]
    start_reasons: dict[str, str]
    refusals: tuple[Refusal, ...]
    fixed: dict[str, str]
    problems: dict[str, str]
    asks_consent: bool = False

    @property
    def is_allowed(self) -> bool:
        """Whether the bot may be sent as it was asked for."""
        return not (self.refusals or self.fixed or self.problems)

    @property
    def against(self) -> list[str]:
        """Every sentence that speaks against sending it."""
        return [
            *(refusal.sentence for refusal in self.refusals),
            *self.fixed.values(),
            *self.problems.values(),
        ]


def decide(
    version: Version, ask: Ask, meeting: Meeting, *, now: datetime | None = None
) -> Decision:
    """What becomes of this ask under this version of a policy."""
    rules = version.rules
    chosen = _chosen(rules, ask, meeting.platform)
    fixed = {name: _fixed(version, name) for name in chosen if not getattr(rules, SWITCH_OF[name])}
    chosen = {name: value for name, value in chosen.items() if name not in fixed}
    wish, dropped = _wish(rules, chosen, ask, meeting)
    found = problems(wish, meeting.platform, now=now)
    if sentence := _too_long(version, chosen):
        found["recording_s"] = sentence
    if sentence := cannot_show(chosen.get("shows", ""), meeting.platform):
        found["shows"] = sentence
    create = create_body(wish, platform=meeting.platform)
    start = start_body(create["recording_config"])
    reasons = create_reasons(create, version, ask, meeting, chosen=set(chosen), dropped=dropped)
    return Decision(
        wish=wish,
        create=create,
        start=start,
        reasons=reasons,
        start_reasons=start_reasons(start, create, reasons),
        refusals=refusals(version, replace(meeting, title=meeting.title or ask.title)),
        fixed=fixed,
        problems=found,
        asks_consent=chosen.get("start_on", rules.start_on) == CONSENT,
    )


def give_way(version: Version, ask: Ask, meeting: Meeting) -> Ask:
    """The ask without the choices that are fixed, or that do not go with the policy.

    One that gives way may bring another to light, so they go by turns. Where it is the policy's
    own value that does not go with a choice, the choices of the same switch give way.
    """
    while True:
        decision = decide(version, ask, meeting)
        against = (decision.fixed.keys() | decision.problems.keys()) & SWITCH_OF.keys()
        switches = {SWITCH_OF[name] for name in against}
        made = {name for name in SWITCH_OF if getattr(ask, name) is not None}
        kin = {name for name in made if SWITCH_OF[name] in switches}
        if not kin:
            return ask
        nothing: Body = dict.fromkeys(against & made or kin)
        ask = replace(ask, **nothing)


def open_choices(rules: Rules) -> frozenset[str]:
    """The fields of an ask that this policy leaves to whoever sends a bot."""
    return frozenset(
        name for switch, names in CHOICES.items() if getattr(rules, switch) for name in names
    )


def possible(rules: Rules, platform: str) -> frozenset[str]:
    """The policy's formats, less those that the platform cannot give."""
    return frozenset(
        key for key in rules.formats if key not in BY_KEY or platform not in BY_KEY[key].not_on
    )


def _chosen(rules: Rules, ask: Ask, platform: str) -> Body:
    """What was asked for otherwise than the policy has it anyway."""
    chosen: Body = {}
    for name in SWITCH_OF:
        value = getattr(ask, name)
        if value is not None and value != getattr(rules, name):
            chosen[name] = value
    formats = chosen.get("formats")
    if formats is not None and formats in (frozenset(rules.formats), possible(rules, platform)):
        del chosen["formats"]
    provider = TRANSCRIBER_BY_KEY.get(chosen.get("transcript", rules.transcript))
    if provider is None or not provider.has_language:
        # Left over in a form whose transcript knows no language.
        chosen.pop("language", None)
        chosen.pop("transcript_mode", None)
    streams = "video_mixed_flv" in chosen.get("formats", rules.formats)
    if not streams and not chosen.get("rtmp_url"):
        chosen.pop("rtmp_url", None)
    return chosen


def _fixed(version: Version, name: str) -> str:
    label, value = _ASKED[name], getattr(version.rules, name)
    if name == "recording_s":
        value = longest_s(version.rules)
    switch = SWITCH_OF[name]
    said = say(name, ordered(value) if name == "formats" else value)
    return f"{label} is fixed by {named(version, switch)}: {said}."


def _wish(rules: Rules, chosen: Body, ask: Ask, meeting: Meeting) -> tuple[Wish, dict[str, str]]:
    """The wish, and of the policy's own values those that this platform makes impossible."""
    dropped: dict[str, str] = {}
    platform = meeting.platform
    wanted = frozenset(chosen.get("formats", rules.formats))
    if "formats" not in chosen:
        dropped = dict.fromkeys(wanted - possible(rules, platform), "formats")
        wanted -= dropped.keys()
    transcript = chosen.get("transcript", rules.transcript)
    provider = TRANSCRIBER_BY_KEY.get(transcript)
    if "transcript" not in chosen and provider and platform in provider.not_on:
        transcript, dropped["transcript"] = "", "transcript"
    asked_s = chosen.get("recording_s", rules.recording_s)
    streams = "video_mixed_flv" in wanted
    return Wish(
        meeting_url=ask.meeting_url,
        bot_name=chosen.get("bot_name", rules.bot_name),
        join_at=ask.join_at,
        formats=wanted,
        transcript=transcript,
        language=chosen.get("language", rules.language),
        transcript_mode=chosen.get("transcript_mode", rules.transcript_mode),
        layout=chosen.get("layout", "" if needs_gallery_view(wanted) else rules.layout),
        start_on=recall_start(chosen.get("start_on", rules.start_on)),
        rtmp_url=chosen.get("rtmp_url", rules.rtmp_url if streams else ""),
        retention=rules.retention_body,
        separate_streams=rules.separate_streams,
        screenshare=rules.screenshare,
        bot_audio=rules.bot_audio,
        picture=meeting.picture if rules.bot_picture else "",
        shows=chosen.get("shows", rules.shows),
        listens=meeting.listens,
        join_message=rules.join_message,
        join_message_to=rules.join_message_to,
        notetaker_names=meeting.names if rules.names_on else (),
        metadata=ask.metadata,
        leave=replace(rules.leave, recording_s=longest_s(replace(rules, recording_s=asked_s))),
        like=ask.like,
    ), dropped


def _too_long(version: Version, chosen: Body) -> str:
    asked, most = chosen.get("recording_s"), version.rules.longest_s
    if asked is None:
        return ""
    if asked < 1:
        return "A recording lasts at least a second."
    if most is not None and asked > most:
        return f"No recording is longer than {short(most)}, says {named(version, 'longest_s')}."
    return ""
