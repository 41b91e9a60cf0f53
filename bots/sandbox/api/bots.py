"""Bots: create, list, retrieve, update, delete.

https://docs.recall.ai/reference/bot_create and its neighbours
"""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet, TextField
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from .. import links
from ..documents import stamp
from ..models import Bot
from ..rooms import DISPATCH_S, reseat, seat
from . import answers, fields, paging, shapes
from .answers import Answer
from .context import Context

BAD_LINK = {"meeting_url": ["The meeting_url is malformed, or for an unsupported platform."]}
_PLATFORMS = [
    "zoom",
    "google_meet",
    "goto_meeting",
    "microsoft_teams",
    "microsoft_teams_live",
    "webex",
    "chime_sdk",
    "zoom_rtms",
    "google_meet_media_api",
    "slack_authenticator",
    "slack_huddle_observer",
]
_STATUSES = [
    "ready",
    "joining_call",
    "in_waiting_room",
    "in_call_not_recording",
    "recording_permission_allowed",
    "recording_permission_denied",
    "in_call_recording",
    "recording_done",
    "call_ended",
    "done",
    "fatal",
    "media_expired",
    "analysis_done",
    "analysis_failed",
]


def create(context: Context) -> Answer:
    config = _checked(context, shapes_of(context).read(_given(context)))
    meeting = _meeting(config.pop("meeting_url"))
    join_at: datetime | None = config.pop("join_at")
    scheduled = is_scheduled(join_at, now=context.now)
    if not scheduled:
        _take_machine(context)
    joins_at = max(join_at or context.now, context.now)
    metadata = config.pop("metadata")
    bot = Bot(
        workspace=context.workspace,
        room=seat(context.workspace, meeting, joins_at=joins_at, now=context.now),
        config=without_media(config),
        metadata=metadata,
        meeting_url=meeting.object,
        url=meeting.url,
        platform=meeting.platform,
        created_at=context.now,
        join_at=join_at,
        joins_at=joins_at,
        scheduled=scheduled,
        due_at=joins_at,
    )
    bot.save(force_insert=True)
    return Answer(201, context.teller(bot).about_bot())


def is_scheduled(join_at: datetime | None, *, now: datetime) -> bool:
    """More than ten minutes ahead is scheduled; all else is ad-hoc."""
    return join_at is not None and join_at - now > timedelta(seconds=DISPATCH_S)


def shapes_of(context: Context) -> fields.Shape:
    options = context.options
    return shapes.bot(options["default_retention"], ints=options["int_everyone_left"] == "accept")


def retrieve(context: Context) -> Answer:
    return Answer(200, context.teller(context.bot()).about_bot())


def update(context: Context) -> Answer:
    bot = context.bot()
    starts = bot.joins_at - timedelta(seconds=DISPATCH_S if bot.scheduled else 0)
    changes = _checked(context, shapes_of(context).read(_given(context), partial=True))
    if context.now >= bot.joins_at or context.story(bot).statuses:
        raise answers.not_updatable("Only non-dispatched bots can be updated")
    meeting = _meeting(changes.pop("meeting_url", bot.url))
    join_at = changes.pop("join_at", bot.join_at)
    if join_at != bot.join_at and (
        not is_scheduled(join_at, now=context.now) or context.now >= starts
    ):
        raise answers.not_updatable("Not enough time to launch new bot")
    bot.metadata = changes.pop("metadata", bot.metadata)
    bot.config = bot.config | without_media(changes)
    bot.url, bot.meeting_url, bot.platform = meeting.url, meeting.object, meeting.platform
    bot.join_at = join_at
    joins_at = join_at or bot.joins_at
    bot.due_at = joins_at
    if joins_at != bot.joins_at or meeting.key != bot.room.link_key:
        reseat(bot, meeting, joins_at=joins_at, now=context.now)
    else:
        bot.save()
    return Answer(200, context.teller(bot).about_bot())


def destroy(context: Context) -> Answer:
    bot = context.bot()
    ahead = bot.joins_at - context.now
    if not bot.scheduled or ahead <= timedelta(seconds=DISPATCH_S) or bot.orders.exists():
        raise answers.undeletable()
    Bot.objects.filter(pk=bot.pk).update(deleted_at=context.now, due_at=None)
    return Answer(204)


def listing(context: Context) -> Answer:
    bots = _filtered(context)
    size = context.options["page_size"]

    def told(chosen: list[Bot]) -> list[Any]:
        return [context.teller(bot).about_bot() for bot in chosen]

    if "use_cursor" in context.query or "cursor" in context.query:
        keys = [(at, str(id_)) for at, id_ in bots.values_list("created_at", "id")]
        keys.sort(reverse=True)

        def found(chosen: list[paging.Key]) -> list[Any]:
            rows = {str(bot.pk): bot for bot in bots.filter(pk__in=[id_ for _, id_ in chosen])}
            return told([rows[id_] for _, id_ in chosen])

        page = paging.by_cursor(context.request, size=size, keys=keys, results=found)
    else:
        page = paging.numbered(
            context.request,
            size=size,
            count=bots.count(),
            results=lambda start, end: told(list(bots[start:end])),
        )
    return Answer(200, page)


def _filtered(context: Context) -> QuerySet[Bot]:
    query = context.query
    bots = (
        context.workspace.bots.filter(deleted_at=None)
        .select_related("room", "workspace")
        .prefetch_related("orders")
        .defer("memory")
    )
    errors: dict[str, Any] = {}
    for name, lookup in (("join_at_after", "join_at__gte"), ("join_at_before", "join_at__lt")):
        if name in query:
            try:
                bots = bots.filter(**{lookup: day_or_time(query.get(name, ""))})
            except fields.Invalid:
                errors[name] = ["Enter a valid date/time."]
    for name, words in (("platform", _PLATFORMS), ("status", _STATUSES)):
        wrong = [word for word in query.getlist(name) if word not in words]
        if wrong:
            errors[name] = [
                f"Select a valid choice. {wrong[0]} is not one of the available choices."
            ]
    if errors:
        raise answers.invalid(errors)
    if platforms := query.getlist("platform"):
        bots = bots.filter(platform__in=platforms)
    if url := query.get("meeting_url"):
        bots = bots.filter(url=url)
    for n, (name, value) in enumerate(query.items()):
        if name.startswith("metadata__"):
            alias = f"_metadata_{n}"
            key = KeyTextTransform(name.removeprefix("metadata__"), "metadata")
            # As text: a bare key transform would read the value as JSON.
            bots = bots.alias(**{alias: Cast(key, TextField())}).filter(**{alias: value})
    if statuses := query.getlist("status"):
        live = [
            bot.pk
            for bot in bots.filter(frozen_code="")
            if (context.story(bot).code or "ready") in statuses
        ]
        bots = bots.filter(Q(frozen_code__in=statuses) | Q(pk__in=live))
    return bots


def day_or_time(text: str) -> datetime:
    return fields.when(f"{text}T00:00:00Z" if len(text) == 10 else text.replace(" ", "+"))


def _given(context: Context) -> Any:
    return {} if context.body is None else context.body


def _meeting(url: Any) -> links.Meeting:
    try:
        return links.meeting(url)
    except links.Malformed:
        raise answers.invalid(BAD_LINK) from None


def _checked(context: Context, config: dict[str, Any]) -> dict[str, Any]:
    """Rules that span fields; Recall's pages state them without saying what a breach answers."""
    if context.options["format_rules"] == "400":
        errors = broken_formats(config.get("recording_config"))
        if errors:
            raise answers.invalid({"recording_config": errors})
        automatic = config.get("automatic_video_output") or config.get("automatic_audio_output")
        if config.get("output_media") and automatic:
            text = "output_media cannot be used together with automatic outputs."
            raise answers.invalid({"output_media": [text]})
    return config


def broken_formats(config: dict[str, Any] | None) -> dict[str, list[str]]:
    """What the compatibility rules forbid in a recording config, as a field map."""
    if not config:
        return {}
    errors: dict[str, list[str]] = {}
    for name in ("video_separate_mp4", "video_separate_png", "video_separate_h264"):
        if config.get(name) is not None and config["video_mixed_layout"] != "gallery_view_v2":
            errors[name] = ["Only supported with video_mixed_layout='gallery_view_v2'."]
    kinds = [endpoint["type"] for endpoint in config.get("realtime_endpoints") or []]
    if "rtmp" in kinds and config.get("video_mixed_flv") is None:
        errors["realtime_endpoints"] = ["RTMP endpoints need video_mixed_flv."]
    return errors


def _take_machine(context: Context) -> None:
    """One machine of the warm pool. Raises the 507 when none is left."""
    options = context.options
    refill = timedelta(seconds=options["adhoc_refill_s"])
    taken = context.workspace.bots.filter(scheduled=False, created_at__gt=context.now - refill)
    if taken.count() >= options["adhoc_pool_size"]:
        raise answers.no_machine(code=options["adhoc_code"], seconds=options["adhoc_retry_after_s"])


def without_media(config: dict[str, Any]) -> dict[str, Any]:
    """The config without pictures and sounds: they are taken and never shown again."""
    return {
        name: without_media(value) if isinstance(value, dict) else _plain(value)
        for name, value in config.items()
        if name != "b64_data"
    }


def _plain(value: Any) -> Any:
    return stamp(value) if isinstance(value, datetime) else value
