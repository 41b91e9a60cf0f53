"""Sending a bot from the form: what becomes of it, and what is kept when it cannot be."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from bots import tasks
from bots.models import Bot, Order

pytestmark = pytest.mark.django_db

LINK = "https://meet.google.com/abc-defg-hij"
URL = "/w/acme/send/"


@pytest.fixture(autouse=True)
def woken(monkeypatch):
    """The orders that a worker was woken for; there is no worker here."""
    orders = []
    monkeypatch.setattr(tasks, "wake_order", orders.append)
    return orders


def form(**fields):
    return {
        "token": str(uuid.uuid4()),
        "meeting_url": LINK,
        "name": "Acme Notetaker",
        "join": "now",
        "start_on": "participant_join",
        "formats": ["video_mixed_mp4", "participant_events"],
        "transcript": "",
        "retention": "168",
        **fields,
    }


def test_it_sends_a_bot_and_opens_its_page(as_bob, bob, team, woken):
    response = as_bob.post(URL, form(title="Review"))
    bot = Bot.objects.get()
    assert response.headers["Location"] == f"/w/acme/bots/{bot.pk}/"
    assert (bot.title, bot.name, bot.team, bot.sent_by) == ("Review", "Acme Notetaker", team, bob)
    assert bot.request["meeting_url"] == LINK
    assert bot.request["recording_config"]["transcript"] is None
    assert [order.bot for order in woken] == [bot]


def test_it_sends_a_bot_with_a_link_alone(as_bob):
    as_bob.post(URL, {"token": str(uuid.uuid4()), "meeting_url": f"Join us: {LINK} at noon"})
    config = Bot.objects.get().request["recording_config"]
    assert config["video_mixed_mp4"] == {}
    assert config["start_recording_on"] == "participant_join"


def test_it_sends_one_bot_for_one_form_however_often_it_comes(as_bob):
    given = form()
    assert (
        as_bob.post(URL, given).headers["Location"] == as_bob.post(URL, given).headers["Location"]
    )
    assert Order.objects.count() == 1


def test_it_asks_once_before_it_sends_a_second_bot_to_a_meeting(as_bob, a_bot):
    there = a_bot("joining_call", "in_call_recording", title="Weekly", link=LINK)
    given = form(meeting_url=f"{LINK}?authuser=1", title="Mine")
    asked = as_bob.post(URL, given)
    text = asked.content.decode()
    assert (asked.status_code, Bot.objects.count()) == (409, 1)
    assert f"/w/acme/bots/{there.pk}/" in text
    assert "Send another anyway" in text
    assert given["token"] in text
    assert 'value="Mine"' in text
    as_bob.post(URL, given | {"anyway": "yes"})
    assert Bot.objects.count() == 2


def test_it_asks_nothing_of_a_bot_that_has_left_or_is_elsewhere(as_bob, a_bot, charlie):
    a_bot("joining_call", "call_ended", "done", link=LINK)
    a_bot("joining_call", link=LINK, workspace=charlie.memberships.get().workspace)
    assert as_bob.post(URL, form()).status_code == 302


def test_it_takes_the_title_of_a_pasted_invitation(as_bob):
    as_bob.post(URL, form(meeting_url=f"Topic: Weekly sync\nJoin {LINK}"))
    as_bob.post(URL, form(meeting_url=f"Topic: Weekly {LINK}", title="Own", anyway="yes"))
    assert [bot.title for bot in Bot.objects.order_by("pk")] == ["Weekly sync", "Own"]


def test_it_reads_the_time_in_the_zone_of_the_viewer(as_bob):
    day = (timezone.now() + timedelta(days=30)).date().replace(month=1, day=15)
    day = day.replace(year=day.year + 1)
    as_bob.post(URL, form(join="later", join_at=f"{day}T09:30", tz="America/New_York"))
    assert Bot.objects.get().join_at == datetime(day.year, 1, 15, 14, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fields", "name", "said"),
    [
        ({"meeting_url": ""}, "meeting_url", "Paste the link"),
        ({"meeting_url": "hello"}, "meeting_url", "link"),
        ({"meeting_url": "https://meet.google.com.evil.test/abc-defg-hij"}, "meeting_url", ""),
        ({"join": "later"}, "join_at", "Choose when"),
        ({"join": "later", "join_at": "2020-01-01T10:00"}, "join_at", "has passed"),
        ({"formats": ["video_mixed_flv"]}, "rtmp_url", "RTMP address"),
        ({"formats": ["video_separate_mp4"], "layout": "speaker_view"}, "layout", "gallery"),
    ],
)
def test_it_says_at_the_field_what_is_wrong_and_keeps_all_that_was_typed(
    as_bob, fields, name, said
):
    response = as_bob.post(URL, form(title="Kept title", **fields))
    assert response.status_code == 422
    assert said in response.context["form"].errors[name][0]
    assert 'value="Kept title"' in response.content.decode()
    assert not Bot.objects.exists()


def test_it_refuses_a_team_of_another_workspace(as_bob, charlie, team):
    theirs = charlie.memberships.get().workspace.default_team
    response = as_bob.post(URL, form(team=theirs.pk))
    assert response.status_code == 422
    assert not Bot.objects.exists()


def test_it_refuses_a_viewer(as_vera):
    assert as_vera.post(URL, form()).status_code == 403
    assert not Bot.objects.exists()


def test_it_does_not_exist_for_a_stranger(as_charlie, workspace):
    assert as_charlie.post(URL, form()).status_code == 404


def test_it_fills_in_the_link_that_another_tab_gave(as_bob, workspace):
    response = as_bob.get("/send", {"url": LINK}, follow=True)
    assert response.request["PATH_INFO"] == URL
    assert f'value="{LINK}"' in response.content.decode()
    assert "Google Meet" in response.content.decode()


def test_it_goes_to_the_workspace_used_last(as_bob, bob, charlie):
    globex = charlie.memberships.get().workspace
    globex.memberships.create(user=bob)
    as_bob.get("/w/globex/")
    assert as_bob.get("/send").headers["Location"] == "/w/globex/send/"


def test_it_gives_a_bookmark_for_the_meeting_s_own_tab(as_bob):
    assert "encodeURIComponent(location.href)" in as_bob.get(URL).content.decode()


def test_it_forgets_an_address_whose_format_was_unticked(as_bob):
    as_bob.post(URL, form(rtmp_url="rtmp://live.example/app/key"))
    config = Bot.objects.get().request["recording_config"]
    assert config["video_mixed_flv"] is None
    assert [each["type"] for each in config["realtime_endpoints"]] == ["webhook"]
