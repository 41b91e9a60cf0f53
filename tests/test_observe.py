"""What a bot makes of news: history is append-only, late news never moves it back."""

import itertools
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bots.lifecycle import Outcome, Phase
from bots.models import Bot, Change, News, Recording
from tests.world import NOW, at, make_bot, make_workspace

pytestmark = pytest.mark.django_db

WEBHOOK, SYNC = Bot.Source.WEBHOOK, Bot.Source.SYNC
HISTORY = [
    News("joining_call", at(1)),
    News("in_waiting_room", at(4)),
    News("in_call_not_recording", at(12)),
    News("in_call_recording", at(12.13)),
    News("in_call_not_recording", at(60)),
    News("in_call_recording", at(61.5)),
    News("call_ended", at(300), "bot_received_leave_call"),
    News("done", at(306)),
]


@pytest.fixture
def bot():
    return make_bot(make_workspace())


def timeline(bot):
    changes = bot.status_changes.order_by("at", "pk")
    return [(change.code, change.sub_code, change.at) for change in changes]


def test_it_keeps_history_and_points_at_the_latest(bot):
    assert bot.observe(HISTORY[:3], source=WEBHOOK, now=at(13)) == 3
    assert (bot.code, bot.phase) == ("in_call_not_recording", Phase.IN_CALL)
    assert bot.started_at == at(1)


def test_a_bot_of_recall_stands_once_in_a_workspace(bot):
    twin = make_bot(make_workspace("rival"), recall_id=bot.recall_id)
    assert twin.recall_id == bot.recall_id
    with pytest.raises(IntegrityError), transaction.atomic():
        make_bot(bot.workspace, recall_id=bot.recall_id)


def test_it_takes_a_repeat_in_silence(bot):
    bot.observe(HISTORY[:2], source=WEBHOOK, now=at(5))
    told = Change.objects.count()
    assert bot.observe(HISTORY[:2], source=WEBHOOK, now=at(6)) == 0
    assert Change.objects.count() == told


def test_it_is_never_moved_back_by_late_news(bot):
    bot.observe([HISTORY[3]], source=WEBHOOK, now=at(13))
    bot.observe([HISTORY[0]], source=WEBHOOK, now=at(14))
    assert bot.code == "in_call_recording"
    assert [code for code, *_ in timeline(bot)] == ["joining_call", "in_call_recording"]


def test_it_stays_failed_when_done_follows_fatal(bot):
    bot.observe([News("fatal", at(5), "meeting_not_found")], source=WEBHOOK, now=at(5))
    bot.observe([News("done", at(6))], source=WEBHOOK, now=at(6))
    assert (bot.phase, bot.sub_code) == (Phase.FAILED, "meeting_not_found")


def test_it_joins_webhook_and_sync_into_one_entry_at_the_time_of_the_api(bot):
    bot.observe([News("in_waiting_room", at(4.7))], source=WEBHOOK, now=at(5))
    bot.observe([News("in_waiting_room", at(4))], source=SYNC, now=at(6))
    change = bot.status_changes.get()
    assert (change.at, change.source) == (at(4), WEBHOOK)


def test_it_joins_them_when_sync_came_first_too(bot):
    bot.observe([News("in_waiting_room", at(4))], source=SYNC, now=at(5))
    bot.observe([News("in_waiting_room", at(4.7))], source=WEBHOOK, now=at(6))
    change = bot.status_changes.get()
    assert (change.at, change.source) == (at(4), SYNC)


@pytest.mark.parametrize(("apart", "entries"), [(2.0, 1), (2.1, 2)])
def test_it_tells_two_entries_apart_after_two_seconds(bot, apart, entries):
    bot.observe([News("in_call_recording", at(10))], source=WEBHOOK, now=at(11))
    bot.observe([News("in_call_recording", at(10 + apart))], source=SYNC, now=at(12))
    assert bot.status_changes.count() == entries


def test_it_tells_a_quick_pause_and_resume_apart(bot):
    quick = [
        News("in_call_recording", at(10)),
        News("in_call_not_recording", at(10.5)),
        News("in_call_recording", at(11)),
    ]
    bot.observe(quick, source=WEBHOOK, now=at(12))
    bot.observe(quick, source=SYNC, now=at(13))
    assert len(timeline(bot)) == 3


def test_it_keeps_codes_that_nobody_has_heard_of(bot):
    bot.observe([News("in_call_dreaming", at(5), "lucid")], source=WEBHOOK, now=at(5))
    assert (bot.code, bot.sub_code, bot.phase) == ("in_call_dreaming", "lucid", Phase.UNKNOWN)


def test_it_shows_paused_only_from_the_recording(bot):
    bot.observe(HISTORY[:4], source=WEBHOOK, now=at(13))
    bot.observe([News("in_call_not_recording", at(20))], source=WEBHOOK, now=at(20))
    assert bot.phase == Phase.IN_CALL
    hear(bot, "paused", at(20.2))
    bot.observe([], source=WEBHOOK, now=at(21))
    assert bot.phase == Phase.PAUSED


def test_it_says_nothing_recorded_when_done_with_nothing_in_it(bot):
    bot.observe([HISTORY[0], HISTORY[2], *HISTORY[6:]], source=WEBHOOK, now=at(310))
    assert bot.outcome == Outcome.NOTHING_RECORDED


@pytest.mark.parametrize(
    "order", [("recording_done", "call_ended"), ("call_ended", "recording_done")]
)
def test_it_takes_the_end_in_either_order(bot, order):
    news = [News(code, at(300 + i)) for i, code in enumerate(order)]
    bot.observe([HISTORY[3], *news], source=WEBHOOK, now=at(303))
    assert bot.phase == Phase.PROCESSING


@given(
    shuffled=st.permutations(HISTORY),
    doubles=st.lists(st.sampled_from(HISTORY), max_size=4),
    lost=st.sets(st.integers(0, len(HISTORY) - 1)),
    late=st.lists(st.floats(-0.9, 0.9), min_size=len(HISTORY), max_size=len(HISTORY)),
)
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_it_comes_to_the_same_timeline_whatever_webhooks_do(shuffled, doubles, lost, late):
    bot = make_bot(make_workspace(f"w{next(_slugs)}"))
    skew = dict(zip(HISTORY, late, strict=True))
    for news in [*shuffled, *doubles]:
        if HISTORY.index(news) in lost:
            continue
        told = News(news.code, news.at + _milliseconds(skew[news]), news.sub_code)
        bot.observe([told], source=WEBHOOK, now=at(400))
    bot.observe(HISTORY, source=SYNC, now=at(500))
    assert timeline(bot) == [(news.code, news.sub_code, news.at) for news in HISTORY]
    assert bot.phase == Phase.FINISHED


_slugs = itertools.count()


def _milliseconds(seconds):
    # Less than the gap to a neighbour of the same code, or nobody could tell the two apart.
    return timedelta(milliseconds=round(seconds * 60))


def hear(bot, status, when):
    return Recording.objects.hear(
        bot,
        recall_id="7c3e0c7e-5d84-4bb8-a4a7-7d1ec8a4c001",
        status=status,
        sub_code="",
        at=when,
        created_at=NOW,
    )


def test_it_writes_nothing_when_nothing_is_new(bot, django_assert_max_num_queries):
    bot.observe(HISTORY, source=SYNC, now=at(310))
    with django_assert_max_num_queries(10) as queries:
        bot.observe(HISTORY, source=SYNC, now=at(320))
    assert not [q for q in queries if q["sql"].startswith(("UPDATE", "INSERT"))]


def test_it_says_since_when_it_records_again(bot):
    """Also where the pause between was learnt of only together with its end."""
    bot.observe(HISTORY[:4], source=WEBHOOK, now=at(13))
    bot.observe(HISTORY[:6], source=SYNC, now=at(70))
    assert (bot.phase, bot.phase_at) == (Phase.RECORDING, at(61.5))


def test_it_has_been_leaving_since_recall_took_the_order(bot):
    bot.observe(HISTORY[:4], source=WEBHOOK, now=at(13))
    bot.orders.create(
        action="leave", state="accepted", created_at=at(50), due_at=at(50), expires_at=at(600)
    )
    bot.observe([], source=WEBHOOK, now=at(51))
    assert (bot.phase, bot.phase_at) == (Phase.LEAVING, at(51))


def test_it_began_when_its_earliest_news_says(bot):
    bot.observe([HISTORY[2]], source=WEBHOOK, now=at(13))
    bot.observe(HISTORY[:3], source=SYNC, now=at(14))
    assert bot.started_at == at(1)


def test_it_is_over_for_us_when_recall_does_not_know_it(bot):
    bot.observe(HISTORY[:4], source=WEBHOOK, now=at(13))
    bot.gone_at = at(20)
    bot.save()
    bot.observe([], source=SYNC, now=at(20))
    bot.observe([], source=SYNC, now=at(30))
    assert (bot.phase, bot.is_live, bot.ended_at) == (Phase.FINISHED, False, at(20))


def test_it_takes_two_tellings_for_one_change_where_a_bot_moves_faster_than_they_agree(bot):
    """Each of the two puts another status between what the other says of this one."""
    heard = [News("in_call_not_recording", at(10.2)), News("in_call_recording", at(10.05))]
    truth = [News("in_call_not_recording", at(10)), News("in_call_recording", at(10.13))]
    for news in heard:
        bot.observe([news], source=WEBHOOK, now=at(11))
    for _ in range(2):
        bot.observe(truth, source=SYNC, now=at(12))
    assert [(status, when) for status, _, when in timeline(bot)] == [
        (news.code, news.at) for news in truth
    ]


def test_it_takes_a_late_telling_for_the_change_that_nobody_told_yet(bot):
    truth = [News("in_call_not_recording", at(10)), News("in_call_recording", at(10.13))]
    bot.observe(truth, source=SYNC, now=at(11))
    bot.observe([News("in_call_not_recording", at(10.2))], source=WEBHOOK, now=at(12))
    assert len(timeline(bot)) == 2
    assert bot.status_changes.filter(heard_at=at(12)).get().code == "in_call_not_recording"


def test_it_keeps_two_changes_apart_that_one_side_tells_apart(bot):
    truth = [
        News("in_call_recording", at(10)),
        News("in_call_not_recording", at(10.2)),
        News("in_call_recording", at(10.4)),
    ]
    for news in truth:
        bot.observe([news], source=WEBHOOK, now=at(11))
    bot.observe(truth, source=SYNC, now=at(12))
    assert len(timeline(bot)) == 3
