"""Keys and secrets: encrypted at rest under keys that can change, dots wherever they are shown."""

import copy
import json
import pickle

import pytest
from cryptography.fernet import Fernet
from django.core import serializers
from django.db import connection
from django.template import Context, Template
from django.utils import timezone

from bots import conf
from bots import connection as to_recall
from bots.models import WebhookSecret, Workspace
from bots.models.fields import Secret
from bots.recall import errors
from tests.world import NOW, SECRET, at, make_bot, make_workspace, signed, status_event

KEY = "sandbox_us-west-2_very-secret"
OLD, NEW = (Fernet.generate_key().decode() for _ in range(2))
in_database = pytest.mark.django_db


def stored(model, column):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {model._meta.db_table}")
        return [row[0] for row in cursor.fetchall()]


@in_database
def test_it_shows_the_database_no_plain_text():
    make_workspace(api_key=KEY)
    for ciphertext in stored(Workspace, "api_key") + stored(WebhookSecret, "secret"):
        assert ciphertext.startswith("v2:gAAAA")
        assert KEY not in ciphertext
        assert SECRET not in ciphertext


@in_database
def test_it_reads_back_what_was_stored():
    workspace = make_workspace(api_key=KEY)
    assert Workspace.objects.get().api_key == KEY
    assert workspace.webhook_secrets(NOW) == [SECRET]


@in_database
def test_it_stores_nothing_as_nothing():
    make_workspace(api_key="")
    assert stored(Workspace, "api_key") == [""]
    assert Workspace.objects.get().api_key == ""
    assert not Workspace.objects.exclude(api_key="").exists()


@in_database
def test_it_reads_old_keys_and_writes_new_ones(settings):
    settings.ENCRYPTION_KEYS = [OLD]
    make_workspace(api_key=KEY)
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    workspace = Workspace.objects.get()
    assert workspace.api_key == KEY
    workspace.save()
    settings.ENCRYPTION_KEYS = [NEW]
    assert Workspace.objects.get().api_key == KEY


@pytest.fixture
def locked(settings):
    """A workspace whose secrets are stored under a key that is gone, and how they stand there."""
    settings.ENCRYPTION_KEYS = [OLD]
    make_workspace(api_key=KEY)
    settings.ENCRYPTION_KEYS = [NEW]
    return stored(Workspace, "api_key") + stored(WebhookSecret, "secret")


@in_database
def test_it_says_which_setting_to_mend(locked):
    key = Workspace.objects.get().api_key
    assert (key, key.masked) == ("", "")
    assert key.problem == "It is stored under a key that is not in ENCRYPTION_KEYS."


@in_database
def test_what_cannot_be_read_is_saved_as_it_was(locked, settings):
    workspace = Workspace.objects.get()
    assert workspace.api_key.problem
    workspace.name = "Renamed"
    workspace.save()
    for secret in workspace.secrets.all():
        secret.save()
    assert stored(Workspace, "api_key") + stored(WebhookSecret, "secret") == locked
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    assert Workspace.objects.get().api_key == KEY
    assert Workspace.objects.get().webhook_secrets(NOW) == [SECRET]


@in_database
def test_a_new_key_takes_the_place_of_one_that_cannot_be_read(locked):
    workspace = Workspace.objects.get()
    workspace.api_key = "another-key-altogether"
    workspace.save()
    assert Workspace.objects.get().api_key == "another-key-altogether"


@in_database
def test_no_call_is_made_with_a_key_that_cannot_be_read(locked):
    with pytest.raises(errors.UnreadableKey, match="not in ENCRYPTION_KEYS"):
        to_recall.recall(Workspace.objects.get())


@in_database
def test_a_webhook_is_sent_again_while_its_secret_cannot_be_read(locked, client):
    """401 would have Recall give up on it; nothing is noted against Recall either."""
    workspace = Workspace.objects.get()
    body = status_event(make_bot(workspace), "in_call_recording", NOW)
    headers = signed(body, when=timezone.now())
    address = f"/webhooks/recall/{workspace.webhook_token}/"
    answer = client.post(address, body, content_type="application/json", headers=headers)
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    workspace.refresh_from_db()
    assert workspace.last_refused_at is None


@in_database
def test_a_webhook_is_taken_by_the_secret_that_can_be_read(locked, client):
    workspace = Workspace.objects.get()
    workspace.replace_webhook_secret(SECRET, now=timezone.now())
    body = status_event(make_bot(workspace), "in_call_recording", NOW)
    headers = signed(body, when=timezone.now())
    address = f"/webhooks/recall/{workspace.webhook_token}/"
    answer = client.post(address, body, content_type="application/json", headers=headers)
    assert answer.status_code == 204


def swap(model, column, where):
    """What a person with the database in their hands can do."""
    table, [one, other] = model._meta.db_table, where
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {table} WHERE id = %s", [one])
        [text] = cursor.fetchone()
        cursor.execute(f"UPDATE {table} SET {column} = %s WHERE id = %s", [text, other])


@in_database
@pytest.mark.parametrize(("model", "column"), [(Workspace, "api_key"), (WebhookSecret, "secret")])
def test_what_was_sealed_for_another_workspace_is_not_opened(model, column, caplog):
    make_workspace("acme", api_key=KEY)
    make_workspace("globex", api_key="of-globex-itself", secret="whsec_" + "Z" * 32)
    one, other = model.objects.order_by("pk")
    swap(model, column, [one.pk, other.pk])
    found = getattr(model.objects.get(pk=other.pk), column)
    assert (found, found.problem) == (
        "",
        "It was stored for another place, and moved here: it is not used.",
    )
    [line] = [record for record in caplog.records if record.name == "bots.security"]
    assert f"bots.{model._meta.model_name}.{column}" in line.getMessage()
    assert KEY not in line.getMessage()


@in_database
def test_a_webhook_secret_is_no_api_key():
    """Not even inside one workspace."""
    workspace = make_workspace(api_key=KEY)
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM bots_webhooksecret")
        cursor.execute("UPDATE bots_workspace SET api_key = %s", cursor.fetchone())
    assert Workspace.objects.get(pk=workspace.pk).api_key.problem


@in_database
def test_it_reads_what_older_releases_stored():
    workspace = make_workspace(api_key=KEY)
    with connection.cursor() as cursor:
        old = conf.fernet().encrypt(KEY.encode()).decode()
        cursor.execute("UPDATE bots_workspace SET api_key = %s", [old])
    workspace = Workspace.objects.get()
    assert workspace.api_key == KEY
    workspace.save()
    assert stored(Workspace, "api_key")[0].startswith("v2:")


@in_database
def test_it_is_set_on_rows_only():
    """An update without a row could not bind it to its place."""
    make_workspace()
    with pytest.raises(TypeError, match="set it on a row"):
        Workspace.objects.update(api_key=KEY)


@in_database
def test_rows_of_values_show_dots():
    make_workspace(api_key=KEY)
    rows = [list(Workspace.objects.values()), list(WebhookSecret.objects.values_list("secret"))]
    assert "v2:" not in repr(rows)
    assert SECRET not in repr(rows)
    assert "•••" in repr(rows)


@in_database
def test_a_fixture_holds_what_the_database_holds():
    make_workspace(api_key=KEY)
    fixture = serializers.serialize(
        "json", [*Workspace.objects.all(), *WebhookSecret.objects.all()]
    )
    assert KEY not in fixture
    assert SECRET not in fixture
    for each in serializers.deserialize("json", fixture):
        each.save()
    workspace = Workspace.objects.get()
    assert workspace.api_key == KEY
    assert workspace.webhook_secrets(NOW) == [SECRET]


def test_it_names_a_key_that_is_none(settings):
    settings.ENCRYPTION_KEYS = ["not-a-key"]
    with pytest.raises(ValueError, match="Fernet key"):
        conf.fernet()


@in_database
@pytest.mark.parametrize("read_back", [False, True])
def test_it_is_dots_to_whatever_prints_it(read_back):
    workspace = make_workspace(api_key=KEY)
    if read_back:
        workspace = Workspace.objects.get()
    key = workspace.api_key
    rendered = Template("{{ w.api_key }} {{ w.api_key|upper }}").render(Context({"w": workspace}))
    shown = [repr(key), str(key), "%s %r" % (key, key), f"{key!s} {key!r}", repr([key]), rendered]  # noqa: UP031
    for text in shown[:5]:
        assert "cret" in text
        assert KEY not in text
    assert KEY not in rendered
    assert key.masked == "•••cret"


@pytest.mark.parametrize(
    ("text", "masked"), [("", ""), ("short", "•••"), ("x" * 8 + "tail", "•••tail")]
)
def test_it_shows_the_end_only_of_what_is_long(text, masked):
    assert Secret(text).masked == str(Secret(text)) == masked


def test_it_is_text_to_code_that_needs_it():
    key = Secret(KEY)
    assert f"Token {key}" == "Token " + KEY
    assert (key.encode(), key.strip(), json.loads(json.dumps(key))) == (KEY.encode(), KEY, KEY)
    for same in (Secret(key), copy.deepcopy(key), pickle.loads(pickle.dumps(key))):
        assert (type(same), same) == (Secret, KEY)


@in_database
def test_it_takes_an_old_webhook_secret_for_a_day():
    workspace = make_workspace()
    workspace.replace_webhook_secret("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", now=NOW)
    assert len(workspace.webhook_secrets(at(3600))) == 2
    assert workspace.webhook_secrets(at(86_401)) == ["whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"]


@in_database
def test_it_is_given_to_recall_whole():
    with to_recall.recall(make_workspace(api_key=KEY)) as recall:
        assert recall._session._authorization == f"Token {KEY}"
