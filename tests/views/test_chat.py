"""The chat panel of a bot's page: a form by what the platform takes, and why there is none."""

import pytest
from django.urls import reverse

from bots.models import Order

HTMX = {"HX-Request": "true", "HX-Target": "div#panel"}
ZOOM = "https://zoom.us/j/93847561234"


def page_of(client, bot):
    return client.get(reverse("bot", args=["acme", bot.pk])).content.decode()


def url_of(bot):
    return reverse("say", args=["acme", bot.pk])


def test_it_is_there_while_the_bot_is_in_the_call(as_bob, as_vera, a_bot):
    bot = a_bot("in_call_recording")
    assert url_of(bot) in page_of(as_bob, bot)
    assert "Google Meet takes 500 characters at most." in page_of(as_bob, bot)
    assert url_of(bot) not in page_of(as_vera, bot), "she looks on"
    for codes in (["in_waiting_room"], ["in_call_recording", "call_ended", "done"]):
        other = a_bot(*codes)
        assert url_of(other) not in page_of(as_bob, other)


def test_it_offers_what_the_platform_takes(as_bob, a_bot):
    meet, zoom = (
        page_of(as_bob, a_bot("in_call_recording")),
        page_of(as_bob, a_bot("in_call_recording", platform="zoom")),
    )
    assert ("Pin it" in meet, "Everyone but the host" in meet) == (True, False)
    assert ("Pin it" in zoom, "Everyone but the host" in zoom) == (False, True)
    webex = a_bot("in_call_recording", platform="webex")
    said = page_of(as_bob, webex)
    assert url_of(webex) not in said
    assert "write in the chat of Webex" in said


def test_one_person_can_be_written_to_on_zoom(as_bob, a_bot):
    bot = a_bot("in_call_recording", platform="zoom")
    bot.participants.create(number=16778240, name="Ann Lee")
    assert '<option value="16778240">Ann Lee</option>' in page_of(as_bob, bot)
    as_bob.post(url_of(bot), {"token": "t", "message": "Psst", "to": "16778240"})
    assert Order.objects.get().body == {"message": "Psst", "to": "16778240", "pin": False}
    said = as_bob.post(url_of(bot), {"token": "u", "message": "Psst", "to": "4"}, headers=HTMX)
    assert "Select a valid choice" in said.content.decode()
    assert Order.objects.count() == 1


def test_a_message_is_one_order_and_the_next_field_is_empty(as_bob, bob, a_bot):
    bot = a_bot("in_call_recording")
    for _ in range(2):
        answer = as_bob.post(url_of(bot), {"token": "t", "message": "One\r\ntwo"}, headers=HTMX)
    order = Order.objects.get()
    assert (order.action, order.by, order.body["message"]) == ("say", bob, "One\ntwo")
    said = answer.content.decode()
    assert 'id="chat-message-1"' in said
    assert "“One\ntwo”" in said


@pytest.mark.parametrize(
    ("message", "said"),
    [("", "Write what the bot shall say."), ("x" * 501, "takes 500 characters at most")],
)
def test_it_says_what_is_wrong(as_bob, a_bot, message, said):
    bot = a_bot("in_call_recording")
    answer = as_bob.post(url_of(bot), {"token": "t", "message": message}, headers=HTMX)
    assert said in answer.content.decode()
    assert 'id="chat-message-0"' in answer.content.decode(), "what was typed stays"
    assert not Order.objects.exists()


def test_the_host_is_asked_again_where_that_helps(as_bob, a_bot):
    denied = ("in_call_not_recording", "recording_permission_denied")
    zoom = a_bot(*denied, platform="zoom")
    assert "Ask the host for permission again" in page_of(as_bob, zoom)
    as_bob.post(reverse("order", args=["acme", zoom.pk, "ask"]), {"token": "t"})
    assert Order.objects.get().action == "ask"
    assert "Ask the host for permission again" not in page_of(as_bob, a_bot(*denied))
