"""The page of a bot: what it says, what it offers, and who may see it."""

import re
import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from bots import actions, policy, tasks
from bots.lifecycle import Action
from bots.models import Bot, News, Order, PolicyVersion
from bots.policy.reasons import leaves
from tests.world import LINK, make_bot

HTMX = {"HX-Request": "true", "HX-Target": "div#panel"}


def url_of(bot: Bot, name: str = "bot") -> str:
    return reverse(name, args=[bot.workspace.slug, bot.pk])


def text_of(response) -> str:
    """What a person reads: without tags, blanks run together."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def ordered(bot: Bot, action: Action, state: str = "waiting", **fields) -> Order:
    now = timezone.now()
    values = {"created_at": now, "due_at": now, "expires_at": now + timedelta(minutes=9)}
    return bot.orders.create(action=action, state=state, **{**values, **fields})


def test_it_says_what_is_so_and_for_how_long(as_vera, a_bot):
    page = as_vera.get(url_of(a_bot("joining_call", "in_waiting_room"))).content.decode()
    assert "Waiting to be let in. Google Meet gives up after 10 min." in page
    assert 'data-time="tick"' in page


def test_its_live_part_is_what_the_page_shows(as_bob, a_bot):
    bot = a_bot("joining_call")
    whole = as_bob.get(url_of(bot))
    part = as_bob.get(url_of(bot), headers=HTMX)
    assert part.content.startswith(b'<div class="bot-page" id="panel"') or (
        b'id="panel"' in part.content and b"<html" not in part.content
    )
    told = text_of(part).split("Timeline")[1].split("Details")[0]
    assert told in text_of(whole)
    assert "HX-Request" in part["Vary"]


def test_it_gives_the_whole_page_for_a_restored_history_entry(as_bob, a_bot):
    headers = {"HX-Request": "true", "HX-History-Restore-Request": "true"}
    assert b"<html" in as_bob.get(url_of(a_bot("joining_call")), headers=headers).content


def test_it_is_nowhere_for_a_stranger(as_charlie, a_bot):
    assert as_charlie.get(url_of(a_bot("joining_call"))).status_code == 404


def test_it_offers_a_viewer_no_button(as_vera, a_bot):
    page = as_vera.get(url_of(a_bot("in_call_recording"))).content.decode()
    assert "Pause recording" not in page
    assert "Leave meeting" not in page
    assert "Ask Recall again" not in page


def test_it_says_why_a_button_cannot_be_pressed(as_bob, a_bot):
    page = as_bob.get(url_of(a_bot("in_waiting_room"))).content.decode()
    assert 'aria-describedby="why-pause"' in page
    assert "The bot is still waiting to be let in." in page
    assert "Leave meeting" in page


@pytest.mark.parametrize(("paused", "shown", "hidden"), [
    (False, "Pause recording", "Resume recording"),
    (True, "Resume recording", "Pause recording"),
])  # fmt: skip
def test_it_gives_pause_and_resume_one_place_and_one_key(as_bob, a_bot, paused, shown, hidden):
    statuses = ["in_call_recording", "in_call_not_recording"] if paused else ["in_call_recording"]
    page = as_bob.get(url_of(a_bot(*statuses, paused=paused))).content.decode()
    button = re.search(r"<button[^>]*data-key=\"space\".*?</button>", page, re.DOTALL)
    assert button
    assert shown in button[0]
    assert f"{hidden}</" not in page


def test_it_keeps_a_pending_order_in_its_place(as_bob, a_bot):
    bot = a_bot("in_call_recording")
    ordered(bot, Action.PAUSE)
    page = as_bob.get(url_of(bot)).content.decode()
    assert "Pausing…</span>" in page
    assert "Resume recording</" not in page
    # As wide as it was, and no other button has become the one that matters.
    assert 'data-room="Resume recording">Pausing…' in page
    assert "button primary" not in page


def test_it_shows_why_an_order_was_refused_with_recalls_code(as_bob, a_bot):
    bot = a_bot("in_call_recording")
    ordered(bot, Action.PAUSE, "refused", error="The bot is not there.", error_code="cannot_x")
    page = as_bob.get(url_of(bot)).content.decode()
    assert "Pause recording did not work." in page
    assert "The bot is not there." in page
    assert '<code class="caption muted">cannot_x</code>' in page


def test_it_offers_to_take_back_a_bot_that_recall_has_none_for(as_bob, a_bot):
    bot = a_bot(recall_id=None)
    waiting = ordered(bot, Action.SEND, error="Recall has no free bot right now.", attempts=1)
    page = as_bob.get(url_of(bot)).content.decode()
    assert "Recall has no free bot right now." in page
    assert reverse("withdraw", args=["acme", waiting.pk]) in page
    assert "Leave meeting" not in page


def test_it_shows_an_unknown_status_as_it_came(as_bob, a_bot):
    page = as_bob.get(url_of(a_bot("in_call_recording", "teleported"))).content.decode()
    assert "<code>teleported</code>" in page


def test_it_tells_newest_first_while_live_and_oldest_first_when_over(as_bob, a_bot):
    live = as_bob.get(url_of(a_bot("joining_call", "in_waiting_room"))).content.decode()
    assert live.index("<code>in_waiting_room</code>") < live.index("<code>joining_call</code>")
    over = as_bob.get(url_of(a_bot("joining_call", ("fatal", "meeting_locked")))).content.decode()
    assert over.index("<code>joining_call</code>") < over.index(
        "<code>fatal · meeting_locked</code>"
    )


def test_it_calls_a_pause_a_pause(as_bob, a_bot):
    bot = a_bot("in_call_recording", "in_call_not_recording", "in_call_recording")
    began = bot.status_changes.earliest("at").at
    bot.recordings.create(
        workspace=bot.workspace, recall_id="7b0b6a3e-0b6e-4c0e-9f4e-1f0a5a3b1c1d",
        status="processing", status_at=began, created_at=began, started_at=began,
    )  # fmt: skip
    told = text_of(as_bob.get(url_of(bot)))
    assert "Was paused" in told


def test_it_calls_a_stop_no_pause_while_recall_prepares_the_recording(as_bob, bob, a_bot):
    bot = a_bot("in_call_recording", "in_call_not_recording", recorded=True)
    stopped = bot.status_changes.latest("at").at
    bot.recordings.update(status="processing", completed_at=None)
    ordered(bot, Action.STOP, "confirmed", by=bob, created_at=stopped - timedelta(seconds=1))
    page = as_bob.get(url_of(bot)).content.decode()
    assert "In the call, not recording" in page
    assert "Recording paused" not in page
    assert "url(#hatch)" not in page
    assert "data-player" not in page


def test_it_says_when_a_scheduled_bot_joins(as_bob, a_bot):
    at = timezone.now() + timedelta(hours=1)
    bot = a_bot(join_at=at, phase="scheduled")
    ordered(bot, Action.SEND, "accepted")
    told = text_of(as_bob.get(url_of(bot)))
    assert "Recall has it; it joins at" in told
    assert "waiting for it to show" not in told


def test_it_calls_a_cancelled_bot_cancelled(as_bob, a_bot):
    bot = a_bot(phase="finished", cancelled_at=timezone.now(), outcome="nothing_recorded")
    ordered(bot, Action.SEND, "accepted")
    page = as_bob.get(url_of(bot)).content.decode()
    assert re.search(r'class="pill tone-grey">.*?Cancelled', page, re.DOTALL)
    assert 'data-phase="finished">' not in page.split("<h1>")[1].split("</h1>")[1][:600]
    assert "Recall took it." in text_of(as_bob.get(url_of(bot)))


def test_it_says_failed_once(as_bob, a_bot):
    bot = a_bot("joining_call", ("fatal", "meeting_locked"))
    head = as_bob.get(url_of(bot)).content.decode().split("<h1>")[1].split('class="headline"')[0]
    assert head.count("Failed") == 1


def test_it_does_not_say_that_nothing_is_stored(as_bob, a_bot):
    told = text_of(as_bob.get(url_of(a_bot("joining_call", "call_ended", "done"))))
    assert "recordings are stored" not in told
    assert "Nothing was recorded." in told


def test_it_says_once_that_it_found_old_news(as_bob, a_bot):
    bot = a_bot("joining_call", "in_call_recording", "call_ended", "done")
    later = timezone.now() + timedelta(hours=28)
    bot.status_changes.update(source="sync", learnt_at=later)
    told = text_of(as_bob.get(url_of(bot)))
    assert told.count("found by sync") == 1
    assert told.count("28 h later") == 1
    assert "heard" not in told


def test_it_is_silent_about_a_delay_that_is_none(as_bob, a_bot):
    bot = a_bot("joining_call")
    at = bot.status_changes.get().at
    bot.status_changes.update(learnt_at=at + timedelta(milliseconds=90))
    assert "heard" not in text_of(as_bob.get(url_of(bot)))


@pytest.mark.parametrize(("days", "said"), [(3, "Recall deletes it"), (-3, "Deleted")])
def test_it_says_when_a_recording_is_or_was_deleted(as_bob, a_bot, days, said):
    bot = a_bot("in_call_recording", "done", recorded=True)
    bot.recordings.update(expires_at=timezone.now() + timedelta(days=days))
    told = text_of(as_bob.get(url_of(bot)))
    assert said in told
    assert ("Recall deletes it" in told) is (days > 0)


def test_it_says_where_news_came_from_and_how_late(as_bob, a_bot):
    bot = a_bot("in_call_recording")
    bot.status_changes.update(source="sync")
    change = bot.status_changes.get()
    bot.status_changes.update(learnt_at=change.at + timedelta(seconds=12))
    told = text_of(as_bob.get(url_of(bot)))
    assert "sync heard 12 s later" in told


def test_it_says_who_pressed_what_and_what_became_of_it(as_bob, bob, a_bot):
    bot = a_bot("in_call_recording")
    ordered(bot, Action.PAUSE, "confirmed", by=bob, finished_at=timezone.now())
    told = text_of(as_bob.get(url_of(bot)))
    assert "bob: Pause recording Done" in told


def test_it_shows_what_was_sent(as_vera, a_bot):
    bot = a_bot("joining_call")
    Bot.objects.filter(pk=bot.pk).update(request={"bot_name": "Acme <b>Notetaker</b>"})
    page = as_vera.get(url_of(bot)).content.decode()
    assert "What was sent to Recall" in page
    assert "&quot;bot_name&quot;: &quot;Acme &lt;b&gt;Notetaker&lt;/b&gt;&quot;" in page


def test_it_asks_for_a_look_at_recall(as_bob, as_vera, a_bot):
    bot = a_bot("in_call_recording")
    assert as_vera.post(url_of(bot, "refresh")).status_code == 403
    assert as_bob.post(url_of(bot, "refresh")).status_code == 302
    bot.refresh_from_db()
    assert bot.refresh_due_at is not None


def test_it_shows_raw_deliveries_to_leads_only(as_alice, as_bob, a_bot):
    bot = a_bot("in_call_recording")
    bot.deliveries.create(
        workspace=bot.workspace, message_id="m1", event="bot.in_call_recording",
        body=b'{"odd": "\xc3\xa9"}', received_at=timezone.now(), state="observed",
    )  # fmt: skip
    assert as_bob.get(url_of(bot, "bot_deliveries")).status_code == 403
    page = as_alice.get(url_of(bot, "bot_deliveries")).content.decode()
    assert "bot.in_call_recording" in page
    assert "é" in page


def test_it_stays_calm_over_a_bot_that_knows_nothing(as_bob, workspace):
    page = as_bob.get(url_of(make_bot(workspace, platform="", meeting_url="", name="")))
    assert page.status_code == 200


def test_it_asks_the_database_little(as_bob, a_bot, django_assert_max_num_queries):
    bot = a_bot("in_call_recording", "call_ended", "done", recorded=True)
    for number in range(5):
        ordered(bot, Action.PAUSE, "refused", token=str(number))
        person = bot.participants.create(number=number, name=f"P{number}")
        recording = bot.recordings.get()
        recording.participant_events.create(
            participant=person, action="join", at=recording.started_at
        )
    as_bob.get("/")  # the first page of a session notes where it is used, once a minute
    with django_assert_max_num_queries(20):
        as_bob.get(url_of(bot), headers=HTMX)


def save(team, **own) -> PolicyVersion:
    """The team's policy, after version 1, which says nothing of its own."""
    return PolicyVersion.objects.save_team(team, own, by=None, now=timezone.now())


@pytest.fixture
def woken(monkeypatch):
    """The orders that a worker was woken for; there is no worker here."""
    orders = []
    monkeypatch.setattr(tasks, "wake_order", orders.append)
    return orders


@pytest.fixture
def planned(team) -> Bot:
    """Scheduled in two hours, and Recall has it."""
    now = timezone.now()
    ask = policy.Ask(meeting_url=LINK, join_at=now + timedelta(hours=2), bot_name="Scribe")
    bot = actions.send(team, ask, by=None, token="form", now=now)
    bot.recall_id = uuid.uuid4()
    bot.save(update_fields=["recall_id"])
    bot.orders.update(state="accepted")
    return bot


def details(browser, bot: Bot) -> str:
    text = browser.get(url_of(bot)).content.decode()
    return " ".join(text[text.index('id="sent-title"') :].split())


def test_it_names_the_version_that_the_bot_was_sent_under(as_vera, planned, team):
    assert f'<a href="/w/acme/policy/{team.pk}/history/1/">Sales, version 1</a>' in details(
        as_vera, planned
    )
    assert "in force now" not in details(as_vera, planned)
    save(team, silence_for_s=77)
    assert "Sales, version 1</a><span" in details(as_vera, planned)
    assert "version 2 is in force now" in details(as_vera, planned)


def test_it_says_why_each_value_was_sent(as_vera, planned, team):
    save(team, silence_for_s=77)  # Later versions say nothing of it.
    text = details(as_vera, planned)
    assert row("bot_name", "Scribe", "Chosen by whoever sent the bot.") in text
    silence = "automatic_leave.silence_detection.timeout"
    assert row(silence, "300", "recalldash&#x27;s default.") in text
    matches = "automatic_leave.bot_detection.using_participant_names.matches"
    assert f'<code title="{matches}">' in text
    assert "fathom, note taker" in text
    assert "The notetaker names of Sales." in text
    values = text.count('<th scope="row">')
    assert values == len(list(leaves(planned.request)))
    assert "<td></td>" not in text


def row(path: str, value: str, reason: str) -> str:
    short = path.removeprefix("automatic_leave.")
    name = f'<th scope="row"><code title="{path}">{short}</code></th>'
    return f"<tr>{name}<td><code>{value}</code></td><td>{reason}</td></tr>"


def test_it_says_that_a_bot_from_elsewhere_is_under_no_policy(as_vera, a_bot):
    text = details(as_vera, a_bot("in_call_recording"))
    assert "Sent from elsewhere, under no policy" in text
    assert "Why it was sent so" not in text


def test_it_offers_a_scheduled_bot_the_version_in_force(as_bob, planned, team, woken):
    assert "Update to version" not in details(as_bob, planned)
    save(team, silence_for_s=77)
    assert "Update to version 2" in details(as_bob, planned)
    url = reverse("order", args=["acme", planned.pk, "update"])
    assert as_bob.post(url).status_code == 302
    order = planned.orders.get(action=Action.UPDATE)
    assert (order.by.username, order.body["policy"], woken) == (
        "bob",
        PolicyVersion.objects.current(team).pk,
        [order],
    )


def test_it_offers_no_update_to_a_viewer_or_once_the_bot_is_on_its_way(
    as_vera, as_bob, planned, team
):
    save(team, silence_for_s=77)
    assert "Update to version" not in details(as_vera, planned)
    planned.observe(
        [News("joining_call", timezone.now())], source=Bot.Source.SYNC, now=timezone.now()
    )
    assert "Update to version" not in details(as_bob, planned)
    url = reverse("order", args=["acme", planned.pk, "update"])
    response = as_bob.post(url, headers=HTMX)
    assert response.status_code == 409
    assert "its settings can no longer be changed" in response.content.decode()
    assert not planned.orders.filter(action=Action.UPDATE).exists()


def test_it_says_why_a_scheduled_bot_cannot_be_updated(as_bob, planned, team):
    Bot.objects.filter(pk=planned.pk).update(join_at=timezone.now() + timedelta(minutes=4))
    save(team, silence_for_s=77)
    text = details(as_bob, planned)
    assert 'aria-disabled="true" aria-describedby="why-update"' in text
    assert "Recall changes nothing in the last ten minutes." in text
    assert f'action="/w/acme/bots/{planned.pk}/update/"' not in text


def test_it_shows_no_key_of_a_stream(as_bob, team):
    save(team, formats=["video_mixed_flv"], rtmp_url="rtmp://live.example/app/SECRET")
    ask = policy.Ask(meeting_url="https://meet.google.com/aaa-aaaa-aaa")
    bot = actions.send(team, ask, by=None, token="form-7", now=timezone.now())
    assert "SECRET" in str(bot.request)
    text = as_bob.get(reverse("bot", args=["acme", bot.pk])).content.decode()
    assert "rtmp://live.example/…" in text
    assert "SECRET" not in text
