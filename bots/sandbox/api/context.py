"""One call to the API on its way through: who asks what, when, and what the answer needs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, QueryDict

from .. import downloads, ids
from ..documents import Teller
from ..models import Bot, Workspace
from ..options import Options
from ..rooms import story_of
from ..story import Story
from . import answers


@dataclass(slots=True)
class Context:
    """What a handler gets: the workspace that the key opened, path parts, query, body, the time."""

    request: HttpRequest
    workspace: Workspace
    slug: str
    parts: Mapping[str, str]
    body: Any
    now: datetime

    @property
    def options(self) -> Options:
        return self.workspace.options

    @property
    def query(self) -> QueryDict:
        return self.request.GET

    def bot(self, id_: str | None = None) -> Bot:
        """The bot of the path. Raises the 404."""
        try:
            key = UUID(id_ or self.parts["id"])
        except ValueError:
            raise self.not_found() from None
        bots = self.workspace.bots.select_related("room", "workspace").filter(deleted_at=None)
        bot = bots.defer("memory").filter(pk=key).first()
        if bot is None:
            raise self.not_found()
        return bot

    def find(self, kind: str) -> tuple[Bot, Story, ids.Trail]:
        """The bot behind the id of a recording or a part of one. Raises the 404."""
        found = behind(self.parts["id"], kind, workspace=self.workspace, now=self.now)
        if found is None:
            raise self.not_found()
        return found

    def story(self, bot: Bot) -> Story:
        return story_of(bot, now=self.now)

    def teller(self, bot: Bot, story: Story | None = None) -> Teller:
        return Teller(bot, self.story(bot) if story is None else story, self.link)

    def link(self, kind: str, artifact_id: str, suffix: str) -> str:
        return downloads.link(
            self.request,
            region=self.workspace.region,
            kind=kind,
            artifact_id=artifact_id,
            expires_at=self.now.timestamp() + self.options["links_live_s"],
            suffix=suffix,
        )

    def not_found(self) -> answers.Refused:
        return answers.not_found(code=self.options["not_found_code"])


def behind(
    id_: str, kind: str, *, workspace: Workspace | None, now: datetime, memory: bool = False
) -> tuple[Bot, Story, ids.Trail] | None:
    """Bot, story and trail of the recording or part with this id, if there is one by now."""
    bot = owner(id_, workspace=workspace)
    trail = ids.trail(UUID(id_)) if bot else None
    if bot is None or trail is None or trail.kind != kind:
        return None
    story = story_of(bot, now=now, memory=memory)
    return (bot, story, trail) if trail.take < len(story.takes) else None


def owner(id_: str, *, workspace: Workspace | None = None) -> Bot | None:
    """The bot whose recording, or part of one, has this id."""
    try:
        trail = ids.trail(UUID(id_))
    except ValueError:
        return None
    if trail is None:
        return None
    bots = Bot.objects.select_related("room", "workspace").filter(
        deleted_at=None, pk__gte=trail.first, pk__lte=trail.last
    )
    if workspace is not None:
        bots = bots.filter(workspace=workspace)
    made = (bot for bot in bots if ids.made(bot.pk, trail.take, trail.kind, trail.n) == id_)
    return next(made, None)
