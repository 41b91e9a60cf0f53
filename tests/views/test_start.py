"""Starting a recording: every option is sent again, and nothing is overwritten unasked."""

import re

import pytest
from django.urls import reverse

from bots import policy
from bots.models import Bot
from tests.world import LINK

HTMX = {"HX-Request": "true", "HX-Target": "dialog#sheet"}


def url_of(bot: Bot) -> str:
    return reverse("order", args=["acme", bot.pk, "start"])


def ticked(page: str) -> set[str]:
    boxes = re.findall(r"<input[^>]*name=\"formats\"[^>]*>", page)
    return {re.search(r'value="(\w+)"', box)[1] for box in boxes if "checked" in box}


@pytest.fixture
def idle(a_bot) -> Bot:
    """In the call, not recording, made elsewhere with captions and audio."""
    bot = a_bot("in_call_not_recording")
    bot.config = {
        "recording_config": {
            "video_mixed_mp4": None,
            "audio_mixed_mp3": {"id": "x"},
            "transcript": {"provider": {"assembly_ai_v3_streaming": {"word_boost": ["Acme"]}}},
            "start_recording_on": "manual",
            "retention": {"type": "timed", "hours": 24},
            "realtime_endpoints": [
                {
                    "id": "e",
                    "type": "webhook",
                    "url": "https://x.example/",
                    "events": ["transcript.data"],
                }
            ],
        }
    }
    bot.save(update_fields=["config"])
    return bot


def test_it_prefills_from_the_bot_as_recall_returns_it(as_bob, idle):
    page = as_bob.get(url_of(idle)).content.decode()
    assert ticked(page) == {"audio_mixed_mp3", "participant_events", "meeting_metadata"}
    assert "As now: assembly_ai_v3_streaming" in page
    assert "Same as before: audio, mp3, participants, meeting details, transcript." in page


def test_it_sends_every_option_again(as_bob, idle):
    page = as_bob.get(url_of(idle)).content.decode()
    data = {"formats": sorted(ticked(page)), "transcript": "as_it_is", "language": "auto"}
    assert as_bob.post(url_of(idle), data).status_code == 302
    body = idle.orders.get().body
    assert body == policy.start_body(idle.config["recording_config"])
    assert body["start_recording_on"] == "call_join"
    assert body["transcript"]["provider"] == {"assembly_ai_v3_streaming": {"word_boost": ["Acme"]}}
    assert body["retention"] == {"type": "timed", "hours": 24}
    assert body["video_mixed_mp4"] is None


def test_it_changes_what_is_changed_in_the_sheet(as_bob, idle):
    data = {"formats": ["video_mixed_mp4"], "transcript": "", "language": "auto"}
    as_bob.post(url_of(idle), data)
    body = idle.orders.get().body
    assert (body["video_mixed_mp4"], body["audio_mixed_mp3"], body["transcript"]) == (
        {},
        None,
        None,
    )


def test_it_uses_what_was_sent_while_recall_has_not_answered(as_bob, a_bot):
    wish = policy.Wish(meeting_url=LINK, formats=frozenset({"audio_mixed_mp3"}))
    bot = a_bot("in_call_not_recording", request=policy.create_body(wish))
    assert ticked(as_bob.get(url_of(bot)).content.decode()) == {"audio_mixed_mp3"}


def test_it_explains_in_the_sheet_what_cannot_be_had(as_bob, idle):
    data = {"formats": ["video_mixed_flv"], "transcript": "", "language": "auto"}
    response = as_bob.post(url_of(idle), data, headers=HTMX)
    assert (response.status_code, response["HX-Retarget"]) == (422, "#sheet")
    assert "Live video needs the RTMP address" in response.content.decode()
    assert not idle.orders.exists()


def test_it_warns_of_what_would_be_overwritten_and_offers_pausing(as_bob, a_bot):
    bot = a_bot("in_call_recording")
    page = as_bob.get(url_of(bot)).content.decode()
    assert re.search(r"Starting again overwrites the (\d+:\d\d|part) recorded so far", page)
    assert "Pause recording instead" in page
    assert reverse("order", args=["acme", bot.pk, "pause"]) in page


def test_it_overwrites_nothing_unasked(as_bob, idle):
    """The recording began between opening the sheet and pressing the button."""
    data = {"formats": ["video_mixed_mp4"], "transcript": "", "language": "auto"}
    idle.phase = "recording"
    idle.save(update_fields=["phase"])
    response = as_bob.post(url_of(idle), data, headers=HTMX)
    assert response.status_code == 409
    assert "Overwrite and start again" in response.content.decode()
    assert not idle.orders.exists()
    as_bob.post(url_of(idle), data | {"confirmed": "1"})
    assert idle.orders.get().action == "start"


def test_it_sends_another_with_the_same_settings(as_bob, bob, a_bot):
    wish = policy.Wish(
        meeting_url=LINK,
        bot_name="Scribe",
        formats=frozenset({"audio_mixed_mp3"}),
        transcript="meeting_captions",
        notetaker_names=("grain",),
        leave=policy.LeaveRules(silence_for_s=77),
    )
    sent = policy.create_body(wish, platform="google_meet")
    bot = a_bot("call_ended", "done", name="Scribe", request=sent)
    response = as_bob.post(reverse("send_another", args=["acme", bot.pk]), {"token": "t"})
    new = Bot.objects.exclude(pk=bot.pk).get()
    assert response["Location"] == reverse("bot", args=["acme", new.pk])
    told = dict(new.request)
    told.pop("metadata")
    assert told == {k: v for k, v in bot.request.items() if k != "metadata"}
    assert (new.sent_by, new.title, new.team) == (bob, bot.title, bot.team)


def test_it_sends_another_once_however_often_the_form_comes(as_bob, a_bot):
    bot = a_bot("call_ended", "done")
    for _ in range(2):
        as_bob.post(reverse("send_another", args=["acme", bot.pk]), {"token": "t"})
    assert Bot.objects.count() == 2


def test_it_sends_no_second_bot_into_a_meeting(as_bob, as_vera, a_bot):
    bot = a_bot("call_ended", "done")
    a_bot("in_call_recording", title="The other")
    url = reverse("send_another", args=["acme", bot.pk])
    assert as_vera.post(url).status_code == 403
    response = as_bob.post(url, {"token": "t"}, follow=True)
    assert "is in this meeting already" in response.content.decode()
    assert Bot.objects.count() == 2
