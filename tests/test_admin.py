"""Django admin: every page of every model opens, no secret is on any, actions work by HTTP."""

import uuid

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from bots import alerts, audience, trials
from bots.alarms import Kind
from bots.budget import Ledger
from bots.lifecycle import Action
from bots.models import (
    AlertAddress,
    AlertRules,
    ApiToken,
    Assistant,
    AssistantSession,
    AuditEvent,
    Bot,
    Clip,
    Consent,
    Delivery,
    Ear,
    Heartbeat,
    Invitation,
    KeptFile,
    Lane,
    Leftover,
    Order,
    Picture,
    PolicyVersion,
    Poster,
    Recording,
    RecordingSummary,
    Share,
    Sound,
    StatusChange,
    Transcript,
    Verb,
    WebhookSecret,
    Workspace,
)
from tests.world import NOW, SECRET, make_bot, receive, signed, status_event

pytestmark = pytest.mark.django_db
KEY = "sandbox_us-west-2_planted-api-key"
ORDER_KEY = "planted-order-key"
ORDER_TOKEN = "planted-order-token"
STREAM_KEY = "planted-stream-key"
STREAM = f"rtmp://live.example/app/{STREAM_KEY}"
SECOND_STEP = "planted-second-step"
CHAT = "https://chat.example/planted-chat"
RESPONDER_KEY = "planted-responder-key"
EDITABLE = {"workspace", "team", "membership", "user", "group", "emailaddress"}
# Django admin is loaded with the addresses.
admin.autodiscover()
MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)
NO_INLINES = {
    f"{inline}-{field}": "0"
    for inline in ("teams", "memberships")
    for field in ("TOTAL_FORMS", "INITIAL_FORMS")
}


@pytest.fixture
def root(django_user_model):
    user = django_user_model.objects.create_superuser("root", "root@example.com", "a long secret")
    browser = Client()
    browser.force_login(user)
    return browser


@pytest.fixture
def bot(workspace):
    return make_bot(workspace, title="Board <b>meeting</b>")


@pytest.fixture
def delivery(workspace, bot):
    body = status_event(bot, "in_call_recording", NOW)
    return receive(workspace, signed(body, when=NOW), body, now=NOW)


@pytest.fixture
def everything(workspace, bot, delivery, alice):
    """A row in every table, and secrets wherever one can be."""
    workspace.api_key = KEY
    workspace.save()
    Group.objects.create(name="Support")
    Heartbeat.leave("beat", now=NOW)
    bot.leave_rules.create(when="joined", after_s=60, created_at=NOW)
    asked = {"needs": "host", "question": "May I?", "no_does": "stop", "created_at": NOW}
    consent = Consent.objects.create(bot=bot, **asked)
    consent.answers.create(name="Ann", says="yes", text="yes", at=NOW)
    bot.orders.create(
        action=Action.PAUSE,
        created_at=NOW,
        due_at=NOW,
        expires_at=NOW,
        by=alice,
        key=ORDER_KEY,
        token=ORDER_TOKEN,
        body={"realtime_endpoints": [{"type": "rtmp", "url": STREAM, "events": []}]},
    )
    recording = Recording.objects.create(
        workspace=workspace, bot=bot, recall_id=uuid.uuid4(), status_at=NOW, created_at=NOW
    )
    film = recording.artifacts.create(kind="video_mixed", recall_id=uuid.uuid4(), status_at=NOW)
    KeptFile.objects.create(
        workspace=workspace,
        recording=recording,
        artifact=film,
        kind="video_mixed",
        label="Video",
        file_name="Board 7.mp4",
        path="1/ab/abc.mp4",
        created_at=NOW,
        due_at=NOW,
    )
    Leftover.objects.create(path="1/ab/left.mp4", since=NOW)
    film.tracks.create(n=0, name="Ann", type="webcam")
    Poster.objects.create(recording=recording, due_at=NOW, picture=b"jpeg")
    ann = bot.participants.create(number=100, name="Ann")
    recording.participant_events.create(participant=ann, action="join", at=NOW)
    Transcript.objects.keep(recording, [{"text": "Hello"}], now=NOW)
    scribe = Assistant.objects.create(
        workspace=workspace, name="Scribe", kind="openai", api_key=RESPONDER_KEY, created_at=NOW
    )
    session = AssistantSession.objects.create(
        bot=bot, assistant=scribe, name="Scribe", opened_at=NOW
    )
    session.turn("said", NOW, speaker="Ann", text="Hello")
    RecordingSummary.objects.create(recording=recording, name="Scribe", asked_at=NOW)
    share, _ = Share.objects.make(recording, by=alice, label="Acme", created_at=NOW, expires_at=NOW)
    Clip.objects.create(share=share, name="planted-clip-name")
    AlertRules.objects.create(team=workspace.default_team)
    audience.switch_mails(alice.memberships.get(), on=False)
    AlertAddress.objects.create(
        workspace=workspace,
        team=workspace.default_team,
        name="#sales",
        url=CHAT,
        kinds=["failed"],
        created_at=NOW,
    )
    failed = alerts.New(Kind.FAILED, f"bot:{bot.pk}", NOW, "It failed.", bot=bot)
    alerts.raise_all(workspace, [failed], now=NOW)
    Ear.objects.create(bot=bot, heard_at=NOW)
    bot.speaking.create(number=100, speaker="Ann", text="Hel", at=NOW)
    PolicyVersion.objects.save_team(
        workspace.default_team,
        {"silence_for_s": 77, "rtmp_url": STREAM},
        by=alice,
        note="Quick",
        now=NOW,
    )
    rules = PolicyVersion.objects.current(workspace.default_team).rules
    side = ("Version 2, in force", rules)
    trials.start(workspace.default_team, before=side, after=side, by=alice, now=NOW)
    Picture.keep(workspace, b"jpeg", width=1280, height=720)
    Sound.keep(workspace, b"mp3", lasts_s=0.5)
    AuditEvent.objects.record(workspace, Verb.BOT_SENT, by=alice, now=NOW, target=bot)
    Ledger(workspace, Lane.CLICK, lambda: NOW).permit("GET", "/api/v1/bot/")
    batch = workspace.batches.create(created_at=NOW, by=alice, token=ORDER_TOKEN)
    batch.items.create(bot=bot)
    Invitation.objects.invite(
        workspace, "zoe@example.com", role="viewer", teams=[], by=alice, now=NOW
    )
    workspace.erasures.create(bot=bot, recording=recording, what="recording", asked_at=NOW)
    workspace.tombstones.create(recall_id=uuid.uuid4(), at=NOW)
    workspace.forgotten.create(digest="d" * 64)
    workspace.person_erasures.create(called=["Ann"], token=ORDER_TOKEN, created_at=NOW)
    EmailAddress.objects.create(user=alice, email=alice.email, verified=True, primary=True)
    Authenticator.objects.create(user=alice, type="totp", data={"secret": SECOND_STEP})
    SocialAccount.objects.create(user=alice, provider="oidc", uid="7")
    token, _ = ApiToken.objects.make(workspace, name="CRM", scopes=["read"], created_at=NOW)
    token.calls.create(at=NOW)


def pages(model):
    """The list, a search in it, the add page and the page of one row."""
    place = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    row = model._default_manager.first()
    assert row is not None, f"the test has no {model._meta.verbose_name}"
    changelist = reverse(f"{place}_changelist")
    return {
        "list": changelist,
        "search": f"{changelist}?q=board+7",
        "history": reverse(f"{place}_history", args=[row.pk]),
        "change": reverse(f"{place}_change", args=[row.pk]),
        "add": reverse(f"{place}_add"),
    }


def test_django_finds_nothing_wrong_with_it():
    assert admin.site.check(apps.get_app_configs()) == []


def test_it_knows_every_model():
    assert set(apps.get_app_config("bots").get_models()) <= set(MODELS)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.model_name)
def test_it_opens_every_page_and_shows_no_secret(root, everything, model):
    for name, url in pages(model).items():
        answer = root.get(url)
        closed = name == "add" and model._meta.model_name not in EDITABLE
        assert answer.status_code == (403 if closed else 200), url
        text = answer.content.decode()
        for secret in (
            KEY,
            SECRET,
            SECOND_STEP,
            CHAT,
            ORDER_KEY,
            RESPONDER_KEY,
            ORDER_TOKEN,
            STREAM_KEY,
            "<b>meeting</b>",
        ):
            assert secret not in text, url


@pytest.mark.parametrize(
    "model",
    [m for m in MODELS if m._meta.app_label == "bots" and m._meta.model_name not in EDITABLE],
    ids=lambda model: model._meta.model_name,
)
def test_it_lets_nobody_edit_what_happened(root, everything, model):
    assert root.post(pages(model)["change"], {"action": "x", "name": "x"}).status_code == 403


def test_it_shows_versions_of_a_policy_and_lets_nobody_touch_them(root, everything, bot):
    version = PolicyVersion.objects.get(number=2)
    bot.policy = version
    bot.save()
    place = reverse("admin:bots_policyversion_changelist")
    assert "Sales, version 2" in root.get(f"{place}?q=quick").content.decode()
    assert "Sales, version 2" not in root.get(f"{place}?q=nothing").content.decode()
    assert (
        "Sales, version 2"
        in root.get(f"{place}?team__id__exact={version.team_id}").content.decode()
    )
    assert "Sales, version 2" in root.get(pages(Bot)["list"]).content.decode()
    url = reverse("admin:bots_policyversion_change", args=[version.pk])
    page = root.get(url).content.decode()
    assert "&quot;silence_for_s&quot;: 77" in page
    assert 'name="_save"' not in page
    for words in (url, url.replace("/change/", "/delete/")):
        assert root.post(words, {"note": "Changed", "post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": [version.pk], "post": "yes"}
    root.post(place, chosen)
    assert PolicyVersion.objects.get(pk=version.pk).note == "Quick"


def test_it_lists_dry_runs_without_all_that_came_of_them(root, everything):
    """The results of one may be a megabyte, and a list has a hundred."""
    with CaptureQueriesContext(connection) as asked:
        root.get(reverse("admin:bots_dryrun_changelist"))
    read = [each["sql"] for each in asked if '"bots_dryrun"."before"' in each["sql"]]
    assert read
    assert not any('"bots_dryrun"."results"' in sql for sql in read)


def test_it_shows_enough_of_a_key_to_recognise_it(root, everything):
    text = root.get(pages(Workspace)["change"]).content.decode()
    assert "•••-key" in text
    assert "•••LaSw" in root.get(pages(WebhookSecret)["list"]).content.decode()


def test_it_makes_a_workspace_without_a_key(root):
    url = reverse("admin:bots_workspace_add")
    root.post(url, {"name": "New", "slug": "new", "region": "us-east-1", **NO_INLINES})
    assert Workspace.objects.get().slug == "new"
    assert "none; set it" in root.get(pages(Workspace)["change"]).content.decode()


def test_it_keeps_the_key_when_a_workspace_is_edited(root, everything, workspace):
    values = {"name": "Renamed", "slug": "acme", "region": "us-west-2", "api_key": "", **NO_INLINES}
    assert root.post(pages(Workspace)["change"], values).status_code == 302
    workspace.refresh_from_db()
    assert (workspace.name, workspace.api_key) == ("Renamed", KEY)


def act(browser, action, row):
    return browser.post(
        reverse(f"admin:bots_{row._meta.model_name}_changelist"),
        {"action": action, "_selected_action": [row.pk], "index": "0"},
        follow=True,
    )


def test_it_replays_a_delivery(root, bot, delivery):
    StatusChange.objects.all().delete()
    Bot.objects.update(code="", phase="joining")
    assert "1 replayed." in act(root, "replay", delivery).content.decode()
    bot.refresh_from_db()
    assert (bot.code, bot.phase) == ("in_call_recording", "recording")


def test_it_says_why_a_replay_failed(root, delivery, monkeypatch):
    monkeypatch.setattr(Bot, "observe_held", lambda *args, **kwargs: 1 / 0)
    assert "ZeroDivisionError" in act(root, "replay", delivery).content.decode()


def test_it_has_a_bot_looked_at(root, bot):
    before = timezone.now()
    assert "1 to be looked at." in act(root, "look_at_recall", bot).content.decode()
    bot.refresh_from_db()
    assert bot.refresh_due_at >= before


def test_it_has_a_bot_leave_and_says_when_it_cannot(root, bot, delivery):
    assert "1 bot told to leave." in act(root, "leave", bot).content.decode()
    order = Order.objects.get()
    assert (order.action, order.by.username) == (Action.LEAVE, "root")
    done = make_bot(bot.workspace, phase="finished", code="done")
    assert "warning" in act(root, "leave", done).content.decode()
    assert Order.objects.count() == 1


def staff(django_user_model, *codenames):
    user = django_user_model.objects.create_user("sam", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    browser = Client()
    browser.force_login(user)
    return browser


def test_it_shows_staff_only_what_they_may_see(django_user_model, everything):
    sam = staff(django_user_model, "view_bot")
    assert sam.get(pages(Bot)["list"]).status_code == 200
    assert sam.get(pages(Delivery)["list"]).status_code == 403
    assert sam.get(pages(Workspace)["change"]).status_code == 403


@pytest.mark.parametrize("action", ["leave", "look_at_recall"])
def test_it_lets_only_those_act_who_may_change(django_user_model, bot, delivery, action):
    Bot.objects.update(refresh_due_at=None)
    nothing = (0, None)
    act(staff(django_user_model, "view_bot"), action, bot)
    assert (Order.objects.count(), Bot.objects.get().refresh_due_at) == nothing
    django_user_model.objects.get(username="sam").delete()
    act(staff(django_user_model, "view_bot", "change_bot"), action, bot)
    assert (Order.objects.count(), Bot.objects.get().refresh_due_at) != nothing


def test_it_lets_only_those_replay_who_may_change(django_user_model, delivery):
    text = act(staff(django_user_model, "view_delivery"), "replay", delivery).content.decode()
    assert "replayed" not in text


def test_it_sends_others_to_the_door(client, alice):
    client.force_login(alice)
    answer = client.get(reverse("admin:index"))
    assert (answer.status_code, "/admin/login/" in answer["Location"]) == (302, True)


def test_it_helps_whoever_lost_the_phone(root, everything, alice):
    row = Authenticator.objects.get(user=alice)
    root.post(
        reverse("admin:mfa_authenticator_delete", args=[row.pk]),
        {"post": "yes"},
    )
    assert not Authenticator.objects.exists()


@pytest.mark.parametrize("label", ["SocialApp", "SocialToken", "UserSession"])
def test_it_has_no_page_for_what_opens_doors(label):
    assert label not in {model.__name__ for model in MODELS}


def test_it_takes_the_audit_log_along_and_notes_that(root, everything, workspace):
    event = AuditEvent.objects.first()
    answer = act(root, "export", event)
    text = b"".join(answer.streaming_content).decode()
    assert text.startswith('"at","by","verb"')
    assert event.verb in text
    noted = AuditEvent.objects.order_by("-pk").first()
    assert (noted.verb, noted.by.username, noted.workspace) == ("audit.exported", "root", workspace)


def test_what_is_edited_by_hand_stands_in_the_audit_log(root, everything, workspace, alice):
    membership = workspace.memberships.get(user=alice)
    url = reverse("admin:bots_membership_change", args=[membership.pk])
    sent = {"user": alice.pk, "workspace": workspace.pk, "role": "admin", "teams": []}
    assert root.post(url, sent).status_code == 302
    url = reverse("admin:bots_membership_delete", args=[membership.pk])
    assert root.post(url, {"post": "yes"}).status_code == 302
    lines = AuditEvent.objects.filter(verb=Verb.IN_ADMIN).order_by("pk")
    assert [(line.by_name, line.detail["how"]) for line in lines] == [
        ("root@example.com", "changed"),
        ("root@example.com", "deleted"),
    ]
    assert "role" in str(lines[0].detail["fields"]).lower()
