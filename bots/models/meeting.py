"""What a bot saw in its meeting: who was there, what they did, what was said."""

from django.db import models

from bots.models.bot import Bot
from bots.models.fields import WORD
from bots.models.recording import Recording


class Participant(models.Model):
    """Somebody in a meeting; Recall's number for them is unique inside one meeting only."""

    bot = models.ForeignKey(Bot, models.CASCADE, related_name="participants")
    number = models.BigIntegerField()
    name = models.TextField(blank=True, default="")
    is_host = models.BooleanField(default=False)
    platform = models.CharField(max_length=WORD, blank=True, default="")
    email = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["bot", "number"], name="participant_once"),
        ]

    def __str__(self) -> str:
        return self.name or f"participant {self.number}"


class ParticipantEvent(models.Model):
    """A join, a leave, speech, a shared screen, a chat message: Recall's own word for it."""

    recording = models.ForeignKey(Recording, models.CASCADE, related_name="participant_events")
    participant = models.ForeignKey(Participant, models.CASCADE, related_name="events")
    action = models.CharField(max_length=WORD)
    at = models.DateTimeField(null=True)
    # Seconds from the moment this recording began.
    offset_s = models.FloatField(null=True)
    text = models.TextField(blank=True, default="")
    sent_to = models.CharField(max_length=WORD, blank=True, default="")

    class Meta:
        indexes = [models.Index(fields=["recording", "at"], name="meeting_events")]

    def __str__(self) -> str:
        return f"{self.action} at {self.at}"


class Transcript(models.Model):
    """What was said in a recording: `[{"speaker", "start_s", "end_s", "text"}]` in order."""

    recording = models.OneToOneField(Recording, models.CASCADE, related_name="transcript")
    lines = models.JSONField(default=list)
    fetched_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"transcript of {self.recording}"
