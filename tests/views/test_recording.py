"""The page of a recording: its player, what was said, and files by links that are never kept."""

from datetime import timedelta
from urllib.parse import quote

import httpx
import pytest
from django.urls import reverse
from django.utils import timezone

from bots import conf
from bots.models import Recording, Transcript

HTMX = {"HX-Request": "true", "HX-Target": "div#transcript"}
PLAYER = {"Sec-Fetch-Dest": "video"}


@pytest.fixture
def recording(a_bot) -> Recording:
    """Forty seconds, ten of them paused."""
    bot = a_bot("in_call_recording", ago=timedelta(seconds=60))
    recording = bot.recordings.create(
        workspace=bot.workspace,
        recall_id="0d9dbe3c-7cb0-4d46-9f86-1a3a37a0f001",
        status="done",
        status_at=timezone.now(),
        created_at=bot.code_at,
        started_at=bot.code_at,
        completed_at=bot.code_at + timedelta(seconds=40),
        expires_at=timezone.now() + timedelta(days=7),
    )
    for code, seconds in [("in_call_not_recording", 10), ("in_call_recording", 20), ("done", 41)]:
        at = bot.code_at + timedelta(seconds=seconds)
        bot.status_changes.create(code=code, at=at, learnt_at=at, source="webhook")
    recording.artifacts.create(
        kind="video_mixed",
        format="mp4",
        recall_id="0d9dbe3c-7cb0-4d46-9f86-1a3a37a0f002",
        status="done",
        status_at=timezone.now(),
    )
    return recording


@pytest.fixture
def recall(monkeypatch):
    """Recall with one answer; the requests that reached it."""
    requests: list[httpx.Request] = []

    def answering(response: httpx.Response) -> list[httpx.Request]:
        def answer(request: httpx.Request) -> httpx.Response:
            requests.append(request)
            return response

        monkeypatch.setattr(conf, "transport", lambda: httpx.MockTransport(answer))
        return requests

    return answering


def url_of(recording: Recording, name: str = "recording") -> str:
    return reverse(name, args=["acme", recording.pk])


def media_url(recording: Recording, which: str = "file") -> str:
    return reverse("media", args=["acme", recording.artifacts.get().pk, which])


def film(link: str | None) -> httpx.Response:
    data = {"id": "0d9dbe3c-7cb0-4d46-9f86-1a3a37a0f002", "data": {"download_url": link}}
    return httpx.Response(200, json=data)


def test_it_plays_from_our_own_address_and_tells_the_player_the_pauses(as_vera, recording):
    page = as_vera.get(url_of(recording)).content.decode()
    assert f'src="{media_url(recording)}"' in page
    assert 'data-total="40.0" data-pauses="[[10.0, 20.0]]"' in page
    assert "0:10 of it paused" in page


def test_it_is_nowhere_for_a_stranger(as_charlie, recording, recall):
    asked = recall(film("https://files.example/film.mp4"))
    for url in (url_of(recording), url_of(recording, "transcript"), media_url(recording)):
        assert as_charlie.get(url).status_code == 404
    assert not asked


def test_it_goes_to_a_link_that_recall_gives_at_this_moment(as_vera, recording, recall):
    link = "https://files.example/film.mp4?token=secret"
    asked = recall(film(link))
    for _ in range(2):
        response = as_vera.get(media_url(recording), headers=PLAYER)
        assert (response.status_code, response["Location"]) == (302, link)
        assert "no-store" in response["Cache-Control"]
    assert [request.method for request in asked] == ["GET", "GET"]
    assert "secret" not in str(recording.artifacts.values().get())


@pytest.mark.parametrize(
    "link", [None, "javascript:alert(1)", "data:text/html,x", "ftp://files.example/x", "https://"]
)
def test_it_follows_no_other_link(as_vera, recording, recall, link):
    recall(film(link))
    response = as_vera.get(media_url(recording), headers=PLAYER)
    assert response.status_code == 502
    assert response.content.decode().startswith("Recall holds no such file")


@pytest.mark.parametrize(
    ("status", "sentence"),
    [(404, "deleted or has expired"), (401, "does not know this API key"), (500, "reached")],
)
def test_it_says_why_a_file_does_not_come(as_vera, recording, recall, status, sentence):
    recall(httpx.Response(status, json={"detail": "no"}))
    to_the_player = as_vera.get(media_url(recording), headers=PLAYER)
    assert (to_the_player.status_code, sentence in to_the_player.content.decode()) == (502, True)
    to_a_person = as_vera.get(media_url(recording), follow=True)
    assert to_a_person.redirect_chain[-1][0] == url_of(recording)
    assert sentence in to_a_person.content.decode()


def test_it_knows_no_other_files(as_vera, recording, recall):
    recall(film("https://files.example/film.mp4"))
    assert as_vera.get(media_url(recording, "everything")).status_code == 404


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        ("", "No transcript was asked for"),
        ("processing", "Recall is making a transcript"),
        ("failed", "ask for a new transcript"),
    ],
)
def test_it_says_why_there_is_no_transcript(as_vera, recording, status, sentence):
    if status:
        recording.artifacts.create(
            kind="transcript",
            recall_id="0d9dbe3c-7cb0-4d46-9f86-1a3a37a0f004",
            status=status,
            sub_code="provider_connection_failed" if status == "failed" else "",
            status_at=timezone.now(),
        )
    said = as_vera.get(url_of(recording, "transcript"), headers=HTMX).content.decode()
    assert sentence in said


def test_it_lists_every_file_with_its_state(as_vera, recording):
    recording.artifacts.create(
        kind="audio_separate",
        recall_id="0d9dbe3c-7cb0-4d46-9f86-1a3a37a0f003",
        status="failed",
        sub_code="no_audio",
        status_at=timezone.now(),
    )
    files = as_vera.get(url_of(recording)).content.decode().split('id="files-title"')[1]
    assert "Audio of each person" in files
    assert "no_audio" in files
    assert files.count('target="_blank"') == 1


def test_it_shows_people_of_this_recording_and_the_chat(as_vera, recording):
    priya = recording.bot.participants.create(number=1, name="Priya <b>")
    recording.participant_events.create(participant=priya, action="join", offset_s=5)
    recording.participant_events.create(
        participant=priya, action="chat_message", offset_s=6, text="<i>hello</i>"
    )
    page = as_vera.get(url_of(recording)).content.decode()
    assert "Priya &lt;b&gt;" in page
    assert "&lt;i&gt;hello&lt;/i&gt;" in page
    assert 'class="bar present" x="12.500%"' in page


def kept_url(recording: Recording, what: str, ending: str) -> str:
    return reverse("kept_file", args=["acme", recording.pk, what, ending])


@pytest.mark.parametrize(
    ("ending", "begins"),
    [("txt", "Priya (00:00:01)\nGood"), ("srt", "1\n00:"), ("vtt", "WEBVTT"), ("json", "[")],
)
def test_it_gives_what_was_said_as_a_file_with_a_name(
    as_vera, as_charlie, recording, ending, begins
):
    recording.bot.title = "Q3/Q4: Plän"
    recording.bot.save(update_fields=["title"])
    url = kept_url(recording, "transcript", ending)
    assert as_vera.get(url).status_code == 404
    line = {"speaker": "Priya", "start_s": 1.5, "end_s": 3.0, "text": "Good morning"}
    Transcript.objects.keep(recording, [line], now=timezone.now())
    assert as_charlie.get(url).status_code == 404
    response = as_vera.get(url)
    assert response.content.decode().startswith(begins)
    name = quote(f"Q3 Q4 Plän {recording.started_at:%Y-%m-%d}.{ending}")
    assert response["Content-Disposition"] == f"attachment; filename*=utf-8''{name}"


def test_it_gives_who_was_there_as_a_file(as_vera, recording):
    assert as_vera.get(kept_url(recording, "participants", "json")).status_code == 404
    priya = recording.bot.participants.create(number=1, name="Priya")
    recording.participant_events.create(participant=priya, action="join", offset_s=5)
    recording.details_at = timezone.now()
    recording.save(update_fields=["details_at"])
    people = as_vera.get(kept_url(recording, "participants", "json"))
    assert [person["name"] for person in people.json()] == ["Priya"]
    assert "participants.json" in people["Content-Disposition"]
    [event] = as_vera.get(kept_url(recording, "events", "json")).json()
    assert (event["action"], event["timestamp"]["relative"]) == ("join", 5.0)
    assert as_vera.get(kept_url(recording, "secrets", "json")).status_code == 404


def test_it_names_a_film_and_tells_the_meetings_title(as_vera, recording):
    recording.artifacts.create(
        kind="meeting_metadata",
        recall_id="0d9dbe3c-7cb0-4d46-9f86-1a3a37a0f009",
        status="done",
        status_at=timezone.now(),
        data={"title": "All <hands>"},
    )
    page = as_vera.get(url_of(recording)).content.decode()
    assert f'download="Weekly review {recording.started_at:%Y-%m-%d}.mp4"' in page
    assert "Title: All &lt;hands&gt;" in page


def test_it_has_a_page_while_it_is_still_running(as_vera, a_bot):
    bot = a_bot("in_call_recording", "in_call_not_recording", paused=True)
    page = as_vera.get(url_of(bot.recordings.get())).content.decode()
    assert "Not ready yet" in page
    assert "<video" not in page


def test_it_asks_the_database_little(as_vera, recording, django_assert_max_num_queries):
    as_vera.get("/")  # the first page of a session notes where it is used, once a minute
    as_vera.get(url_of(recording))  # and the first look at a recording, once an hour
    with django_assert_max_num_queries(27):
        as_vera.get(url_of(recording))


def test_it_shows_by_itself_what_comes_later(as_vera, recording):
    """While files are still to come the page listens; once all are there it keeps still."""
    listens = f'data-live="bot-{recording.bot_id}"'

    def region(page):
        said = page.content.decode()
        return said[said.index('id="transcript"') : said.index('id="files-title"')]

    words = recording.artifacts.create(
        kind="transcript",
        recall_id="0d9dbe3c-7cb0-4d46-9f86-1a3a37a0f003",
        status="processing",
        status_at=timezone.now(),
    )
    assert listens in region(as_vera.get(url_of(recording)))
    words.status = "done"
    words.save()
    assert listens in region(as_vera.get(url_of(recording)))
    lines = [{"speaker": "Ann", "start_s": 1, "end_s": 2, "text": "Good morning"}]
    Transcript.objects.keep(recording, lines, now=timezone.now(), artifact=words)
    piece = as_vera.get(url_of(recording), headers={"HX-Request": "true"})
    assert "Good morning" in region(piece)
    assert listens not in region(piece)
    assert "<html" not in piece.content.decode()
