"""What every open page of a workspace is told about its bots."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from bots.lifecycle import Action
from bots.models import News, Order

pytestmark = pytest.mark.django_db

URL = "/w/acme/notices/"
LONG = timedelta(minutes=2)


def notices(client):
    response = client.get(URL)
    assert response.status_code == 200
    return response.content.decode()


def test_it_tells_of_a_bot_that_waits_longer_than_a_minute(as_vera, a_bot):
    bot = a_bot("joining_call", "in_waiting_room", ago=LONG)
    assert "still waiting to be let in" in notices(as_vera)
    assert f"/w/acme/bots/{bot.pk}/" in notices(as_vera)


def test_it_is_silent_of_a_bot_that_has_just_come(as_vera, a_bot):
    a_bot("joining_call", "in_waiting_room")
    assert 'class="notice ' not in notices(as_vera)


def test_it_tells_of_a_bot_that_failed_lately_and_not_of_an_old_failure(as_vera, a_bot):
    fatal = ("joining_call", ("fatal", "meeting_not_found"))
    a_bot(*fatal, title="Lately", ago=timedelta(minutes=9))
    a_bot(*fatal, title="Long ago", ago=timedelta(minutes=11))
    assert "Lately" in notices(as_vera)
    assert "Long ago" not in notices(as_vera)


def test_it_tells_of_a_bot_that_does_not_record(as_vera, a_bot):
    a_bot("joining_call", "in_call_not_recording", ago=LONG)
    assert "in the call but not recording" in notices(as_vera)


def test_it_is_silent_when_a_person_stopped_the_recording(as_vera, a_bot):
    bot = a_bot("in_call_recording", "in_call_not_recording", ago=LONG)
    now = timezone.now()
    Order.objects.create(
        bot=bot,
        action=Action.STOP,
        state=Order.State.CONFIRMED,
        created_at=now,
        due_at=now,
        expires_at=now,
    )
    assert 'class="notice ' not in notices(as_vera)


def test_it_counts_the_live_bots_again(as_vera, a_bot):
    a_bot("joining_call")
    a_bot("joining_call", "call_ended", "done")
    assert '>1<span class="visually-hidden"> live' in notices(as_vera)


def test_it_stands_on_every_page_from_the_start(as_vera, a_bot, team):
    a_bot("joining_call", "in_waiting_room", ago=LONG)
    page = as_vera.get(f"/w/acme/notetakers/{team.pk}/").content.decode()
    assert "still waiting to be let in" in page


def test_it_names_the_meeting_of_a_bot_without_a_title(as_vera, a_bot):
    link = "https://meet.google.com/nev-erad-mit?pwd=secret"
    a_bot("joining_call", "in_waiting_room", title="", link=link, ago=LONG)
    said = notices(as_vera)
    assert ">meet.google.com/nev-erad-mit</a>: The bot is still waiting" in said


def test_it_folds_more_than_two_into_one_line(as_vera, a_bot):
    for number in range(2):
        a_bot("joining_call", "in_waiting_room", title=f"Meeting {number}", ago=LONG)
    assert "need attention" not in notices(as_vera)
    a_bot("joining_call", ("fatal", "meeting_not_found"), title="One more")
    said = notices(as_vera)
    assert "3 bots need attention" in said
    assert said.count('class="notice ') == 3


def test_it_is_silent_of_the_bot_whose_page_is_open(as_vera, a_bot):
    bot = a_bot("joining_call", "in_waiting_room", ago=LONG)
    page = as_vera.get(f"/w/acme/bots/{bot.pk}/").content.decode()
    assert f"{URL}?here={bot.pk}" in page
    for text in (page, as_vera.get(URL, {"here": bot.pk}).content.decode()):
        assert "data-dismiss-notice" not in text
    assert "data-dismiss-notice" in as_vera.get(URL, {"here": "x"}).content.decode()


def test_it_is_silent_of_what_was_dismissed_until_something_new_is_wrong(as_vera, a_bot):
    bot = a_bot("joining_call", "in_waiting_room", ago=LONG)
    key = re.search(r'data-dismiss-notice="([^"]+)"', notices(as_vera))[1]
    as_vera.cookies["dismissed"] = f"7-00000000.{key}"
    assert "data-dismiss-notice" not in notices(as_vera)
    now = timezone.now()
    bot.observe([News("in_call_not_recording", now - LONG * 0.9)], source="sync", now=now)
    assert "not recording" in notices(as_vera)


def test_it_tells_a_stranger_nothing(as_charlie, a_bot):
    assert as_charlie.get(URL).status_code == 404


def left_by(person, bot):
    now = timezone.now()
    Order.objects.create(
        bot=bot, action=Action.LEAVE, by=person, state=Order.State.CONFIRMED,
        created_at=now, due_at=now, expires_at=now,
    )  # fmt: skip


def test_it_tells_whoever_let_it_leave_that_all_is_processed(as_bob, as_vera, bob, a_bot):
    bot = a_bot("in_call_recording", "call_ended", "done", recorded=True)
    left_by(bob, bot)
    said = notices(as_bob)
    assert "It has left and all is processed: 1 file is ready." in said
    assert f"/w/acme/bots/{bot.pk}/" in said
    assert "all is processed" not in notices(as_vera)


def test_it_says_so_for_a_while_only_and_not_before(as_bob, bob, a_bot):
    left_by(bob, a_bot("in_call_recording", "call_ended", recorded=True))
    left_by(bob, a_bot("call_ended", "done", ago=timedelta(minutes=11)))
    assert "all is processed" not in notices(as_bob)


def test_one_that_turned_fatal_is_told_as_a_failure_with_its_reason(as_bob, bob, a_bot):
    left_by(bob, a_bot("in_call_recording", ("fatal", "bot_errored")))
    said = notices(as_bob)
    assert "failed" in said
    assert "all is processed" not in said
