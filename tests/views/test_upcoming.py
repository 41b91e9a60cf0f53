"""The page of what is coming: the next first, with its time, and buttons for whoever steers."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from bots.models import PolicyVersion
from tests.test_coming import HOUR, send
from tests.world import NOW

pytestmark = pytest.mark.django_db


def page(client, workspace):
    return client.get(reverse("upcoming", args=[workspace.slug])).content.decode()


def test_it_lists_the_next_first_with_the_exact_time(as_bob, workspace, team):
    send(team, 2 * HOUR, title="Later", token="f-aaa")
    send(team, HOUR, title="Sooner", token="f-bbb")
    text = page(as_bob, workspace)
    assert text.index("Sooner") < text.index("Later")
    assert 'title="20 Nov 2026 13:00:00 UTC"' in text
    assert "It joins at its time" in text
    # Its ten minutes are over: what Recall changes no more is not offered.
    assert "Reschedule: Sooner" not in text
    assert "Leave meeting: Sooner" in text
    later = send(team, title="Far ahead", token="f-ccc")
    later.join_at = timezone.now() + timedelta(hours=3)
    later.save(update_fields=["join_at"])
    assert "Reschedule: Far ahead" in page(as_bob, workspace)


def test_a_viewer_presses_nothing(as_vera, workspace, team):
    send(team)
    text = page(as_vera, workspace)
    assert "Board" in text
    assert "Reschedule" not in text


def test_it_says_what_the_policy_has_against_it(as_bob, workspace, team):
    send(team, title="Board meeting")
    PolicyVersion.objects.save_team(team, {"title_words": ["board"]}, by=None, now=NOW)
    text = page(as_bob, workspace)
    assert "“board” in the title" in text
    assert "It joins all the same, and it is too late to cancel it" in text


def test_nothing_says_how_to_schedule(as_bob, workspace):
    assert "Nothing is scheduled" in page(as_bob, workspace)
