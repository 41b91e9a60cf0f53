"""Every operation of the API: method, path, calls per minute, and who answers.

https://docs.recall.ai/reference/errors (limits are per workspace and endpoint, in a sliding window)
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from ..documents import ARTIFACTS
from . import bots, commands, outputs, recordings
from .answers import Answer
from .context import Context

Handler = Callable[[Context], Answer]


@dataclass(frozen=True)
class Route:
    """One operation. `path` is below `/api/v1/`; `per_bot` counts the limit for each bot alone,
    where the path names a recording."""

    slug: str
    method: str
    path: str
    per_minute: int
    handler: Handler
    per_bot: bool = False

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Matches with and without the last slash."""
        return re.compile(f"^{self.path.replace('{id}', '(?P<id>[^/]+)').rstrip('/')}/?$")


def _all() -> Iterator[Route]:
    yield Route("bot_list", "GET", "bot/", 60, bots.listing)
    yield Route("bot_create", "POST", "bot/", 60, bots.create)
    yield Route("bot_retrieve", "GET", "bot/{id}/", 300, bots.retrieve)
    yield Route("bot_partial_update", "PATCH", "bot/{id}/", 300, bots.update)
    yield Route("bot_destroy", "DELETE", "bot/{id}/", 300, bots.destroy)
    for verb in (
        commands.leave_call,
        commands.start_recording,
        commands.stop_recording,
        commands.pause_recording,
        commands.resume_recording,
        commands.request_recording_permission,
        commands.send_chat_message,
        commands.delete_media,
    ):
        name = verb.__name__
        yield Route(f"bot_{name}_create", "POST", f"bot/{{id}}/{name}/", 300, verb)
    for verb, stop in (
        (outputs.output_audio, outputs.stop_output_audio),
        (outputs.output_video, outputs.stop_output_video),
        (outputs.output_screenshare, outputs.stop_output_screenshare),
        (outputs.output_media, outputs.stop_output_media),
    ):
        name = verb.__name__
        yield Route(f"bot_{name}_create", "POST", f"bot/{{id}}/{name}/", 300, verb)
        yield Route(f"bot_{name}_destroy", "DELETE", f"bot/{{id}}/{name}/", 300, stop)
    yield Route("recording_list", "GET", "recording/", 60, recordings.listing)
    yield Route("recording_retrieve", "GET", "recording/{id}/", 300, recordings.retrieve)
    yield Route("recording_partial_update", "PATCH", "recording/{id}/", 300, recordings.update)
    yield Route("recording_destroy", "DELETE", "recording/{id}/", 300, recordings.destroy)
    yield Route(
        "recording_create_transcript_create",
        "POST",
        "recording/{id}/create_transcript/",
        5,
        recordings.create_transcript,
        per_bot=True,
    )
    for kind in ARTIFACTS:
        verbs = recordings.artifacts(kind)
        yield Route(f"{kind}_list", "GET", f"{kind}/", 60, verbs["list"])
        yield Route(f"{kind}_retrieve", "GET", f"{kind}/{{id}}/", 300, verbs["retrieve"])
        yield Route(f"{kind}_partial_update", "PATCH", f"{kind}/{{id}}/", 300, verbs["update"])
        yield Route(f"{kind}_destroy", "DELETE", f"{kind}/{{id}}/", 300, verbs["destroy"])
    yield Route(
        "realtime_endpoint_list", "GET", "realtime_endpoint/", 60, recordings.list_endpoints
    )
    path = "realtime_endpoint/{id}/"
    yield Route("realtime_endpoint_retrieve", "GET", path, 300, recordings.retrieve_endpoint)
    yield Route("realtime_endpoint_partial_update", "PATCH", path, 300, recordings.update_endpoint)
    yield Route("billing_usage_retrieve", "GET", "billing/usage/", 5, recordings.usage)


ROUTES = tuple(_all())


def at(path: str) -> list[tuple[Route, re.Match[str]]]:
    """The routes at this path, whatever their method."""
    return [(route, match) for route in ROUTES if (match := route.pattern.match(path))]
