"""Who knows what is behind a download link: the story of the bot whose id the link carries."""

from typing import cast

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from . import downloads, files, ids
from .api import faults
from .api.context import behind, owner
from .documents import LINKS
from .downloads import Document, Medium
from .media import Suffix
from .models import Bot, Fault
from .story import Artifact, Story, Take

_ARTIFACT_OF = {kind: artifact for artifact, links in LINKS.items() for kind in links.values()}
CUT_AFTER_BYTES = 64 * 1024
_S3_SAYS = {
    403: ("AccessDenied", "Request has expired."),
    404: ("NoSuchKey", "The file does not exist."),
    503: ("SlowDown", "Reduce your request rate."),
}
_PARTS_OF = {f"{medium}_part": medium for medium in ("video_separate", "audio_separate")}


def behind_link(kind: str, artifact_id: str) -> Medium | Document | None:
    """The film, sound or document, or None if it was deleted or is not ready.

    One participant's part of separate audio or video has its number after a dot.
    """
    id_, _, number = artifact_id.partition(".")
    whole = _PARTS_OF.get(kind) if number else _ARTIFACT_OF.get(kind)
    found = behind(id_, whole, workspace=None, now=timezone.now(), memory=True) if whole else None
    if found is None:
        return None
    bot, story, trail = found
    take = story.takes[trail.take]
    made = next((a for a in take.artifacts if (a.kind, a.n) == (trail.kind, trail.n)), None)
    if made is None or made.status.code != "done" or take.completed_at is None:
        return None
    clock = files.Clock(take, paused=bot.workspace.options["paused"], until=take.completed_at)
    if kind not in downloads.MEDIA:
        return Document(_document(kind, bot, story, take, made, clock))
    suffix = cast(Suffix, made.format)
    if not number:
        return Medium(files.script(story, take, clock), suffix)
    parts = files.parts(story, clock, video=made.kind == "video_separate")
    if not number.isdecimal() or int(number) >= len(parts):
        return None
    script = files.script(story, take, clock, part=parts[int(number)])
    return Medium(script, suffix)


def trouble_on_link(request: HttpRequest, artifact_id: str) -> HttpResponseBase | int | None:
    """What a download meets on request; only faults that name a path are for downloads."""
    if not Fault.objects.filter(remaining__gt=0).exclude(path="").exists():
        return None
    bot = owner(artifact_id.partition(".")[0])
    method = request.method or ""
    fault = bot and faults.due(bot.workspace, method=method, path=request.path, by_link=True)
    if not fault:
        return None
    if fault.kind == "cut_after":
        return int(fault.options.get("bytes", CUT_AFTER_BYTES))
    if fault.kind == "status":
        status = int(fault.options.get("status", 403))
        return downloads.refusal(status, *_S3_SAYS.get(status, ("InternalError", "On request.")))
    return faults.instead(fault)


def _document(
    kind: str, bot: Bot, story: Story, take: Take, made: Artifact, clock: files.Clock
) -> object:
    if kind == "participants":
        return files.participants(story)
    if kind == "participant_events":
        return files.participant_events(story, clock)
    if kind == "speaker_timeline":
        return files.speaker_timeline(story, clock)
    if kind == "transcript":
        return files.transcript(story, clock)
    if kind == "transcript_provider_data":
        return files.provider_data(story, clock, made)
    options = bot.workspace.options

    def link(number: int) -> str:
        return downloads.link(
            settings.SANDBOX_ORIGIN or "",
            region=bot.workspace.region,
            kind=f"{made.kind}_part",
            artifact_id=f"{ids.made(bot.pk, take.n, made.kind, made.n)}.{number}",
            expires_at=timezone.now().timestamp() + options["links_live_s"],
            suffix=made.format,
        )

    return files.parts_list(story, clock, video=made.kind == "video_separate", link=link)
