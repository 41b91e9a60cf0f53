"""How the house is doing: figures by the database, for a Prometheus server and for people."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bots import figures
from bots.models import Call, Heartbeat, Role, StatusChange
from tests.world import make_bot, make_workspace

pytestmark = pytest.mark.django_db
SECRET = "a-word-for-the-gatherer"


def learnt(bot, seconds, source="webhook", ago_s=60.0):
    """A status that stood here so long after it happened."""
    told = timezone.now() - timedelta(seconds=ago_s)
    return StatusChange.objects.create(
        bot=bot,
        code=f"code_{uuid.uuid4().hex[:8]}",
        at=told - timedelta(seconds=seconds),
        learnt_at=told,
        heard_at=told if source == "webhook" else None,
        source=source,
    )


def finished(bot, action, state, seconds):
    now = timezone.now()
    return bot.orders.create(
        action=action,
        state=state,
        token=uuid.uuid4().hex,
        created_at=now - timedelta(seconds=seconds),
        due_at=now,
        expires_at=now,
        finished_at=now,
    )


def test_it_tells_how_late_news_are_and_how_much_only_sync_found(workspace):
    bot = make_bot(workspace)
    for seconds in (0.5, 1.0, 9.0):
        learnt(bot, seconds)
    learnt(bot, 30.0, source="sync")
    learnt(bot, 500.0, ago_s=3600.0)
    found = figures.gather(timezone.now())
    assert (found.told_s.count, found.told_s.p50_s, found.told_s.max_s) == (3, 1.0, 9.0)
    assert found.by_sync_share == 0.25


def test_it_tells_what_came_of_orders_and_how_long_they_took(workspace):
    bot = make_bot(workspace)
    finished(bot, "pause", "confirmed", 2.0)
    finished(bot, "pause", "confirmed", 4.0)
    finished(bot, "leave", "refused", 1.0)
    late = timezone.now() - timedelta(seconds=70)
    bot.orders.create(
        action="resume",
        state="waiting",
        token="w",
        created_at=late,
        due_at=late,
        expires_at=timezone.now(),
    )
    found = figures.gather(timezone.now())
    assert [(each.action, each.state, each.count) for each in found.orders] == [
        ("leave", "refused", 1),
        ("pause", "confirmed", 2),
    ]
    assert [each.mean_s for each in found.orders] == pytest.approx([1.0, 3.0], abs=0.5)
    assert found.orders_waiting == 1
    assert found.oldest_order_s == pytest.approx(70, abs=5)


def test_an_empty_house_has_figures_too(db):
    found = figures.gather(timezone.now())
    assert (found.live_bots, found.told_s.count, found.orders) == (0, 0, [])


def test_they_cost_the_same_however_much_there_is(workspace):
    def queries():
        with CaptureQueriesContext(connection) as asked:
            figures.gather(timezone.now())
        return len(asked)

    few = queries()
    for _ in range(20):
        bot = make_bot(workspace)
        learnt(bot, 1.0)
        finished(bot, "pause", "confirmed", 2.0)
    assert queries() == few


def called(workspace, endpoint, count):
    Call.objects.bulk_create(
        Call(workspace=workspace, lane="sync", endpoint=endpoint, counted=endpoint, method="GET",
             path="/api/v1/bot/", at=timezone.now() - timedelta(seconds=5))
        for _ in range(count)
    )  # fmt: skip


def test_the_workspaces_that_are_nearest_to_a_limit_come_first(workspace, monkeypatch):
    monkeypatch.setattr(figures, "MOST_SHARES", 2)
    near = make_workspace("near")
    called(workspace, "bot_list", 6)
    called(near, "bot_list", 30)
    called(near, "bot_retrieve", 60)
    called(make_workspace("far"), "bot_retrieve", 3)
    with CaptureQueriesContext(connection) as asked:
        found = figures.gather(timezone.now()).budget_shares
    assert list(found.items()) == [("near", 0.5), ("acme", 0.1)]
    assert sum("bots_call" in query["sql"] for query in asked.captured_queries) == 2


# For a Prometheus server


def gathered(word=SECRET):
    return Client().get("/metrics", headers={"Authorization": f"Bearer {word}"})


def test_they_are_told_to_whoever_has_the_word(workspace, settings):
    settings.METRICS_TOKEN = SECRET
    learnt(make_bot(workspace, phase="recording"), 1.5)
    Heartbeat.leave("worker", now=timezone.now())
    text = gathered().content.decode()
    assert "recalldash_live_bots 1.0" in text
    assert 'recalldash_ingest_delay_seconds{quantile="0.5"} 1.5' in text
    assert 'recalldash_silent_seconds{process="worker"}' in text
    assert 'recalldash_due{chore="looks"} 0.0' in text
    assert "recalldash_streams" in text
    assert "recalldash_told_seconds_bucket" in text


@pytest.mark.parametrize("word", ["", "another", SECRET.upper(), f"{SECRET} "])
def test_there_is_nothing_for_anybody_else(db, settings, word):
    settings.METRICS_TOKEN = SECRET
    assert gathered(word).status_code == 404


def test_there_is_nothing_where_no_word_is_set(db, settings):
    settings.METRICS_TOKEN = ""
    assert gathered("").status_code == 404
    assert Client().get("/metrics").status_code == 404


# For people


def test_superusers_see_them_in_django_admin(django_user_model, workspace, member):
    chief = django_user_model.objects.create_superuser("chief", "c@example.com", "a long secret")
    browser = Client()
    browser.force_login(chief)
    finished(make_bot(workspace), "pause", "confirmed", 2.0)
    page = browser.get("/admin/glance/").content.decode()
    assert "At a glance" in page
    assert "pause, confirmed" in page
    assert 'href="/admin/glance/"' in browser.get("/admin/").content.decode()
    owner = member("olga", Role.OWNER, workspace)
    owner.is_staff = True
    owner.save()
    browser.force_login(owner)
    assert browser.get("/admin/glance/").status_code == 403


def test_a_process_that_reaches_the_database_is_ready(db):
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"database": {"status": "ok"}})
