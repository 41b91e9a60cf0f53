"""What Recall recorded of each person alone: one row for each stretch, never a link."""

from collections.abc import Iterable, Mapping

from django.db import models

from bots.models.fields import WORD
from bots.models.meeting import Participant
from bots.models.recording import Artifact
from bots.recall.downloads import SeparatePart

# More than any meeting has; what comes from outside has to end somewhere.
MOST = 2_000


class TrackManager(models.Manager["Track"]):
    def keep(
        self,
        artifact: Artifact,
        parts: Iterable[SeparatePart],
        people: Mapping[int | None, Participant],
    ) -> None:
        """Keep what a list of parts tells, in place of what it told before.

        `people` are those that are known of the meeting, by Recall's number.
        """
        self.filter(artifact=artifact).delete()
        self.bulk_create(
            [
                Track(
                    artifact=artifact,
                    n=n,
                    part_id=part.id[:WORD],
                    name=part.participant.name,
                    participant=people.get(part.participant.id),
                    type=part.type[:WORD],
                    start_s=part.start.relative_s,
                    duration_s=part.duration_s,
                )
                for n, part in zip(range(MOST), parts, strict=False)
            ],
            batch_size=200,
        )


class Track(models.Model):
    """A person's own stretch of sound or video; `n` is its place in Recall's list.

    Recall's list is read anew whenever somebody wants the file, as its links expire.
    """

    artifact = models.ForeignKey(Artifact, models.CASCADE, related_name="tracks", db_index=False)
    n = models.PositiveIntegerField()
    # Recall's own id of the part, "" where it gives none.
    part_id = models.CharField(max_length=WORD, blank=True, default="")
    participant = models.ForeignKey(
        Participant, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    name = models.TextField(blank=True, default="")
    # Recall's word for what it shows: `webcam`, `screenshare`; "" for sound.
    type = models.CharField(max_length=WORD, blank=True, default="")
    # Seconds from the start of the recording, and how long it is.
    start_s = models.FloatField(null=True)
    duration_s = models.FloatField(null=True)

    objects = TrackManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["artifact", "n"], name="track_once"),
        ]

    def __str__(self) -> str:
        return f"{self.name or 'somebody'}, {self.type or 'sound'}"
