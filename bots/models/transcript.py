"""What was said in a recording: as it was heard live, and as Recall tells it afterwards."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.db.models import Case, Exists, F, OuterRef, Q, When
from django.db.models.expressions import OrderBy

from bots.models.fields import WORD
from bots.models.meeting import Participant
from bots.models.recording import Artifact, Recording

# Rows that one INSERT takes; SQLite knows only so many variables in a statement.
_AT_ONCE = 500
# Live words come in pieces: what follows within so many seconds goes on with the same passage, up
# to so many words.
PAUSE_S = 1.5
LONGEST_WORDS = 60
# More passages than any recording has.
_ASIDE = 1_000_000_000


def best_first() -> "tuple[OrderBy, ...]":
    """How a recording's transcripts are ordered: those with words in them, of these the newest
    that Recall made, by when it began; what was heard live comes last."""
    passages = Passage.objects.filter(transcript=OuterRef("pk"))
    return (
        Exists(passages).desc(),
        Case(When(artifact=None, then=1), default=0).asc(),
        F("made_at").desc(nulls_last=True),
        F("artifact").desc(nulls_last=True),
    )


class TranscriptManager(models.Manager["Transcript"]):
    def keep(
        self,
        recording: Recording,
        lines: Iterable[Mapping[str, Any]],
        *,
        now: datetime,
        artifact: Artifact | None = None,
        provider: str = "",
        made_at: datetime | None = None,
    ) -> "Transcript":
        """Keep what an artifact tells, in place of what it told before, in one transaction.

        `lines` are `{"speaker", "start_s", "end_s", "text"}` in order, `participant` (a
        `Participant`) where it is known. Without an artifact they are the words that were heard
        while the meeting ran. `made_at` is when Recall began to make them.
        """
        with transaction.atomic():
            kept, _ = self.update_or_create(
                recording=recording,
                artifact=artifact,
                defaults={"fetched_at": now, "provider": provider, "made_at": made_at},
            )
            kept.passages.all().delete()
            Passage.objects.bulk_create(
                [
                    Passage(
                        transcript=kept,
                        n=n,
                        speaker=line.get("speaker") or "",
                        participant=line.get("participant"),
                        start_s=line.get("start_s"),
                        end_s=line.get("end_s"),
                        text=line.get("text") or "",
                    )
                    for n, line in enumerate(lines)
                ],
                batch_size=_AT_ONCE,
            )
        return kept

    def hear(
        self,
        recording: Recording,
        *,
        speaker: str,
        participant: Participant | None,
        start_s: float | None,
        end_s: float | None,
        text: str,
        now: datetime,
    ) -> bool:
        """Add words that were heard while the meeting ran; say whether anything changed.

        Words that are there already change nothing; what comes late finds its place. What one
        person says without a break is one passage, up to `LONGEST_WORDS`. In a transaction in which
        the recording's bot is held. Seconds are of the recording.
        """
        heard, _ = self.get_or_create(
            recording=recording, artifact=None, defaults={"fetched_at": now}
        )
        said = Passage(
            transcript=heard,
            speaker=speaker,
            participant=participant,
            start_s=start_s,
            end_s=end_s if end_s is not None else start_s,
            text=text,
        )
        return said.take_place()

    def of(self, recording: Recording) -> "models.QuerySet[Transcript]":
        """All of a recording, the one to show first."""
        return self.filter(recording=recording).order_by(*best_first())

    def best(self, recording: Recording) -> "Transcript | None":
        """The one to show: the newest with words that Recall made, else what was heard live."""
        return self.of(recording).first()


class Transcript(models.Model):
    """What was said in a recording, as one source told it; several can be asked for.

    Words that were heard while the meeting ran have no artifact: some of them may have been lost,
    so they give way to what an artifact tells.
    """

    recording = models.ForeignKey(Recording, models.CASCADE, related_name="transcripts")
    artifact = models.OneToOneField(
        Artifact, models.CASCADE, null=True, blank=True, related_name="transcript"
    )
    # Recall's word for who made it; "" where it is not known.
    provider = models.CharField(max_length=WORD, blank=True, default="")
    # When Recall began to make it; null for what was heard live.
    made_at = models.DateTimeField(null=True, blank=True)
    fetched_at = models.DateTimeField()

    objects = TranscriptManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["recording"], condition=Q(artifact=None), name="live_words_once"
            ),
        ]

    def __str__(self) -> str:
        return f"transcript of {self.recording}"

    @property
    def is_live(self) -> bool:
        """Whether these are the words that were heard while the meeting ran."""
        return self.artifact_id is None


class Passage(models.Model):
    """Some words that one person said without a break; seconds from the start of the recording."""

    transcript = models.ForeignKey(
        Transcript, models.CASCADE, related_name="passages", db_index=False
    )
    # Its place in the transcript.
    n = models.PositiveIntegerField()
    participant = models.ForeignKey(
        Participant, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    # The name as it was told; diarization by a machine knows none.
    speaker = models.TextField(blank=True, default="")
    start_s = models.FloatField(null=True)
    end_s = models.FloatField(null=True)
    text = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["transcript", "n"], name="passage_once"),
        ]

    def __str__(self) -> str:
        return f"{self.speaker}: {self.text}"[:80]

    def take_place(self) -> bool:
        """Join the passages of live words, which stand by their beginnings; whether it was news."""
        rows = self.transcript.passages.order_by("n")
        if self.start_s is None or self.end_s is None:
            last = rows.last()
            if last is not None and last.is_of_same(self) and self.text in last.text:
                return False
            return self._stand_at(last.n + 1 if last else 0)
        # All that end shortly before it begins, or later: most of the time one or none.
        near = list(rows.filter(end_s__gte=self.start_s - PAUSE_S))
        if any(each.holds(self) for each in near):
            return False
        before = [each for each in near if (each.start_s or 0.0) <= self.start_s]
        behind = near[len(before)] if len(before) < len(near) else None
        if before and before[-1].goes_on_with(self):
            return before[-1]._go_on_with(self)
        if behind is None:
            last_n = rows.aggregate(n=models.Max("n"))["n"]
            return self._stand_at(0 if last_n is None else last_n + 1)
        # Out of the way first: no two may have one place, not even for a moment.
        rows.filter(n__gte=behind.n).update(n=models.F("n") + _ASIDE)
        rows.filter(n__gte=_ASIDE).update(n=models.F("n") - (_ASIDE - 1))
        return self._stand_at(behind.n)

    @property
    def span_s(self) -> tuple[float, float] | None:
        """From when until when it was said, where both are known."""
        return None if self.start_s is None or self.end_s is None else (self.start_s, self.end_s)

    def is_of_same(self, other: "Passage") -> bool:
        """Whether one person says both, as far as that is known."""
        return (self.participant_id, self.speaker) == (other.participant_id, other.speaker)

    def holds(self, other: "Passage") -> bool:
        """Whether the other's words are in it already: of that person, at that time."""
        mine, theirs = self.span_s, other.span_s
        if mine is None or theirs is None or not self.is_of_same(other):
            return False
        within = mine[0] <= theirs[0] and theirs[1] <= mine[1]
        return within and f" {other.text} " in f" {self.text} "

    def goes_on_with(self, other: "Passage") -> bool:
        """Whether the other is said so soon after it, by the same person, that both are one."""
        words = len(self.text.split()) + len(other.text.split())
        mine, theirs = self.span_s, other.span_s
        soon = mine is not None and theirs is not None and theirs[0] - mine[1] <= PAUSE_S
        return self.is_of_same(other) and soon and words <= LONGEST_WORDS

    def _go_on_with(self, other: "Passage") -> bool:
        self.text = f"{self.text} {other.text}"
        self.end_s = max(self.end_s or 0.0, other.end_s or 0.0)
        self.save(update_fields=["text", "end_s"])
        return True

    def _stand_at(self, n: int) -> bool:
        self.n = n
        self.save()
        return True
