"""What the page makes of a link while somebody types."""

import pytest

pytestmark = pytest.mark.django_db

LINK = "https://meet.google.com/abc-defg-hij"
URL = "/w/acme/recognise/"


def recognised(client, text, **fields):
    response = client.post(URL, {"meeting_url": text, **fields}, headers={"HX-Request": "true"})
    assert response.status_code == 200
    return response.content.decode()


def full(**fields):
    return {"start_on": "call_join", "retention": "168", "join": "now", **fields}


def test_it_names_the_platform_and_says_what_will_be_done(as_bob):
    said = recognised(as_bob, LINK)
    assert "Google Meet abc-defg-hij" in said
    assert "leaves when only notetakers remain" in said


def test_it_finds_the_link_in_a_pasted_invitation(as_bob):
    assert "Zoom" in recognised(as_bob, "Topic: Review\nJoin https://acme.zoom.us/j/84335626851 !")


def test_it_spells_out_which_meeting_it_found_and_its_topic(as_bob):
    text = "Topic: Weekly sync Time: Nov 20 Join Zoom Meeting https://acme.zoom.us/j/84326336851"
    said = recognised(as_bob, text)
    assert "Zoom meeting 843 2633 6851" in said
    assert "Titled “Weekly sync”." in said
    assert "links found" not in said


@pytest.mark.parametrize(
    ("link", "named"),
    [
        ("https://acme.zoom.us/my/jane", "Zoom meeting jane"),
        ("https://meet.goto.com/123456789", "GoTo Meeting 123 456 789"),
        ("https://teams.microsoft.com/l/meetup-join/19%3ameeting_MjdhNjM4YzUtYzExZi00OTFkLTkzZTA"
         "tNTVlNmZmMDhkNGU2@thread.v2/0", "Microsoft Teams meeting at teams.microsoft.com"),
        ("https://example.org/x", "Unknown platform, example.org"),
    ],
)  # fmt: skip
def test_it_names_what_it_found(as_bob, link, named):
    assert f"<strong>{named}</strong>" in recognised(as_bob, link)


def test_it_says_when_there_were_several_links(as_bob):
    said = recognised(as_bob, f"{LINK} or https://acme.zoom.us/j/843 2633 6851 or {LINK}?hs=1")
    assert "2 links found; this is the first." in said
    assert "Google Meet abc-defg-hij" in said


@pytest.mark.parametrize(
    ("text", "refused"),
    [("https://meet.google.com.evil.test/abc-defg-hij", True), ("hello", False)],
)
def test_it_warns_of_what_must_not_be_sent(as_bob, text, refused):
    assert ('class="refused' in recognised(as_bob, text)) is refused


def test_it_says_why_something_is_no_link(as_bob):
    assert "link" in recognised(as_bob, "hello there")


def test_it_asks_for_nothing_while_the_field_is_empty(as_bob):
    assert "A whole invitation works" in recognised(as_bob, "")


def test_it_warns_of_a_bot_in_that_meeting_and_links_it(as_bob, a_bot):
    bot = a_bot("joining_call", "in_call_recording", title="Weekly", link=LINK)
    said = recognised(as_bob, "meet.google.com/abc-defg-hij?authuser=1")
    assert f"/w/acme/bots/{bot.pk}/" in said
    assert "already in this meeting" in said


@pytest.mark.parametrize(
    ("code", "said"),
    [("joining_call", "is on its way to"), ("in_waiting_room", "is waiting to be let in")],
)
def test_it_says_where_the_other_bot_is(as_bob, a_bot, code, said):
    a_bot(code, link=LINK)
    assert said in recognised(as_bob, LINK)


def test_it_does_not_warn_of_a_bot_that_has_left(as_bob, a_bot):
    a_bot("joining_call", "call_ended", "done", link=LINK)
    assert "already in this meeting" not in recognised(as_bob, LINK)


def test_it_does_not_tell_of_the_bots_of_another_workspace(as_charlie, charlie, a_bot):
    a_bot("joining_call", "in_call_recording", title="Secret", link=LINK)
    response = as_charlie.post("/w/globex/recognise/", {"meeting_url": LINK})
    assert b"Secret" not in response.content


def test_it_says_at_once_that_a_format_needs_the_gallery(as_bob):
    fields = full(token="6f1f2a50-5f7e-4a52-8a6d-111111111111", formats=["video_separate_mp4"])
    assert "only in the gallery layout" in recognised(as_bob, LINK, **fields)


def test_it_says_at_once_that_live_video_needs_an_address(as_bob):
    fields = full(token="6f1f2a50-5f7e-4a52-8a6d-111111111111", formats=["video_mixed_flv"])
    assert "needs the RTMP address" in recognised(as_bob, LINK, **fields)
