"""A bot's buttons: each press is one order, asked about first where it destroys something."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from bots.models import Bot, Order, PolicyVersion
from tests.world import LINK

HTMX = {"HX-Request": "true", "HX-Target": "div#panel"}


def url_of(bot: Bot, action: str) -> str:
    return reverse("bot", args=[bot.workspace.slug, bot.pk]) + f"{action}/"


def test_it_pauses_with_one_click(as_bob, bob, a_bot):
    bot = a_bot("in_call_recording")
    response = as_bob.post(url_of(bot, "pause"), {"token": "t1"})
    assert (response.status_code, response["Location"]) == (
        302,
        reverse("bot", args=["acme", bot.pk]),
    )
    order = bot.orders.get()
    assert (order.action, order.state, order.by, order.token) == ("pause", "waiting", bob, "t1")


def test_it_answers_htmx_with_the_live_part(as_bob, a_bot):
    bot = a_bot("in_call_recording")
    response = as_bob.post(url_of(bot, "pause"), {"token": "t1"}, headers=HTMX)
    assert "Pausing…" in response.content.decode()
    assert response["HX-Trigger"] == "sheet:done"


def test_it_takes_a_double_click_as_one_order(as_bob, a_bot):
    bot = a_bot("in_call_recording")
    for token in ("t1", "t1", "t2"):
        as_bob.post(url_of(bot, "pause"), {"token": token})
    assert bot.orders.count() == 1


def test_it_says_in_place_what_cannot_be_done_now(as_bob, a_bot):
    bot = a_bot("in_waiting_room")
    response = as_bob.post(url_of(bot, "pause"), headers=HTMX)
    assert (response.status_code, response["HX-Retarget"]) == (409, "#panel")
    assert 'role="alert"' in response.content.decode()
    assert not bot.orders.exists()


def test_it_says_above_the_page_what_cannot_be_done_now(as_bob, a_bot):
    response = as_bob.post(url_of(a_bot("in_waiting_room"), "pause"), follow=True)
    assert response.redirect_chain
    assert b'data-toast="error"' in response.content


def test_it_tells_a_row_of_the_list_in_a_toast(as_bob, a_bot):
    headers = {"HX-Request": "true", "HX-Target": "form"}
    response = as_bob.post(url_of(a_bot("in_waiting_room"), "pause"), headers=headers)
    assert response.status_code == 409
    assert b'id="toasts" hx-swap-oob="beforeend"' in response.content


@pytest.mark.parametrize("action", ["pause", "leave", "start"])
def test_it_refuses_a_viewer(as_vera, a_bot, action):
    bot = a_bot("in_call_recording")
    assert as_vera.post(url_of(bot, action), {"confirmed": "1"}).status_code == 403
    assert as_vera.get(url_of(bot, action)).status_code == 403
    assert not Order.objects.exists()


def test_it_is_nowhere_for_a_stranger(as_charlie, a_bot):
    assert as_charlie.post(url_of(a_bot("in_call_recording"), "pause")).status_code == 404


@pytest.mark.parametrize("word", ["explode", "send", "PAUSE"])
def test_it_knows_only_the_words_of_the_lifecycle(as_bob, a_bot, word):
    assert as_bob.post(url_of(a_bot("in_call_recording"), word)).status_code == 404


def test_it_takes_no_order_by_get(as_bob, a_bot):
    bot = a_bot("in_call_recording")
    assert as_bob.get(url_of(bot, "pause")).status_code == 405
    assert not bot.orders.exists()


def test_it_asks_before_leaving_for_good(as_bob, a_bot):
    bot = a_bot("in_call_recording")
    page = as_bob.get(url_of(bot, "leave"))
    assert "cannot come back" in page.content.decode()
    sheet = as_bob.get(url_of(bot, "leave"), headers=HTMX)
    assert b"<html" not in sheet.content
    assert sheet["HX-Retarget"] == "#sheet"


def test_it_leaves_only_when_asked_first(as_bob, a_bot):
    bot = a_bot("in_call_recording")
    asked = as_bob.post(url_of(bot, "leave"))
    assert asked.status_code == 409
    assert "cannot come back" in asked.content.decode()
    assert not bot.orders.exists()
    as_bob.post(url_of(bot, "leave"), {"confirmed": "1"})
    assert bot.orders.get().action == "leave"


def test_it_does_not_ask_what_makes_no_sense(as_bob, a_bot):
    bot = a_bot("in_call_recording", "call_ended", "done")
    assert as_bob.get(url_of(bot, "leave")).status_code == 302


def scheduled(a_bot, minutes: int) -> Bot:
    return a_bot(join_at=timezone.now() + timedelta(minutes=minutes), phase="scheduled")


def test_it_reschedules_in_the_viewers_zone(as_bob, a_bot):
    bot = scheduled(a_bot, 60)
    day = (timezone.now() + timedelta(days=3)).date()
    data = {"join_at": f"{day}T15:30", "zone": "Asia/Kolkata"}
    assert as_bob.post(url_of(bot, "reschedule"), data).status_code == 302
    assert bot.orders.get().body == {"join_at": f"{day}T10:00:00Z"}


def test_it_moves_no_bot_into_the_last_ten_minutes(as_bob, a_bot):
    bot = scheduled(a_bot, 60)
    soon = timezone.now() + timedelta(minutes=5)
    response = as_bob.post(
        url_of(bot, "reschedule"), {"join_at": f"{soon:%Y-%m-%dT%H:%M}"}, headers=HTMX
    )
    assert (response.status_code, response["HX-Retarget"]) == (422, "#sheet")
    assert "more than ten minutes ahead" in response.content.decode()
    assert not bot.orders.exists()


def test_it_offers_leaving_instead_of_cancelling_in_the_last_ten_minutes(as_bob, a_bot):
    early = as_bob.get(reverse("bot", args=["acme", scheduled(a_bot, 60).pk])).content.decode()
    assert "Cancel by leaving" not in early
    bot = scheduled(a_bot, 5)
    late = as_bob.get(reverse("bot", args=["acme", bot.pk])).content.decode()
    assert "Recall already starts this bot, so it can only be told to leave." in late
    assert re.findall(r'class="control[ "].*?id="control-(\w+)"', late) == ["leave"]
    asked = as_bob.get(url_of(bot, "leave"), headers=HTMX).content.decode()
    assert "Cancel this bot?" in asked
    assert "Keep the bot" in asked
    assert as_bob.post(url_of(bot, "cancel"), {"confirmed": "1"}, headers=HTMX).status_code == 409


def test_it_takes_back_what_has_not_gone_out(as_bob, as_vera, as_charlie, a_bot):
    bot = a_bot(recall_id=None)
    now = timezone.now()
    order = bot.orders.create(action="send", created_at=now, due_at=now, expires_at=now)
    url = reverse("withdraw", args=["acme", order.pk])
    assert as_vera.post(url).status_code == 403
    assert as_charlie.post(url).status_code == 404
    assert as_bob.post(url).status_code == 302
    order.refresh_from_db()
    assert order.state == Order.State.SUPERSEDED


def test_it_can_not_take_back_what_has_gone_out(as_bob, a_bot):
    bot = a_bot("in_call_recording")
    now = timezone.now()
    order = bot.orders.create(
        action="pause", created_at=now, due_at=now, expires_at=now, state="accepted"
    )
    response = as_bob.post(reverse("withdraw", args=["acme", order.pk]), headers=HTMX)
    assert response.status_code == 409
    assert "gone to Recall already" in response.content.decode()


def test_it_moves_no_bot_past_a_limit_of_the_policy(as_bob, a_bot, team):
    now = timezone.now()
    PolicyVersion.objects.save_team(team, {"most_bots": 1}, by=None, now=now)
    busy = now + timedelta(days=2)
    a_bot(phase="scheduled", join_at=busy)
    bot = a_bot(phase="scheduled", join_at=now + timedelta(days=1))
    moves = {"busy": busy, "free": busy + timedelta(hours=2), "near": bot.join_at}
    data = {name: {"join_at": f"{when:%Y-%m-%dT%H:%M}"} for name, when in moves.items()}
    refused = as_bob.post(url_of(bot, "reschedule"), data["busy"], headers=HTMX)
    assert refused.status_code == 409
    assert "This is the rule “Most bots at once” of team Sales, version 2." in (
        refused.content.decode()
    )
    assert not bot.orders.exists()
    as_bob.post(url_of(bot, "reschedule"), data["near"])
    assert bot.orders.get().action == "reschedule"
    bot.orders.all().delete()
    as_bob.post(url_of(bot, "reschedule"), data["free"])
    assert bot.orders.get().action == "reschedule"


def test_it_moves_no_bot_to_a_time_that_no_calendar_has(as_bob, a_bot):
    bot = a_bot(phase="scheduled", join_at=timezone.now() + timedelta(days=1))
    data = {"join_at": "0001-01-01T00:00", "zone": "Asia/Tokyo"}
    answer = as_bob.post(url_of(bot, "reschedule"), data)
    assert answer.status_code == 422
    assert "No calendar has this time." in answer.content.decode()


def test_it_takes_a_form_whose_token_no_database_takes(as_bob, a_bot):
    bot = a_bot("in_call_recording")
    as_bob.post(url_of(bot, "pause"), {"token": "a\0b"})
    assert bot.orders.get().token == "ab"
    gone = a_bot("done", link=LINK.replace("abc", "xyz"))
    as_bob.post(reverse("send_another", args=["acme", gone.pk]), {"token": "c\0d"})
    assert Order.objects.get(action="send").token == "cd"
