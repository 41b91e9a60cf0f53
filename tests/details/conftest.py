"""A bot with one recording, and a Recall that has its files."""

import json
import uuid

import httpx
import pytest

from bots import conf, connection, details
from bots.models import Recording
from bots.recall import types
from tests.world import NOW, at, make_bot, make_workspace

MEDIA = "https://media.example"
TOKEN = "token=of-a-signed-link"


def link(name):
    return f"{MEDIA}/{name}?{TOKEN}"


def moment(seconds):
    return {"relative": float(seconds), "absolute": at(seconds).isoformat()}


def person(number, name, **more):
    return {"id": number, "name": name, "is_host": False, "platform": "desktop", **more}


def event(number, action, seconds, **data):
    return {
        "id": str(uuid.uuid4()),
        "action": action,
        "participant": person(number, f"P{number}"),
        "timestamp": moment(seconds),
        "data": data or None,
    }


def said(name, *words):
    return {
        "participant": person(100, name),
        "words": [
            {"text": text, "start_timestamp": moment(start), "end_timestamp": end and moment(end)}
            for text, start, end in words
        ],
    }


def a_file(code):
    status = {"code": code, "sub_code": None, "updated_at": at(60).isoformat()}
    return {"id": str(uuid.uuid4()), "status": status, "data": {}}


class Room:
    """A bot with one recording, and what stands behind each link."""

    def __init__(self, workspace):
        self.bot = make_bot(workspace)
        self.recording = Recording.objects.create(
            workspace=workspace,
            bot=self.bot,
            recall_id=uuid.uuid4(),
            status="done",
            status_at=NOW,
            created_at=NOW,
        )
        self.files = {}
        self.asked = []
        self.shortcuts = {}

    def has(self, kind, status="done", **links):
        self.shortcuts[kind] = {
            "id": str(uuid.uuid4()),
            "status": {"code": status, "sub_code": None, "updated_at": at(60).isoformat()},
            "data": links,
        }

    def play(self, request):
        self.asked.append(request.url.path)
        found = self.files.get(request.url.path)
        if found is None:
            return httpx.Response(404, json={})
        body = found if isinstance(found, bytes) else json.dumps(found).encode()
        return httpx.Response(200, content=body, headers={"Content-Type": "application/json"})

    def fetch(self, seconds=70):
        answer = types.Bot.read(
            {
                "id": str(self.bot.recall_id),
                "recordings": [
                    {
                        "id": str(self.recording.recall_id),
                        "status": {"code": "done"},
                        "media_shortcuts": self.shortcuts,
                    }
                ],
            }
        )
        # What a look keeps of the answer before it fetches the files.
        if self.recording.pk:
            self.recording.keep(answer.recordings[0].media.values(), now=at(seconds))
        with connection.recall(self.bot.workspace) as recall:
            details.fetch(self.bot, answer, recall, now=at(seconds))


@pytest.fixture
def room(monkeypatch):
    room = Room(make_workspace())
    monkeypatch.setattr(conf, "transport", lambda: httpx.MockTransport(room.play))
    return room


@pytest.fixture
def with_people(room):
    room.has(
        "participant_events",
        participant_events_download_url=link("events"),
        participants_download_url=link("people"),
    )
    room.files["/people"] = [person(100, "Ann", is_host=True, email="ann@example.com")]
    room.files["/events"] = [
        event(100, "join", 1),
        event(101, "join", 2),
        event(101, "chat_message", 5, text="Hello", to="everyone"),
    ]
    return room
