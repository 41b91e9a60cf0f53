"""Pictures of recordings: from which bytes, of which moment, and what there is without a film."""

import re
import uuid
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree

import httpx
import pytest

from bots import conf, excerpts, films, posters
from bots.drawn import drawing
from bots.models import Change, Poster, Recording
from bots.pictures import size_of
from bots.sandbox import media
from tests.world import NOW, at, make_bot, make_workspace

pytestmark = pytest.mark.django_db
LINK = "https://media.example/film.mp4?token=of-a-signed-link"


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten minutes with a speaker; its index stands in front."""
    path: Path = tmp_path_factory.mktemp("films") / "film.mp4"
    lines = [media.Line(n * 10, n * 10 + 8, "Ann") for n in range(60)]
    media.film(path, pieces=[media.Piece(0, 600)], paused="black", title="Weekly", lines=lines)
    return path


class Company:
    """Recall with one recording and what lies behind its links; it counts what is read."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self.file = b""
        self.status = 200
        self.kinds = ("video_mixed",)
        self.read = 0
        self.calls: list[str] = []
        self.ranges = True

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.host == "media.example":
            return self._bytes(request)
        self.calls.append(request.url.path)
        if self.status != 200:
            return httpx.Response(self.status, json={"detail": "no"})
        shortcuts = {
            kind: {
                "id": str(self.recording.artifacts.get(kind=kind).recall_id),
                "status": {"code": "done"},
                "data": {"download_url": LINK},
            }
            for kind in self.kinds
        }
        body = {"id": str(self.recording.recall_id), "media_shortcuts": shortcuts}
        return httpx.Response(200, json=body)

    def _bytes(self, request: httpx.Request) -> httpx.Response:
        assert "Authorization" not in request.headers
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", request.headers.get("Range", ""))
        if not wanted or not self.ranges:
            self.read += len(self.file)
            return self._stream(200, self.file)
        start = int(wanted[1])
        end = min(int(wanted[2] or len(self.file) - 1) + 1, len(self.file))
        self.read += end - start
        headers = {"Content-Range": f"bytes {start}-{end - 1}/{len(self.file)}", "ETag": '"one"'}
        return self._stream(206, self.file[start:end], headers)

    def _stream(self, status: int, body: bytes, headers: dict | None = None) -> httpx.Response:
        told = {"Content-Length": str(len(body)), **(headers or {})}
        return httpx.Response(status, stream=httpx.ByteStream(body), headers=told)


@pytest.fixture
def recording() -> Recording:
    bot = make_bot(make_workspace())
    recording = Recording.objects.create(
        workspace=bot.workspace, bot=bot, recall_id=uuid.uuid4(), status="done", status_at=NOW,
        created_at=NOW, started_at=NOW, completed_at=at(600), details_at=NOW,
    )  # fmt: skip
    has(recording, "video_mixed")
    return recording


def has(recording: Recording, kind: str, status: str = "done") -> None:
    recording.artifacts.create(kind=kind, recall_id=uuid.uuid4(), status=status, status_at=NOW)


@pytest.fixture
def company(recording, film, monkeypatch) -> Company:
    company = Company(recording)
    company.file = film.read_bytes()
    monkeypatch.setattr(conf, "transport", lambda: httpx.MockTransport(company.answer))
    return company


def made(recording: Recording, when=NOW) -> Poster:
    posters.want(recording, now=NOW)
    posters.work(recording.poster.pk, clock=lambda: when)
    return Poster.objects.get(recording=recording)


def test_it_makes_a_small_picture_of_a_film_with_one_call(company, recording):
    poster = made(recording)

    assert (poster.media_type, poster.due_at, poster.why_none) == ("image/jpeg", None, "")
    assert size_of(bytes(poster.picture)) == (640, 360)
    assert len(poster.picture) <= 40_000
    assert not films.is_black(bytes(poster.picture))
    assert len(company.calls) == 1
    assert Change.objects.count() == 1


def test_it_learns_how_large_the_files_are(company, recording):
    has(recording, "audio_mixed")
    company.kinds = ("video_mixed", "audio_mixed")
    made(recording)

    sizes = set(recording.artifacts.values_list("size", flat=True))
    assert sizes == {len(company.file)}


@pytest.mark.parametrize("index", ["in front", "behind"])
def test_it_reads_only_some_pieces_of_a_long_film(
    company, recording, monkeypatch, tmp_path, film, index
):
    if index == "behind":
        last = tmp_path / "last.mp4"
        films._run("-i", f"file:{film}", "-c", "copy", "-f", "mp4", f"file:{last}")
        company.file = last.read_bytes()
    for name, size in (
        ("HEAD", 65_536),
        ("WHOLE", 131_072),
        ("BEFORE", 65_536),
        ("BEHIND", 32_768),
    ):
        monkeypatch.setattr(excerpts, name, size)
    poster = made(recording)

    assert poster.media_type == "image/jpeg"
    assert not films.is_black(bytes(poster.picture))
    assert company.read < len(company.file) * 0.5


def test_it_shows_the_first_who_speaks(company, recording, monkeypatch):
    ann = recording.bot.participants.create(number=1, name="Ann")
    recording.participant_events.create(participant=ann, action="speech_on", offset_s=42)
    asked = []
    real = films.poster

    def poster(source, *, at_s):
        asked.append(at_s)
        return real(source, at_s=at_s)

    monkeypatch.setattr(films, "poster", poster)
    made(recording)

    assert asked == [46]


def test_it_passes_over_what_is_black(company, recording, monkeypatch):
    looks = iter([True, True, False])
    monkeypatch.setattr(films, "is_black", lambda picture: next(looks))

    assert made(recording).media_type == "image/jpeg"
    assert next(looks, None) is None


def test_it_draws_who_spoke_where_there_is_only_sound(company, recording):
    recording.artifacts.update(kind="audio_mixed")
    company.kinds = ("audio_mixed",)
    ann = recording.bot.participants.create(number=1, name="<b>Ann</b>")
    for action, offset_s in (("speech_on", 10), ("speech_off", 60)):
        recording.participant_events.create(participant=ann, action=action, offset_s=offset_s)
    poster = made(recording)

    assert poster.media_type == "image/svg+xml"
    text = bytes(poster.picture).decode()
    ElementTree.fromstring(text)
    assert "style" not in text
    assert "Ann" not in text


def test_it_says_why_there_is_none(company, recording):
    company.file = b"no film at all" * 1000
    poster = made(recording)

    assert (poster.picture, poster.due_at) == (None, None)
    assert poster.why_none


def test_it_tries_again_later_and_not_for_ever(company, recording):
    company.status = 503
    poster = made(recording)
    assert poster.due_at > NOW
    for _ in range(posters.MOST_ATTEMPTS):
        posters.work(poster.pk, clock=lambda: NOW + timedelta(days=1))
        Poster.objects.filter(pk=poster.pk, due_at__isnull=False).update(due_at=NOW)
    poster.refresh_from_db()
    assert (poster.due_at, bool(poster.why_none)) == (None, True)


def test_it_gives_up_at_once_what_recall_no_longer_holds(company, recording):
    company.status = 404
    assert made(recording).due_at is None


def test_it_is_made_by_one_worker(company, recording):
    posters.want(recording, now=NOW)
    assert Poster.objects.claim(recording.poster.pk, NOW)
    posters.work(recording.poster.pk, clock=lambda: NOW)
    assert company.calls == []


@pytest.mark.parametrize("status", ["processing", "failed", "deleted", ""])
def test_it_wants_none_of_what_is_not_done(recording, status):
    recording.status = status
    assert not posters.want(recording, now=NOW)
    recording.status = "done"
    recording.artifacts.update(status="deleted")
    assert not posters.want(recording, now=NOW)


def test_it_is_gone_with_its_recording_and_not_made_again(company, recording):
    poster = made(recording)
    posters.forget(recording)
    poster.refresh_from_db()

    assert (poster.picture, poster.digest) == (None, "")
    assert not posters.want(recording, now=NOW)


def test_it_is_not_kept_where_the_recording_was_deleted_meanwhile(company, recording, monkeypatch):
    real = films.poster

    def poster(source, *, at_s):
        posters.forget(recording)
        return real(source, at_s=at_s)

    monkeypatch.setattr(films, "poster", poster)

    assert made(recording).picture is None


def test_it_gives_up_where_a_server_knows_no_ranges_and_the_film_is_long(
    company, recording, monkeypatch
):
    monkeypatch.setattr(excerpts, "HEAD", 65_536)
    company.ranges = False

    assert made(recording).why_none == "It has no picture to show, and nobody tells who spoke."


def test_it_is_a_small_drawing_however_many_spoke_how_often():
    events = [
        (who, action, second * 40.0 + who)
        for second in range(3_000)
        for who in range(40)
        for action in ("speech_on", "speech_off")
    ]
    text = drawing(events, length_s=120_000.0)
    assert text is not None
    assert len(text) < 40_000
    assert drawing([], length_s=60) is None
    assert drawing([(1, "speech_on", 0.0)], length_s=0) is not None
