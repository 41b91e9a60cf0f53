"""What past meetings tell of a list: whom it takes for notetakers by mistake, whom it lacks."""

import pytest

from bots import sightings
from tests.meetings import met, silent, spoke
from tests.world import at, make_workspace

pytestmark = pytest.mark.django_db


def by_name(workspace):
    return {who.name: who for who in sightings.past(workspace).sightings}


def test_it_counts_meetings_by_name_whatever_its_case(workspace):
    met(workspace, {"Ada": spoke(), "ada": silent(), "Ben": silent()})
    met(workspace, {"ADA": [("join", 0), ("screenshare_on", 3)]}, hosts=["ADA"])
    seen = by_name(workspace)
    assert set(seen) == {"ADA", "Ben"}
    ada = seen["ADA"]
    assert (ada.meetings, ada.spoke, ada.shared, ada.hosted) == (2, 1, 1, 1)
    assert (seen["Ben"].meetings, seen["Ben"].is_active) == (1, False)


def test_it_knows_nothing_of_other_workspaces(workspace):
    met(make_workspace("globex"), {"Ada": spoke()})
    assert sightings.past(workspace) == sightings.Past((), 0)


def test_it_passes_over_nameless_participants(workspace):
    met(workspace, {" ": silent()})
    assert by_name(workspace) == {}


def test_it_links_the_newest_meetings_first(workspace):
    old = met(workspace, {"Ada": spoke()}, at=at(-9000))
    new = met(workspace, {"Ada": spoke()})
    assert by_name(workspace)["Ada"].bots == [new.pk, old.pk]


def test_it_reads_only_the_newest_meetings(workspace, monkeypatch):
    monkeypatch.setattr(sightings, "MOST_MEETINGS", 2)
    for number in range(3):
        met(workspace, {f"Person {number}": spoke()}, at=at(number * 9000))
    past = sightings.past(workspace)
    assert {who.name for who in past.sightings} == {"Person 1", "Person 2"}
    assert (past.meetings, past.is_cut) == (2, True)
    monkeypatch.setattr(sightings, "MOST_MEETINGS", 3)
    past = sightings.past(workspace)
    assert (past.meetings, past.is_cut) == (3, False)


@pytest.mark.parametrize(
    ("people", "kept_s"),
    [
        # Ada left after ten minutes, our bot after an hour.
        ({"Ada": spoke(0, 600), "Zed": silent(10)}, 3000),
        # Zed went before our bot did.
        ({"Ada": spoke(0, 600), "Zed": silent(10, 900)}, 300),
        # Zed went before Ada.
        ({"Ada": spoke(0, 600), "Zed": silent(10, 500)}, 0),
        # Zed came when Ada was gone.
        ({"Ada": spoke(0, 600), "Zed": silent(700)}, 2900),
        # Ada stayed to the end.
        ({"Ada": spoke(0), "Zed": silent(10)}, 0),
        # The last of those who were active counts.
        ({"Ada": spoke(0, 600), "Ben": spoke(0, 1600), "Zed": silent(10)}, 2000),
        # Somebody silent keeps nobody.
        ({"Ada": spoke(0, 600), "Mute": silent(0, 1600), "Zed": silent(10)}, 3000),
        # Ada came back and stayed.
        ({"Ada": [*spoke(0, 600), ("join", 700)], "Zed": silent(10)}, 0),
        # Nobody ever spoke.
        ({"Zed": silent(60, 660)}, 600),
    ],
)
def test_it_measures_how_long_our_bot_stayed_with_the_silent(workspace, people, kept_s):
    met(workspace, people)
    zed = by_name(workspace)["Zed"]
    assert (zed.kept, zed.kept_s) == (int(kept_s > 0), kept_s)


def test_it_counts_until_our_bot_was_out_not_until_recall_was_done_with_it(workspace):
    """Making the files may take Recall many minutes."""
    bot = met(workspace, {"Ada": spoke(0, 600), "Zed": silent(10)})
    for code, second in (("call_ended", 900), ("done", 3600)):
        bot.status_changes.create(code=code, at=at(second), source="sync", learnt_at=at(second))
    assert by_name(workspace)["Zed"].kept_s == 300


def test_it_puts_likely_people_first_and_says_why(workspace, member):
    member("abbot", "viewer", workspace)
    met(
        workspace,
        {
            "Notta Bot": silent(),
            "Ben Abbott": silent(),
            "Zoe Talbot": spoke(),
            "Eve Botha": silent(),
            "Botsharer": [("join", 0), ("screenshare_on", 3)],
        },
        hosts=["Eve Botha"],
    )
    met(workspace, {"Zoe Talbot": spoke()})
    hits = sightings.past(workspace).hits(["bot", "zed"])
    assert [(hit.who.name, hit.why) for hit in hits] == [
        ("abbot", ("is a member of this workspace", "“bot” is inside a longer word")),
        ("Zoe Talbot", ("spoke in 2 meetings", "“bot” is inside a longer word")),
        ("Eve Botha", ("was host of 1 meeting", "“bot” is inside a longer word")),
        (
            "Botsharer",
            ("shared the screen in 1 meeting", "“bot” is inside a longer word"),
        ),
        ("Ben Abbott", ("“bot” is inside a longer word",)),
        ("Notta Bot", ()),
    ]


def test_it_knows_members_by_their_address(workspace, member):
    member("alba", "viewer", workspace)
    met(workspace, {"Botho": silent()}, emails={"Botho": "ALBA@example.com"})
    assert sightings.past(workspace).hits(["both"])[0].who.is_member


def test_it_names_the_entry_that_stands_as_a_word(workspace):
    met(workspace, {"Talbot Notetaker": silent()})
    hit = sightings.past(workspace).hits(["bot", "notetaker"])[0]
    assert (hit.entry, hit.why) == ("notetaker", ())


def test_it_suggests_the_silent_by_how_often_and_how_long_we_stayed_with_them(workspace, member):
    member("mute", "viewer", workspace)
    for number in range(2):
        met(
            workspace,
            {
                "Ada": spoke(0, 600),
                "Often": silent(0, 700),
                "Mute": silent(),
                "Host": silent(),
                "+44 20 7946 0000": silent(),
                "Acme": silent(),
                "Fireflies.ai": silent(),
            },
            hosts=["Host"],
            at=at(number * 9000),
        )
    met(
        workspace,
        {"Ada": spoke(0, 600), "Long": silent(), "Short": silent(0, 650), "Early": silent(0, 9)},
    )
    past = sightings.past(workspace)
    found = past.suggestions(["fireflies"], but=["ACME"])
    assert [(who.name, who.kept, who.kept_s) for who in found] == [
        ("Often", 2, 200),
        ("Long", 1, 3000),
        ("Short", 1, 50),
        ("Early", 0, 0),
    ]


def test_it_suggests_nobody_who_ever_spoke(workspace):
    met(workspace, {"Zed": silent()})
    met(workspace, {"zed": spoke()})
    assert sightings.past(workspace).suggestions([]) == []


def test_it_asks_three_times_however_many_meetings_there_were(workspace, django_assert_num_queries):
    for number in range(12):
        people = {f"Person {number} {k}": spoke() for k in range(8)}
        met(workspace, {**people, "Zed": silent()}, at=at(number * 9000))
    with django_assert_num_queries(3):
        past = sightings.past(workspace)
        assert len(past.hits([f"person {k}" for k in range(12)])) == 96
        assert len(past.suggestions([])) == 1
