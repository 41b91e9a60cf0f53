"""For whom a call to Recall is made."""

from django.db import models


class Lane(models.TextChoices):
    """People's clicks go before everything else."""

    CLICK = "click", "a click"
    BULK = "bulk", "many bots at once"
    SYNC = "sync", "sync"
