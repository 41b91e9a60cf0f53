"""Who hears of an alert: by what was chosen, else by default, and never a stranger."""

import pytest

from bots import alerts
from bots.alarms import Kind, Reach
from bots.models import AlertMessage, Heard
from tests.test_alert_posts import happens, wants
from tests.world import NOW

pytestmark = pytest.mark.django_db


def test_without_choosing_the_page_tells_a_team_what_is_urgent(workspace, alice, bob):
    happens(workspace, Kind.WAITING)
    assert {heard.user for heard in Heard.objects.all()} == {alice, bob}


def test_without_choosing_what_is_ready_is_told_to_who_sent_it(workspace, alice, bob):
    happens(workspace, Kind.READY, by=bob)
    assert [heard.user for heard in Heard.objects.all()] == [bob]


def test_without_choosing_failures_and_ends_of_own_bots_are_mailed(workspace, alice, bob):
    for kind in (Kind.FAILED, Kind.EXPIRING, Kind.WAITING, Kind.READY):
        happens(workspace, kind, by=bob)
    assert AlertMessage.objects.get().user == bob
    assert {alert.kind for alert in AlertMessage.objects.get().alerts.all()} == {
        "failed",
        "expiring",
    }


def test_strangers_and_people_elsewhere_hear_nothing(workspace, charlie, vera):
    other = workspace.teams.create(name="Research")
    happens(workspace, Kind.FAILED, team=other)
    assert not Heard.objects.exists()
    assert not AlertMessage.objects.exists()


def test_an_admin_hears_by_default_of_own_teams_alone(workspace, alice):
    other = workspace.teams.create(name="Research")
    happens(workspace, Kind.WAITING, team=other)
    assert not Heard.objects.exists()
    wants(alice, Kind.WAITING, page=Reach.ALL, team=other)
    happens(workspace, Kind.WAITING, team=other)
    assert Heard.objects.count() == 1


def test_a_private_team_is_heard_of_by_its_members_alone(workspace, vera):
    other = workspace.teams.create(name="Board", is_private=True)
    wants(vera, Kind.FAILED, page=Reach.ALL, mail=Reach.ALL, team=other)
    happens(workspace, Kind.FAILED, team=other)
    assert not Heard.objects.exists()
    assert not AlertMessage.objects.exists()


def test_what_a_person_chose_counts_for_each_way(workspace, bob):
    wants(bob, Kind.WAITING, page=Reach.OFF, mail=Reach.ALL)
    happens(workspace, Kind.WAITING)
    assert not Heard.objects.exists()
    assert AlertMessage.objects.get().user == bob


def test_of_the_workspace_hears_who_has_the_right(workspace, alice, bob):
    new = alerts.New(Kind.GUESSING, "person:1", NOW, "Somebody guesses.")
    alerts.raise_all(workspace, [new], now=NOW)
    assert [heard.user for heard in Heard.objects.all()] == [alice]
