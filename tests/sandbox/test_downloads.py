"""Links to media and documents: they open without a key, for a while, and only as given."""

import re
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest
import time_machine
from django.test import Client
from django.urls import include, path

from bots.sandbox import downloads, media

SCRIPT = media.Script((media.Piece(0, 4),), "cut", "Weekly", (media.Line(0, 3, "Ana"),))
WORDS = [{"participant": {"name": "Ana"}, "words": []}]
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SIX_HOURS_ON = NOON.timestamp() + 6 * 3600


def source(kind: str, artifact_id: str) -> downloads.Medium | downloads.Document | None:
    return {
        ("video_mixed", "v1"): downloads.Medium(SCRIPT, "mp4"),
        ("audio_mixed", "a1"): downloads.Medium(SCRIPT, "mp3"),
        ("transcript", "t1"): downloads.Document(WORDS),
    }.get((kind, artifact_id))


urlpatterns = [path("sandbox/", include(downloads.urls(source)))]


@pytest.fixture(autouse=True)
def _sandbox(settings):
    """Only the downloads, with a source of this test's own."""
    settings.ROOT_URLCONF = __name__


@pytest.fixture(autouse=True)
def _noon(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def client():
    """A plain browser: links need no key."""
    return Client()


def link(kind: str, artifact_id: str, expires_at: float = SIX_HOURS_ON) -> str:
    return downloads.link(
        "http://testserver",
        region="us-east-1",
        kind=kind,
        artifact_id=artifact_id,
        expires_at=expires_at,
    )


def body(response) -> bytes:
    return b"".join(response) if response.streaming else response.content


def test_it_gives_a_document_without_a_key(client):
    url = link("transcript", "t1")
    assert url.startswith("http://testserver/sandbox/us-east-1/api/v1/download/transcript/?token=")
    response = client.get(url)
    assert response.json() == WORDS
    assert response["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    ("kind", "artifact_id", "suffix", "content_type"),
    [("video_mixed", "v1", "mp4", "video/mp4"), ("audio_mixed", "a1", "mp3", "audio/mpeg")],
)
def test_it_gives_media_to_players_anywhere(client, kind, artifact_id, suffix, content_type):
    url = link(kind, artifact_id)
    assert re.fullmatch(rf"/sandbox/media/[\w:-]+/{kind}\.{suffix}", urlsplit(url).path)
    response = client.get(url)
    assert response.status_code == 200
    assert response["Content-Type"] == content_type
    assert response["Accept-Ranges"] == "bytes"
    assert response["Access-Control-Allow-Origin"] == "*"
    assert response["Cross-Origin-Resource-Policy"] == "cross-origin"
    content = body(response)
    assert len(content) == int(response["Content-Length"]) > 1000
    assert (b"ftyp" in content[:16]) == (suffix == "mp4")


def test_it_answers_head_with_the_length_alone(client):
    response = client.head(link("video_mixed", "v1"))
    assert int(response["Content-Length"]) == len(body(client.get(link("video_mixed", "v1"))))
    assert body(response) == b""
    part = client.head(link("video_mixed", "v1"), headers={"Range": "bytes=0-9"})
    assert (part.status_code, part["Content-Length"]) == (206, "10")


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-", 0, None),
        ("bytes=0-0", 0, 1),
        ("bytes=10-19", 10, 20),
        ("Bytes = 10 - 19", 10, 20),
        ("bytes=100-", 100, None),
        ("bytes=-50", -50, None),
        ("bytes=-99999999", 0, None),
        ("bytes=5-99999999", 5, None),
    ],
)
def test_it_gives_a_range(client, asked, start, end):
    url = link("video_mixed", "v1")
    whole = body(client.get(url))
    response = client.get(url, headers={"Range": asked})
    expected = whole[start:end]
    first = start % len(whole)
    assert response.status_code == 206
    assert body(response) == expected
    assert response["Content-Length"] == str(len(expected))
    last = first + len(expected) - 1
    assert response["Content-Range"] == f"bytes {first}-{last}/{len(whole)}"


@pytest.mark.parametrize(
    "asked", ["bytes=0-1,5-6", "bytes=9-3", "bytes=-", "bytes=a-b", "lines=0-1", "bytes", "bytes=1"]
)
def test_it_gives_the_whole_file_for_what_is_no_single_range(client, asked):
    response = client.get(link("video_mixed", "v1"), headers={"Range": asked})
    assert response.status_code == 200
    assert len(body(response)) == int(response["Content-Length"])
    assert "Content-Range" not in response


@pytest.mark.parametrize("asked", ["bytes=99999999-", "bytes=99999999-100000000", "bytes=-0"])
def test_it_refuses_a_range_beyond_the_end(client, asked):
    url = link("video_mixed", "v1")
    size = client.head(url)["Content-Length"]
    response = client.get(url, headers={"Range": asked})
    assert response.status_code == 416
    assert response["Content-Range"] == f"bytes */{size}"
    assert b"<Code>InvalidRange</Code>" in response.content


def test_it_gives_a_range_only_of_the_file_that_the_player_knows(client):
    url = link("video_mixed", "v1")
    etag = client.head(url)["ETag"]
    known = {"Range": "bytes=0-9", "If-Range": etag}
    assert client.get(url, headers=known).status_code == 206
    assert client.get(url, headers=known | {"If-Range": '"other"'}).status_code == 200


@pytest.mark.parametrize(("kind", "artifact_id"), [("video_mixed", "v1"), ("transcript", "t1")])
def test_it_expires(client, kind, artifact_id):
    url = link(kind, artifact_id)
    with time_machine.travel(SIX_HOURS_ON - 1, tick=False):
        assert client.get(url).status_code == 200
    with time_machine.travel(SIX_HOURS_ON, tick=False):
        response = client.get(url)
    assert response.status_code == 403
    assert response["Content-Type"] == "application/xml"
    assert b"<Error><Code>AccessDenied</Code><Message>Request has expired" in response.content


def test_it_refuses_a_token_that_was_tampered_with(client):
    film, document = link("video_mixed", "v1"), link("transcript", "t1")
    token = film.split("/")[-2]
    swapped = token[:2] + ("A" if token[2] != "A" else "B") + token[3:]
    tampered = [
        film.replace(token, swapped),
        film.replace(token, "x"),
        document[:-3],
        document.replace("us-east-1", "eu-central-1"),
        document.replace("/transcript/", "/participants/"),
        document.split("?")[0],
    ]
    answers = [client.get(url) for url in tampered]
    assert [answer.status_code for answer in answers] == [403] * len(tampered)
    assert all(b"<Code>AccessDenied</Code>" in answer.content for answer in answers)


def test_it_refuses_a_second_credential_for_media_only(client):
    key = {"Authorization": "Token sandbox_us-east-1_demo"}
    refused = client.get(link("video_mixed", "v1"), headers=key)
    assert refused.status_code == 400
    assert b"<Code>InvalidArgument</Code>" in refused.content
    assert client.get(link("transcript", "t1"), headers=key).status_code == 200


def test_it_knows_nothing_of_what_was_deleted(client):
    assert client.get(link("video_mixed", "gone")).status_code == 404
    assert client.get(link("transcript", "gone")).status_code == 404
    assert client.get(link("video_mixed", "v1").replace(".mp4", ".mp3")).status_code == 404
    assert client.post(link("video_mixed", "v1")).status_code == 405


def test_it_links_to_where_it_was_asked(rf):
    request = rf.get("/somewhere", SERVER_NAME="localhost", SERVER_PORT="8123")
    url = downloads.link(request, region="r", kind="audio_mixed", artifact_id="a1", expires_at=1)
    assert url.startswith("http://localhost:8123/sandbox/media/")
