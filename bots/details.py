"""After a meeting: who was there, what they did and what was said, fetched once and kept."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction

from bots import formats, keeping, passages, posters, realtime, tracks
from bots.models import Bot, Forgotten, Participant, ParticipantEvent, Recording, Transcript
from bots.models.forgotten import Veil
from bots.recall import downloads, errors, reading, types
from bots.recall.client import Recall

# The shortcuts of a recording leave these out: https://docs.recall.ai/docs/media-shortcuts
SEPARATE = tracks.SEPARATE
# And of these they hold only one, where several formats were ordered.
MIXED = ("video_mixed", "audio_mixed")
# A meeting of many hours is a file of many megabytes.
MOST_BYTES = 64 * 2**20


def fetch(bot: Bot, answer: types.Bot, recall: Recall, *, now: datetime) -> None:
    """Fetch what has become ready since the last look, for every recording of the bot.

    What can't be read keeps nothing else away. Raises what the client raises; what was kept before
    stays. The links themselves are never kept.
    """
    told, unread = False, list[errors.RecallError]()
    for fresh in answer.recordings:
        if not reading.is_uuid(fresh.id):
            continue
        recording = Recording.objects.filter(
            workspace_id=bot.workspace_id, recall_id=fresh.id
        ).first()
        if recording is None or recording.erased_at is not None:
            continue
        for step in (_keep_events, _list_others, _keep_transcripts):
            try:
                told |= step(bot, recording, fresh, recall, now=now)
            except (errors.NotRecall, errors.LinkExpired) as error:
                unread.append(error)
        told |= keeping.by_rule(recording, now=now)
        posters.tend(recording, now=now)
    if told:
        bot.observe([], source=Bot.Source.SYNC, now=now, told=True)
    if unread:
        raise unread[0]


def _list_others(
    bot: Bot, recording: Recording, fresh: types.Recording, recall: Recall, *, now: datetime
) -> bool:
    """Fetch the lists of what the shortcuts leave out, as long as something of it is missing.

    That is every file for each participant, and of several formats of one kind all but the newest.
    """
    if recording.status == "processing":
        return False
    config = reading.mapping(bot.config.get("recording_config"))
    shown = {artifact.id for artifact in fresh.media.values()}
    told = False
    for kind in (*SEPARATE, *MIXED):
        # A format that was ordered is an object; what else is called so says how it shall look.
        ordered = sum(key.startswith(kind) and isinstance(config[key], dict) for key in config)
        known = list(recording.artifacts.filter(kind=kind))
        hidden = [each for each in known if str(each.recall_id) not in shown]
        is_left_out = ordered > (0 if kind in SEPARATE else 1)
        is_open = any(
            each.status == "processing"
            or (kind in SEPARATE and each.status == "done" and each.size is None)
            for each in hidden
        )
        if not is_left_out or (len(known) >= ordered and not is_open):
            continue
        try:
            page = recall.artifacts(kind).list(recording_id=str(recording.recall_id))
        except errors.NotFound:
            continue  # the list is missing, not the bot
        told |= _keep_listed(recording, page.results, now=now)
        told |= tracks.learn(bot, recording, page.results, recall)
    return told


def _keep_listed(recording: Recording, listed: Iterable[types.Artifact], *, now: datetime) -> bool:
    """Keep what a list of Recall's holds of a recording, if nobody deleted that meanwhile."""
    with transaction.atomic():
        return not recording.is_erased_by_now() and recording.keep(listed, now=now)


def _keep_events(
    bot: Bot, recording: Recording, fresh: types.Recording, recall: Recall, *, now: datetime
) -> bool:
    """Fetch who was there and what they did, once; say whether that was now."""
    artifact = fresh.media.get("participant_events")
    if artifact is None or artifact.status != "done" or recording.details_at is not None:
        return False
    did = artifact.urls.get("participant_events_download_url")
    were = artifact.urls.get("participants_download_url")
    if not did and not were:
        return False
    events = downloads.participant_events(
        recall.download_json(did, max_bytes=MOST_BYTES) if did else ()
    )
    people = downloads.participants(
        recall.download_json(were, max_bytes=MOST_BYTES) if were else ()
    )
    with transaction.atomic():
        # What is told live waits for the bot's row, too: none of it may fall between.
        if recording.is_erased_by_now():
            return False
        veil = Forgotten.objects.veil(bot.workspace_id, bot.recall_id)
        told: dict[int, downloads.Participant] = {}
        for person in [*people, *(event.participant for event in events)]:
            if person.id is not None:
                told.setdefault(person.id, veil.person(person))
        known = {person.number: person for person in bot.participants.all()}
        for number, person in told.items():
            # Somebody who was heard of while the meeting ran may have had no name then.
            if number in known:
                known[number].learn(person)
            else:
                known[number] = bot.participants.create(number=number, **Participant.known(person))
        if did:  # else what was heard live is all there is
            recording.participant_events.all().delete()
        ParticipantEvent.objects.bulk_create(
            [_event(recording, known[event.participant.id], event, veil) for event in events
             if event.participant.id is not None]
        )  # fmt: skip
        recording.details_at = now
        recording.save(update_fields=["details_at"])
    return True


def _event(
    recording: Recording,
    participant: Participant,
    event: downloads.ParticipantEvent,
    veil: Veil,
) -> ParticipantEvent:
    who = event.participant
    unheard = veil.silences(who.name, who.email)
    return ParticipantEvent(
        recording=recording,
        participant=participant,
        action=event.action,
        at=event.moment.at,
        offset_s=event.moment.relative_s,
        text="" if unheard else veil.text(event.text),
        sent_to=veil.name(event.to),
    )


def _keep_transcripts(
    bot: Bot, recording: Recording, fresh: types.Recording, recall: Recall, *, now: datetime
) -> bool:
    """Fetch the words that are ready and not kept yet; say whether there were any.

    The shortcut holds the newest transcript alone; others are listed where there may be some.
    """
    shown = fresh.media.get("transcript")
    told = _keep_words(bot, recording, recall, shown, now=now) if shown else False
    if _has_other_words(bot, recording, shown, is_new=told):
        try:
            listed = recall.transcripts.list(recording_id=str(recording.recall_id)).results
        except errors.NotFound:
            return told  # the list is missing, not the bot
        told |= _keep_listed(recording, listed, now=now)
        for artifact in listed:
            told |= _keep_words(bot, recording, recall, artifact, now=now)
    return told


def _has_other_words(
    bot: Bot, recording: Recording, shown: types.Artifact | None, *, is_new: bool
) -> bool:
    """Whether there may be transcripts besides that one which are not kept yet.

    Those that we have heard of and the shortcut hides; and where the newest was asked for after
    the meeting, others may have been as well, of which nobody told.
    """
    hidden = recording.artifacts.filter(kind="transcript", transcript=None)
    hidden = hidden.filter(status__in=["processing", "done"])
    if shown is not None and reading.is_uuid(shown.id):
        hidden = hidden.exclude(recall_id=shown.id)
    if hidden.exists():
        return True
    own = formats.transcriber_of(reading.mapping(bot.config.get("recording_config")))
    return is_new and shown is not None and _provider(shown) not in ("", own)


def _keep_words(
    bot: Bot, recording: Recording, recall: Recall, told: types.Artifact, *, now: datetime
) -> bool:
    """Fetch what one transcript says, once; say whether that was now."""
    url = told.urls.get("download_url")
    if told.status != "done" or url is None or not reading.is_uuid(told.id):
        return False
    artifact = recording.artifacts.filter(kind="transcript", recall_id=told.id).first()
    if artifact is None or Transcript.objects.filter(artifact=artifact).exists():
        return False
    said = downloads.transcript(recall.download_json(url, max_bytes=MOST_BYTES))
    pieces = passages.in_order(passages.pieces(said))
    with transaction.atomic():
        if recording.is_erased_by_now():
            return False
        # Whoever was erased meanwhile is not in it either.
        veil = Forgotten.objects.veil(bot.workspace_id, bot.recall_id)
        people: dict[int | None, Participant] = {p.number: p for p in bot.participants.all()}
        lines = [_line(piece, people, veil) for piece in pieces]
        Transcript.objects.keep(
            recording,
            lines,
            now=now,
            artifact=artifact,
            provider=_provider(told),
            made_at=told.created_at,
        )
        realtime.give_way(recording)
    return True


def _line(
    piece: passages.Piece, people: dict[int | None, Participant], veil: Veil
) -> dict[str, Any]:
    """A passage as it is kept, without those who were erased."""
    return {
        "speaker": veil.person(piece.speaker).name,
        "participant": people.get(piece.speaker.id),
        "start_s": piece.start_s,
        "end_s": piece.end_s,
        "text": veil.words(piece.speaker, piece.text),
    }


def _provider(artifact: types.Artifact) -> str:
    """Recall's word for who made a transcript, or ""; of all providers one is not null."""
    providers = reading.mapping(artifact.raw.get("provider"))
    return next((reading.word(name) for name in providers if providers[name] is not None), "")
