"""What webhooks did not bring, fetched with few calls, and marked as found by sync."""

import json
import uuid

import httpx
import pytest

from bots import conf, discovery, sync
from bots.lifecycle import Action, Phase
from bots.models import Bot, News, Recording, Transcript
from tests.world import LINK, NOW, at, make_bot, make_workspace

pytestmark = pytest.mark.django_db
RECORDING = "7c3e0c7e-5d84-4bb8-a4a7-7d1ec8a4c001"


class Recall:
    """Bots by id, lists of all of them, and what else stands at a path; counts the calls."""

    def __init__(self):
        self.bots = {}
        self.paths = {}
        self.calls = []

    def has(self, recall_id, *statuses, recordings=(), **extra):
        self.bots[str(recall_id)] = {
            "id": str(recall_id),
            "bot_name": "Acme Notetaker",
            "meeting_url": {"meeting_id": "abc-defg-hij", "platform": "google_meet"},
            "status_changes": [
                {"code": code, "created_at": at(seconds).isoformat(), "sub_code": None}
                for code, seconds in statuses
            ],
            "recordings": list(recordings),
            "metadata": {},
            **extra,
        }

    def __call__(self, request):
        path = request.url.path.rstrip("/").rpartition("/api/v1/")[2] or request.url.path
        self.calls.append(path)
        if path in self.paths:
            return self.paths[path]
        if path == "bot":
            return httpx.Response(200, json={"results": list(self.bots.values()), "next": None})
        bot = self.bots.get(path.removeprefix("bot/"))
        return httpx.Response(200, json=bot) if bot else httpx.Response(404, json={})


@pytest.fixture
def recall(monkeypatch):
    recall = Recall()
    monkeypatch.setattr(conf, "transport", lambda: httpx.MockTransport(recall))
    return recall


@pytest.fixture
def workspace():
    return make_workspace()


@pytest.fixture
def bot(workspace):
    return make_bot(workspace)


def refresh(bot, seconds=20):
    bot.want_refresh(at(seconds))
    done = sync.refresh(bot.pk, clock=lambda: at(seconds))
    bot.refresh_from_db()
    return done


def recording(status="done", **shortcuts):
    return {
        "id": RECORDING,
        "created_at": at(2).isoformat(),
        "started_at": at(2).isoformat(),
        "completed_at": at(62).isoformat(),
        "status": {"code": status, "sub_code": None, "updated_at": at(63).isoformat()},
        "media_shortcuts": shortcuts,
    }


def shortcut(status="done", **data):
    return {
        "id": str(uuid.uuid4()),
        "status": {"code": status, "sub_code": None, "updated_at": at(63).isoformat()},
        "data": data,
    }


def test_it_finds_what_webhooks_lost(bot, recall):
    recall.has(bot.recall_id, ("joining_call", 1), ("in_call_recording", 5))
    assert refresh(bot)
    assert bot.phase == Phase.RECORDING
    assert set(bot.status_changes.values_list("source", flat=True)) == {"sync"}


def test_it_joins_what_both_brought(bot, recall):
    bot.observe([News("joining_call", at(1.4))], source=Bot.Source.WEBHOOK, now=at(2))
    recall.has(bot.recall_id, ("joining_call", 1))
    refresh(bot)
    change = bot.status_changes.get()
    assert (change.source, change.at) == ("webhook", at(1))


def test_it_looks_once_for_many_wishes(bot, recall):
    recall.has(bot.recall_id)
    for seconds in (5, 3, 9):
        bot.want_refresh(at(seconds))
    assert sync.refresh(bot.pk, clock=lambda: at(4))
    assert not sync.refresh(bot.pk, clock=lambda: at(4))
    assert len(recall.calls) == 1


def test_it_marks_a_bot_that_recall_does_not_know_any_more(bot, recall):
    refresh(bot)
    assert bot.gone_at == at(20)
    assert bot.refresh_due_at is None


def test_it_tries_again_later_when_recall_has_trouble(bot, recall):
    recall.paths[f"bot/{bot.recall_id}"] = httpx.Response(429, headers={"Retry-After": "9"})
    refresh(bot)
    bot.workspace.refresh_from_db()
    assert bot.refresh_due_at == bot.workspace.quiet_until == at(29)


def test_it_keeps_what_was_seen_and_said_but_no_link(bot, recall):
    events = "https://media.example/events?token=secret"
    words = "https://media.example/words?token=secret"
    moment = {"absolute": at(3).isoformat(), "relative": 1.0}
    ann = {"id": 100, "name": "Ann", "is_host": True, "platform": "desktop", "extra_data": {}}
    recall.paths |= {
        "/events": httpx.Response(
            200,
            json=[
                {"id": "1", "action": "join", "participant": ann, "timestamp": moment, "data": None}
            ],
        ),
        "/words": httpx.Response(
            200,
            json=[
                {
                    "participant": ann,
                    "words": [
                        {"text": "Good", "start_timestamp": moment, "end_timestamp": moment},
                        {"text": "morning", "start_timestamp": moment, "end_timestamp": moment},
                    ],
                }
            ],
        ),
    }
    recall.has(
        bot.recall_id,
        ("done", 70),
        recordings=[
            recording(
                participant_events=shortcut(participant_events_download_url=events),
                transcript=shortcut(download_url=words),
                video_mixed=shortcut(download_url="https://media.example/film.mp4?token=secret"),
            )
        ],
    )
    refresh(bot, 80)
    assert bot.participants.get().name == "Ann"
    said = Transcript.objects.get().passages.values("speaker", "start_s", "end_s", "text")
    assert list(said) == [{"speaker": "Ann", "start_s": 1.0, "end_s": 1.0, "text": "Good morning"}]
    kept = Recording.objects.get()
    stored = json.dumps([bot.config, *kept.artifacts.values_list("data", flat=True)])
    assert "token=secret" not in stored
    calls = len(recall.calls)
    refresh(bot, 90)
    assert recall.calls[calls:] == [f"bot/{bot.recall_id}"]


def test_it_looks_again_while_recall_is_still_processing(bot, recall):
    recall.has(
        bot.recall_id,
        ("done", 70),
        recordings=[recording(transcript=shortcut("processing"))],
    )
    refresh(bot, 80)
    first = bot.refresh_due_at
    refresh(bot, 90)
    assert at(80) < first < bot.refresh_due_at


def test_it_brings_in_bots_that_were_made_elsewhere(workspace, recall):
    stranger = uuid.uuid4()
    recall.has(stranger, ("joining_call", 1), metadata={"title": "Board"})
    assert discovery.discover(workspace, clock=lambda: NOW) == 1
    bot = Bot.objects.get()
    assert (bot.recall_id, bot.title, bot.meeting_url) == (stranger, "Board", LINK)
    assert (bot.team, bot.phase) == (workspace.default_team, Phase.JOINING)
    assert discovery.discover(workspace, clock=lambda: NOW) == 0


def test_it_knows_its_own_bot_again_whose_answer_was_lost(workspace, recall):
    bot = make_bot(workspace, recall_id=None)
    order = bot.orders.create(
        action=Action.SEND, created_at=NOW, due_at=NOW, expires_at=at(900), token="form-7"
    )
    theirs = uuid.uuid4()
    recall.has(theirs, ("joining_call", 1), metadata={"recalldash_order": order.token})
    discovery.discover(workspace, clock=lambda: NOW)
    bot.refresh_from_db()
    assert (Bot.objects.count(), bot.recall_id, bot.phase) == (1, theirs, Phase.JOINING)


def test_it_sees_all_live_bots_with_one_call(workspace, recall):
    bots = [make_bot(workspace) for _ in range(5)]
    for bot in bots:
        recall.has(bot.recall_id, ("joining_call", 1), ("in_waiting_room", 4))
    sync.glance(workspace, clock=lambda: at(10))
    assert recall.calls == ["bot"]
    assert set(Bot.objects.values_list("phase", flat=True)) == {"waiting"}


def test_it_looks_at_those_that_are_no_longer_live(workspace, recall, bot):
    sync.glance(workspace, clock=lambda: at(10))
    bot.refresh_from_db()
    assert bot.refresh_due_at == at(10)


@pytest.mark.parametrize(
    ("watched", "public", "seconds", "looks"),
    [
        (True, "https://dash.example", 9, False),
        (True, "https://dash.example", 11, True),
        (False, "https://dash.example", 100, False),
        (False, "https://dash.example", 241, True),
        (False, "", 31, True),
    ],
)
def test_it_looks_no_more_often_than_it_must(
    workspace, recall, bot, settings, watched, public, seconds, looks
):
    settings.PUBLIC_URL = public
    settings.SANDBOX = False
    workspace.glanced_at = workspace.discovered_at = NOW
    workspace.watched_at = at(seconds - 5) if watched else None
    workspace.save()
    sync.look_after(workspace, clock=lambda: at(seconds))
    assert bool(recall.calls) is looks


def test_it_makes_no_call_where_nothing_is_live(workspace, recall):
    workspace.discovered_at = NOW
    workspace.save()
    sync.look_after(workspace, clock=lambda: at(500))
    assert recall.calls == []


def test_it_does_not_hammer_with_a_key_that_is_refused(workspace, recall, bot):
    recall.paths["bot"] = httpx.Response(401, json={"code": "authentication_failed"})
    sync.look_after(workspace, clock=lambda: NOW)
    workspace.refresh_from_db()
    assert workspace.key_problem
    assert not sync.workspaces_due(at(500)).exists()
    assert sync.workspaces_due(at(601)).exists()


@pytest.mark.parametrize(("given", "shown"), [("", "Q3 review"), ("Ours", "Ours")])
def test_it_takes_the_meetings_own_title_where_nobody_gave_one(workspace, recall, given, shown):
    bot = make_bot(workspace, title=given)
    ended = recording(meeting_metadata=shortcut(title="Q3 review"))
    recall.has(bot.recall_id, ("done", 70), recordings=[ended])
    refresh(bot, 80)
    assert bot.title == shown


def test_it_leaves_recall_in_peace_when_asked_to(bot):
    bot.want_refresh(at(5))
    assert bot in sync.bots_due(at(5))
    bot.workspace.quiet_until = at(30)
    bot.workspace.save()
    assert not sync.bots_due(at(29)).exists()
    assert bot in sync.bots_due(at(30))


def test_it_keeps_the_wish_of_a_worker_that_died(bot, recall, monkeypatch):
    recall.has(bot.recall_id)
    with monkeypatch.context() as dying:
        dying.setattr(Bot, "take", lambda *args, **kwargs: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            refresh(bot)
    assert bot not in sync.bots_due(at(70))
    assert sync.refresh(bot.pk, clock=lambda: at(81))
    bot.refresh_from_db()
    assert bot.refresh_due_at is None


def test_it_keeps_a_wish_that_came_while_it_looked(bot, recall, monkeypatch):
    recall.has(bot.recall_id)
    monkeypatch.setattr(sync.details, "fetch", lambda bot, *args, **rest: bot.want_refresh(at(25)))
    refresh(bot)
    assert bot.refresh_due_at == at(25)


def test_it_does_not_look_for_ever_for_a_bot_that_is_gone(workspace, recall):
    bot = make_bot(workspace)
    bot.observe([News("in_call_recording", at(1))], source=Bot.Source.WEBHOOK, now=at(1))
    refresh(bot)
    assert (bot.phase, bot.ended_at) == (Phase.FINISHED, at(20))
    sync.glance(workspace, clock=lambda: at(30))
    bot.refresh_from_db()
    assert bot.refresh_due_at is None


def test_it_takes_back_that_a_bot_is_gone(bot, recall):
    refresh(bot)
    recall.has(bot.recall_id, ("in_call_recording", 5))
    refresh(bot, 30)
    assert (bot.phase, bot.gone_at, bot.ended_at) == (Phase.RECORDING, None, None)


def test_it_goes_on_looking_at_what_it_does_not_understand(workspace, recall):
    bot = make_bot(workspace)
    bot.observe([News("in_call_dreaming", at(1))], source=Bot.Source.WEBHOOK, now=at(1))
    sync.glance(workspace, clock=lambda: at(30))
    bot.refresh_from_db()
    assert bot.refresh_due_at == at(30)


@pytest.mark.parametrize(("seconds", "due"), [(11, True), (9, False)])
def test_it_wakes_nobody_for_a_workspace_before_its_time(workspace, seconds, due):
    workspace.glanced_at = workspace.discovered_at = NOW
    workspace.save()
    assert not sync.workspaces_due(at(seconds)).exists()
    workspace.watched_at = NOW
    workspace.save()
    assert sync.workspaces_due(at(seconds)).exists() is due


@pytest.mark.parametrize(("seconds", "looks"), [(59, False), (61, True)])
def test_it_finds_strangers_within_a_minute_while_somebody_watches(
    workspace, recall, seconds, looks
):
    workspace.discovered_at = NOW
    workspace.glanced_at = workspace.watched_at = at(seconds - 5)
    workspace.save()
    assert sync.workspaces_due(at(seconds)).exists() is looks
    sync.look_after(workspace, clock=lambda: at(seconds))
    assert bool(recall.calls) is looks
