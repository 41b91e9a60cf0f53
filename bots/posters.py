"""Pictures of recordings and the sizes of their files: made in the background, kept here.

One call to Recall names all links of a recording; what is read behind them counts as none.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from bots import connection, films
from bots.drawn import drawing
from bots.excerpts import Excerpt
from bots.models import KeptFile, Poster, Recording
from bots.models.recording import PLAYABLE
from bots.recall import errors, types
from bots.recall.client import Recall

logger = logging.getLogger(__name__)

MOST_ATTEMPTS = 6
# Speech begins with a breath, and a picture of a face that has just begun is none.
AFTER_THE_FIRST_WORD_S = 4.0
MOST_EVENTS = 20_000
JPEG, SVG = "image/jpeg", "image/svg+xml"

Clock = Callable[[], datetime]


def want(recording: Recording, *, now: datetime) -> bool:
    """Note that a finished recording needs a picture; whether that is new."""
    if recording.status != "done" or Poster.objects.filter(recording=recording).exists():
        return False
    if not recording.artifacts.filter(kind__in=PLAYABLE, status="done").exists():
        return False
    # Who spoke when says which moment is worth a picture; it comes within the next looks.
    told = recording.artifacts.filter(kind="participant_events", status="processing")
    if recording.details_at is None and told.exists():
        return False
    return Poster.objects.get_or_create(recording=recording, defaults={"due_at": now})[1]


def tend(recording: Recording, *, now: datetime) -> None:
    """Have the picture made once there is something to make it of; without it, have it forgotten.

    A recording that Recall has deleted keeps its picture as long as the team keeps a copy.
    """
    if recording.status != "deleted":
        want(recording, now=now)
    elif not KeptFile.objects.playing().filter(recording=recording).exists():
        forget(recording)


def forget(recording: Recording) -> None:
    """Delete the picture of a recording that is deleted; it is not made again."""
    Poster.objects.filter(recording=recording).update(
        picture=None, media_type="", digest="", due_at=None, why_none="The recording is deleted."
    )


def work(pk: int, *, clock: Clock) -> None:
    """Make one picture, and learn how large the recording's files are.

    Nothing happens while another worker has it. What can't be had now is tried again later, a
    few times; why there is none in the end stands in the row.
    """
    if not Poster.objects.claim(pk, clock()):
        return
    found = Poster.objects.select_related("recording__bot__workspace", "recording__bot__team")
    poster = found.filter(pk=pk).first()
    if poster is None:
        return  # its recording has gone
    recording = poster.recording
    try:
        media_type, picture = _made(recording, clock=clock)
    except (errors.NotFound, errors.LinkExpired, films.CannotMake) as error:
        gone = not isinstance(error, films.CannotMake)
        why = "Recall does not hold the film any more." if gone else str(error)
        _close(poster, why_none=why, now=clock())
    except errors.RecallError as error:
        _again(poster, error, now=clock())
    else:
        _close(poster, media_type=media_type, picture=picture, now=clock())


def _close(
    poster: Poster,
    *,
    now: datetime,
    media_type: str = "",
    picture: bytes | None = None,
    why_none: str = "",
) -> None:
    """Write down what became of it, unless the recording was deleted meanwhile; tell the pages."""
    mine = Poster.objects.filter(pk=poster.pk, attempts=poster.attempts, due_at__isnull=False)
    digest = sha256(picture).hexdigest() if picture else ""
    done = mine.update(
        due_at=None,
        media_type=media_type,
        picture=picture,
        digest=digest,
        why_none=why_none[:500],
        made_at=now,
    )
    if done:
        poster.recording.bot.tell(now)


def _again(poster: Poster, error: errors.RecallError, *, now: datetime) -> None:
    if poster.attempts >= MOST_ATTEMPTS:
        _close(poster, why_none=error.sentence, now=now)
        return
    later = now + timedelta(seconds=30 * 2**poster.attempts)
    Poster.objects.filter(pk=poster.pk, attempts=poster.attempts).update(due_at=later)


def _made(recording: Recording, *, clock: Clock) -> tuple[str, bytes]:
    """(media type, bytes). Raises what the client raises, and CannotMake."""
    with connection.recall(recording.bot.workspace, clock=clock) as recall:
        answer = recall.recordings.retrieve(str(recording.recall_id))
        _learn_sizes(recording, answer.media, recall)
        film = answer.media.get("video_mixed")
        url = film.urls.get("download_url") if film and film.status == "done" else None
        if url:
            try:
                return JPEG, _still(recording, recall, url)
            except films.CannotMake as error:
                logger.info("No still of recording %s: %s", recording.pk, error)
    events = recording.participant_events.order_by("at", "pk").values_list(
        "participant_id", "action", "offset_s"
    )
    drawn = drawing(list(events[:MOST_EVENTS]), length_s=recording.duration_s or 0)
    if drawn is None:
        raise films.CannotMake("It has no picture to show, and nobody tells who spoke.")
    return SVG, drawn.encode()


def _learn_sizes(recording: Recording, media: Mapping[str, types.Artifact], recall: Recall) -> None:
    """Ask for one byte of each file whose size is not known; the answer names the size."""
    unknown = {
        (each.kind, str(each.recall_id)): each
        for each in recording.artifacts.filter(status="done", size=None)
    }
    for kind, told in media.items():
        artifact = unknown.get((kind, told.id))
        url = told.urls.get("download_url")
        if artifact is None or not url:
            continue
        try:
            with recall.open_link(url, end=1) as opened:
                artifact.size = opened.total
        except errors.RecallError as error:
            logger.info("The size of artifact %s is not known: %s", artifact.pk, error.code)
            continue
        artifact.save(update_fields=["size"])


def _still(recording: Recording, recall: Recall, url: str) -> bytes:
    """A frame at the first telling moment that is not black. Raises CannotMake and kin."""
    length_s = recording.duration_s or 0.0
    problem = films.CannotMake("The film is black at every moment that was tried.")
    with tempfile.TemporaryDirectory(prefix="recalldash-still-") as folder:
        excerpt = Excerpt(recall, url, Path(folder) / "film")
        for at_s in _moments(recording, length_s):
            try:
                excerpt.around(at_s / length_s if length_s else 0.0)
                picture = films.poster(excerpt.path, at_s=at_s)
                if not films.is_black(picture):
                    return picture
            except films.CannotMake as error:
                problem = error
    raise problem


def _moments(recording: Recording, length_s: float) -> Iterator[float]:
    """Seconds at which a still may tell something, the most telling first."""
    spoken = recording.participant_events.filter(action="speech_on", offset_s__gte=0)
    first_s = spoken.order_by("offset_s").values_list("offset_s", flat=True).first()
    wanted = [length_s * 0.1, length_s * 0.3, length_s * 0.6, 1.0, 0.0]
    if first_s is not None:
        wanted.insert(0, first_s + AFTER_THE_FIRST_WORD_S)
    yield from dict.fromkeys(at_s for at_s in wanted if not length_s or at_s < length_s)
