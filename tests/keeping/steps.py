"""A copy ordered, worked at, and looked at."""

from datetime import timedelta

from django.utils import timezone

from bots import archive, copying, keeping
from bots.models import KeptFile, Recording
from tests.keeping.films import FILM, SHA256

State = KeptFile.State


def ordered(recording: Recording, **how) -> KeptFile:
    [copy] = keeping.keep(recording, keeping.pieces(recording)[:1], now=timezone.now(), **how)
    return copy


def work(copy: KeptFile, *, seconds: float = 60, later_s: float = 0) -> KeptFile:
    copying.work(
        copy.pk, clock=lambda: timezone.now() + timedelta(seconds=later_s), seconds=seconds
    )
    copy.refresh_from_db()
    return copy


def is_the_film(copy: KeptFile) -> bool:
    kept = b"".join(archive.chunks(copy.path))
    return (kept == FILM, copy.state, copy.sha256, copy.size) == (
        True,
        State.KEPT,
        SHA256,
        len(FILM),
    )
