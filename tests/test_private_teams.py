"""What a team keeps to itself: nothing of its meetings is told to others, on any way there is."""

import asyncio
import json
import uuid

import pytest

from bots import again, feed, live, people
from bots.models import Bot, Change, Membership, PolicyVersion, Recording, Role, Transcript
from bots.viewers import Look
from tests.meetings import met, silent, spoke
from tests.streams import Browser, cookie_of, later, run
from tests.world import LINK, NOW, at, make_bot

pytestmark = pytest.mark.django_db
SECRET = "Layoffs in March"
TO_TEAM, TO_ALL = {"shown_to": "team"}, {"shown_to": "workspace"}


@pytest.fixture
def research(workspace):
    """A team of its own; nobody of the cast is in it."""
    return workspace.teams.create(name="Research")


@pytest.fixture
def hidden(workspace, research):
    """A live bot of Research, which keeps its meetings to itself."""
    PolicyVersion.objects.save_team(research, TO_TEAM, by=None, now=NOW, note=SECRET)
    return make_bot(
        workspace, team=research, title=SECRET, phase="recording", code="in_call_recording"
    )


@pytest.fixture
def as_bob(client, bob):
    client.force_login(bob)
    return client


def word(answer):
    assert answer.status_code == 200
    return SECRET in answer.content.decode()


def test_a_policy_says_it_and_each_version_counts_at_once(workspace, research):
    versions = PolicyVersion.objects

    def private():
        research.refresh_from_db()
        return research.is_private

    assert not private()
    versions.save_team(research, TO_TEAM, by=None, now=NOW)
    assert private()
    versions.save_team(research, TO_ALL, by=None, now=NOW)
    assert not private()
    versions.save_default(workspace, TO_TEAM, [], by=None, now=NOW)
    assert not private(), "the team says otherwise"
    versions.save_default(workspace, TO_TEAM, ["seen"], by=None, now=NOW)
    assert private(), "under a lock the workspace has the last word"
    versions.save_default(workspace, TO_ALL, [], by=None, now=NOW)
    assert not private()


def test_it_is_told_to_open_pages_only_when_it_changed(workspace, research):
    PolicyVersion.objects.save_team(research, {"silence_for_s": 99}, by=None, now=NOW)
    assert not Change.objects.filter(bot_id=None).exists()
    PolicyVersion.objects.save_team(research, TO_TEAM, by=None, now=NOW)
    assert Change.objects.filter(bot_id=None).count() == 1


@pytest.mark.parametrize(
    "path",
    ["", "?q=Layoffs", "?q=Mallory", "notices/", "notices/?here=0", "send/", "teams/",
     "members/", "policy/workspace/", "notetakers/shared/?past=1", "settings/"],
)  # fmt: skip
def test_no_page_of_the_workspace_tells_of_it(as_bob, workspace, hidden, path):
    hidden.participants.create(number=1, name="Mallory")
    assert not word(as_bob.get(f"/w/acme/{path}"))
    Membership.objects.update(role=Role.ADMIN)
    if path in ("", "?q=Layoffs", "?q=Mallory"):
        assert word(as_bob.get(f"/w/acme/{path}"))


def test_it_counts_in_no_rail_and_shows_in_no_notice(as_bob, workspace, hidden):
    failed = make_bot(workspace, team=hidden.team, title=SECRET, phase="failed", code="fatal")
    Bot.objects.filter(pk=failed.pk).update(ended_at=at(0))
    shell = as_bob.get("/w/acme/").context["shell"]
    assert (shell.live_count, shell.present, shell.notices) == (0, [], [])
    assert list(as_bob.get("/w/acme/").context["filters"].fields["team"].choices)[1:] == [
        (workspace.default_team.pk, "Sales")
    ]


def test_the_send_form_and_another_bot_know_nothing_of_it(as_bob, bob, workspace, hidden):
    form = {"token": str(uuid.uuid4()), "meeting_url": LINK}
    assert not word(as_bob.post("/w/acme/recognise/", form))
    assert as_bob.post("/w/acme/send/", form).status_code == 302, "no question about a hidden bot"
    mine = make_bot(workspace, phase="finished", code="done")
    Bot.objects.exclude(pk__in=[mine.pk, hidden.pk]).delete()
    assert again.reason_against(mine, bob.memberships.get()) == ""
    admin = Membership(workspace=workspace, role=Role.ADMIN)
    assert SECRET in again.reason_against(mine, admin)


def test_its_recordings_and_files_are_nowhere(as_bob, workspace, hidden):
    recording = Recording.objects.create(
        workspace=workspace, bot=hidden, recall_id=uuid.uuid4(), status_at=NOW, created_at=NOW
    )
    Transcript.objects.keep(recording, [{"text": SECRET}], now=NOW)
    video = recording.artifacts.create(
        kind="video_mixed", recall_id=uuid.uuid4(), status="done", status_at=NOW
    )
    urls = [
        f"/w/acme/bots/{hidden.pk}/",
        f"/w/acme/recordings/{recording.pk}/",
        f"/w/acme/recordings/{recording.pk}/transcript/",
        f"/w/acme/recordings/{recording.pk}/transcript.txt",
        f"/w/acme/artifacts/{video.pk}/file/",
    ]
    assert {as_bob.get(url).status_code for url in urls} == {404}
    assert not workspace.audit_events.filter(kind="recording").exists()
    workspace.memberships.get(user__username="bob").teams.add(hidden.team)
    assert [as_bob.get(url).status_code for url in urls[:4]] == [200, 200, 302, 200]


def test_names_of_its_meetings_suggest_nothing_to_others(as_bob, bob, workspace, hidden):
    meeting = met(workspace, {"Zed Notes": silent(), "Ada": spoke()}, title=SECRET)
    Bot.objects.filter(pk=meeting.pk).update(team=hidden.team)
    page = as_bob.get("/w/acme/notetakers/shared/?past=1")
    assert (page.context["shown"].past.meetings, word(page)) == (0, False)
    assert "Zed Notes" not in page.content.decode()
    bob.memberships.get().teams.add(hidden.team)
    page = as_bob.get("/w/acme/notetakers/shared/?past=1")
    assert (page.context["shown"].past.meetings, word(page)) == (1, True)


def test_its_policy_is_read_by_all_but_neither_notes_nor_bots(as_bob, workspace, hidden):
    team = hidden.team
    Bot.objects.filter(pk=hidden.pk).update(phase="scheduled", join_at=at(9000))
    old = PolicyVersion.objects.of(workspace, team).last()
    Bot.objects.filter(pk=hidden.pk).update(policy=old)
    PolicyVersion.objects.save_team(
        team, {**TO_TEAM, "silence_for_s": 77}, by=None, now=NOW, note=SECRET
    )
    root = f"/w/acme/policy/{team.pk}/"
    for path in (root, f"{root}history/", f"{root}history/2/", "/w/acme/policy/workspace/"):
        assert not word(as_bob.get(path)), path
    assert as_bob.get(f"{root}dry-run/").status_code == 404
    workspace.memberships.get(user__username="bob").teams.add(team)
    assert all(word(as_bob.get(path)) for path in (root, f"{root}history/"))
    assert as_bob.get(f"{root}dry-run/").status_code == 200


@pytest.mark.parametrize("role", [Role.ADMIN, Role.OWNER])
def test_admins_and_owners_see_it_without_being_members(client, member, workspace, hidden, role):
    client.force_login(member("anna", role, workspace))
    assert word(client.get("/w/acme/"))
    assert word(client.get(f"/w/acme/bots/{hidden.pk}/"))


def test_its_meetings_stay_seen_when_it_is_archived(as_bob, workspace, hidden):
    hidden.team.archived_at = NOW
    hidden.team.save()
    assert not word(as_bob.get("/w/acme/"))
    workspace.memberships.get(user__username="bob").teams.add(hidden.team)
    assert word(as_bob.get("/w/acme/"))


# Streams, as a browser reads them


def move(workspace, bot):
    Change.tell(workspace_id=workspace.pk, bot_id=bot.pk, team_id=bot.team_id, now=NOW)


@pytest.mark.django_db(transaction=True)
def test_a_stream_replays_nothing_of_it(workspace, hidden, bob):
    mine = make_bot(workspace)
    start = str(feed.watermark())
    move(workspace, hidden)
    move(workspace, mine)
    cookie = cookie_of(bob)

    async def story():
        browser = Browser(cookie, last_event_id=start)
        told = await browser.changes(1)
        await browser.close()
        assert [data for _, data in told] == [f'{{"bot": {mine.pk}}}']

    run(story)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("came", ["before", "meanwhile"])
def test_an_open_stream_hears_no_more_of_it_from_the_moment_it_is_private(
    workspace, research, bob, monkeypatch, came
):
    if came == "meanwhile":  # when the others had been looked up already
        monkeypatch.setattr(live.Hub, "_look", lambda hub, rows: Look(0.0, {}))
    theirs, mine = make_bot(workspace, team=research), make_bot(workspace)
    cookie = cookie_of(bob)

    async def story():
        browser = Browser(cookie, after=str(await later(feed.watermark)))
        assert await browser.status() == 200
        await later(move, workspace, theirs)
        assert json.loads((await browser.changes(1))[0][1])["bot"] == theirs.pk
        save = PolicyVersion.objects.save_team
        await later(lambda: save(research, TO_TEAM, by=None, now=NOW))
        await later(move, workspace, theirs)
        await later(move, workspace, mine)
        told = [json.loads(data)["bot"] for _, data in await browser.changes(2)]
        await browser.close()
        assert told == [None, mine.pk]

    run(story)


@pytest.mark.django_db(transaction=True)
def test_whoever_is_removed_is_told_nothing_more_and_let_go(workspace, bob, alice):
    owner, member = alice.memberships.get(), bob.memberships.get()
    cookie = cookie_of(bob)

    async def story():
        browser = Browser(cookie, after=str(await later(feed.watermark)))
        assert await browser.status() == 200
        await asyncio.sleep(0.2)
        await later(lambda: people.remove(owner, member, now=NOW))
        await asyncio.wait_for(browser.task, live.RECHECK_S + live.BEAT_S)
        anew = Browser(cookie)
        assert await anew.status() == 401
        await anew.close()

    run(story)
