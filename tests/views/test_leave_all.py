"""Leave all: choose, be asked once more, watch; and the queue of those that are not sent yet."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from bots import actions, policy
from bots.models import AuditEvent, Batch, Bot, Order
from bots.recall.errors import NoFreeBot
from tests.world import LINK

URL = "/w/acme/leave-all/"
HTMX = {"HX-Request": "true", "HX-Target": "div#batch"}


def text_of(response):
    return re.sub(r"\s+", " ", response.content.decode())


def ids_in(response):
    found = re.search(r'name="bots" type="hidden" value="([\d,]*)"', response.content.decode())
    return {int(word) for word in found[1].split(",")}


@pytest.fixture
def two(a_bot):
    return [a_bot("in_call_recording", title=f"Meeting {n}") for n in range(2)]


def test_the_list_offers_a_choice(as_bob, two):
    page = text_of(as_bob.get("/w/acme/"))
    for bot in two:
        assert f'id="pick-{bot.pk}"' in page
    assert f'href="{URL}"' in page
    assert 'form="pick-form"' in page


def test_one_bot_is_no_choice(as_bob, a_bot):
    a_bot("in_call_recording")
    assert "pick-form" not in text_of(as_bob.get("/w/acme/"))


def test_a_viewer_is_offered_none(as_vera, two):
    page = text_of(as_vera.get("/w/acme/"))
    assert "pick-form" not in page
    assert URL not in page
    assert as_vera.get(URL).status_code == 403
    assert as_vera.post(URL, {"bot": two[0].pk, "confirmed": "1"}).status_code == 403


def test_it_asks_about_everything_live(as_bob, two, a_bot):
    a_bot("done")
    response = as_bob.get(URL)
    assert ids_in(response) == {bot.pk for bot in two}
    page = text_of(response)
    assert "Have all 2 bots leave?" in page
    assert "Meeting 0" in page
    assert "Meeting 1" in page
    assert not Batch.objects.exists()


def test_it_asks_about_what_was_chosen(as_bob, two, a_bot):
    a_bot("in_call_recording", title="Stays")
    response = as_bob.post(URL, {"bot": [bot.pk for bot in two]})
    assert ids_in(response) == {bot.pk for bot in two}
    assert "Stays" not in text_of(response)
    assert not Batch.objects.exists()


def test_a_choice_of_none_is_said(as_bob, two):
    response = as_bob.post(URL, follow=True)
    assert "Choose the bots" in text_of(response)


@pytest.mark.parametrize("junk", ["x", "-1", "1e5", "²", "9" * 30, "1\0"])
def test_junk_names_nothing(as_bob, two, junk):
    response = as_bob.post(URL, {"bot": [two[0].pk, junk], "bots": junk})
    assert ids_in(response) == {two[0].pk}


def test_confirmed_it_is_one_batch_however_often(as_bob, bob, two):
    form = {"bots": ",".join(str(bot.pk) for bot in two), "confirmed": "1", "token": "t"}
    first, second = as_bob.post(URL, form), as_bob.post(URL, form)
    batch = Batch.objects.get()
    assert first["Location"] == second["Location"] == reverse("batch", args=["acme", batch.pk])
    assert (batch.by, batch.items.count()) == (bob, 2)
    assert AuditEvent.objects.filter(verb="bots.leave_all").count() == 1


def test_foreign_bots_are_as_if_they_were_not_there(as_charlie, as_bob, two):
    form = {"bots": ",".join(str(bot.pk) for bot in two), "confirmed": "1"}
    assert as_charlie.post(URL, form).status_code == 404
    assert as_charlie.post("/w/globex/leave-all/", form, follow=True).status_code == 200
    assert not Batch.objects.exists()


def test_the_page_tells_how_far_it_has_come(as_bob, two):
    form = {"bots": ",".join(str(bot.pk) for bot in two), "confirmed": "1"}
    page = text_of(as_bob.post(URL, form, follow=True))
    assert "0 of 2 done" in page
    assert 'hx-trigger="live throttle:1s, every 5s"' in page
    batch = Batch.objects.get()
    item = batch.items.get(bot=two[0])
    item.why_not = "The bot has left already."
    item.save()
    part = text_of(as_bob.get(reverse("batch", args=["acme", batch.pk]), headers=HTMX))
    assert part.lstrip().startswith('<div class="leave-all" id="batch"')
    assert "1 of 2 done" in part
    assert "The bot has left already." in part
    batch.items.update(why_not="The bot has left already.")
    over = text_of(as_bob.get(reverse("batch", args=["acme", batch.pk])))
    assert "All 2 bots are out of their meetings" in over
    assert "hx-trigger" not in re.search(r'<div class="leave-all".*', over)[0]


def test_the_page_costs_the_same_for_hundreds(as_bob, a_bot, django_assert_max_num_queries):
    bots = Bot.objects.bulk_create(
        [_like(a_bot("in_call_recording"), number) for number in range(300)]
    )
    form = {"bots": ",".join(str(bot.pk) for bot in bots), "confirmed": "1"}
    as_bob.post(URL, form)
    batch = Batch.objects.get()
    assert batch.items.count() == 300
    url = reverse("batch", args=["acme", batch.pk])
    as_bob.get(url)
    with django_assert_max_num_queries(9):
        as_bob.get(url, headers=HTMX)


def _like(bot, number):
    bot.pk, bot.recall_id = None, None
    bot.title = f"Meeting {number}"
    return bot


def test_the_list_leads_back_while_they_leave(as_bob, two):
    form = {"bots": str(two[0].pk), "confirmed": "1"}
    as_bob.post(URL, form)
    batch = Batch.objects.get()
    actions.order(two[0], "leave", by=None, now=timezone.now(), confirmed=True)
    assert reverse("batch", args=["acme", batch.pk]) in text_of(as_bob.get("/w/acme/"))
    assert reverse("batch", args=["acme", batch.pk]) in text_of(as_bob.get(URL))


def test_a_second_person_reads_who_asked_first(as_alice, as_bob, two):
    url = reverse("bot", args=["acme", two[0].pk])
    as_bob.post(f"{url}pause/", {"token": "b"})
    page = as_alice.post(f"{url}pause/", {"token": "a"}, follow=True)
    assert "bob asked for this 1 s ago: it is the same order." in text_of(page)
    again = as_bob.post(f"{url}pause/", {"token": "b"}, follow=True)
    assert "asked for this" not in text_of(again)


# What waits for a free bot


@pytest.fixture
def waiting(workspace, bob):
    now = timezone.now()
    ask = policy.Ask(meeting_url=LINK, title="Kick-off")
    bot = actions.send(workspace.default_team, ask, by=bob, token="s", now=now)
    bot.orders.update(
        attempts=4, due_at=now + timedelta(seconds=23), error=NoFreeBot.sentence, error_code="x"
    )
    return bot.orders.get()


def test_what_waits_for_a_bot_stands_in_a_queue(as_bob, waiting):
    page = text_of(as_bob.get("/w/acme/"))
    queue = page[page.index('id="queue-title"') : page.index('id="earlier-title"')]
    assert "Waiting for a free bot" in queue
    assert "Kick-off" in queue
    assert "Attempt 4, gives up at" in queue
    assert "Next try" in queue
    assert reverse("withdraw", args=["acme", waiting.pk]) in queue
    assert 'id="live-title"' not in page  # it is not live


def test_its_page_says_the_same(as_bob, waiting):
    page = text_of(as_bob.get(reverse("bot", args=["acme", waiting.bot_id])))
    assert "Attempt 4;" in page
    assert "gives up at" in page
    assert "guaranteed" in page


def test_a_viewer_sees_the_queue_and_no_buttons(as_vera, waiting):
    page = text_of(as_vera.get("/w/acme/"))
    assert "Waiting for a free bot" in page
    assert "/withdraw/" not in page
    assert "/schedule/" not in page


def test_more_ids_than_a_database_takes_name_no_more_than_there_are(as_bob, a_bot):
    bot = a_bot("in_call_recording", title="Stand-up")
    ids = ",".join(map(str, range(bot.pk, bot.pk + 300_000)))
    answer = as_bob.post(reverse("leave_all", args=["acme"]), {"bots": ids})
    assert answer.status_code == 200
    assert "Stand-up" in text_of(answer)


def test_one_click_schedules_it_instead(as_bob, bob, waiting):
    url = reverse("schedule_instead", args=["acme", waiting.pk])
    before = timezone.now()
    response = as_bob.post(url)
    later = Bot.objects.exclude(pk=waiting.bot_id).get()
    assert response["Location"] == reverse("bot", args=["acme", later.pk])
    waiting.refresh_from_db()
    assert waiting.state == Order.State.SUPERSEDED
    ahead = later.join_at - before
    assert timedelta(minutes=11) <= ahead <= timedelta(minutes=12, seconds=5)
    assert (later.title, later.meeting_url, later.sent_by) == ("Kick-off", LINK, bob)
    # The same button again makes no third bot.
    as_bob.post(url)
    assert Bot.objects.count() == 2


@pytest.mark.parametrize("is_theirs", [True, False])
def test_no_other_form_says_its_word_beforehand(as_bob, charlie, workspace, waiting, is_theirs):
    """What a form calls itself is up to whoever sends it, in this workspace and in others."""
    team = (workspace if is_theirs else charlie.memberships.get().workspace).default_team
    ask = policy.Ask(meeting_url="https://meet.google.com/xyz-abcd-efg")
    taken = actions.send(team, ask, by=charlie, token=f"later-{waiting.pk}", now=timezone.now())
    as_bob.post(reverse("schedule_instead", args=["acme", waiting.pk]))
    later = Bot.objects.exclude(pk__in=[waiting.bot_id, taken.pk]).get()
    assert (later.meeting_url, later.team) == (LINK, workspace.default_team)


def test_what_has_gone_out_is_not_scheduled_as_well(as_bob, waiting):
    Order.objects.update(state=Order.State.SENDING, lease_until=timezone.now())
    page = as_bob.post(reverse("schedule_instead", args=["acme", waiting.pk]), follow=True)
    assert "gone to Recall already" in text_of(page).replace("&#x27;", "'")
    assert Bot.objects.count() == 1


def test_other_waits_are_named(as_bob, waiting):
    Order.objects.update(error="Recall can't be reached.")
    page = text_of(as_bob.get("/w/acme/"))
    assert "Waiting to be sent" in page
    assert "be reached." in page
    assert "/schedule/" not in page


def test_what_somebody_took_back_is_no_trouble(as_bob, bob, waiting):
    assert actions.withdraw(waiting, by=bob, now=timezone.now())
    assert "Taken back" not in text_of(as_bob.get("/w/acme/notices/"))


def test_a_page_asks_often_while_an_order_shows_no_effect(as_bob, two):
    url = reverse("bot", args=["acme", two[0].pk])
    assert 'hx-trigger="live, calm, every 30s"' in text_of(as_bob.get(url))
    now = timezone.now()
    two[0].orders.create(
        action="pause",
        state="accepted",
        created_at=now,
        due_at=now,
        expires_at=now + timedelta(minutes=1),
        answered_at=now - timedelta(seconds=9),
    )
    page = text_of(as_bob.get(url))
    assert 'hx-trigger="live, calm, every 4s"' in page
    assert "Recall took this 9 s ago; looking whether it happened." in page
