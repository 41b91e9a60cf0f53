"""The rate budget: never more than Recall takes, whoever calls; clicks before everything else."""

import threading
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from django.db import connection as database
from django.db import transaction
from django.utils import timezone

from bots import budget, conf, connection
from bots.models import Budget, Call, Lane
from bots.recall import errors, wire
from tests.world import NOW, make_bot, make_workspace

LISTS = 60  # of them a minute
PATH = "/api/v1/bot/"


class Clock:
    def __init__(self, now=NOW):
        self.now = now

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def answers(monkeypatch):
    """What Recall answers next; else an empty list."""
    said = []

    def answer(request):
        return said.pop(0) if said else httpx.Response(200, json={"results": [], "next": None})

    monkeypatch.setattr(conf, "transport", lambda: httpx.MockTransport(answer))
    return said


def ledger(workspace, clock, lane=Lane.CLICK):
    return budget.Ledger(workspace, lane, clock)


def fill(workspace, clock, lane=Lane.CLICK, path=PATH, method="GET"):
    """Take places until there is none; how many those were."""
    taken = 0
    while True:
        try:
            ledger(workspace, clock, lane).permit(method, path)
        except errors.OverBudget:
            return taken
        taken += 1


@pytest.mark.django_db
@pytest.mark.parametrize(("lane", "places"), [("click", 60), ("bulk", 57), ("sync", 48)])
def test_each_lane_has_its_share(workspace, clock, lane, places):
    assert fill(workspace, clock, lane) == places


@pytest.mark.django_db
def test_sync_never_starves_a_button(workspace, clock):
    assert fill(workspace, clock, Lane.SYNC) == 48
    assert fill(workspace, clock, Lane.BULK) == 9
    assert fill(workspace, clock, Lane.CLICK) == 3
    assert fill(workspace, clock, Lane.SYNC) == 0


@pytest.mark.django_db
def test_the_window_slides(workspace, clock):
    for _ in range(LISTS):
        clock.now += timedelta(seconds=0.5)
        ledger(workspace, clock).permit("GET", PATH)
    with pytest.raises(errors.OverBudget) as refusal:
        ledger(workspace, clock).permit("GET", PATH)
    # The first went out 29.5 s ago; a second more than Recall's minute is waited.
    assert refusal.value.retry_after_s == pytest.approx(31.5)
    clock.now += timedelta(seconds=31.4)
    assert fill(workspace, clock) == 0
    clock.now += timedelta(seconds=0.2)
    assert fill(workspace, clock) == 1


@pytest.mark.django_db
def test_endpoints_and_workspaces_count_for_themselves(workspace, clock):
    fill(workspace, clock)
    assert fill(workspace, clock, path="/api/v1/bot/one/") == 300
    assert fill(workspace, clock, path="/api/v1/bot/two/") == 0
    assert fill(workspace, clock, path="/api/v1/bot/one/", method="PATCH") == 300
    assert fill(make_workspace("globex"), clock) == LISTS


@pytest.mark.django_db
def test_a_click_is_not_made_when_nothing_is_left(workspace, clock, answers):
    fill(workspace, clock)
    before = Call.objects.count()
    with (
        pytest.raises(errors.OverBudget),
        connection.recall(workspace, lane=Lane.CLICK, clock=clock) as recall,
    ):
        recall.list_bots()
    assert Call.objects.count() == before


@pytest.mark.django_db
def test_every_call_is_written_down_with_its_order(workspace, answers):
    bot = make_bot(workspace)
    order = bot.orders.create(action="leave", created_at=NOW, due_at=NOW, expires_at=NOW)
    answers.append(httpx.Response(200, json={"id": str(bot.recall_id)}))
    answers.append(httpx.Response(404, json={"detail": "Not found."}))
    with connection.recall(workspace, lane=order.lane, order=order) as recall:
        recall.leave_call(str(bot.recall_id), idempotency_key="a secret key")
        with pytest.raises(errors.NotFound):
            recall.retrieve_bot(str(bot.recall_id))
    left, looked = Call.objects.order_by("pk")
    path = f"/sandbox/us-west-2/api/v1/bot/{bot.recall_id}/"
    assert (left.method, left.status, left.error, left.order) == ("POST", 200, "", order)
    assert left.path.endswith(f"/api/v1/bot/{bot.recall_id}/leave_call/")
    assert left.endpoint == "bot_leave_call_create"
    assert (looked.status, looked.error) == (404, "NotFound")
    assert looked.path.endswith(path.partition("us-west-2")[2])
    assert left.duration_s is not None
    assert "a secret key" not in str(list(Call.objects.values()))


@pytest.mark.django_db
def test_a_call_whose_worker_dies_is_counted_all_the_same(workspace, clock):
    ledger(workspace, clock).permit("GET", PATH)  # and nothing is heard of it again
    call = Call.objects.get()
    assert (call.status, call.duration_s) == (None, None)
    assert fill(workspace, clock) == LISTS - 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("said", "closed_s"), [("7", 7), ("86400", 120), ("-1", 60), ("garbage", 60), (None, 60)]
)
def test_a_429_closes_the_endpoint_for_all_workers(workspace, clock, answers, said, closed_s):
    headers = {"Retry-After": said} if said else {}
    answers.append(httpx.Response(429, json={}, headers=headers))
    with (
        pytest.raises(errors.SlowDown),
        connection.recall(workspace, lane=Lane.CLICK, clock=clock) as recall,
    ):
        recall.list_bots()
    with pytest.raises(errors.OverBudget) as refusal:
        ledger(workspace, clock).permit("GET", PATH)
    assert refusal.value.retry_after_s == pytest.approx(closed_s, abs=1)
    assert fill(workspace, clock, path="/api/v1/bot/one/") == 300
    clock.now += timedelta(seconds=closed_s + 1)
    ledger(workspace, clock).permit("GET", PATH)


@pytest.mark.django_db
def test_a_signed_link_is_written_down_without_its_path(workspace, answers):
    with connection.recall(workspace) as recall:
        recall.download_json("https://bucket.s3.amazonaws.com/secret-path.json?X-Amz-Signature=s")
    call = Call.objects.get()
    assert (call.path, call.counted) == ("download", "")


@pytest.mark.django_db
@pytest.mark.parametrize("skew_s", [0, 240, -400])
def test_it_notes_how_far_apart_the_clocks_are(workspace, clock, answers, skew_s):
    clock.now = datetime(2026, 11, 20, 12, tzinfo=UTC)
    date = (clock.now + timedelta(seconds=skew_s)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    empty = {"results": [], "next": None}
    answers.append(httpx.Response(200, json=empty, headers={"Date": date}))
    with connection.recall(workspace, clock=clock) as recall:
        recall.list_bots()
    workspace.refresh_from_db()
    assert workspace.clock_skew_s == pytest.approx(skew_s)


@pytest.mark.django_db(transaction=True)
def test_workers_that_call_at_once_share_one_limit():
    workspace = make_workspace("shared")
    now = timezone.now()
    granted = []

    def work():
        granted.append(fill(workspace, lambda: now))
        database.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sum(granted) == LISTS


@pytest.mark.django_db(transaction=True)
def test_a_call_counts_from_when_it_could_go_out():
    """One that waited for the lock is written down as late as it leaves."""
    workspace = make_workspace("queued")
    held, waited = threading.Event(), []

    def wait_for_the_lock():
        ledger(workspace, timezone.now).permit("GET", PATH)
        waited.append(Call.objects.order_by("-pk").values_list("at", flat=True)[0])
        database.close()

    ledger(workspace, timezone.now).permit("GET", PATH)
    worker = threading.Thread(target=wait_for_the_lock)
    with transaction.atomic():
        Budget.objects.select_for_update().get()
        worker.start()
        held.wait(0.5)
        released = timezone.now()
    worker.join()
    assert waited[0] >= released


@pytest.mark.django_db
def test_a_call_of_a_clock_that_is_ahead_counts_too(workspace, clock):
    ahead = Clock(clock.now + timedelta(seconds=5))
    fill(workspace, ahead)
    assert fill(workspace, clock) == 0
    an_hour = Clock(clock.now + timedelta(hours=1))
    fill(workspace, an_hour, path="/api/v1/bot/one/")
    assert fill(workspace, clock, path="/api/v1/bot/one/") == 300


@pytest.mark.django_db
def test_what_serves_files_is_no_clock_of_recalls(workspace, clock, answers):
    """A cache in front of a bucket repeats the `Date` of hours ago."""
    clock.now = datetime(2026, 11, 20, 12, tzinfo=UTC)
    old = {"Date": "Fri, 20 Nov 2026 06:00:00 GMT"}
    answers.append(httpx.Response(200, json=[], headers=old))
    with connection.recall(workspace, clock=clock) as recall:
        recall.download_json("https://bucket.s3.amazonaws.com/a.json?X-Amz-Signature=s")
    workspace.refresh_from_db()
    assert workspace.clock_skew_s is None


@pytest.mark.django_db
def test_a_shorter_429_does_not_open_what_a_longer_one_closed(workspace, clock, answers):
    """Two were under way; the second is answered when less is left of the wait, or wrongly."""
    first, second = ledger(workspace, clock), ledger(workspace, clock)
    for each in (first, second):
        each.permit("GET", PATH)
    for each, wait_s in ((first, 50.0), (second, 1.0)):
        each.observe(wire.Call("GET", PATH, 429, 0.1, "SlowDown", wait_s, None))
    with pytest.raises(errors.OverBudget) as refusal:
        ledger(workspace, clock).permit("GET", PATH)
    assert refusal.value.retry_after_s == pytest.approx(50)
