"""What Recall recorded of each person alone: learned once from its list, and a fresh link later."""

from collections.abc import Iterable
from dataclasses import replace

from django.db import transaction

from bots import connection
from bots.keeping import SEPARATE
from bots.models import Artifact, Bot, Forgotten, Lane, Participant, Recording, Track
from bots.models.forgotten import Veil
from bots.recall import downloads, reading, types
from bots.recall.client import Recall

# Their list is a file of Recall's own; a part of it is a few hundred bytes.
MOST_BYTES = 8 * 2**20


def learn(
    bot: Bot, recording: Recording, answers: Iterable[types.Artifact], recall: Recall
) -> bool:
    """Keep who is heard and seen in the parts that are ready; whether there was anything new.

    Raises what the client raises.
    """
    told = False
    for answer in answers:
        url = answer.urls.get("download_url")
        if answer.kind not in SEPARATE or answer.status != "done" or not url:
            continue
        if not reading.is_uuid(answer.id):
            continue
        artifact = recording.artifacts.filter(kind=answer.kind, recall_id=answer.id).first()
        if artifact is None or artifact.size is not None:
            continue
        parts = downloads.separate_parts(recall.download_json(url, max_bytes=MOST_BYTES))
        with transaction.atomic():
            told |= not recording.is_erased_by_now() and _keep(bot, artifact, parts)
    return told


def _keep(bot: Bot, artifact: Artifact, parts: Iterable[downloads.SeparatePart]) -> bool:
    veil = Forgotten.objects.veil(bot.workspace_id, bot.recall_id)
    people: dict[int | None, Participant] = {
        person.number: person for person in bot.participants.all()
    }
    shown = [replace(part, participant=veil.person(part.participant)) for part in parts]
    Track.objects.keep(artifact, shown, people)
    # Its list is read; how large the parts are nobody says.
    artifact.size = 0
    artifact.save(update_fields=["size"])
    return True


def fresh_link(track: Track) -> str | None:
    """The link to this part that Recall gives now, None where its list holds it no more.

    Raises RecallError, ForeignLink among them.
    """
    artifact = track.artifact
    bot = artifact.recording.bot
    veil = Forgotten.objects.veil(bot.workspace_id, bot.recall_id)
    with connection.recall(bot.workspace, lane=Lane.CLICK) as recall:
        answer = recall.artifacts(artifact.kind).retrieve(str(artifact.recall_id))
        url = answer.urls.get("download_url")
        if not url:
            return None
        parts = downloads.separate_parts(recall.download_json(url, max_bytes=MOST_BYTES))
        part = _same(track, parts, veil)
        return str(recall.known_link(part.url)) if part and part.url else None


def _same(
    track: Track, parts: tuple[downloads.SeparatePart, ...], veil: Veil
) -> downloads.SeparatePart | None:
    """The part by Recall's id, else by its place, if the same person is still there."""
    if track.part_id:
        return next((part for part in parts if part.id == track.part_id), None)
    part = parts[track.n] if track.n < len(parts) else None
    return part if part and veil.person(part.participant).name == track.name else None
