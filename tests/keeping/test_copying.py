"""A copy is whole and the same, whatever breaks on the way; or it says why there is none."""

import errno
import hashlib
import json
import uuid
from datetime import timedelta
from types import SimpleNamespace

import httpx
import pytest
from django.utils import timezone

from bots import archive, copying, keeping
from bots.models import AuditEvent, KeptFile, Transcript
from tests.keeping.films import FILM
from tests.keeping.steps import is_the_film, ordered, work

pytestmark = pytest.mark.django_db
State = KeptFile.State


def test_it_keeps_a_file_bit_by_bit_and_leaves_nothing_beside_it(storage, films, recording, alice):
    copy = work(ordered(recording, by=alice))
    assert is_the_film(copy)
    assert (copy.done, copy.percent, copy.reason) == (len(FILM), 100, "")
    assert not list(archive.partials())
    verbs = [event.verb for event in AuditEvent.objects.order_by("pk")]
    assert verbs == ["copy.ordered", "copy.kept"]
    assert "signature" not in str(KeptFile.objects.values().get())


def test_it_goes_on_where_the_line_was_cut_by_a_fresh_link(folder, films, recording):
    films.cuts = [700_000, 600_000]
    copy = work(ordered(recording))
    assert (copy.state, copy.reason) == (
        State.WAITING,
        "The line was cut. It goes on where it was.",
    )
    assert 0 < copy.done < len(FILM)
    copy = work(copy, later_s=30)
    assert is_the_film(work(copy, later_s=60))
    assert films.ranges[0] == ""
    assert all(asked.startswith("bytes=") and asked != "bytes=0-" for asked in films.ranges[1:])
    assert films.links == 3


def test_it_goes_on_after_a_link_that_has_expired(folder, films, recording):
    films.cuts, films.refusals = [500_000], []
    copy = work(ordered(recording))
    films.refusals = [403]
    copy = work(copy, later_s=30)
    assert "no longer opened" in copy.reason
    assert is_the_film(work(copy, later_s=120))


def test_it_begins_anew_where_the_file_is_another_one_by_now(folder, films, recording):
    films.cuts, films.film = [500_000], b"x" * len(FILM)
    copy = work(ordered(recording))
    films.film, films.etag = FILM, '"two"'
    assert is_the_film(work(copy, later_s=30))


def test_it_begins_anew_where_the_server_knows_no_ranges(folder, films, recording):
    films.cuts, films.knows_ranges = [500_000], False
    copy = work(ordered(recording))
    assert is_the_film(work(copy, later_s=30))


def test_it_lets_others_have_a_turn_and_goes_on(folder, films, recording):
    copy = work(ordered(recording), seconds=0)
    assert copy.state == State.WAITING
    assert 0 < copy.done < len(FILM)
    while copy.state == State.WAITING:
        before = copy.done
        copy = work(copy, seconds=0)
        assert copy.done > before or copy.state == State.KEPT
        assert copy.failures == 0
    assert is_the_film(copy)


def test_what_was_not_known_to_be_on_the_disk_is_fetched_again(folder, films, recording):
    """After a power cut the end of a file may be holes."""
    films.cuts = [500_000]
    copy = work(ordered(recording))
    with archive.partial(copy.path).open("r+b") as file:
        file.seek(copy.done)
        file.write(b"\0" * 4096)
    assert is_the_film(work(copy, later_s=30))


def test_another_machine_begins_anew(folder, films, recording):
    films.cuts = [500_000]
    copy = work(ordered(recording))
    archive.drop_partial(copy.path)
    assert is_the_film(work(copy, later_s=30))


def test_a_worker_that_died_between_storing_and_saying_so_loses_nothing(
    storage, films, recording, monkeypatch
):
    copy = ordered(recording)

    def dies(*args: object, **kwargs: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(archive, "digest", dies)
        with pytest.raises(KeyboardInterrupt):
            work(copy)
    asked = films.links
    assert is_the_film(work(copy, later_s=120))
    assert films.links == asked


def test_what_comes_back_changed_is_not_kept(folder, films, recording, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(archive, "digest", lambda name, **how: (len(FILM), "0" * 64))
        copy = work(ordered(recording))
    assert (copy.state, copy.sha256) == (State.WAITING, "")
    assert "not what was stored" in copy.reason
    assert archive.size(copy.path) is None
    assert is_the_film(work(copy, later_s=60))


def test_two_workers_never_have_one_copy(folder, films, recording):
    copy = ordered(recording)
    now = timezone.now()
    assert KeptFile.objects.claim(copy.pk, now, copying.LEASE) is not None
    assert KeptFile.objects.claim(copy.pk, now, copying.LEASE) is None
    assert KeptFile.objects.claim(copy.pk, now + timedelta(minutes=2), copying.LEASE) is not None


def test_a_stopped_copy_stops_at_the_next_piece_and_leaves_nothing(folder, films, recording, alice):
    copy = ordered(recording)
    real = films.file

    def stopped_meanwhile(request: httpx.Request) -> httpx.Response:
        assert keeping.stop(copy, by=alice, now=timezone.now())
        return real(request)

    films.file = stopped_meanwhile  # type: ignore[method-assign]
    copy = work(copy)
    assert (copy.state, copy.reason) == (State.FAILED, "alice stopped it.")
    assert not list(archive.partials())
    assert not list(archive.names())
    films.file = real  # type: ignore[method-assign]
    assert keeping.again(copy, by=alice, now=timezone.now())
    assert is_the_film(work(copy))


def test_a_copy_that_is_stopped_while_it_is_stored_leaves_nothing(
    folder, films, recording, alice, monkeypatch
):
    copy = ordered(recording)
    real = archive.store

    def stopped_meanwhile(*args: object, **kwargs: object) -> None:
        real(*args, **kwargs)  # type: ignore[arg-type]
        keeping.stop(copy, by=alice, now=timezone.now())

    monkeypatch.setattr(archive, "store", stopped_meanwhile)
    copy = work(copy)
    assert copy.state == State.FAILED
    assert not list(archive.names())


def test_it_gives_up_what_recall_has_deleted(folder, films, recording):
    films.gone = True
    copy = work(ordered(recording))
    assert (copy.state, copy.reason) == (State.FAILED, copying.GONE)


def test_it_gives_up_where_a_fresh_link_leads_nowhere_twice(folder, films, recording):
    films.refusals = [404, 404]
    copy = work(work(ordered(recording)), later_s=60)
    assert (copy.state, copy.reason) == (State.FAILED, copying.GONE)


def test_it_gives_up_at_last_and_may_be_tried_again(folder, films, recording, alice):
    films.refusals = [503] * 9
    copy = ordered(recording)
    for n in range(9):
        assert copy.state == State.WAITING
        copy = work(copy, later_s=n * 7200)
    assert copy.state == State.FAILED
    assert "tried 9 times" in copy.reason
    assert keeping.again(copy, by=alice, now=timezone.now())
    assert is_the_film(work(copy))


def test_a_full_disk_is_told_and_waited_for(folder, films, recording, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(archive.shutil, "disk_usage", lambda path: SimpleNamespace(free=10))
        copy = work(ordered(recording))
    assert (copy.state, "no room left" in copy.reason) == (State.WAITING, True)
    with monkeypatch.context() as patch:

        def full(file: object) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        patch.setattr(copying, "_to_disk", full)
        copy = work(copy, later_s=60)
    assert (copy.state, "no room left" in copy.reason) == (State.WAITING, True)
    assert is_the_film(work(copy, later_s=600))


def test_a_storage_that_refuses_is_told_and_waited_for(s3, settings, films, recording, tmp_path):
    from bots import archive_address

    good = settings.ARCHIVE
    settings.ARCHIVE = archive_address.read(
        s3.setting.replace("@copies", "x@copies"), folder=tmp_path
    )
    copy = work(ordered(recording))
    assert (copy.state, "refuses this" in copy.reason) == (State.WAITING, True)
    settings.ARCHIVE = good
    asked = len(films.ranges)
    assert is_the_film(work(copy, later_s=60))
    assert len(films.ranges) == asked  # what had come was not fetched again


def test_a_file_that_is_too_large_is_not_begun(folder, films, recording, settings):
    settings.ARCHIVE_MOST_GB = 0.001
    copy = work(ordered(recording))
    assert (copy.state, "larger than" in copy.reason) == (State.FAILED, True)
    assert not list(archive.partials())


def test_it_keeps_each_persons_track_and_the_list_without_its_links(folder, films, recording):
    recording.artifacts.all().delete()
    films.tracks = {"t1": b"one" * 1000, "t2": b"two" * 1000}
    recording.artifacts.create(
        kind="audio_separate", format="mp3", recall_id=uuid.uuid4(), status="done",
        status_at=timezone.now(),
    )  # fmt: skip
    listed = work(ordered(recording))
    assert listed.state == State.KEPT
    told = json.loads(b"".join(archive.chunks(listed.path)))
    assert [each["download_url"] for each in told] == [None, None]
    for copy in KeptFile.objects.exclude(part=""):
        kept = b"".join(archive.chunks(work(copy).path))
        assert kept == films.tracks[copy.part]
        assert copy.sha256 == hashlib.sha256(kept).hexdigest()
    labels = KeptFile.objects.exclude(part="").order_by("pk").values_list("label", flat=True)
    assert list(labels) == ["Audio of Ann 1", "Audio of Ann 2"]


def test_it_writes_words_and_people_of_what_is_kept_here_without_a_link(folder, films, recording):
    now = timezone.now()
    words = recording.artifacts.create(
        kind="transcript", recall_id=uuid.uuid4(), status="done", status_at=now
    )
    recording.artifacts.create(
        kind="participant_events", recall_id=uuid.uuid4(), status="done", status_at=now
    )
    Transcript.objects.keep(
        recording, [{"text": "Hëllo", "speaker": "Ann"}], now=now, artifact=words
    )
    recording.details_at = now
    recording.save()
    written = [piece for piece in keeping.pieces(recording) if piece.ending == "json"]
    assert [piece.label for piece in written] == ["Transcript", "Participants", "Events"]
    copies = [work(copy) for copy in keeping.keep(recording, written, now=now)]
    texts = [json.loads(b"".join(archive.chunks(copy.path))) for copy in copies]
    assert texts[0][0]["text"] == "Hëllo"
    assert texts[1][0]["name"] == "Ann"
    assert films.links == 0
