"""The history of a policy: what each version changed, two compared, an old one restored."""

import re

import pytest
from django.urls import reverse

from bots.models import PolicyVersion
from bots.views import policy_history
from tests.world import NOW


@pytest.fixture
def save(team, alice):
    def make(note="", **own):
        return PolicyVersion.objects.save_team(team, own, by=alice, note=note, now=NOW)

    return make


@pytest.fixture
def address(team):
    return reverse("policy_history", args=["acme", team.pk])


def of_version(text, number):
    start = text.index(f'id="version-{number}"')
    piece = re.sub("<[^>]+>", " ", text[start : text.index("</li>", start)])
    return " ".join(piece.split())


def current(team):
    return PolicyVersion.objects.current(team)


def test_it_tells_what_each_version_changed(as_vera, save, address):
    save("Too hasty", names_for_s=60)
    save(names_for_s=60, start_on="manual")
    text = as_vera.get(address).content.decode()
    assert text.index('id="version-3"') < text.index('id="version-2"') < text.index("version-1")
    second, third = of_version(text, 2), of_version(text, 3)
    assert "by alice" in second
    assert "Too hasty" in second
    assert "By names: leave after 10 s → now 1 min" in second
    assert "in force" not in second
    assert "in force" in third
    assert "When someone else is in the call" in third
    assert "By names" not in third
    assert "The first version." in of_version(text, 1)
    assert "Restore" not in text


def test_it_compares_any_two(as_vera, save, address):
    save(names_for_s=60)
    save(names_for_s=60, start_on="manual")
    save(names_for_s=10, start_on="manual")
    text = as_vera.get(f"{address}?was=1&now=4").content.decode()
    compared = text[text.index('id="compared"') : text.index("</section>")]
    assert "From version 1 to version 4" in compared
    assert "When a person presses Start recording" in compared
    assert "By names" not in compared
    same = as_vera.get(f"{address}?was=2&now=2").content.decode()
    assert "They say the same." in same
    assert as_vera.get(f"{address}?was=1&now=99").status_code == 404
    assert "compared-title" not in as_vera.get(f"{address}?was=x&now=²").content.decode()


def test_it_shows_one_version_in_full(as_vera, save, address):
    save("Why", names_for_s=60)
    save(bot_name="Later")
    text = as_vera.get(f"{address}2/").content.decode()
    assert "Version 2 of Sales" in text
    assert "They leave when only notetakers remain for 1 min" in text
    assert "Later" not in text
    assert as_vera.get(f"{address}9/").status_code == 404


def test_it_restores_as_a_new_version(as_alice, save, team, address):
    save(names_for_s=60)
    save(start_on="manual")
    text = as_alice.post(f"{address}2/restore/", follow=True).content.decode()
    made = current(team)
    assert (made.number, made.own, made.restored) == (4, {"names_for_s": 60}, 2)
    assert "Version 2 is restored, as version 4." in text
    assert "Version 2 restored" in of_version(text, 4)


def test_it_restores_rules_whatever_is_beneath_them_now(as_alice, workspace, save, team, address):
    save(names_for_s=60)
    PolicyVersion.objects.save_default(workspace, {"silence_for_s": 900}, [], by=None, now=NOW)
    as_alice.post(f"{address}2/restore/")
    assert current(team).own == {"names_for_s": 60, "silence_for_s": 300}


def test_it_restores_nothing_in_a_locked_section(as_alice, workspace, save, team, address):
    save(names_for_s=60, bot_name="Old name")
    save()
    PolicyVersion.objects.save_default(workspace, {}, ["leave"], by=None, now=NOW)
    as_alice.post(f"{address}2/restore/")
    assert current(team).rules["bot_name"] == "Old name"
    assert current(team).rules["names_for_s"] == 10


def test_it_makes_no_version_where_nothing_would_change(as_alice, save, team, address):
    save(names_for_s=60)
    text = as_alice.post(f"{address}2/restore/", follow=True).content.decode()
    assert "says what counts now, so there is nothing to restore" in text
    assert current(team).number == 2


def test_it_restores_no_rules_that_cannot_be_any_more(as_alice, save, team, address):
    save(names_for_s=5)
    save()
    text = as_alice.post(f"{address}2/restore/", follow=True).content.decode()
    assert "Version 2 cannot be restored. By names: leave after: This is too short" in text
    assert current(team).number == 3


def test_operators_restore_nothing(as_bob, save, team, address):
    save(names_for_s=60)
    assert as_bob.post(f"{address}1/restore/").status_code == 403
    assert current(team).number == 2


def test_the_default_has_a_history_with_its_locks(as_alice, as_bob, workspace, team):
    PolicyVersion.objects.save_default(
        workspace, {"start_on": "manual"}, ["leave"], by=None, now=NOW
    )
    address = reverse("policy_default_history", args=["acme"])
    said = of_version(as_bob.get(address).content.decode(), 2)
    assert "When the bot leaves: locked for all teams No → now Yes" in said
    assert "Start recording" in said
    as_alice.post(f"{address}1/restore/")
    default = PolicyVersion.objects.default(workspace)
    assert (default.number, default.own, default.locks, default.restored) == (3, {}, [], 1)
    assert current(team).rules["start_on"] == "participant_join"


def test_a_long_history_comes_in_pages(as_vera, save, address, monkeypatch):
    monkeypatch.setattr(policy_history, "AT_ONCE", 3)
    for seconds in (20, 30, 40, 50):
        save(names_for_s=seconds)
    text = as_vera.get(address).content.decode()
    assert re.findall(r'id="version-(\d)"', text) == ["5", "4", "3"]
    assert "20 s → now 30 s" in of_version(text, 3)
    assert f"{address}?before=3" in text
    older = as_vera.get(f"{address}?before=3").content.decode()
    assert re.findall(r'id="version-(\d)"', older) == ["2", "1"]
    assert "?before=" not in older


def test_it_restores_no_default_that_a_team_cannot_stand_on(as_alice, workspace, team):
    def default(**own):
        PolicyVersion.objects.save_default(workspace, own, [], by=None, now=NOW)

    default(longest_s=1800)
    default()
    PolicyVersion.objects.save_team(team, {"recording_s": 3600}, by=None, now=NOW)
    address = reverse("policy_default_restore", args=["acme", 2])
    text = as_alice.post(address, follow=True).content.decode()
    assert "Version 2 cannot be restored. Sales sets what does not go with this." in text
    assert PolicyVersion.objects.default(workspace).number == 3
    assert current(team).pure.rules.longest_s is None


def test_it_opens_nothing_again_that_is_locked_and_fixed_by_now(
    as_alice, workspace, save, team, address
):
    save(bot_name="Sales Notetaker")
    PolicyVersion.objects.save_default(
        workspace, {"may_formats": False}, ["record"], by=None, now=NOW
    )
    as_alice.post(reverse("policy_restore", args=["acme", team.pk, 1]))
    assert (current(team).number, current(team).rules["may_formats"]) == (3, False)
