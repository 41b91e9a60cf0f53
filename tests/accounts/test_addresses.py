"""Whose an address is: those who were here before, those that commands make, and look-alikes."""

from importlib import import_module
from types import SimpleNamespace

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection as database

from bots import accounts, connection
from bots.models import Workspace

pytestmark = pytest.mark.django_db
migration = import_module("bots.migrations.0004_accounts")


def test_those_who_were_here_keep_their_addresses():
    ann = User.objects.create(username="ann", email="Ann@Example.com")
    for name in ("one", "two"):  # nobody can say whose it is
        User.objects.create(username=name, email="shared@example.com")
    User.objects.create(username="none")
    kept = User.objects.create(username="kept", email="kept@example.com")
    EmailAddress.objects.create(user=kept, email="kept@example.com", primary=True)
    migration.keep_addresses(apps, database)
    row = EmailAddress.objects.get(user=ann)
    assert (row.email, row.verified, row.primary) == ("ann@example.com", True, True)
    assert EmailAddress.objects.count() == 2
    migration.keep_addresses(apps, database)
    assert EmailAddress.objects.count() == 2


def test_the_table_of_the_count_is_there_after_a_migration():
    assert "recalldash_cache" in database.introspection.table_names()
    migration.make_cache_table(
        apps, SimpleNamespace(connection=database)
    )  # again, and nothing happens


@pytest.mark.parametrize("known", [True, False])
def test_connect_vouches_for_the_owner(monkeypatch, client, known, sign_in):
    monkeypatch.setenv("RECALL_API_KEY", "key-1234")
    monkeypatch.setenv("OWNER_PASSWORD", "quite a long sentence")
    fine = connection.Verdict(True, "Connected.")
    monkeypatch.setattr(connection, "judge", lambda key, region: fine)
    if known:
        User.objects.create_user("ann", "ann@example.com", "quite a long sentence")
    call_command("connect", "Acme", "Ann@example.com")
    owner = Workspace.objects.get().memberships.get().user
    row = EmailAddress.objects.get(user=owner)
    assert (row.email, row.verified, row.primary) == ("ann@example.com", True, True)
    assert sign_in(client, "ann@example.com", "quite a long sentence").status_code == 302
    assert sign_in(client, owner.username, "quite a long sentence").status_code == 302


def test_an_address_stands_for_one_account_or_none(alice, bob):
    assert accounts.find("ALICE@example.com") == alice
    assert accounts.find("alice") == alice
    User.objects.filter(pk=bob.pk).update(email="alice@example.com")
    assert accounts.find("alice@example.com") is None
    accounts.keep_address(alice, "alice@example.com")
    assert accounts.find("alice@example.com") == alice


def test_a_user_name_that_looks_like_an_address_takes_nobody_elses(alice, django_user_model):
    django_user_model.objects.create_user("alice@example.com", "mallory@example.com", "x")
    assert accounts.find("alice@example.com") == alice


@pytest.mark.parametrize(
    "other",
    [
        "al\u0131ce@example.com",  # a dotless i, whose capital is I
        "al\u0130ce@example.com",  # a capital I with a dot
        "alice@exampl\u212ae.com",
        "ali\u0441e@example.com",  # a Cyrillic es
        "\uff41lice@example.com",  # a letter of full width
        "alice@example.com.",
        "alice+x@example.com",
    ],
)
def test_an_address_that_looks_alike_is_another(alice, other):
    accounts.keep_address(alice, alice.email)
    assert accounts.find(other) is None
    assert not accounts.has_address(alice, other)
    assert not accounts.is_verified(alice, other)


def test_a_new_account_never_takes_a_user_name(django_user_model):
    django_user_model.objects.create_user("zoe@example.com")
    assert accounts.make("zoe@example.com").username != "zoe@example.com"
    long = f"{'z' * 150}@example.com"
    assert accounts.find(long) is None
    assert accounts.make(long).email == long
    assert accounts.find(long) is not None
