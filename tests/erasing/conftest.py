"""A meeting that is over, with everything that can be kept of it, and a Recall that answers."""

import json
import uuid

import httpx
import pytest
from django.apps import apps
from django.db import connections

from bots import conf, erasing_people
from bots.models import (
    Alert,
    AssistantSession,
    AuditEvent,
    Batch,
    Bot,
    Consent,
    Delivery,
    DryRun,
    Invitation,
    KeptFile,
    News,
    Order,
    ParticipantEvent,
    PersonErasure,
    PolicyVersion,
    RecordingSummary,
    Share,
    StatusChange,
    Transcript,
    Verb,
)
from tests.orders.steps import BOT_ID, Recall
from tests.world import NOW, at, deliver, event, make_bot, make_workspace, recording_event

# She says that, and nobody else is called so anywhere.
JANE, MAIL = "Zebulona Quux", "zebulona@quux.example"
META_ID = "7d0c2f0e-5a34-4c1b-9a53-1c7c2f6d8a11"


@pytest.fixture
def recall(monkeypatch):
    recall = Recall()
    monkeypatch.setattr(conf, "transport", lambda: httpx.MockTransport(recall))
    return recall


@pytest.fixture
def workspace(db):
    return make_workspace()


@pytest.fixture
def bot(workspace):
    bot = make_bot(workspace, recall_id=uuid.UUID(BOT_ID))
    over(bot)
    return bot


def over(bot):
    bot.observe(
        [News("in_call_recording", at(-60)), News("call_ended", at(-9)), News("done", at(-5))],
        source=Bot.Source.WEBHOOK,
        now=NOW,
    )


@pytest.fixture
def recording(bot):
    return filled(bot)


def filled(bot, name=JANE, mail=MAIL, number=1):
    """A recording of the bot with two files, a transcript, people, chat and a delivery."""
    recording_id = str(uuid.uuid4())
    deliver(bot.workspace, recording_event(bot, recording_id, "done", at(-6)))
    recording = bot.recordings.get(recall_id=recording_id)
    recording.started_at, recording.details_at = at(-60), NOW
    recording.save()
    artifacts = [
        recording.artifacts.create(
            kind=kind, recall_id=uuid.uuid4(), status="done", status_at=NOW, data={"title": "T"}
        )
        for kind in ("video_mixed", "transcript")
    ]
    person = bot.participants.create(number=number, name=name, email=mail, platform="desktop")
    other = bot.participants.create(number=number + 100, name="Bob Other")
    events = [("join", ""), ("chat_message", f"{name} writes")]
    ParticipantEvent.objects.bulk_create(
        ParticipantEvent(
            recording=recording, participant=person, action=action, at=at(-50), text=text
        )
        for action, text in events
    )
    asked = {"needs": "host", "question": "May I?", "no_does": "pause", "created_at": NOW}
    consent, _ = Consent.objects.get_or_create(bot=bot, defaults=asked)
    consent.answers.create(
        participant=person, name=name, says="yes", text=f"{name} agrees", at=at(-49)
    )
    Transcript.objects.keep(
        recording,
        [
            {"speaker": name, "participant": person, "text": "My own secret words", "start_s": 1},
            {"speaker": "Bob Other", "participant": other, "text": f"Thanks, {name}, fine."},
        ],
        now=NOW,
        artifact=artifacts[1],
    )
    return recording


def answer_of(bot, recording, *, status="done", name=JANE):
    """What Recall's API would still say of the bot."""
    return {
        "id": str(bot.recall_id),
        "bot_name": "Notetaker",
        "metadata": {"title": f"Talk with {name}"},
        "status_changes": [{"code": "done", "created_at": at(-5).isoformat()}],
        "recordings": [
            {
                "id": str(recording.recall_id),
                "status": {"code": status, "updated_at": at(90).isoformat()},
                "media_shortcuts": {
                    "transcript": {
                        "id": str(uuid.uuid4()),
                        "status": {"code": "done", "updated_at": at(95).isoformat()},
                        "data": {"download_url": "https://media.example/words"},
                    },
                    "participant_events": {
                        "id": str(uuid.uuid4()),
                        "status": {"code": "done", "updated_at": at(95).isoformat()},
                        "data": {"participants_download_url": "https://media.example/people"},
                    },
                    "meeting_metadata": {
                        "id": META_ID,
                        "status": {"code": "done", "updated_at": at(95).isoformat()},
                        "data": {"title": f"{name} and Bob"},
                    },
                },
            }
        ],
    }


def ok(value):
    return httpx.Response(200, content=json.dumps(value).encode(),
                          headers={"Content-Type": "application/json"})  # fmt: skip


def begin(workspace, *, called=(JANE, MAIL), left_out=(), token="form-1", **chosen):
    chosen = {"in_texts": True, "keeps_words": False, "is_everywhere": False} | chosen
    return erasing_people.begin(
        workspace, list(called), left_out=list(left_out), by=None, token=token, now=NOW, **chosen
    )


def erase(workspace, **chosen):
    job = begin(workspace, **chosen)
    while erasing_people.work(job.pk, clock=lambda: at(1), seconds=60):
        pass
    return PersonErasure.objects.get(pk=job.pk)


@pytest.fixture
def everywhere(workspace, bot, recording, alice):
    """Her name in every field that can hold one."""
    bot.title = f"Talk with {JANE}"
    bot.name = f"{JANE}'s notetaker"
    bot.failure = f"No {JANE}."
    bot.request = {"metadata": {"with": [JANE, MAIL]}}
    bot.asked, bot.config = {"title": f"About {JANE}"}, {"bot_name": JANE}
    bot.save()
    recording.artifacts.update(data={"title": f"{JANE} and Bob"})
    StatusChange.objects.update(message=f"{JANE} let it in")
    order = bot.orders.create(
        action="pause", state=Order.State.REFUSED, created_at=NOW, due_at=NOW, expires_at=NOW,
        body={"name": JANE}, error=f"{JANE} told the bot to leave.",
    )  # fmt: skip
    batch = Batch.objects.create(workspace=workspace, created_at=NOW)
    batch.items.create(bot=bot, order=order, why_not=f"{JANE} was faster.")
    DryRun.objects.create(
        workspace=workspace, team=bot.team, created_at=NOW, before={"names": [JANE]},
        after={"names": [JANE]}, results=[{"bot": bot.pk, "last": JANE}], error=JANE,
    )  # fmt: skip
    PolicyVersion.objects.save_team(
        workspace.default_team, {"silence_for_s": 77}, by=None, note=f"As {JANE} asked", now=NOW
    )
    said = {"workspace": workspace, "recording": recording, "created_at": NOW, "due_at": NOW}
    for kind in ("transcript", "video_mixed"):
        KeptFile.objects.create(
            **said, kind=kind, label=f"{kind} of {JANE}", file_name=f"Talk with {JANE}.x",
            path=f"1/ab/{kind}", state="kept", reason=f"{JANE} asked for it.",
        )  # fmt: skip
    Share.objects.make(recording, by=None, label=f"For {JANE}", created_at=NOW, expires_at=NOW)
    recording.artifacts.first().tracks.create(n=0, name=JANE)
    Alert.objects.create(
        workspace=workspace, bot=bot, kind="waiting", subject=f"bot:{bot.pk}", raised_at=NOW,
        since=NOW, sentence=f"Talk with {JANE} waits.",
    )  # fmt: skip
    session = AssistantSession.objects.create(
        bot=bot, name="Scribe", text=f"Help {JANE}", draft=f"{JANE}, I", opened_at=NOW,
        summary=f"{JANE} spoke.", problem=f"{JANE} was not heard.",
    )  # fmt: skip
    session.turn("said", NOW, speaker=JANE, text=f"I am {JANE}", ended_at=NOW)
    session.turn("called", NOW, calls=[{"id": "1", "name": "x", "arguments": {"to": JANE}}])
    RecordingSummary.objects.create(
        recording=recording, name="Scribe", asked_at=NOW, points={"points": [{"text": JANE}]},
        parts=[{"points": [{"who": JANE}]}], problem=f"Nothing of {JANE}",
    )  # fmt: skip
    bot.speaking.create(number=9, speaker=JANE, text=f"I, {JANE}", at=NOW)
    workspace.notetaker_names = ["Bot", JANE]
    workspace.save()
    team = workspace.default_team
    team.added_names, team.excluded_names = [JANE], ["x", JANE.upper()]
    team.save()
    Invitation.objects.invite(workspace, MAIL, role="viewer", teams=[], by=alice, now=NOW)
    workspace.erasures.create(what="recording", asked_at=NOW, by_name=MAIL)
    deliver(workspace, event("bot.log", {"bot": {"id": str(bot.recall_id)}, "who": JANE}))
    Delivery.objects.create(
        workspace=workspace, message_id="x", received_at=NOW, state="failed",
        body=json.dumps({"who": "Quux"}).encode(), error=f"{JANE}: no such thing",
    )  # fmt: skip
    AuditEvent.objects.record(
        workspace, Verb.BOT_SENT, by=None, now=NOW, target=bot, detail={"note": JANE}
    )
    return bot


def tables_with(*words):
    """The columns of all our tables in which one of these words stands."""
    found = set()
    with connections["default"].cursor() as cursor:
        for model in apps.get_app_config("bots").get_models(include_auto_created=True):
            cursor.execute(f'SELECT * FROM "{model._meta.db_table}"')  # noqa: S608
            names = [column[0] for column in cursor.description]
            for row in cursor.fetchall():
                for name, value in zip(names, row, strict=True):
                    raw = bytes(value) if isinstance(value, memoryview | bytes) else b""
                    text = raw.decode(errors="replace") if raw else str(value)
                    if any(word.casefold() in text.casefold() for word in words):
                        found.add(f"{model._meta.model_name}.{name}")
    return found
