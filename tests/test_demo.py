"""Try it: a demo workspace, made over real HTTP through the same doors as any other."""

import pytest
from django.urls import reverse
from django.utils import timezone

from bots import demo, orders
from bots.models import Bot, Order, PolicyVersion, Recording, Workspace
from bots.recall import errors

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "sandbox"])


@pytest.fixture
def sandbox(live_server, settings):
    settings.RECALL_BASE_URL = live_server.url + "/sandbox/{region}"
    settings.PUBLIC_URL = settings.SANDBOX_ORIGIN = live_server.url
    return live_server


def carry_out():
    for order in Order.objects.open():
        orders.carry_out(order.pk, clock=timezone.now)


def test_it_is_full_of_life(client, sandbox):
    answer = client.post(reverse("try"))
    assert answer.url == reverse("bots", args=["demo"])
    carry_out()
    workspace = Workspace.objects.get()
    assert (workspace.is_demo, len(workspace.webhook_secrets(timezone.now()))) == (True, 1)
    assert workspace.bots.earlier().count() >= 12
    live = workspace.bots.live().get()
    assert (live.title, live.recall_id is not None) == (demo.TITLE, True)
    assert Recording.objects.exists()
    assert client.get(answer.url).status_code == 200


def test_it_opens_where_a_visitor_has_forbidden_its_meeting(client, sandbox):
    client.post(reverse("try"))
    Bot.objects.live().delete()
    team = Workspace.objects.get().default_team
    rules = {"platforms": ["zoom"], "may_name": False}
    PolicyVersion.objects.save_team(team, rules, by=None, now=timezone.now())
    assert client.post(reverse("try")).url == reverse("bots", args=["demo"])
    assert not Bot.objects.live().exists()


def test_it_obeys_the_policy_of_its_team(client, sandbox):
    client.post(reverse("try"))
    Bot.objects.live().delete()
    team = Workspace.objects.get().default_team
    PolicyVersion.objects.save_team(team, {"may_name": False}, by=None, now=timezone.now())
    client.post(reverse("try"))
    live = Bot.objects.live().get()
    assert (live.name, live.policy.number) == ("Meeting Notetaker", 3)


def test_it_is_made_once(client, sandbox):
    client.post(reverse("try"))
    carry_out()
    before = (Bot.objects.count(), Workspace.objects.get().secrets.count())
    client.post(reverse("try"))
    assert (Bot.objects.count(), Workspace.objects.get().secrets.count()) == before


def test_it_can_be_tried_again_when_the_sandbox_was_away(client, sandbox, settings):
    there = settings.RECALL_BASE_URL
    settings.RECALL_BASE_URL = f"{sandbox.url}/nowhere/{{region}}"
    with pytest.raises(errors.RecallError):
        demo.enter(now=timezone.now())
    answer = client.post(reverse("try"), follow=True)
    assert answer.redirect_chain[-1][0] == reverse("login")
    assert "The sandbox does not answer yet" in answer.content.decode()
    settings.RECALL_BASE_URL = there
    assert client.post(reverse("try")).url == reverse("bots", args=["demo"])


def test_it_is_not_there_without_the_sandbox(client, settings):
    settings.SANDBOX = False
    assert client.post(reverse("try")).status_code == 404
    assert not Workspace.objects.exists()


def test_it_needs_a_click(client):
    assert client.get(reverse("try")).status_code == 405
    assert not Workspace.objects.exists()


def test_nobody_who_tries_it_is_a_real_person_of_that_name(client, sandbox, django_user_model):
    real = django_user_model.objects.create_user("demo", "real@acme.example", "a long secret")
    for _ in range(2):
        client.post(reverse("try"))
        assert client.get(reverse("account")).wsgi_request.user != real
    assert not real.memberships.exists()
    assert django_user_model.objects.count() == 2


def test_its_superuser_ends_with_the_sandbox(client, sandbox, settings, django_user_model):
    """A visitor's session, and a password that a visitor gave it, open nothing afterwards."""
    client.post(reverse("try"))
    person = django_user_model.objects.get()
    assert client.get("/admin/").status_code == 200
    settings.SANDBOX = False
    assert client.get("/admin/").status_code == 302
    person.set_password("a long secret")
    person.save()
    client.post("/login/", {"login": "demo", "password": "a long secret"})
    assert client.get("/admin/").status_code == 302


def test_it_lets_nobody_sign_in_by_password(client, sandbox):
    client.post(reverse("try"))
    client.logout()
    assert not client.login(username=demo.USERNAME, password="")
