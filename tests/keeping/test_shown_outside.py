"""A share link outlives Recall's own file where the team keeps a copy."""

import uuid

import httpx
import imageio_ffmpeg
import pytest
from django.test import Client
from django.utils import timezone

from bots import archive, clips, conf, shares
from bots.models import KeptFile, PolicyVersion, Recording
from bots.sandbox import media
from bots.shares import Closed, Wish
from tests.world import make_bot

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(monkeypatch) -> list[httpx.Request]:
    """What is asked of Recall, which holds nothing any more."""
    asked: list[httpx.Request] = []

    def play(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(404, json={"detail": "Not found."})

    monkeypatch.setattr(conf, "transport", lambda: httpx.MockTransport(play))
    return asked


@pytest.fixture
def film(storage, tmp_path) -> bytes:
    """Half a minute, as it lies in the team's own storage."""
    path = tmp_path / "film.mp4"
    media.film(path, pieces=[media.Piece(0, 30)], paused="black", title="Weekly")
    return path.read_bytes()


@pytest.fixture
def recording(film, asked, workspace, team) -> Recording:
    """Deleted at Recall; a copy of its film is kept."""
    now = timezone.now()
    PolicyVersion.objects.save_team(team, {"share_links": "operators"}, by=None, now=now)
    recording = Recording.objects.create(
        workspace=workspace, bot=make_bot(workspace), recall_id=uuid.uuid4(), status="deleted",
        status_at=now, created_at=now, started_at=now, completed_at=now,
    )  # fmt: skip
    artifact = recording.artifacts.create(
        kind="video_mixed", recall_id=uuid.uuid4(), status="deleted", status_at=now
    )
    name = archive.new_name(workspace.pk, "mp4")
    archive.partial(name).parent.mkdir(parents=True, exist_ok=True)
    archive.partial(name).write_bytes(film)
    archive.store(name, archive.partial(name), content_type="video/mp4", tick=lambda: None)
    KeptFile.objects.create(
        workspace=workspace, recording=recording, artifact=artifact, kind="video_mixed",
        label="Video", format="mp4", content_type="video/mp4", file_name="Weekly.mp4", path=name,
        size=len(film), done=len(film), sha256="0" * 64, state="kept", created_at=now, due_at=now,
    )  # fmt: skip
    return recording


@pytest.fixture
def share(recording, bob):
    def make(**wish):
        wished = Wish(label="Acme", days=7, **wish)
        return shares.make(bob.memberships.get(), recording, wished, now=timezone.now())

    return make


def test_the_whole_film_comes_from_the_copy(share, film, storage, asked):
    _, token = share()
    outsider = Client()
    assert b"<video" in outsider.get(f"/s/{token}/").content
    answer = outsider.get(f"/s/{token}/film/", headers={"Sec-Fetch-Dest": "video"})
    if storage == "folder":
        body = b"".join(answer)
    else:
        assert answer.status_code == 302
        body = httpx.get(answer["Location"], trust_env=False).content
    assert body == film
    assert asked == []


def test_a_moment_is_cut_from_the_copy(share, asked):
    made, token = share(start_s=10.0, end_s=15.0)
    clips.cut(made.clip.pk, clock=timezone.now)
    made.clip.refresh_from_db()
    assert (made.clip.state, made.clip.error) == ("ready", "")
    assert list(conf.clips_dir().iterdir()) == [made.clip.path]
    assert imageio_ffmpeg.count_frames_and_secs(str(made.clip.path))[1] == pytest.approx(5, abs=0.5)
    assert asked == []
    assert Client().get(f"/s/{token}/film/").status_code == 200


def test_it_closes_when_the_copy_goes_too(share, recording):
    made, token = share()
    shares.prune(timezone.now())
    assert Client().get(f"/s/{token}/").status_code == 200
    KeptFile.objects.update(state="deleted")
    assert shares.standing(made, now=timezone.now()).closed is Closed.RECORDING_GONE
    shares.prune(timezone.now())
    made.refresh_from_db()
    assert made.ended_why == "recording_gone"
    assert Client().get(f"/s/{token}/").status_code == 410


def test_a_copy_that_cannot_be_read_is_no_error(share, recording):
    archive.delete(recording.kept_files.get().path)
    _, token = share()
    made, _ = share(start_s=10.0, end_s=15.0)
    assert Client().get(f"/s/{token}/film/").status_code == 502
    clips.cut(made.clip.pk, clock=timezone.now)
    made.clip.refresh_from_db()
    assert made.clip.state == "failed"
