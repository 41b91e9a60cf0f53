"""The way in: password, the demo button, and where one lands."""

import httpx
import pytest

from bots import demo
from bots.models import Workspace
from bots.recall import errors

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", ["alice", "alice@example.com", "Alice@Example.com"])
def test_it_takes_a_user_name_or_an_e_mail_address(client, alice, name):
    response = client.post("/login/", {"login": name, "password": "a long secret"})
    assert response.headers["Location"] == "/"
    assert client.get("/").headers["Location"] == "/w/acme/"


def test_it_refuses_a_wrong_password_and_keeps_the_name(client, alice):
    response = client.post("/login/", {"login": "alice", "password": "wrong"})
    assert "do not match" in response.content.decode()
    assert 'value="alice"' in response.content.decode()


def test_it_offers_the_demo_only_where_the_sandbox_is(client, settings):
    assert "Try it" in client.get("/login/").content.decode()
    settings.SANDBOX = False
    assert "Try it" not in client.get("/login/").content.decode()
    assert client.post("/try/").status_code == 404


def test_it_opens_the_demo_workspace(client, monkeypatch, alice, workspace):
    monkeypatch.setattr(demo, "enter", lambda *, now: (alice, workspace))
    assert client.post("/try/").headers["Location"] == "/w/acme/"
    assert client.get("/w/acme/").status_code == 200


def test_it_says_so_when_the_sandbox_does_not_answer(client, monkeypatch):
    def enter(*, now):
        raise errors.Unreachable(request="PUT control/workspace/") from httpx.ConnectError("away")

    monkeypatch.setattr(demo, "enter", enter)
    response = client.post("/try/", follow=True)
    assert "The sandbox does not answer yet" in response.content.decode()


def test_it_tells_a_person_without_a_workspace_what_to_do(client, django_user_model):
    client.force_login(django_user_model.objects.create_user("nobody"))
    assert "You are in no workspace yet" in client.get("/").content.decode()


def test_it_lands_in_the_workspace_used_last(as_alice, alice):
    zenith = Workspace.objects.create(slug="zenith", name="Zenith")
    zenith.memberships.create(user=alice)
    as_alice.get("/w/zenith/")
    assert as_alice.get("/").headers["Location"] == "/w/zenith/"


def test_it_signs_out(as_alice):
    as_alice.post("/logout/")
    assert as_alice.get("/").headers["Location"] == "/login/?next=/"


@pytest.mark.parametrize("is_superuser", [True, False])
def test_it_tells_a_superuser_without_a_workspace_how_to_make_one(
    django_user_model, client, is_superuser
):
    person = django_user_model.objects.create_user("sam", is_superuser=is_superuser)
    client.force_login(person)
    text = client.get("/").content.decode()
    assert "You are in no workspace yet" in text
    assert ("manage.py connect" in text and "/admin/" in text) is is_superuser
