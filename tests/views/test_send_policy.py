"""Sending under a policy: what the form asks, what it tells, and what is refused by which rule."""

import re
import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from bots import actions, deciding, policy, tasks
from bots.models import Bot, Picture, PolicyVersion
from tests.world import elsewhere

pytestmark = pytest.mark.django_db

LINK = "https://meet.google.com/abc-defg-hij"
URL = "/w/acme/send/"
RECOGNISE = "/w/acme/recognise/"
AS_IT_IS = ["meeting_metadata", "participant_events", "video_mixed_mp4"]


@pytest.fixture(autouse=True)
def _no_worker(monkeypatch):
    monkeypatch.setattr(tasks, "wake_order", lambda order: None)


def save(team, **own) -> PolicyVersion:
    """The team's policy, after version 1, which says nothing of its own."""
    return PolicyVersion.objects.save_team(team, own, by=None, now=timezone.now())


def page(browser) -> str:
    return browser.get(URL).content.decode()


def untouched(browser, **fields):
    """What a browser sends when nobody touches the form but for these fields."""
    form = browser.get(URL).context["form"]
    rules = form.rules
    offered = {
        "may_name": {"name": rules.bot_name},
        "may_show": {"shows": rules.shows},
        "may_start": {"start_on": rules.start_on},
        "may_length": {"minutes": ""},
        "may_formats": {
            "formats": list(rules.formats),
            "transcript": rules.transcript,
            "language": rules.language,
            "transcript_mode": rules.transcript_mode,
            "rtmp_url": rules.rtmp_url,
            "layout": rules.layout,
        },
    }
    sent = {"token": str(uuid.uuid4()), "meeting_url": LINK, "join": "now"}
    sent["shown"] = str(form.version.pk)
    for switch, values in offered.items():
        if getattr(rules, switch):
            sent |= values
    return sent | fields


def send(browser, **fields):
    return browser.post(URL, untouched(browser, **fields))


# What the form asks


def test_it_is_filled_from_the_policy_in_force(as_bob, team):
    save(team, bot_name="Sales Notetaker", formats=["audio_mixed_mp3"], start_on="call_join")
    text = page(as_bob)
    assert 'value="Sales Notetaker"' in text
    assert re.findall(r'name="formats" value="(\w+)" checked', text) == ["audio_mixed_mp3"]
    assert '<option value="call_join" selected>' in text


def test_it_asks_no_retention(as_bob, team):
    assert "retention" not in page(as_bob)


@pytest.mark.parametrize(
    ("switch", "name", "said"),
    [
        ("may_formats", "formats", "Participants and Meeting details"),
        ("may_formats", "transcript", "Recall&#x27;s transcription"),
        ("may_formats", "language", "Recognise the language"),
        ("may_formats", "layout", "As the formats need it"),
        ("may_name", "name", "Meeting Notetaker"),
        ("may_show", "shows", "Pictures"),
        ("may_start", "start_on", "When someone else is in the call"),
        ("may_length", "minutes", "No limit"),
    ],
)
def test_it_tells_what_is_fixed_instead_of_asking(as_bob, team, switch, name, said):
    assert f'name="{name}"' in page(as_bob)
    save(team, **{switch: False})
    text = page(as_bob)
    assert f'name="{name}"' not in text
    assert said in text
    assert "Fixed by Sales, version 2." in text


def test_it_names_the_workspace_where_that_fixes_it(as_bob, workspace):
    PolicyVersion.objects.save_default(
        workspace, {"may_name": False}, [], by=None, now=timezone.now()
    )
    assert "Fixed by Workspace default, version 2." in page(as_bob)


# What was asked


def test_it_keeps_the_version_what_was_asked_and_the_exact_request(as_bob, team):
    version = save(team, silence_for_s=77)
    send(as_bob, name="Scribe", minutes="90", title="Review")
    bot = Bot.objects.get()
    assert (bot.policy, bot.title) == (version, "Review")
    assert bot.asked == {"bot_name": "Scribe", "recording_s": 5400}
    assert bot.request["bot_name"] == bot.name == "Scribe"
    leave = bot.request["automatic_leave"]
    assert leave["in_call_recording_timeout"] == 5400
    assert leave["silence_detection"]["timeout"] == 77


def test_it_counts_what_was_left_as_it_stood_as_not_asked(as_bob, team):
    send(as_bob)
    assert Bot.objects.get().asked == {}


def test_it_lets_what_was_left_follow_a_policy_saved_meanwhile(as_bob, team):
    sent = untouched(as_bob, start_on="call_join")
    save(team, bot_name="Sales Notetaker", formats=["audio_mixed_mp3"], transcript="")
    as_bob.post(URL, sent)
    bot = Bot.objects.get()
    assert (bot.name, bot.asked) == ("Sales Notetaker", {"start_on": "call_join"})
    config = bot.request["recording_config"]
    assert (config["audio_mixed_mp3"], config["video_mixed_mp4"]) == ({}, None)
    assert (config["transcript"], config["start_recording_on"]) == (None, "call_join")


def test_it_follows_the_policy_of_the_team_that_was_chosen(as_bob, bob, workspace):
    research = workspace.teams.create(name="Research")
    bob.memberships.get().teams.add(research)
    save(research, bot_name="Research Notetaker", start_on="manual")
    send(as_bob, team=research.pk)
    bot = Bot.objects.get()
    assert (bot.team, bot.name, bot.asked) == (research, "Research Notetaker", {})
    assert bot.request["recording_config"]["start_recording_on"] == "manual"


def test_it_sends_nothing_for_a_team_that_the_person_does_not_belong_to(as_bob, workspace):
    research = workspace.teams.create(name="Research")
    answer = send(as_bob, team=research.pk)
    assert answer.status_code != 302
    assert not Bot.objects.exists()


def test_it_sends_nothing_for_whoever_belongs_to_no_team(as_bob, bob):
    bob.memberships.get().teams.clear()
    assert send(as_bob).status_code == 403
    assert not Bot.objects.exists()


@pytest.mark.parametrize("tick", [[], ["audio_mixed_mp3"]])
def test_it_takes_the_formats_that_were_ticked(as_bob, team, tick):
    sent = untouched(as_bob)
    del sent["formats"]
    as_bob.post(URL, sent | ({"formats": tick} if tick else {}))
    assert Bot.objects.get().asked == {"formats": tick}


def test_what_the_bot_can_show_is_chosen_in_sending(as_bob, team):
    send(as_bob, shows="sounds")
    bot = Bot.objects.get()
    assert bot.asked == {"shows": "sounds"}
    assert bot.request["automatic_audio_output"]


# What is refused


@pytest.mark.parametrize(
    ("switch", "sent", "field", "said"),
    [
        ("may_formats", {"formats": ["audio_mixed_mp3"]}, "formats", "What is recorded"),
        ("may_formats", {"transcript": "", "formats": AS_IT_IS}, "transcript", "The transcript"),
        ("may_formats", {"rtmp_url": "rtmp://a.example/b"}, "rtmp_url", "The RTMP address"),
        ("may_name", {"name": "Scribe"}, "name", "The bot&#x27;s name"),
        ("may_show", {"shows": "pages"}, "shows", "What the bot can show"),
        ("may_start", {"start_on": "manual"}, "start_on", "When recording starts"),
        ("may_length", {"minutes": "30"}, "minutes", "The longest recording"),
    ],
)
def test_it_refuses_at_its_field_what_is_fixed(as_bob, team, switch, sent, field, said):
    save(team, **{switch: False})
    response = send(as_bob, **sent)
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert f"{said} is fixed by team Sales, version 2" in response.content.decode()
    assert not Bot.objects.exists()


def test_it_refuses_a_longer_recording_than_the_policy_has(as_bob, team):
    save(team, longest_s=3600)
    response = send(as_bob, minutes="61")
    assert response.status_code == 422
    assert "No recording is longer than" in response.context["form"].errors["minutes"][0]


RULES = [
    ({"platforms": ["zoom"]}, {}, "Meetings on Google Meet are not recorded.", "Platforms"),
    (
        {"blocked_domains": ["google.com"]},
        {},
        "Meetings on google.com are not recorded.",
        "Blocked domains",
    ),
    (
        {"title_words": ["board"]},
        {"title": "Board meeting"},
        "Meetings with “board” in the title are not recorded.",
        "Words that forbid recording",
    ),
    (
        {"title_words": ["board"]},
        {"meeting_url": f"Topic: The board\n{LINK}"},
        "Meetings with “board” in the title are not recorded.",
        "Words that forbid recording",
    ),
]


@pytest.mark.parametrize(("own", "fields", "why", "rule"), RULES)
def test_it_tells_while_typing_and_refuses_with_the_same_words(
    as_bob, team, own, fields, why, rule
):
    save(team, **own)
    sentence = f"Will not be recorded. {why} This is the rule “{rule}” of team Sales, version 2."
    sent = untouched(as_bob, **fields)
    typed = as_bob.post(RECOGNISE, sent).content.decode()
    response = as_bob.post(URL, sent)
    assert response.status_code == 422
    for text in (typed, response.content.decode()):
        assert sentence in " ".join(text.split())
        assert "will be recorded" not in text
    assert "Send bot" in response.content.decode()
    assert not Bot.objects.exists()


def test_it_refuses_a_link_from_another_tab_too(as_bob, team):
    save(team, platforms=["zoom"])
    text = as_bob.get("/send", {"url": LINK}, follow=True).content.decode()
    assert "Will not be recorded. Meetings on Google Meet are not recorded." in text
    response = as_bob.post(URL, {"token": str(uuid.uuid4()), "meeting_url": LINK})
    assert response.status_code == 422


def test_it_says_under_which_version_a_meeting_is_recorded(as_bob, team):
    save(team, names_after_s=120)
    text = " ".join(as_bob.post(RECOGNISE, untouched(as_bob)).content.decode().split())
    assert "will be recorded</strong>" in text
    assert "under Sales, version 2." in text
    assert "leaves when only notetakers remain for 10 s after the first 2 min" in text


def test_it_shows_the_choices_anew_when_another_team_is_chosen(as_bob, bob, workspace):
    research = workspace.teams.create(name="Research")
    bob.memberships.get().teams.add(research)
    save(research, may_name=False, bot_name="Research Notetaker")
    sent = untouched(as_bob, start_on="manual")
    assert "send-choices" not in as_bob.post(RECOGNISE, sent).content.decode()
    text = as_bob.post(RECOGNISE, sent | {"team": research.pk}).content.decode()
    assert 'id="send-choices" hx-swap-oob="outerMorph"' in text
    assert 'name="name"' not in text
    assert "Research Notetaker" in text
    assert '<option value="manual" selected>' in text  # what was chosen stays chosen
    newest = PolicyVersion.objects.current(research)
    assert f'name="shown" value="{newest.pk}"' in text


def test_it_takes_no_version_of_another_workspace_for_what_was_shown(as_bob, charlie, team):
    theirs = charlie.memberships.get().workspace.default_team
    foreign = save(theirs, bot_name="Secret Notetaker")
    text = as_bob.post(RECOGNISE, untouched(as_bob, shown=foreign.pk)).content.decode()
    assert "Secret" not in text
    for made_up in ("x", "0", "9" * 40, "²"):
        assert as_bob.post(RECOGNISE, untouched(as_bob, shown=made_up)).status_code == 200


# Limits of use


def test_it_sends_no_more_bots_at_once_than_the_policy_lets(as_bob, team, a_bot):
    save(team, most_bots=1)
    a_bot("joining_call", "in_call_recording", link="https://meet.google.com/xyz-abcd-efg")
    response = send(as_bob)
    assert response.status_code == 422
    assert "One bot is in meetings at that time, and no more may be." in response.content.decode()


def test_it_takes_the_same_form_again_although_its_own_bot_fills_the_limit(as_bob, team):
    save(team, most_bots=1)
    sent = untouched(as_bob)
    first, again = as_bob.post(URL, sent), as_bob.post(URL, sent)
    assert (first.status_code, again["Location"]) == (302, first["Location"])


def test_it_counts_for_a_scheduled_bot_those_that_are_due_then(as_bob, team, a_bot):
    save(team, most_bots=1)
    a_bot("in_call_recording", link="https://meet.google.com/xyz-abcd-efg")
    later = timezone.now() + timedelta(hours=5)
    assert send(as_bob, join="later", join_at=f"{later:%Y-%m-%dT%H:%M}").status_code == 302
    soon = later + timedelta(minutes=50)
    near = {"join": "later", "join_at": f"{soon:%Y-%m-%dT%H:%M}", "anyway": "yes"}
    assert send(as_bob, **near).status_code == 422
    assert Bot.objects.filter(phase="scheduled").count() == 1


def test_it_sends_no_bot_once_the_hours_of_the_month_are_used(as_bob, team, a_bot):
    save(team, hours_month=1)
    begun = timezone.now().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    bot = a_bot("call_ended", "done")
    Bot.objects.filter(pk=bot.pk).update(
        started_at=begun - timedelta(hours=1), ended_at=begun + timedelta(hours=1)
    )
    response = send(as_bob)
    assert response.status_code == 422
    assert "1 of 1 bot-hours are used this month." in response.content.decode()


@pytest.mark.django_db(transaction=True)
def test_it_lets_no_two_at_a_time_overrun_a_limit(team):
    """Both have pressed Send before either bot stands in the database."""
    save(team, most_bots=1)
    now = timezone.now()

    def press(letter: str) -> str:
        ask = policy.Ask(meeting_url=f"https://meet.google.com/aaa-aaaa-aa{letter}")
        try:
            return str(actions.send(team, ask, by=None, token=letter, now=now))
        except actions.NotAllowed as refusal:
            return str(refusal)

    both = [elsewhere(lambda letter=letter: press(letter)) for letter in "ab"]
    said = [each.result(20) for each in both]
    assert Bot.objects.count() == 1
    assert sum("no more may be" in each for each in said) == 1


def test_it_keeps_a_picture_by_name_and_sends_its_bytes(as_bob, team, workspace):

    kept = Picture.keep(workspace, b"\xff\xd8 jpeg", width=1280, height=720)
    save(team, bot_picture=kept.digest)
    send(as_bob)
    bot = Bot.objects.get()
    shown = bot.request["automatic_video_output"]["in_call_recording"]
    assert shown == {"kind": "jpeg", "b64_data": f"picture:{kept.digest}"}
    sent = deciding.with_picture(bot.request, workspace)
    assert sent["automatic_video_output"]["in_call_recording"] == {
        "kind": "jpeg",
        "b64_data": "/9gganBlZw==",
    }
    assert bot.request["automatic_video_output"]["in_call_recording"] == shown


@pytest.mark.parametrize(
    ("join_at", "tz", "status"),
    [
        ("0001-01-01T00:00", "Asia/Tokyo", 422),
        ("9999-12-31T23:59", "America/New_York", 422),
        ("9999-12-31T23:59", "UTC", 302),
    ],
)
def test_no_time_is_too_strange_to_be_judged(as_bob, team, join_at, tz, status):
    save(team, most_bots=1, hours_month=1)
    answer = send(as_bob, join="later", join_at=join_at, tz=tz)
    assert answer.status_code == status
    if status == 422:
        assert "No calendar has this time." in answer.content.decode()


def test_another_language_can_be_chosen_where_the_policy_is_quick(as_bob, team):
    """Within seconds exists in English only: whoever may change the one may change the other."""
    save(team, language="en", transcript_mode="prioritize_low_latency")
    response = send(as_bob, language="de")
    assert response.status_code == 422
    assert "English only" in response.content.decode()
    assert send(as_bob, language="de", transcript_mode="prioritize_accuracy").status_code == 302
    provider = Bot.objects.get().request["recording_config"]["transcript"]["provider"]
    assert provider["recallai_streaming"] == {"language_code": "de", "mode": "prioritize_accuracy"}
