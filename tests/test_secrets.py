"""Keys and secrets: encrypted at rest under keys that can change, dots wherever they are shown."""

import copy
import json
import pickle

import pytest
from cryptography.fernet import Fernet
from django.db import connection
from django.template import Context, Template

from bots import conf
from bots import connection as to_recall
from bots.models import WebhookSecret, Workspace
from bots.models.fields import Secret, Undecryptable
from tests.world import NOW, SECRET, at, make_workspace

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
        assert ciphertext.startswith("gAAAA")
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


@in_database
def test_it_says_which_setting_to_mend(settings):
    settings.ENCRYPTION_KEYS = [OLD]
    make_workspace(api_key=KEY)
    settings.ENCRYPTION_KEYS = [NEW]
    with pytest.raises(Undecryptable, match=r"Workspace\.api_key .* ENCRYPTION_KEYS") as caught:
        Workspace.objects.get()
    assert KEY not in str(caught.value)


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
