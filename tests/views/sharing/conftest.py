"""A recording of a team that allows share links, and somebody outside."""

import uuid
from datetime import timedelta

import httpx
import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from bots import conf, shares
from bots.models import (
    PolicyVersion,
    Recording,
    Transcript,
)
from bots.shares import Wish
from tests.world import make_bot

LINK = "https://bucket.s3.amazonaws.com/film.mp4?X-Amz-Signature=planted"
FILM = bytes(range(256)) * 40


@pytest.fixture(autouse=True)
def _alone(settings, tmp_path, monkeypatch):
    settings.DATA_DIR = tmp_path
    cache.clear()
    data = {"download_url": LINK}
    answer = {"id": str(uuid.uuid4()), "status": {"code": "done"}, "data": data}
    recall = httpx.MockTransport(lambda request: httpx.Response(200, json=answer))
    monkeypatch.setattr(conf, "transport", lambda: recall)


@pytest.fixture
def recording(workspace, team):
    PolicyVersion.objects.save_team(team, {"share_links": "operators"}, by=None, now=timezone.now())
    bot = make_bot(workspace, title="Weekly <b>review</b>")
    now = timezone.now()
    found = Recording.objects.create(
        workspace=workspace, bot=bot, recall_id=uuid.uuid4(), status="done", status_at=now,
        created_at=now, started_at=now, completed_at=now + timedelta(seconds=600),
    )  # fmt: skip
    found.artifacts.create(
        kind="video_mixed", recall_id=uuid.uuid4(), status="done", status_at=now, format="mp4"
    )
    said = [
        {"speaker": "Ann Secretive", "start_s": 1.0, "end_s": 3.0, "text": "Before all that"},
        {"speaker": "Bo", "start_s": 11.0, "end_s": 13.0, "text": "In the <i>middle</i>"},
        {"speaker": "Ann Secretive", "start_s": 50.0, "end_s": 52.0, "text": "Afterwards"},
    ]
    Transcript.objects.keep(found, said, now=now)
    return found


@pytest.fixture
def make(recording, bob):
    """`make(**wish)`: (link, address of its page)."""

    def make_one(**wish):
        wished = Wish(**{"label": "Private label", "days": 7, **wish})
        share, token = shares.make(bob.memberships.get(), recording, wished, now=timezone.now())
        return share, f"/s/{token}/"

    return make_one


@pytest.fixture
def outsider():
    return Client()


def text(answer):
    return answer.content.decode()
