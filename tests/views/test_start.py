"""Starting a recording: every option is sent again, and nothing is overwritten unasked."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from bots import actions, policy
from bots.models import Bot, News, PolicyVersion
from tests.world import LINK

HTMX = {"HX-Request": "true", "HX-Target": "dialog#sheet"}


def url_of(bot: Bot) -> str:
    return reverse("order", args=["acme", bot.pk, "start"])


def ticked(page: str) -> set[str]:
    boxes = re.findall(r"<input[^>]*name=\"formats\"[^>]*>", page)
    return {re.search(r'value="(\w+)"', box)[1] for box in boxes if "checked" in box}


def save(team, **own) -> PolicyVersion:
    """The team's policy, after version 1, which says nothing of its own."""
    return PolicyVersion.objects.save_team(team, own, by=None, now=timezone.now())


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
    assert "Same as before: audio (mp3), participants, meeting details, transcript." in page


def test_it_sends_every_option_again(as_bob, idle):
    page = as_bob.get(url_of(idle)).content.decode()
    data = {"formats": sorted(ticked(page)), "transcript": "as_it_is", "language": "auto"}
    assert as_bob.post(url_of(idle), data).status_code == 302
    body = idle.orders.get().body
    assert body == policy.start_body(idle.config["recording_config"], listens=True)
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


@pytest.fixture
def fixed(idle, team) -> Bot:
    """The same bot, had it been sent under a policy that leaves no formats to operators."""
    idle.policy = save(team, may_formats=False)
    idle.save(update_fields=["policy"])
    return idle


def test_it_shows_what_the_policy_fixes_and_asks_nothing(as_bob, fixed):
    page = as_bob.get(url_of(fixed)).content.decode()
    assert "Fixed by Sales, version 2" in page
    assert "Same as before: audio (mp3), participants, meeting details, transcript." in page
    assert 'name="formats"' not in page
    as_bob.post(url_of(fixed), {})
    config = fixed.config["recording_config"]
    assert fixed.orders.get().body == policy.start_body(config, listens=True)


def test_it_lets_nobody_choose_for_a_bot_from_elsewhere_what_the_team_fixes(as_bob, idle, team):
    save(team, may_formats=False)
    page = as_bob.get(url_of(idle)).content.decode()
    assert "Fixed by Sales, version 2" in page
    refused = as_bob.post(url_of(idle), {"formats": ["video_mixed_mp4"]})
    assert refused.status_code == 422
    as_bob.post(url_of(idle), {})
    config = idle.config["recording_config"]
    assert idle.orders.get().body == policy.start_body(config, listens=True)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"formats": ["video_mixed_mp4"]}, "What is recorded is fixed by Sales, version 2."),
        ({"transcript": ""}, "The transcript is fixed by Sales, version 2."),
        ({"transcript": "as_it_is"}, "What is recorded is fixed by Sales, version 2."),
    ],
)
def test_it_refuses_what_the_policy_fixes(as_bob, fixed, data, said):
    response = as_bob.post(url_of(fixed), data)
    assert response.status_code == 422
    assert said in response.content.decode()
    assert not fixed.orders.exists()


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


@pytest.fixture
def sent_once(workspace) -> Bot:
    """Sent for sound alone, and over since."""
    ask = policy.Ask(
        meeting_url=LINK, title="Review", bot_name="Scribe", formats=frozenset({"audio_mixed_mp3"})
    )
    now = timezone.now() - timedelta(hours=2)
    bot = actions.send(workspace.default_team, ask, by=None, token="first", now=now)
    ended = [News("joining_call", now), News("call_ended", now), News("done", now)]
    bot.observe(ended, source=Bot.Source.SYNC, now=now)
    return bot


def another(browser, bot: Bot) -> Bot:
    response = browser.post(reverse("send_another", args=["acme", bot.pk]), {"token": "t"})
    new = Bot.objects.exclude(pk=bot.pk).get()
    assert response["Location"] == reverse("bot", args=["acme", new.pk])
    return new


def without_metadata(body):
    return {name: value for name, value in body.items() if name != "metadata"}


def test_it_sends_another_with_what_was_asked_then(as_bob, bob, sent_once):
    new = another(as_bob, sent_once)
    assert without_metadata(new.request) == without_metadata(sent_once.request)
    assert new.asked == {"bot_name": "Scribe", "formats": ["audio_mixed_mp3"]}
    assert (new.sent_by, new.title, new.team) == (bob, "Review", sent_once.team)


def test_it_sends_another_under_the_policy_in_force_now(as_bob, team, sent_once):
    save(team, silence_for_s=77, may_name=False, bot_name="Sales Notetaker")
    new = another(as_bob, sent_once)
    assert (new.policy.number, new.name) == (2, "Sales Notetaker")
    assert new.asked == {"formats": ["audio_mixed_mp3"]}
    assert new.request["automatic_leave"]["silence_detection"]["timeout"] == 77


def test_it_sends_another_of_a_bot_from_elsewhere_as_far_as_the_policy_allows(as_bob, team, a_bot):
    save(team, may_start=False)
    bot = a_bot("call_ended", "done", name="Scribe")
    bot.config = {
        "recording_config": {"audio_mixed_mp3": {}, "start_recording_on": "call_join"},
        "zoom": {"user_email": "a@example.com"},
    }
    bot.save(update_fields=["config"])
    new = another(as_bob, bot)
    config = new.request["recording_config"]
    assert (new.name, config["audio_mixed_mp3"]) == ("Scribe", {})
    assert (config["start_recording_on"], config["transcript"]) == ("participant_join", None)
    assert new.request["zoom"] == {"user_email": "a@example.com"}


def test_it_sends_no_other_to_a_meeting_that_is_forbidden_by_now(as_bob, team, sent_once):
    save(team, title_words=["review"])
    url = reverse("send_another", args=["acme", sent_once.pk])
    response = as_bob.post(url, {"token": "t"}, follow=True)
    assert "“review” in the title are not recorded" in response.content.decode()
    assert Bot.objects.count() == 1


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


@pytest.mark.parametrize("told", [{}, {"recording_config": None}, {"recording_config": {}}])
def test_what_recall_does_not_return_is_as_the_bot_was_sent(as_bob, a_bot, told):
    """Not as Recall has it by default, which may be longer than the policy lets it be kept."""
    wish = policy.Wish(LINK, retention=None, formats=frozenset())
    bot = a_bot("in_call_not_recording", request=policy.create_body(wish), config=told)
    as_bob.post(url_of(bot), {"transcript": ""})
    body = bot.orders.get().body
    assert (body["retention"], body["video_mixed_mp4"]) == (None, None)
