"""Sounds that bots play in meetings, kept by what they are."""

from hashlib import sha256

from django.db import models

from bots.models.workspace import Workspace


class Sound(models.Model):
    """A sound that somebody had a bot play, kept once for each workspace: MP3 bytes."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="sounds")
    digest = models.CharField(max_length=64)
    mp3 = models.BinaryField()
    lasts_s = models.FloatField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "digest"], name="sound_once"),
        ]

    def __str__(self) -> str:
        return f"{self.lasts_s:.1f} s, {max(len(self.mp3) // 1024, 1)} KB"

    @classmethod
    def keep(cls, workspace: Workspace, mp3: bytes, *, lasts_s: float) -> "Sound":
        """The stored sound of these bytes."""
        digest = sha256(mp3).hexdigest()
        return cls.objects.get_or_create(
            workspace=workspace, digest=digest, defaults={"mp3": mp3, "lasts_s": lasts_s}
        )[0]
