"""Keeping a copy from a recording's page, and the copy as it is played and downloaded."""

from datetime import timedelta

import httpx
import pytest
from django.urls import reverse
from django.utils import timezone

from bots import archive, conf, copying, keeping, tasks
from bots.models import AuditEvent, KeptFile, Recording
from bots.views import served
from tests.keeping.conftest import folder, s3, s3_server  # noqa: F401
from tests.keeping.films import FILM, Films

HTMX = {"HX-Request": "true"}
PLAYER = {"Sec-Fetch-Dest": "video"}


@pytest.fixture
def films(monkeypatch) -> Films:
    films = Films()
    monkeypatch.setattr(conf, "transport", lambda: httpx.MockTransport(films))
    return films


@pytest.fixture
def recording(a_bot) -> Recording:
    return a_bot("done", recorded=True).recordings.get()


@pytest.fixture
def copy(folder, films, recording) -> KeptFile:  # noqa: F811
    return kept(recording)


def kept(recording: Recording) -> KeptFile:
    [copy] = keeping.keep(recording, keeping.pieces(recording), now=timezone.now())
    copying.work(copy.pk, clock=timezone.now, seconds=60)
    copy.refresh_from_db()
    assert copy.is_kept
    return copy


def url(name: str, pk: int) -> str:
    return reverse(name, args=["acme", pk])


def body(answer) -> bytes:
    return b"".join(answer.streaming_content)


def test_an_operator_keeps_a_copy_and_sees_how_far_it_is(as_bob, folder, recording):  # noqa: F811
    page = as_bob.get(url("recording", recording.pk)).content.decode()
    key = keeping.pieces(recording)[0].key
    assert f'value="{key}"' in page
    sent = {"pieces": [key], "days": "30"}
    piece = as_bob.post(url("keeping", recording.pk), sent, headers=HTMX).content.decode()
    copy = KeptFile.objects.get()
    assert (copy.state, copy.by.username) == ("waiting", "bob")
    assert copy.keep_until == recording.completed_at + timedelta(days=30)
    assert "1 copy on the way." in piece
    assert "<html" not in piece
    KeptFile.objects.update(state="copying", done=500_000, size=2_000_000, bytes_per_s=250_000)
    piece = as_bob.get(url("keeping", recording.pk), headers=HTMX).content.decode()
    assert "488.3\xa0KB of 1.9\xa0MB · 25 %" in piece
    assert "244.1\xa0KB/s" in piece
    answer = as_bob.post(url("kept_stop", copy.pk))
    assert answer["Location"] == url("recording", recording.pk) + "#keeping"
    copy.refresh_from_db()
    assert (copy.state, copy.reason) == ("failed", "bob stopped it.")
    assert "Try again" in as_bob.get(url("recording", recording.pk)).content.decode()
    as_bob.post(url("kept_again", copy.pk))
    copy.refresh_from_db()
    assert copy.state == "waiting"


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({}, "Choose what to keep."),
        ({"pieces": ["999:"]}, "not there any more"),
        ({"days": "0"}, "At least one day"),
        ({"days": "many"}, "whole number of days"),
    ],
)
def test_bad_input_gets_a_sentence_and_orders_nothing(as_bob, folder, recording, sent, sentence):  # noqa: F811
    if "days" in sent:
        sent = {"pieces": [keeping.pieces(recording)[0].key], **sent}
    piece = as_bob.post(url("keeping", recording.pk), sent, headers=HTMX).content.decode()
    assert sentence in piece
    assert not KeptFile.objects.exists()


def test_a_viewer_looks_and_presses_nothing(as_vera, copy):
    page = as_vera.get(url("recording", copy.recording_id)).content.decode()
    assert "Your own copies" in page
    for word in ("Check the copy", "Delete this copy"):
        assert word not in page


def test_it_is_served_whole_and_named(as_vera, copy):
    answer = as_vera.get(url("kept_copy", copy.pk))
    assert body(answer) == FILM
    assert answer["Content-Length"] == str(len(FILM))
    assert answer["Content-Type"] == "video/mp4"
    assert answer["Content-Disposition"].startswith("attachment; ")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "private" in answer["Cache-Control"]
    event = AuditEvent.objects.order_by("pk").last()
    assert (event.verb, event.detail["file"]) == ("recording.downloaded", "copy of Video")


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [("bytes=0-", 0, len(FILM)), ("bytes=100-199", 100, 200), ("bytes=-50", -50, None)],
)
def test_it_is_served_in_pieces(as_vera, copy, asked, start, end):
    answer = as_vera.get(url("kept_copy", copy.pk), headers={**PLAYER, "Range": asked})
    assert answer.status_code == 206
    assert body(answer) == FILM[start:end]
    assert answer["Content-Range"].endswith(f"/{len(FILM)}")
    assert answer["Content-Disposition"].startswith("inline")
    assert AuditEvent.objects.order_by("pk").last().verb == "recording.opened"


def test_a_player_gets_little_at_a_time_and_asks_again(as_vera, copy, monkeypatch):
    monkeypatch.setattr("bots.views.served._PLAYED_BYTES", 1000)
    answer = as_vera.get(url("kept_copy", copy.pk), headers={**PLAYER, "Range": "bytes=500-"})
    assert answer["Content-Range"] == f"bytes 500-1499/{len(FILM)}"
    assert body(answer) == FILM[500:1500]


def test_what_was_changed_meanwhile_comes_whole(as_vera, copy):
    address = url("kept_copy", copy.pk)
    etag = as_vera.head(address)["ETag"]
    told = {"Range": "bytes=5-9", "If-Range": etag}
    assert body(as_vera.get(address, headers=told)) == FILM[5:10]
    told["If-Range"] = '"another"'
    assert body(as_vera.get(address, headers=told)) == FILM
    assert as_vera.get(address, headers={"If-None-Match": etag}).status_code == 304
    outside = as_vera.get(address, headers={"Range": f"bytes={len(FILM)}-"})
    assert (outside.status_code, outside["Content-Range"]) == (416, f"bytes */{len(FILM)}")


def test_asking_how_large_it_is_sends_no_byte(as_vera, copy):
    before = AuditEvent.objects.count()
    answer = as_vera.head(url("kept_copy", copy.pk))
    assert (answer.content, answer["Content-Length"]) == (b"", str(len(FILM)))
    assert AuditEvent.objects.count() == before


def test_some_threads_stay_free_of_downloads(as_vera, copy, monkeypatch):
    monkeypatch.setattr("bots.views.served._PLAYED_BYTES", 1000)
    for _ in range(3):
        assert served.FOR_MEMBERS.acquire(blocking=False)
    busy = as_vera.get(url("kept_copy", copy.pk))
    assert (busy.status_code, busy["Retry-After"]) == (503, "10")
    for _ in range(3):
        served.FOR_MEMBERS.release()
    for _ in range(5):  # each gives its place back
        assert body(as_vera.get(url("kept_copy", copy.pk))) == FILM


@pytest.mark.parametrize("how", ["deleted", "expired", "away"])
def test_it_is_played_once_recall_has_none(as_vera, copy, films, how):
    recording = copy.recording
    if how == "deleted":
        recording.artifacts.update(status="deleted")
    if how == "expired":
        Recording.objects.update(expires_at=timezone.now() - timedelta(minutes=1))
    films.gone = True
    page = as_vera.get(url("recording", recording.pk)).content.decode()
    source = reverse("media", args=["acme", copy.artifact_id, "file"])
    assert f'src="{source}"' in page
    assert ("this is your copy, kept until someone deletes it" in page) is (how != "away")
    answer = as_vera.get(source, headers={**PLAYER, "Range": "bytes=7-"})
    assert answer["Location"] == url("kept_copy", copy.pk)
    again = as_vera.get(answer["Location"], headers={**PLAYER, "Range": "bytes=7-"})
    assert body(again) == FILM[7:]


def test_in_a_bucket_it_opens_by_a_link_made_at_the_click(as_vera, s3, films, recording):  # noqa: F811
    copy = kept(recording)
    links = [as_vera.get(url("kept_copy", copy.pk), headers=PLAYER)["Location"] for _ in range(2)]
    for link in links:
        assert httpx.get(link, trust_env=False).content == FILM
        assert link.partition("?")[2] not in str(KeptFile.objects.values().get())
    archive.delete(copy.path)
    lost = as_vera.get(url("kept_copy", copy.pk), headers=PLAYER)
    assert (lost.status_code, lost.content) == (502, b"The copy is not in the storage any more.")


def test_a_stranger_finds_nothing(as_charlie, copy):
    for name in ("kept_copy", "kept_stop", "kept_delete"):
        ask = as_charlie.get if name == "kept_copy" else as_charlie.post
        assert ask(url(name, copy.pk)).status_code == 404


def test_an_admin_prolongs_and_ends_it(as_alice, as_bob, copy):
    assert as_bob.post(url("kept_until", copy.pk), {"days": "5"}).status_code == 403
    assert as_bob.post(url("kept_delete", copy.pk)).status_code == 403
    as_alice.post(url("kept_until", copy.pk), {"days": "5"})
    copy.refresh_from_db()
    left = copy.keep_until - timezone.now()
    assert timedelta(days=4, hours=23) < left <= timedelta(days=5)
    page = as_alice.get(url("recording", copy.recording_id)).content.decode()
    assert "Deleted here in" in page
    piece = as_alice.post(url("kept_delete", copy.pk), headers=HTMX).content.decode()
    assert "the copy is deleted" in piece
    assert "alice deleted it." in piece
    assert archive.size(copy.path) is None
    assert as_alice.get(url("kept_copy", copy.pk), headers=PLAYER).status_code == 502


@pytest.mark.parametrize(("hours", "soon"), [(47, True), (60, False)])
def test_it_counts_down_to_recalls_deletion(as_bob, folder, recording, hours, soon):  # noqa: F811
    Recording.objects.update(expires_at=timezone.now() + timedelta(hours=hours, minutes=30))
    for address in (url("recording", recording.pk), url("bot", recording.bot_id)):
        page = as_bob.get(address).content.decode()
        assert 'data-time="left"' in page
        assert (" data-soon " in page) is soon
        assert "Keep a copy" in page
    assert ("Recall deletes this recording in" in page) is False
    page = as_bob.get(url("recording", recording.pk)).content.decode()
    assert ("Recall deletes this recording in" in page) is soon


@pytest.mark.parametrize(
    ("kind", "warns"), [("video_mixed", False), ("participant_events", True), ("", True)]
)
def test_the_warning_stays_until_a_film_or_sound_is_kept(
    as_bob,
    folder,  # noqa: F811
    recording,
    kind,
    warns,
):
    now = timezone.now()
    Recording.objects.update(expires_at=now + timedelta(hours=40))
    if kind:
        KeptFile.objects.create(
            workspace=recording.workspace, recording=recording, kind=kind, label=kind, size=1,
            path=archive.new_name(1, "mp4"), file_name="x", state="kept", created_at=now,
            due_at=now,
        )  # fmt: skip
    page = as_bob.get(url("recording", recording.pk)).content.decode()
    assert ("Recall deletes this recording in" in page) is warns


def test_a_check_that_is_asked_for_begins_at_once(
    as_bob, copy, monkeypatch, django_capture_on_commit_callbacks
):
    woken = []
    monkeypatch.setattr(tasks, "_wake", lambda task, **payload: woken.append(payload))
    with django_capture_on_commit_callbacks(execute=True):
        as_bob.post(url("kept_check", copy.pk))
    assert woken == [{"name": "checks of copies"}]
