"""The list of notetaker names that all teams share, which admins and owners keep."""

import pytest

from bots.models import Role

pytestmark = pytest.mark.django_db
URL = "/w/acme/notetakers/shared/"


@pytest.fixture
def names(workspace):
    def read():
        workspace.refresh_from_db()
        return workspace.notetaker_names

    return read


def test_an_owner_adds_for_all_teams(as_alice, workspace, names):
    other = workspace.teams.create(name="Research")
    before = names()
    as_alice.post(URL, {"add": "Zedder, fathom"})
    assert names() == [*before, "Zedder"]
    assert "Zedder" in other.notetaker_names


def test_a_name_that_is_removed_goes_back_to_its_place(as_alice, names):
    before = names()
    said = as_alice.post(URL, {"remove": "copilot"}).context["said"]
    assert "copilot" not in names()
    as_alice.post(URL, {"again": said.removed, "place": said.place})
    assert names() == before


def test_nothing_is_left_out_of_it(as_alice, team, names):
    before = names()
    as_alice.post(URL, {"exclude": "grain"})
    assert names() == before
    team.refresh_from_db()
    assert team.excluded_names == []


def test_it_says_when_nothing_is_left(as_alice, workspace):
    workspace.notetaker_names = []
    workspace.save()
    assert "only by their silence" in as_alice.get(URL).content.decode()


@pytest.mark.parametrize(
    ("role", "answer"),
    [(Role.ADMIN, 200), (Role.LEAD, 403), (Role.OPERATOR, 403), (Role.VIEWER, 403)],
)
def test_admins_edit_it_and_others_read(member, workspace, client, names, role, answer):
    client.force_login(member("rob", role, workspace))
    before = names()
    text = client.get(URL).content.decode()
    assert 'data-name="fathom"' in text
    assert ('name="add"' in text) is (answer == 200)
    assert ("Admins and owners change the shared list." in text) is (answer != 200)
    assert client.post(URL, {"add": "zedder"}).status_code == answer
    assert (names() == before) is (answer != 200)


def test_its_tab_stands_beside_the_teams(as_bob, team):
    text = as_bob.get(URL).content.decode()
    assert f'<a href="{URL}" aria-current="page">Shared list</a>' in text
    assert f'<a href="/w/acme/notetakers/{team.pk}/">Sales</a>' in text
    assert 'aria-current="page" data-door="notetakers"' in text
