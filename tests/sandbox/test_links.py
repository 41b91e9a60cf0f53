"""From an answer of the API to the bytes: each person's files, broken downloads, deletions."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from pytest_django.fixtures import Settings

from bots.recall.client import Recall

from .conftest import ORIGIN, Time

pytestmark = pytest.mark.django_db(databases=["default", "sandbox"])

EACH = {
    "video_mixed_layout": "gallery_view_v2",
    "transcript": {"provider": {"recallai_streaming": {}}},
    "audio_mixed_mp3": {},
    "audio_separate_raw": {},
    "audio_separate_mp3": {},
    "video_separate_mp4": {},
    "video_separate_h264": {},
}
QUICK = "https://meet.google.com/qui-ckme-etx"


@pytest.fixture
def get(transport: httpx.WSGITransport) -> Callable[..., httpx.Response]:
    """A plain GET without a key."""

    def call(url: str, method: str = "GET", **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        with httpx.Client(transport=transport) as client:
            return client.request(method, url, headers=named)

    return call


@pytest.fixture
def recording(
    recall: Recall, http: Callable, time: Time, settings: Settings, tmp_path: Any
) -> dict[str, Any]:
    """The recording of half a minute, with a file for each person in each format."""
    settings.DATA_DIR = tmp_path
    body = {"meeting_url": QUICK, "recording_config": EACH}
    recall.create_bot(body, idempotency_key="send-it-now")
    time.pass_(60)
    return http("GET", "api/v1/recording/").json()["results"][0]


def listed(http: Callable, get: Callable, kind: str) -> dict[str, list[dict[str, Any]]]:
    """The parts behind each artifact of a kind, by format."""
    artifacts = http("GET", f"api/v1/{kind}/").json()["results"]
    return {row["format"]: get(row["data"]["download_url"]).json() for row in artifacts}


@pytest.mark.parametrize(
    ("kind", "formats"),
    [
        ("audio_separate", {"raw": b"", "ogg": b"OggS"}),
        ("video_separate", {"mp4": b"ftypisom", "h264": b"\0\0\0\1"}),
    ],
)
def test_each_person_has_files_of_their_own(
    kind: str, formats: dict[str, bytes], recording: Any, http: Callable, get: Callable
) -> None:
    found = listed(http, get, kind)
    assert set(found) == set(formats)
    for suffix, parts in found.items():
        assert len(parts) == len({part["id"] for part in parts}) > 1
        for part in parts[:2]:
            assert urlsplit(part["download_url"]).path.endswith(f".{suffix}")
            answer = get(part["download_url"])
            assert answer.status_code == 200
            assert formats[suffix] in answer.content[:16]
            if suffix == "raw":
                assert len(answer.content) == pytest.approx(part["duration"] * 16000, abs=16000)
        first, second = (get(part["download_url"]).content for part in parts[:2])
        assert first != second
        piece = get(parts[0]["download_url"], Range="bytes=10-19")
        assert (piece.status_code, piece.content) == (206, first[10:20])


def test_a_setting_says_what_separate_mp3_gives(
    recall: Recall, http: Callable, get: Callable, time: Time, settings: Settings, tmp_path: Any
) -> None:
    settings.DATA_DIR = tmp_path
    http("PUT", "control/workspace/", json={"settings": {"separate_audio_mp3": "mp3"}})
    body = {"meeting_url": QUICK, "recording_config": {"audio_separate_mp3": {}}}
    recall.create_bot(body, idempotency_key="send-it-now")
    time.pass_(60)
    parts = listed(http, get, "audio_separate")["mp3"]
    assert get(parts[0]["download_url"]).headers["Content-Type"] == "audio/mpeg"


def test_no_separate_video_without_its_layout(recall: Recall, http: Callable, time: Time) -> None:
    body = {"meeting_url": QUICK, "recording_config": EACH | {"video_mixed_layout": "gallery_view"}}
    recall.create_bot(body, idempotency_key="send-it-now")
    time.pass_(60)
    assert http("GET", "api/v1/video_separate/").json()["results"] == []
    assert len(http("GET", "api/v1/audio_separate/").json()["results"]) == 2


def film_of(recording: Any) -> str:
    return recording["media_shortcuts"]["video_mixed"]["data"]["download_url"]


def test_a_download_breaks_after_so_many_bytes_and_can_be_resumed(
    recording: Any, http: Callable, transport: httpx.WSGITransport, get: Callable
) -> None:
    url = film_of(recording)
    whole = get(url).content
    fault = {"kind": "cut_after", "bytes": 1000, "path": "/sandbox/media/"}
    assert http("POST", "control/faults/", json=fault).status_code == 200
    chunks: list[bytes] = []
    with httpx.Client(transport=transport) as client, client.stream("GET", url) as answer:
        etag = answer.headers["ETag"]
        assert int(answer.headers["Content-Length"]) == len(whole)
        with pytest.raises(httpx.RemoteProtocolError):
            chunks.extend(answer.iter_bytes())
    got = b"".join(chunks)
    assert got == whole[:1000]
    rest = get(url, Range="bytes=1000-", If_Range=etag)
    assert rest.status_code == 206
    assert got + rest.content == whole


@pytest.mark.parametrize(
    ("status", "code"), [(403, b"AccessDenied"), (503, b"SlowDown"), (500, b"InternalError")]
)
def test_a_download_is_refused_as_s3_would(
    status: int, code: bytes, recording: Any, http: Callable, get: Callable
) -> None:
    fault = {"kind": "status", "status": status, "path": "/media/.*mp4"}
    http("POST", "control/faults/", json=fault)
    sound = recording["media_shortcuts"]["audio_mixed"]["data"]["download_url"]
    assert get(sound).status_code == 200
    refused = get(film_of(recording))
    assert (refused.status_code, refused.headers["Content-Type"]) == (status, "application/xml")
    assert b"<Code>" + code in refused.content
    assert get(film_of(recording)).status_code == 200


def test_documents_meet_trouble_too(recording: Any, http: Callable, get: Callable) -> None:
    http("POST", "control/faults/", json={"kind": "status", "path": "download/transcript/"})
    url = recording["media_shortcuts"]["transcript"]["data"]["download_url"]
    assert get(url).status_code == 403
    assert get(url).status_code == 200


def test_downloads_meet_no_trouble_of_the_api(
    recording: Any, http: Callable, get: Callable
) -> None:
    http("POST", "control/faults/", json={"kind": "status", "status": 503})
    assert get(film_of(recording)).status_code == 200
    assert http("GET", "api/v1/bot/").status_code == 503


def test_media_answer_preconditions(recording: Any, get: Callable) -> None:
    url = film_of(recording)
    head = get(url, "HEAD")
    etag = head.headers["ETag"]
    assert head.content == b""
    assert int(head.headers["Content-Length"]) == len(get(url).content)
    assert get(url, If_None_Match=etag).status_code == 304
    assert get(url, If_Match='"other"').status_code == 412
    assert get(url, If_Match=etag, Range="bytes=0-9").status_code == 206


@pytest.mark.parametrize("how", ["delete_media", "recording", "artifact"])
def test_what_was_deleted_is_gone_behind_old_links(
    how: str, recording: Any, http: Callable, get: Callable
) -> None:
    video = recording["media_shortcuts"]["video_mixed"]
    parts = listed(http, get, "audio_separate")["ogg"]
    old = [film_of(recording)]
    if how == "artifact":
        assert http("DELETE", f"api/v1/video_mixed/{video['id']}/").status_code == 204
    else:
        old += [parts[0]["download_url"]]
        old += recording["media_shortcuts"]["participant_events"]["data"].values()
        bot = recording["bot"]["id"]
        path = {"delete_media": f"bot/{bot}/delete_media/", "recording": ""}[how]
        if path:
            assert http("POST", f"api/v1/{path}").status_code == 200
        else:
            assert http("DELETE", f"api/v1/recording/{recording['id']}/").status_code == 204
    assert [get(url).status_code for url in old] == [404] * len(old)
    (row,) = http("GET", "api/v1/video_mixed/").json()["results"]
    assert (row["status"]["code"], row["data"]["download_url"]) == ("deleted", None)
    (kept,) = http("GET", "api/v1/recording/").json()["results"]
    assert kept["status"]["code"] == ("done" if how == "artifact" else "deleted")
    assert kept["metadata"] == recording["metadata"]


def test_links_stop_after_six_hours_and_a_fresh_one_works(
    recording: Any, http: Callable, get: Callable, time: Time
) -> None:
    url = film_of(recording)
    time.pass_(6 * 3600 + 60)
    assert get(url).status_code == 403
    (again,) = http("GET", "api/v1/recording/").json()["results"]
    assert film_of(again) != url
    assert get(film_of(again)).status_code == 200
    assert ORIGIN in film_of(again)
