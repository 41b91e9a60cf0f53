"""Notetaker names as pure values: what is on a list, what matches, what covers what."""

import pytest

from bots.policy import names
from bots.policy.common_names import warning
from bots.policy.known_notetakers import GUIDE, NOTETAKER_NAMES
from bots.policy.names import Entry, Source


def test_a_team_has_the_shared_list_less_its_exclusions_and_its_own_and_our_bots():
    assert names.effective(
        ["grain", "Fathom", "fathom", " "], ["Zed", "ZED"], ["GRAIN"], ["Acme Notetaker"]
    ) == ("Fathom", "Zed", "Acme Notetaker")


@pytest.mark.parametrize(
    ("own", "listed"),
    [("Ava", ()), ("Scribe7", ()), ("Scribe78", ("Scribe78",)), ("Ava    ", ()), ("", ())],
)
def test_our_own_bots_are_in_from_eight_characters_on(own, listed):
    assert names.effective([], own=[own]) == listed


def test_it_tells_who_says_so_and_what_is_left_out_where_it_would_stand():
    assert names.entries(["grain", "fathom"], ["zed"], ["Grain"], ["Acme Notetaker"]) == (
        Entry("grain", Source.SHARED, is_off=True),
        Entry("fathom", Source.SHARED),
        Entry("zed", Source.TEAM),
        Entry("Acme Notetaker", Source.OWN),
    )


def test_what_a_team_leaves_out_and_adds_itself_is_its_own():
    assert names.entries(["grain"], ["Grain"], ["grain"]) == (Entry("Grain", Source.TEAM),)


@pytest.mark.parametrize(
    ("pasted", "parted"),
    [
        ("Otter.ai, Fireflies\n  Meet   Geek ;\n", ["Otter.ai", "Fireflies", "Meet Geek"]),
        ("tl;dv;Zed", ["tl;dv", "Zed"]),
        ("TL;DV", ["TL;DV"]),
        ("one\r\ntwo", ["one", "two"]),
        (" , ;\n", []),
    ],
)
def test_it_parts_a_pasted_list(pasted, parted):
    assert names.split(pasted) == parted


@pytest.mark.parametrize(
    ("entry", "participant", "matched"),
    [
        ("bot", "Ben Abbott", True),
        ("FATHOM", "ada's fathom notetaker", True),
        ("straße", "GROSSE STRASSE", True),
        ("İ", "i̇stanbul", True),
        ("otter.ai", "Otter AI", False),
        ("", "Ada", False),
    ],
)
def test_it_matches_a_part_of_a_name_whatever_its_case(entry, participant, matched):
    assert names.matching([entry, "zed"], participant) == ([entry] if matched else [])


@pytest.mark.parametrize(
    ("entry", "participant", "inside"),
    [
        ("bot", "Ben Abbott", True),
        ("bot", "Botha", True),
        ("bot", "Talbot", True),
        ("bot", "Notta Bot", False),
        ("bot", "Abbott's bot", False),
        ("otter", "OtterPilot", False),
        ("otter", "Harry Potter", True),
        ("read.ai", "read.ai meeting notes", False),
        ("geek", "MeetGeek", False),
        ("zed", "Ada", False),
    ],
)
def test_it_tells_a_hit_inside_a_longer_word(entry, participant, inside):
    assert names.is_inside_word(entry, participant) is inside


@pytest.mark.parametrize(
    ("entry", "participant", "cut"),
    [
        ("BOT", "Ben Abbott", ("Ben Ab", "bot", "t")),
        ("bot", "Abbott's Bot", ("Abbott's ", "Bot", "")),
        ("strasse", "Große Straße 1", ("Große ", "Straße", " 1")),
        ("zed", "Ada", ("", "", "Ada")),
    ],
)
def test_it_cuts_a_name_where_the_entry_is(entry, participant, cut):
    assert names.spot(entry, participant) == cut


def test_a_shorter_entry_covers_a_longer_one():
    others = ["note", "Notetaker", "fathom"]
    assert names.covering("otter.ai notetaker", others) == "note"
    assert names.covering("NOTETAKER", ["notetaker"]) == ""
    assert names.covering("zed", others) == ""
    assert names.covered("otter", ["Otter.ai", "OtterPilot", "otter", "fathom"]) == [
        "Otter.ai",
        "OtterPilot",
    ]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("ai", "is short"),
        ("bot", "is short"),
        ("mac", "is short"),
        ("tl;dv", ""),
        ("note", "is a common word"),
        ("Meeting  Room", "is a common word"),
        ("Jamie", "everybody called Jamie"),
        ("ada", "is short"),
        ("otter", "such as Potter"),
        ("grain", "such as Grainger"),
        ("fireflies", ""),
        ("Meeting Notetaker", ""),
        (" ", ""),
    ],
)
def test_it_warns_of_names_that_catch_people(name, said):
    assert said in warning(name)
    assert bool(said) is bool(warning(name))


def test_the_first_list_catches_few_people_and_repeats_nothing():
    assert NOTETAKER_NAMES[:9] == GUIDE
    assert [name for name in NOTETAKER_NAMES if warning(name)] == ["grain", "fellow"]
    assert [name for name in NOTETAKER_NAMES if names.covering(name, NOTETAKER_NAMES)] == []
    assert len({name.casefold() for name in NOTETAKER_NAMES}) == len(NOTETAKER_NAMES)


@pytest.mark.parametrize(
    "seen",
    [
        "Fireflies.ai Notetaker Ada",
        "Ada's Notetaker (Otter.ai)",
        "Ada's OtterPilot",
        "read.ai meeting notes",
        "Read AI",
        "tl;dv recorder",
        "Notta Bot",
        "Ada's MeetGeek VA",
        "chris's Circleback (Unverified)",
        "Gong Recorder",
        "Modjo Assistant",
        "AI Note Taker",
        "Sembly AI",
        "Spinach.io",
    ],
)
def test_the_first_list_finds_the_notetakers_of_the_market(seen):
    assert names.matching(NOTETAKER_NAMES, seen)


@pytest.mark.parametrize(
    "person",
    ["Harry Potter", "Li Gong", "Ben Abbott", "Jamie Doe", "Assembly Hall", "Chorus of Angels"],
)
def test_the_first_list_takes_no_person_for_a_bot(person):
    assert names.matching(NOTETAKER_NAMES, person) == []
