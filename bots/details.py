"""After a meeting: who was there, what they did and what was said, fetched once and kept."""

from datetime import datetime

from django.db import transaction

from bots.models import Bot, Participant, ParticipantEvent, Recording, Transcript
from bots.recall import downloads, errors, reading, types
from bots.recall.client import Recall

# The shortcuts of a recording leave these out: https://docs.recall.ai/docs/media-shortcuts
SEPARATE = ("video_separate", "audio_separate")
# A meeting of many hours is a file of many megabytes.
MOST_BYTES = 64 * 2**20


def fetch(bot: Bot, answer: types.Bot, recall: Recall, *, now: datetime) -> None:
    """Fetch what has become ready since the last look, for every recording of the bot.

    Raises what the client raises; what was kept before stays. The links themselves are never
    kept.
    """
    told = False
    for fresh in answer.recordings:
        recording = Recording.objects.filter(
            workspace_id=bot.workspace_id, recall_id=fresh.id
        ).first()
        if recording is None:
            continue
        if recording.status != "processing":
            told |= _list_separate(bot, recording, recall, now=now)
        events = fresh.media.get("participant_events")
        if events is not None and events.status == "done" and recording.details_at is None:
            _keep_events(bot, recording, events, recall, now=now)
            told = True
        transcript = fresh.media.get("transcript")
        if transcript is not None and transcript.status == "done":
            told |= _keep_transcript(recording, transcript, recall, now=now)
    if told:
        bot.observe([], source=Bot.Source.SYNC, now=now, told=True)


def _list_separate(bot: Bot, recording: Recording, recall: Recall, *, now: datetime) -> bool:
    """Artifacts for each participant stand in lists of their own, and only where ordered."""
    config = reading.mapping(bot.config.get("recording_config"))
    told = False
    for kind in SEPARATE:
        ordered = any(key.startswith(kind) and config[key] is not None for key in config)
        known = recording.artifacts.filter(kind=kind)
        if not ordered or (known.exists() and not known.filter(status="processing").exists()):
            continue
        try:
            page = recall.artifacts(kind).list(recording_id=str(recording.recall_id))
        except errors.NotFound:
            continue  # the list is missing, not the bot
        for artifact in page.results:
            told |= recording.keep(artifact, now=now)
    return told


def _keep_events(
    bot: Bot, recording: Recording, artifact: types.Artifact, recall: Recall, *, now: datetime
) -> None:
    url = artifact.urls.get("participant_events_download_url")
    events = (
        downloads.participant_events(recall.download_json(url, max_bytes=MOST_BYTES)) if url else ()
    )
    url = artifact.urls.get("participants_download_url")
    people = downloads.participants(recall.download_json(url, max_bytes=MOST_BYTES)) if url else ()
    with transaction.atomic():
        known = {person.number: person for person in bot.participants.all()}
        for person in [*people, *(event.participant for event in events)]:
            if person.id is not None and person.id not in known:
                known[person.id] = bot.participants.create(
                    number=person.id,
                    name=person.name,
                    is_host=person.is_host,
                    platform=person.platform,
                    email=person.email,
                )
        recording.participant_events.all().delete()
        ParticipantEvent.objects.bulk_create(
            [_event(recording, known[event.participant.id], event) for event in events
             if event.participant.id is not None]
        )  # fmt: skip
        recording.details_at = now
        recording.save(update_fields=["details_at"])


def _event(
    recording: Recording, participant: Participant, event: downloads.ParticipantEvent
) -> ParticipantEvent:
    return ParticipantEvent(
        recording=recording,
        participant=participant,
        action=event.action,
        at=event.moment.at,
        offset_s=event.moment.relative_s,
        text=event.text,
        sent_to=event.to,
    )


def _keep_transcript(
    recording: Recording, artifact: types.Artifact, recall: Recall, *, now: datetime
) -> bool:
    url = artifact.urls.get("download_url")
    if url is None or Transcript.objects.filter(recording=recording).exists():
        return False
    passages = downloads.transcript(recall.download_json(url, max_bytes=MOST_BYTES))
    lines = [
        {
            "speaker": passage.participant.name,
            "start_s": passage.words[0].start.relative_s,
            "end_s": (passage.words[-1].end or passage.words[-1].start).relative_s,
            "text": passage.text,
        }
        for passage in passages
        if passage.words
    ]
    Transcript.objects.update_or_create(
        recording=recording, defaults={"lines": lines, "fetched_at": now}
    )
    return True
