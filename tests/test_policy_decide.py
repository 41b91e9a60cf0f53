"""What becomes of an ask under a policy: the exact bodies, a reason for each value, or why not."""

from typing import Any

import pytest
from hypothesis import given, settings

from bots.policy import Ask, Meeting, Rules, Version, decide, give_way
from bots.policy.consent import recall_start
from bots.policy.reasons import leaves
from bots.recall import automatic_leave
from tests.policy_strategies import asks, meetings, versions
from tests.test_policy_schema import OPENAPI, check_create, check_start

LINK = "https://meet.google.com/abc-defg-hij"
MEET = Meeting(platform="google_meet", host="meet.google.com", names=("otter",))


def version(**own: Any) -> Version:
    return Version(number=7, team="Sales", own=own, base=Rules().as_json(), base_number=2)


@pytest.mark.skipif(not OPENAPI.exists(), reason="Recall's schema is not beside the project")
@settings(max_examples=150, deadline=None)
@given(version=versions(), ask=asks, meeting=meetings)
def test_recall_takes_whatever_a_policy_makes(version: Version, ask: Ask, meeting: Meeting):
    made = decide(version, ask, meeting)
    check_start(made.start)
    if not {"bot_name"} & made.problems.keys():
        check_create(made.create)
    assert automatic_leave.problems(made.create["automatic_leave"]) == {}
    assert made.reasons.keys() == {path for path, _ in leaves(made.create)}
    assert made.start_reasons.keys() == {path for path, _ in leaves(made.start)}
    assert all(each.endswith(".") for each in made.reasons.values())
    # Nothing is left to Recall's defaults.
    assert {"retention", "start_recording_on"} <= made.create["recording_config"].keys()
    assert made.is_allowed == (not made.against)


@settings(max_examples=60, deadline=None)
@given(version=versions(), ask=asks, meeting=meetings)
def test_what_is_fixed_stays_as_the_policy_has_it(version: Version, ask: Ask, meeting: Meeting):
    made, rules = decide(version, ask, meeting), version.rules
    if not rules.may_name:
        assert made.create["bot_name"] == rules.bot_name
    if not rules.may_start:
        assert made.create["recording_config"]["start_recording_on"] == recall_start(rules.start_on)
    if not rules.may_formats:
        asked_nothing = decide(version, Ask(meeting_url=LINK), meeting)
        assert made.wish.formats == asked_nothing.wish.formats
    if rules.longest_s is not None and "recording_s" not in made.problems:
        assert made.create["automatic_leave"]["in_call_recording_timeout"] <= rules.longest_s
    if version.locks >= {"record", "start", "leave"}:
        base = Rules.read(version.base)
        assert (rules.formats, rules.start_on, rules.leave) == (
            base.formats, base.start_on, base.leave,
        )  # fmt: skip


def test_an_ask_without_choices_is_the_policy():
    made = decide(version(names_for_s=180, bot_name="Acme Notetaker"), Ask(meeting_url=LINK), MEET)
    names = made.create["automatic_leave"]["bot_detection"]["using_participant_names"]
    assert names == {"matches": ["otter"], "activate_after": 300, "timeout": 180}
    assert made.create["bot_name"] == "Acme Notetaker"
    assert made.is_allowed
    path = "automatic_leave.bot_detection.using_participant_names"
    assert made.reasons[f"{path}.timeout"] == "Sales, version 7."
    assert made.reasons[f"{path}.activate_after"] == "recalldash's default."
    assert made.reasons[f"{path}.matches"] == "The notetaker names of Sales."
    assert made.reasons["automatic_leave.waiting_room_timeout"] == (
        "Google Meet gives up by itself after 600 s."
    )


def test_a_choice_counts_where_it_is_left_to_the_operator():
    ask = Ask(meeting_url=LINK, bot_name="Scribe", start_on="manual", recording_s=1800)
    made = decide(version(), ask, MEET)
    assert made.create["bot_name"] == "Scribe"
    assert made.create["automatic_leave"]["in_call_recording_timeout"] == 1800
    assert made.reasons["bot_name"] == "Chosen by whoever sent the bot."
    assert made.create["recording_config"]["start_recording_on"] == "manual"
    # Start Recording knows no manual: who presses it means now.
    assert made.start["start_recording_on"] == "call_join"
    assert made.is_allowed


def test_a_choice_that_the_policy_fixes_is_refused_by_its_rule():
    ask = Ask(meeting_url=LINK, bot_name="Scribe", formats=frozenset({"video_mixed_mp4"}))
    made = decide(version(may_name=False), ask, MEET)
    assert made.fixed == {
        "bot_name": "The bot's name is fixed by team Sales, version 7: Meeting Notetaker."
    }
    assert made.create["bot_name"] == "Meeting Notetaker"
    assert made.wish.formats == {"video_mixed_mp4"}


def test_the_policy_s_own_value_is_no_choice():
    rules = version(may_name=False, may_formats=False, may_start=False, may_length=False)
    ask = Ask(
        meeting_url=LINK,
        bot_name="Meeting Notetaker",
        formats=frozenset(rules.rules.formats),
        transcript="recallai_streaming",
        language="auto",
        layout="",
        rtmp_url="",
        start_on="participant_join",
    )
    assert decide(rules, ask, MEET).fixed == {}


@pytest.mark.parametrize(
    ("own", "meeting", "rule", "sentence"),
    [
        (
            {"platforms": ["zoom"]},
            MEET,
            "platforms",
            "Meetings on Google Meet are not recorded. "
            "This is the rule “Platforms” of team Sales, version 7.",
        ),
        (
            {"blocked_domains": ["google.com"]},
            MEET,
            "blocked_domains",
            "Meetings on google.com are not recorded. "
            "This is the rule “Blocked domains” of team Sales, version 7.",
        ),
        (
            {"title_words": ["interview"]},
            Meeting(platform="zoom", title="INTERVIEW: Mei"),
            "title_words",
            "Meetings with “interview” in the title are not recorded. "
            "This is the rule “Words that forbid recording” of team Sales, version 7.",
        ),
        (
            {"most_bots": 2},
            Meeting(platform="zoom", live_bots=2),
            "most_bots",
            "2 bots are in meetings at that time, and no more may be. "
            "This is the rule “Most bots at once” of team Sales, version 7.",
        ),
        (
            {"hours_month": 10},
            Meeting(platform="zoom", hours_used=10.25),
            "hours_month",
            "10.2 of 10 bot-hours are used this month. "
            "This is the rule “Bot-hours a month” of team Sales, version 7.",
        ),
    ],
)
def test_a_meeting_is_refused_by_a_rule_that_has_a_name(own, meeting, rule, sentence):
    made = decide(version(**own), Ask(meeting_url=LINK), meeting)
    assert [(each.rule, each.sentence) for each in made.refusals] == [(rule, sentence)]
    assert not made.is_allowed


@pytest.mark.parametrize(
    ("own", "meeting"),
    [
        ({"platforms": ["microsoft_teams"]}, Meeting(platform="microsoft_teams_live")),
        ({"blocked_domains": ["google.com"]}, Meeting(platform="zoom", host="notgoogle.com")),
        ({"title_words": ["view"]}, Meeting(platform="zoom", title="Interview")),
        ({"most_bots": 2}, Meeting(platform="zoom", live_bots=1)),
        ({"hours_month": 10}, Meeting(platform="zoom", hours_used=9.9)),
    ],
)
def test_a_rule_refuses_no_more_than_it_says(own, meeting):
    assert decide(version(**own), Ask(meeting_url=LINK), meeting).is_allowed


def test_the_workspace_is_named_where_the_rule_is_its_own():
    base = Rules(platforms=("zoom",)).as_json()
    theirs = Version(
        number=7, team="Sales", base=base, base_number=2, base_own=frozenset({"platforms"})
    )
    [refusal] = decide(theirs, Ask(meeting_url=LINK), MEET).refusals
    assert refusal.sentence.endswith("“Platforms” of the workspace default, version 2.")


def test_the_title_that_was_typed_counts():
    ask = Ask(meeting_url=LINK, title="Interview with Mei")
    [refusal] = decide(version(title_words=["interview"]), ask, MEET).refusals
    assert refusal.rule == "title_words"


def test_what_a_platform_cannot_give_is_left_out_of_the_policy():
    policy = version(formats=["audio_mixed_mp3", "video_mixed_mp4"])
    made = decide(policy, Ask(meeting_url=LINK), Meeting(platform="webex"))
    config = made.create["recording_config"]
    assert (config["audio_mixed_mp3"], config["video_mixed_mp4"]) == (None, {})
    assert made.reasons["recording_config.audio_mixed_mp3"] == (
        "Webex cannot give it, though Sales, version 7, asks for it."
    )
    assert made.is_allowed


def test_what_a_person_asks_for_and_the_platform_cannot_give_is_a_problem():
    ask = Ask(meeting_url=LINK, formats=frozenset({"audio_mixed_mp3"}))
    made = decide(version(), ask, Meeting(platform="webex"))
    assert made.problems == {"formats": "Webex cannot give: Audio (mp3)."}


def test_formats_of_one_s_own_bring_the_gallery_with_them():
    ask = Ask(meeting_url=LINK, formats=frozenset({"video_separate_mp4"}))
    made = decide(version(layout="speaker_view"), ask, MEET)
    assert made.create["recording_config"]["video_mixed_layout"] == "gallery_view_v2"
    assert made.reasons["recording_config.video_mixed_layout"] == (
        "A format that is recorded exists only in the gallery."
    )
    assert made.is_allowed


@pytest.mark.parametrize(
    ("rules", "asked", "timeout"),
    [
        ({"recording_s": 3600}, None, 3600),
        ({"recording_s": 3600}, 600, 600),
        ({"longest_s": 7200}, None, 7200),
        ({"longest_s": 7200, "recording_s": 3600}, 5400, 5400),
        ({}, None, None),
    ],
)
def test_the_longest_recording(rules, asked, timeout):
    made = decide(version(**rules), Ask(meeting_url=LINK, recording_s=asked), MEET)
    assert made.create["automatic_leave"].get("in_call_recording_timeout") == timeout
    assert made.is_allowed


def test_no_recording_is_longer_than_the_longest():
    made = decide(version(longest_s=3600), Ask(meeting_url=LINK, recording_s=3601), MEET)
    assert made.problems == {
        "recording_s": "No recording is longer than 1 h, says team Sales, version 7."
    }


def test_a_fixed_length_is_told_as_it_counts():
    made = decide(
        version(longest_s=7200, may_length=False), Ask(meeting_url=LINK, recording_s=60), MEET
    )
    assert made.fixed == {
        "recording_s": "The longest recording is fixed by team Sales, version 7: 2 h."
    }
    assert made.create["automatic_leave"]["in_call_recording_timeout"] == 7200


def test_names_that_are_switched_off_are_not_sent():
    made = decide(version(names_on=False), Ask(meeting_url=LINK), MEET)
    assert "using_participant_names" not in made.create["automatic_leave"]["bot_detection"]


def test_an_ask_is_kept_and_read_back():
    ask = Ask(meeting_url=LINK, formats=frozenset({"video_mixed_mp4"}), bot_name="", recording_s=60)
    kept = ask.as_json()
    assert kept == {"formats": ["video_mixed_mp4"], "bot_name": "", "recording_s": 60}
    assert Ask.read({**kept, "of_tomorrow": 1}, meeting_url=LINK) == ask


@pytest.mark.parametrize(
    ("domain", "host"),
    [
        ("bücher.example", "xn--bcher-kva.example"),
        ("xn--bcher-kva.example", "meet.bücher.example"),
        ("example.com", "meet.example.com."),
        ("example.com", "MEET.example.com"),
        ("example.com", "meet.example。com"),
        ("example.com", "example.com\u3002"),
    ],
)
def test_a_blocked_domain_has_no_other_spelling(domain, host):
    meeting = Meeting(platform="", host=host)
    [refusal] = decide(version(blocked_domains=[domain]), Ask(meeting_url=LINK), meeting).refusals
    assert refusal.rule == "blocked_domains"
    assert domain in refusal.sentence


@pytest.mark.parametrize("host", ["", ".", "a" * 70 + ".org", "notexample.com", "example.com.org"])
def test_another_domain_is_not_blocked(host):
    meeting = Meeting(platform="", host=host)
    assert not decide(
        version(blocked_domains=["example.com"]), Ask(meeting_url=LINK), meeting
    ).refusals


@pytest.mark.parametrize(
    ("word", "title"),
    [
        ("Gehälter", "Gespräch: GEHA\u0308LTER"),
        ("Geha\u0308lter", "Gehälter 2027"),
        ("board meeting", "Board\u00a0 Meeting, March"),
        ("straße", "In der STRASSE"),
        ("confidential", "ｃｏｎｆｉｄｅｎｔｉａｌ"),
        ("1:1", "Ann and Bob (1:1)"),
        ("c++", "The C++ interview"),
        (".*", "What .* matches"),
        ("機密", "機密会議"),
        ("ลับ", "ประชุมลับ"),
    ],
)
def test_a_forbidden_word_has_no_other_spelling(word, title):
    ask = Ask(meeting_url=LINK, title=title)
    [refusal] = decide(version(title_words=[word]), ask, MEET).refusals
    assert refusal.rule == "title_words"


@pytest.mark.parametrize(
    ("word", "title"),
    [
        ("resume", "Résume\u0301s"),
        ("resume", "Re\u0301sume\u0301"),
        (".*", "Anything"),
        ("1:1", "11:15"),
    ],
)
def test_a_forbidden_word_forbids_no_other(word, title):
    assert not decide(
        version(title_words=[word]), Ask(meeting_url=LINK, title=title), MEET
    ).refusals


@pytest.mark.parametrize(
    ("start_on", "reason"),
    [
        ("call_join", "Sales, version 7."),
        ("participant_speak", "Sales, version 7."),
        ("manual", "A person who presses Start means now; this endpoint knows no manual."),
    ],
)
def test_a_start_says_whose_word_it_follows(start_on, reason):
    made = decide(version(start_on=start_on), Ask(meeting_url=LINK), MEET)
    assert made.start_reasons["start_recording_on"] == reason


def test_an_address_that_nothing_is_sent_to_says_why():
    own = {"formats": ["video_mixed_flv"], "rtmp_url": "rtmp://live.example/key"}
    ask = Ask(meeting_url=LINK, formats=frozenset({"video_mixed_mp4"}))
    made = decide(version(**own), ask, MEET)
    assert made.create["recording_config"]["realtime_endpoints"] == []
    assert made.reasons["recording_config.realtime_endpoints"] == (
        "Without live video there is nothing to send there."
    )


@settings(max_examples=150, deadline=None)
@given(version=versions(), ask=asks, meeting=meetings)
def test_what_gives_way_leaves_nothing_against_it(version: Version, ask: Ask, meeting: Meeting):
    made = decide(version, give_way(version, ask, meeting), meeting)
    assert (made.problems, made.fixed) == ({}, {})


@pytest.mark.parametrize(
    ("own", "asked", "left"),
    [
        # A mode that the captions had hidden comes to light when they give way.
        (
            {"may_formats": False},
            {"transcript": "meeting_captions", "transcript_mode": "prioritize_low_latency"},
            {},
        ),
        # The policy's own mode does not go with a transcript that it has not itself.
        (
            {"transcript": "", "transcript_mode": "prioritize_low_latency"},
            {"transcript": "recallai_streaming", "bot_name": "Scribe"},
            {"bot_name": "Scribe"},
        ),
        # Neither does a stream whose address the policy has no more.
        ({}, {"formats": frozenset({"video_mixed_flv"})}, {}),
        ({}, {"formats": frozenset({"audio_mixed_raw"})}, {"formats": ["audio_mixed_raw"]}),
    ],
)
def test_a_choice_gives_way_with_what_depends_on_it(own, asked, left):
    assert give_way(version(**own), Ask(meeting_url=LINK, **asked), MEET).as_json() == left
