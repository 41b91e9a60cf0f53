"""Who may watch what, asked for many browsers at once."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bots import accounts, seats
from bots.models import Role, Team
from bots.seats import Claim, Seat
from tests.streams import cookie_of
from tests.world import make_workspace

pytestmark = pytest.mark.django_db


def seat_of(claim):
    return seats.find([claim]).get(claim)


@pytest.fixture
def claim(bob):
    return Claim(cookie_of(bob), "acme")


def test_each_is_told_what_they_may_watch_by_as_few_questions_as_one(workspace, alice, bob, member):
    ours = workspace.default_team
    theirs = Team.objects.create(workspace=workspace, name="Research", is_private=True)
    carol = member("carol", Role.OPERATOR, workspace)
    carol.memberships.get().teams.add(theirs)
    elsewhere = make_workspace("globex")
    dave = member("dave", Role.OWNER, elsewhere)
    claims = {name: Claim(cookie_of(user), "acme") for name, user in
              (("alice", alice), ("bob", bob), ("carol", carol), ("dave", dave))}  # fmt: skip
    claims["dave at home"] = claims["dave"]._replace(slug="globex")
    with CaptureQueriesContext(connection) as asked:
        found = seats.find(claims.values())
    here = workspace.pk
    assert {name: found.get(each) for name, each in claims.items()} == {
        "alice": Seat(here, frozenset()),
        "bob": Seat(here, frozenset({theirs.pk})),
        "carol": Seat(here, frozenset()),
        "dave": None,
        "dave at home": Seat(elsewhere.pk, frozenset()),
    }
    assert ours.pk not in found[claims["bob"]].hidden
    with CaptureQueriesContext(connection) as alone:
        seats.find([claims["bob"]])
    assert len(asked) == len(alone) == 4


def password(user):
    user.set_password("another long secret")
    user.save()


def deactivated(user):
    user.is_active = False
    user.save()


ENDS = {
    "removed": lambda user: user.memberships.all().delete(),
    "signed out": lambda user: Session.objects.all().delete(),
    "expired": lambda user: Session.objects.update(expire_date=timezone.now() - timedelta(1)),
    "another password": password,
    "deactivated": deactivated,
    "deleted": lambda user: user.delete(),
}


@pytest.mark.parametrize("end", ENDS)
def test_whoever_may_watch_no_more_has_no_seat(claim, bob, end):
    assert seat_of(claim) is not None
    ENDS[end](bob)
    assert seat_of(claim) is None


def test_a_session_of_another_way_to_sign_in_counts_no_more(claim, settings):
    settings.AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
    assert seat_of(claim) is None


def test_a_session_outlives_a_new_key_of_the_house_as_long_as_the_old_one_is_known(claim, settings):
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "a new one"
    assert seat_of(claim) is not None
    settings.SECRET_KEY_FALLBACKS = []
    assert seat_of(claim) is None


def test_the_demo_ends_with_the_sandbox(workspace, member, settings):
    demo = member("demo", Role.OWNER, workspace)
    get_user_model().objects.filter(pk=demo.pk).update(email=accounts.DEMO_EMAIL)
    claim = Claim(cookie_of(demo), "acme")
    settings.SANDBOX = True
    assert seat_of(claim) is not None
    settings.SANDBOX = False
    assert seat_of(claim) is None


@pytest.mark.parametrize("odd", ["", "x", "\0" * 32, "ü" * 40, "a" * 5000])
def test_odd_words_are_nobodys(claim, odd):
    assert seat_of(claim._replace(session=odd)) is None
    assert seat_of(claim._replace(slug=odd)) is None


def test_a_session_in_which_nobody_signed_in_is_nobodys(workspace):
    client = Client()
    session = client.session
    session["theme"] = "dark"
    session.save()
    assert seat_of(Claim(session.session_key, "acme")) is None
