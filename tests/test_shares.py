"""Share links: who makes them, until when they count, and each way in which they end."""

import os
import uuid
from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from bots import conf, people, shares
from bots.models import AuditEvent, Clip, Membership, PolicyVersion, Recording, Role, Share, Verb
from bots.shares import Closed, Wish
from tests.world import NOW, at, make_bot, make_workspace

pytestmark = pytest.mark.django_db
DAY = 86_400


@pytest.fixture(autouse=True)
def _folder(settings, tmp_path):
    settings.DATA_DIR = tmp_path


@pytest.fixture
def recording(workspace):
    found = Recording.objects.create(
        workspace=workspace, bot=make_bot(workspace), recall_id=uuid.uuid4(), status="done",
        status_at=NOW, created_at=NOW, started_at=NOW, completed_at=at(600),
    )  # fmt: skip
    found.artifacts.create(
        kind="video_mixed", recall_id=uuid.uuid4(), status="done", status_at=NOW, format="mp4"
    )
    return found


def allow(team, who="operators", days=30, now=NOW):
    own = {"share_links": who, "share_days": days}
    PolicyVersion.objects.save_team(team, own, by=None, now=now)


@pytest.fixture
def membership(team, bob):
    allow(team)
    return bob.memberships.get()


def make(membership, recording, *, now=NOW, **wish):
    wished = Wish(**{"label": "for Acme", "days": 7, **wish})
    return shares.make(membership, recording, wished, now=now)


def closed(share, now=NOW):
    return shares.standing(Share.objects.get(pk=share.pk), now=now).closed


def test_the_token_stands_nowhere(membership, recording):
    share, token = make(membership, recording)
    assert len(token) == 43, "256 bits"
    assert Share.objects.by_token(token) == share
    assert Share.objects.by_token(token[:-1]) is None
    rows = [*Share.objects.values_list(), *AuditEvent.objects.values_list()]
    assert token not in str(rows)
    assert token.startswith(share.prefix)
    assert make(membership, recording)[1] != token


@pytest.mark.parametrize(
    ("who", "role", "may"),
    [
        ("no", Role.OWNER, False),
        ("no", Role.OPERATOR, False),
        ("leads", Role.OPERATOR, False),
        ("leads", Role.LEAD, True),
        ("leads", Role.ADMIN, True),
        ("operators", Role.VIEWER, False),
        ("operators", Role.OPERATOR, True),
        ("operators", Role.OWNER, True),
        ("whatever a later release says", Role.OWNER, False),
    ],
)
def test_policy_and_role_decide_who_makes_one(workspace, team, member, recording, who, role, may):
    allow(team, who)
    membership = member("somebody", role, workspace).memberships.get()
    if may:
        assert closed(make(membership, recording)[0]) is None
    else:
        with pytest.raises(shares.NotAllowed):
            make(membership, recording)
        assert not Share.objects.exists()


def test_nobody_shares_what_is_another_teams(workspace, membership, recording):
    research = workspace.teams.create(name="Research")
    allow(research)
    recording.bot.team = research
    recording.bot.save()
    with pytest.raises(shares.NotAllowed):
        make(membership, recording)


def test_built_in_there_are_no_links(bob, recording):
    with pytest.raises(shares.NotAllowed, match="allows no share links"):
        make(bob.memberships.get(), recording)


def test_it_lives_no_longer_than_the_policy_says(membership, team, recording):
    with pytest.raises(shares.NotAllowed, match="30 days at most"):
        make(membership, recording, days=31)
    share, _ = make(membership, recording, days=30)
    assert closed(share, at(30 * DAY - 1)) is None
    assert closed(share, at(30 * DAY)) is Closed.EXPIRED
    allow(team, days=3)
    assert closed(share, at(3 * DAY - 1)) is None
    assert closed(share, at(3 * DAY)) is Closed.EXPIRED, "a shorter time counts at once"


def test_the_policy_in_force_counts_at_every_opening(membership, team, workspace, recording):
    share, _ = make(membership, recording)
    PolicyVersion.objects.save_default(workspace, {"share_links": "no"}, ["seen"], by=None, now=NOW)
    assert closed(share) is Closed.SWITCHED_OFF
    PolicyVersion.objects.save_default(workspace, {}, [], by=None, now=NOW)
    assert closed(share) is None
    allow(team, "leads")
    assert closed(share) is Closed.MAKER_MAY_NOT


def test_it_is_the_word_of_whoever_made_it(membership, alice, recording):
    share, _ = make(membership, recording)
    Membership.objects.filter(pk=membership.pk).update(role=Role.VIEWER)
    assert closed(share) is Closed.MAKER_MAY_NOT
    Membership.objects.filter(pk=membership.pk).update(role=Role.OPERATOR)
    assert closed(share) is None
    User.objects.filter(pk=membership.user_id).update(is_active=False)
    assert closed(share) is Closed.MAKER_GONE


def test_it_ends_for_good_when_its_maker_is_removed(membership, alice, workspace, recording):
    share, _ = make(membership, recording)
    people.remove(alice.memberships.get(), membership, now=at(5))
    assert closed(share) is Closed.MAKER_GONE
    back = Membership.objects.create(user=membership.user, workspace=workspace, role=Role.OPERATOR)
    back.teams.add(workspace.default_team)
    assert closed(share) is Closed.MAKER_GONE


def test_links_of_other_workspaces_stay_when_somebody_is_removed(membership, alice, recording):
    there = make_workspace("globex")
    bot = make_bot(there)
    other = Recording.objects.create(
        workspace=there, bot=bot, recall_id=uuid.uuid4(), status_at=NOW, created_at=NOW
    )
    allow(there.default_team)
    also = Membership.objects.create(user=membership.user, workspace=there, role=Role.OWNER)
    share, _ = make(also, other)
    people.remove(alice.memberships.get(), membership, now=at(5))
    assert closed(share) is None


def test_its_maker_and_leads_revoke_it_and_nobody_else(workspace, membership, member, recording):
    share, _ = make(membership, recording)
    for name, role in (("other", Role.OPERATOR), ("looker", Role.VIEWER)):
        with pytest.raises(shares.NotAllowed):
            shares.revoke(member(name, role, workspace).memberships.get(), share, now=at(1))
    elsewhere = member("elsewhere", Role.LEAD, workspace).memberships.get()
    elsewhere.teams.set([workspace.teams.create(name="Research")])
    with pytest.raises(shares.NotAllowed):
        shares.revoke(elsewhere, share, now=at(1))
    assert closed(share) is None
    Membership.objects.filter(pk=membership.pk).update(role=Role.VIEWER)
    shares.revoke(Membership.objects.get(pk=membership.pk), share, now=at(2))
    assert closed(share) is Closed.REVOKED
    shares.revoke(membership, share, now=at(3))
    assert AuditEvent.objects.filter(verb=Verb.SHARE_REVOKED).count() == 1
    assert Share.objects.get().ended_at == at(2)


def test_a_lead_ends_all_of_a_team_and_nothing_of_another(workspace, membership, member, recording):
    mine = [make(membership, recording)[0] for _ in range(3)]
    research = workspace.teams.create(name="Research")
    allow(research)
    theirs_bot = make_bot(workspace, team=research)
    theirs = Recording.objects.create(
        workspace=workspace, bot=theirs_bot, recall_id=uuid.uuid4(), status_at=NOW, created_at=NOW
    )
    owner = member("olga", Role.OWNER, workspace).memberships.get()
    other, _ = make(owner, theirs)
    lead = member("lena", Role.LEAD, workspace).memberships.get()
    with pytest.raises(shares.NotAllowed):
        shares.revoke_all(lead, research, now=at(1))
    assert shares.revoke_all(lead, workspace.default_team, now=at(1)) == 3
    assert [closed(share) for share in mine] == [Closed.REVOKED] * 3
    assert closed(other) is None
    [event] = AuditEvent.objects.filter(verb=Verb.SHARES_REVOKED)
    assert event.detail == {"count": 3}


def with_clip(share):
    """As if its clip had been cut."""
    clip = share.clip
    conf.clips_dir().mkdir(exist_ok=True)
    clip.path.write_bytes(b"clip")
    clip.source.write_bytes(b"film")
    Clip.objects.filter(pk=clip.pk).update(state=Clip.State.READY, due_at=None)
    return clip


MOMENT = {"start_s": 10.0, "end_s": 20.0}


def left():
    return sorted(conf.clips_dir().iterdir()) if conf.clips_dir().is_dir() else []


def test_a_clip_goes_with_its_link(membership, recording):
    share, _ = make(membership, recording, **MOMENT)
    with_clip(share)
    kept = with_clip(make(membership, recording, **MOMENT)[0])
    shares.revoke(membership, share, now=at(1))
    assert left() == sorted([kept.path, kept.source])


def test_a_clip_goes_with_its_recording(membership, recording):
    share, _ = make(membership, recording, **MOMENT)
    with_clip(share)
    assert shares.forget(recording, now=at(1)) == 1
    assert left() == []
    assert closed(share) is Closed.RECORDING_GONE


def test_what_recall_deleted_is_closed_at_once_and_its_clip_pruned(membership, recording):
    share, _ = make(membership, recording, **MOMENT)
    with_clip(share)
    Recording.objects.update(status="deleted")
    assert closed(share) is Closed.RECORDING_GONE
    shares.prune(at(60))
    assert left() == []


def test_pruning_takes_what_is_over_and_what_is_astray(membership, recording):
    share, _ = make(membership, recording, days=1, **MOMENT)
    with_clip(share)
    running = with_clip(make(membership, recording, days=20, **MOMENT)[0])
    stray, fresh = conf.clips_dir() / "stray.mp4", conf.clips_dir() / "fresh.source"
    for path, seconds in ((stray, 0), (fresh, 3 * DAY), (running.path, 0)):
        path.write_bytes(b"")
        os.utime(path, (at(seconds).timestamp(),) * 2)
    shares.prune(at(3 * DAY))
    assert left() == sorted([running.path, running.source, fresh])
    assert Share.objects.count() == 2, "it still tells that its time is over"
    shares.prune(NOW + timedelta(days=92))
    assert Share.objects.count() == 1


def test_a_recording_without_a_film_gives_no_moment_of_it(membership, recording):
    recording.artifacts.all().delete()
    with pytest.raises(shares.NotAllowed, match="no film"):
        make(membership, recording, **MOMENT)
    share, _ = make(membership, recording, shows_film=False, **MOMENT)
    assert not Clip.objects.filter(share=share).exists()


def test_there_is_an_end_to_them(membership, recording, monkeypatch):
    monkeypatch.setattr(shares, "MOST_RUNNING", 2)
    first, _ = make(membership, recording)
    make(membership, recording)
    with pytest.raises(shares.NotAllowed, match="Revoke one"):
        make(membership, recording)
    shares.revoke(membership, first, now=NOW)
    make(membership, recording)


def test_each_deed_stands_in_the_audit_log(membership, recording):
    share, _ = make(membership, recording, shows_names=True, **MOMENT)
    shares.note_opening(share, now=at(60))
    shares.note_download(share, now=at(61))
    shares.revoke(membership, share, now=at(62))
    told = list(AuditEvent.objects.filter(verb__startswith="share.").order_by("pk"))
    assert [(e.verb, e.by_name) for e in told] == [
        ("share.made", "bob@example.com"),
        ("share.opened", ""),
        ("share.downloaded", ""),
        ("share.revoked", "bob@example.com"),
    ]
    assert {e.what for e in told} == {"“for Acme” of Weekly review"}
    assert told[0].detail["moment"] == "10 s to 20 s"
    assert AuditEvent.objects.about("bot", recording.bot_id).filter(verb="share.opened").exists()
    share.refresh_from_db()
    assert (share.openings, share.last_opened_at) == (1, at(60))


def test_a_visitor_is_told_again_by_nothing_that_names_them(membership, recording):
    one, _ = make(membership, recording)
    other, _ = make(membership, recording)
    word = shares.visitor(one, "203.0.113.9", "Firefox")
    assert word == shares.visitor(one, "203.0.113.9", "Firefox")
    assert word != shares.visitor(one, "203.0.113.8", "Firefox")
    assert word != shares.visitor(other, "203.0.113.9", "Firefox")
    assert "203" not in word


def test_a_folder_among_the_clips_and_a_file_that_goes_meanwhile_break_nothing(
    membership, recording, monkeypatch
):
    make(membership, recording, **MOMENT)
    conf.clips_dir().mkdir(exist_ok=True)
    folder = conf.clips_dir() / "folder"
    folder.mkdir()
    os.utime(folder, (NOW.timestamp(),) * 2)
    (conf.clips_dir() / "gone.mp4").symlink_to("nowhere")
    stray = conf.clips_dir() / "stray.mp4"
    stray.write_bytes(b"")
    os.utime(stray, (NOW.timestamp(),) * 2)
    assert shares.prune(at(3 * DAY)) == 1
    assert folder.is_dir()
    assert not stray.exists()
