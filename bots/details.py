"""After a meeting: who was there, what they did and what was said, fetched once and kept."""

from datetime import datetime

from django.db import transaction

from bots.models import Bot, Participant, ParticipantEvent, Recording, Transcript
from bots.recall import downloads, errors, reading, types
from bots.recall.client import Recall

# The shortcuts of a recording leave these out: https://docs.recall.ai/docs/media-shortcuts
SEPARATE = ("video_separate", "audio_separate")
# And of these they hold only one, where several formats were ordered.
MIXED = ("video_mixed", "audio_mixed")
# A meeting of many hours is a file of many megabytes.
MOST_BYTES = 64 * 2**20


def fetch(bot: Bot, answer: types.Bot, recall: Recall, *, now: datetime) -> None:
    """Fetch what has become ready since the last look, for every recording of the bot.

    Raises what the client raises; what was kept before stays. The links themselves are never
    kept.
    """
    told = False
    for fresh in answer.recordings:
        if not reading.is_uuid(fresh.id):
            continue
        recording = Recording.objects.filter(
            workspace_id=bot.workspace_id, recall_id=fresh.id
        ).first()
        if recording is None:
            continue
        if recording.status != "processing":
            told |= _list_others(bot, recording, fresh, recall, now=now)
        events = fresh.media.get("participant_events")
        if events is not None and events.status == "done" and recording.details_at is None:
            _keep_events(bot, recording, events, recall, now=now)
            told = True
        transcript = fresh.media.get("transcript")
        if transcript is not None and transcript.status == "done":
            told |= _keep_transcript(recording, transcript, recall, now=now)
    if told:
        bot.observe([], source=Bot.Source.SYNC, now=now, told=True)


def _list_others(
    bot: Bot, recording: Recording, fresh: types.Recording, recall: Recall, *, now: datetime
) -> bool:
    """Fetch the lists of what the shortcuts leave out, as long as something of it is missing.

    That is every file for each participant, and of several formats of one kind all but the newest.
    """
    config = reading.mapping(bot.config.get("recording_config"))
    shown = {artifact.id for artifact in fresh.media.values()}
    told = False
    for kind in (*SEPARATE, *MIXED):
        ordered = sum(key.startswith(kind) and config[key] is not None for key in config)
        known = list(recording.artifacts.filter(kind=kind))
        hidden = [each for each in known if str(each.recall_id) not in shown]
        is_left_out = ordered > (0 if kind in SEPARATE else 1)
        is_open = any(each.status == "processing" for each in hidden)
        if not is_left_out or (len(known) >= ordered and not is_open):
            continue
        try:
            page = recall.artifacts(kind).list(recording_id=str(recording.recall_id))
        except errors.NotFound:
            continue  # the list is missing, not the bot
        told |= recording.keep(page.results, now=now)
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
