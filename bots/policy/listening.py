"""What recalldash hears of a meeting while it runs: the real-time endpoint of a request. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

PLACE: Final = "recalldash:live"
"""What stands in a request that is kept and shown, in place of the address that is the bot's own.

The address opens a door by itself, so it is put in only when the request goes out.
"""
MARK: Final = {"recalldash": "live"}
"""What our endpoint bears, so that it is known among others in what Recall tells of them."""

OWN: Final = "recallai_streaming"
"""Recall's own transcription."""

_PEOPLE: Final = (
    "join",
    "leave",
    "update",
    "speech_on",
    "speech_off",
    "webcam_on",
    "webcam_off",
    "screenshare_on",
    "screenshare_off",
    "chat_message",
)


def endpoint(recording_config: Mapping[str, Any]) -> dict[str, Any] | None:
    """Our endpoint for such a recording, or None where it tells nothing.

    https://docs.recall.ai/docs/real-time-webhook-endpoints
    """
    events = []
    provider = provider_of(recording_config)
    if provider:
        events.append("transcript.data")
        if is_quick(recording_config):
            events.append("transcript.partial_data")
    # Recall records these unless it is told not to.
    if recording_config.get("participant_events", {}) is not None:
        events += [f"participant_events.{name}" for name in _PEOPLE]
    if not events:
        return None
    return {"type": "webhook", "url": PLACE, "events": events, "metadata": dict(MARK)}


def is_ours(endpoint: Mapping[str, Any]) -> bool:
    """Whether an endpoint in a request, or in what is kept of an answer, is ours."""
    return endpoint.get("url") == PLACE


def listens(recording_config: Mapping[str, Any] | None) -> bool:
    """Whether recalldash hears what happens in such a recording while it runs."""
    return any(map(is_ours, _endpoints(recording_config)))


def provider_of(recording_config: Mapping[str, Any] | None) -> str:
    """Who transcribes while the meeting runs, in Recall's word; "" for nobody."""
    transcript = (recording_config or {}).get("transcript") or {}
    providers = transcript.get("provider") or {}
    return next((str(name) for name, said in providers.items() if said is not None), "")


def is_quick(recording_config: Mapping[str, Any] | None) -> bool:
    """Whether words come within seconds, and before that as far as they are certain."""
    name = provider_of(recording_config)
    if name == "meeting_captions":
        return True
    return name == OWN and _mode(recording_config) == "prioritize_low_latency"


def is_late(recording_config: Mapping[str, Any] | None) -> bool:
    """Whether words come three to ten minutes after they were said.

    Recall's own transcription works so unless it is told to hurry.
    """
    return provider_of(recording_config) == OWN and not is_quick(recording_config)


def _mode(recording_config: Mapping[str, Any] | None) -> Any:
    transcript = (recording_config or {}).get("transcript") or {}
    return ((transcript.get("provider") or {}).get(OWN) or {}).get("mode")


def _endpoints(config: Mapping[str, Any] | None) -> Iterable[Mapping[str, Any]]:
    found = (config or {}).get("realtime_endpoints")
    return [each for each in found or [] if isinstance(each, Mapping)]
