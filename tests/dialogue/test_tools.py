"""What an assistant may do is what was ticked, whatever a responder asks for."""

import pytest

from bots.dialogue import tools
from bots.dialogue.terms import Call
from bots.lifecycle import Action

ALL = list(tools.LABELS)
PAGES = ["https://example.com/agenda"]


def deed(name, arguments=None, *, may=ALL, platform="zoom", pages=PAGES):
    return tools.deed(Call("1", name, arguments or {}), may=may, platform=platform, pages=pages)


@pytest.mark.parametrize(
    ("name", "action"),
    [
        ("pause_recording", Action.PAUSE),
        ("resume_recording", Action.RESUME),
        ("leave_meeting", Action.LEAVE),
    ],
)
def test_a_tool_is_an_order(name, action):
    assert deed(name) == tools.Deed(action)


def test_what_was_not_ticked_is_not_offered_and_not_done():
    assert tools.offered([], platform="zoom", pages=PAGES) == []
    for name in ALL:
        with pytest.raises(tools.NotAllowed):
            deed(name, {"message": "x", "page": PAGES[0]}, may=[])


@pytest.mark.parametrize("name", ["delete_recordings", "start", "", "PAUSE_RECORDING", "send"])
def test_no_other_tool_exists(name):
    with pytest.raises(tools.NotAllowed):
        deed(name)


def test_unreadable_arguments_do_nothing():
    with pytest.raises(tools.NotAllowed, match="not readable"):
        tools.deed(Call("1", "leave_meeting", None), may=ALL, platform="zoom", pages=[])


def test_only_a_listed_page_is_shared():
    found = deed(tools.SHARE, {"page": PAGES[0]})
    assert found.body == {"place": "screen", "what": "page", "url": PAGES[0]}
    for page in ("https://evil.example", "", None, ["https://example.com/agenda"]):
        with pytest.raises(tools.NotAllowed):
            deed(tools.SHARE, {"page": page})
    assert tools.SHARE not in [t.name for t in tools.offered(ALL, platform="zoom", pages=[])]


def test_a_message_goes_where_the_platform_lets_it():
    assert deed(tools.SAY, {"message": " Hi ", "to": "host"}).body == {
        "message": "Hi",
        "to": "host",
        "pin": False,
    }
    meet = deed(tools.SAY, {"message": "Hi", "pin": True}, platform="google_meet")
    assert meet.body == {"message": "Hi", "to": "everyone", "pin": True}


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"message": 5},
        {"message": ""},
        {"message": "x" * 5000},
        {"message": "x", "to": "16778240"},
        {"message": "x", "to": {"a": 1}},
        {"message": "x", "pin": True},
    ],
)
def test_a_message_that_cannot_be_sent_is_refused(arguments):
    with pytest.raises(tools.NotAllowed):
        deed(tools.SAY, arguments)
