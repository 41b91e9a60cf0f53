"""The dry run's pages: starting one, its progress, its result, one meeting as a picture."""

import pytest
from django.utils import timezone

from bots import trials
from bots.models import DryRun, PolicyVersion, Role
from bots.views import dryrun
from tests.test_trials import A_TRIAL, AGGRESSIVE, BALANCED, SAFE, keep, scene
from tests.world import NOW

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def url(team):
    return f"/w/acme/policy/{team.pk}/dry-run/"


@pytest.fixture
def late(workspace):
    """Two notetakers first, people after four minutes."""
    return keep(workspace, scene("late people"), title="Board meeting")


@pytest.fixture
def run(team, late, alice):
    """Balanced against aggressive, finished."""
    return dryrun.start(team, before=BALANCED, after=AGGRESSIVE, by=alice, now=timezone.now())


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


def test_it_says_what_will_be_here_before_the_first_meeting(as_alice, url):
    text = text_of(as_alice.get(url))
    assert "No past meetings yet" in text
    assert "<select" not in text


def test_it_offers_the_versions_and_the_presets(as_alice, team, late, url, alice):
    text = text_of(as_alice.get(url))
    assert "Try on 1 past meeting<" in text
    assert '<option value="1" selected>Version 1, in force</option>' in text
    assert '<option value="aggressive" selected>Version 1 with aggressive timers</option>' in text
    assert "with balanced timers" not in text
    PolicyVersion.objects.save_team(team, {"silence_for_s": 600}, by=alice, now=NOW)
    text = text_of(as_alice.get(url))
    assert '<option value="1" selected>Version 1</option>' in text
    assert '<option value="2" selected>Version 2, in force</option>' in text
    assert "Version 2 with balanced timers" in text


def test_it_tries_one_version_against_another(as_alice, alice, team, late, url):
    response = as_alice.post(url, {"before": "1", "after": "aggressive"})
    run = DryRun.objects.get()
    assert response.url == f"{url}{run.pk}/"
    assert (run.by, run.team, run.state) == (alice, team, "finished")
    assert (run.before["label"], run.after["label"]) == (
        "Version 1, in force",
        "Version 1 with aggressive timers",
    )
    assert (run.before["rules"]["names_after_s"], run.after["rules"]["names_after_s"]) == (300, 120)
    text = text_of(as_alice.get(response.url))
    assert (
        "The one bot would have left earlier, 22 min saved (22 min of it where someone was "
        "missed); 1 would have left while someone was still there or came back." in text
    )
    assert "Board meeting" in text
    assert "only silent participants" in text


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"before": "1", "after": "1"}, "Choose two different ones"),
        ({"before": "1", "after": "7"}, "Choose two versions of this team"),
        ({"before": "1"}, "Choose two versions of this team"),
    ],
)
def test_it_says_what_cannot_be_compared(as_alice, late, url, given, said):
    response = as_alice.post(url, given)
    assert response.status_code == 422
    assert said in text_of(response)
    assert not DryRun.objects.exists()


def test_team_leads_start_others_look(as_bob, member, workspace, client, late, url, run):
    assert as_bob.post(url, {"before": "1", "after": "safe"}).status_code == 403
    assert "<select" not in text_of(as_bob.get(url))
    assert "22 min saved" in text_of(as_bob.get(f"{url}{run.pk}/"))
    client.force_login(member("lena", Role.LEAD, workspace))
    assert client.post(url, {"before": "1", "after": "safe"}).status_code == 302


def test_what_takes_longer_is_left_to_a_worker(
    team, late, alice, monkeypatch, django_capture_on_commit_callbacks
):
    monkeypatch.setattr(trials, "CHUNK", 1)
    monkeypatch.setattr(dryrun, "AT_ONCE_S", 0.0)
    woken = []
    monkeypatch.setattr(
        dryrun.tasks.try_out, "apply_async", lambda kwargs, **_: woken.append(kwargs)
    )
    keep(team.workspace, scene("quick"))
    with django_capture_on_commit_callbacks(execute=True):
        run = dryrun.start(team, before=BALANCED, after=SAFE, by=alice, now=timezone.now())
    assert (run.done, run.total, run.is_running) == (1, 2, True)
    assert woken == [{"dry_run_id": run.pk}]


def test_it_shows_how_far_it_has_got_and_asks_again(as_alice, team, late, url):
    run = trials.start(team, before=BALANCED, after=AGGRESSIVE, by=None, now=timezone.now())
    text = text_of(as_alice.get(f"{url}{run.pk}/", headers=HTMX))
    assert text.startswith('<section class="dry-run" id="dry-run-result"')
    assert f'hx-get="{url}{run.pk}/" hx-trigger="every 1s"' in text
    assert '<progress value="0" max="1"' in text
    assert "0 of 1 meetings" in text
    trials.work(run.pk, clock=timezone.now, seconds=60)
    text = text_of(as_alice.get(f"{url}{run.pk}/", headers=HTMX))
    assert 'hx-trigger="every 1s"' not in text
    assert "22 min saved" in text


def test_it_says_that_it_stopped(as_alice, team, late, url):
    run = trials.start(team, before=BALANCED, after=SAFE, by=None, now=timezone.now())
    DryRun.objects.update(state="failed", error="The dry run stopped because of an error.")
    assert "The dry run stopped" in text_of(as_alice.get(f"{url}{run.pk}/"))


def test_it_says_so_where_nobody_knows_who_was_there(as_alice, team, late, url, alice):
    late.recordings.update(details_at=None)
    run = dryrun.start(team, before=BALANCED, after=SAFE, by=alice, now=timezone.now())
    text = text_of(as_alice.get(f"{url}{run.pk}/"))
    assert "Of 1 past meeting nobody knows who was there" in text


def test_who_was_missed_comes_first_and_all_of_it_is_marked(as_alice, a_bot, team, url):
    calm = {"harm": [], "after": A_TRIAL["after"] | {"inferred": False}}
    rows = [
        calm | {"outcome": "same", "saved_s": 0.0},
        calm | {"outcome": "earlier", "saved_s": 60.0},
        calm | {"outcome": "unknown", "saved_s": None},
        {"harmed": True},
        calm | {"outcome": "later", "saved_s": -7200.0},
    ]
    bots = [a_bot("call_ended", title=f"Meeting {n}") for n in range(len(rows))]
    run = DryRun.objects.create(
        workspace=team.workspace,
        team=team,
        state="finished",
        before={"label": "Version 1"},
        after={"label": "Version 2"},
        results=[A_TRIAL | row | {"bot": bot.pk} for row, bot in zip(rows, bots, strict=True)],
        done=6,
        total=6,
        created_at=NOW,
    )
    response = as_alice.get(f"{url}{run.pk}/")
    assert [str(row.bot) for row in response.context["harmful"]] == ["Meeting 3"]
    assert [(str(row.bot), row.saved) for row in response.context["others"]] == [
        ("Meeting 1", "1 min"),
        ("Meeting 2", ""),
        ("Meeting 4", "−2 h"),
        ("Meeting 0", ""),
    ]
    text = text_of(response)
    assert "Ann Archer spoke 2:00 later." in text
    assert ">before as well</span>" in text
    assert text.count(">approximate<") == 1
    assert "not known" in text
    assert "1 more meeting was left out" in text


def test_it_says_that_it_is_earlier_where_nobody_knows_by_how_much(as_alice, a_bot, team, url):
    """The bot left by a rule of its own, and with the rules before it would have stayed on."""
    stays = {"at_s": 612.0, "rule": "", "beyond": True, "inferred": False, "doubt": ""}
    leaves = stays | {"rule": "bot_detection.using_participant_names", "beyond": False}
    trial = {"before": stays, "after": leaves, "outcome": "earlier", "saved_s": None, "harm": []}
    bot = a_bot("call_ended")
    run = DryRun.objects.create(
        workspace=team.workspace,
        team=team,
        state="finished",
        before={"label": "Version 1"},
        after={"label": "Version 2"},
        results=[A_TRIAL | trial | {"bot": bot.pk}],
        done=1,
        total=1,
        created_at=NOW,
    )
    text = text_of(as_alice.get(f"{url}{run.pk}/"))
    assert "The one bot would have left earlier; none" in text
    assert '<span class="muted">not known</span>' in text
    text = text_of(as_alice.get(f"{url}{run.pk}/{bot.pk}/", headers=HTMX))
    assert "With Version 1 it would have stayed on; nobody saw for how long." in text


def test_it_shows_many_a_few_at_a_time(as_alice, a_bot, team, url, monkeypatch):
    monkeypatch.setattr(dryrun, "ROWS", 2)
    bots = [a_bot("call_ended") for _ in range(5)]
    run = DryRun.objects.create(
        workspace=team.workspace,
        team=team,
        state="finished",
        results=[A_TRIAL | {"bot": bot.pk} for bot in bots],
        done=5,
        total=5,
        created_at=NOW,
    )
    text = text_of(as_alice.get(f"{url}{run.pk}/"))
    assert text.count('<details class="trial"') == 2
    assert "Show more of the 3 others" in text
    text = text_of(as_alice.get(f"{url}{run.pk}/?rows=22"))
    assert text.count('<details class="trial"') == 5
    assert as_alice.get(f"{url}{run.pk}/?rows=x").status_code == 200


def test_each_meeting_opens_as_a_picture_with_both_moments(as_alice, late, run, url):
    response = as_alice.get(f"{url}{run.pk}/{late.pk}/", headers=HTMX)
    text = text_of(response)
    assert text.startswith('<div class="trial-picture">')
    assert "Before, 23:59: meeting ended" in text
    assert "New, 2:20: only silent participants" in text
    was, new = response.context["picture"].lines
    assert (was.x, round(new.x, 2)) == (pytest.approx(1, abs=0.01), 0.1)
    whole = text_of(as_alice.get(f"{url}{run.pk}/{late.pk}/"))
    assert "<h1>Board meeting</h1>" in whole
    assert "spoke 2:0" in whole


def test_it_says_why_a_meeting_is_approximate(as_alice, workspace, team, url, alice):
    reading = keep(workspace, scene("reading"))
    run = dryrun.start(team, before=BALANCED, after=AGGRESSIVE, by=alice, now=timezone.now())
    text = text_of(as_alice.get(f"{url}{run.pk}/{reading.pk}/", headers=HTMX))
    assert "Approximate: Silence is told from the speech that Recall reported" in text


def test_other_meetings_are_not_part_of_it(as_alice, workspace, run, url):
    other = keep(workspace, scene("quick"))
    assert as_alice.get(f"{url}{run.pk}/{other.pk}/").status_code == 404


def test_it_is_found_only_with_its_team(as_alice, workspace, run):
    other = workspace.teams.create(name="Research")
    assert as_alice.get(f"/w/acme/policy/{other.pk}/dry-run/{run.pk}/").status_code == 404


def test_a_meeting_that_was_deleted_since_is_passed_over(as_alice, late, run, url):
    late.delete()
    response = as_alice.get(f"{url}{run.pk}/")
    assert (response.status_code, response.context["harmful"]) == (200, [])
