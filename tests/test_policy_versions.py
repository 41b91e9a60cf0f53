"""Versions of a policy: each save makes one, none is changed, a team stands on the default."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from bots.models import Picture, PolicyVersion, Team, Workspace
from bots.models.policy import Changed
from bots.policy import Origin
from tests.world import NOW, elsewhere, make_workspace

versions = PolicyVersion.objects


def test_a_team_begins_with_the_workspace_default(team: Team):
    first = versions.current(team)
    assert (first.number, first.own, first.locks) == (1, {}, [])
    assert first.base == versions.default(team.workspace)
    assert first.rules["silence_for_s"] == 300
    assert versions.current(team) == first, "looking makes no further version"


def test_each_save_makes_a_version_with_author_time_and_note(team: Team, alice):
    saved = versions.save_team(team, {"silence_for_s": 600}, by=alice, note="Breaks", now=NOW)
    assert (saved.number, saved.author, saved.note, saved.created_at) == (2, alice, "Breaks", NOW)
    assert saved.rules["silence_for_s"] == 600
    assert [each.number for each in versions.of(team.workspace, team)] == [2, 1]
    assert versions.current(team) == saved


def test_no_version_is_ever_changed(team: Team):
    version = versions.current(team)
    version.note = "Later thoughts"
    for change in (
        version.save,
        version.delete,
        lambda: versions.filter(pk=version.pk).update(note="Later thoughts"),
        versions.all().delete,
    ):
        with pytest.raises(TypeError, match="never changed"):
            change()
    version.author = None
    team.workspace.delete()
    assert not versions.exists(), "it goes with its workspace"


def test_a_number_stands_once(team: Team):
    first = versions.current(team)
    for twin in (first, first.base):
        twin.pk, twin._state.adding = None, True
        with pytest.raises(IntegrityError), transaction.atomic():
            twin.save(force_insert=True)


def test_what_was_edited_must_still_be_the_newest(team: Team, alice):
    versions.save_team(team, {"silence_for_s": 600}, by=alice, now=NOW, after=1)
    with pytest.raises(Changed) as refused:
        versions.save_team(team, {"silence_for_s": 900}, by=None, now=NOW, after=1)
    assert (refused.value.newer.number, refused.value.newer.author) == (2, alice)
    assert versions.of(team.workspace, team).count() == 2


def test_a_new_default_gives_every_team_a_version_that_stands_on_it(team: Team, alice):
    other = team.workspace.teams.create(name="Support")
    versions.save_team(team, {"names_for_s": 180}, by=None, now=NOW)
    made = versions.save_default(
        team.workspace, {"silence_for_s": 900, "names_for_s": 60}, ["start"],
        by=alice, note="Longer", now=NOW + timedelta(hours=1),
    )  # fmt: skip
    sales, support = versions.current(team), versions.current(other)
    assert (sales.number, sales.base, sales.author) == (3, made, alice)
    assert sales.note == "Workspace default, version 2: Longer"
    assert (sales.rules["silence_for_s"], sales.rules["names_for_s"]) == (900, 180)
    assert (support.number, support.rules["names_for_s"]) == (2, 60)
    assert (sales.locks, support.locks) == (["start"], ["start"])
    assert sales.pure.origin("start_on") is Origin.LOCKED
    assert sales.pure.origin("names_for_s") is Origin.TEAM
    assert sales.pure.origin("silence_for_s") is Origin.WORKSPACE
    assert sales.pure.origin("events_for_s") is Origin.BUILT_IN
    assert made.pure.origin("silence_for_s") is Origin.WORKSPACE


def test_a_lock_silences_a_team_and_forgets_nothing(team: Team):
    workspace = team.workspace
    versions.save_team(team, {"silence_for_s": 600}, by=None, now=NOW)
    versions.save_default(workspace, {}, ["leave"], by=None, now=NOW)
    locked = versions.current(team)
    assert (locked.own, locked.rules["silence_for_s"]) == ({"silence_for_s": 600}, 300)
    versions.save_default(workspace, {}, [], by=None, now=NOW)
    assert versions.current(team).rules["silence_for_s"] == 600


def test_an_old_version_stays_as_it_was(team: Team):
    """Whatever a later release has by default: what counted is spelled out."""
    first = versions.current(team)
    rules = {**first.rules, "silence_for_s": 77}
    untold = QuerySet(PolicyVersion)  # as another release's code would have written it
    untold.filter(pk__in=[first.base_id, first.pk]).update(rules=rules)
    read = versions.current(team)
    assert read.pure.rules.silence_for_s == 77
    assert read.base.pure.rules.silence_for_s == 77


def test_our_own_bots_names_are_those_of_the_policies_in_force(team: Team):
    team.workspace.teams.create(name="Support")
    versions.save_team(team, {"bot_name": "Sales Scribe"}, by=None, now=NOW)
    versions.save_team(team, {"bot_name": "Acme Scribe"}, by=None, now=NOW)
    assert versions.bot_names(team.workspace) == ["Meeting Notetaker", "Acme Scribe"]
    assert "Acme Scribe" in team.notetaker_names


def test_a_workspace_knows_only_its_own(team: Team):
    other = make_workspace("globex")
    versions.save_default(other, {"bot_name": "Globex"}, [], by=None, now=NOW)
    assert versions.default(team.workspace).rules["bot_name"] == "Meeting Notetaker"
    assert not versions.of(team.workspace, None).filter(workspace=other).exists()


@pytest.mark.django_db(transaction=True)
def test_two_who_come_first_together_make_one_first_version():
    workspace = make_workspace("acme")
    team = workspace.default_team
    first = [elsewhere(lambda: versions.current(team)) for _ in range(2)]
    assert first[0].result(10) == first[1].result(10)
    assert versions.count() == 2


def test_a_picture_is_kept_once(workspace: Workspace):
    one = Picture.keep(workspace, b"\xff\xd8 picture", width=1280, height=720)
    two = Picture.keep(workspace, b"\xff\xd8 picture", width=1280, height=720)
    assert one == two
    assert str(one) == "1280 × 720, 1 KB"
