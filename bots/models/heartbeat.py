"""Signs of life that processes leave for `/healthz`."""

from datetime import datetime

from django.db import models


class Heartbeat(models.Model):
    """When a kind of process last showed that it is alive."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} at {self.at}"

    @classmethod
    def leave(cls, name: str, *, now: datetime) -> None:
        cls.objects.update_or_create(name=name, defaults={"at": now})
