"""Who knows what is behind a download link: the story of the bot whose id the link carries."""

from django.conf import settings
from django.utils import timezone

from . import downloads, files, ids
from .api.context import behind
from .documents import LINKS
from .downloads import Document, Film, Sound
from .models import Bot
from .story import Artifact, Story, Take

_ARTIFACT_OF = {kind: artifact for artifact, links in LINKS.items() for kind in links.values()}


def behind_link(kind: str, artifact_id: str) -> Film | Sound | Document | None:
    """The film, sound or document, or None if it was deleted or is not ready.

    One participant's part of separate audio or video has the participant's number after a dot.
    """
    id_, _, person = artifact_id.partition(".")
    whole = f"{kind.split('_')[0]}_separate" if person else _ARTIFACT_OF.get(kind, "")
    found = behind(id_, whole, workspace=None, now=timezone.now(), memory=True) if whole else None
    if found is None:
        return None
    bot, story, trail = found
    take = story.takes[trail.take]
    made = next((a for a in take.artifacts if (a.kind, a.n) == (trail.kind, trail.n)), None)
    if made is None or made.status.code != "done" or take.completed_at is None:
        return None
    clock = files.Clock(take, paused=bot.workspace.options["paused"], until=take.completed_at)
    if kind in downloads.MEDIA:
        number = int(person) if person.isdecimal() else None
        script = files.script(story, take, clock, person=number)
        name = f"{ids.made(bot.pk, take.n)}{person and '-' + person}"
        return Film(name, script) if kind == "video_mixed" else Sound(name, script)
    return Document(_document(kind, bot, story, take, made, clock))


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
    medium = "video" if kind == "video_separate" else "audio"
    options = bot.workspace.options

    def link(person: int) -> str:
        return downloads.link(
            settings.SANDBOX_ORIGIN or "",
            region=bot.workspace.region,
            kind=f"{medium}_mixed",
            artifact_id=f"{ids.made(bot.pk, take.n, made.kind, made.n)}.{person}",
            expires_at=timezone.now().timestamp() + options["links_live_s"],
        )

    return files.parts(story, clock, video=medium == "video", link=link)
