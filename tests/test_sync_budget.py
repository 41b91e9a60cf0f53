"""What sync costs: next to nothing where webhooks come, and never more than its share."""

import threading
import uuid
from collections import Counter
from datetime import timedelta

import httpx
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bots import conf, inbox, sync, tasks
from bots.lifecycle import Phase
from bots.models import Bot, Call, Delivery, News, Workspace
from tests.world import NOW, at, make_bot, make_workspace, receive, signed, status_event

pytestmark = pytest.mark.django_db
EACH = 100
MINUTE = 60


def code_of(bot):
    return bot["status_changes"][-1]["code"]


class Recall:
    """Bots in pages of a hundred, one bot by its id, and when each call came."""

    def __init__(self):
        self.bots, self.calls, self.now, self.status = {}, [], NOW, 200

    def live(self, pk, *statuses, recordings=()):
        self.bots[str(pk)] = {
            "id": str(pk),
            "metadata": {},
            "recordings": list(recordings),
            "status_changes": [
                {"code": code, "created_at": at(seconds).isoformat(), "sub_code": None}
                for code, seconds in statuses
            ],
        }

    def __call__(self, request):
        name = request.url.path.rstrip("/").rpartition("/")[2]
        self.calls.append((self.now, "list" if name == "bot" else "retrieve"))
        if self.status != 200:
            return httpx.Response(self.status, json={})
        if name != "bot":
            bot = self.bots.get(name)
            return httpx.Response(200, json=bot) if bot else httpx.Response(404, json={})
        page = int(request.url.params.get("page", 1))
        wanted = request.url.params.get_list("status")
        listed = [bot for bot in self.bots.values() if not wanted or code_of(bot) in wanted]
        rows = listed[(page - 1) * EACH : page * EACH]
        more = page * EACH < len(listed)
        params = request.url.params.set("page", page + 1)
        url = str(request.url.copy_with(params=params)) if more else None
        return httpx.Response(200, json={"results": rows, "next": url})

    def most_in_a_minute(self, kind):
        times = sorted(when for when, each in self.calls if each == kind)
        window = timedelta(seconds=60)
        return max((sum(t <= u < t + window for u in times) for t in times), default=0)


@pytest.fixture
def recall(monkeypatch):
    recall = Recall()
    monkeypatch.setattr(conf, "transport", lambda: httpx.MockTransport(recall))
    return recall


@pytest.fixture
def workspace():
    return make_workspace(discovered_at=NOW)


def with_live_bots(workspace, recall, count):
    """So many bots that record, of which dashboard and Recall know the same."""
    team = workspace.default_team
    bots = Bot.objects.bulk_create(
        Bot(
            workspace=workspace,
            team=team,
            recall_id=uuid.uuid4(),
            name="Bot",
            meeting_url="https://meet.google.com/abc-defg-hij",
            created_at=NOW,
            met_at=NOW,
            phase_at=at(-30),
            phase=Phase.RECORDING,
            code="in_call_recording",
            code_at=at(-30),
        )
        for _ in range(count)
    )
    model = Bot.status_changes.rel.related_model
    model.objects.bulk_create(
        model(
            bot=bot,
            code="in_call_recording",
            at=at(-30),
            source="webhook",
            learnt_at=at(-29),
            heard_at=at(-29),
        )
        for bot in bots
    )
    for bot in bots:
        recall.live(bot.recall_id, ("in_call_recording", -30))
        bot.config = {"id": str(bot.recall_id), "metadata": {}}
    Bot.objects.bulk_update(bots, ["config"])
    return bots


def pass_(recall, seconds, *, every=2, watched=None):
    """What the sweep does as time goes by, every two seconds, on one worker."""
    end = recall.now + timedelta(seconds=seconds)
    clock = lambda: recall.now  # noqa: E731
    while recall.now < end:
        recall.now += timedelta(seconds=every)
        if watched is not None:
            Workspace.objects.filter(pk=watched.pk).update(watched_at=recall.now)
        for workspace in sync.workspaces_due(recall.now):
            sync.look_after(workspace, clock=clock)
        for bot in sync.bots_due(recall.now):
            sync.refresh(bot.pk, clock=clock)


def test_an_hour_of_a_thousand_live_bots_costs_a_few_lists(workspace, recall):
    """Webhooks come, nobody watches: fifteen glances of ten pages, and four looks for others."""
    with_live_bots(workspace, recall, 1000)
    Workspace.objects.update(glanced_at=NOW)
    pass_(recall, 3600, every=20)
    made = Counter(kind for _, kind in recall.calls)
    assert made["retrieve"] == 0
    assert 100 <= made["list"] <= 160  # of 3,600 that Recall would take
    assert Call.objects.count() == sum(made.values())
    assert recall.most_in_a_minute("list") <= 12


def test_a_quiet_workspace_makes_next_to_no_call(workspace, recall):
    """No bot is live: only the look for bots that were made elsewhere, each quarter of an hour."""
    pass_(recall, 3600, every=20)
    assert Counter(kind for _, kind in recall.calls) == {"list": 4}


def test_webhooks_of_one_meeting_cost_a_few_looks(workspace, recall):
    bot = make_bot(workspace)
    story = ["joining_call", "in_waiting_room", "in_call_not_recording", "in_call_recording"]
    told = []
    for n, code in enumerate(story):
        recall.now = at(3 * n)
        told.append((code, 3 * n))
        recall.live(bot.recall_id, *told)
        body = status_event(bot, code, recall.now)
        receive(workspace, signed(body, when=recall.now), body, now=recall.now)
        pass_(recall, 2, every=1)
    assert Counter(kind for _, kind in recall.calls)["retrieve"] <= len(story)
    pass_(recall, 200)
    assert Counter(kind for _, kind in recall.calls)["retrieve"] <= len(story)


def test_a_thousand_live_bots_that_are_watched_stay_within_the_share_of_sync(workspace, recall):
    with_live_bots(workspace, recall, 1000)
    Workspace.objects.update(glanced_at=NOW)
    pass_(recall, 150, every=5, watched=workspace)
    assert not Call.objects.filter(error="OverBudget").exists()
    assert 20 <= recall.most_in_a_minute("list") <= 48  # four fifths of 60
    glances = [when for when, kind in recall.calls if kind == "list"]
    assert (max(glances) - NOW).total_seconds() > 120  # it goes on


def test_a_glance_that_finds_nothing_new_asks_little_and_writes_nothing(workspace, recall):
    with_live_bots(workspace, recall, 120)
    with CaptureQueriesContext(connection) as asked:
        assert sync.glance(workspace, clock=lambda: at(10)) == 0
    assert len(asked) < 40
    written = [q["sql"] for q in asked if q["sql"].startswith(("UPDATE", "INSERT"))]
    assert not [sql for sql in written if "bots_call" not in sql and "bots_budget" not in sql]


def test_a_glance_finds_the_one_that_moved_among_many(workspace, recall):
    moved, *others = with_live_bots(workspace, recall, 120)
    recall.live(moved.recall_id, ("in_call_recording", -30), ("in_call_not_recording", 5))
    sync.glance(workspace, clock=lambda: at(10))
    moved.refresh_from_db()
    assert moved.code == "in_call_not_recording"
    assert Bot.objects.filter(code="in_call_recording").count() == len(others)


def has_left(recall, bot, **more):
    steps = [("in_call_recording", -30), ("call_ended", 4), ("done", 5)]
    recall.live(bot.recall_id, *steps, **more)


def test_after_an_outage_lists_tell_of_those_that_have_left(workspace, recall):
    """However many: by a page for each hundred, and by no look at a single bot."""
    left = with_live_bots(workspace, recall, 300)[:230]
    for bot in left:
        has_left(recall, bot)
    assert sync.glance(workspace, clock=lambda: at(10)) == 0
    assert Counter(kind for _, kind in recall.calls) == {"list": 1 + 3}
    assert Bot.objects.filter(phase=Phase.FINISHED, code="done").count() == len(left)
    assert Bot.objects.filter(phase=Phase.RECORDING).count() == 70
    assert not Bot.objects.filter(refresh_due_at__isnull=False).exists()


def test_what_was_recorded_meanwhile_is_looked_at_once_the_lists_are_read(workspace, recall):
    bots = with_live_bots(workspace, recall, 10)
    file = {"id": str(uuid.uuid4()), "status": {"code": "done", "updated_at": at(5).isoformat()}}
    made = {
        "id": str(uuid.uuid4()),
        "created_at": at(-30).isoformat(),
        "status": {"code": "done", "updated_at": at(5).isoformat()},
        "media_shortcuts": {"video_mixed": {**file, "format": "mp4"}},
    }
    has_left(recall, bots[0], recordings=[made])
    for bot in bots[1:]:
        has_left(recall, bot)
    sync.glance(workspace, clock=lambda: at(10))
    looked_at = Bot.objects.get(refresh_due_at__isnull=False)
    assert looked_at == bots[0]
    assert looked_at.refresh_due_at > at(10)
    assert (looked_at.outcome, looked_at.recordings.get().outcome) == ("recorded", "recorded")


def test_few_that_have_left_are_looked_at_one_by_one(workspace, recall):
    left = with_live_bots(workspace, recall, 50)[: sync.WORTH_A_LIST - 1]
    for bot in left:
        has_left(recall, bot)
    sync.glance(workspace, clock=lambda: at(10))
    assert Counter(kind for _, kind in recall.calls) == {"list": 1}
    due = Bot.objects.filter(refresh_due_at__lte=at(10))
    assert {bot.pk for bot in due} == {bot.pk for bot in left}


def test_a_list_of_what_is_over_is_read_no_further_than_it_helps(workspace, recall):
    """Those that stand among thousands of older ones are looked at one by one."""
    for _ in range(500):
        recall.live(uuid.uuid4(), ("done", -3600))
    bots = with_live_bots(workspace, recall, 20)
    for bot in bots:
        has_left(recall, bot)
    sync.glance(workspace, clock=lambda: at(10))
    assert Counter(kind for _, kind in recall.calls) == {"list": 2}
    assert Bot.objects.filter(refresh_due_at__lte=at(10)).count() == len(bots)


def test_what_many_that_moved_cost_does_not_grow_with_each(workspace, recall):
    asked = []
    for count in (20, 80):
        Bot.objects.all().delete()
        recall.bots.clear()
        for bot in with_live_bots(workspace, recall, count):
            recall.live(bot.recall_id, ("in_call_recording", -30), ("in_call_not_recording", 5))
        with CaptureQueriesContext(connection) as queries:
            sync.glance(workspace, clock=lambda: at(10))
        assert Bot.objects.filter(code="in_call_not_recording").count() == count
        asked.append(len(queries))
    assert asked[1] - asked[0] < 60


def test_what_a_glance_could_not_read_is_not_taken_for_gone(workspace, recall, monkeypatch):
    monkeypatch.setattr(sync, "MOST_GLANCED", 1)
    with_live_bots(workspace, recall, 160)
    sync.glance(workspace, clock=lambda: at(10))
    assert Bot.objects.filter(refresh_due_at__isnull=False).count() == sync.MOST_LOOKS


def test_looks_that_the_budget_keeps_back_wait_and_hold_up_no_list(workspace, recall):
    bots = with_live_bots(workspace, recall, 300)
    Bot.objects.update(refresh_due_at=NOW)
    pass_(recall, 10)
    made = Counter(kind for _, kind in recall.calls)
    assert made["retrieve"] == 240
    workspace.refresh_from_db()
    assert workspace.quiet_until is None
    assert made["list"] > 0
    pass_(recall, 70)
    assert Counter(kind for _, kind in recall.calls)["retrieve"] == len(bots)
    assert set(Bot.objects.values_list("refresh_attempts", flat=True)) == {0}
    assert recall.most_in_a_minute("retrieve") <= 240


def test_a_refused_key_is_tried_once_in_ten_minutes(workspace, recall):
    """However many bots are due, and however many deliveries wait for a bot to be fetched."""
    with_live_bots(workspace, recall, 30)
    Bot.objects.update(refresh_due_at=NOW)
    stranger = Bot(recall_id=uuid.uuid4())
    body = status_event(stranger, "done", NOW)
    receive(workspace, signed(body), body, now=NOW)
    recall.status = 401
    for _ in range(4):
        pass_(recall, 600, every=10)
        for pk in Delivery.objects.due(recall.now).values_list("pk", flat=True):
            inbox.retry(pk, now=recall.now)
    assert len(recall.calls) <= 5
    times = [when for when, _ in recall.calls]
    assert all(b - a >= timedelta(minutes=10) for a, b in zip(times, times[1:], strict=False))
    assert Workspace.objects.get().key_problem
    recall.status = 200
    pass_(recall, 1200, every=10)
    workspace = Workspace.objects.get()
    assert (workspace.key_problem, workspace.quiet_until) == ("", None)
    assert not Bot.objects.filter(refresh_due_at__lte=recall.now).exists()


def test_two_that_come_at_once_do_not_both_try_a_refused_key(workspace):
    Workspace.objects.update(key_problem="refused", quiet_until=at(-1))
    both = [Workspace.objects.get(), Workspace.objects.get()]
    assert [sync.admitted(each, NOW) for each in both] == [True, False]


def test_a_bot_that_recall_does_not_have_any_more_is_gone(workspace, recall):
    bot = make_bot(workspace)
    bot.observe([News("in_call_recording", at(1))], source="webhook", now=at(1))
    bot.want_refresh(at(5))
    pass_(recall, 20)
    bot.refresh_from_db()
    assert (bot.phase, bot.gone_at is not None) == (Phase.FINISHED, True)
    assert Counter(kind for _, kind in recall.calls)["retrieve"] == 1


@pytest.mark.django_db(transaction=True)
def test_however_slow_recall_is_one_thread_stays_free_for_clicks(monkeypatch):
    """A worker has four; six looks are woken, and at most three are under way."""
    workspace = make_workspace(discovered_at=timezone.now(), glanced_at=timezone.now())
    for _ in range(6):
        make_bot(workspace, refresh_due_at=timezone.now())
    go_on, lock, under_way = threading.Event(), threading.Lock(), []

    def slow(pk, *, clock):
        Bot.objects.filter(pk=pk).update(refresh_due_at=None)
        with lock:
            under_way.append(pk)
        assert go_on.wait(20)

    monkeypatch.setattr(sync, "refresh", slow)
    monkeypatch.setattr(tasks, "_wake", lambda *args, **kwargs: None)

    def work():
        tasks.chore(name="looks")
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(2)
    at_most, waiting = len(under_way), sum(thread.is_alive() for thread in threads)
    go_on.set()
    for thread in threads:
        thread.join(20)
    assert (at_most, waiting) == (3, 3)
    # The others wait for the next sweep.
    assert sync.bots_due(timezone.now()).count() == 6 - len(set(under_way))
