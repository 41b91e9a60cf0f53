"""Share links made, listed and revoked on our pages."""

import re

import pytest
from django.utils import timezone

from bots import shares
from bots.models import (
    Bot,
    PolicyVersion,
    Share,
    Team,
)
from tests.views.sharing.conftest import text

pytestmark = pytest.mark.django_db

FORM = {"share-label": "Acme", "share-days": "7", "share-what": "whole", "share-film": "on",
        "share-words": "on"}  # fmt: skip


def post(browser, recording, **over):
    return browser.post(f"/w/acme/recordings/{recording.pk}/share/", {**FORM, **over})


def test_a_link_is_made_and_shown_once(as_bob, recording, outsider):
    page = text(post(as_bob, recording))
    [link] = re.findall(r'value="http://testserver(/s/[\w-]{43}/)"', page)
    assert outsider.get(link).status_code == 200
    assert link not in text(as_bob.get(f"/w/acme/recordings/{recording.pk}/share/"))


def test_a_moment_is_typed_as_people_write_it(as_bob, recording):
    post(as_bob, recording, **{"share-what": "moment", "share-start": "0:10", "share-end": "1:05"})
    share = Share.objects.get()
    assert (share.start_s, share.end_s) == (10, 65)
    assert (share.clip.state, share.clip.is_film) == ("waiting", True)


@pytest.mark.parametrize(
    ("over", "sentence"),
    [
        ({"share-label": " \u200b"}, "Say for whom"),
        ({"share-days": "31"}, "from 1 to 30"),
        ({"share-days": "0"}, "from 1 to 30"),
        ({"share-film": "", "share-words": ""}, "Show the film, the transcript, or both"),
        ({"share-what": "moment"}, "minutes and seconds"),
        ({"share-what": "moment", "share-start": "soon", "share-end": "9"}, "minutes and seconds"),
        ({"share-what": "moment", "share-start": "9", "share-end": "8"}, "a second or more after"),
        ({"share-what": "moment", "share-start": "1:00:00", "share-end": "1:00:09"}, "is over by"),
    ],
)
def test_what_makes_no_sense_is_told_and_nothing_typed_is_lost(as_bob, recording, over, sentence):
    answer = post(as_bob, recording, **over)
    assert answer.status_code == 422
    assert sentence in text(answer)
    assert not Share.objects.exists()
    if "share-label" not in over:
        assert 'value="Acme"' in text(answer)


def test_where_the_policy_allows_none_there_is_no_button(as_alice, as_bob, recording, team):
    PolicyVersion.objects.save_team(team, {}, by=None, now=timezone.now())
    page = text(as_bob.get(f"/w/acme/recordings/{recording.pk}/"))
    assert "Share…" not in page
    assert "The policy of Sales allows no share links." in page
    assert "Change the policy" not in page
    assert "Change the policy" in text(as_alice.get(f"/w/acme/recordings/{recording.pk}/"))
    assert post(as_bob, recording).status_code == 403


def test_viewers_see_no_links(as_vera, make, recording):
    make()
    page = text(as_vera.get(f"/w/acme/recordings/{recording.pk}/"))
    assert "Private label" not in page


def test_a_link_is_revoked_from_the_page(as_bob, make, outsider):
    share, url = make()
    as_bob.post(f"/w/acme/shares/{share.pk}/revoke/")
    assert outsider.get(url).status_code == 410


def test_the_list_shows_a_lead_the_links_of_their_teams_alone(
    client, make, member, workspace, recording
):
    make()
    research = workspace.teams.create(name="Research")
    lead = member("lena", "lead", workspace)
    client.force_login(lead)
    assert "Private label" in text(client.get("/w/acme/shares/"))
    client.post(f"/w/acme/teams/{research.pk}/shares/")
    lead.memberships.get().teams.set([research])
    assert "Private label" not in text(client.get("/w/acme/shares/"))
    Team.objects.update(is_private=True)
    assert client.post(f"/w/acme/shares/{Share.objects.get().pk}/revoke/").status_code == 404
    Bot.objects.update(team=research)
    client.post(f"/w/acme/teams/{research.pk}/shares/")
    assert Share.objects.get().ended_why == "revoked"


def test_a_link_that_runs_is_listed_behind_however_many_that_ended(as_bob, make, recording):
    running, _ = make(label="The one that runs")
    for n in range(shares.MOST_RUNNING + 1):
        make(label=f"Ended {n}.")
        Share.objects.exclude(pk=running.pk).update(ended_at=timezone.now(), ended_why="revoked")
    page = text(as_bob.get(f"/w/acme/recordings/{recording.pk}/share/"))
    assert "The one that runs" in page
    assert "Ended 1." in page
    assert "Ended 0." not in page
