"""Every address of the house, walked by every kind of person: who gets in stands in one table.

`tests/access_table.py` holds it. A new address fails here until it has its line there.
"""

import ast
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.db import transaction
from django.test import Client
from django.urls import reverse

from bots import conf, seats
from bots.lifecycle import ABOUT_RECORDINGS, SEVERAL, Action
from bots.models import AuditEvent, Bot, Membership, Order, Role, Team, Workspace
from recalldash import asgi
from tests.access_table import (
    BY_TOKEN,
    CAST,
    NO,
    NOWHERE,
    PUBLIC,
    SIGNED,
    STEER,
    TABLE,
    make_things,
    outcome,
)
from tests.addresses import OF_A_THING, OF_A_WORKSPACE, OURS, ROUTES, address
from tests.world import NOW, make_bot, make_workspace

pytestmark = pytest.mark.django_db
METHODS = ("GET", "POST")
# A form's token is another on every page, and says nothing.
TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="\w+"')


@pytest.fixture(autouse=True)
def recall(monkeypatch):
    """Recall knows nothing of anything: nobody gets an answer by its help."""
    nothing = httpx.MockTransport(lambda request: httpx.Response(404, json={}))
    monkeypatch.setattr(conf, "transport", lambda: nothing)


@pytest.fixture
def globex(db):
    return make_workspace("globex")


@pytest.fixture
def cast(workspace, globex, member, django_user_model):
    """A browser of everybody in `CAST`, by name."""
    elsewhere = workspace.teams.create(name="Research")
    browsers = {}
    for person in CAST:
        browsers[person.name] = browser = Client(raise_request_exception=False)
        if person.role:
            user = member(person.name, person.role, workspace)
            if not person.is_in_team:
                user.memberships.get().teams.set([elsewhere])
        elif person.name == "owner-of-another":
            user = member(person.name, Role.OWNER, globex)
        else:
            user = django_user_model.objects.create_user(person.name, password="a long secret")
        if person.is_signed_in:
            browser.force_login(user)
    return browsers


def vera_of(workspace, member, name="vera"):
    return member(name, Role.VIEWER, workspace).memberships.get()


@pytest.fixture
def things(workspace, cast, member):
    return make_things(workspace, vera_of(workspace, member))


@pytest.fixture
def their_things(globex, member):
    return make_things(globex, vera_of(globex, member, "their-vera"))


def got(answer) -> str:
    """The answer in a word, as `outcome` has it."""
    status, place = answer.status_code, answer.headers.get("Location", "")
    if status == 302 and place.startswith(f"{reverse('login')}?next="):
        return "door"
    if status in (403, 404, 405):
        return str(status)
    assert status < 500 or status == 502, answer.content
    assert status != 401
    return "ok"


def what_stands(*, but=("change", "auditevent", "call", "heartbeat", "budget")) -> dict[str, Any]:
    """Every row of every table of ours."""
    models = apps.get_app_config("bots").get_models()
    stands = {
        model._meta.model_name: list(model._default_manager.order_by("pk").values())
        for model in models
        if model._meta.model_name not in but
    }
    for row in stands["workspace"]:
        row.pop("watched_at")
    return stands


def test_every_address_has_its_line():
    assert set(ROUTES) - set(TABLE) == set(), "put a line into tests/access_table.py"
    if any(name.startswith("sandbox-") for name in ROUTES):
        assert set(TABLE) == set(ROUTES), "a line without an address"
    assert len(OF_A_THING) > 25


@pytest.mark.parametrize("name", OURS)
def test_everybody_gets_in_where_they_belong_and_nowhere_else(cast, things, workspace, name):
    for is_private in (False, True) if name in OF_A_THING else (False,):
        Team.objects.filter(pk=workspace.default_team.pk).update(is_private=is_private)
        walk(cast, things, name, is_private=is_private)


def walk(cast, things, name, *, is_private):
    """That address, by everybody and both ways; whatever they do there is undone."""
    url, stood = address(name, things), what_stands()
    for person in CAST:
        for method, kind in zip(METHODS, TABLE[name], strict=True):
            wanted = outcome(kind, person, is_private=is_private)
            with transaction.atomic():
                answer = cast[person.name].generic(method, url)
                if kind == PUBLIC:
                    # The house may be unwell, and says so to everybody.
                    found = "ok" if answer.status_code < 500 or name == "healthz" else "broken"
                elif kind == NO and answer.status_code == 405:
                    found = wanted = "405"
                elif kind == BY_TOKEN:
                    found = str(answer.status_code)
                else:
                    found = got(answer)
                # What was refused must have left no trace; what was done is undone for the next.
                transaction.set_rollback(found == "ok")
            assert found == wanted, f"{method} {url} by {person.name}"
    assert what_stands() == stood


@pytest.mark.parametrize("name", OF_A_WORKSPACE)
def test_looking_changes_nothing(cast, things, name):
    for whom in ("owner", "operator"):
        cast[whom].get(address(name, things))  # the first look at a policy makes version 1
        stood = what_stands()
        cast[whom].get(address(name, things))
        assert what_stands() == stood


def bare(answer) -> tuple[int, bytes]:
    return answer.status_code, TOKEN.sub(b"", answer.content)


@pytest.mark.parametrize("name", OF_A_THING)
def test_what_is_somebody_else_s_is_as_if_it_were_nowhere(cast, things, their_things, name):
    stood = what_stands()
    for whom in ("owner", "lead", "operator"):
        browser = cast[whom]
        for method, kind in zip(METHODS, TABLE[name], strict=True):
            theirs = browser.generic(method, address(name, their_things))
            wanted = {"404", "403", "405"} if whom != "owner" else {"404", "405"}
            assert got(theirs) in wanted, (whom, method)
            for number in (10**9, 10**18, 10**30):
                url = address(name, things, pk=number)
                assert bare(browser.generic(method, url)) == bare(theirs), (whom, method, url)
            if whom == "owner" and kind != NO:
                assert theirs.status_code == 404
        assert what_stands() == stood, whom


@pytest.mark.parametrize(
    "name", [n for n in OF_A_THING if outcome(TABLE[n][0], CAST[3], is_private=True) == "404"
             or outcome(TABLE[n][1], CAST[3], is_private=True) == "404"],
)  # fmt: skip
def test_what_a_team_keeps_to_itself_is_as_if_it_were_nowhere(cast, things, workspace, name):
    workspace.teams.filter(pk=workspace.default_team.pk).update(is_private=True)
    for method, kind in zip(METHODS, TABLE[name], strict=True):
        if kind == NO:
            continue
        hidden = cast["lead-elsewhere"].generic(method, address(name, things))
        nowhere = cast["lead-elsewhere"].generic(method, address(name, things, pk=10**9))
        assert bare(hidden) == bare(nowhere)
        assert b"Secret of" not in hidden.content


@pytest.mark.parametrize("name", OF_A_WORKSPACE)
def test_a_workspace_of_others_is_as_if_there_were_none(cast, things, their_things, name):
    for method in METHODS:
        theirs = cast["owner"].generic(method, address(name, their_things, slug="globex"))
        none = cast["owner"].generic(method, address(name, their_things, slug="no-such-one"))
        assert got(theirs) in ("404", "405")
        assert bare(theirs) == bare(none)


@pytest.mark.django_db(databases=["default", "sandbox"])
@pytest.mark.parametrize("name", [n for n in TABLE if n not in OURS and n in ROUTES])
def test_the_other_company_says_nothing_of_ours(cast, things, name):
    """The sandbox asks nobody who they are; what it knows is its own."""
    words = {"pk": "1", "what": "clock", "region": "us-west-2", "kind": "x", "token": "x",
             "name": "x", "path": "bot/"}  # fmt: skip
    place = re.sub(r"<\w+:(\w+)>", lambda hit: words[hit[1]], str(ROUTES[name].pattern))
    stood = what_stands()
    answer = cast["stranger"].get(f"/sandbox/{place}")
    assert answer.status_code < 500
    assert b"Secret of" not in answer.content
    assert what_stands() == stood


def seat(browser, slug="acme"):
    """What the stream of a workspace would show to that browser, or None."""
    key = browser.cookies.get(settings.SESSION_COOKIE_NAME)
    cookie = f"{settings.SESSION_COOKIE_NAME}={key.value}" if key else ""
    query, headers = f"workspace={slug}", [(b"host", b"testserver"), (b"cookie", cookie.encode())]
    claim = seats.claim_in(
        {
            "type": "http",
            "method": "GET",
            "path": "/events",
            "query_string": query.encode(),
            "headers": headers,
        }
    )
    return seats.find([claim]).get(claim)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_private", [False, True])
def test_a_stream_opens_to_members_and_hides_what_a_team_keeps(cast, things, workspace, is_private):
    team = workspace.default_team
    Team.objects.filter(pk=team.pk).update(is_private=is_private)
    for person in CAST:
        found = seat(cast[person.name])
        assert (found is not None) == bool(person.role), person.name
        if found is not None:
            assert found.workspace_id == workspace.pk
            assert (team.pk in found.hidden) == (is_private and not person.belongs()), person.name
        assert (seat(cast[person.name], "globex") is None) == (person.name != "owner-of-another")


def test_nothing_but_these_is_answered_before_django():
    """A path that the front door answers itself has no line in the table: it is tested above."""
    door = ast.parse(Path(asgi.__file__).read_text())
    [application] = [n for n in door.body if getattr(n, "name", "") == "application"]
    texts = {n.value for n in ast.walk(application) if isinstance(n, ast.Constant)}
    paths = {text for text in texts if isinstance(text, str) and text.startswith("/")}
    assert paths == {
        "/api/", "/events", "/healthz", "/readyz", "/s/", "/sandbox/", "/sandbox/media/",
    }  # fmt: skip
    # Recall's door is in tests/test_webhook_door.py, and says what the one in Django says.
    assert any(isinstance(n, ast.Attribute) and n.attr == "PLACE" for n in ast.walk(application))


def test_django_admin_is_for_staff_alone(cast, things, django_user_model):
    index, site = reverse("admin:index"), admin.site._registry
    lists = [
        reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}")
        for model in site
        for page in ("changelist", "add")
    ]
    row = reverse("admin:bots_bot_change", args=[things["bots"].pk])
    for person in CAST:
        for url in (index, row, *lists):
            answer = cast[person.name].get(url)
            assert answer.status_code in (302, 403), (person.name, url)
            assert b"Secret of" not in answer.content


OF_RECALL = ("webhook", "realtime")


@pytest.mark.parametrize(
    "name",
    [
        n
        for n in OURS
        if TABLE[n][1] not in (NO, BY_TOKEN, NOWHERE)
        and n not in (*OF_RECALL, "alerts_off", "openid_connect_callback")
    ],
)
def test_it_asks_for_the_forms_token(cast, things, name):
    browser = Client(enforce_csrf_checks=True, raise_request_exception=False)
    browser.cookies = cast["owner"].cookies
    stood = what_stands()
    assert browser.post(address(name, things)).status_code == 403
    assert what_stands() == stood


@pytest.mark.parametrize("name", OF_RECALL)
def test_recall_s_own_doors_alone_need_no_token(db, name):
    browser = Client(enforce_csrf_checks=True)
    assert browser.post(reverse(name, args=["nobody"])).status_code == 404


@pytest.mark.parametrize("name", [n for n in OURS if BY_TOKEN in TABLE[n]])
def test_no_session_and_no_form_s_token_opens_the_api(cast, things, name):
    browser = Client(enforce_csrf_checks=True, raise_request_exception=False)
    browser.cookies = cast["owner"].cookies
    method = METHODS[TABLE[name].index(BY_TOKEN)]
    answer = browser.generic(method, address(name, things))
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "no_token")


EXTRA = {
    "workspace": "globex", "workspace_id": "2", "role": "owner", "api_key": "stolen",
    "slug": "mine", "is_private": "on", "is_staff": "on", "is_superuser": "on", "user": "1",
    "team_id": "2", "sent_by": "1", "archived_at": "", "webhook_token": "mine", "id": "1",
    "pk": "1",
}  # fmt: skip


@pytest.mark.parametrize("whom", ["lead", "operator", "viewer"])
@pytest.mark.parametrize("name", [n for n in OF_A_WORKSPACE if TABLE[n][1] not in (NO, SIGNED)])
def test_what_a_form_does_not_ask_for_is_not_taken(cast, things, globex, name, whom):
    def kept():
        return [
            list(Workspace.objects.order_by("pk").values("slug", "name", "api_key")),
            list(Membership.objects.exclude(user__username=whom).order_by("pk").values()),
            list(Team.objects.order_by("pk").values("pk", "name", "workspace", "archived_at")),
            list(Bot.objects.filter(workspace=globex).values("pk")),
        ]  # fmt: skip

    stood = kept()
    cast[whom].post(address(name, things), EXTRA)
    assert kept() == stood
    mine = Membership.objects.filter(user__username=whom)
    if name != "members_leave":
        assert [(each.role, each.workspace.slug) for each in mine] == [(whom, "acme")]
    assert not mine.filter(user__is_staff=True).exists()


def test_good_forms_take_what_they_ask_for_and_no_more(cast, things, workspace, globex):
    link = "https://meet.google.com/xyz-abcd-efg"
    form = {"token": "0d9dbe3c-7cb0-4d46-9f86-1a3a37a0f003", "meeting_url": link}
    answer = cast["operator"].post("/w/acme/send/", {**EXTRA, **form})
    assert answer.status_code == 302
    bot = Bot.objects.get(meeting_url=link)
    assert (bot.workspace, bot.team, bot.sent_by.username) == (
        workspace, workspace.default_team, "operator",
    )  # fmt: skip
    asked = {**EXTRA, "email": "new@example.com", "role": "viewer"}
    assert cast["admin"].post("/w/acme/members/", asked).status_code == 200
    made = workspace.invitations.get(email="new@example.com")
    assert (made.role, made.by.username) == ("viewer", "admin")
    assert cast["admin"].post("/w/acme/teams/", {**EXTRA, "name": "Labs"}).status_code == 302
    labs = workspace.teams.get(name="Labs")
    assert (labs.is_private, labs.archived_at) == (False, None)


def test_foreign_ids_in_forms_queries_and_cursors_reach_nothing(
    cast, things, their_things, workspace, globex
):
    theirs, link = their_things["teams"], "https://meet.google.com/xyz-abcd-efg"
    stood = what_stands(but=())
    token = "0d9dbe3c-7cb0-4d46-9f86-1a3a37a0f003"
    form = {"token": token, "meeting_url": link, "team": theirs.pk}
    assert cast["owner"].post("/w/acme/send/", form).status_code == 422
    vera = things["members"]
    changed = {"role": "viewer", "teams": [theirs.pk]}
    assert cast["owner"].post(f"/w/acme/members/{vera.pk}/", changed).status_code == 422
    asked = {"email": "x@example.com", "role": "viewer", "teams": [theirs.pk]}
    assert cast["owner"].post("/w/acme/members/", asked).status_code == 422
    secret = globex.secrets.get()
    cast["owner"].post("/w/acme/settings/secret/", {"remove": secret.pk, "confirmed": "yes"})
    assert globex.secrets.exists()
    assert what_stands(but=()) == stood
    bot = their_things["bots"].pk
    for url in (
        f"/w/acme/?team={theirs.pk}",
        f"/w/acme/notices/?here={bot}",
        f"/w/acme/audit/?of=bot:{bot}",
        f"/w/acme/deliveries/?bot={bot}",
        "/w/acme/?q=globex",
    ):
        page = f"http://testserver/w/globex/bots/{bot}/"
        said = {"HX-Request": "true", "HX-Current-URL": page, "HX-Target": f"bot-{bot}"}
        for headers in ({}, {**said, "Referer": page}):
            answer = cast["owner"].get(url, headers=headers)
            assert answer.status_code == 200, url
            assert b"Secret of Globex" not in answer.content, url


def test_a_place_in_another_workspace_s_list_leads_nowhere_new(cast, things, globex, workspace):
    for number in range(30):
        make_bot(globex, title=f"Theirs {number}", phase="finished", started_at=NOW)
    theirs = cast["owner-of-another"].get("/w/globex/").context["earlier"].after
    assert theirs
    answer = cast["owner"].get("/w/acme/", {"after": theirs})
    assert answer.status_code == 200
    assert b"Theirs" not in answer.content


def test_many_can_not_be_told_to_leave_by_whom_they_are_not(cast, things, their_things, workspace):
    Bot.objects.update(phase="recording", code="in_call_recording")
    workspace.teams.filter(pk=workspace.default_team.pk).update(is_private=True)
    ids = [things["bots"].pk, their_things["bots"].pk]
    for data in ({"bot": ids, "confirmed": "yes"}, {"bots": ids, "confirmed": "yes"}):
        answer = cast["operator-elsewhere"].post("/w/acme/leave-all/", data)
        assert b"Secret of" not in answer.content
    assert not Order.objects.filter(action=Action.LEAVE).exists()


PAGES_OF_THEIR_OWN = (Action.SEND, *SEVERAL, *ABOUT_RECORDINGS)


@pytest.mark.parametrize("action", [each for each in Action if each not in PAGES_OF_THEIR_OWN])
def test_every_button_asks_who_presses_it(cast, things, workspace, action):
    url = reverse("order", args=["acme", things["bots"].pk, action])
    for person in CAST:
        wanted = outcome(STEER, person, is_private=False)
        for method in METHODS:
            with transaction.atomic():
                answer = cast[person.name].generic(method, url)
                transaction.set_rollback(True)
            found = "ok" if answer.status_code == 405 and wanted == "ok" else got(answer)
            assert found == wanted, (person.name, method)


@pytest.mark.parametrize("word", ["send", "explode", "Leave"])
def test_it_knows_no_other_button(cast, things, word):
    url = f"/w/acme/bots/{things['bots'].pk}/{word}/"
    assert cast["owner"].post(url).status_code == 404


def test_whoever_is_removed_is_out_at_the_next_request(cast, things, workspace):
    bob = workspace.memberships.get(user__username="operator")
    url = reverse("bot", args=["acme", things["bots"].pk])
    assert cast["operator"].get(url).status_code == 200
    asked = reverse("members_remove", args=["acme", bob.pk])
    assert cast["admin"].get(asked).status_code == 200
    assert cast["admin"].post(asked).status_code == 302
    assert {cast["operator"].get(each).status_code for each in (url, "/w/acme/")} == {404}
    assert AuditEvent.objects.get(verb="member.removed").by.username == "admin"


def test_a_changed_role_counts_at_the_next_request(cast, things, workspace):
    url = reverse("order", args=["acme", things["bots"].pk, Action.LEAVE])
    bob = workspace.memberships.get(user__username="operator")
    team = workspace.default_team.pk
    changed = {"role": "viewer", "teams": [team]}
    cast["owner"].post(reverse("members_one", args=["acme", bob.pk]), changed)
    assert cast["operator"].post(url).status_code == 403
