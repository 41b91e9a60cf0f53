"""What bots can show, by policy: its place in the request, its reasons, its words, its warnings."""

from dataclasses import replace
from typing import Any

import pytest

from bots.policy import (
    SILENCE,
    Ask,
    Meeting,
    Rules,
    Version,
    decide,
    differences,
    give_way,
    in_words,
    rule_problems,
    warnings,
)

LINK = "https://meet.google.com/abc-defg-hij"
PICTURE = "picture:0"
OUTPUTS = ("automatic_video_output", "automatic_audio_output", "output_media")


def version(**own: Any) -> Version:
    return Version(number=7, team="Sales", own=own, base=Rules().as_json(), base_number=2)


def made(own: dict[str, Any], platform: str = "google_meet", **ask: Any) -> Any:
    meeting = Meeting(platform=platform, picture=PICTURE if own.get("bot_picture") else "")
    return decide(version(**own), Ask(meeting_url=LINK, **ask), meeting)


def outputs(body: dict[str, Any]) -> dict[str, Any]:
    return {name: body[name] for name in OUTPUTS if name in body}


SILENT = {"in_call_recording": {"data": {"kind": "mp3", "b64_data": SILENCE}}}


def test_pictures_are_the_default_and_change_no_request():
    assert Rules().shows == "pictures"
    assert outputs(made({}).create) == {"automatic_video_output": None}
    assert made({"shows": "pictures"}).create == made({}).create


def test_a_bot_that_plays_sounds_is_made_with_a_silent_one():
    found = made({"shows": "sounds", "bot_picture": "0" * 64})
    assert found.create["automatic_audio_output"] == SILENT
    assert found.create["automatic_video_output"]["in_call_recording"]["b64_data"] == PICTURE
    path = "automatic_audio_output.in_call_recording.data.b64_data"
    assert found.reasons[path] == "Sales, version 7."
    assert found.is_allowed


def test_a_bot_that_shows_pages_has_no_picture_and_says_why():
    found = made({"shows": "pages", "bot_picture": "0" * 64})
    assert outputs(found.create) == {"automatic_video_output": None}
    assert found.reasons["automatic_video_output"] == (
        "Left out: this bot can show web pages, and Recall lets it have one or the other."
    )
    assert found.is_allowed
    assert made({"shows": "pages"}).reasons["automatic_video_output"] == "recalldash's default."


@pytest.mark.parametrize("platform", ["webex", "goto_meeting"])
def test_where_bots_make_no_sound_the_policy_gives_way_and_says_why(platform):
    found = made({"shows": "sounds"}, platform)
    assert found.create["automatic_audio_output"] is None
    assert found.reasons["automatic_audio_output"].startswith("Bots can't play sounds in ")
    assert found.is_allowed


def test_a_meeting_of_an_unknown_platform_is_given_the_benefit_of_the_doubt():
    assert made({"shows": "sounds"}, "").create["automatic_audio_output"] == SILENT


def test_another_bot_like_a_native_one_on_zoom_is_made_without_a_sound():
    like = {"variant": {"zoom": "native"}}
    found = made({"shows": "sounds"}, "zoom", like=like)
    assert found.create["automatic_audio_output"] is None
    assert found.reasons["automatic_audio_output"] == "Recall's native Zoom bots can't play sounds."


def test_whoever_sends_may_choose_where_the_policy_leaves_it_open():
    found = made({}, shows="sounds")
    assert found.create["automatic_audio_output"] == SILENT
    path = "automatic_audio_output.in_call_recording.data.kind"
    assert found.reasons[path] == "Chosen by whoever sent the bot."
    picture = made({"bot_picture": "0" * 64}, shows="pages")
    assert picture.create["automatic_video_output"] is None
    assert picture.reasons["automatic_video_output"].startswith("Left out: ")


def test_what_is_fixed_is_refused_by_its_rule():
    found = made({"may_show": False}, shows="pages")
    assert found.fixed == {
        "shows": "What the bot can show is fixed by team Sales, version 7: Pictures."
    }


@pytest.mark.parametrize(
    ("shows", "platform", "said"),
    [
        ("sounds", "webex", "Bots can't play sounds in Webex."),
        ("pages", "goto_meeting", "Bots can't show web pages in GoTo Meeting."),
        ("films", "zoom", "Recall knows no bots that show “films”."),
    ],
)
def test_a_choice_that_is_of_no_use_is_told(shows, platform, said):
    assert made({}, platform, shows=shows).problems == {"shows": said}
    ask = Ask(meeting_url=LINK, shows=shows)
    assert give_way(version(), ask, Meeting(platform=platform)).shows is None


def test_the_policy_s_own_value_is_no_choice():
    assert made({"shows": "pages", "may_show": False}, shows="pages").is_allowed


def test_what_cannot_be_is_not_saved():
    assert rule_problems(Rules(shows="films")) == {
        "shows": "Recall knows no bots that show “films”."
    }


PICTURED = Rules(bot_picture="0" * 64)


@pytest.mark.parametrize(
    ("rules", "field", "said"),
    [
        (PICTURED, "bot_picture", "cannot show a web page"),
        (replace(PICTURED, shows="pages"), "bot_picture", "it is left out"),
        (replace(PICTURED, shows="pages"), "shows", "it is left out"),
        (Rules(shows="sounds"), "shows", "Bots can't play sounds in GoTo Meeting and Webex."),
        (Rules(shows="pages"), "shows", "Bots can't show web pages in GoTo Meeting."),
    ],
)
def test_what_may_surprise_is_said(rules, field, said):
    assert said in " ".join(warnings(rules)[field])


def test_what_surprises_nobody_is_not_said():
    assert "shows" not in warnings(Rules())
    assert "shows" not in warnings(Rules(shows="sounds", platforms=("zoom", "google_meet")))
    assert "shows" not in warnings(PICTURED)


def test_it_is_told_in_words_and_in_what_two_versions_differ():
    assert "They can show web pages." in in_words(Rules(shows="pages"))["record"]
    assert "They can show pictures and play sounds." in in_words(Rules(shows="sounds"))["record"]
    named = "In the meeting they are called “Meeting Notetaker”"
    assert f"{named}, with a picture." in in_words(PICTURED)["record"]
    assert f"{named}." in in_words(replace(PICTURED, shows="pages"))["record"]
    [found] = differences(Rules(), Rules(shows="pages"))
    assert (found.label, found.was, found.now) == ("Bots can show", "Pictures", "Web pages")
