"""Meetings as Recall answers them: a link again, to the same meeting."""

import pytest

from bots.recall import meeting_objects, meeting_urls

THREAD = "19:meeting_MjAxZ@thread.v2"
NOTHING = dict.fromkeys(
    (
        "meeting_id",
        "meeting_password",
        "organizer_id",
        "tenant_id",
        "message_id",
        "thread_id",
        "business_meeting_id",
        "business_meeting_password",
    )
)
TEAMS = {**NOTHING, "platform": "microsoft_teams"}
WEBEX = {"meeting_subdomain": "acme", "platform": "webex"}

PAIRS = [
    (
        "https://us02web.zoom.us/j/12345678901?pwd=a.b%2B1",
        {"meeting_id": "12345678901", "meeting_password": "a.b+1", "platform": "zoom"},
    ),
    (
        "https://zoom.us/j/12345678901",
        {"meeting_id": "12345678901", "meeting_password": None, "platform": "zoom"},
    ),
    ("https://zoom.us/my/Ann.Lee", {"meeting_id": "Ann.Lee", "platform": "zoom"}),
    (
        "https://meet.google.com/jqq-gusf-vvs",
        {"meeting_id": "jqq-gusf-vvs", "platform": "google_meet"},
    ),
    (
        "https://meet.google.com/lookup/Weekly",
        {"meeting_id": "Weekly", "platform": "google_meet"},
    ),
    (
        "https://teams.microsoft.com/l/meetup-join/19%3ameeting_MjAxZ%40thread.v2/0"
        "?context=%7b%22Tid%22%3a%22a1%22%2c%22Oid%22%3a%22b2%22%7d",
        {**TEAMS, "thread_id": THREAD, "message_id": "0", "tenant_id": "a1", "organizer_id": "b2"},
    ),
    (
        "https://teams.microsoft.com/l/meetup-join/19%3ameeting_MjAxZ%40thread.v2/1700000000000",
        {**TEAMS, "thread_id": THREAD, "message_id": "1700000000000"},
    ),
    (
        "https://teams.microsoft.com/meet/2345678901234?p=Secret",
        {
            **TEAMS,
            "business_meeting_id": "2345678901234",
            "business_meeting_password": "Secret",
        },
    ),
    (
        "https://teams.live.com/meet/9312345678901?p=Pq",
        {
            **NOTHING,
            "meeting_id": "9312345678901",
            "meeting_password": "Pq",
            "platform": "microsoft_teams_live",
        },
    ),
    (
        "https://acme.webex.com/acme-en/j.php?MTID=m0aF9",
        {**WEBEX, "meeting_mtid": "m0aF9", "meeting_path": "acme-en"},
    ),
    ("https://acme.webex.com/acme/j.php?MTID=m0aF9", {**WEBEX, "meeting_mtid": "m0aF9"}),
    (
        "https://acme.my.webex.com/meet/ann.lee",
        {
            "meeting_subdomain": "acme.my",
            "meeting_personal_room_id": "ann.lee",
            "platform": "webex",
        },
    ),
    ("https://meet.goto.com/680504437", {"meeting_id": "680504437", "platform": "goto_meeting"}),
    ("https://gotomeet.me/AnnLee", {"meeting_id": "AnnLee", "platform": "goto_meeting"}),
]


@pytest.mark.parametrize(("url", "meeting"), PAIRS)
def test_it_leads_to_the_same_meeting(url, meeting):
    spelled = meeting_urls.find(meeting_objects.link(meeting))
    meant = meeting_urls.find(url)
    assert spelled.known
    assert (spelled.key, spelled.password) == (meant.key, meant.password)


def test_it_gives_back_who_invited_to_a_teams_meeting():
    url, meeting = PAIRS[5]
    assert meeting_objects.link(meeting).lower() == url.lower()


def test_it_passes_on_what_is_still_a_link():
    assert meeting_objects.link("https://meet.jit.si/x") == "https://meet.jit.si/x"


@pytest.mark.parametrize(
    "meeting",
    [
        None,
        7,
        [],
        "",
        {},
        {"platform": None},
        {"platform": ["zoom"]},
        {"platform": "zoom"},
        {"platform": "zoom", "meeting_id": None},
        {"platform": "zoom", "meeting_id": {"a": 1}},
        {"platform": "google_meet"},
        TEAMS,
        WEBEX,
        {"platform": "webex", "meeting_mtid": "m1"},
        {"platform": "goto_meeting"},
        {"platform": "slack_huddle", "meeting_id": "1"},
    ],
)
def test_it_says_nothing_where_too_little_is_told(meeting):
    assert meeting_objects.link(meeting) == ""


@pytest.mark.parametrize(
    "evil", ["evil.example/", "evil.example/?", "a@evil.example", "../..", "x\n"]
)
@pytest.mark.parametrize("platform", sorted({meeting["platform"] for _, meeting in PAIRS}))
def test_it_leads_nowhere_else(platform, evil):
    meeting = dict.fromkeys([*NOTHING, "meeting_subdomain", "meeting_mtid", "meeting_path"], evil)
    link = meeting_objects.link({**meeting, "platform": platform})
    if link:
        assert meeting_urls.find(link).platform.startswith(platform.split("_live")[0])
    else:
        assert platform == "webex"
