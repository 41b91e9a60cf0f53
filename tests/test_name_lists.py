"""Changing notetaker lists: the shared one and a team's, together, without losing anything."""

import pytest

from bots.models import Change, Team, Workspace
from bots.name_lists import Added, NameList, NotAdded, own_names
from tests.world import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def shared(workspace):
    workspace.notetaker_names = ["notetaker", "grain", "fathom"]
    workspace.save()
    return NameList(workspace)


@pytest.fixture
def sales(shared, team):
    return NameList(shared.workspace, team)


def stored(given):
    """What the database holds: the shared list, what the team adds, what it excludes."""
    workspace = Workspace.objects.get(pk=given.workspace.pk)
    team = Team.objects.get(pk=workspace.default_team.pk)
    return workspace.notetaker_names, team.added_names, team.excluded_names


def test_a_team_adds_to_its_own(sales):
    assert sales.add(["Zed", "FATHOM", "zed"], now=NOW) == Added(["Zed"], [], ["FATHOM", "zed"])
    assert stored(sales) == (["notetaker", "grain", "fathom"], ["Zed"], [])


def test_a_team_does_without_a_shared_name_and_brings_it_back(sales):
    assert sales.exclude("grain", now=NOW)
    assert stored(sales) == (["notetaker", "grain", "fathom"], [], ["grain"])
    assert "grain" not in sales.names
    assert sales.include("Grain", now=NOW)
    assert stored(sales)[2] == []
    assert not sales.include("grain", now=NOW)


def test_adding_an_excluded_name_brings_it_back(sales):
    sales.exclude("grain", now=NOW)
    assert sales.add(["GRAIN"], now=NOW) == Added([], ["grain"], [])
    assert stored(sales) == (["notetaker", "grain", "fathom"], [], [])


def test_a_name_that_the_team_has_too_goes_with_the_exclusion(sales):
    sales.team.added_names = ["Grain"]
    sales.team.save()
    assert sales.exclude("grain", now=NOW)
    assert "grain" not in [name.casefold() for name in sales.names]


def test_a_team_excludes_only_what_is_shared(sales):
    sales.add(["Zed"], now=NOW)
    assert not sales.exclude("Zed", now=NOW)
    assert not sales.exclude("nothing", now=NOW)
    assert stored(sales)[2] == []


def test_a_name_goes_back_to_its_place(shared):
    assert shared.remove("grain", now=NOW) == 1
    assert shared.remove("grain", now=NOW) is None
    shared.add(["grain"], now=NOW, at=1)
    assert stored(shared)[0] == ["notetaker", "grain", "fathom"]


def test_the_shared_list_excludes_nothing(shared):
    assert not shared.exclude("grain", now=NOW)
    assert not shared.include("grain", now=NOW)


def test_two_people_at_once_lose_nothing(shared, sales):
    other_shared = NameList(Workspace.objects.get(pk=shared.workspace.pk))
    other_sales = NameList(other_shared.workspace, Team.objects.get(pk=sales.team.pk))
    shared.add(["one"], now=NOW)
    other_shared.remove("grain", now=NOW)
    sales.add(["two"], now=NOW)
    other_sales.add(["three"], now=NOW)
    other_sales.exclude("fathom", now=NOW)
    sales.remove("three", now=NOW)
    assert stored(shared) == (["notetaker", "fathom", "one"], ["two"], ["fathom"])


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ([], "at least one name"),
        (["x" * 101], "at most 100 characters"),
        ([f"name {n}" for n in range(198)], "at most 200 names"),
    ],
)
def test_it_refuses_too_much_and_changes_nothing(sales, wanted, said):
    with pytest.raises(NotAdded, match=said):
        sales.add(wanted, now=NOW)
    assert stored(sales)[1] == []


def test_it_takes_as_much_as_there_is_room_for(sales):
    # Three are shared, and our own bots' name counts as well.
    sales.add([f"name {n}" for n in range(196)], now=NOW)
    assert len(sales.names) == 200
    assert sales.add(["name 1"], now=NOW).repeated == ["name 1"]


def test_it_tells_the_feed(sales):
    for change in (
        lambda: sales.add(["Zed"], now=NOW),
        lambda: sales.remove("Zed", now=NOW),
        lambda: sales.exclude("grain", now=NOW),
        lambda: sales.include("grain", now=NOW),
    ):
        before = Change.objects.count()
        change()
        assert Change.objects.count() == before + 1


def test_it_tells_nothing_where_nothing_changed(sales):
    before = Change.objects.count()
    sales.add(["fathom"], now=NOW)
    sales.remove("nobody", now=NOW)
    sales.exclude("nobody", now=NOW)
    sales.include("fathom", now=NOW)
    assert Change.objects.count() == before


def test_the_bots_that_policies_name_are_our_own(workspace, team):
    research = workspace.teams.create(name="Research")
    versions = workspace.policy_versions
    versions.save_team(research, {"bot_name": "Ava"}, by=None, now=NOW)
    said = [(own.name, own.is_in, own.said_by) for own in own_names(workspace)]
    assert said == [
        ("Ava", False, "Research"),
        ("Meeting Notetaker", True, "Sales and the workspace default"),
    ]
