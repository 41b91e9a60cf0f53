"""Clips of moments: exactly that stretch, whatever breaks while the film comes."""

import errno
import json
import os
import uuid
from datetime import timedelta

import httpx
import imageio_ffmpeg
import pytest

from bots import archive, archive_address, clips, conf, films, shares
from bots.models import (
    Change,
    Clip,
    KeptFile,
    Membership,
    PolicyVersion,
    Recording,
    Share,
)
from bots.sandbox import media
from bots.shares import Wish
from tests.world import NOW, at, make_bot

pytestmark = pytest.mark.django_db
# Unlike an address of the vendor's own, one that nobody mistakes for a call of the API.
LINK = "https://bucket.s3.amazonaws.com/film.mp4?X-Amz-Signature=planted"
ETAG = '"one"'


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """Half a minute."""
    path = tmp_path_factory.mktemp("films") / "film.mp4"
    media.film(path, pieces=[media.Piece(0, 30)], paused="black", title="Weekly")
    return path.read_bytes()


class Vendor:
    """Recall with one film, whose line breaks where it is told to (`cuts`: after so many bytes)."""

    def __init__(self, film):
        self.film, self.cuts, self.status, self.asked, self.etag = film, [], 200, [], ETAG
        self.meanwhile = lambda: None

    def play(self, request):
        if "/video_mixed/" in request.url.path:
            if self.status != 200:
                return httpx.Response(self.status, json={"detail": "x"})
            data = {"download_url": LINK}
            return httpx.Response(200, json={
                "id": str(uuid.uuid4()), "status": {"code": "done"}, "data": data, "format": "mp4",
            })  # fmt: skip
        self.asked.append((request.headers.get("Range"), request.headers.get("If-Range")))
        start = 0
        told = {"ETag": self.etag, "Content-Type": "video/mp4"}
        asked = request.headers.get("Range", "")
        if asked and request.headers.get("If-Range", self.etag) == self.etag:
            start = int(asked.removeprefix("bytes=").partition("-")[0])
            told["Content-Range"] = f"bytes {start}-{len(self.film) - 1}/{len(self.film)}"
        told["Content-Length"] = str(len(self.film) - start)
        status = 206 if "Content-Range" in told else 200
        return httpx.Response(status, headers=told, stream=self.pieces(start))

    def pieces(self, start):
        vendor = self

        class Pieces(httpx.SyncByteStream):
            def __iter__(self):
                ends = vendor.cuts.pop(0) if vendor.cuts else len(vendor.film)
                for place in range(start, ends, 4096):
                    vendor.meanwhile()
                    yield vendor.film[place : min(place + 4096, ends)]
                if ends < len(vendor.film):
                    raise httpx.ReadError("cut")

        return Pieces()


@pytest.fixture
def vendor(film, monkeypatch, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    vendor = Vendor(film)
    monkeypatch.setattr(conf, "transport", lambda: httpx.MockTransport(vendor.play))
    return vendor


@pytest.fixture
def moment(vendor, workspace, team, bob):
    """`moment(start_s, end_s)`: the clip of a link that was made just now."""
    PolicyVersion.objects.save_team(team, {"share_links": "operators"}, by=None, now=NOW)
    recording = Recording.objects.create(
        workspace=workspace, bot=make_bot(workspace), recall_id=uuid.uuid4(), status="done",
        status_at=NOW, created_at=NOW, started_at=NOW, completed_at=at(30),
    )  # fmt: skip
    recording.artifacts.create(
        kind="video_mixed", recall_id=uuid.uuid4(), status="done", status_at=NOW, format="mp4"
    )

    def make(start_s=10.0, end_s=15.0):
        wish = Wish(label="for Acme", days=7, start_s=start_s, end_s=end_s)
        return shares.make(bob.memberships.get(), recording, wish, now=NOW)[0].clip

    return make


def cut(clip, now=NOW):
    clips.cut(clip.pk, clock=lambda: now)
    clip.refresh_from_db()
    return clip


def grey_at(path, second):
    """What is to be seen there: a frame, small and grey."""
    return films._run(
        *("-ss", f"{second:.3f}", "-i", str(path), "-frames:v", "1"),
        *("-vf", "scale=160:90", "-f", "rawvideo", "-pix_fmt", "gray", "pipe:1"),
    )


def apart(one, other):
    return sum(abs(a - b) for a, b in zip(one, other, strict=True)) / len(one)


@pytest.mark.parametrize(("start_s", "end_s"), [(10, 15), (0, 3), (4, 7)])
def test_it_is_exactly_that_stretch_and_the_film_is_gone(moment, film, tmp_path, start_s, end_s):
    clip = cut(moment(start_s, end_s))
    assert (clip.state, clip.due_at, clip.error, clip.made_at) == ("ready", None, "", NOW)
    assert list(conf.clips_dir().iterdir()) == [clip.path], "nothing else is left on the disk"
    _, length_s = imageio_ffmpeg.count_frames_and_secs(str(clip.path))
    assert abs(length_s - (end_s - start_s)) < 0.5
    source = tmp_path / "film.mp4"
    source.write_bytes(film)
    # The film shows a clock, one picture a second: only the right one looks like the clip's.
    for place in (0.3, end_s - start_s - 1.7):
        seen = grey_at(clip.path, place)
        right = apart(seen, grey_at(source, start_s + place))
        wrong = min(apart(seen, grey_at(source, start_s + place + off)) for off in (-1, 1)
                    if 0 <= start_s + place + off < 28.5)  # fmt: skip
        assert right < wrong


def test_open_pages_are_told_when_it_is_there(moment):
    clip = moment()
    before = Change.objects.count()
    cut(clip)
    [change] = Change.objects.order_by("pk")[before:]
    assert change.bot_id == clip.share.recording.bot_id


def test_what_came_is_not_fetched_again(moment, vendor, film):
    vendor.cuts = [len(film) // 2]
    clip = cut(moment())
    assert clip.state == "waiting"
    assert clip.due_at > NOW
    assert "can't be reached" in clip.error
    assert clip.source.stat().st_size == len(film) // 2
    assert cut(clip, clip.due_at).state == "ready"
    assert vendor.asked == [(None, None), (f"bytes={len(film) // 2}-", ETAG)]


def test_another_film_is_fetched_from_its_start(moment, vendor, film):
    vendor.cuts = [len(film) // 2]
    clip = cut(moment())
    vendor.etag = '"two"'
    assert cut(clip, clip.due_at).state == "ready"
    assert imageio_ffmpeg.count_frames_and_secs(str(clip.path))[1] == pytest.approx(5, abs=0.5)


def test_a_killed_worker_s_work_is_gone_on_with_after_its_lease(moment, vendor):
    clip = moment()
    assert Clip.objects.claim(clip.pk, NOW, NOW + clips.LEASE)
    assert cut(clip).state == "waiting", "another worker has it"
    assert vendor.asked == []
    later = NOW + clips.LEASE + timedelta(seconds=1)
    assert Clip.objects.due(later).exists()
    assert cut(clip, later).state == "ready"


def test_it_is_given_up_with_a_sentence_when_recall_has_no_film(moment, vendor):
    vendor.status = 404
    clip = cut(moment())
    assert (clip.state, clip.due_at, clip.error) == ("failed", None, clips.NO_FILM)


def test_it_is_given_up_after_many_attempts_without_anything(moment, vendor, monkeypatch):
    monkeypatch.setattr(clips, "MOST_ATTEMPTS", 3)
    vendor.cuts = [0] * 9
    clip = moment()
    waits = []
    while clip.state == "waiting":
        waits.append(clip.due_at)
        cut(clip, clip.due_at)
    assert len(waits) == 3
    assert "tried 3 times" in clip.error
    assert not clip.source.exists()


def test_it_is_given_up_when_there_is_no_film_in_it(moment, vendor):
    vendor.film = b"no film " * 4096
    clip = moment()
    while clip.state == "waiting":
        cut(clip, clip.due_at)
    assert clip.error == "The film could not be cut. It was tried 3 times."


def test_it_waits_where_the_disk_is_full(moment, monkeypatch):
    monkeypatch.setattr(clips, "_free", lambda: 10)
    clip = cut(moment())
    assert (clip.state, clip.error) == ("waiting", clips.NO_ROOM)


def test_a_link_that_ends_meanwhile_leaves_nothing(moment, vendor, bob, monkeypatch):
    monkeypatch.setattr(clips, "RENEW_S", 0)
    clip = moment()

    def revoke():
        vendor.meanwhile = lambda: None
        shares.revoke(bob.memberships.get(), clip.share, now=NOW)

    vendor.meanwhile = revoke
    assert cut(clip).state == "dropped"
    assert list(conf.clips_dir().iterdir()) == []


def test_a_link_that_ends_while_it_is_cut_leaves_nothing(moment, bob, monkeypatch):
    clip = moment()

    def too_late(source, into, **ends):
        shares.revoke(bob.memberships.get(), Share.objects.get(), now=NOW)
        into.write_bytes(b"a clip that was written after its link had ended")

    monkeypatch.setattr(films, "clip", too_late)
    assert cut(clip).state == "dropped"
    assert not clip.path.exists()


def test_no_signed_link_is_kept(moment, vendor):
    cut(moment())
    assert "planted" not in json.dumps([str(row) for row in Clip.objects.values_list()])


def own_copy(recording, kind, body, **fields):
    """The team's copy of that file, as it lies in its storage."""
    name = archive.new_name(1, "mp4")
    with archive.writing(name) as file:
        file.write(body)
    archive.store(name, archive.partial(name), content_type="video/mp4", tick=lambda: None)
    fields = {"size": len(body), **fields}
    return KeptFile.objects.create(
        workspace=recording.workspace, recording=recording, kind=kind, label=kind, path=name,
        file_name="x", state="kept", created_at=NOW, due_at=NOW, **fields,
    )  # fmt: skip


@pytest.fixture
def archived(vendor, settings, tmp_path):
    settings.ARCHIVE = archive_address.read("", folder=tmp_path / "archive")


def test_it_is_cut_from_the_team_s_own_copy(archived, moment, vendor, film):
    clip = moment()
    own_copy(clip.share.recording, "video_mixed", film)
    assert cut(clip).state == "ready"
    assert vendor.asked == []


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("audio_mixed", {}),
        ("video_mixed", {"size": 10**6}),
        ("video_mixed", {"problem": "The file in the storage is not the one that was kept."}),
    ],
)
def test_recall_s_film_is_taken_where_the_copy_is_not_as_good(
    archived, moment, vendor, kind, fields
):
    clip = moment()
    own_copy(clip.share.recording, kind, b"not the film", **fields)
    clip = cut(clip)
    assert (clip.state, clip.error) == ("ready", "")
    assert len(vendor.asked) == 1


def test_of_a_film_no_sound_is_made(archived, moment, vendor):
    clip = moment()
    recording = clip.share.recording
    recording.artifacts.update(status="deleted")
    recording.artifacts.create(
        kind="audio_mixed", recall_id=uuid.uuid4(), status="done", status_at=NOW, format="mp3"
    )
    own_copy(recording, "audio_mixed", b"sound")
    assert (cut(clip).state, clip.error) == ("failed", clips.NO_FILM)


def test_what_came_of_a_copy_that_cannot_be_read_is_not_gone_on_with(
    archived, moment, vendor, film
):
    clip = moment()
    copy = own_copy(clip.share.recording, "video_mixed", film)
    archive.delete(copy.path)
    conf.clips_dir().mkdir()
    clip.source.write_bytes(film[:1000])
    assert cut(clip).state == "ready"
    assert vendor.asked == [(None, None)]


@pytest.mark.parametrize("how", ["switched off", "maker", "shortened"])
def test_a_clip_waits_while_its_link_rests(moment, team, how):
    clip = moment()
    membership = Membership.objects.get(user=clip.share.by)
    save, now = PolicyVersion.objects.save_team, NOW
    if how == "switched off":
        save(team, {}, by=None, now=NOW)
    if how == "maker":
        Membership.objects.filter(pk=membership.pk).update(role="viewer")
    if how == "shortened":
        save(team, {"share_links": "operators", "share_days": 1}, by=None, now=NOW)
        now = NOW + timedelta(days=2)
    told = Change.objects.count()
    for _ in range(clips.MOST_ATTEMPTS + 2):
        clip = cut(clip, max(now, clip.due_at))
    assert (clip.state, clip.error) == ("waiting", clips.RESTS)
    assert Change.objects.count() == told + 1
    save(team, {"share_links": "operators"}, by=None, now=NOW)
    Membership.objects.filter(pk=membership.pk).update(role="operator")
    assert cut(clip, clip.due_at).state == "ready"


def test_a_clip_is_given_up_once_its_link_has_ended(moment):
    clip = moment()
    assert cut(clip, NOW + timedelta(days=8)).state == "failed"


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.ENOSPC, clips.NO_ROOM), (errno.EACCES, "could not be written: Permission denied.")],
)
def test_a_disk_in_trouble_says_which(moment, monkeypatch, number, words):
    def fails(*args, **kwargs):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(clips, "_cut", fails)
    clip = cut(moment())
    assert (clip.state, words in clip.error) == ("waiting", True)
