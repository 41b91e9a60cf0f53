"""What becomes of recordings later: expiry, deletion, another transcript, new metadata. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from .story import Artifact, Happening, Status, Story, Take

KINDS = (
    "delete_media",
    "delete_recording",
    "delete_artifact",
    "create_transcript",
    "metadata",
    "realtime_failed",
)
TRANSCRIBES_S = 6.0


@dataclass(frozen=True, slots=True)
class Later:
    """What was ordered about a recording, or befell it: one of `KINDS`, at wall time."""

    at: float
    kind: str
    body: dict[str, Any] = field(default_factory=dict)


def expires_at(take: Take, *, hour_s: float) -> float | None:
    """Wall time at which the recording is deleted; None if it is kept for ever.

    Hours count from the end of the recording, as the examples of Recall's pages have it. With zero
    retention that is at once.
    """
    retention = take.config.get("retention", {"type": "forever"})
    end = take.completed_at or take.started_at
    if retention is None:
        return end
    if retention.get("type") != "timed":
        return None
    return end + retention.get("hours", 168) * hour_s


def after(story: Story, orders: Iterable[Later], *, until: float, hour_s: float) -> Story:
    """The story with all that was done to its recordings up to `until`. Changes it in place."""
    rows: list[tuple[float, str, dict[str, Any]]] = [
        (order.at, order.kind, order.body) for order in orders if order.at <= until
    ]
    for take in story.takes:
        expiry = expires_at(take, hour_s=hour_s)
        if take.completed_at is not None and take.artifacts and expiry and expiry <= until:
            rows.append((expiry, "delete_recording", {"take": take.n}))
    for at, kind, body in sorted(rows, key=lambda row: row[0]):
        _apply(story, at, kind, body, until)
    story.happenings.sort(key=lambda happening: happening.at)
    return story


def next_change(story: Story, *, now: float, hour_s: float) -> float | None:
    """When a finished story changes by itself next: a transcript or an expiry that is still due."""
    due = [
        expiry
        for take in story.takes
        if not take.deleted
        and take.artifacts
        and (expiry := expires_at(take, hour_s=hour_s)) is not None
    ]
    due += [
        artifact.created_at + TRANSCRIBES_S
        for take in story.takes
        for artifact in take.artifacts
        if artifact.status.code == "processing"
    ]
    return min((at for at in due if at > now), default=None)


def _apply(story: Story, at: float, kind: str, body: dict[str, Any], until: float) -> None:
    if kind == "delete_media":
        for take in story.takes:
            _delete(story, take, at)
        return
    found = [take for take in story.takes if take.n == body.get("take")]
    if not found:
        return
    take = found[0]
    if kind == "delete_recording":
        _delete(story, take, at)
    elif kind == "delete_artifact":
        for artifact in take.artifacts:
            if (artifact.kind, artifact.n) == (body["subject"], body["n"]):
                _delete_artifact(story, take, artifact, at)
    elif kind == "create_transcript":
        _transcribe(story, take, at, body, until)
    elif kind == "metadata":
        _label(take, body)
    elif kind == "realtime_failed":
        _fail(story, take, at, body)


def _delete(story: Story, take: Take, at: float) -> None:
    if take.deleted:
        return
    for artifact in take.artifacts:
        _delete_artifact(story, take, artifact, at)
    take.statuses = [status for status in take.statuses if status.at <= at]
    take.statuses.append(Status(at, "deleted"))
    story.happenings = [
        happening
        for happening in story.happenings
        if happening.at <= at or happening.take != take.n or happening.subject != "recording"
    ]
    story.happenings.append(
        Happening(at, "recording.deleted", "deleted", subject="recording", take=take.n)
    )


def _delete_artifact(story: Story, take: Take, artifact: Artifact, at: float) -> None:
    if artifact.status.code == "deleted" or artifact.created_at > at:
        return
    artifact.statuses = [status for status in artifact.statuses if status.at <= at]
    artifact.statuses.append(Status(at, "deleted"))
    about = (artifact.kind, take.n, artifact.n)
    story.happenings = [
        happening
        for happening in story.happenings
        if happening.at <= at or (happening.subject, happening.take, happening.n) != about
    ]
    story.happenings.append(
        Happening(
            at, f"{artifact.kind}.deleted", "deleted", None, artifact.kind, take.n, artifact.n
        )
    )


def _transcribe(story: Story, take: Take, at: float, body: dict[str, Any], until: float) -> None:
    if take.deleted:
        return
    n = max((artifact.n for artifact in take.artifacts), default=-1) + 1
    statuses = [Status(at, "processing")]
    if at + TRANSCRIBES_S <= until:
        fails = body.get("fails")
        statuses.append(Status(at + TRANSCRIBES_S, "failed" if fails else "done", fails))
    artifact = Artifact(
        kind="transcript",
        n=n,
        created_at=at,
        statuses=statuses,
        metadata=dict(body.get("metadata") or {}),
        provider=body.get("provider"),
        diarization=body.get("diarization"),
    )
    take.artifacts.append(artifact)
    for status in statuses:
        event = f"transcript.{status.code}"
        story.happenings.append(
            Happening(status.at, event, status.code, status.sub_code, "transcript", take.n, n)
        )


def _fail(story: Story, take: Take, at: float, body: dict[str, Any]) -> None:
    """A real-time endpoint was given up: it is not done any more when the recording is."""
    endpoint = next(kept for kept in take.endpoints if kept["n"] == body["n"])
    endpoint["failed_at"] = at
    about = ("realtime_endpoint", take.n, body["n"])
    story.happenings = [
        happening
        for happening in story.happenings
        if happening.at <= at or (happening.subject, happening.take, happening.n) != about
    ]
    error = {"code": "REALTIME_ENDPOINT_UNREACHABLE", "message": body["message"]}
    failed = Happening(at, "realtime_endpoint.failed", "failed", None, *about, error=error)
    story.happenings.append(failed)


def _label(take: Take, body: dict[str, Any]) -> None:
    metadata = dict(body.get("metadata") or {})
    if body.get("subject") == "recording":
        take.metadata = metadata
    elif body.get("subject") == "realtime_endpoint":
        for endpoint in take.endpoints:
            if endpoint["n"] == body["n"]:
                endpoint["metadata"] = metadata
    for artifact in take.artifacts:
        if (artifact.kind, artifact.n) == (body.get("subject"), body.get("n")):
            artifact.metadata = metadata
