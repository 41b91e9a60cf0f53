"""`manage.py connect`: an owner and a workspace with a key that works, or nothing at all."""

import httpx
import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command

from bots import conf
from bots.models import Team, Workspace

pytestmark = pytest.mark.django_db
KEY = "key-of-frankfurt-1234"
PASSWORD = "quite a long sentence"
ANN = "ann@example.com"


@pytest.fixture(autouse=True)
def recall(settings, monkeypatch):
    """Only Frankfurt knows the key."""
    settings.RECALL_BASE_URL = "https://{region}.recall.example"
    monkeypatch.setenv("RECALL_API_KEY", KEY)
    monkeypatch.setenv("OWNER_PASSWORD", PASSWORD)

    def answer(request):
        if request.url.host.startswith("eu-central-1."):
            return httpx.Response(200, json={"results": [], "next": None})
        return httpx.Response(401, json={"code": "authentication_failed"})

    monkeypatch.setattr(conf, "transport", lambda: httpx.MockTransport(answer))


@pytest.fixture
def said(capsys):
    def said():
        written = capsys.readouterr()
        return written.out + written.err

    return said


def connect(name="Acme GmbH", email=ANN, region="eu-central-1"):
    call_command("connect", name, email, region=region)


def nothing_left():
    return not (
        Workspace.objects.exists() or get_user_model().objects.exists() or Team.objects.exists()
    )


def test_it_makes_an_owner_and_a_workspace(said):
    connect()
    workspace = Workspace.objects.get()
    owner = workspace.memberships.get()
    assert (workspace.slug, workspace.region, workspace.api_key) == (
        "acme-gmbh",
        "eu-central-1",
        KEY,
    )
    assert (owner.role, owner.user.email, owner.user.is_superuser) == ("owner", ANN, True)
    assert owner.user.check_password(PASSWORD)
    assert workspace.teams.count() == 1
    assert workspace.webhook_url in said()


def test_it_says_when_recall_cannot_reach_us(said, settings):
    settings.PUBLIC_URL = ""
    connect()
    told = said()
    assert "sync only" in told
    assert "/webhooks/" not in told


def test_it_never_prints_the_key_or_the_password(said):
    connect()
    with pytest.raises(CommandError) as refusal:
        connect("Other", region="us-west-2")
    told = said() + str(refusal.value)
    assert KEY not in told
    assert PASSWORD not in told


def test_it_names_the_right_region_and_leaves_nothing_behind():
    with pytest.raises(CommandError, match="eu-central-1"):
        connect(region="us-west-2")
    assert nothing_left()


@pytest.mark.parametrize(
    ("name", "email", "password", "reason"),
    [
        ("Acme", ANN, "12345678", "entirely numeric"),
        ("Acme", ANN, "password", "too common"),
        ("Acme", ANN, ANN, "too similar"),
        ("Acme", "ann", PASSWORD, "not an e-mail"),
        ("!?", ANN, PASSWORD, "letter or a digit"),
        ("A" * 101, ANN, PASSWORD, "100 characters"),
    ],
)
def test_it_refuses_and_leaves_nothing_behind(monkeypatch, name, email, password, reason):
    monkeypatch.setenv("OWNER_PASSWORD", password)
    with pytest.raises(CommandError, match=reason):
        connect(name, email)
    assert nothing_left()


def test_it_asks_for_what_the_environment_does_not_tell(monkeypatch):
    asked = []
    answers = {"Password": PASSWORD, "API key": f"  {KEY}\n"}

    def ask(question):
        asked.append(question)
        return next(answer for start, answer in answers.items() if question.startswith(start))

    monkeypatch.delenv("RECALL_API_KEY")
    monkeypatch.delenv("OWNER_PASSWORD")
    monkeypatch.setattr("getpass.getpass", ask)
    connect()
    assert len(asked) == 2
    assert Workspace.objects.get().api_key == KEY


def test_it_makes_no_workspace_twice():
    connect()
    with pytest.raises(CommandError, match="acme-gmbh already"):
        connect("Acme GmbH", "bob@example.com")
    assert get_user_model().objects.count() == 1


def test_it_takes_an_owner_who_is_here_already(monkeypatch):
    ann = get_user_model().objects.create_user("ann", ANN, "her own password")
    monkeypatch.setenv("OWNER_PASSWORD", "12345678")
    connect(email=ANN.upper())
    ann.refresh_from_db()
    assert Workspace.objects.get().memberships.get().user == ann
    assert ann.check_password("her own password")
    assert not ann.is_superuser


def test_it_shortens_long_addresses():
    connect("A long name " * 8)
    assert len(Workspace.objects.get().slug) <= 50
