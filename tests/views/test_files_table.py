"""The table of files: what was ordered and never came, sizes, reasons, and tracks by person."""

import uuid

import httpx
import pytest
from django.urls import reverse
from django.utils import timezone

from bots import conf

pytestmark = pytest.mark.django_db
LIST = "https://files.example/parts.json?token=secret"
SOUND = "https://files.example/ann.mp3?token=secret"


@pytest.fixture
def recording(a_bot):
    bot = a_bot("in_call_recording", ("call_ended", ""), "done", recorded=True)
    bot.config = {
        "recording_config": {
            "video_mixed_mp4": {},
            "audio_mixed_mp3": {},
            "video_separate_mp4": {},
            "video_mixed_layout": "speaker_view",
            "participant_events": None,
            "meeting_metadata": None,
        }
    }
    bot.save()
    return bot.recordings.get()


def has(recording, kind, status="done", **fields):
    return recording.artifacts.create(
        kind=kind, recall_id=uuid.uuid4(), status=status, status_at=timezone.now(), **fields
    )


def page(client, recording) -> str:
    return client.get(reverse("recording", args=["acme", recording.pk])).content.decode()


def test_it_names_what_was_ordered_and_never_came_and_why(as_vera, recording):
    text = page(as_vera, recording)
    assert text.count("Ordered, but Recall made none.") == 2
    assert "made only in the layout “Everyone, in a gallery”" in text


def test_it_awaits_what_is_not_done_yet(as_vera, recording):
    recording.status, recording.completed_at = "processing", None
    recording.save()
    assert "Ordered, but" not in page(as_vera, recording)


def test_it_goes_by_the_settings_that_a_recording_was_started_with(as_vera, recording):
    recording.bot.orders.create(
        action="start", state="confirmed", created_at=recording.created_at,
        due_at=recording.created_at, expires_at=recording.created_at,
        body={"video_mixed_mp4": {}, "participant_events": None, "meeting_metadata": None},
    )  # fmt: skip
    assert "Ordered, but" not in page(as_vera, recording)


def test_it_shows_sizes_and_says_why_a_file_failed(as_vera, recording):
    recording.artifacts.update(size=3_500_000)
    has(recording, "transcript", "failed", sub_code="provider_connection_failed")
    has(recording, "hologram", "failed", sub_code="of_another_year")
    text = page(as_vera, recording)
    assert "3.3" in text
    assert '<code class="caption">provider_connection_failed</code>' in text
    assert "of_another_year" in text


def test_it_leads_from_one_recording_of_a_bot_to_the_others(as_vera, recording):
    bot = recording.bot
    later = bot.recordings.create(
        workspace=bot.workspace, recall_id=uuid.uuid4(), status="done",
        status_at=timezone.now(), created_at=timezone.now(),
    )  # fmt: skip
    first, second = page(as_vera, recording), page(as_vera, later)
    assert "Recording 1 of 2" in first
    assert f'href="{reverse("recording", args=["acme", later.pk])}" rel="next"' in first
    assert f'href="{reverse("recording", args=["acme", recording.pk])}" rel="prev"' in second
    bots_page = as_vera.get(reverse("bot", args=["acme", bot.pk])).content.decode()
    assert bots_page.count("/recordings/") >= 2


@pytest.fixture
def tracks(recording):
    artifact = has(recording, "audio_separate", format="mp3", size=0)
    for n, (part, name) in enumerate([("p1", "Ann <b>"), ("p2", "Ann <b>"), ("p3", "Bob")]):
        artifact.tracks.create(n=n, part_id=part, name=name, start_s=n * 60, duration_s=30)
    return list(artifact.tracks.order_by("n"))


def test_it_shows_tracks_by_person_and_plays_sound(as_vera, recording, tracks):
    text = page(as_vera, recording)
    assert "Audio of each person: 2 people" in text
    assert text.count("<audio controls") == 3
    assert "Ann &lt;b&gt;" in text
    assert "files.example" not in text


def answering(monkeypatch, parts):
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.host == "files.example":
            assert "Authorization" not in request.headers
            return httpx.Response(200, json=parts)
        body = {"id": request.url.path.split("/")[-2], "data": {"download_url": LIST}}
        return httpx.Response(200, json=body)

    monkeypatch.setattr(conf, "transport", lambda: httpx.MockTransport(answer))


def part(id, name="Ann <b>", url=SOUND):
    return {"id": id, "participant": {"id": 1, "name": name}, "download_url": url}


def track_url(track):
    return reverse("track", args=["acme", track.pk])


def test_it_goes_to_the_link_that_recalls_list_holds_now(as_vera, tracks, monkeypatch):
    answering(monkeypatch, [part("p9", url="https://files.example/other"), part("p1")])
    answer = as_vera.get(track_url(tracks[0]))
    assert (answer.status_code, answer["Location"]) == (302, SOUND)
    assert answer["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize(
    "parts", [[], [part("p9")], [part("p1", url="javascript:alert(1)")], {"no": "list"}]
)
def test_it_says_so_where_the_track_is_gone(as_vera, tracks, monkeypatch, parts):
    answering(monkeypatch, parts)
    answer = as_vera.get(track_url(tracks[0]), headers={"Sec-Fetch-Dest": "audio"})
    assert (answer.status_code, b"no such track" in answer.content) == (502, True)


def test_it_finds_a_track_without_an_id_by_its_place_and_name(as_vera, tracks, monkeypatch):
    track = tracks[1]
    track.part_id = ""
    track.save()
    answering(monkeypatch, [part("", url="https://files.example/a"), part("")])
    assert as_vera.get(track_url(track))["Location"] == SOUND
    answering(monkeypatch, [part(""), part("", name="Somebody else")])
    assert as_vera.get(track_url(track), headers={"Sec-Fetch-Dest": "audio"}).status_code == 502


def test_it_is_nowhere_for_a_stranger(as_charlie, tracks):
    assert as_charlie.get(track_url(tracks[0])).status_code == 404
