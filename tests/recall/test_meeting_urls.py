"""Links of every platform and spelling, alone and in letters, and the hosts that Recall judges."""

import pytest

from bots.recall.meeting_urls import Link, NotALink, find

THREAD = "19:meeting_MjAxZ@thread.v2"
TEAMS = "https://teams.microsoft.com/l/meetup-join/19%3ameeting_MjAxZ%40thread.v2/0"
CONTEXT = "?context=%7b%22Tid%22%3a%22a1%22%2c%22Oid%22%3a%22b2%22%7d"
WRAPPED = (
    "https://eur03.safelinks.protection.outlook.com/?url=https%3A%2F%2Fus02web.zoom.us%2Fj%2F"
    "12345678901%3Fpwd%3Dabc.1&data=05%7C02%7Cann%40example.com%7C&sdata=x%3D&reserved=0"
)

KEYS = [
    # Zoom
    ("https://zoom.us/j/12345678901", "zoom:12345678901"),
    ("https://us02web.zoom.us/j/12345678901?pwd=abc.1", "zoom:12345678901"),
    ("https://acme.zoom.com/j/12345678901?tk=t&pwd=p&zak=z#success", "zoom:12345678901"),
    ("HTTPS://US02WEB.ZOOM.US/J/12345678901", "zoom:12345678901"),
    ("http://zoom.us:80/j/12345678901/", "zoom:12345678901"),
    ("https://zoom.us./j/12345678901", "zoom:12345678901"),
    ("https://zoom.us//j/%31%32345678901", "zoom:12345678901"),
    ("https://zoom.us/s/12345678901", "zoom:12345678901"),
    ("https://zoom.us/w/12345678901?tk=t", "zoom:12345678901"),
    ("https://zoom.us/wc/join/12345678901", "zoom:12345678901"),
    ("https://app.zoom.us/wc/12345678901/join?pwd=p", "zoom:12345678901"),
    ("https://zoom.us/wc/12345678901/start", "zoom:12345678901"),
    ("zoom.us/j/123 4567 8901", "zoom:12345678901"),
    ("https://zoom.us/j/123-4567-8901?pwd=p", "zoom:12345678901"),
    ("https://zoom.us/my/Ann.Lee", "zoom:my/ann.lee"),
    ("https://acme.zoom.us/my/ann.lee?pwd=p", "zoom:my/ann.lee"),
    (WRAPPED, "zoom:12345678901"),
    # Google Meet
    ("https://meet.google.com/abc-defg-hij", "google_meet:abc-defg-hij"),
    ("meet.google.com/abc-defg-hij", "google_meet:abc-defg-hij"),
    ("meet.google.com:443/abc-defg-hij", "google_meet:abc-defg-hij"),
    ("https://meet.google.com/ABC-DEFG-HIJ?authuser=1&hs=122", "google_meet:abc-defg-hij"),
    ("https://meet.google.com/abcdefghij", "google_meet:abc-defg-hij"),
    ("https://meet.google.com/_meet/abc-defg-hij", "google_meet:abc-defg-hij"),
    ("https://meet.google.com/u/1/abc-defg-hij", "google_meet:abc-defg-hij"),
    ("https://meet.google.com/lookup/Weekly?authuser=0", "google_meet:lookup/weekly"),
    (
        "https://www.google.com/url?q=https://meet.google.com/abc-defg-hij&sa=D&ust=1",
        "google_meet:abc-defg-hij",
    ),
    ("google.com/url?q=https://meet.google.com/abc-defg-hij", "google_meet:abc-defg-hij"),
    # Microsoft Teams
    (TEAMS + CONTEXT, f"microsoft_teams:{THREAD}/0"),
    (TEAMS.replace("%3a", ":").replace("%40", "@"), f"microsoft_teams:{THREAD}/0"),
    (TEAMS.replace("%3a", "%3A") + "?foo=1", f"microsoft_teams:{THREAD}/0"),
    (TEAMS.replace("/0", "/1700000000000"), f"microsoft_teams:{THREAD}/1700000000000"),
    (
        "https://teams.microsoft.com/_#/l/meetup-join/19:meeting_MjAxZ@thread.v2/0?context=x",
        f"microsoft_teams:{THREAD}/0",
    ),
    (
        "https://teams.microsoft.com/dl/launcher/launcher.html?url=%2F_%23%2Fl%2Fmeetup-join%2F"
        "19%3Ameeting_MjAxZ%40thread.v2%2F0%3Fcontext%3Dx&type=meetup-join",
        f"microsoft_teams:{THREAD}/0",
    ),
    ("https://teams.microsoft.com/meet/2345678901234?p=Secret", "microsoft_teams:2345678901234"),
    ("https://gov.teams.microsoft.us/meet/2345678901234", "microsoft_teams:2345678901234"),
    ("https://teams.cloud.microsoft/meet/2345678901234", "microsoft_teams:2345678901234"),
    ("https://teams.live.com/meet/9312345678901?p=Pq", "microsoft_teams_live:9312345678901"),
    # Webex
    ("https://acme.webex.com/meet/Ann.Lee", "webex:acme/meet/ann.lee"),
    ("https://acme.webex.com/join/ann.lee", "webex:acme/meet/ann.lee"),
    ("https://acme.webex.com/acme/j.php?MTID=m0aF9", "webex:acme/m0af9"),
    ("https://acme.webex.com/acme-en/j.php?foo=1&mtid=M0AF9", "webex:acme/m0af9"),
    ("https://acme.webex.com/m/0af9-1", None),
    ("https://acme.webex.com/m/0af91", "webex:acme/0af91"),
    (
        "https://acme.webex.com/wbxmjs/joinservice/sites/acme/meeting/download/0af91?siteurl=acme",
        "webex:acme/0af91",
    ),
    ("https://acme.webex.com/webappng/sites/acme/meeting/info/0af91", "webex:acme/0af91"),
    # GoTo
    ("https://meet.goto.com/680504437", "goto_meeting:680504437"),
    ("https://meet.goto.com/680-504-437", "goto_meeting:680504437"),
    ("https://global.gotomeeting.com/join/680504437", "goto_meeting:680504437"),
    ("https://www.gotomeeting.com/join/680504437", "goto_meeting:680504437"),
    ("https://app.gotomeeting.com/?meetingId=680504437", "goto_meeting:680504437"),
    ("https://app.gotomeeting.com?meetingId=680504437", "goto_meeting:680504437"),
    ("https://app.goto.com/meeting/680504437", "goto_meeting:680504437"),
    ("https://gotomeet.me/AnnLee", "goto_meeting:my/annlee"),
    ("https://meet.goto.com/annlee", "goto_meeting:my/annlee"),
]


@pytest.mark.parametrize(("text", "key"), KEYS)
def test_it_gives_every_spelling_of_a_meeting_one_key(text, key):
    link = find(text)
    if key is None:
        assert not link.known
        return
    assert (link.known, link.key, link.platform) == (True, key, key.split(":")[0])
    assert link.url.startswith("https://")
    assert find(link.url) == link


def test_it_keeps_the_password_in_the_url_and_out_of_the_key():
    url = "https://us02web.zoom.us/j/12345678901?pwd=abc.1&tk=t"
    assert find(WRAPPED).url == url.removesuffix("&tk=t")
    assert find(url) == Link(
        url, "zoom", "zoom:12345678901", "12345678901", "abc.1", "Zoom", known=True
    )


@pytest.mark.parametrize(
    ("url", "meeting_id", "password", "label"),
    [
        ("https://meet.google.com/abc-defg-hij", "abc-defg-hij", "", "Google Meet"),
        (TEAMS, THREAD, "", "Microsoft Teams"),
        ("https://teams.live.com/meet/931234567?p=Pq", "931234567", "Pq",
         "Microsoft Teams (personal)"),
        ("https://acme.webex.com/acme/j.php?MTID=m0aF9", "m0aF9", "", "Webex"),
        ("https://meet.goto.com/680504437", "680504437", "", "GoTo Meeting"),
    ],
)  # fmt: skip
def test_it_reads_what_a_person_needs_to_recognise_the_meeting(url, meeting_id, password, label):
    link = find(url)
    assert (link.meeting_id, link.password, link.label) == (meeting_id, password, label)


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://meet.jit.si/Standup", "meet.jit.si/Standup"),
        ("meet.jit.si/Standup", "meet.jit.si/Standup"),
        ("http://Meet.Jit.si:80/Standup/", "meet.jit.si/Standup"),
        ("https://video.example.com:8443/r?x=1#top", "video.example.com:8443/r?x=1#top"),
        ("https://müller.de/raum", "müller.de/raum"),
        ("https://会議.jp/a", "会議.jp/a"),
        ("https://zoomgov.com/j/1601234567", "zoomgov.com/j/1601234567"),
        ("https://us.zoom.com.cn/j/1601234567", "us.zoom.com.cn/j/1601234567"),
        ("https://calendar.google.com/event?eid=1", "calendar.google.com/event?eid=1"),
        ("https://room.us/j/123", "room.us/j/123"),
        ("https://boom.com/j/123", "boom.com/j/123"),
        ("https://zoom.example.com/j/123", "zoom.example.com/j/123"),
    ],
)
def test_it_leaves_other_hosts_to_recall(url, key):
    link = find(url)
    assert (link.known, link.platform, link.key) == (False, "", key)
    assert find(link.url) == link


@pytest.mark.parametrize(
    ("url", "platform"),
    [
        ("https://zoom.us/pricing", "zoom"),
        ("zoom.us", "zoom"),
        ("https://us02web.zoom.us/meeting/register/tZ0", "zoom"),
        ("https://meet.google.com/landing", "google_meet"),
        ("https://webex.com/meet/ann", "webex"),
        ("https://support.goto.com/meeting/help", "goto_meeting"),
        ("https://global.gotomeeting.com/join/ann", "goto_meeting"),
    ],
)
def test_it_tells_a_page_of_a_platform_from_a_meeting(url, platform):
    link = find(url)
    assert (link.known, link.platform, link.meeting_id) == (False, platform, "")


LETTERS = [
    # the first meeting wins, whatever pages come before it
    (
        "Ann is inviting you.\r\n\r\nAgenda: https://example.com/agenda\r\nHelp:"
        " https://support.zoom.us/hc\r\nJoin:\r\nhttps://us02web.zoom.us/j/12345678901?pwd=abc.1\r\n"
        "Dial in: https://us02web.zoom.us/u/kdN0\r\nOr https://meet.google.com/abc-defg-hij",
        "zoom:12345678901",
    ),
    (
        "Microsoft Teams meeting\nClick here to join the meeting<" + TEAMS + CONTEXT + ">\n"
        "Learn more<https://aka.ms/JoinTeamsMeeting> | Meeting options<https://teams.microsoft.com/"
        "meetingOptions/?organizerId=1>",
        f"microsoft_teams:{THREAD}/0",
    ),
    ("See (https://meet.google.com/abc-defg-hij).", "google_meet:abc-defg-hij"),
    ("[Join](https://meet.google.com/abc-defg-hij), Bob", "google_meet:abc-defg-hij"),
    ('<a href="https://zoom.us/j/12345678901?a=1&amp;pwd=p">Join</a>', "zoom:12345678901"),
    ("Video call link: meet.google.com/abc-defg-hij!", "google_meet:abc-defg-hij"),
    ("bob@zoom.us writes: zoom.us is down, use meet.goto.com/680504437", "goto_meeting:680504437"),
    ("Number: https://zoom.us/j/123 4567 8901 today", "zoom:12345678901"),
    ("\ufeffhttps://zoom.us/j/12345678901\u200b", "zoom:12345678901"),
    ("or tel:+4930123 or https://meet.jit.si/x and more", "meet.jit.si/x"),
    ("https://support.zoom.us/hc or https://meet.jit.si/x", "meet.jit.si/x"),
]


@pytest.mark.parametrize(("text", "key"), LETTERS)
def test_it_finds_the_meeting_in_a_letter(text, key):
    assert find(text).key == key


@pytest.mark.parametrize(
    "text", ["hello", "see you at 10.30 tomorrow", "and/or", "ann@example.com", "readme.txt", "@"]
)
def test_it_says_when_there_is_no_link(text):
    with pytest.raises(NotALink, match="no meeting link") as caught:
        find(text)
    assert caught.value.reason == "no_link"
