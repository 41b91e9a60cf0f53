"""Small marks of the bot page and the recording page: what Recall says of a file, how late."""

from datetime import timedelta
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from bots import lifecycle
from bots.models import Artifact, Recording
from bots.templatetags.dash import countdown, icon, when

register = template.Library()

# Recall's words are an open set: one that is not here shows as it came.
_LOOKS = {
    "processing": ("Processing", "slate"),
    "paused": ("Paused", "violet"),
    "done": ("Ready", "green"),
    "failed": ("Failed", "darkred"),
    "deleted": ("Deleted", "grey"),
}


@register.simple_tag
def recording_badge(thing: Recording | Artifact) -> SafeString:
    """The status of a recording or of one of its files as a small coloured word."""
    label, tone = _LOOKS.get(thing.status, (lifecycle.prettify(thing.status), "grey"))
    if isinstance(thing, Recording) and thing.status == "processing" and not thing.completed_at:
        label, tone = "Running", "red"
    return format_html('<span class="badge tone-{}">{}</span>', tone, label)


@register.simple_tag
def recording_size(recording: Recording) -> int:
    """Bytes of its video, else of its sound; 0 where nobody knows."""
    sizes = {f.kind: f.size for f in recording.artifacts.all() if f.status == "done" and f.size}
    return sizes.get("video_mixed") or sizes.get("audio_mixed") or 0


@register.simple_tag
def poster_icon(row: Any) -> SafeString:
    """What stands where a recording of the list has no picture (yet)."""
    if row.is_gone:
        return icon("trash-2")
    if row.outcome == "failed":
        return icon("triangle-alert")
    return icon("audio-lines") if row.has_sound_only else icon("video")


@register.simple_tag
def kept_until(recording: Recording) -> SafeString:
    """When Recall deletes it or did so; nothing where it holds it for ever."""
    now = timezone.now()
    expired = recording.expires_at is not None and recording.expires_at <= now
    if expired:
        return format_html("Deleted {}", when(recording.expires_at, "date"))
    if recording.status == "deleted":
        return format_html("Deleted {}", when(recording.status_at, "date"))
    if recording.expires_at is None:
        return SafeString("")
    return format_html("Recall deletes it in {}", countdown(recording.expires_at))


@register.filter
def track_type(word: str) -> str:
    """Recall's word for what a track shows, for people; one that is not known as it came."""
    return {"webcam": "Camera", "screenshare": "Shared screen"}.get(word, lifecycle.prettify(word))


@register.filter
def delay(span: timedelta) -> str:
    """How late news was: "0.4 s", "38 s", "4 min", "23 h" or "3 days"."""
    seconds = span.total_seconds()
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    if seconds < 3600:
        return f"{seconds // 60:.0f} min"
    if seconds < 2 * 86_400:
        return f"{seconds // 3600:.0f} h"
    return f"{seconds // 86_400:.0f} days"


@register.filter
def clock(span: timedelta | float | None) -> str:
    """A stretch of time, or seconds, as "0:42", "12:05" or "1:02:05"."""
    if span is None:
        return ""
    seconds = span.total_seconds() if isinstance(span, timedelta) else span
    return lifecycle.clock(max(int(seconds), 0))
