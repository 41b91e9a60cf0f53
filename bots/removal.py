"""What is removed with a recording: one list of parts, each counted and each erased.

A room that keeps something more of a recording adds a part to `PARTS`; the sheet that asks, the
deed, its receipt and the audit log then know of it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Q, QuerySet

from bots import keeping, posters, shares
from bots.models import (
    Alert,
    Artifact,
    AssistantSession,
    AssistantTurn,
    Bot,
    Delivery,
    DryRun,
    KeptFile,
    Participant,
    ParticipantEvent,
    Passage,
    Poster,
    Recording,
    RecordingSummary,
    Share,
    Track,
    Transcript,
)

# What Recall held of a recording, among the counts of what went.
AT_RECALL: Final = "file at Recall"
# Rows whose bodies are looked through at one time.
_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of thing that is kept of recordings.

    `one` and `many` are the words for it. `count` says how many there are of these recordings,
    `erase` removes them from one of them and says how many went; it is called in a transaction in
    which the recording's bot is held, and doing it twice harms nobody.
    """

    one: str
    many: str
    count: Callable[[QuerySet[Recording]], int]
    erase: Callable[[Recording, datetime], int]


def erase(recording: Recording, *, now: datetime) -> dict[str, int]:
    """Remove all that is kept of a recording but its row, which keeps it from coming again.

    Returns how much went, by the word for one of it. In a transaction in which its bot is held.
    """
    gone = {part.one: part.erase(recording, now) for part in PARTS}
    recording.erased_at = recording.erased_at or now
    mark_deleted(recording, now=now)
    recording.save(update_fields=["erased_at"])
    return {one: count for one, count in gone.items() if count}


def mark_deleted(recording: Recording, *, now: datetime) -> int:
    """Write down that Recall holds none of its files any more; returns how many it held."""
    held = recording.artifacts.exclude(status="deleted")
    gone = held.update(status="deleted", sub_code="", status_at=now, data={})
    if recording.status != "deleted":
        recording.status, recording.sub_code, recording.status_at = "deleted", "", now
        recording.save(update_fields=["status", "sub_code", "status_at"])
    return gone


def count(recordings: QuerySet[Recording]) -> list[tuple[int, str]]:
    """How much is kept here of these recordings: (how many, what), where there is anything."""
    found = [(part.count(recordings), part) for part in PARTS]
    return [(n, part.one if n == 1 else part.many) for n, part in found if n]


def count_at_recall(recordings: QuerySet[Recording]) -> dict[str, int]:
    """How many files Recall holds of them, by kind."""
    held = Artifact.objects.filter(recording__in=recordings).exclude(status="deleted")
    kinds: dict[str, int] = {}
    for kind in held.order_by("kind").values_list("kind", flat=True):
        kinds[kind] = kinds.get(kind, 0) + 1
    return kinds


def in_words(counts: dict[str, int]) -> list[str]:
    """What went, for people: "412 passages of transcript", the parts in the order of the list."""
    words = {AT_RECALL: "files at Recall"} | {part.one: part.many for part in PARTS}
    return [
        f"{counts[one]} {one if counts[one] == 1 else many}"
        for one, many in words.items()
        if counts.get(one)
    ]


def _erase_words(recording: Recording, now: datetime) -> int:
    found = Passage.objects.filter(transcript__recording=recording)
    spoken = found.count()
    Transcript.objects.filter(recording=recording).delete()
    return spoken


def _events(recordings: QuerySet[Recording], *, chat: bool) -> QuerySet[ParticipantEvent]:
    events = ParticipantEvent.objects.filter(recording__in=recordings)
    return events.filter(_CHAT) if chat else events.exclude(_CHAT)


_CHAT = Q(action__in=["chat_message", "chat"]) | ~Q(text="")


def _erase_events(recording: Recording, *, chat: bool) -> int:
    found = _events(Recording.objects.filter(pk=recording.pk), chat=chat)
    number = found.count()
    found.delete()
    return number


def _alone(recordings: QuerySet[Recording]) -> QuerySet[Participant]:
    """Who was seen in no other recording of their bot that is still kept."""
    bots = Bot.objects.filter(recordings__in=recordings)
    kept = Recording.objects.filter(bot__in=bots, erased_at=None).exclude(pk__in=recordings)
    people = Participant.objects.filter(bot__in=bots)
    seen = ParticipantEvent.objects.filter(recording__in=kept).values("participant")
    heard = Passage.objects.filter(transcript__recording__in=kept, participant__isnull=False)
    elsewhere = Q(pk__in=seen) | Q(pk__in=heard.values("participant"))
    return people.exclude(elsewhere)


def _erase_people(recording: Recording, now: datetime) -> int:
    people = list(_alone(Recording.objects.filter(pk=recording.pk)).values_list("pk", flat=True))
    Participant.objects.filter(pk__in=people).delete()
    return len(people)


def _count_deliveries(recordings: QuerySet[Recording]) -> int:
    return sum(len(_deliveries(recording)) for recording in recordings)


def _deliveries(recording: Recording) -> list[Delivery]:
    """The raw requests that speak of it."""
    rows = Delivery.objects.filter(bot=recording.bot_id).exclude(state=Delivery.State.ERASED)
    called = str(recording.recall_id).encode()
    return [row for row in rows.iterator(chunk_size=_AT_ONCE) if called in bytes(row.body)]


def _erase_deliveries(recording: Recording, now: datetime) -> int:
    found = _deliveries(recording)
    for row in found:
        row.blank()
    return len(found)


def _dry_runs(recordings: QuerySet[Recording]) -> list[DryRun]:
    """Those that played one of these meetings: they are of today, and there are few."""
    bots = set(recordings.values_list("bot", flat=True))
    teams = recordings.values("bot__team")
    return [run for run in DryRun.objects.filter(team__in=teams) if bots & set(run.bots)]


def _erase_dry_runs(recording: Recording, now: datetime) -> int:
    found = _dry_runs(Recording.objects.filter(pk=recording.pk))
    for run in found:
        run.delete()
    return len(found)


def _count_copies(recordings: QuerySet[Recording]) -> int:
    copies = KeptFile.objects.filter(recording__in=recordings)
    return copies.exclude(state=KeptFile.State.DELETED).count()


def _let_copies_go(recording: Recording, now: datetime) -> int:
    return keeping.let_go(recording, why="The recording was deleted.", now=now)


def _count_shares(recordings: QuerySet[Recording]) -> int:
    return Share.objects.filter(recording__in=recordings, ended_at=None).count()


def _end_shares(recording: Recording, now: datetime) -> int:
    return shares.forget(recording, now=now)


def _erase_tracks(recording: Recording, now: datetime) -> int:
    tracks = Track.objects.filter(artifact__recording=recording)
    number = tracks.count()
    tracks.delete()
    return number


def _count_pictures(recordings: QuerySet[Recording]) -> int:
    return Poster.objects.filter(recording__in=recordings, picture__isnull=False).count()


def _forget_picture(recording: Recording, now: datetime) -> int:
    number = _count_pictures(Recording.objects.filter(pk=recording.pk))
    posters.forget(recording)
    return number


def _turns(recordings: QuerySet[Recording]) -> QuerySet[AssistantTurn]:
    """What was said to an assistant and by it at these meetings: nobody can tell during which
    recording, so that all of it goes with any."""
    return AssistantTurn.objects.filter(session__bot__recordings__in=recordings).distinct()


def _erase_turns(recording: Recording, now: datetime) -> int:
    found = AssistantTurn.objects.filter(session__bot=recording.bot_id)
    number = found.count()
    found.delete()
    AssistantSession.objects.filter(bot=recording.bot_id).update(
        summary="", draft="", answering=None
    )
    return number


def _erase_summary(recording: Recording, now: datetime) -> int:
    found = RecordingSummary.objects.filter(recording=recording)
    number = found.count()
    found.delete()
    return number


def _erase_alerts(recording: Recording, now: datetime) -> int:
    found = Alert.objects.filter(recording=recording)
    number = found.count()
    found.delete()
    return number


def _of(model: Any, path: str) -> Callable[[QuerySet[Recording]], int]:
    return lambda recordings: model.objects.filter(**{f"{path}__in": recordings}).count()


# In the order in which they go: people after what they said and did.
PARTS: Final[list[Part]] = [
    Part(
        "passage of transcript",
        "passages of transcript",
        _of(Passage, "transcript__recording"),
        _erase_words,
    ),
    Part(
        "chat message",
        "chat messages",
        lambda recordings: _events(recordings, chat=True).count(),
        lambda recording, now: _erase_events(recording, chat=True),
    ),
    Part(
        "participant event",
        "participant events",
        lambda recordings: _events(recordings, chat=False).count(),
        lambda recording, now: _erase_events(recording, chat=False),
    ),
    Part("participant", "participants", lambda r: _alone(r).count(), _erase_people),
    Part("raw delivery", "raw deliveries", _count_deliveries, _erase_deliveries),
    Part("dry run", "dry runs", lambda r: len(_dry_runs(r)), _erase_dry_runs),
    Part("copy in our storage", "copies in our storage", _count_copies, _let_copies_go),
    Part("share link", "share links", _count_shares, _end_shares),
    Part("person's track", "people's tracks", _of(Track, "artifact__recording"), _erase_tracks),
    Part("picture", "pictures", _count_pictures, _forget_picture),
    Part("summary", "summaries", _of(RecordingSummary, "recording"), _erase_summary),
    Part(
        "turn of a talk with an assistant",
        "turns of talks with assistants",
        lambda recordings: _turns(recordings).count(),
        _erase_turns,
    ),
    Part("alert", "alerts", _of(Alert, "recording"), _erase_alerts),
]
