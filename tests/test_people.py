"""Who belongs to a workspace: the rules, whoever asks and however many do in one moment."""

import threading

import pytest
from allauth.account.models import EmailAddress
from django.db import connection

from bots import invitations, people, rights, teams
from bots.lifecycle import Phase
from bots.models import AuditEvent, Invitation, Membership, Role, Verb
from bots.people import NotAllowed
from bots.rights import Right
from tests.world import NOW, at, make_bot, make_workspace

pytestmark = pytest.mark.django_db


@pytest.fixture
def of(member, workspace):
    """Somebody of that role in Acme, as a member."""

    def make(role, name=""):
        member(name or f"the-{role}", role, workspace)
        return workspace.memberships.select_related("user").get(
            user__username=name or f"the-{role}"
        )

    return make


def verbs(workspace):
    return list(workspace.audit_events.order_by("pk").values_list("verb", flat=True))


def test_every_right_is_written_down_and_every_role_has_a_list():
    assert set(rights.SENTENCES) == set(Right)
    assert set(rights.RIGHTS) == set(Role.values)
    upwards = list(rights.RIGHTS.values())
    assert all(less < more for less, more in zip(upwards, upwards[1:], strict=False))


@pytest.mark.parametrize("giver", Role.values)
@pytest.mark.parametrize("role", [*Role.values, "emperor", ""])
def test_only_owners_give_the_high_roles_and_nobody_rises_above_who_lifts_them(giver, role):
    low = {Role.LEAD, Role.OPERATOR, Role.VIEWER}
    wanted = {Role.OWNER: set(Role.values), Role.ADMIN: low}.get(giver, set())
    assert rights.may_give(giver, role) == (role in wanted)


@pytest.mark.parametrize("role", Role.values)
@pytest.mark.parametrize("giver", Role.values)
def test_it_invites_only_to_roles_that_one_may_give(of, workspace, giver, role):
    by = of(giver, "giver")
    if rights.may_give(giver, role):
        invitation, token = people.invite(by, "Zoe@Example.com", role=role, teams=[], now=NOW)
        assert Invitation.objects.by_token(token, NOW) == invitation
        assert (invitation.email, list(invitation.teams.all())) == (
            "zoe@example.com",
            [workspace.default_team],
        )
        event = AuditEvent.objects.get()
        assert (event.verb, event.what, event.by) == (Verb.INVITED, "zoe@example.com", by.user)
        assert token not in str(event.detail)
    else:
        with pytest.raises(NotAllowed):
            people.invite(by, "zoe@example.com", role=role, teams=[], now=NOW)
        assert not Invitation.objects.exists()
        assert not AuditEvent.objects.exists()


def test_it_invites_no_member_and_no_more_than_anyone_waits_for(of, monkeypatch):
    owner, bob = of(Role.OWNER), of(Role.OPERATOR, "bob")
    with pytest.raises(NotAllowed, match="member already, as operator"):
        people.invite(owner, bob.user.email.upper(), role="viewer", teams=[], now=NOW)
    monkeypatch.setattr(people, "MOST_OPEN", 2)
    for name in ("a", "b"):
        people.invite(owner, f"{name}@example.com", role="viewer", teams=[], now=NOW)
    with pytest.raises(NotAllowed, match="2 invitations are open"):
        people.invite(owner, "c@example.com", role="viewer", teams=[], now=NOW)
    people.invite(owner, "b@example.com", role="viewer", teams=[], now=NOW)


def test_a_new_link_ends_the_old_one_and_a_revoked_one_is_none(of):
    owner = of(Role.OWNER)
    first, old = people.invite(owner, "zoe@example.com", role="lead", teams=[], now=NOW)
    second, new = people.invite_again(owner, first, now=at(5))
    assert Invitation.objects.by_token(old, at(6)) is None
    assert Invitation.objects.by_token(new, at(6)) == second
    assert (second.role, list(second.teams.all())) == ("lead", list(first.teams.all()))
    people.revoke(owner, second, now=at(7))
    assert Invitation.objects.by_token(new, at(8)) is None
    with pytest.raises(NotAllowed, match="taken back already"):
        people.revoke(owner, second, now=at(9))


def test_an_admin_takes_back_no_invitation_of_an_owner(of):
    made, _ = people.invite(of(Role.OWNER), "zoe@example.com", role="admin", teams=[], now=NOW)
    admin = of(Role.ADMIN)
    for deed in (people.revoke, people.invite_again):
        with pytest.raises(NotAllowed, match="Only owners"):
            deed(admin, made, now=NOW)


def test_an_admin_puts_no_lower_invitation_in_the_place_of_an_owners(of):
    _, token = people.invite(of(Role.OWNER), "zoe@example.com", role="admin", teams=[], now=NOW)
    with pytest.raises(NotAllowed, match="Only owners"):
        people.invite(of(Role.ADMIN), "ZOE@example.com", role="viewer", teams=[], now=NOW)
    assert Invitation.objects.by_token(token, NOW) is not None


def _lower(role):
    return lambda giver: Membership.objects.filter(pk=giver.pk).update(role=role)


def _lock(giver):
    giver.user.is_active = False
    giver.user.save()


@pytest.mark.parametrize(
    ("giver_role", "role", "deed", "counts"),
    [
        (Role.ADMIN, "viewer", lambda giver: giver.delete(), False),
        (Role.ADMIN, "viewer", lambda giver: giver.user.delete(), False),
        (Role.ADMIN, "viewer", _lock, False),
        (Role.ADMIN, "viewer", _lower(Role.LEAD), False),
        (Role.OWNER, "admin", _lower(Role.ADMIN), False),
        (Role.OWNER, "viewer", _lower(Role.ADMIN), True),
        (Role.ADMIN, "viewer", _lower(Role.OWNER), True),
    ],
)
def test_an_invitation_counts_no_longer_than_whoever_gave_it_may(
    of, workspace, charlie, giver_role, role, deed, counts
):
    """Whoever is shown out had a second address of theirs asked in."""
    giver = of(giver_role, "giver")
    made, token = people.invite(giver, "again@example.com", role=role, teams=[], now=NOW)
    deed(giver)
    assert (Invitation.objects.by_token(token, NOW) == made) is counts
    if counts:
        return
    with pytest.raises(invitations.Gone):
        invitations.accept(made, charlie, now=NOW)
    assert not workspace.memberships.filter(user=charlie).exists()


@pytest.mark.parametrize("email", ["Zoe@example.com", "other@example.com"])
def test_an_invitation_from_before_brings_nobody_back_in_or_up(of, workspace, email):
    """They became a member another way, while it was on its way to one of their addresses."""
    owner = of(Role.OWNER)
    _, token = people.invite(owner, email, role="admin", teams=[], now=NOW)
    _, alien = people.invite(owner, "yan@example.com", role="viewer", teams=[], now=NOW)
    zoe = of(Role.LEAD, "zoe")
    EmailAddress.objects.create(user=zoe.user, email="other@example.com", verified=True)
    people.change(owner, zoe, role=Role.VIEWER, teams=[], now=NOW)
    assert Invitation.objects.by_token(token, NOW) is None
    Invitation.objects.filter(email=email.lower()).update(revoked_at=None)
    people.remove(owner, zoe, now=NOW)
    assert Invitation.objects.by_token(token, NOW) is None
    assert Invitation.objects.by_token(alien, NOW) is not None


@pytest.mark.parametrize("giver", Role.values)
@pytest.mark.parametrize("was", Role.values)
@pytest.mark.parametrize("role", Role.values)
def test_it_changes_only_roles_that_one_may_give_and_take(of, workspace, giver, was, role):
    of(Role.OWNER, "first")
    by, target = of(giver, "giver"), of(was, "target")
    may = rights.may_give(giver, was) and rights.may_give(giver, role)
    if may or (was == role and rights.has(giver, Right.PEOPLE)):
        people.change(by, target, role=role, teams=target.teams.all(), now=NOW)
        target.refresh_from_db()
        assert target.role == role
        assert verbs(workspace) == ([Verb.ROLE_CHANGED] if was != role else [])
    else:
        with pytest.raises(NotAllowed):
            people.change(by, target, role=role, teams=[], now=NOW)
        target.refresh_from_db()
        assert (target.role, verbs(workspace)) == (was, [])


@pytest.mark.parametrize("giver", Role.values)
@pytest.mark.parametrize("was", Role.values)
def test_it_removes_only_whom_one_may_lift(of, workspace, giver, was):
    of(Role.OWNER, "first")
    by, target = of(giver, "giver"), of(was, "target")
    bot = make_bot(workspace, sent_by=target.user)
    if rights.may_give(giver, was):
        people.remove(by, target, now=NOW)
        assert not Membership.objects.filter(pk=target.pk).exists()
        assert verbs(workspace) == [Verb.REMOVED]
        bot.refresh_from_db()
        assert bot.sent_by == target.user
    else:
        with pytest.raises(NotAllowed):
            people.remove(by, target, now=NOW)
        assert Membership.objects.filter(pk=target.pk).exists()


def test_the_last_owner_stays(of):
    owner = of(Role.OWNER)
    for deed in (
        lambda: people.leave(owner, now=NOW),
        lambda: people.remove(owner, owner, now=NOW),
        lambda: people.change(owner, owner, role="admin", teams=[], now=NOW),
    ):
        with pytest.raises(NotAllowed, match="needs an owner"):
            deed()
    owner.refresh_from_db()
    assert owner.role == Role.OWNER
    other = of(Role.OWNER, "other")
    people.leave(owner, now=NOW)
    with pytest.raises(NotAllowed, match="needs an owner"):
        people.leave(other, now=NOW)


@pytest.mark.parametrize("role", [role for role in Role.values if role != "owner"])
def test_everybody_else_may_leave(of, workspace, role):
    of(Role.OWNER, "first")
    somebody = of(role, "somebody")
    people.leave(somebody, now=NOW)
    event = workspace.audit_events.get()
    assert (event.verb, event.by, event.detail["left"]) == (Verb.REMOVED, somebody.user, True)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("deed", ["demote", "remove", "leave"])
def test_two_owners_can_not_undo_each_other_in_the_same_moment(of, workspace, deed):
    for turn in range(5):
        pair = [of(Role.OWNER, f"ann-{turn}"), of(Role.OWNER, f"ben-{turn}")]
        workspace.memberships.exclude(pk__in=[each.pk for each in pair]).delete()
        both, refused = threading.Barrier(2), []

        def act(mine, other, both=both, refused=refused):
            both.wait()
            try:
                if deed == "demote":
                    people.change(mine, other, role="viewer", teams=[], now=NOW)
                elif deed == "remove":
                    people.remove(mine, other, now=NOW)
                else:
                    people.leave(mine, now=NOW)
            except NotAllowed as refusal:
                refused.append(str(refusal))
            finally:
                connection.close()

        threads = [threading.Thread(target=act, args=(pair[n], pair[1 - n])) for n in (0, 1)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert workspace.memberships.filter(role=Role.OWNER).count() == 1
        assert len(refused) == 1


def test_a_member_is_in_some_team_and_never_in_one_of_another_workspace(of, workspace):
    owner, bob = of(Role.OWNER), of(Role.OPERATOR, "bob")
    theirs = make_workspace("globex").default_team
    research = workspace.teams.create(name="Research")
    old = workspace.teams.create(name="Old", archived_at=NOW)
    bob.teams.set([old])
    people.change(owner, bob, role="operator", teams=[theirs, research], now=NOW)
    assert set(bob.teams.all()) == {research, old}
    people.change(owner, bob, role="operator", teams=[theirs], now=NOW)
    assert set(bob.teams.all()) == {workspace.default_team, old}
    told = [event.detail for event in workspace.audit_events.order_by("pk")]
    assert told == [
        {"added": ["Research"], "removed": []},
        {"added": ["Sales"], "removed": ["Research"]},
    ]
    made, _ = people.invite(owner, "z@example.com", role="viewer", teams=[theirs, old], now=NOW)
    assert list(made.teams.all()) == [workspace.default_team]


def test_whoever_lost_the_right_meanwhile_does_nothing_more(of, workspace):
    of(Role.OWNER)
    admin, bob = of(Role.ADMIN), of(Role.OPERATOR, "bob")
    Membership.objects.filter(pk=admin.pk).update(role=Role.VIEWER)
    assert admin.may(Right.PEOPLE)  # as the request read it
    for deed in (
        lambda: people.invite(admin, "z@example.com", role="viewer", teams=[], now=NOW),
        lambda: people.change(admin, bob, role="viewer", teams=[], now=NOW),
        lambda: people.remove(admin, bob, now=NOW),
        lambda: teams.make(admin, "Research", now=NOW),
        lambda: teams.archive(admin, workspace.default_team, now=NOW),
    ):
        with pytest.raises(NotAllowed):
            deed()
    assert not workspace.audit_events.exists()


def test_teams_are_made_renamed_archived_and_brought_back(of, workspace):
    admin = of(Role.ADMIN)
    research = teams.make(admin, "Research", now=NOW)
    assert research in admin.teams.all()
    teams.rename(admin, research, "Labs", now=NOW)
    teams.archive(admin, research, now=NOW)
    research.refresh_from_db()
    assert (research.name, research.archived_at) == ("Labs", NOW)
    assert research not in workspace.teams.active()
    teams.restore(admin, research, now=NOW)
    assert research in workspace.teams.active()
    assert verbs(workspace) == [
        Verb.TEAM_MADE, Verb.TEAM_RENAMED, Verb.TEAM_ARCHIVED, Verb.TEAM_RESTORED,
    ]  # fmt: skip


def test_two_teams_are_not_called_the_same(of, workspace):
    admin = of(Role.ADMIN)
    with pytest.raises(NotAllowed, match="called “Sales” already"):
        teams.make(admin, "SALES", now=NOW)
    old = workspace.teams.create(name="Old", archived_at=NOW)
    with pytest.raises(NotAllowed, match="archived team called “Old”"):
        teams.make(admin, "old", now=NOW)
    teams.rename(admin, old, "OLD", now=NOW)
    with pytest.raises(NotAllowed, match="called “Sales”"):
        teams.rename(admin, old, "sales", now=NOW)


def test_the_last_team_and_one_with_scheduled_bots_are_not_archived(of, workspace):
    admin = of(Role.ADMIN)
    with pytest.raises(NotAllowed, match="last team"):
        teams.archive(admin, workspace.default_team, now=NOW)
    research = teams.make(admin, "Research", now=NOW)
    bot = make_bot(workspace, team=research, phase=Phase.SCHEDULED, join_at=at(3600))
    with pytest.raises(NotAllowed, match="1 bot is scheduled for Research"):
        teams.archive(admin, research, now=NOW)
    bot.phase = Phase.RECORDING
    bot.save()
    teams.archive(admin, research, now=NOW)
    assert workspace.default_team.name == "Sales"


def test_only_owners_rename_the_workspace(of, workspace):
    with pytest.raises(NotAllowed):
        teams.rename_workspace(of(Role.ADMIN), "Acme & Co", now=NOW)
    teams.rename_workspace(of(Role.OWNER), "Acme & Co", now=NOW)
    workspace.refresh_from_db()
    assert (workspace.name, workspace.slug) == ("Acme & Co", "acme")
    assert workspace.audit_events.get().detail == {"from": "Acme", "to": "Acme & Co"}


def test_the_rights_of_each_role_are_these():
    """Written out once more, so that nobody's rights grow by a slip."""
    viewer = {"look"}
    operator = viewer | {"operate"}
    lead = operator | {"lead"}
    admin = lead | {"everywhere", "connect", "watch", "people", "erase", "audit", "assist", "api"}
    assert {role: set(map(str, given)) for role, given in rights.RIGHTS.items()} == {
        "viewer": viewer,
        "operator": operator,
        "lead": lead,
        "admin": admin,
        "owner": admin | {"own"},
    }
