"""Recordings, their artifacts and real-time endpoints, and usage.

https://docs.recall.ai/reference/recording_list and its neighbours
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from .. import ids
from ..documents import endpoint_status
from ..models import Bot, moment
from ..rooms import order, script_of
from ..story import Artifact, Story, Take
from . import answers, bots, fields, paging, shapes
from .answers import Answer
from .context import Context

MOST_TRANSCRIPTS = 10
FAILS = "sandbox_fails"  # in a transcript's metadata: the sub-code with which it is to fail


def listing(context: Context) -> Answer:
    """Recordings, newest first."""
    bot_id = context.query.get("bot_id")
    rows = {
        (moment(take.started_at), ids.made(bot.pk, take.n)): (bot, story, take)
        for bot, story, take in _takes(context)
        if bot_id in (None, str(bot.pk)) and _wanted(context, take.started_at, take.status.code)
    }
    return _page(
        context, rows, lambda bot, story, take: context.teller(bot, story).about_recording(take)
    )


def retrieve(context: Context) -> Answer:
    bot, story, take = _recording(context)
    return Answer(200, context.teller(bot, story).about_recording(take))


def update(context: Context) -> Answer:
    """Metadata only."""
    bot, _, take = _recording(context)
    _label(context, bot, "recording", take, 0)
    return retrieve(context)


def destroy(context: Context) -> Answer:
    bot, _, take = _recording(context)
    order(bot, "delete_recording", {"take": take.n}, now=context.now)
    return Answer(204)


def create_transcript(context: Context) -> Answer:
    bot, story, take = _recording(context)
    asked = shapes.CREATE_TRANSCRIPT.read({} if context.body is None else context.body)
    transcripts = [
        made
        for made in take.artifacts
        if made.kind == "transcript" and made.status.code != "deleted"
    ]
    if len(transcripts) >= MOST_TRANSCRIPTS:
        text = f"A recording can have at most {MOST_TRANSCRIPTS} transcripts. Delete one first."
        raise answers.refusal(400, "invalid_request_data", text)
    if take.status.code != "done":
        raise answers.refusal(400, "invalid_request_data", "The recording is not done yet.")
    fails = asked["metadata"].get(FAILS) or script_of(bot.room).failures.get("create_transcript")
    body = asked | {"take": take.n, "fails": fails}
    order(bot, "create_transcript", body, now=context.now)
    story = context.story(bot)
    return Answer(
        200,
        context.teller(bot, story).about_artifact(
            story.takes[take.n], story.takes[take.n].artifacts[-1]
        ),
    )


def usage(context: Context) -> Answer:
    """Seconds from `joining_call` to `done`; bots that ended fatally are not billed."""
    start, end = (_moment(context, name) for name in ("start", "end"))
    total = 0.0
    for bot in _bots(context):
        statuses = {status.code: status.at for status in reversed(context.story(bot).statuses)}
        begun = statuses.get("joining_call")
        if begun is None or "fatal" in statuses:
            continue
        until = statuses.get("done", context.now.timestamp())
        since = max(begun, start.timestamp()) if start else begun
        total += max(0.0, (min(until, end.timestamp()) if end else until) - since)
    return Answer(200, {"bot_total": round(total, 6)})


# Artifacts: the same four verbs for each kind


def artifacts(kind: str) -> dict[str, Callable[[Context], Answer]]:
    """list, retrieve, update and destroy for one kind of artifact."""

    def list_(context: Context) -> Answer:
        recording = context.query.get("recording_id")
        rows = {
            (moment(made.created_at), ids.made(bot.pk, take.n, kind, made.n)): (
                bot,
                story,
                (take, made),
            )
            for bot, story, take in _takes(context, of=recording)
            if recording in (None, ids.made(bot.pk, take.n))
            for made in take.artifacts
            if made.kind == kind and _wanted(context, made.created_at, made.status.code)
        }
        return _page(
            context,
            rows,
            lambda bot, story, pair: context.teller(bot, story).about_artifact(*pair),
        )

    def retrieve_(context: Context) -> Answer:
        bot, story, take, made = _artifact(context, kind)
        return Answer(200, context.teller(bot, story).about_artifact(take, made))

    def update_(context: Context) -> Answer:
        bot, _, take, made = _artifact(context, kind)
        _label(context, bot, kind, take, made.n)
        return retrieve_(context)

    def destroy_(context: Context) -> Answer:
        bot, _, take, made = _artifact(context, kind)
        body = {"take": take.n, "subject": kind, "n": made.n}
        order(bot, "delete_artifact", body, now=context.now)
        return Answer(204)

    return {"list": list_, "retrieve": retrieve_, "update": update_, "destroy": destroy_}


def list_endpoints(context: Context) -> Answer:
    recording, type_ = context.query.get("recording_id"), context.query.get("type")
    rows = {
        (moment(take.started_at), ids.made(bot.pk, take.n, "realtime_endpoint", kept["n"])): (
            bot,
            story,
            (take, kept),
        )
        for bot, story, take in _takes(context, of=recording)
        if recording in (None, ids.made(bot.pk, take.n))
        for kept in take.endpoints
        if type_ in (None, kept["type"])
        and _wanted(context, take.started_at, endpoint_status(take, kept)[0])
    }
    return _page(
        context, rows, lambda bot, story, pair: context.teller(bot, story).about_endpoint(*pair)
    )


def retrieve_endpoint(context: Context) -> Answer:
    bot, story, trail = context.find("realtime_endpoint")
    take = story.takes[trail.take]
    kept = next((kept for kept in take.endpoints if kept["n"] == trail.n), None)
    if kept is None:
        raise context.not_found()
    return Answer(200, context.teller(bot, story).about_endpoint(take, kept))


def update_endpoint(context: Context) -> Answer:
    bot, story, trail = context.find("realtime_endpoint")
    _label(context, bot, "realtime_endpoint", story.takes[trail.take], trail.n)
    return retrieve_endpoint(context)


def _bots(context: Context) -> QuerySet[Bot]:
    bots_ = context.workspace.bots.filter(deleted_at=None).select_related("room", "workspace")
    return bots_.prefetch_related("orders").defer("memory")


def _takes(context: Context, of: str | None = None) -> Iterator[tuple[Bot, Story, Take]]:
    """Every recording; `of`: those of the few bots that the recording with this id can be of."""
    bots_ = _bots(context)
    if of is not None:
        try:
            trail = ids.trail(UUID(of))
        except ValueError:
            trail = None
        if trail is None:
            return
        bots_ = bots_.filter(pk__gte=trail.first, pk__lte=trail.last)
    for bot in bots_:
        story = context.story(bot)
        for take in story.takes:
            yield bot, story, take


def _wanted(context: Context, created: float, code: str) -> bool:
    after, before = (_moment(context, f"created_at_{which}") for which in ("after", "before"))
    statuses = context.query.getlist("status_code")
    return (
        (after is None or moment(created) >= after)
        and (before is None or moment(created) < before)
        and (not statuses or code in statuses)
    )


def _moment(context: Context, name: str) -> datetime | None:
    if name not in context.query:
        return None
    try:
        return bots.day_or_time(context.query.get(name, ""))
    except fields.Invalid:
        raise answers.invalid({name: ["Enter a valid date/time."]}) from None


def _page(
    context: Context,
    rows: dict[paging.Key, tuple[Bot, Story, Any]],
    tell: Callable[[Bot, Story, Any], Any],
) -> Answer:
    keys = sorted(rows, reverse=True)
    page = paging.by_cursor(
        context.request,
        size=context.options["page_size"],
        keys=keys,
        results=lambda chosen: [tell(*rows[key]) for key in chosen],
    )
    return Answer(200, page)


def _recording(context: Context) -> tuple[Bot, Story, Take]:
    bot, story, trail = context.find("recording")
    return bot, story, story.takes[trail.take]


def _artifact(context: Context, kind: str) -> tuple[Bot, Story, Take, Artifact]:
    bot, story, trail = context.find(kind)
    take = story.takes[trail.take]
    made = next((a for a in take.artifacts if (a.kind, a.n) == (kind, trail.n)), None)
    if made is None:
        raise context.not_found()
    return bot, story, take, made


def _label(context: Context, bot: Bot, subject: str, take: Take, n: int) -> None:
    given = shapes.METADATA.read({} if context.body is None else context.body, partial=True)
    if "metadata" in given:
        body = {"take": take.n, "subject": subject, "n": n, "metadata": given["metadata"]}
        order(bot, "metadata", body, now=context.now)
