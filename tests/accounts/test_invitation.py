"""An invitation taken up: once, by whom it is for, and by nobody who guesses."""

from datetime import timedelta
from logging.config import DictConfigurator

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client
from django.utils import timezone

from bots import accounts, invitations
from bots.models import AuditEvent, Invitation, Membership, Role, Verb
from recalldash.logs import mask
from recalldash.settings import LOGGING
from tests.world import elsewhere, make_workspace

pytestmark = pytest.mark.django_db
ZOE = "zoe@example.com"
FORM = {"name": "Zoë Ångström", "password": "correct horse battery"}


@pytest.fixture
def invite(workspace, alice):
    """`invite(email, role, teams)`: the invitation and the address of its page."""

    def make(email=ZOE, role=Role.OPERATOR, teams=None):
        teams = [workspace.default_team] if teams is None else teams
        made, token = Invitation.objects.invite(
            workspace, email, role=role, teams=teams, by=alice, now=timezone.now()
        )
        return made, f"/invitation/{token}/"

    return make


def what_stands():
    return [
        list(model.objects.order_by("pk").values())
        for model in (User, Membership, EmailAddress, Invitation, AuditEvent)
    ]


def test_its_link_is_the_address_of_its_page(invite, client):
    _, page = invite()
    token = page.split("/")[2]
    assert invitations.link(token) == f"http://testserver{page}"
    assert client.get(invitations.link(token)).status_code == 200


def test_looking_changes_nothing(client, invite):
    _, page = invite()
    before = what_stands()
    for _ in range(3):
        assert "Join Acme" in client.get(page).content.decode()
        client.head(page)
    assert what_stands() == before


def test_it_makes_an_account_a_member_and_signs_in(client, invite, workspace):
    _, page = invite(role=Role.LEAD)
    answer = client.post(page, FORM)
    assert answer["Location"] == "/w/acme/"
    assert client.get("/w/acme/").status_code == 200
    zoe = User.objects.get(email=ZOE)
    assert (zoe.get_full_name(), zoe.username) == ("Zoë Ångström", ZOE)
    assert zoe.check_password(FORM["password"])
    assert (zoe.is_staff, zoe.is_superuser) == (False, False)
    address = zoe.emailaddress_set.get()
    assert (address.email, address.verified, address.primary) == (ZOE, True, True)
    membership = workspace.memberships.get(user=zoe)
    assert membership.role == Role.LEAD
    assert list(membership.teams.all()) == [workspace.default_team]
    event = AuditEvent.objects.get(verb=Verb.JOINED)
    assert (event.by, event.workspace, event.detail["role"]) == (zoe, workspace, "lead")


def test_the_address_comes_from_the_invitation_alone(client, invite):
    _, page = invite()
    more = {"email": "mallory@example.com", "role": "owner", "is_superuser": "1", "teams": "1"}
    client.post(page, FORM | more)
    zoe = User.objects.get(username=ZOE)
    assert zoe.email == ZOE
    assert not zoe.is_superuser
    assert zoe.memberships.get().role == Role.OPERATOR
    assert not User.objects.filter(email="mallory@example.com").exists()


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"password": "12345678"}, "entirely numeric"),
        ({"password": "password"}, "too common"),
        ({"password": "short"}, "too short"),
        ({"password": ZOE}, "too similar"),
        ({"password": ""}, "required"),
        ({"name": ""}, "required"),
        ({"name": "x" * 151}, "at most 150"),
        ({"name": "Zoë\x00"}, "Null characters"),
    ],
)
def test_it_says_what_is_wrong_and_loses_nothing(client, invite, given, reason):
    _, page = invite()
    answer = client.post(page, FORM | given)
    assert reason in answer.content.decode()
    assert not User.objects.filter(username=ZOE).exists()
    if "name" not in given:
        assert 'value="Zoë Ångström"' in answer.content.decode()
    assert client.post(page, FORM).status_code == 302


def test_it_opens_once(client, invite):
    _, page = invite()
    client.post(page, FORM)
    for browser in (Client(), client):
        assert browser.get(page).status_code == 404
        assert browser.post(page, FORM).status_code == 404
    assert User.objects.filter(email=ZOE).count() == 1


def test_every_one_that_does_not_count_reads_the_same(client, invite):
    used, used_page = invite("used@example.com")
    taken_back, back_page = invite("back@example.com")
    old, old_page = invite("old@example.com")
    now = timezone.now()
    Invitation.objects.filter(pk=used.pk).update(accepted_at=now)
    Invitation.objects.filter(pk=taken_back.pk).update(revoked_at=now)
    Invitation.objects.filter(pk=old.pk).update(expires_at=now)
    pages = [used_page, back_page, old_page, "/invitation/made-up/", "/invitation/%00/"]
    pages += [f"/invitation/{'x' * 5000}/"]
    answers = [client.get(page) for page in pages]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert {client.post(page, FORM).status_code for page in pages} == {404}
    assert not User.objects.filter(email__endswith="@example.com", username=ZOE).exists()


def test_it_ends_after_three_days(client, invite):
    _, page = invite()
    with time_machine.travel(timezone.now() + timedelta(hours=72, seconds=1)):
        assert client.get(page).status_code == 404
    with time_machine.travel(timezone.now() + timedelta(hours=71, minutes=59)):
        assert client.get(page).status_code == 200


def test_a_newer_one_takes_the_place_of_the_older(client, invite):
    _, first = invite()
    _, second = invite()
    assert (client.get(first).status_code, client.get(second).status_code) == (404, 200)


def test_whoever_has_an_account_signs_in_first(client, invite, charlie, sign_in):
    _, page = invite("Charlie@Example.com")
    text = client.get(page).content.decode()
    assert f'href="/login/?next={page}"' in text
    assert 'name="password"' not in text
    assert client.post(page, FORM).status_code == 200  # nothing comes of it
    assert not Membership.objects.filter(user=charlie, workspace__slug="acme").exists()
    form = {"login": "charlie", "password": "a long secret", "next": page}
    assert client.post("/login/", form)["Location"] == page
    assert client.post(page)["Location"] == "/w/acme/"
    assert Membership.objects.filter(user=charlie, workspace__slug="acme").exists()
    assert User.objects.count() == 2


def test_one_click_for_whom_it_is_for(client, invite, charlie):
    _, page = invite("charlie@example.com")
    client.force_login(charlie)
    assert "You are signed in as charlie" in client.get(page).content.decode()
    assert client.post(page)["Location"] == "/w/acme/"


def test_somebody_else_is_told_so(client, invite, charlie):
    _, page = invite()
    client.force_login(charlie)
    before = what_stands()
    for answer in (client.get(page), client.post(page, FORM)):
        text = answer.content.decode()
        assert "This invitation is for zoe@example.com" in text
        assert "signed in as charlie" in text
    assert what_stands() == before


def test_a_member_keeps_the_higher_role_and_gets_the_teams(client, invite, bob, workspace):
    support = workspace.teams.create(name="Support")
    client.force_login(bob)
    _, page = invite("bob@example.com", Role.VIEWER, [support])
    client.post(page)
    membership = workspace.memberships.get(user=bob)
    assert membership.role == Role.OPERATOR
    assert {team.name for team in membership.teams.all()} == {"Sales", "Support"}
    assert not AuditEvent.objects.filter(verb=Verb.JOINED).exists()
    assert AuditEvent.objects.get().verb == Verb.TEAMS_CHANGED
    legal = workspace.teams.create(name="Legal")
    _, page = invite("bob@example.com", Role.ADMIN, [support, legal])
    client.post(page)
    membership.refresh_from_db()
    assert membership.role == Role.ADMIN
    added = AuditEvent.objects.filter(verb=Verb.TEAMS_CHANGED).latest("pk").detail["added"]
    assert added == ["Legal"]
    event = AuditEvent.objects.get(verb=Verb.ROLE_CHANGED)
    assert (event.detail["from"], event.detail["to"]) == ("operator", "admin")


def test_an_archived_team_is_left_out(client, invite, workspace):
    old = workspace.teams.create(name="Old")
    _, page = invite(teams=[workspace.default_team, old])
    workspace.teams.filter(pk=old.pk).update(archived_at=timezone.now())
    client.post(page, FORM)
    teams = workspace.memberships.get(user__email=ZOE).teams
    assert [team.name for team in teams.all()] == ["Sales"]


@pytest.mark.django_db(transaction=True)
def test_two_at_once_make_one_account(invite):
    made, page = invite()
    first = elsewhere(lambda: Client().post(page, FORM).status_code)
    second = elsewhere(lambda: Client().post(page, FORM | {"name": "Zoë again"}).status_code)
    assert sorted([first.result(20), second.result(20)]) in ([302, 404], [302, 200])
    assert User.objects.filter(email=ZOE).count() == 1
    assert Membership.objects.filter(user__email=ZOE).count() == 1


def test_an_account_that_was_made_this_moment_is_not_made_twice(client, invite, monkeypatch):
    """By another invitation to the same address, between our look and our deed."""
    _, page = invite()
    zoe = accounts.make(ZOE, password="another long secret")
    monkeypatch.setattr(accounts, "for_invitation", lambda invitation: None)
    assert client.post(page, FORM)["Location"] == page
    monkeypatch.undo()
    assert User.objects.filter(email=ZOE).get() == zoe
    assert "has an account here" in client.get(page).content.decode()


def test_its_page_leaks_no_address_to_others(client, invite):
    _, page = invite()
    answer = client.get(page)
    assert answer["Referrer-Policy"] == "same-origin"
    assert "no-store" in answer["Cache-Control"]


def test_its_token_is_in_no_log(client, invite, caplog, monkeypatch):
    """Not when it is found, nor when it is not, nor when the form's token is wrong or we break."""
    from bots.views import invitation as views

    _, page = invite()
    token = page.split("/")[2]
    strict = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.get(page)
    client.post(page, FORM | {"password": "x"})
    assert strict.post(page, FORM).status_code == 403
    monkeypatch.setattr(views, "timezone", None)
    assert strict.get(page).status_code == 500
    handler = printed(caplog.records)
    assert "/invitation/" in handler
    assert token not in handler


@pytest.mark.parametrize("slash", ["/", "%2F", "%2f", "%252F"])
@pytest.mark.parametrize(
    "page", ["/invitation/S3CRET_token-x/", "/webhooks/recall/S3CRET/", "/account/reset/1-S3CRET/"]
)
def test_nor_in_an_address_that_leads_on_to_it(page, slash):
    onward = page.replace("/", slash)
    line = mask(f'"GET /account/second-step/code/?next={onward}&x=1 HTTP/1.1" 302')
    assert "S3CRET" not in line
    assert line.endswith('HTTP/1.1" 302')
    for fine in ("/account/reset/sent/", "/account/reset/done/"):
        assert mask(fine.replace("/", slash)) == fine.replace("/", slash)


def printed(records):
    """What the console shows of these."""
    [console] = [each for each in LOGGING["handlers"].values() if "formatter" in each]
    configured = DictConfigurator(LOGGING)
    filters = [configured.configure_filter(LOGGING["filters"][name]) for name in console["filters"]]
    formatter = configured.configure_formatter(LOGGING["formatters"][console["formatter"]])
    for record in records:
        for each in filters:
            each.filter(record)
    return "\n".join(formatter.format(record) for record in records)


def test_the_mail_holds_the_link(invite, alice):
    made, page = invite()
    assert invitations.mail(made, page.split("/")[2])
    [message] = mail.outbox
    assert message.to == [ZOE]
    assert message.subject == "Acme on recalldash: your invitation"
    assert f"http://testserver{page}" in message.body
    assert "alice@example.com invites you" in message.body


@pytest.mark.parametrize(
    "name", ["Acme\r\nBcc: all@example.com", "Acme\nX: y", "A‮cme‏", "Ac me", "x" * 100]
)
def test_a_name_cannot_write_headers(workspace, alice, name):
    workspace.name = name
    workspace.save()
    made, token = Invitation.objects.invite(
        workspace, ZOE, role="viewer", teams=[], by=alice, now=timezone.now()
    )
    alice.first_name = "Al\r\nBcc: all@example.com"
    alice.save()
    assert invitations.mail(made, token)
    raw = mail.outbox[0].message().as_string()
    headers = raw.split("\n\n")[0]
    assert "\nBcc" not in headers
    assert "\nX:" not in headers
    assert "‮" not in mail.outbox[0].subject
    assert mail.outbox[0].recipients() == [ZOE]


def test_it_says_when_no_mail_leaves(invite, settings, monkeypatch, caplog):
    made, page = invite()
    token = page.split("/")[2]

    def refuse(self, **kwargs):
        raise ConnectionRefusedError(f"nobody there for {token}")

    monkeypatch.setattr("django.core.mail.EmailMessage.send", refuse)
    assert not invitations.mail(made, token)
    assert "was not sent" in caplog.text
    assert token not in caplog.text
    settings.SENDS_MAIL = False
    assert not invitations.mail(made, token)


def test_there_is_no_other_way_to_an_account(client):
    before = User.objects.count()
    form = {"email": ZOE, "password1": FORM["password"], "password2": FORM["password"]}
    for path in ("/account/new/", "/signup/", "/accounts/signup/"):
        client.post(path, form)
    assert "by invitation" in client.get("/account/new/").content.decode()
    assert User.objects.count() == before


def test_an_invitation_to_one_workspace_opens_no_other(client, invite):
    make_workspace("globex")
    _, page = invite()
    client.post(page, FORM)
    assert client.get("/w/globex/").status_code == 404
