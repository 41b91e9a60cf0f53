"""Links that must not be sent, each refused with its own reason, and what no input can do."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bots.recall.meeting_urls import NotALink, find

REFUSED = [
    *(
        (url, "look_alike")
        for url in [
            "https://zoom.us.evil.com/j/12345678901",
            "https://us02web.zoom.us.evil.com/j/12345678901",
            "zoom.us.evil.com/j/12345678901",
            "https://zoom-us.evil.com/j/12345678901",
            "https://zoom.us-join.com/j/12345678901",
            "https://zoorn.us/j/12345678901",
            "https://z00m.us/j/12345678901",
            "https://us02web.z0om.us/j/12345678901",
            "https://zooom.us/j/12345678901",
            "https://zoom.co/j/12345678901",
            "https://zoom.co.uk/j/12345678901",
            "https://us-zoom.us/j/12345678901",
            "https://zооm.us/j/12345678901",  # two Cyrillic letters
            "https://xn--zm-fmca.us/j/12345678901",  # the same as it travels
            "https://xn--zm-vraa.us/j/12345678901",
            "https://zöom.us/j/12345678901",
            "https://ｚｏｏｍ.us/j/12345678901",
            "https://zoom。us/j/12345678901",
            "https://exаmple.com/a",  # a Cyrillic letter among Latin ones
            "https://meet.google.com.evil.com/abc-defg-hij",
            "https://meet-google.com/abc-defg-hij",
            "https://meetgoogle.com/abc-defg-hij",
            "https://meet.g00gle.com/abc-defg-hij",
            "https://meet.gooogle.com/abc-defg-hij",
            "https://meet.goolge.com/abc-defg-hij",
            "https://teams.microsoft.com.evil.com/meet/2345678901234",
            "https://teams.rnicrosoft.com/meet/2345678901234",
            "https://teams.mircosoft.com/meet/2345678901234",
            "https://teams-live.com/meet/2345678901234",
            "https://acme.vvebex.com/meet/ann",
            "https://acme.webex.com.evil.io/meet/ann",
            "https://meet.goto.com.evil.io/680504437",
            "https://gotomeeting.net/join/680504437",
            "Join: https://zoom.us.evil.com/j/1 or https://example.com/help",
        ]
    ),
    *(
        (url, "userinfo")
        for url in [
            "https://zoom.us@evil.com/j/12345678901",
            "https://user:pw@zoom.us/j/12345678901",
            "user@zoom.us@evil.com/j/1",
            "https://zoom.us%40evil.com/j/12345678901",
            "https://zoom.us:443@evil.com/j/1",
        ]
    ),
    *(
        (url, "scheme")
        for url in [
            "javascript:alert(1)",
            "data:text/html;base64,PGI",
            "mailto:ann@example.com",
            "ftp://zoom.us/j/12345678901",
            "file:///etc/passwd",
            "zoommtg://zoom.us/join?confno=1",
            "xhttps://zoom.us/j/12345678901",
            "https:zoom.us/j/12345678901",
        ]
    ),
    *(
        (f"http://{host}/meet", "ip")
        for host in [
            "127.0.0.1",
            "8.8.8.8:80",
            "127.1",
            "2130706433",
            "0x7f000001",
            "0x7f.1",
            "0177.0.0.1",
            "017700000001",
            "127.0.0.1.",
            "[::1]",
            "[::ffff:127.0.0.1]:80",
            "169.254.169.254",
            "１２７.0.0.1",
            "①②⑦.0.0.1",
            "127。0。0。1",
        ]
    ),
    ("127.0.0.1", "ip"),
    ("[::1]", "ip"),
    *(
        (f"https://{host}/x", "private")
        for host in [
            "localhost",
            "LOCALHOST:8000",
            "app.localhost",
            "intranet",
            "printer.local",
            "db.internal",
            "wiki.corp",
            "nas.lan",
            "router.home.arpa",
            "localhost.",
            "ⓛocalhost",
        ]
    ),
    ("localhost:8000", "private"),
    *(
        (url, "hidden_characters")
        for url in [
            "https://zoom.us/j/123\x0045678901",
            "https://zoom.us/j/123\x1b[0m",
            "https://zoom.us/j/12345678901%00",
            "https://zoom.us/j/12345678901%0d%0aHost:evil.com",
            "https://zoom.us/j/12345678901?pwd=%0A",
            "https://zoom.us/\u202ej/12345678901",
            "https://example.com/%E2%80%AEgpj.exe",
            "https://zo\u200bom.us/j/12345678901",
            "https://zoom.us\\@evil.com/j/1",
            "https://zoom.us/\ud800",
        ]
    ),
    *(
        (url, "host")
        for url in [
            "https:///zoom.us/j/1",
            "https://zoom%2eus/j/1",
            "https://-zoom.us/j/1",
            "https://zoom..us/j/1",
            "https://example.c\u0751../x",
            "https://example.com../x",
            "https://" + "a" * 64 + ".com/x",
            "https://" + "a." * 130 + "com/x",
            "https://xn--\u00e9.com/x",
            "https://xn--99999999.com/x",
        ]
    ),
    ("https://zoom.us:8443/j/12345678901", "port"),
    ("https://example.com:99999/x", "port"),
    ("https://example.com:http/x", "port"),
    ("https://zoom.us/j/12345678901?x=" + "a" * 2_000, "too_long"),
    ("a " * 20_000, "too_long"),
    ("", "empty"),
    (" \r\n\t", "empty"),
]


@pytest.mark.parametrize(("text", "reason"), REFUSED)
def test_it_refuses(text, reason):
    with pytest.raises(NotALink) as caught:
        find(text)
    assert caught.value.reason == reason
    assert caught.value.sentence == str(caught.value)
    assert caught.value.sentence.endswith(".")


def test_it_says_whom_a_host_imitates():
    with pytest.raises(NotALink, match=r"“zoorn\.us” is not Zoom, it only looks like it"):
        find("https://zoorn.us/j/12345678901")


def test_it_takes_the_real_link_beside_a_false_one():
    assert find("https://zoorn.us/j/1 https://zoom.us/j/12345678901").key == "zoom:12345678901"


@pytest.mark.parametrize(
    "inner", ["http://127.0.0.1/", "https://zoom.us.evil.com/j/1", "ftp://example.com/x"]
)
def test_it_looks_into_wrapped_links(inner):
    with pytest.raises(NotALink):
        find("https://www.google.com/url?q=" + inner)


PIECES = [
    "https://", "http://", "HTTPS://", "zoom.us", "us02web.", "meet.google.com", "teams.live.com",
    "teams.microsoft.com", "acme.webex.com", "meet.goto.com", "gotomeet.me", "google.com/url?q=",
    "x.safelinks.protection.outlook.com/?url=", "/j/", "/wc/join/", "/my/", "/l/meetup-join/",
    "/meet/", "/dl/launcher/x?url=", "#/meet/", "/abc-defg-hij", "12345678901", "123 4567 8901",
    "?pwd=a", "?MTID=m1", "&amp;", "&", "%2F", "%3A", "%2523", "%00", ":443", ":80", ":8443", ".",
    "/", "//", "#", "?", "@", ":", "[", "]", "(", ")", "](", "\\", " ", "\n", "\u200b", "é", "о",
    "xn--", "example.com", "localhost", "127.0.0.1", "\u3002", "ß", "İ", "ſ",
]  # fmt: skip
texts = st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=12).map("".join)


@settings(max_examples=1500, deadline=None)
@given(st.one_of(texts, texts.map("https://{}".format), st.text()))
@example("https://google.com:443/url?q=https://zoom.us/j/12345678901")
@example("https://google.com./url?q=https://zoom.us/j/12345678901")
@example("https://www.google.com/url?q=" * 9 + "https://zoom.us/j/12345678901")
@example("https://example.com/&amp;amp;amp;lt;")
@example("https://us02web.https://us02web.#")
def test_it_never_fails_otherwise_and_its_url_leads_to_the_same_meeting(text):
    try:
        link = find(text)
    except NotALink:
        return
    again = find(link.url)
    assert again.key == link.key
    assert again.url == link.url
    assert link.url.startswith(("https://", "http://"))
    assert len(link.url) <= 2_000
