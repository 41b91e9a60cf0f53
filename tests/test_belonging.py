"""Who asks comes with where they belong, in one question, and not when they may not come in."""

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bots import belonging, feed
from bots.entrance import Backend
from bots.models import Change, Membership
from tests.world import NOW, make_workspace

pytestmark = pytest.mark.django_db


@pytest.fixture
def dora():
    return get_user_model().objects.create_user("dora", password="a long secret")


def test_the_person_is_read_with_where_they_belong_and_where_the_feed_stands(dora):
    for slug in ("zeta", "acme"):
        Membership.objects.create(user=dora, workspace=make_workspace(slug), role="owner")
    Change.tell(workspace_id=dora.memberships.first().workspace_id, bot_id=None, now=NOW)
    with CaptureQueriesContext(connection) as asked:
        found = Backend().get_user(dora.pk)
        names = [each.workspace.slug for each in belonging.of(found)]
    assert len(asked) == 1
    assert found == dora
    assert names == ["acme", "zeta"]
    first, second = belonging.of(found)
    assert first.user is second.user is found
    assert (first.feed_at or str(feed.Cursor())) == str(feed.watermark())
    assert first.newest_unread is None


def test_somebody_who_belongs_nowhere_is_signed_in_all_the_same(dora):
    found = Backend().get_user(dora.pk)
    assert found == dora
    assert belonging.of(found) == []


def test_whoever_may_not_sign_in_is_nobody(dora):
    Membership.objects.create(user=dora, workspace=make_workspace(), role="owner")
    dora.is_active = False
    dora.save()
    assert Backend().get_user(dora.pk) is None
    assert Backend().get_user(dora.pk + 1) is None
