"""The notetaker names of a team: adding, leaving out, undoing, and who may."""

import re

import pytest

from bots.models import Role
from tests.meetings import met, silent, spoke
from tests.world import NOW

pytestmark = pytest.mark.django_db
OWN = "Meeting Notetaker"


@pytest.fixture
def url(team):
    return f"/w/acme/notetakers/{team.pk}/"


@pytest.fixture
def names(team):
    """The strings that count, without those of our own bots."""

    def read():
        team.refresh_from_db()
        team.workspace.refresh_from_db()
        return [name for name in team.notetaker_names if name != OWN]

    return read


def chip(text, name):
    """The chip of that name, as HTML."""
    found = re.search(rf'<li class="chip[^"]*" data-name="{re.escape(name)}">.*?</li>', text, re.S)
    return found[0] if found else ""


def test_it_adds_many_names_at_once(as_alice, url, names):
    before = names()
    as_alice.post(url, {"add": "Zed.ai, Noter\n  Scribe   Geek ;\n"})
    assert names() == [*before, "Zed.ai", "Noter", "Scribe Geek"]


def test_it_points_out_what_is_there_already_whatever_its_case(as_alice, url, names):
    before = names()
    response = as_alice.post(url, {"add": "FATHOM, zedder, Zedder"})
    assert names() == [*before, "zedder"]
    assert "FATHOM, Zedder were there already" in response.content.decode()


@pytest.mark.parametrize(
    ("add", "said"),
    [
        ("otter.ai notetaker", "“otter.ai notetaker” adds nothing, as “otter.ai” finds it anyway."),
        (
            "fire, zed",
            "“fire” also finds “fireflies”, which adds nothing any more.",
        ),
        ("otter", "“otter” also finds “otter.ai”, “otterpilot”, which add nothing any more."),
        ("kai", "“kai” is short"),
        ("Jamie", "everybody called Jamie"),
        ("Bob", "“Bob” also fits bob, who is a member of this workspace."),
        ("Haddad", "“Haddad” also fits Noor Haddad, who was host of 1 meeting and spoke in 1"),
        ("Stone", "“Stone” also fits Cleo Whetstone, who was seen in 1 meeting."),
    ],
)
def test_it_points_out_what_is_doubtful_in_a_new_name(
    as_alice, bob, workspace, url, names, add, said
):
    met(workspace, {"Noor Haddad": spoke(), "Cleo Whetstone": silent()}, hosts=["Noor Haddad"])
    assert said in as_alice.post(url, {"add": add}).content.decode()
    assert add.partition(",")[0] in names()


def test_it_says_nothing_more_of_a_good_name(as_alice, workspace, url):
    met(workspace, {"Zedder.ai": silent(), "Noor Haddad": spoke()})
    response = as_alice.post(url, {"add": "Zedder"})
    assert response.context["said"].notes == []


def test_it_takes_a_name_with_a_comma_as_one(as_alice, url, names):
    before = names()
    as_alice.post(url, {"one": " Scribe,  Inc; "})
    assert names() == [*before, "Scribe, Inc;"]


@pytest.mark.parametrize("field", ["add", "one", "again"])
def test_it_takes_nothing_that_a_database_refuses(as_alice, url, names, field):
    before = names()
    as_alice.post(url, {field: "Zed\0der"})
    assert names() == [*before, "Zedder"]


@pytest.mark.parametrize("again", ["", " ", "\0"])
def test_it_puts_nothing_blank_on_the_list(as_alice, url, team, again):
    assert as_alice.post(url, {"again": again}).status_code == 422
    team.refresh_from_db()
    assert team.added_names == []


def test_it_removes_an_added_name_and_puts_it_back_where_it_was(as_alice, url, names):
    as_alice.post(url, {"add": "one more, two more, three more"})
    before = names()
    response = as_alice.post(url, {"remove": "two more"})
    assert "two more" not in names()
    said = response.context["said"]
    as_alice.post(url, {"again": said.removed, "place": said.place})
    assert names() == before


def test_it_leaves_a_shared_name_out_and_shows_it_struck_through(as_alice, url, names, workspace):
    before = names()
    text = as_alice.post(url, {"exclude": "grain"}).content.decode()
    assert "grain" not in names()
    assert "<s>grain</s>" in chip(text, "grain")
    assert 'name="include" value="grain"' in chip(text, "grain")
    assert "1 left out by Sales" in text
    workspace.refresh_from_db()
    assert "grain" in workspace.notetaker_names
    text = as_alice.post(url, {"include": "grain"}).content.decode()
    assert names() == before
    assert "<s>" not in chip(text, "grain")
    assert "grain is back on the list" in text


def test_one_team_leaves_out_what_another_keeps(as_alice, url, workspace):
    other = workspace.teams.create(name="Research")
    as_alice.post(url, {"exclude": "grain"})
    assert "<s>" not in chip(
        as_alice.get(f"/w/acme/notetakers/{other.pk}/").content.decode(), "grain"
    )


def test_it_shows_which_name_comes_from_where(as_alice, url, team):
    text = as_alice.post(url, {"add": "Zedder"}).content.decode()
    added, shared, own = text.split('class="group"')[1:4]
    assert chip(added, "Zedder")
    assert "Added by Sales" in added
    assert chip(shared, "fireflies")
    assert "From the shared list" in shared
    assert "<button" not in chip(own, OWN)
    assert f'href="/w/acme/policy/{team.pk}/"' in chip(own, OWN)


def test_it_points_out_a_short_name_of_our_own_bots(as_alice, url, team, workspace):
    workspace.policy_versions.save_team(team, {"bot_name": "Ava"}, by=None, now=NOW)
    text = as_alice.get(url).content.decode()
    assert "“Ava” is what Sales calls the bots." in text
    assert f'<a href="/w/acme/policy/{team.pk}/">Give the bots a longer name</a>' in text
    assert not chip(text, "Ava")


def test_it_marks_names_that_catch_people_and_says_why(as_alice, url):
    text = as_alice.get(url).content.decode()
    assert "To think over:" in chip(text, "grain")
    assert "To think over:" not in chip(text, "fathom")
    assert "“grain” is also a part of names such as Grainger." in text


def test_it_asks_for_a_name_and_keeps_what_was_typed(as_alice, url):
    assert as_alice.post(url, {"add": " , "}).status_code == 422
    response = as_alice.post(url, {"add": "x" * 101})
    assert "at most 100 characters" in response.content.decode()
    assert "x" * 101 in response.content.decode()


def test_it_gives_htmx_the_names_and_what_stands_beside_them(as_alice, url):
    response = as_alice.post(url, {"add": "zedder"}, headers={"HX-Request": "true"})
    text = response.content.decode().strip()
    assert text.startswith('<section class="names" id="names"')
    assert 'id="past" hx-swap-oob="outerMorph"' in text
    assert 'id="tried" role="status" hx-swap-oob="outerMorph"' in text


def test_it_lets_a_team_lead_edit(member, workspace, client, url, names):
    client.force_login(member("lena", Role.LEAD, workspace))
    client.post(url, {"add": "zedder"})
    assert "zedder" in names()


def test_a_lead_edits_the_names_of_no_other_team(member, workspace, client):
    other = workspace.teams.create(name="Support")
    client.force_login(member("lena", Role.LEAD, workspace))
    address = f"/w/acme/notetakers/{other.pk}/"
    assert client.post(address, {"add": "zedder"}).status_code == 403
    assert "zedder" not in other.notetaker_names


def test_it_lets_others_read_only(as_bob, as_vera, url, names):
    before = names()
    for browser in (as_bob, as_vera):
        text = browser.get(url).content.decode()
        assert chip(text, "fathom")
        assert 'method="post" action="/w/acme/notetakers/' not in text
        for word in ("add", "one", "remove", "exclude", "include", "again"):
            assert browser.post(url, {word: "fathom"}).status_code == 403
    assert names() == before


def test_it_does_not_exist_for_a_stranger(as_charlie, url):
    assert as_charlie.get(url).status_code == 404
    assert as_charlie.post(url, {"add": "zedder"}).status_code == 404


def test_it_opens_the_first_team(as_bob, url):
    assert as_bob.get("/w/acme/notetakers/").headers["Location"] == url


def test_what_was_pasted_is_taken_back_at_once(as_alice, url, names):
    before = names()
    as_alice.post(url, {"exclude": "fathom"})
    text = as_alice.post(url, {"add": "zedder, fathom, notetaker"}).content.decode()
    undo = dict(re.findall(r'<input type="hidden" name="(new|back)" value="([^"]*)">', text))
    assert undo == {"new": "zedder", "back": "fathom"}
    assert "zedder" in names()
    text = as_alice.post(url, {"take_back": "yes", **undo}).content.decode()
    assert "Taken back: zedder, fathom." in text
    assert set(names()) == set(before) - {"fathom"}
    # Pressed again, or by a hand of its own, it takes nothing else.
    as_alice.post(url, {"take_back": "yes", "new": ["notetaker"], "back": ["no such name"]})
    assert set(names()) == set(before) - {"fathom"}
