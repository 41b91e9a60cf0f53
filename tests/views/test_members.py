"""The pages of members and teams: what stands on them, and what their forms say."""

import re

import pytest
from django.test import Client

from bots.models import Invitation, PolicyVersion, Role
from tests.world import NOW, make_bot

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
# Another one each time.
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="\w+"')


@pytest.fixture
def as_alice(client, alice):
    client.force_login(alice)
    return client


@pytest.fixture
def research(workspace):
    return workspace.teams.create(name="Research")


def tabs(answer):
    nav = answer.content.decode().partition('aria-label="Settings"')[2].partition("</nav>")[0]
    return re.findall(r">([A-Z][a-z ]+)</a>", nav)


def test_everybody_sees_who_is_there_and_only_admins_change_it(as_alice, bob, vera, workspace):
    text = as_alice.get("/w/acme/members/").content.decode()
    for words in ("alice@example.com", "bob@example.com", "Operator", "Sales", "Invite somebody"):
        assert words in text
    other = Client()
    other.force_login(vera)
    text = other.get("/w/acme/members/").content.decode()
    assert "bob@example.com" in text
    for words in ("Invite somebody", "Change bob", "Remove bob", "signed in"):
        assert words not in text


def test_the_tabs_are_those_that_one_may_open(client, as_alice, vera):
    assert tabs(as_alice.get("/w/acme/members/")) == [
        "Connection", "Deliveries", "Calls", "Members", "Teams", "Shared links", "Audit log",
        "Alerts", "Account",
    ]  # fmt: skip
    client.force_login(vera)
    assert tabs(client.get("/w/acme/teams/")) == [
        "Connection",
        "Members",
        "Teams",
        "Alerts",
        "Account",
    ]


def test_the_roles_stand_written(as_alice):
    text = as_alice.get("/w/acme/members/roles/").content.decode()
    assert "Read and export the audit log." in text
    assert text.count('aria-label="yes"') == 1 + 2 + 3 + 11 + 12


def test_an_invitation_shows_its_link_this_once(
    as_alice, workspace, research, settings, mailoutbox
):
    settings.SENDS_MAIL = False
    asked = {"email": "zoe@example.com", "role": "lead", "teams": [research.pk]}
    text = as_alice.post("/w/acme/members/", asked).content.decode()
    [link] = re.findall(r'value="(http[^"]+/invitation/[^"]+)"', text)
    assert "No e-mail went out" in text
    assert mailoutbox == []
    invitation = Invitation.objects.get()
    assert (invitation.role, list(invitation.teams.all())) == ("lead", [research])
    again = as_alice.get("/w/acme/members/").content.decode()
    assert "zoe@example.com" in again
    assert link not in again
    text = as_alice.post(f"/w/acme/invitations/{invitation.pk}/again/").content.decode()
    [newer] = re.findall(r'value="(http[^"]+/invitation/[^"]+)"', text)
    assert newer != link
    assert Client().get(newer).status_code == 200
    newest = Invitation.objects.latest("pk")
    as_alice.post(f"/w/acme/invitations/{newest.pk}/revoke/")
    assert "Invited" not in as_alice.get("/w/acme/members/").content.decode().split("<h2")[2]


def test_it_goes_out_by_mail_where_mail_goes_out(as_alice, settings, mailoutbox):
    settings.SENDS_MAIL = True
    asked = {"email": "zoe@example.com", "role": "viewer"}
    assert "by e-mail, too" in as_alice.post("/w/acme/members/", asked).content.decode()
    assert [mail.to for mail in mailoutbox] == [["zoe@example.com"]]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"email": "", "role": "viewer"}, "Type the address"),
        ({"email": "nobody", "role": "viewer"}, "valid email"),
        ({"email": "zoe@example.com\0", "role": "viewer"}, "Null"),
        ({"email": f"{'z' * 250}@example.com", "role": "viewer"}, "at most 254"),
        ({"email": "bob@example.com", "role": "viewer"}, "is a member already"),
        ({"email": "zoe@example.com", "role": "emperor"}, "Select a valid choice"),
        ({"email": "zoe@example.com", "role": "viewer", "teams": ["x"]}, "not a valid value"),
        ({"email": "zoe@example.com", "role": "viewer", "teams": [10**18]}, "not there any more"),
    ],
)
def test_a_bad_invitation_is_told_why(as_alice, bob, asked, said):
    answer = as_alice.post("/w/acme/members/", asked)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not Invitation.objects.exists()


def test_an_admin_is_offered_no_role_above_their_own(client, member, workspace, alice):
    client.force_login(member("anna", Role.ADMIN, workspace))
    page = client.get("/w/acme/members/")
    assert [word for word, _ in page.context["form"].fields["role"].choices] == [
        "lead", "operator", "viewer",
    ]  # fmt: skip
    owner = workspace.memberships.get(user=alice)
    assert f"members/{owner.pk}/remove/" not in page.content.decode()
    answer = client.post("/w/acme/members/", {"email": "zoe@example.com", "role": "owner"})
    assert answer.status_code == 422
    answer = client.post(f"/w/acme/members/{owner.pk}/", {"role": "viewer"})
    assert answer.status_code == 422
    assert client.post(f"/w/acme/members/{owner.pk}/remove/").status_code == 409
    owner.refresh_from_db()
    assert owner.role == Role.OWNER


def test_a_line_changes_in_place_and_without_scripts(as_alice, bob, workspace, research):
    member = workspace.memberships.get(user=bob)
    url = f"/w/acme/members/{member.pk}/"
    piece = as_alice.get(url, headers=HTMX).content.decode()
    whole = as_alice.get(url).content.decode()
    assert TOKEN.sub("", piece).strip() in TOKEN.sub("", whole)
    assert "<html" not in piece
    changed = {"role": "lead", "teams": [research.pk]}
    line = as_alice.post(url, changed, headers=HTMX)
    assert (line.status_code, "Team lead" in line.content.decode()) == (200, True)
    assert as_alice.post(url, {**changed, "role": "viewer"}).status_code == 302
    member.refresh_from_db()
    assert (member.role, list(member.teams.all())) == ("viewer", [research])
    shown = as_alice.get(f"{url}?shown=1", headers=HTMX).content.decode()
    assert "<form" not in shown


def test_removing_is_asked_about_and_the_bots_stay(as_alice, bob, workspace):
    member, bot = workspace.memberships.get(user=bob), make_bot(workspace, sent_by=bob)
    url = f"/w/acme/members/{member.pk}/remove/"
    assert "Bots that they sent stay" in as_alice.get(url).content.decode()
    assert workspace.memberships.filter(user=bob).exists()
    assert as_alice.post(url).status_code == 302
    assert not workspace.memberships.filter(user=bob).exists()
    assert f"bots/{bot.pk}/" in as_alice.get("/w/acme/").content.decode()


def test_the_last_owner_is_told_why_they_cannot_leave(as_alice, client, bob, workspace):
    assert "needs an owner" in as_alice.get("/w/acme/members/leave/").content.decode()
    assert as_alice.post("/w/acme/members/leave/").status_code == 409
    client.force_login(bob)
    assert client.post("/w/acme/members/leave/").status_code == 302
    assert client.get("/w/acme/").status_code == 404


def test_teams_are_made_renamed_archived_and_brought_back_on_pages(as_alice, workspace):
    assert as_alice.post("/w/acme/teams/", {"name": "  Labs   North "}).status_code == 302
    labs = workspace.teams.get(name="Labs North")
    assert as_alice.post(f"/w/acme/teams/{labs.pk}/", {"name": "Labs"}).status_code == 302
    url = f"/w/acme/teams/{labs.pk}/archive/"
    assert "What it recorded stays" in as_alice.get(url).content.decode()
    assert as_alice.post(url).status_code == 302
    labs.refresh_from_db()
    assert (labs.name, labs.archived_at is None) == ("Labs", False)
    as_alice.get("/w/acme/teams/")  # where it is said that it is archived
    assert "Labs" not in as_alice.get("/w/acme/send/").content.decode()
    assert "Labs <span" in as_alice.get(f"/w/acme/policy/{labs.pk}/").content.decode()
    assert as_alice.post(f"/w/acme/teams/{labs.pk}/restore/").status_code == 302
    as_alice.get("/w/acme/teams/")
    assert "Labs" in as_alice.get("/w/acme/send/").content.decode()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "Type a name"),
        ("sales", "called “Sales” already"),
        ("x" * 101, "at most 100"),
        ("Sa\u202eles", "nobody can see"),
        ("Sa\u200bles", "nobody can see"),
        ("Sa\0les", "Null"),
    ],
)
def test_a_bad_name_is_told_why(as_alice, workspace, name, said):
    for url, field in (("/w/acme/teams/", "name"), ("/w/acme/teams/rename/", "workspace-name")):
        if said.startswith("called") and field != "name":
            continue
        answer = as_alice.post(url, {field: name})
        assert answer.status_code == 422, url
        assert said in answer.content.decode()
    assert workspace.teams.count() == 1


def test_no_bot_is_sent_for_an_archived_team_by_any_way(as_alice, workspace, research):
    bot = make_bot(workspace, team=research, phase="finished", code="done")
    research.archived_at = NOW
    research.save()
    answer = as_alice.post(f"/w/acme/bots/{bot.pk}/another/", headers=HTMX)
    assert "Research is archived" in answer.content.decode()
    form = {"meeting_url": "https://meet.google.com/xyz-abcd-efg", "team": research.pk,
            "token": "0d9dbe3c-7cb0-4d46-9f86-1a3a37a0f003"}  # fmt: skip
    assert as_alice.post("/w/acme/send/", form).status_code == 422
    assert workspace.bots.count() == 1
    assert as_alice.get(f"/w/acme/bots/{bot.pk}/").status_code == 200


def test_archiving_with_scheduled_bots_says_how_many_wait(as_alice, workspace, research):
    make_bot(workspace, team=research, phase="scheduled", join_at=NOW)
    url = f"/w/acme/teams/{research.pk}/archive/"
    assert "1 bot is scheduled for Research" in as_alice.get(url).content.decode()
    assert as_alice.post(url).status_code == 409


def test_who_sees_a_team_s_meetings_is_chosen_on_its_policy_s_page(as_alice, workspace, research):
    url = f"/w/acme/policy/{research.pk}/"
    page = as_alice.get(url).content.decode()
    assert 'name="shown_to" value="workspace"' in page
    number = PolicyVersion.objects.current(research).number
    form = as_alice.get(url).context["form"]
    data = {
        name: form[name].value() for name in form.fields if form[name].value() not in (None, False)
    }
    data |= {"after": number, "shown_to": "team"}
    assert as_alice.post(url, data).status_code == 302
    research.refresh_from_db()
    assert research.is_private
    text = as_alice.get(f"{url}history/").content.decode()
    assert "Members of the team, admins and owners" in text


def test_the_row_that_a_form_leaves_behind_has_the_focus(as_alice, bob, workspace):
    member = workspace.memberships.get(user=bob)
    url = f"/w/acme/members/{member.pk}/?shown=1"
    row = as_alice.get(url, headers=HTMX).content.decode()
    assert " autofocus" in row.split('aria-label="Change bob')[0].rsplit("<a ", 1)[1]
    assert " autofocus" not in as_alice.get("/w/acme/members/").content.decode()
