"""The form of a policy: every policy goes in and out unharmed, and slips are told at the field."""

from dataclasses import replace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.datastructures import MultiValueDict
from hypothesis import HealthCheck, given, settings

from bots import policy
from bots.models import Picture
from bots.policy_forms import PolicyForm, posted
from tests.policy_strategies import rules as savable
from tests.test_pictures import jpeg

pytestmark = pytest.mark.django_db
RULES = policy.Rules()
# What people write is tidied: blanks around it, what no browser posts, the order of platforms.
TIDIED = ("bot_name", "join_message", "rtmp_url", "platforms", "blocked_domains", "title_words")


@pytest.fixture
def fill_in(workspace):
    """The form of these rules as a browser posts it, with some controls typed over."""

    def make(rules=RULES, names=policy.FIELDS, files=(), **over):
        data = posted(rules, names, after=1, note="", locks=[])
        for name, values in over.items():
            data.setlist(name, values if isinstance(values, list) else [values])
        form = PolicyForm(
            data,
            MultiValueDict({name: [file] for name, file in files}),
            rules=rules,
            names=names,
            number=1,
            workspace=workspace,
        )
        form.full_clean()
        return form

    return make


def said(form):
    return {name: [str(each) for each in sentences] for name, sentences in form.errors.items()}


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None
)
@given(rules=savable)
def test_it_gives_back_what_it_was_filled_in_from(fill_in, rules):
    form = fill_in(rules)
    assert form.typed.leave == rules.leave
    assert set(form.typed.platforms) == set(rules.platforms)
    as_typed = {name: getattr(form.typed, name) for name in TIDIED}
    assert form.typed == replace(rules, **as_typed)
    assert fill_in(form.typed).typed == form.typed


def test_it_reads_what_was_typed(fill_in):
    form = fill_in(
        formats=["meeting_metadata", "video_separate_mp4", "audio_mixed_mp3"],
        transcript="",
        retention="hours",
        retention_hours="24",
        names_on=[],
        bot_audio="on",
        recording_s="",
        everyone_left_after_s="60",
        most_bots="3",
        platforms=["zoom", "webex"],
        blocked_domains=" Example.com\r\n\r\nexample.COM\r\nacme.org ",
        title_words="salary\n1:1  review\nSalary",
        join_message="Hello\r\nall ",
    )
    assert said(form) == {}
    expected = {
        "formats": ("audio_mixed_mp3", "meeting_metadata", "video_separate_mp4"),
        "transcript": "",
        "retention": 24,
        "names_on": False,
        "bot_audio": True,
        "recording_s": None,
        "everyone_left_after_s": 60,
        "most_bots": 3,
        "platforms": ("zoom", "webex"),
        "blocked_domains": ("example.com", "acme.org"),
        "title_words": ("salary", "1:1 review"),
        "join_message": "Hello\nall",
    }
    assert {name: getattr(form.typed, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("names_for_s", "5", "This is too short: Recall takes 10 seconds or more."),
        ("names_for_s", "-3", "Type a whole number of seconds."),
        ("silence_for_s", "", "Type a whole number of seconds."),
        ("silence_for_s", "soon", "Type a whole number of seconds."),
        ("silence_for_s", "9" * 5000, "Type a whole number of seconds."),
        ("silence_for_s", "9" * 12, "This is too large."),
        (
            "recording_s",
            "x",
            "Type a length of time, such as 90 min or 2 h, or nothing for no limit.",
        ),
        ("longest_s", "9" * 5000, "This is too large."),
        ("longest_s", "9" * 9 + " h", "This is too large."),
        ("waiting_room_s", "29", "This is too short: Recall takes 30 seconds or more."),
        ("most_bots", "1.5", "Type a whole number of bots, or nothing for no limit."),
        ("most_bots", "0", "A whole number, at least one bot, or empty for no limit."),
        ("bot_name", "  ", "Give the bot a name: it is what others see in the meeting."),
        (
            "blocked_domains",
            "https://example.com/x",
            "“https://example.com/x” is no domain: write it like example.com, without https:// or "
            "a path.",
        ),
    ],
)
def test_it_tells_a_slip_at_its_field_and_keeps_the_rest(fill_in, field, typed, sentence):
    form = fill_in(**{field: typed, "events_for_s": "20"})
    assert said(form) == {field: [sentence]}
    assert form.typed.events_for_s == 20
    assert form[field].value() == typed


def test_it_knows_what_goes_together(fill_in):
    gallery = fill_in(formats=["video_separate_png"], layout="speaker_view")
    assert said(gallery) == {
        "layout": ["Stills of each person (png) needs the layout “Everyone, in a gallery”."]
    }
    quick = fill_in(transcript_mode="prioritize_low_latency", language="fr")
    assert set(said(quick)) == {"language"}
    assert set(said(fill_in(formats=["video_mixed_flv"]))) == {"rtmp_url"}


def test_it_forgets_an_address_whose_format_was_unticked(fill_in):
    form = fill_in(formats=[], rtmp_url="rtmp://video.example.com/live/key")
    assert (said(form), form.typed.rtmp_url) == ({}, "")


@pytest.mark.parametrize(
    ("kind", "hours", "kept"),
    [("forever", "", "forever"), ("none", "x", "none"), ("hours", "1", 1)],
)
def test_it_reads_how_long_recall_keeps_it(fill_in, kind, hours, kept):
    form = fill_in(retention=kind, retention_hours=hours)
    assert (said(form), form.typed.retention) == ({}, kept)


@pytest.mark.parametrize("hours", ["", "0", "x", "-1"])
def test_it_asks_for_whole_hours(fill_in, hours):
    assert set(said(fill_in(retention="hours", retention_hours=hours))) == {"retention"}


def test_it_changes_only_what_may_be_changed(fill_in):
    form = fill_in(names=policy.SECTIONS["start"], start_on="call_join", bot_name="Mallory")
    assert form.typed == policy.Rules(start_on="call_join")


def test_it_asks_which_version_was_edited(fill_in):
    assert set(said(fill_in(after=""))) == {"after"}


def test_it_keeps_a_picture_even_if_something_else_is_wrong(fill_in, workspace):
    picture = SimpleUploadedFile("bot.jpg", jpeg(1280, 720))
    form = fill_in(files=[("picture", picture)], names_for_s="5")
    [kept] = workspace.pictures.all()
    assert (kept.width, kept.height, bytes(kept.jpeg)) == (1280, 720, jpeg(1280, 720))
    assert form.typed.bot_picture == kept.digest
    assert set(said(form)) == {"names_for_s"}
    again = fill_in(bot_picture=kept.digest)
    assert (said(again), again.typed.bot_picture) == ({}, kept.digest)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"\x89PNG", "This file is no JPEG picture. Save the picture as .jpg and try again."),
        (jpeg() + b"x" * 1_300_000, "Recall takes pictures of at most 1.3 MB."),
    ],
)
def test_it_refuses_what_recall_does_not_take(fill_in, data, sentence):
    form = fill_in(files=[("picture", SimpleUploadedFile("bot.jpg", data))])
    assert said(form) == {"bot_picture": [sentence]}
    assert Picture.objects.count() == 0


def test_it_takes_no_picture_of_another_workspace(fill_in, charlie):
    theirs = Picture.keep(charlie.memberships.get().workspace, jpeg(), width=1280, height=720)
    assert said(fill_in(bot_picture=theirs.digest)) == {
        "bot_picture": ["That picture is no longer here. Choose it again."]
    }
