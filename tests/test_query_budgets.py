"""How often each page may ask the database: none is forgotten, for they are found by walking."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bots.models import Role, Workspace
from tests.access_table import BY_TOKEN, NO, TABLE, make_things
from tests.addresses import OURS, address

pytestmark = pytest.mark.django_db
# With the session, the person and their workspaces, what is live, and what is wrong with webhooks.
PAGE = 12
# What needs more, each for what it shows; and less, where people stay all day.
BUDGETS = {
    # A film, its transcript, who was there, copies, links, what was ordered; and the lanes.
    "recording": 24,
    # What goes with it, table by table.
    "delete_bot": 23,
    "delete_recording": 25,
    "delete_recordings": 23,
    # Each is a call to Recall, which is written down before and after and counted in between.
    "media": 19,
    "track": 19,
    "settings_doctor": 13,
    "policy_default": 14,
    # Those that are open all day.
    "bots": 6,
    "bot": 10,
    "recordings": 8,
    "upcoming": 7,
    "alerts": 6,
    "notices": 4,
}
PAGES = [name for name in OURS if NO != TABLE[name][0] != BY_TOKEN]


@pytest.fixture
def things(workspace, member):
    watching = member("vera", Role.VIEWER, workspace)
    return make_things(workspace, watching.memberships.get())


@pytest.fixture
def owner(alice):
    browser = Client()
    browser.force_login(alice)
    return browser


@pytest.mark.parametrize("name", PAGES)
def test_a_page_asks_the_database_no_more_than_that(name, owner, things):
    url = address(name, things)
    owner.get(url)  # what is made at the first look is made by now
    with CaptureQueriesContext(connection) as asked:
        answer = owner.get(url)
    assert answer.status_code < 500 or name == "healthz"
    spent = [query["sql"] for query in asked if not query["sql"].startswith(("SAVEPOINT", "REL"))]
    assert len(spent) <= BUDGETS.get(name, PAGE), "\n".join(spent)


def test_the_budgets_are_of_pages_that_are_there():
    assert set(BUDGETS) <= set(PAGES)
    assert Workspace.objects.count() == 0
