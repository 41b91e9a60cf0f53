"""The files of a recording as lines of a table: what was ordered, what came, where to have it."""

from collections.abc import Sequence
from typing import Any

from django.urls import reverse

from bots import formats, lifecycle
from bots.models import Artifact, Recording, Track, Transcript
from bots.models.came import ordered_files
from bots.recall.types import MEDIA_KINDS
from bots.views.files import file_name

_LABELS = {
    "video_mixed": "Video",
    "audio_mixed": "Audio",
    "video_separate": "Video of each person",
    "audio_separate": "Audio of each person",
    "transcript": "Transcript",
    "participant_events": "Participants",
    "meeting_metadata": "Meeting details",
}
# Recall's links for each kind: (our word in the address, label, ending of a file's name).
_AT_RECALL = {
    "transcript": [("file", "Recall's own", "json")],
    "participant_events": [
        ("participants", "Participants", "json"),
        ("events", "Events", "json"),
        ("speakers", "Speaker timeline", "json"),
    ],
    "meeting_metadata": [],
}
# Files that we write of what is kept: (what, ending, label).
_KEPT = {
    "transcript": [
        ("transcript", "txt", "Text"),
        ("transcript", "srt", "SRT"),
        ("transcript", "vtt", "WebVTT"),
        ("transcript", "json", "JSON"),
        ("transcript", "csv", "CSV"),
    ],
    "participant_events": [("participants", "json", "Participants"), ("events", "json", "Events")],
}


def label_of(kind: str) -> str:
    """What people call a kind of file."""
    return _LABELS.get(kind, kind.replace("_", " ").capitalize())


def rows(recording: Recording, slug: str) -> list[dict[str, Any]]:
    """A line for everything that was ordered or came, in the catalogue's order."""
    artifacts = sorted(recording.artifacts.all(), key=lambda each: (each.kind, each.pk))
    shown = [_row(artifact, slug) for artifact in artifacts]
    # As long as it runs, what is not there yet is to come; only an answer of Recall's names all.
    if recording.status in ("done", "failed") and recording.completed_at is not None:
        wanted = ordered_files(recording.bot, recording)
        shown += [_missing(recording, *each) for each in _never_came(wanted, artifacts)]
    places = {kind: n for n, kind in enumerate(_LABELS)}
    return sorted(shown, key=lambda row: places.get(row["kind"], len(places)))


def _row(artifact: Artifact, slug: str) -> dict[str, Any]:
    """An artifact as a line of the table, with the links that it may have."""
    ready = artifact.status == "done"
    failed = artifact.status == "failed"
    why = lifecycle.explain(f"{artifact.kind}.failed", artifact.sub_code) if failed else None
    return {
        "kind": artifact.kind,
        "artifact": artifact,
        "format": artifact.format,
        "label": label_of(artifact.kind),
        "told": _told(artifact) if ready else "",
        "why": f"{why.sentence} {why.next_step}".strip() if why else "",
        "links": _links(artifact, slug) if ready and artifact.kind in MEDIA_KINDS else [],
        "people": _by_person(list(artifact.tracks.all())) if ready else [],
        "is_heard": artifact.kind == "audio_separate" and artifact.format != "raw",
    }


def _missing(recording: Recording, kind: str, form: str) -> dict[str, Any]:
    return {
        "kind": kind,
        "artifact": None,
        "format": form,
        "label": label_of(kind),
        "why": f"Ordered, but Recall made none. {_why_none(recording, kind, form)}".strip(),
    }


def _never_came(
    wanted: Sequence[tuple[str, str]], artifacts: Sequence[Artifact]
) -> list[tuple[str, str]]:
    """What was ordered and has no artifact; one without a format stands for any of its kind."""
    came = {(each.kind, each.format) for each in artifacts}
    # Recall knows no separate audio of that format, and makes what is asked for so as this one.
    came |= {(kind, "mp3") for kind, form in came if (kind, form) == ("audio_separate", "ogg")}
    vague = {each.kind for each in artifacts if not each.format}
    kinds = {each.kind for each in artifacts}
    return [
        (kind, form)
        for kind, form in wanted
        if (kind, form) not in came and kind not in (vague if form else kinds)
    ]


def _why_none(recording: Recording, kind: str, form: str) -> str:
    """The reason, as far as the catalogue of formats knows one."""
    bot = recording.bot
    known = formats.BY_KEY.get(f"{kind}_{form}" if form else kind)
    if known is None:
        return ""
    if bot.platform in known.not_on:
        return f"It can't be had on {lifecycle.platform_label(bot.platform)}."
    layout = bot.recording_config.get("video_mixed_layout")
    if known.needs_gallery_view and layout != formats.GALLERY:
        return f"It is made only in the layout “{formats.LAYOUTS[formats.GALLERY]}”."
    return ""


def _by_person(tracks: Sequence[Track]) -> list[dict[str, Any]]:
    """The tracks under the name of the person, in the order in which people came."""
    people: dict[str, dict[str, Any]] = {}
    for track in sorted(tracks, key=lambda each: (each.start_s or 0.0, each.n)):
        name = track.name or "Somebody"
        key = f"{track.participant_id or ''} {name}"
        people.setdefault(key, {"name": name, "tracks": []})["tracks"].append(track)
    return list(people.values())


def _links(artifact: Artifact, slug: str) -> list[dict[str, Any]]:
    """Where the file is to be had; what is kept here is served by us and saved at once."""
    recording, kind = artifact.recording, artifact.kind
    is_kept = recording.details_at is not None
    query = ""
    if kind == "transcript":
        words = Transcript.objects.filter(artifact=artifact).first()
        is_kept, query = words is not None, f"?of={words.pk}" if words else ""
    ours = _KEPT.get(kind, []) if is_kept else []
    links: list[dict[str, Any]] = [
        {
            "label": label,
            "url": reverse("kept_file", args=[slug, recording.pk, what, ending]) + query,
            "name": file_name(recording, ending, what="" if kind == "transcript" else what),
        }
        for what, ending, label in ours
    ]
    had = {label for _, _, label in ours}
    if kind.endswith("_separate") and artifact.size is not None:
        fallback = [("file", "List of parts", "json")]
    else:
        fallback = [("file", "Download", artifact.format)]
    for which, label, ending in _AT_RECALL.get(kind, fallback):
        if label not in had:
            what = "" if kind.endswith("_mixed") else label.lower()
            links.append(
                {
                    "label": label,
                    "url": reverse("media", args=[slug, artifact.pk, which]),
                    "name": file_name(recording, ending, what=what),
                    "at_recall": True,
                }
            )
    return links


def _told(artifact: Artifact) -> str:
    """What an artifact without a file says by itself."""
    if artifact.kind != "meeting_metadata":
        return ""
    title = (artifact.data or {}).get("title")
    return f"Title: {title}" if title else "Recall tells no title of this meeting."
