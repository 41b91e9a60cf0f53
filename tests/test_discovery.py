"""Bots that were made elsewhere are all brought in, however long their list, whatever breaks."""

import uuid

import httpx
import pytest

from bots import actions, conf, connection, discovery, policy, sync
from bots.models import Bot
from bots.recall import errors, types
from tests.world import LINK, NOW, at, make_workspace

pytestmark = pytest.mark.django_db
EACH = 3


class Recall:
    """Numbered pages of bots, newest first; `breaks` holds the pages that answer 503."""

    def __init__(self, count):
        self.bots = [str(uuid.uuid4()) for _ in range(count)]
        self.breaks, self.asked = set(), []

    def __call__(self, request):
        page = int(request.url.params.get("page", 1))
        self.asked.append(page)
        if page in self.breaks:
            return httpx.Response(503, json={})
        rows = self.bots[(page - 1) * EACH : page * EACH]
        if not rows:
            return httpx.Response(404, json={"detail": "Invalid page."})
        more = page * EACH < len(self.bots)
        url = str(request.url.copy_with(params={"page": page + 1})) if more else None
        bots = [{"id": pk, "metadata": {}, "status_changes": [], "recordings": []} for pk in rows]
        return httpx.Response(200, json={"results": bots, "next": url})


@pytest.fixture
def workspace():
    return make_workspace()


@pytest.fixture
def recall(monkeypatch):
    recall = Recall(14)
    monkeypatch.setattr(conf, "transport", lambda: httpx.MockTransport(recall))
    return recall


def discover(workspace, **options):
    workspace.refresh_from_db()
    return discovery.discover(workspace, clock=lambda: NOW, **options)


def known():
    return {str(pk) for pk in Bot.objects.values_list("recall_id", flat=True)}


def test_it_brings_in_all_and_then_reads_one_page(workspace, recall):
    assert discover(workspace) == 14
    assert known() == set(recall.bots)
    recall.asked.clear()
    assert discover(workspace) == 0
    assert recall.asked == [1]


@pytest.mark.parametrize("broken", [2, 3, 5])
def test_it_goes_on_where_an_error_broke_it_off(workspace, recall, broken):
    recall.breaks = {broken}
    with pytest.raises(errors.Unreachable):
        discover(workspace)
    assert len(known()) == (broken - 1) * EACH
    recall.breaks = set()
    recall.asked.clear()
    discover(workspace)
    assert known() == set(recall.bots)
    assert recall.asked == [1, *range(broken, 6)]
    recall.asked.clear()
    discover(workspace)
    assert recall.asked == [1]


def test_it_goes_on_with_a_list_longer_than_it_may_read_at_once(workspace, recall):
    for _ in range(4):
        discover(workspace, max_pages=2)
    assert known() == set(recall.bots)


def test_it_finds_new_ones_on_top_while_the_rest_is_still_to_come(workspace, recall):
    recall.breaks = {4}
    with pytest.raises(errors.Unreachable):
        discover(workspace)
    recall.bots = [str(uuid.uuid4()) for _ in range(7)] + recall.bots
    recall.breaks = {2}
    with pytest.raises(errors.Unreachable):
        discover(workspace)
    recall.breaks = set()
    discover(workspace)
    assert known() == set(recall.bots)


def test_it_ends_where_the_list_has_become_shorter(workspace, recall):
    recall.breaks = {5}
    with pytest.raises(errors.Unreachable):
        discover(workspace)
    recall.breaks, recall.bots = set(), recall.bots[:6]
    discover(workspace)
    workspace.refresh_from_db()
    assert workspace.import_rest == ""


def test_a_rest_is_due_within_a_minute_not_a_quarter_of_an_hour(workspace, recall):
    recall.breaks = {3}
    sync.look_after(workspace, clock=lambda: NOW)
    recall.breaks = set()
    assert not sync.workspaces_due(at(59)).exists()
    assert sync.workspaces_due(at(61)).exists()
    workspace.refresh_from_db()
    sync.look_after(workspace, clock=lambda: at(61))
    assert known() == set(recall.bots)
    assert not sync.workspaces_due(at(200)).exists()


def test_another_key_begins_anew(workspace, recall):
    recall.breaks = {3}
    with pytest.raises(errors.Unreachable):
        discover(workspace)
    workspace.refresh_from_db()
    assert workspace.import_rest
    verdict = connection.Verdict(True, "")
    connection.keep(workspace, verdict, api_key="another-key-1", region="us-west-2", now=NOW)
    workspace.refresh_from_db()
    assert workspace.import_rest == ""


def test_an_id_that_is_none_harms_nobody(workspace, recall):
    recall.bots[0] = "not-an-id"
    assert discover(workspace) == 13


def test_a_worker_that_dies_while_it_joins_a_lost_bot_leaves_nothing_half_done(
    workspace, recall, monkeypatch
):
    """Ours by its token: what would look at it must stand together with its id."""
    ask = policy.Ask(meeting_url=LINK)
    bot = actions.send(workspace.default_team, ask, by=None, token="form-1", now=NOW)
    order = bot.orders.get()
    order.finish("expired", now=at(60))
    bot.failure = "It may or may not have happened."
    bot.save(update_fields=["failure"])
    bot.observe([], source=Bot.Source.ORDER, now=at(60))
    answer = types.Bot.read(
        {
            "id": recall.bots[0],
            "metadata": {"recalldash_order": "form-1"},
            "status_changes": [{"code": "in_call_recording", "created_at": at(5).isoformat()}],
            "recordings": [],
        }
    )

    def die(*args, **kwargs):
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(Bot, "want_refresh", die)
        with pytest.raises(SystemExit):
            discovery.take_in(workspace, answer, now=at(70))
    bot.refresh_from_db()
    # Else it would be known from now on, and no list would bring it in again.
    assert bot.recall_id is None or bot.refresh_due_at is not None
    discovery.take_in(workspace, answer, now=at(80))
    bot.refresh_from_db()
    assert bot.phase == "recording"
