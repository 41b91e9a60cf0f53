"""Mails and messages go out once, few at a time, and not for what is over or not for that reader.

The clock is simulated: a worker's turn is `work(seconds)`, and chats are posted to by a stand-in.
"""

from datetime import timedelta
from smtplib import SMTPServerDisconnected

import pytest
from django.conf import settings as django_settings
from django.core import mail

from bots import alert_posts, alerts, audience, outgoing
from bots.alarms import Kind, Reach
from bots.audience import Ways
from bots.models import Alert, AlertAddress, AlertMessage, Heard
from tests.world import NOW, at, make_bot

pytestmark = pytest.mark.django_db
State = AlertMessage.State


@pytest.fixture(autouse=True)
def _mails_leave(settings):
    settings.SENDS_MAIL = True
    settings.PUBLIC_URL = "https://dash.example"
    settings.SANDBOX = False


@pytest.fixture
def chat(monkeypatch):
    """What was posted to chats, as (seconds, body); `answers` are given first, then 200."""

    class Chat:
        posted = []
        answers = []
        now = NOW

        def post(self, url, body, *, resolve):
            self.posted.append(((self.now - NOW).total_seconds(), body))
            answer = self.answers.pop(0) if self.answers else 200
            if isinstance(answer, BaseException):
                raise answer
            status, wait = answer if isinstance(answer, tuple) else (answer, None)
            return outgoing.Reply(status, wait)

    here = Chat()
    here.posted, here.answers = [], []
    monkeypatch.setattr(outgoing, "post_json", here.post)
    return here


@pytest.fixture
def work(chat):
    """One sweep at that second: everything that is due is tried once."""

    def sweep(seconds):
        chat.now = at(seconds)
        due = AlertMessage.objects.due(at(seconds)).order_by("due_at")
        for pk in list(due.values_list("pk", flat=True)):
            alert_posts.send(pk, clock=lambda: at(seconds))

    return sweep


@pytest.fixture
def address(workspace, team):
    return AlertAddress.objects.create(
        workspace=workspace,
        team=team,
        name="#sales",
        url="https://chat.example/services/SECRET",
        kinds=list(Kind),
        created_at=NOW,
    )


def happens(workspace, kind, seconds=0, *, by=None, title="Weekly review", team=None):
    """One alert of that kind about a bot of its own."""
    fields = {"team": team} if team else {}
    bot = make_bot(workspace, sent_by=by, title=title, **fields)
    new = alerts.New(kind, f"bot:{bot.pk}", at(seconds), "The bot is so. Do this.", bot=bot)
    return alerts.raise_all(workspace, [new], now=at(seconds))[0]


def wants(user, kind, *, page=Reach.OFF, mail=Reach.OFF, team=None):
    membership = user.memberships.get()
    team = team or membership.workspace.default_team
    audience.choose(membership, [team], {kind: Ways(page, mail)})


def states():
    return list(AlertMessage.objects.order_by("pk").values_list("state", flat=True))


# Checked once more when it is sent


def test_whoever_may_not_see_it_any_more_gets_no_mail(workspace, team, vera, work):
    wants(vera, Kind.FAILED, mail=Reach.ALL)
    happens(workspace, Kind.FAILED)
    vera.memberships.get().teams.clear()
    team.is_private = True
    team.save()
    work(61)
    assert (states(), mail.outbox) == ([State.DROPPED], [])


@pytest.mark.parametrize("how", ["gone", "inactive", "chose otherwise", "no mails at all"])
def test_whoever_wants_it_no_more_gets_no_mail(workspace, bob, work, how):
    happens(workspace, Kind.FAILED, by=bob)
    if how == "gone":
        bob.memberships.all().delete()
    elif how == "inactive":
        bob.is_active = False
        bob.save()
    elif how == "chose otherwise":
        wants(bob, Kind.FAILED)
    else:
        audience.switch_mails(bob.memberships.get(), on=False)
    work(61)
    assert (states(), mail.outbox) == ([State.DROPPED], [])


def test_what_is_over_within_a_minute_is_never_sent(workspace, bob, address, chat, work):
    wants(bob, Kind.WAITING, mail=Reach.ALL)
    alert = happens(workspace, Kind.WAITING)
    alerts.resolve([alert], now=at(40))
    work(61)
    assert (mail.outbox, chat.posted) == ([], [])
    assert states() == [State.DROPPED] * 2


def test_a_failure_is_told_although_it_does_not_last(workspace, bob, work):
    happens(workspace, Kind.FAILED, by=bob)
    work(61)
    assert len(mail.outbox) == 1


# Without storms


def test_twelve_in_a_minute_are_one_message(workspace, address, chat, work):
    for number in range(12):
        happens(workspace, Kind.WAITING, number * 4.9, title=f"Meeting {number}")
    for seconds in range(0, 200, 2):
        work(seconds)
    assert len(chat.posted) == 1
    text = chat.posted[0][1]["text"]
    assert "12 bots are waiting to be let in" in text
    assert "Meeting 0" in text
    assert "2 more" in text


def test_different_kinds_are_a_message_each_in_a_chat_and_one_mail(
    workspace, bob, address, chat, work
):
    for kind in (Kind.FAILED, Kind.EXPIRING):
        happens(workspace, kind, by=bob)
    for seconds in (61, 63, 65):
        work(seconds)
    assert len(chat.posted) == 2
    assert len(mail.outbox) == 1
    assert mail.outbox[0].subject == "2 alerts in Acme"


def test_a_person_gets_one_mail_in_five_minutes_and_it_tells_all(workspace, bob, work):
    """A failure every twenty seconds for an hour."""
    count, sent_at = 0, []
    for seconds in range(0, 3600, 20):
        happens(workspace, Kind.FAILED, seconds, by=bob)
        count += 1
        before = len(mail.outbox)
        work(seconds)
        sent_at += [seconds] * (len(mail.outbox) - before)
    gaps = [later - earlier for earlier, later in zip(sent_at, sent_at[1:], strict=False)]
    assert min(gaps) >= 300
    assert 10 <= len(sent_at) <= 12
    told = sum(message.alerts.count() for message in AlertMessage.objects.filter(state=State.SENT))
    waits = AlertMessage.objects.get(state=State.WAITING).alerts.count()
    assert told + waits == count
    assert "bots failed" in mail.outbox[-1].subject


def test_mails_from_two_workspaces_share_the_limit(workspace, bob, work):
    from bots.models import Membership, Role
    from tests.world import make_workspace

    other = make_workspace("globex")
    there = Membership.objects.create(user=bob, workspace=other, role=Role.OPERATOR)
    there.teams.add(other.default_team)
    happens(workspace, Kind.FAILED, by=bob)
    happens(other, Kind.FAILED, by=bob)
    for seconds in range(60, 300, 2):
        work(seconds)
    assert len(mail.outbox) == 1
    for seconds in range(300, 400, 2):
        work(seconds)
    assert len(mail.outbox) == 2


def test_an_address_gets_one_message_in_a_second(workspace, address, chat, work):
    for kind in (Kind.WAITING, Kind.DENIED, Kind.SILENT, Kind.FAILED):
        happens(workspace, kind)
    for tenth in range(600, 720, 2):
        work(tenth / 10)
    times = [seconds for seconds, _ in chat.posted]
    assert len(times) == 4
    assert all(b - a >= 1 for a, b in zip(times, times[1:], strict=False))


def test_a_chat_that_asks_to_wait_is_left_alone_for_as_long(workspace, address, chat, work):
    chat.answers = [(429, 30.0)]
    happens(workspace, Kind.WAITING)
    happens(workspace, Kind.FAILED)
    for seconds in range(60, 140):
        work(seconds)
    assert [seconds for seconds, _ in chat.posted][0] == 60
    assert min(seconds for seconds, _ in chat.posted[1:]) >= 90
    assert states() == [State.SENT, State.SENT]


# Sent once, tried again, given up


def test_two_workers_send_it_once(workspace, address, chat):
    happens(workspace, Kind.FAILED)
    pk = AlertMessage.objects.get().pk
    chat.now = at(61)
    for _ in range(2):
        alert_posts.send(pk, clock=lambda: at(61))
    assert len(chat.posted) == 1


def test_a_worker_that_dies_before_sending_loses_nothing(workspace, address, chat, work):
    happens(workspace, Kind.FAILED)
    chat.answers = [SystemExit()]
    with pytest.raises(SystemExit):
        work(61)
    chat.posted.clear()
    work(100)
    assert chat.posted == []  # leased
    work(122)
    work(130)
    assert (len(chat.posted), states()) == (1, [State.SENT])


def test_a_mail_that_is_tried_again_is_the_same_mail(workspace, bob, work, monkeypatch):
    """Killed between the mail server's answer and our note: a mail program shows it once."""
    happens(workspace, Kind.FAILED, by=bob)
    real = AlertMessage.keep

    def dies(self, state, **fields):
        raise SystemExit

    monkeypatch.setattr(AlertMessage, "keep", dies)
    with pytest.raises(SystemExit):
        work(61)
    monkeypatch.setattr(AlertMessage, "keep", real)
    work(130)
    first, second = (message.extra_headers["Message-ID"] for message in mail.outbox)
    assert first == second
    assert states() == [State.SENT]


def test_a_worker_whose_turn_is_over_writes_nothing(workspace, address, chat):
    happens(workspace, Kind.FAILED)
    message = AlertMessage.objects.get()
    assert AlertMessage.objects.claim(message.pk, at(61), timedelta(seconds=60))
    slow = AlertMessage.objects.get()
    assert AlertMessage.objects.claim(message.pk, at(122), timedelta(seconds=60))
    assert not slow.keep(State.GIVEN_UP)
    assert AlertMessage.objects.get().keep(State.SENT)


def test_what_comes_while_one_is_being_sent_begins_another(workspace, address, chat):
    happens(workspace, Kind.FAILED)
    assert AlertMessage.objects.claim(AlertMessage.objects.get().pk, at(61), alert_posts.LEASE)
    happens(workspace, Kind.FAILED, 61)
    assert states() == [State.SENDING, State.WAITING]


def test_a_chat_that_fails_is_tried_ever_more_rarely_and_given_up_with_a_sentence(
    workspace, address, chat, work
):
    chat.answers = [500] * 50
    happens(workspace, Kind.FAILED)
    for seconds in range(60, 8 * 3600, 60):
        work(seconds)
    assert 5 <= len(chat.posted) <= 9
    assert states() == [State.GIVEN_UP]
    assert "HTTP 500" in AlertMessage.objects.get().error
    address.refresh_from_db()
    assert "HTTP 500" in address.problem


@pytest.mark.parametrize(
    "answer", [404, 403, 302, outgoing.Refused("This address leads into a private network.")]
)
def test_what_can_never_arrive_is_tried_once(workspace, address, chat, work, answer):
    chat.answers = [answer]
    happens(workspace, Kind.FAILED)
    for seconds in range(60, 600, 10):
        work(seconds)
    assert (len(chat.posted), states()) == (1, [State.GIVEN_UP])
    address.refresh_from_db()
    assert address.problem


def test_a_message_is_as_old_as_the_newest_alert_in_it(workspace, address, chat, work):
    """No worker for a day: what happened just now goes out with what waited."""
    happens(workspace, Kind.FAILED)
    happens(workspace, Kind.FAILED, 24 * 3600)
    work(24 * 3600 + 61)
    assert (len(chat.posted), states()) == (1, [State.SENT])


def test_what_waited_for_too_long_alone_is_given_up(workspace, address, chat, work):
    happens(workspace, Kind.FAILED)
    work(24 * 3600)
    assert (chat.posted, states()) == ([], [State.GIVEN_UP])


def test_a_mail_server_that_is_away_is_asked_again(workspace, bob, work, monkeypatch):
    from django.core.mail import EmailMessage

    happens(workspace, Kind.FAILED, by=bob)
    real = EmailMessage.send

    def away(self, *args, **kwargs):
        raise SMTPServerDisconnected

    monkeypatch.setattr(EmailMessage, "send", away)
    work(61)
    assert mail.outbox == []
    monkeypatch.setattr(EmailMessage, "send", real)
    work(100)
    assert (len(mail.outbox), states()) == (1, [State.SENT])


def test_without_mail_none_is_made(workspace, bob, settings):
    settings.SENDS_MAIL = False
    happens(workspace, Kind.FAILED, by=bob)
    assert not AlertMessage.objects.exists()


# What stands in them


def test_a_mail_says_what_is_so_where_to_look_and_how_to_end_it(workspace, bob, work):
    alert = happens(workspace, Kind.FAILED, by=bob, title="Board\r\nBcc: eve@example.com")
    work(61)
    message = mail.outbox[0]
    assert message.to == ["bob@example.com"]
    assert message.subject == "Board Bcc: eve@example.com: the bot is so"
    assert f"https://dash.example/w/acme/bots/{alert.bot_id}/" in message.body
    assert "under Alerts in the workspace “Acme”" in message.body
    link = message.extra_headers["List-Unsubscribe"].strip("<>")
    assert link in message.body
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert alert_posts.whose(link.rstrip("/").rpartition("/")[2]) == bob.memberships.get()


def test_a_link_that_was_changed_is_nobodys(bob, workspace):
    token = alert_posts.off_token(bob.memberships.get())
    assert alert_posts.whose(f"{token}x") is None
    assert alert_posts.whose("nobody") is None


def test_no_address_of_a_chat_stands_in_the_database_in_plain_text(address):
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT url FROM bots_alertaddress")
        assert "SECRET" not in str(cursor.fetchall())
    assert "SECRET" not in f"{address!r} {address} {address.url!s}"
    assert f"{AlertAddress.objects.get().url}".endswith("SECRET")


def test_a_test_goes_out_and_no_faster_than_one_in_a_second(address, chat):
    assert alert_posts.try_address(address, by="Alice <!channel>", now=at(0)) == ""
    assert "<!" not in chat.posted[0][1]["text"]
    address.refresh_from_db()
    assert "just now" in alert_posts.try_address(address, by="Alice", now=at(0.5))
    chat.answers = [404]
    assert "HTTP 404" in alert_posts.try_address(address, by="Alice", now=at(2))


def test_guesses_are_told_to_owners_once_an_hour(workspace, alice, bob):
    for seconds in (0, 60, 3000, 3700):
        alerts.note_guess(f"account:{bob.pk}")
        alerts.note_guess("nobody:eve")
        alerts.raise_guesses(now=at(seconds))
        assert not alerts.are_guesses_noted()
    assert Alert.objects.filter(kind="guessing").count() == 2
    assert {heard.user for heard in Heard.objects.all()} == {alice}
    assert bob.email in Alert.objects.first().sentence
    assert django_settings.SENDS_MAIL
