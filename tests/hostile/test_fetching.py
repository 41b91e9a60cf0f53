"""No link that a stranger wrote makes the server fetch anything: not a meeting's, not a file's."""

import contextlib
import time
import uuid

import httpx
import pytest
from django.urls import reverse

from bots import conf, connection, tasks
from bots.models import Bot, Order, Recording
from bots.recall import errors, sources
from bots.recall.client import Recall
from bots.recall.meeting_urls import NotALink, find
from tests.recall.test_meeting_urls_refused import REFUSED
from tests.world import NOW, make_bot

MORE_REFUSED = [
    "gopher://127.0.0.1:6379/_FLUSHALL",
    "dict://127.0.0.1:11211/stats",
    "ldap://localhost/x",
    "jar:http://zoom.us!/x",
    "http://169.254.169.254/latest/meta-data/iam/",
    "http://[fd00:ec2::254]/latest/",
    "http://0/j/1",
    "http://0.0.0.0:8000/admin/",
    "http://127.0.0.1:6379/",
    "http://0300.0250.0.1/",
    "http://3232235521/",
    "http://0xA9FEA9FE/",
    "http://0251.0376.0251.0376/",
    "http://metadata.google.internal/computeMetadata/v1/",
    "😀🎉",
    "https://😀/j/1",
    "https://zoom.us/j/" + "1" * 10_000,
    "https://evil.com/\u2066zoom.us\u2069/j/1",
]
# Sent to Recall as they are, which opens them, not we.
STORED = {
    "https://evil/zoom.us/j/1": None,
    "https://evil.com/zoom.us/j/12345678901": "https://evil.com/zoom.us/j/12345678901",
    "http://meet.example.com:8080/a": "http://meet.example.com:8080/a",
    "HTTPS://US02WEB.ZOOM.US/j/12345678901?pwd=Abc": "https://us02web.zoom.us/j/12345678901?pwd=Abc",
}
ALL = [*(text for text, _ in REFUSED), *MORE_REFUSED, *STORED]


@pytest.fixture(autouse=True)
def asleep(monkeypatch):
    monkeypatch.setattr(tasks, "wake_order", lambda order: None)


def test_the_table_is_long():
    assert len(set(ALL)) >= 90


@pytest.mark.django_db
def test_no_meeting_link_is_ever_fetched(alice, looked_up, page_of):
    """While it is typed, when it is sent, and when the page of its bot is opened."""
    page = page_of(alice)
    for text in ALL:
        if "\ud800" in text:
            continue  # no browser can send half a character
        assert page.get("/w/acme/recognise/", {"meeting_url": text}).status_code < 500
        assert page.get("/w/acme/send/", {"url": text}).status_code < 500
        sent = page.post("/w/acme/send/", {"token": str(uuid.uuid4()), "meeting_url": text})
        assert sent.status_code < 500
    links = set(Bot.objects.values_list("meeting_url", flat=True))
    assert links == {url for url in STORED.values() if url}
    for bot in Bot.objects.all():
        assert page.get(reverse("bot", args=["acme", bot.pk])).status_code == 200
    assert Order.objects.count() == len(links)
    assert looked_up == []


@pytest.mark.parametrize("text", MORE_REFUSED)
def test_it_is_refused_with_a_reason(text):
    with pytest.raises(NotALink) as refused:
        find(text)
    assert refused.value.sentence.endswith(".")


@pytest.mark.parametrize(("text", "url"), [pair for pair in STORED.items() if pair[1]])
def test_it_is_stored_in_its_normal_form(text, url):
    assert find(text).url == url


@pytest.mark.parametrize(
    "text",
    [
        "https://" + "a." * 9_000,
        "https://www.google.com/url?q=" * 600,
        "https://www.google.com/url?q=" + "%25" * 5_000,
        "&amp;" * 4_000,
        "https://zoom.us/j/1&" + "amp;" * 4_000,
        "zoom.us/j/" + "1 " * 9_000,
        "zoom.us/j/123 " * 1_400,
        "(" * 20_000,
        "https://" * 2_500,
        "a://" * 5_000,
        "a" * 19_999 + "@",
        "![" * 10_000,
        "](" * 10_000,
        ("https://xn--" + "a" * 50 + " ") * 300,
        "https://teams.microsoft.com/dl/launcher/x?url=" * 400,
        "." * 20_000,
        "https://zoom.us/" + ".,;:!?" * 3_000,
        "\u0301" * 20_000,
        "\u202e" * 20_000,
    ],
)
def test_no_text_keeps_the_finder_busy(text):
    began = time.perf_counter()
    with contextlib.suppress(NotALink):
        find(text[:20_000])
    assert time.perf_counter() - began < 0.5


HOME = "https://us-west-2.recall.ai"


@pytest.mark.parametrize(
    ("link", "is_known"),
    [
        ("https://us-west-2.recall.ai/files/1", True),
        ("https://us-west-2.recall.ai:443/files/1", True),
        ("https://bucket.s3.amazonaws.com/x?sig=1", True),
        ("https://BUCKET.S3.AMAZONAWS.COM/x", True),
        ("https://media.recall.ai/x", True),
        ("http://bucket.s3.amazonaws.com/x", False),
        ("https://bucket.s3.amazonaws.com:8443/x", False),
        ("https://amazonaws.com/x", False),
        ("https://evilamazonaws.com/x", False),
        ("https://bucket.amazonaws.com.evil.com/x", False),
        ("https://bucket.amazonaws.com@evil.com/x", False),
        ("https://evil.com/bucket.s3.amazonaws.com", False),
        ("https://evil.com#.s3.amazonaws.com", False),
        ("https://evil.com?.s3.amazonaws.com", False),
        ("https://evil.com\\.s3.amazonaws.com/", False),
        ("https://evil。com/x", False),
        ("http://us-west-2.recall.ai/files/1", False),
        ("https://us-west-2.recall.ai:8443/files/1", False),
        ("http://169.254.169.254/latest/meta-data/", False),
        ("https://169.254.169.254/", False),
        ("https://2852039166/", False),
        ("https://[::ffff:169.254.169.254]/", False),
        ("https://[fd00:ec2::254]/", False),
        ("https://localhost/", False),
        ("https://127.0.0.1:6379/", False),
        ("https://metadata.google.internal/", False),
        ("gopher://127.0.0.1:6379/_", False),
        ("file:///etc/passwd", False),
        ("javascript:alert(1)//.amazonaws.com", False),
        ("//bucket.s3.amazonaws.com/x", False),
        ("https://bucket.s3.amazonaws.com\r\nHost: evil/", False),
        ("https://xn--amzonaws-2fg.com/x", False),
    ],
)
def test_a_download_goes_to_recall_and_media_hosts_alone(link, is_known):
    asked = []

    def answer(request):
        asked.append(request)
        return httpx.Response(200, json=[])

    with Recall("a-key-of-ours", base_url=HOME, transport=httpx.MockTransport(answer)) as recall:
        if is_known:
            recall.download_json(link)
            assert "authorization" not in asked[0].headers
        else:
            with pytest.raises((errors.ForeignLink, errors.NotRecall)):
                recall.download_json(link)
    assert bool(asked) is is_known


@pytest.mark.parametrize(
    ("source", "link"),
    [
        ("media.example", "https://media.example/x"),
        ("https://media.example:8443", "https://media.example:8443/x"),
        ("http://10.0.0.5:9000", "http://10.0.0.5:9000/x"),
    ],
)
def test_sources_are_read_as_the_policy_has_them(source, link):
    assert sources.is_known(httpx.URL(link), base_url=HOME, sources=[source])
    assert not sources.is_known(httpx.URL(link), base_url=HOME, sources=[])
    assert not sources.is_known(httpx.URL(link), base_url=HOME, sources=["", "*", "https://["])


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(status, workspace, monkeypatch):
    asked = []

    def answer(request):
        asked.append(str(request.url))
        return httpx.Response(status, headers={"Location": "http://169.254.169.254/"})

    monkeypatch.setattr(conf, "transport", lambda: httpx.MockTransport(answer))
    with connection.recall(workspace) as recall:
        with pytest.raises(errors.NotRecall):
            recall.download_json("https://media.example/words")
        with pytest.raises(errors.NotRecall):
            recall.list_bots()
    assert len(asked) == 2
    assert not any("169.254" in url for url in asked)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "link", ["https://evil.example/film.mp4", "http://169.254.169.254/", "http://media.example/x"]
)
def test_nobody_is_led_to_a_host_that_nobody_named(workspace, alice, page_of, monkeypatch, link):
    bot = make_bot(workspace)
    recording = Recording.objects.create(
        workspace=workspace, bot=bot, recall_id=uuid.uuid4(), status_at=NOW, created_at=NOW
    )
    film = recording.artifacts.create(
        kind="video_mixed", recall_id=uuid.uuid4(), status="done", status_at=NOW
    )
    told = {"id": str(film.recall_id), "data": {"download_url": link}}
    nothing = httpx.MockTransport(lambda request: httpx.Response(200, json=told))
    monkeypatch.setattr(conf, "transport", lambda: nothing)
    answer = page_of(alice).get(
        reverse("media", args=["acme", film.pk, "file"]), headers={"Sec-Fetch-Dest": "video"}
    )
    assert answer.status_code == 502
    assert "not in MEDIA_HOSTS" in answer.content.decode()
