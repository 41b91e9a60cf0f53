"""The notetaker names of a team: adding, removing, undoing, and who may."""

import pytest

from bots.models import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def url(team):
    return f"/w/acme/notetakers/{team.pk}/"


@pytest.fixture
def names(team):
    def read():
        team.refresh_from_db()
        return team.notetaker_names

    return read


def test_it_adds_many_names_at_once(as_alice, url, names):
    before = names()
    as_alice.post(url, {"add": "Otter.ai, Fireflies\n  Meet   Geek ;\n"})
    assert names() == [*before, "Otter.ai", "Fireflies", "Meet Geek"]


def test_it_points_out_what_is_there_already_whatever_its_case(as_alice, url, names):
    before = names()
    response = as_alice.post(url, {"add": "FATHOM, otter, Otter"})
    assert names() == [*before, "otter"]
    assert "FATHOM, Otter were there already" in response.content.decode()


@pytest.mark.parametrize(
    ("name", "said"),
    [("kai", "is short"), ("Bob", "also fits bob"), ("Haddad", "also fits Noor Haddad")],
)
def test_it_points_out_names_that_people_have(as_alice, bob, a_bot, url, names, name, said):
    a_bot().participants.create(number=1, name="Noor Haddad", is_host=True)
    assert said in as_alice.post(url, {"add": name}).content.decode()
    assert name in names()


def test_it_says_nothing_more_of_a_good_name(as_alice, a_bot, url):
    a_bot().participants.create(number=1, name="Fireflies.ai Notetaker")
    text = as_alice.post(url, {"add": "Fireflies"}).content.decode()
    assert "is short" not in text
    assert "also fits" not in text


def test_it_removes_a_name_and_puts_it_back_where_it_was(as_alice, url, names):
    before = names()
    response = as_alice.post(url, {"remove": "copilot"})
    assert "copilot" not in names()
    said = response.context
    as_alice.post(url, {"again": said["removed"], "place": said["place"]})
    assert names() == before


def test_it_asks_for_a_name_and_keeps_what_was_typed(as_alice, url):
    assert as_alice.post(url, {"add": " , "}).status_code == 422
    response = as_alice.post(url, {"add": "x" * 101})
    assert "at most 100 characters" in response.content.decode()
    assert "x" * 101 in response.content.decode()


def test_it_gives_htmx_only_the_names(as_alice, url):
    response = as_alice.post(url, {"add": "otter"}, headers={"HX-Request": "true"})
    assert response.content.decode().strip().startswith('<section class="section" id="names"')


def test_it_lets_a_team_lead_edit(member, workspace, client, url, names):
    client.force_login(member("lena", Role.LEAD, workspace))
    client.post(url, {"add": "otter"})
    assert "otter" in names()


def test_it_lets_others_read_only(as_bob, url, names):
    before = names()
    assert 'name="add"' not in as_bob.get(url).content.decode()
    assert as_bob.post(url, {"add": "otter"}).status_code == 403
    assert names() == before


def test_it_does_not_exist_for_a_stranger(as_charlie, url):
    assert as_charlie.get(url).status_code == 404
    assert as_charlie.post(url, {"add": "otter"}).status_code == 404


def test_it_opens_the_first_team(as_bob, url):
    assert as_bob.get("/w/acme/notetakers/").headers["Location"] == url
