"""Every address of the dashboard, walked: strangers find nothing, visitors the door, viewers look.

A new address is covered as soon as it stands in `bots.urls`.
"""

import uuid

import httpx
import pytest
from django.test import Client
from django.urls import URLPattern, reverse

from bots import conf, urls
from bots.lifecycle import Action
from bots.models import (
    Bot,
    DryRun,
    Order,
    Picture,
    PolicyVersion,
    Recording,
    Team,
    Transcript,
    WebhookSecret,
    Workspace,
)
from tests.test_trials import A_TRIAL
from tests.world import NOW, make_bot

pytestmark = pytest.mark.django_db
PUBLIC = {"healthz", "login", "try", "webhook"}
ROUTES = {pattern.name: pattern for pattern in urls.urlpatterns}
OF_A_WORKSPACE = [name for name, route in ROUTES.items() if "slug" in route.pattern.converters]
OF_A_THING = [name for name in OF_A_WORKSPACE if "pk" in ROUTES[name].pattern.converters]
METHODS = ("GET", "POST")


@pytest.fixture(autouse=True)
def recall(monkeypatch):
    """Recall knows nothing of anything: nobody gets an answer by its help."""
    nothing = httpx.MockTransport(lambda request: httpx.Response(404, json={}))
    monkeypatch.setattr(conf, "transport", lambda: nothing)


@pytest.fixture
def things(workspace):
    """One of each thing that an address can name, by the word that it stands behind there."""
    bot = make_bot(workspace)
    recording = Recording.objects.create(
        workspace=workspace, bot=bot, recall_id=uuid.uuid4(), status_at=NOW, created_at=NOW
    )
    order = bot.orders.create(action=Action.PAUSE, created_at=NOW, due_at=NOW, expires_at=NOW)
    artifact = recording.artifacts.create(
        kind="video_mixed", recall_id=uuid.uuid4(), status="done", status_at=NOW
    )
    Transcript.objects.create(recording=recording, fetched_at=NOW)
    PolicyVersion.objects.current(workspace.default_team)
    run = DryRun.objects.create(
        workspace=workspace,
        team=workspace.default_team,
        state=DryRun.State.FINISHED,
        results=[A_TRIAL | {"bot": bot.pk}],
        created_at=NOW,
    )
    return {
        "run": run,
        "bots": bot,
        "orders": order,
        "recordings": recording,
        "artifacts": artifact,
        "notetakers": workspace.default_team,
        "policy": workspace.default_team,
        "pictures": Picture.keep(workspace, b"jpeg", width=16, height=9),
    }


def address(name, things, slug="acme"):
    """The address of that name; fails where a new kind of thing must first be made above."""
    pattern = ROUTES[name].pattern
    values = {"slug": slug, "action": Action.LEAVE, "which": "file", "token": "nobody"}
    values |= {"what": "transcript", "ending": "txt"}
    values |= {"number": 1, "digest": things["pictures"].digest}
    values |= {"run": things["run"].pk, "bot": things["bots"].pk}
    if "pk" in pattern.converters:
        noun = pattern._route.partition("<int:pk>")[0].strip("/").rpartition("/")[2]
        values["pk"] = things[noun].pk
    return reverse(name, kwargs={word: values[word] for word in pattern.converters})


def ask(user, method, url):
    browser = Client(raise_request_exception=False)
    if user is not None:
        browser.force_login(user)
    return browser.generic(method, url)


def what_stands():
    return [
        list(model.objects.order_by("pk").values())
        for model in (Bot, Order, Picture, PolicyVersion, Team, WebhookSecret)
    ] + [list(Workspace.objects.values("slug", "region", "key_checked_at"))]


def test_it_knows_every_address():
    assert all(isinstance(route, URLPattern) for route in urls.urlpatterns)
    assert len(ROUTES) == len(urls.urlpatterns)
    assert len(OF_A_THING) > 8


@pytest.mark.parametrize("name", OF_A_WORKSPACE)
def test_it_opens_to_its_own_people(alice, things, name):
    """Or the refusals below would prove nothing."""
    answers = {ask(alice, method, address(name, things)).status_code for method in METHODS}
    assert not answers & {403, 404}
    assert max(answers) < 500
    assert answers != {405}


@pytest.mark.parametrize("name", OF_A_WORKSPACE)
def test_it_refuses_a_stranger(charlie, things, name):
    before = what_stands()
    answers = {ask(charlie, method, address(name, things)).status_code for method in METHODS}
    assert answers <= {404, 405}
    assert 404 in answers
    assert what_stands() == before


@pytest.mark.parametrize("name", OF_A_THING)
def test_it_finds_in_a_workspace_only_what_is_there(charlie, things, name):
    before = what_stands()
    url = address(name, things, slug="globex")
    answers = {ask(charlie, method, url).status_code for method in METHODS}
    assert answers <= {404, 405}
    assert 404 in answers
    assert what_stands() == before


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", [name for name in ROUTES if name not in PUBLIC])
def test_it_sends_visitors_to_the_door(things, name, method):
    before = what_stands()
    answer = ask(None, method, address(name, things))
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("login"))
    assert what_stands() == before


@pytest.mark.parametrize("name", OF_A_WORKSPACE)
def test_it_lets_viewers_change_nothing(vera, things, name):
    before = what_stands()
    assert ask(vera, "POST", address(name, things)).status_code in (403, 405)
    assert what_stands() == before


@pytest.mark.parametrize("action", [action for action in Action if action != Action.SEND])
def test_it_lets_viewers_press_no_button(vera, things, action):
    url = reverse("order", args=["acme", things["bots"].pk, action])
    assert {ask(vera, method, url).status_code for method in METHODS} == {403}


@pytest.mark.parametrize("word", ["send", "explode", "Leave"])
def test_it_knows_no_other_button(alice, things, word):
    url = f"/w/acme/bots/{things['bots'].pk}/{word}/"
    assert ask(alice, "POST", url).status_code == 404


@pytest.mark.parametrize("name", OF_A_THING)
@pytest.mark.parametrize("number", [0, 10**18, 10**30])
def test_it_says_so_where_nothing_is(alice, things, name, number):
    url = address(name, things)
    pk = f"/{next(p for p in url.split('/') if p.isdigit())}/"
    answers = {ask(alice, m, url.replace(pk, f"/{number}/")).status_code for m in METHODS}
    assert answers <= {404, 405}


def test_it_asks_for_the_forms_token(alice, things):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(alice)
    for name in OF_A_WORKSPACE:
        assert browser.post(address(name, things)).status_code in (403, 405)
    assert Order.objects.count() == 1
