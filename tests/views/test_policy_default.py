"""The workspace default: changed by admins, tried on a team's meetings, never against a team."""

import pytest
from django.urls import reverse
from django.utils import timezone

from bots.models import DryRun, PolicyVersion, Role
from tests.views.conftest import browser_of
from tests.views.test_policy import HTMX, post, typed
from tests.world import NOW


@pytest.mark.parametrize("role", Role)
def test_the_default_is_changed_by_admins(member, workspace, default_address, role):
    browser = browser_of(member("dora", role, workspace))
    may = role in (Role.OWNER, Role.ADMIN)
    text = browser.get(default_address).content.decode()
    assert ("Save version 2" in text) is ('name="locks"' in text) is may
    version = PolicyVersion.objects.default(workspace)
    answer = post(browser, default_address, typed(version, names_for_s="60"))
    assert answer.status_code == (302 if may else 403)


def test_the_default_is_refused_where_a_team_could_not_stand_on_it(
    as_alice, workspace, team, default_address
):
    PolicyVersion.objects.save_team(team, {"layout": "speaker_view"}, by=None, now=NOW)
    data = typed(PolicyVersion.objects.default(workspace), formats=["video_separate_png"])
    answer = post(as_alice, default_address, data)
    assert answer.status_code == 422
    assert "Sales sets what does not go with this." in answer.content.decode()
    assert PolicyVersion.objects.default(workspace).number == 1


def test_the_default_is_tried_on_the_meetings_of_a_team(as_alice, workspace, team, default_address):
    """With what the team says itself on top, as far as no lock is in the way."""
    support = workspace.teams.create(name="Support")
    PolicyVersion.objects.save_team(support, {"names_for_s": 99}, by=None, now=timezone.now())
    default = PolicyVersion.objects.default(workspace)
    data = typed(default, silence_for_s="600", names_for_s="50", try_team=str(support.pk))
    answer = post(as_alice, f"{default_address}try/", data)
    run = DryRun.objects.get()
    assert answer["Location"] == reverse("dry_run", args=["acme", support.pk, run.pk])
    tried = run.after["rules"]
    assert (run.team, tried["silence_for_s"], tried["names_for_s"]) == (support, 600, 99)
    assert run.before["rules"]["silence_for_s"] == 300
    assert f'value="{support.pk}"' in as_alice.get(default_address).content.decode()


def test_a_default_without_changes_is_not_tried(as_alice, workspace, default_address):
    data = typed(PolicyVersion.objects.default(workspace))
    answer = post(as_alice, f"{default_address}try/", data, headers=HTMX)
    assert answer.status_code == 422
    assert "there is nothing to try" in answer.content.decode()
    assert not DryRun.objects.exists()
