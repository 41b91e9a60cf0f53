"""How a bot's meeting is heard while it runs, and the words that are not certain yet."""

from typing import Final

from django.db import models

from bots.models.bot import Bot

# Stands for whoever speaks where Recall does not know who that is.
NOBODY: Final = -1


class Ear(models.Model):
    """Whether what happens in a bot's meeting arrives while it happens."""

    bot = models.OneToOneField(Bot, models.CASCADE, primary_key=True, related_name="ear")
    # When Recall last told something.
    heard_at = models.DateTimeField(null=True)
    # When browsers were last told of it.
    told_at = models.DateTimeField(null=True)
    # When Recall gave up telling, and why, in its own words.
    failed_at = models.DateTimeField(null=True)
    failure = models.TextField(blank=True, default="")
    # The last request that was refused for its signature.
    refused_at = models.DateTimeField(null=True)
    refusal = models.TextField(blank=True, default="")

    def __str__(self) -> str:
        return f"ear of {self.bot}"

    @property
    def is_refused(self) -> bool:
        """Whether the last of its requests was refused."""
        return self.refused_at is not None and (
            self.heard_at is None or self.heard_at < self.refused_at
        )

    @property
    def is_deaf(self) -> bool:
        """Whether Recall has given up telling, and has not begun anew."""
        return self.failed_at is not None and (
            self.heard_at is None or self.heard_at <= self.failed_at
        )


class Speaking(models.Model):
    """What somebody is saying just now: shown until the certain words come, then deleted."""

    bot = models.ForeignKey(Bot, models.CASCADE, related_name="speaking", db_index=False)
    # Recall's number of whoever speaks, or NOBODY.
    number = models.BigIntegerField()
    speaker = models.TextField(blank=True, default="")
    text = models.TextField()
    start_s = models.FloatField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["bot", "number"], name="speaking_once"),
        ]
        indexes = [models.Index(fields=["at"], name="speaking_age")]
        verbose_name_plural = "speaking"

    def __str__(self) -> str:
        return f"{self.speaker} is speaking"
