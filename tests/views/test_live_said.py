"""Live words on the page of a bot, and why there are none."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from bots import own_addresses, realtime
from bots.models import Ear, Passage, PolicyVersion, Role
from bots.policy import listening
from tests.views.test_realtime import deed, words

pytestmark = pytest.mark.django_db
QUICK = {"recallai_streaming": {"mode": "prioritize_low_latency", "language_code": "en"}}
SLOW = {"recallai_streaming": {}}


@pytest.fixture
def as_vera(client, vera):
    client.force_login(vera)
    return client


def in_call(a_bot, *statuses, provider=QUICK, listens=True, **fields):
    bot = a_bot(*(statuses or ("in_call_recording",)), **fields)
    config = {"transcript": {"provider": provider} if provider else None}
    if listens:
        config["realtime_endpoints"] = [listening.endpoint(config)]
    bot.request = {"recording_config": config}
    bot.save(update_fields=["request"])
    return bot


def hear(bot, body):
    realtime.receive(own_addresses.token(bot.pk), {}, body, now=timezone.now())


def page(client, bot):
    return client.get(reverse("bot", args=["acme", bot.pk])).content.decode()


def news(client, bot, after=0):
    place = f"{reverse('bot_said', args=['acme', bot.pk])}?after={after}"
    return client.get(place, headers={"HX-Request": "true"})


def test_it_shows_what_was_said_and_what_is_being_said(as_vera, a_bot):
    bot = in_call(a_bot)
    hear(bot, words(bot, "Hello <b>everyone</b>"))
    hear(bot, words(bot, "So I", 9, name="transcript.partial_data", number=200, who="Bob"))
    text = page(as_vera, bot)
    assert "Live transcript" in text
    assert "Hello &lt;b&gt;everyone&lt;/b&gt;" in text
    assert "Live words can be lost; the final transcript comes after the meeting." in text
    assert 'class="uncertain"' in text
    assert "So I" in text


def test_it_gives_the_new_lines_and_those_that_may_have_grown(as_vera, a_bot):
    bot = in_call(a_bot)
    for n in range(15):
        hear(bot, words(bot, f"line{n}", n * 10.0))
    last = Passage.objects.order_by("n").last()
    text = news(as_vera, bot, after=last.pk).content.decode()
    assert [f"line{n}<" in text for n in range(15)] == [False] * 5 + [True] * 10
    everything = news(as_vera, bot, after="junk").content.decode()
    assert "line0<" in everything


def test_it_is_over_with_the_meeting(as_vera, a_bot):
    bot = in_call(a_bot, "in_call_recording", "call_ended", "done", recorded=True)
    assert news(as_vera, bot).status_code == 204
    text = page(as_vera, bot)
    assert "Live transcript" not in text
    assert reverse("recording", args=["acme", bot.recordings.get().pk]) in text


def test_a_piece_without_its_page_leads_to_the_page(as_vera, a_bot):
    bot = in_call(a_bot)
    answer = as_vera.get(reverse("bot_said", args=["acme", bot.pk]))
    assert answer["Location"] == reverse("bot", args=["acme", bot.pk])


@pytest.mark.parametrize(
    ("statuses", "options", "sentence"),
    [
        (("in_call_not_recording",), {}, "Halted: nothing is being recorded."),
        (("in_call_recording",), {"paused": True}, "Halted while recording is paused."),
        (("in_call_recording",), {"provider": None}, "No transcript was asked for"),
        (("in_call_recording",), {"listens": False}, "This bot was sent without live words."),
        (("in_call_recording",), {"provider": SLOW}, "Accurate mode: words come 3 to 10 minutes"),
    ],
)
def test_it_says_why_nothing_comes(as_vera, a_bot, statuses, options, sentence):
    assert sentence in page(as_vera, in_call(a_bot, *statuses, **options))


def test_it_says_that_recall_cannot_reach_us(as_vera, a_bot, settings):
    bot = in_call(a_bot)
    settings.PUBLIC_URL = ""
    assert "Live words need an address that Recall can reach." in page(as_vera, bot)


def test_it_says_that_recall_gave_up(as_vera, a_bot):
    bot = in_call(a_bot)
    Ear.objects.create(bot=bot, failed_at=timezone.now(), failure="TLS <handshake>")
    text = page(as_vera, bot)
    assert "Live words stopped: Recall could not reach us." in text
    assert "TLS &lt;handshake&gt;" in text


def test_no_partial_stands_while_it_is_paused(as_vera, a_bot):
    bot = in_call(a_bot, paused=True)
    hear(bot, words(bot, "So I", name="transcript.partial_data"))
    assert "So I" not in page(as_vera, bot)


def test_people_and_chat_come_while_it_runs(as_vera, a_bot):
    bot = in_call(a_bot)
    hear(bot, deed(bot, "join", who="Ann"))
    hear(bot, deed(bot, "chat_message", 3, chat={"text": "See <the> notes", "to": "everyone"}))
    text = page(as_vera, bot)
    assert "See &lt;the&gt; notes" in text
    assert 'title="Ann"' in text


def test_nobody_else_reads_the_words_of_a_private_team(client, member, workspace, a_bot):
    board = workspace.teams.create(name="Board")
    PolicyVersion.objects.save_team(board, {"shown_to": "team"}, by=None, now=timezone.now())
    bot = in_call(a_bot, team=board)
    hear(bot, words(bot, "Hush"))
    client.force_login(member("otto", Role.VIEWER, workspace))
    assert news(client, bot).status_code == 404
    inside = member("ines", Role.VIEWER, workspace)
    inside.memberships.get().teams.add(board)
    client.force_login(inside)
    assert "Hush" in news(client, bot).content.decode()


def test_a_page_in_full_swing_asks_little_and_less_when_it_is_asked_for_anew(as_vera, a_bot):
    bot = in_call(a_bot)
    hear(bot, words(bot, "Hello"))
    hear(bot, words(bot, "So I", 9, name="transcript.partial_data", number=200, who="Bob"))
    page(as_vera, bot)
    # Its people, what they did, what they said and what they are saying.
    assert bot.participants.exists()
    with CaptureQueriesContext(connection) as whole:
        page(as_vera, bot)
    with CaptureQueriesContext(connection) as anew:
        text = as_vera.get(
            reverse("bot", args=["acme", bot.pk]), headers={"HX-Request": "true"}
        ).content.decode()
    assert len(whole) <= 15, "\n".join(each["sql"] for each in whole)
    assert len(anew) <= 12, "\n".join(each["sql"] for each in anew)
    # The browser keeps the words that it has.
    assert 'id="live-said"' in text
    assert "Hello" not in text
