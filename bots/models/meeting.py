"""What a bot saw in its meeting: who was there, and what they did."""

from typing import Any

from django.db import models

from bots.models.bot import Bot
from bots.models.fields import WORD
from bots.models.recording import Recording
from bots.recall import downloads


class Participant(models.Model):
    """Somebody in a meeting; Recall's number for them is unique inside one meeting only."""

    bot = models.ForeignKey(Bot, models.CASCADE, related_name="participants")
    number = models.BigIntegerField()
    name = models.TextField(blank=True, default="")
    is_host = models.BooleanField(default=False)
    platform = models.CharField(max_length=WORD, blank=True, default="")
    email = models.TextField(blank=True, default="")
    # Whether they are in the call, as far as it is told while it goes on.
    is_here = models.BooleanField(default=False, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["bot", "number"], name="participant_once"),
        ]

    def __str__(self) -> str:
        return self.name or f"participant {self.number}"

    def learn(self, told: downloads.Participant) -> bool:
        """Keep what is new of them, and say whether anything was; what is left out stays."""
        fresh = {name: value for name, value in self.known(told).items() if value}
        changed = [name for name, value in fresh.items() if getattr(self, name) != value]
        for name in changed:
            setattr(self, name, fresh[name])
        if changed:
            self.save(update_fields=changed)
        return bool(changed)

    @staticmethod
    def known(told: downloads.Participant) -> dict[str, Any]:
        """What we keep of what Recall tells of somebody."""
        names = ("name", "is_host", "platform", "email")
        return {name: getattr(told, name) for name in names}


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
