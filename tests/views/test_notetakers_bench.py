"""The workbench of the notetaker names: trying a name, whom the list matched, whom it lacks."""

import pytest

from bots.names_shown import name_to_add
from tests.meetings import met, silent, spoke

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def url(team):
    return f"/w/acme/notetakers/{team.pk}/"


@pytest.fixture
def past(as_alice, url):
    """What past meetings tell, as HTML."""

    def read(browser=as_alice):
        return browser.get(url, {"past": "1"}, headers=HTMX).content.decode()

    return read


def test_it_shows_which_entry_finds_a_name(as_bob, team, url):
    team.added_names = ["bot"]
    team.save()
    text = as_bob.get(url, {"name": "Ben  Abbott"}, headers=HTMX).content.decode()
    assert text.strip().startswith('<div class="tried small" id="tried"')
    assert "Ben Ab<mark>bot</mark>t" in text
    assert '<strong>bot</strong> <span class="muted">added by Sales</span>' in text


def test_it_names_every_entry_and_where_it_comes_from(as_bob, url):
    response = as_bob.get(url, {"name": "Fireflies.ai meeting notetaker"}, headers=HTMX)
    found = [(entry.name, str(entry.source)) for entry, _ in response.context["tried"].found]
    assert found == [
        ("notetaker", "shared"),
        ("fireflies", "shared"),
        ("Meeting Notetaker", "own"),
    ]


def test_it_finds_no_name_by_what_is_left_out(as_bob, team, url):
    team.excluded_names = ["grain"]
    team.save()
    text = as_bob.get(url, {"name": "Grainger"}, headers=HTMX).content.decode()
    assert "Counts as a person: no entry matches." in text


def test_it_tries_a_name_without_javascript(as_bob, url):
    text = as_bob.get(url, {"name": "<b>Fathom</b>"}).content.decode()
    assert "&lt;b&gt;<mark>Fathom</mark>&lt;/b&gt;" in text
    assert 'value="&lt;b&gt;Fathom&lt;/b&gt;"' in text
    assert "<h1>Notetaker names</h1>" in text


def test_whoever_may_edit_adds_the_name_that_nothing_found(as_alice, as_bob, team, url):
    assert 'name="one" value="Zed"' in as_alice.get(url, {"name": "Zed"}).content.decode()
    assert 'name="one"' not in as_bob.get(url, {"name": "Zed"}).content.decode()
    text = as_alice.post(url, {"one": "Zed", "name": "Zed"}, headers=HTMX).content.decode()
    assert "<mark>Zed</mark>" in text


def test_it_looks_through_past_meetings_after_the_page_is_there(as_alice, workspace, url):
    met(workspace, {"Ada": spoke(), "Zed": silent()})
    text = as_alice.get(url).content.decode()
    assert f'id="past" hx-get="{url}?past=1" hx-trigger="load"' in text
    assert "Zed" not in text
    assert f'href="{url}?past=1#past"' in text
    assert "Zed" in as_alice.get(url, {"past": "1"}).content.decode()


def test_it_says_that_there_were_no_meetings_yet(past):
    assert "No meetings yet" in past()


def test_it_shows_likely_people_before_what_is_meant(workspace, team, past):
    team.added_names = ["bot"]
    team.save()
    bot = met(workspace, {"Ben Abbott": spoke(), "Notta Bot": silent()}, title="Sales call")
    text = past()
    assert "among 2 names in 1 meeting<" in text
    assert "1 is probably a person" in text
    assert text.index("Ab<mark>bot</mark>t") < text.index("<mark>Notta Bot</mark>")
    assert "Spoke in 1 meeting · “bot” is inside a longer word · seen in 1 meeting" in text
    assert f'<a href="/w/acme/bots/{bot.pk}/">Sales call</a>' in text
    assert "1 as meant: silent all the time" in text
    assert ">Seen in 1 meeting, last in" in text
    assert '<button class="button small" name="remove" value="bot">' in text


def test_a_shared_name_that_catches_a_person_can_be_left_out(workspace, past):
    met(workspace, {"Ann Grainger": spoke()})
    assert '<button class="button small" name="exclude" value="grain">' in past()


def test_it_shows_readers_no_buttons(workspace, past, as_vera):
    met(workspace, {"Ann Grainger": spoke(), "Zed": silent()})
    text = past(as_vera)
    assert "Zed" in text
    assert "<button" not in text


def test_it_suggests_the_silent_with_their_meetings_and_adds_them(
    as_alice, workspace, team, url, past
):
    bots = [
        met(workspace, {"Ada": spoke(0, 600), "Ada's Zedder": silent()}, title=f"Call {number}")
        for number in range(4)
    ]
    text = past()
    assert "Our bots stayed with them 4 times, 3:20:00 in all · silent in 4 meetings" in text
    linked = [bot for bot in bots if f'href="/w/acme/bots/{bot.pk}/"' in text]
    assert linked == bots[1:]
    assert 'name="one" value="Zedder"' in text
    response = as_alice.post(url, {"one": "Zedder"}, headers=HTMX)
    team.refresh_from_db()
    assert team.added_names == ["Zedder"]
    after = response.content.decode()
    assert "Probably notetakers" in after
    assert 'name="one" value="Zedder"' not in after


def test_it_suggests_no_bot_of_our_own(workspace, team, past):
    workspace.policy_versions.save_team(
        team, {"bot_name": "Ava"}, by=None, now=workspace.created_at
    )
    met(workspace, {"Ada": spoke(0, 600), "Ava": silent()})
    assert 'value="Ava"' not in past()


@pytest.mark.parametrize(
    ("seen", "added"),
    [
        ("Ada's Zedder", "Zedder"),
        ("Ada’s Zedder AI", "Zedder AI"),
        ("Zedder", "Zedder"),
        ("Ada's iPhone", "Ada's iPhone"),
        ("Ada's ", "Ada's"),
        ("x" * 120, "x" * 100),
        ("Ada's " + "x" * 120, "x" * 100),
    ],
)
def test_it_adds_what_finds_the_same_notetaker_of_others(seen, added):
    assert name_to_add(seen) == added


def test_the_page_asks_as_often_after_many_meetings(
    as_alice, workspace, url, django_assert_max_num_queries
):
    as_alice.get(url)  # the first policies are written
    for number in range(15):
        people = {f"Person {number} {k}": spoke(0, 60) for k in range(6)}
        met(workspace, {**people, f"Zedder {number}": silent(), f"Fathom {number}": silent()})
    with django_assert_max_num_queries(20):
        as_alice.get(url, {"past": "1"})
