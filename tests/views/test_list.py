"""The Bots page: what it lists, for whom, how it narrows and how it pages."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from bots.lifecycle import Action, Phase
from bots.models import News, Order
from bots.views.bots import ON_A_PAGE

pytestmark = pytest.mark.django_db

RECORDED = ("joining_call", "in_call_recording", ("call_ended", ""), "done")
URL = "/w/acme/"


def page(client, **query):
    response = client.get(URL, query)
    assert response.status_code == 200
    return response.content.decode()


def test_it_shows_what_is_live_to_come_and_over(as_alice, a_bot):
    a_bot("joining_call", "in_call_recording", title="Now on")
    soon = timezone.now() + timedelta(hours=2)
    a_bot(title="To come", join_at=soon, phase=Phase.SCHEDULED)
    a_bot(*RECORDED, title="Over", recorded=True)
    text = page(as_alice)
    live, rest = text.split('id="upcoming-title"')
    upcoming, earlier = rest.split('id="earlier-title"')
    assert "Now on" in live
    assert "To come" in upcoming
    assert "Over" in earlier
    assert "Recorded" in earlier


def test_it_says_what_will_be_here_while_there_is_nothing(as_alice):
    assert "No bots yet" in page(as_alice)


def test_it_tells_untitled_bots_apart_by_their_link_without_its_password(as_alice, a_bot):
    a_bot("joining_call", title="", link="https://acme.zoom.us/j/84335626851?pwd=Sesame0pen")
    text = page(as_alice)
    assert ">acme.zoom.us/j/84335626851</a>" in text
    assert "Sesame0pen" not in text


def test_it_shows_nothing_to_a_stranger(as_charlie, a_bot):
    assert as_charlie.get(URL).status_code == 404


def test_it_sends_a_visitor_to_sign_in(client, workspace):
    assert client.get(URL).headers["Location"] == f"/login/?next={URL}"


def test_it_offers_the_buttons_that_make_sense(as_bob, a_bot):
    bot = a_bot("joining_call", "in_call_recording")
    text = page(as_bob)
    assert f"/w/acme/bots/{bot.pk}/pause/" in text
    assert f"/w/acme/bots/{bot.pk}/leave/" in text
    assert f"/w/acme/bots/{bot.pk}/resume/" not in text


def test_it_offers_to_start_where_nothing_is_recorded(as_bob, a_bot):
    bot = a_bot("joining_call", "in_call_not_recording")
    assert f'href="/w/acme/bots/{bot.pk}/start/"' in page(as_bob)
    bot.observe([News("in_call_recording", timezone.now())], source="sync", now=timezone.now())
    assert f"/w/acme/bots/{bot.pk}/start/" not in page(as_bob)


@pytest.mark.parametrize(("minutes", "offered"), [(30, "cancel"), (5, "leave")])
def test_it_offers_to_call_off_what_is_to_come(as_bob, a_bot, minutes, offered):
    soon = timezone.now() + timedelta(minutes=minutes)
    bot = a_bot(join_at=soon, phase=Phase.SCHEDULED)
    text = page(as_bob)
    for verb in ("cancel", "leave"):
        assert (f"/w/acme/bots/{bot.pk}/{verb}/" in text) is (verb == offered)


def test_it_says_of_a_cancelled_bot_when_it_would_have_joined(as_alice, a_bot):
    now = timezone.now()
    a_bot(
        title="Off",
        join_at=now + timedelta(days=2),
        cancelled_at=now,
        ended_at=now,
        phase=Phase.FINISHED,
    )
    text = page(as_alice)
    assert "Cancelled" in text
    assert "would have joined" in text
    assert 'data-phase="finished"' not in text


def test_it_offers_a_viewer_no_buttons_and_no_form(as_vera, a_bot):
    bot = a_bot("joining_call", "in_call_recording")
    text = page(as_vera)
    assert f"/w/acme/bots/{bot.pk}/pause/" not in text
    assert "send-form" not in text
    assert "Recording" in text


def test_it_says_which_order_is_under_way(as_bob, a_bot):
    bot = a_bot("joining_call", "in_call_recording")
    now = timezone.now()
    Order.objects.create(bot=bot, action=Action.PAUSE, created_at=now, due_at=now, expires_at=now)
    text = page(as_bob)
    assert "Pausing…" in text
    assert f"/w/acme/bots/{bot.pk}/pause/" not in text


def test_it_gives_htmx_the_same_lists_without_the_page(as_alice, a_bot):
    a_bot(*RECORDED)
    whole = as_alice.get(URL)
    part = as_alice.get(URL, headers={"HX-Request": "true"})
    assert "HX-Request" in whole.headers["Vary"]
    assert "HX-Request" in part.headers["Vary"]
    assert part.content.decode().strip().startswith('<div id="rows"')
    assert part.content.decode().count('id="bot-') == whole.content.decode().count('id="bot-') == 1


def test_it_gives_the_whole_page_back_to_a_restored_history_entry(as_alice):
    headers = {"HX-Request": "true", "HX-History-Restore-Request": "true"}
    assert b"<!doctype html>" in as_alice.get(URL, headers=headers).content


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "pricing"}, ["Pricing"]),
        ({"q": "meet.google"}, ["Review", "Pricing"]),
        ({"platform": "zoom"}, ["Standup"]),
        ({"outcome": "failed"}, ["Standup"]),
        ({"since": "2026-03-02", "tz": "Europe/Berlin"}, ["Standup", "Review"]),
        ({"until": "2026-03-01", "tz": "Europe/Berlin"}, ["Pricing"]),
        ({"since": "2026-03-02", "tz": "America/New_York"}, ["Standup"]),
        ({"platform": "nonsense", "since": "yesterday"}, ["Standup", "Review", "Pricing"]),
    ],
)
def test_it_narrows(as_alice, a_bot, query, found):
    zoom = "https://acme.zoom.us/j/84335626851"
    fatal = ("joining_call", ("fatal", "meeting_not_found"))
    a_bot(*RECORDED, title="Pricing", met_at=datetime(2026, 3, 1, 12, tzinfo=UTC))
    a_bot(*RECORDED, title="Review", met_at=datetime(2026, 3, 1, 23, 30, tzinfo=UTC))
    a_bot(*fatal, title="Standup", met_at=datetime(2026, 3, 3, tzinfo=UTC), link=zoom)
    earlier = as_alice.get(URL, query).context["earlier"]
    assert [bot.title for bot in earlier.rows] == found


def test_it_says_when_the_days_are_the_wrong_way_round(as_alice, a_bot):
    said = "From is later than to"
    assert said in page(as_alice, since="2026-03-02", until="2026-03-01")
    assert said not in page(as_alice, since="2026-03-02", until="2026-03-02")


def test_it_narrows_to_a_team(as_alice, a_bot, workspace):
    research = workspace.teams.create(name="Research")
    a_bot(*RECORDED, title="Theirs", team=research)
    a_bot(*RECORDED, title="Ours")
    earlier = as_alice.get(URL, {"team": research.pk}).context["earlier"]
    assert [bot.title for bot in earlier.rows] == ["Theirs"]


@pytest.mark.parametrize("who", ["bob", "Noor"])
def test_it_finds_who_sent_a_bot_and_who_was_there(as_alice, a_bot, bob, who):
    a_bot(*RECORDED, title="Sent by him", sent_by=bob)
    a_bot(*RECORDED, title="She was there").participants.create(number=1, name="Noor Haddad")
    text = page(as_alice, q=who)
    assert ("Sent by him" in text, "She was there" in text) == (who == "bob", who == "Noor")


def test_it_turns_pages_without_losing_or_repeating_a_bot(as_alice, a_bot):
    # All at one moment, so that only the id tells their order.
    moment = datetime(2026, 3, 1, tzinfo=UTC)
    made = [a_bot(*RECORDED, met_at=moment).pk for _ in range(ON_A_PAGE + 3)]
    first = as_alice.get(URL).context["earlier"]
    second = as_alice.get(URL, {"after": first.after}).context["earlier"]
    assert [bot.pk for bot in first.rows + second.rows] == made[::-1]
    assert second.after == ""


def test_it_refuses_a_place_that_was_made_up(as_alice, a_bot):
    for _ in range(ON_A_PAGE + 1):
        a_bot(*RECORDED)
    place = as_alice.get(URL).context["earlier"].after
    response = as_alice.get(URL, {"after": place[:-2] + "xx"})
    assert response.status_code == 400
    assert "This address was changed" in response.content.decode()


def test_it_asks_the_database_little_and_never_counts(
    as_alice, a_bot, django_assert_max_num_queries
):
    for number in range(6):
        a_bot("joining_call", "in_call_recording", title=f"live {number}")
        a_bot(*RECORDED, title=f"over {number}")
    page(as_alice)  # the first visit notes in the session which workspace it was
    with django_assert_max_num_queries(11) as asked:
        page(as_alice)
    # Session, person, memberships, feed, teams, policy, present, troubles, failed lately, earlier,
    # unread alerts.
    assert not [query for query in asked.captured_queries if "COUNT(" in query["sql"].upper()]
