"""What the policy in force makes of an ask, given all that it has to know of the team."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit

from bots import conf, own_addresses, policy, sounds, usage
from bots.models import Bot, Picture, PolicyVersion, Team, Workspace
from bots.policy import listening
from bots.recall import meeting_urls

# How a picture stands in a request that we keep; its bytes are put in when the request goes out.
PICTURE: Final = "picture:"
# What an update leaves with the bot, so that one whose answer was lost can be told from none.
UPDATE_MARK: Final = "recalldash_update"
# What Recall takes at another time or for another meeting is not the policy's to say.
_NOT_CHANGED: Final = ("meeting_url", "join_at")

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Ruling:
    """The version that decided, and what it decided."""

    version: PolicyVersion
    decision: policy.Decision


def rule(team: Team, ask: policy.Ask, *, now: datetime) -> Ruling:
    """What the team's policy in force says to another bot of the team.

    Raises `meeting_urls.NotALink` where the ask has no link.
    """
    version = PolicyVersion.objects.current(team)
    rules = version.pure.rules
    meeting = meeting_of(ask, team, version)
    if rules.most_bots is not None:
        meeting = replace(meeting, live_bots=usage.bots_at(team, ask.join_at, now=now))
    if rules.hours_month is not None:
        meeting = replace(meeting, hours_used=usage.hours_of_month(team, ask.join_at, now=now))
    return Ruling(version, policy.decide(version.pure, ask, meeting, now=now))


def rule_again(bot: Bot, version: PolicyVersion, *, mark: str) -> Ruling:
    """What that version says to a bot that has its place already: limits of use count no more.

    What was asked for then and is fixed now, or no longer possible, gives way to the policy.
    """
    ask = asked(bot)
    ask = replace(ask, metadata={**ask.metadata, UPDATE_MARK: mark})
    meeting = meeting_of(ask, bot.team, version)
    pure = version.pure
    return Ruling(version, policy.decide(pure, policy.give_way(pure, ask, meeting), meeting))


def against_moving(bot: Bot, join_at: datetime, *, now: datetime) -> str:
    """Why the policy in force does not let the bot join at that time instead, or "".

    Only what depends on the time counts: how many bots are there, and the hours of another month.
    """
    pure = PolicyVersion.objects.current(bot.team).pure
    was = (bot.join_at or now).astimezone(UTC)
    to = join_at.astimezone(UTC)
    meeting = policy.Meeting()
    if pure.rules.most_bots is not None:
        live = usage.bots_at(bot.team, join_at, now=now, but=bot.pk)
        meeting = replace(meeting, live_bots=live)
    if pure.rules.hours_month is not None and (was.year, was.month) != (to.year, to.month):
        meeting = replace(meeting, hours_used=usage.hours_of_month(bot.team, join_at, now=now))
    found = policy.refusals(pure, meeting)
    return " ".join(each.sentence for each in found if each.rule in ("most_bots", "hours_month"))


def as_allowed(team: Team, ask: policy.Ask) -> policy.Ask:
    """The ask without the choices that the policy in force does not leave to whoever sends.

    Raises NotALink where the ask has no link.
    """
    version = PolicyVersion.objects.current(team)
    return policy.give_way(version.pure, ask, meeting_of(ask, team, version))


def explain(bot: Bot) -> policy.Decision | None:
    """Why the bot's request is as it is, worked out anew; None for a bot under no policy."""
    if bot.policy is None or not bot.request:
        return None
    ask = asked(bot)
    leave = bot.request.get("automatic_leave") or {}
    by_names = (leave.get("bot_detection") or {}).get("using_participant_names") or {}
    pure = bot.policy.pure
    digest = pure.rules.bot_picture
    meeting = policy.Meeting(
        platform=bot.platform,
        host=_host(bot.meeting_url),
        names=tuple(by_names.get("matches") or ()),
        picture=PICTURE + digest if digest else "",
        listens=listening.listens(bot.request.get("recording_config")),
    )
    return policy.decide(pure, policy.give_way(pure, ask, meeting), meeting)


def asked(bot: Bot) -> policy.Ask:
    """What was asked for when this bot was sent."""
    return policy.Ask.read(
        bot.asked,
        meeting_url=bot.meeting_url,
        join_at=bot.join_at,
        title=bot.title,
        metadata=bot.request.get("metadata") or {},
        like=bot.request,
    )


def meeting_of(ask: policy.Ask, team: Team, version: PolicyVersion) -> policy.Meeting:
    """The meeting as a policy sees it, as long as nothing is counted. Raises NotALink."""
    digest = version.pure.rules.bot_picture
    pictures = Picture.objects.filter(workspace=team.workspace_id, digest=digest)
    return replace(
        place_of(ask),
        names=tuple(team.notetaker_names),
        picture=PICTURE + digest if digest and pictures.exists() else "",
        listens=bool(conf.live_origin()),
    )


def place_of(ask: policy.Ask) -> policy.Meeting:
    """Of the meeting, what tells whether it may be recorded at all. Raises NotALink."""
    link = meeting_urls.find(ask.meeting_url)
    return policy.Meeting(platform=link.platform, host=_host(link.url), title=ask.title)


def with_picture(body: Body, workspace: Workspace) -> dict[str, Any]:
    """The request as it goes out: the pictures that it names, put in."""
    shown = body.get("automatic_video_output")
    if not shown:
        return dict(body)
    said = {state["b64_data"] for state in shown.values() if state}
    digests = [each.removeprefix(PICTURE) for each in said if each.startswith(PICTURE)]
    kept = Picture.objects.filter(workspace=workspace, digest__in=digests)
    data = {PICTURE + each.digest: base64.b64encode(bytes(each.jpeg)).decode() for each in kept}
    there = {
        state: picture | {"b64_data": data.get(picture["b64_data"], picture["b64_data"])}
        for state, picture in shown.items()
        if picture
    }
    return {**body, "automatic_video_output": there}


def with_silence(body: Body) -> dict[str, Any]:
    """The request as it goes out: the silent sound that it names, put in."""
    played = body.get("automatic_audio_output")
    if not played:
        return dict(body)
    first = played["in_call_recording"]
    data = first["data"]
    if data["b64_data"] == policy.SILENCE:
        data = data | {"b64_data": base64.b64encode(sounds.SILENCE).decode()}
    return {**body, "automatic_audio_output": {"in_call_recording": first | {"data": data}}}


def as_sent(body: Body, bot: Bot) -> dict[str, Any]:
    """A request about that bot as it goes out, with what is never kept in it: pictures, sounds,
    addresses.

    Mind that it holds a secret from here on.
    """
    return own_addresses.put_in(with_silence(with_picture(body, bot.workspace)), bot.pk)


def changes(was: Body, now: Body) -> dict[str, Any]:
    """The PATCH that makes a scheduled bot's request `was` to `now`; what is gone becomes null."""
    names = [name for name in (*now, *was) if name not in _NOT_CHANGED]
    return {name: now.get(name) for name in dict.fromkeys(names)}


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""
