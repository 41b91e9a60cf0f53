"""Recordings and their artifacts: what a recording config makes, and when each part is ready. Pure.

https://docs.recall.ai/docs/recording-webhooks
"""

from dataclasses import dataclass
from typing import Any

from .call import RawTake
from .story import Artifact, Happening, Status, Take
from .tempo import Tempo

_READY_S = {
    "meeting_metadata": 0.8,
    "participant_events": 0.9,
    "audio_mixed": 1.2,
    "video_mixed": 1.6,
    "audio_separate": 2.2,
    "video_separate": 2.4,
    "transcript": 4.0,
}
RECORDING_READY_S = 2.0
CRASHED = {"code": "INTERNAL_ERROR", "message": "The bot crashed while it recorded."}
UNSAVED = {"code": "INTERNAL_ERROR", "message": "The recording could not be saved."}


@dataclass(frozen=True, slots=True)
class Product:
    """An artifact that a recording config asks for."""

    kind: str
    format: str
    option: dict[str, Any]


def products(config: dict[str, Any], *, separate_audio_mp3: str = "ogg") -> list[Product]:
    """The artifacts that this config makes. Zero retention keeps none.

    Separate video needs `gallery_view_v2`; without it there is simply none (docs: "only supported
    with"). PNG and FLV are for real-time endpoints and leave no artifact.
    """
    if "retention" in config and config["retention"] is None:
        return []
    grid = config.get("video_mixed_layout") == "gallery_view_v2"
    table = [
        ("video_mixed_mp4", "video_mixed", "mp4", True),
        ("audio_mixed_raw", "audio_mixed", "raw", True),
        ("audio_mixed_mp3", "audio_mixed", "mp3", True),
        ("transcript", "transcript", "", True),
        ("participant_events", "participant_events", "", True),
        ("meeting_metadata", "meeting_metadata", "", True),
        ("video_separate_mp4", "video_separate", "mp4", grid),
        ("video_separate_h264", "video_separate", "h264", grid),
        ("audio_separate_raw", "audio_separate", "raw", True),
        ("audio_separate_mp3", "audio_separate", separate_audio_mp3, True),
    ]
    return [
        Product(kind, form, config[key])
        for key, kind, form, possible in table
        if possible and config.get(key) is not None
    ]


def developed(
    raw: RawTake,
    n: int,
    *,
    tempo: Tempo,
    crashed: bool,
    failures: dict[str, str],
    keeps_overwritten: bool,
    retention: dict[str, Any] | None = None,
    separate_audio_mp3: str = "ogg",
) -> tuple[Take, list[tuple[float, Happening]]]:
    """A recording as Recall keeps it, and what it tells about it as (script second, happening)."""
    told: list[tuple[float, Happening]] = []

    def tell(at: float, subject: str, status: Status, i: int = 0, **more: Any) -> None:
        event = f"{subject}.{status.code}"
        what = Happening(tempo.wall(at), event, status.code, status.sub_code, subject, n, i, **more)
        told.append((at, what))

    take = Take(
        n=n,
        started_at=tempo.wall(raw.started),
        config=raw.config | ({"retention": retention} if retention else {}),
        statuses=[],
        pieces=[
            [tempo.wall(start), None if end is None else tempo.wall(end), kind]
            for start, end, kind in raw.pieces
        ],
        completed_at=None if raw.completed is None else tempo.wall(raw.completed),
        endpoints=[
            {"n": i, "metadata": endpoint.get("metadata") or {}, "type": endpoint.get("type", "")}
            for i, endpoint in enumerate(raw.config.get("realtime_endpoints") or [])
        ],
        metadata=dict(raw.config.get("metadata") or {}),
    )

    def turn(at: float, code: str, sub_code: str | None = None, **more: Any) -> None:
        status = Status(tempo.wall(at), code, sub_code)
        take.statuses.append(status)
        tell(at, "recording", status, **more)

    for at, code in raw.turns:
        turn(at, code)
        if at == raw.started:
            for i in range(len(take.endpoints)):
                tell(at, "realtime_endpoint", Status(tempo.wall(at), "running"), i)
    for i, product in enumerate(products(raw.config, separate_audio_mp3=separate_audio_mp3)):
        begun = Status(tempo.wall(raw.started), "processing")
        option = product.option
        take.artifacts.append(
            Artifact(
                kind=product.kind,
                n=i,
                created_at=begun.at,
                statuses=[begun],
                format=product.format,
                metadata=dict(option.get("metadata") or {}),
                provider=option.get("provider"),
                diarization=option.get("diarization"),
            )
        )
        tell(raw.started, product.kind, begun, i)
    if raw.completed is None:
        return take, told
    end = raw.completed
    for i in range(len(take.endpoints)):
        tell(end, "realtime_endpoint", Status(tempo.wall(end), "done"), i)
    if raw.overwritten and not keeps_overwritten:
        turn(end, "deleted")
        for artifact in take.artifacts:
            artifact.statuses.append(Status(tempo.wall(end), "deleted"))
            tell(end, artifact.kind, artifact.status, artifact.n)
        return take, told
    lost = crashed or "recording" in failures
    for artifact in take.artifacts:
        at = end + _READY_S[artifact.kind]
        failure = failures.get(artifact.kind)
        failed = lost or failure is not None
        code = "failed" if failed else "done"
        artifact.statuses.append(Status(tempo.wall(at), code, failure or None))
        tell(at, artifact.kind, artifact.status, artifact.n)
    if lost:
        error = CRASHED if crashed else UNSAVED
        turn(end + RECORDING_READY_S, "failed", "internal_error", error=error)
    else:
        turn(end + RECORDING_READY_S, "done")
    return take, told


def upto(take: Take, wall: float) -> Take:
    """The recording as it stood at `wall`: later statuses are not known yet."""
    take.statuses = [status for status in take.statuses if status.at <= wall]
    for artifact in take.artifacts:
        artifact.statuses = [status for status in artifact.statuses if status.at <= wall]
    take.artifacts = [artifact for artifact in take.artifacts if artifact.statuses]
    return take
