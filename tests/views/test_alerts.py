"""The bell, the list, reading; what people choose, and what leads decide for their team."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from bots import alert_posts, alerts, outgoing
from bots.alarms import Kind
from bots.models import (
    Alert,
    AlertAddress,
    AlertChoice,
    AlertMessage,
    AlertRules,
    AuditEvent,
    Bot,
    Heard,
    Role,
    Verb,
)
from tests.world import make_bot

pytestmark = pytest.mark.django_db
LIST = "/w/acme/alerts/"
CHOICES = "/w/acme/alerts/choices/"


@pytest.fixture
def happens(workspace):
    def make(kind=Kind.FAILED, *, title="Weekly review", team=None, **fields):
        bot = make_bot(workspace, title=title, **({"team": team} if team else {}), **fields)
        now = timezone.now()
        new = alerts.New(kind, f"bot:{bot.pk}", now, "The bot is so. Do this.", bot=bot)
        return alerts.raise_all(workspace, [new], now=now)[0]

    return make


def text(client, url=LIST, **query):
    answer = client.get(url, query)
    assert answer.status_code == 200
    return answer.content.decode()


def unread(client):
    return text(client, "/w/acme/notices/").partition('data-unread="')[2].partition('"')[0]


def team_page(team):
    return f"/w/acme/teams/{team.pk}/alerts/"


def test_the_bell_counts_what_is_unread_and_the_list_tells_it(as_bob, happens):
    assert unread(as_bob) == "0"
    alert = happens(title="Board <b>meeting</b>")
    happens(Kind.WAITING)
    assert unread(as_bob) == "2"
    page = text(as_bob)
    assert "Board &lt;b&gt;meeting&lt;/b&gt;" in page
    assert "Do this." in page
    assert f"{LIST}{alert.pk}/" in page


def test_following_an_alert_leads_to_its_bot_and_reads_it(as_bob, happens):
    alert = happens()
    answer = as_bob.get(f"{LIST}{alert.pk}/")
    assert answer.headers["Location"] == f"/w/acme/bots/{alert.bot_id}/"
    assert unread(as_bob) == "0"
    assert "is-read" in text(as_bob)


def test_one_person_reading_it_leaves_it_unread_for_another(as_bob, as_vera, happens):
    alert = happens()
    as_bob.get(f"{LIST}{alert.pk}/")
    assert (unread(as_bob), unread(as_vera)) == ("0", "1")


def test_one_or_all_are_marked_as_read(as_bob, happens, bob, as_vera):
    for _ in range(3):
        happens()
    first = Heard.objects.filter(user=bob).first()
    as_bob.post(f"{LIST}read/", {"alert": first.pk})
    assert unread(as_bob) == "2"
    as_bob.post(f"{LIST}read/", {"alert": "no number"})
    assert unread(as_bob) == "2"
    as_bob.post(f"{LIST}read/")
    assert (unread(as_bob), unread(as_vera)) == ("0", "3")


def test_nobody_reads_for_somebody_else(as_bob, as_vera, happens, vera):
    happens()
    as_bob.post(f"{LIST}read/", {"alert": Heard.objects.get(user=vera).pk})
    assert unread(as_vera) == "1"


def test_it_narrows_by_kind_and_ignores_words_that_are_none(as_bob, happens):
    happens(title="That failed")
    happens(Kind.WAITING, title="That waits")
    narrowed = text(as_bob, kind="waiting")
    assert "That waits" in narrowed
    assert "That failed" not in narrowed
    assert "That failed" in text(as_bob, kind="x" * 50)


def test_the_read_ones_turn_pages(as_bob, happens):
    for number in range(55):
        happens(title=f"Meeting {number:02}")
    as_bob.post(f"{LIST}read/")
    first = text(as_bob)
    assert "Meeting 54" in first
    assert "Meeting 04" not in first
    after = as_bob.get(LIST).context["page"].after
    assert "Meeting 04" in text(as_bob, after=after)
    assert as_bob.get(LIST, {"after": "made up"}).status_code == 400


def test_what_is_over_says_so(as_bob, happens):
    alerts.resolve([happens(Kind.WAITING)], now=timezone.now())
    assert "Over" in text(as_bob)


def test_a_team_that_becomes_private_takes_its_alerts_along(as_vera, happens, team, vera):
    alert = happens()
    vera.memberships.get().teams.clear()
    team.is_private = True
    team.save()
    assert unread(as_vera) == "0"
    assert "Weekly review" not in text(as_vera)
    assert as_vera.get(f"{LIST}{alert.pk}/").status_code == 404


def test_who_loses_a_right_loses_the_alerts_for_it(as_vera, vera, workspace):
    membership = vera.memberships.get()
    membership.role = Role.OWNER
    membership.save()
    now = timezone.now()
    new = alerts.New(Kind.GUESSING, f"person:{vera.pk}", now, "Many wrong passwords.")
    [alert] = alerts.raise_all(workspace, [new], now=now)
    assert unread(as_vera) == "1"
    assert "Many wrong passwords" in text(as_vera)

    membership.role = Role.VIEWER
    membership.save()

    assert unread(as_vera) == "0"
    assert "Many wrong passwords" not in text(as_vera)
    assert as_vera.get(f"{LIST}{alert.pk}/").status_code == 404


def test_the_list_is_not_told_above_itself(as_vera, a_bot):
    a_bot("joining_call", "in_waiting_room", ago=timedelta(minutes=2))
    assert "still waiting" not in text(as_vera)
    assert "still waiting" not in text(as_vera, "/w/acme/notices/", here="alerts")
    assert "still waiting" in text(as_vera, "/w/acme/notices/")


def test_it_asks_the_database_as_little_for_many_as_for_few(
    as_bob, happens, django_assert_max_num_queries
):
    for _ in range(40):
        happens()
    with django_assert_max_num_queries(16):
        as_bob.get(LIST)


# Choosing


def chosen(form, **changes):
    """What the page's form would send, with some of it changed."""
    fields = form.context["form"]
    return {name: fields[name].value() for name in fields.fields} | changes


def test_a_person_chooses_for_a_team(as_bob, bob, team):
    page = as_bob.get(CHOICES)
    answer = as_bob.post(CHOICES, chosen(page, **{"mail-waiting": "all"}))
    assert answer.status_code == 302
    row = AlertChoice.objects.get(kind="waiting")
    assert (row.membership.user, row.team, row.page, row.mail) == (bob, team, "all", "all")
    assert as_bob.get(CHOICES).context["form"]["mail-waiting"].value() == "all"


def test_a_person_chooses_for_all_teams_at_once(as_alice, workspace):
    workspace.teams.create(name="Research")
    page = as_alice.get(CHOICES)
    as_alice.post(CHOICES, chosen(page, everywhere="yes", **{"mail-failed": "all"}))
    assert AlertChoice.objects.filter(kind="failed", mail="all").count() == 2


def test_bad_words_are_refused_and_nothing_is_kept(as_bob):
    page = as_bob.get(CHOICES)
    answer = as_bob.post(CHOICES, chosen(page, **{"mail-waiting": "everything"}))
    assert answer.status_code == 422
    assert "Choose one of the list." in answer.content.decode()
    assert not AlertChoice.objects.exists()


def test_only_who_has_the_right_chooses_what_is_about_the_workspace(as_alice, as_bob):
    offered = "?team=workspace"
    assert offered in as_alice.get(CHOICES).content.decode()
    assert offered not in as_bob.get(CHOICES).content.decode()
    assert as_bob.get(CHOICES, {"team": "workspace"}).context["team"] is not None
    page = as_alice.get(CHOICES, {"team": "workspace"})
    as_alice.post(f"{CHOICES}?team=workspace", chosen(page, **{"mail-webhooks": "all"}))
    assert AlertChoice.objects.get(kind="webhooks").team is None


def test_teams_that_somebody_may_not_see_are_not_offered(as_vera, workspace):
    workspace.teams.create(name="Board", is_private=True)
    assert "Board" not in text(as_vera, CHOICES)


def test_all_mails_are_switched_off_and_on_again(as_bob, bob):
    as_bob.post(f"{CHOICES}mails/")
    assert "Mails of alerts are off" in text(as_bob, CHOICES)
    as_bob.post(f"{CHOICES}mails/", {"on": "yes"})
    assert "Mails of alerts are off" not in text(as_bob, CHOICES)


def test_a_link_in_a_mail_switches_them_off_without_signing_in_and_by_a_post_alone(bob, as_bob):
    stranger = Client(enforce_csrf_checks=True)
    link = f"/alerts/off/{alert_posts.off_token(bob.memberships.get())}/"
    assert "Send no more of them" in stranger.get(link).content.decode()
    assert "Mails of alerts are off" not in text(as_bob, CHOICES)
    said = stranger.post(link, {"List-Unsubscribe": "One-Click"}).content.decode()
    assert "No more mails of alerts" in said
    assert "Mails of alerts are off" in text(as_bob, CHOICES)
    assert "not good any more" in stranger.post("/alerts/off/nobody/").content.decode()


def test_mails_that_were_given_up_are_told_until_one_goes_out_or_a_week_has_passed(
    as_bob, bob, workspace
):
    def mail(state, days_ago):
        at = timezone.now() - timedelta(days=days_ago)
        AlertMessage.objects.create(
            workspace=workspace, user=bob, state=state, created_at=at, due_at=at,
            sent_at=at if state == "sent" else None, error="The mail server did not take it.",
        )  # fmt: skip

    def told():
        return text(as_bob, CHOICES).count("was given up")

    mail("given_up", 8)
    mail("sent", 5)
    assert told() == 0
    mail("given_up", 4)
    mail("given_up", 3)
    assert told() == 2
    mail("sent", 1)
    assert told() == 0


# What leads decide


def test_a_lead_says_what_is_too_long(as_alice, team, workspace):
    bot = make_bot(workspace)
    later = timezone.now() + timedelta(hours=1)
    Bot.objects.update(alerts_due_at=later)
    said = {"waiting_min": 10, "silent_min": 5, "expiring_h": 24}
    assert as_alice.post(team_page(team), said).status_code == 302
    assert AlertRules.objects.get().rules.waiting_min == 10
    bot.refresh_from_db()
    assert bot.alerts_due_at < later
    assert AuditEvent.objects.get().verb == Verb.ALERT_RULES
    for bad in ({"waiting_min": 0}, {"silent_min": "x"}, {"expiring_h": 100_000}):
        assert as_alice.post(team_page(team), said | bad).status_code == 422


def add(client, team, **changes):
    said = {"name": "#sales", "url": "https://chat.example/services/SECRET", "kinds": ["failed"]}
    return client.post(f"{team_page(team)}add/", said | changes)


def test_a_lead_adds_a_chat_whose_address_is_never_shown_again(as_alice, team):
    assert add(as_alice, team).status_code == 302
    page = text(as_alice, team_page(team))
    assert "#sales" in page
    assert "SECRET" not in page
    assert "•••" in page
    event = AuditEvent.objects.get(verb=Verb.CHAT_ADDED)
    assert "SECRET" not in f"{event.what} {event.detail}"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"url": "http://chat.example/x"}, "begins with https://"),
        ({"url": "https://127.0.0.1/x"}, "private network"),
        ({"url": "https://a:b@chat.example/"}, "name or password"),
        ({"url": ""}, "Paste the address"),
        ({"name": ""}, "Name it"),
        ({"kinds": []}, "at least one kind"),
    ],
)
def test_what_is_no_address_is_refused_with_a_sentence(as_alice, team, settings, changes, sentence):
    settings.SANDBOX = False
    answer = add(as_alice, team, **changes)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not AlertAddress.objects.exists()


def test_an_address_is_there_once_and_a_team_has_ten(as_alice, team):
    add(as_alice, team)
    assert "there already" in add(as_alice, team).content.decode()
    for number in range(9):
        add(as_alice, team, url=f"https://chat.example/{number}")
    assert "no more than 10" in add(as_alice, team, url="https://chat.example/x").content.decode()


def test_a_test_says_what_became_of_it(as_alice, team, monkeypatch):
    add(as_alice, team)
    address = AlertAddress.objects.get()
    replies = iter([outgoing.Reply(200, None), outgoing.Reply(404, None)])
    monkeypatch.setattr(outgoing, "post_json", lambda *args, **kwargs: next(replies))
    url = f"/w/acme/chats/{address.pk}/test/"
    assert "Sent. Look into #sales" in as_alice.post(url, follow=True).content.decode()
    AlertAddress.objects.update(next_at=None)
    assert "HTTP 404" in as_alice.post(url, follow=True).content.decode()


def test_a_chat_is_removed_with_what_waits_for_it(as_alice, team, happens):
    add(as_alice, team)
    happens()
    address = AlertAddress.objects.get()
    assert address.messages.count() == 1
    as_alice.post(f"/w/acme/chats/{address.pk}/remove/")
    assert not AlertAddress.objects.exists()
    assert AuditEvent.objects.filter(verb=Verb.CHAT_REMOVED).exists()
    assert Alert.objects.exists()
