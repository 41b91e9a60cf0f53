"""Webhooks look broken when looks at Recall find what they should have told, and only then."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bots import hearing
from bots.models import Bot, News, WebhookSecret, Workspace
from tests.world import NOW, at, make_bot, make_workspace, receive, signed, status_event

pytestmark = pytest.mark.django_db
HOUR = 3600


@pytest.fixture
def workspace():
    workspace = make_workspace()
    WebhookSecret.objects.update(created_at=at(-48 * HOUR))
    return workspace


@pytest.fixture
def bot(workspace):
    return make_bot(workspace)


def found_by_sync(bot, code, seconds):
    bot.observe([News(code, at(seconds))], source=Bot.Source.SYNC, now=at(seconds + 5))


def told(workspace, bot, code, seconds):
    body = status_event(bot, code, at(seconds))
    receive(workspace, signed(body, when=at(seconds + 1)), body, now=at(seconds + 1))


def troubles(workspace, seconds):
    fresh = Workspace.objects.get(pk=workspace.pk)
    return {trouble.key: trouble for trouble in hearing.troubles(fresh, now=at(seconds))}


def test_nothing_is_wrong_where_webhooks_tell_all(workspace, bot):
    told(workspace, bot, "joining_call", 0)
    found_by_sync(bot, "joining_call", 0)
    assert troubles(workspace, HOUR) == {}


@pytest.mark.parametrize(("seconds", "says"), [(119, False), (130, True)])
def test_webhooks_look_broken_two_minutes_after_a_look_found_more(workspace, bot, seconds, says):
    told(workspace, bot, "joining_call", -200)
    found_by_sync(bot, "in_waiting_room", 0)
    assert ("webhooks" in troubles(workspace, seconds)) is says


def test_the_notice_goes_when_webhooks_come_again(workspace, bot):
    told(workspace, bot, "ready", -60)
    found_by_sync(bot, "joining_call", 0)
    assert "look broken" in troubles(workspace, 300)["webhooks"].sentence
    told(workspace, bot, "in_waiting_room", 310)
    assert troubles(workspace, 311) == {}
    assert troubles(workspace, 900) == {}


def test_a_workspace_that_never_heard_one_is_told_to_add_its_address(workspace, bot):
    found_by_sync(bot, "joining_call", 0)
    assert "has ever come" in troubles(workspace, 300)["webhooks"].sentence


def test_a_webhook_that_comes_after_the_look_is_not_missed(workspace, bot):
    found_by_sync(bot, "joining_call", 0)
    told(workspace, bot, "joining_call", 0)
    assert troubles(workspace, HOUR) == {}
    assert hearing.share(workspace, now=at(HOUR)) == hearing.Share(heard=1, missed=0)


@pytest.mark.parametrize("code", ["ready", "recording_done", "media_expired", "analysis_done"])
def test_what_no_webhook_ever_tells_is_not_missed(workspace, bot, code):
    found_by_sync(bot, code, 0)
    assert troubles(workspace, HOUR) == {}
    assert hearing.share(workspace, now=at(HOUR)).total == 0


def test_the_done_that_follows_a_failure_is_not_missed(workspace, bot):
    """Recall may append it to the history of a bot that failed; the webhook told the failure."""
    told(workspace, bot, "fatal", 0)
    found_by_sync(bot, "done", 5)
    assert troubles(workspace, HOUR) == {}
    told(workspace, bot, "done", 5)
    other = make_bot(workspace)
    told(workspace, other, "call_ended", 10)
    found_by_sync(other, "done", 15)
    assert "webhooks" in troubles(workspace, HOUR)


def test_what_was_before_there_was_a_secret_is_not_missed(workspace, bot):
    WebhookSecret.objects.update(created_at=at(10))
    found_by_sync(bot, "joining_call", 0)
    assert troubles(workspace, HOUR) == {}
    assert hearing.share(workspace, now=at(HOUR)).total == 0


@pytest.mark.parametrize(("seconds", "disabled"), [(6 * HOUR - 60, False), (6 * HOUR + 60, True)])
def test_the_endpoint_may_be_disabled_after_six_hours_of_silence(workspace, bot, seconds, disabled):
    told(workspace, bot, "joining_call", 0)
    found_by_sync(bot, "in_waiting_room", 1800)
    sentence = troubles(workspace, seconds)["webhooks"].sentence
    assert ("may be disabled at Recall" in sentence) is disabled


def test_six_hours_of_silence_are_fine_where_no_bot_moved(workspace, bot):
    told(workspace, bot, "joining_call", 0)
    assert troubles(workspace, 7 * HOUR) == {}


def test_the_reason_of_the_last_refusal_stands_with_it(workspace, bot):
    told(workspace, bot, "joining_call", 0)
    Workspace.objects.update(last_refused_at=at(60), last_refusal="Webhook refused: why.")
    found_by_sync(bot, "in_waiting_room", 50)
    assert troubles(workspace, 300)["webhooks"].cure.startswith("Webhook refused: why. ")


def test_a_workspace_without_a_secret_is_told(workspace):
    WebhookSecret.objects.all().delete()
    assert "every webhook is refused" in troubles(workspace, 0)["secret"].sentence


def test_a_workspace_that_no_webhook_can_reach_misses_none(workspace, bot, settings):
    settings.PUBLIC_URL, settings.SANDBOX = "", False
    found_by_sync(bot, "joining_call", 0)
    assert troubles(workspace, HOUR) == {}
    assert hearing.share(workspace, now=at(HOUR)).total == 0


@pytest.mark.parametrize(
    ("skew_s", "says"),
    [(120, ""), (-120, ""), (121, "121 s behind"), (-400, "400 s ahead of")],
)
def test_a_clock_that_is_off_is_told(workspace, skew_s, says):
    Workspace.objects.update(clock_skew_s=skew_s, clock_checked_at=at(-60))
    found = troubles(workspace, 0)
    assert (says in found["clock"].sentence) if says else not found


def test_a_refused_key_is_told(workspace):
    Workspace.objects.update(key_problem="Recall does not know this API key.")
    assert troubles(workspace, 0)["key"].tone == "red"


def test_secrets_that_cannot_be_read_are_told(workspace, settings):
    settings.SECRET_KEY = "another one, as after a lost .env"
    found = troubles(workspace, 0)
    assert "can't be read" in found["key"].sentence
    assert "can be read" in found["secret"].sentence


def test_the_share_counts_a_day(workspace, bot):
    for n, code in enumerate(["joining_call", "in_waiting_room", "in_call_not_recording"]):
        told(workspace, bot, code, 10 * n)
    found_by_sync(bot, "in_call_recording", 100)
    share = hearing.share(workspace, now=at(HOUR))
    assert (share.heard, share.missed, share.missed_percent) == (3, 1, 25)
    assert hearing.share(workspace, now=at(25 * HOUR)).total == 0
    rival = make_workspace("rival")
    assert hearing.share(rival, now=at(HOUR)).total == 0


def test_it_asks_nothing_while_webhooks_come_and_once_otherwise(workspace, bot):
    told(workspace, bot, "joining_call", 0)
    found_by_sync(bot, "in_waiting_room", 60)
    fresh = Workspace.objects.get(pk=workspace.pk)
    for seconds, queries in ((100, 0), (600, 1)):
        with CaptureQueriesContext(connection) as asked:
            hearing.troubles(fresh, now=at(seconds))
        assert len(asked) == queries


@pytest.mark.skipif(connection.vendor != "sqlite", reason="reads SQLite's query plans")
def test_it_reads_no_more_than_the_bots_of_two_days(workspace, bot):
    with CaptureQueriesContext(connection) as asked:
        hearing.share(workspace, now=NOW + timedelta(hours=1))
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN " + asked.captured_queries[-1]["sql"].replace("%", "%%"))
        plan = " | ".join(row[3] for row in cursor.fetchall())
    assert "bot_list" in plan, plan
    assert "SCAN" not in plan, plan


@pytest.mark.parametrize(("missed", "says"), [(2, False), (3, True)])
def test_some_that_are_missing_are_told_although_others_come(workspace, bot, missed, says):
    for number in range(6):
        told(workspace, bot, "in_waiting_room", -900 + 60 * number)
    for number in range(missed):
        found_by_sync(bot, "in_call_recording", -870 + 60 * number)
    told(workspace, bot, "call_ended", -30)
    hearing.note_shares(at(0))
    found = troubles(workspace, 1)
    assert ("webhooks" in found) is says
    if says:
        assert "in part: they missed" in found["webhooks"].sentence
        hearing.note_shares(at(2 * HOUR))
        assert troubles(workspace, 2 * HOUR) == {}
