"""`manage.py leave BOT --wait`: tells it to leave, and reports what there is when all is done."""

import threading
import time
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connections
from django.utils import timezone

from bots.lifecycle import Action
from bots.management.commands import leave
from bots.models import Bot, News, Order

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(leave, "POLL_S", 0.02)
    monkeypatch.setattr(leave.tasks, "wake_order", lambda order: None)


def told(bot, **options):
    said = StringIO()
    call_command("leave", str(bot.recall_id), stdout=said, **options)
    return said.getvalue()


def later(bot, *steps, seconds=0.3):
    """Recall reports these (code, sub-code) one after another, while somebody waits."""

    def report():
        for code, sub_code in steps:
            time.sleep(seconds)
            now = timezone.now()
            news = News(code, now, sub_code)
            Bot.objects.get(pk=bot.pk).observe([news], source=Bot.Source.WEBHOOK, now=now)
        connections.close_all()

    thread = threading.Thread(target=report)
    thread.start()
    return thread


def test_it_tells_the_bot_to_leave_and_says_so(a_bot):
    bot = a_bot("in_call_recording")
    assert "is told to leave" in told(bot)
    order = bot.orders.get()
    assert (order.action, order.by) == (Action.LEAVE, None)
    assert order.giver == "A command on the server"


def test_it_waits_until_all_is_processed_and_names_the_media(a_bot, settings):
    settings.PUBLIC_URL = "https://dash.example"
    bot = a_bot("in_call_recording", recorded=True)
    thread = later(bot, ("call_ended", "bot_received_leave_call"), ("done", ""))
    said = told(bot, wait=True, timeout=20)
    thread.join()
    recording = bot.recordings.get()
    assert f"https://dash.example/w/acme/recordings/{recording.pk}/" in said
    assert "video_mixed  done" in said
    assert said.index("Processing") < said.index("Finished") < said.index("https://")


def test_a_bot_that_turns_fatal_ends_the_wait_with_its_reason(a_bot):
    bot = a_bot("in_call_recording")
    thread = later(bot, ("fatal", "bot_errored"))
    with pytest.raises(CommandError) as failed:
        told(bot, wait=True, timeout=20)
    thread.join()
    assert len(str(failed.value)) > 10


def test_it_does_not_wait_for_ever(a_bot):
    with pytest.raises(CommandError, match="It is still so: Recording"):
        told(a_bot("in_call_recording"), wait=True, timeout=0.1)


def test_what_recall_refuses_ends_the_wait(a_bot):
    bot = a_bot("in_call_recording")
    told(bot)
    Order.objects.update(state=Order.State.REFUSED, error="Recall said no.")
    with pytest.raises(CommandError, match=r"Recall said no\."):
        leave.Command()._wait(bot, until=time.monotonic() + 5)


def test_one_that_has_left_is_only_waited_for(a_bot):
    bot = a_bot("in_call_recording", "call_ended", "done", recorded=True)
    assert "video_mixed  done" in told(bot, wait=True)
    with pytest.raises(CommandError, match="has left already"):
        told(bot)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("nonsense", "neither Recall's id"),
        ("999999", "There is no bot 999999 here"),
        ("0d9dbe3c-7cb0-4d46-9f86-1a3a37a0f003", "There is no bot"),
    ],
)
def test_it_says_which_bot_it_does_not_know(db, said, why):
    with pytest.raises(CommandError, match=why):
        call_command("leave", said)
