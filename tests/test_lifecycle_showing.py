"""What bots show and play: where, by which choice, which addresses, and what is shown by now."""

import pytest

from bots.lifecycle import Action
from bots.lifecycle.showing import (
    SHOWS,
    Deed,
    Shows,
    What,
    address_problem,
    address_words,
    all_off,
    in_words,
    lacks,
    shown,
    told,
    why_not,
)

ALL = set(What)
CAN = {
    "zoom": ALL,
    "google_meet": ALL,
    "microsoft_teams": ALL,
    "microsoft_teams_live": ALL,
    "webex": {What.PAGE, What.PICTURE},
    "goto_meeting": set(),
    "slack_huddle_observer": set(),
    "of_tomorrow": set(),
}


@pytest.mark.parametrize("platform", CAN)
def test_each_platform_shows_what_it_can(platform):
    reasons = {what: lacks(what, platform) for what in What}
    assert {what for what, reason in reasons.items() if not reason} == CAN[platform]
    assert all(reason.endswith(".") for reason in reasons.values() if reason)


def test_zooms_native_bots_show_pictures_alone():
    assert {what for what in What if not lacks(what, "zoom", native=True)} == {What.PICTURE}
    assert not any(lacks(what, "google_meet", native=True) for what in What)


@pytest.mark.parametrize(
    ("shows", "can"),
    [
        (Shows.PICTURES, {What.PICTURE}),
        (Shows.SOUNDS, {What.PICTURE, What.SOUND}),
        (Shows.PAGES, {What.PAGE}),
    ],
)
def test_a_bot_shows_what_it_was_sent_for(shows, can):
    reasons = {what: why_not(what, platform="zoom", shows=shows) for what in What}
    assert {what for what, reason in reasons.items() if not reason} == can
    assert all("off: this bot was sent" in reason for reason in reasons.values() if reason)


def test_what_the_platform_lacks_is_said_first():
    assert why_not(What.SOUND, platform="webex", shows=Shows.PAGES) == (
        "Bots can't play sounds in Webex."
    )
    assert "is not known" in why_not(What.PAGE, platform="", shows=Shows.PAGES)


def test_each_reason_is_said_once():
    pages = {what: why_not(what, platform="zoom", shows=Shows.PAGES) for what in What}
    assert all_off(pages, "zoom") == [
        "Pictures and sounds are off: this bot was sent to show web pages, and Recall lets a bot "
        "have one or the other."
    ]
    goto = {what: why_not(what, platform="goto_meeting", shows=Shows.PAGES) for what in What}
    assert all_off(goto, "goto_meeting") == ["Bots can't show or play anything in GoTo Meeting."]
    assert all_off(dict.fromkeys(What, ""), "zoom") == []


@pytest.mark.parametrize(
    ("answer", "choice"),
    [
        ({}, None),
        ({"output_media": None, "automatic_video_output": None}, None),
        ({"automatic_video_output": {"in_call_recording": {"kind": "jpeg"}}}, Shows.PICTURES),
        ({"automatic_audio_output": {"in_call_recording": {"data": {}}}}, Shows.SOUNDS),
        ({"output_media": {"camera": {"kind": "webpage"}}}, Shows.PAGES),
    ],
)
def test_the_choice_is_told_from_what_recall_holds(answer, choice):
    assert told(answer) is choice


def test_every_choice_has_its_word():
    assert set(SHOWS) == set(Shows)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://example.com", ""),
        ("https://example.com:8443/a/b?c=d#e", ""),
        ("https://bücher.example/", ""),
        ("", "Paste the address"),
        ("example.com", "begins with https://"),
        ("http://example.com", "begins with https://"),
        ("javascript:alert(1)", "begins with https://"),
        ("https://", "not an address"),
        ("https://exa mple.com", "not an address"),
        ("https://example.com\\@evil.example", "not an address"),
        ("https://[::1", "not an address"),
        ("https://example.com:port/", "not an address"),
        ("https://ann:secret@example.com/", "Leave name and password out"),
        ("https://@example.com/", "Leave name and password out"),
        ("https://localhost/", "refuses localhost"),
        ("https://app.localhost/", "refuses localhost"),
        ("https://127.0.0.1/", "bare IP addresses"),
        ("https://[::1]/", "bare IP addresses"),
        ("https://example.com/" + "x" * 1980, ""),
        ("https://example.com/" + "x" * 1981, "at most 2000 characters; this has 2001"),
    ],
)
def test_it_takes_addresses_of_web_pages_alone(url, said):
    found = address_problem(url)
    assert said in found
    assert bool(found) == bool(said)


def test_an_address_is_read_without_what_may_be_a_key():
    url = "https://example.com/board/?token=secret#part"
    assert address_words(url) == "example.com/board"
    assert in_words(Action.SHOW, {"place": "screen", "what": "page", "url": url}) == (
        "Show example.com as screen"
    )
    assert address_words("https://[::1") == ""


@pytest.mark.parametrize(
    ("action", "body", "words"),
    [
        (
            Action.SHOW,
            {"place": "camera", "what": "picture", "picture": "0", "name": "slide.jpg"},
            "Show slide.jpg as camera",
        ),
        (Action.SHOW, {"place": "screen", "what": "picture"}, "Show a picture as screen"),
        (Action.SHOW, {"what": "page", "url": "https://[::1"}, "Show a web page as screen"),
        (Action.HIDE, {"place": "camera", "what": "page"}, "Stop showing as camera"),
        (Action.PLAY, {"sound": "0", "name": "chime.mp3"}, "Play chime.mp3"),
        (Action.PLAY, {"sound": "0"}, "Play a sound"),
        (Action.LEAVE, {}, ""),
    ],
)
def test_an_order_is_told_in_words(action, body, words):
    assert in_words(action, body) == words


def show(place, name, **how):
    body = {"place": place, "what": "picture", "name": name}
    return Deed(Action.SHOW, body, **{"done": True, **how})


def hide(place, **how):
    return Deed(Action.HIDE, {"place": place, "what": "picture"}, **{"done": True, **how})


LOST = {"done": False, "perhaps": True}


@pytest.mark.parametrize(
    ("deeds", "left"),
    [
        ([], []),
        ([show("screen", "a")], [("screen", "a", True)]),
        (
            [show("camera", "b"), show("screen", "a")],
            [("screen", "a", True), ("camera", "b", True)],
        ),
        ([show("screen", "a"), show("screen", "b")], [("screen", "b", True)]),
        ([show("screen", "a"), hide("screen")], []),
        ([show("screen", "a"), hide("camera")], [("screen", "a", True)]),
        ([hide("screen"), show("screen", "a")], [("screen", "a", True)]),
        # What Recall refused, or has not answered, is not shown; what nobody knows may be.
        ([show("screen", "a", done=False)], []),
        ([show("screen", "a"), show("screen", "b", done=False)], [("screen", "a", True)]),
        ([show("screen", "a", **LOST)], [("screen", "a", False)]),
        ([show("screen", "a"), hide("screen", **LOST)], [("screen", "a", True)]),
        ([show("screen", "a", **LOST), hide("screen")], []),
        ([show("roof", "a")], []),
    ],
)  # fmt: skip
def test_the_newest_in_each_place_is_shown(deeds, left):
    assert [(each.place, each.name, each.sure) for each in shown(deeds)] == left
