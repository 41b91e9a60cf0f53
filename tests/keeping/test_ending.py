"""Copies that are stopped, given up or taken up again: nothing is lost, and nothing is left."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from bots import archive, keeping, upkeep
from bots.models import KeptFile
from tests.keeping.films import FILM, Films
from tests.keeping.steps import is_the_film, ordered, work

pytestmark = pytest.mark.django_db
State = KeptFile.State


def no_storage(*args: object, **kwargs: object) -> None:
    raise archive.Away("The storage cannot be reached.")


def test_what_is_fetched_is_kept_although_recall_deletes_it_meanwhile(
    folder, films, recording, monkeypatch
):
    copy = ordered(recording)
    with monkeypatch.context() as patch:
        patch.setattr(archive, "store", no_storage)
        assert work(copy).state == State.WAITING
    films.gone = True
    recording.artifacts.update(status="deleted")
    assert is_the_film(work(copy, later_s=60))


def test_a_storage_that_changes_files_is_given_up_at_the_second_time(
    folder, films, recording, monkeypatch, alice
):
    copy = ordered(recording)
    with monkeypatch.context() as patch:
        patch.setattr(archive, "digest", lambda name, **how: (len(FILM), "0" * 64))
        assert work(copy, seconds=0).state == State.WAITING
        for n in range(1, 500):
            copy = work(copy, seconds=0, later_s=n * 60)
            if copy.state == State.FAILED:
                break
    assert (copy.state, "copied twice" in copy.reason) == (State.FAILED, True)
    assert films.ranges.count("") == 2
    assert keeping.again(copy, by=alice, now=timezone.now())
    copy = work(copy)
    assert is_the_film(copy)
    assert copy.problem == ""


def test_what_was_stored_of_a_copy_that_is_stopped_goes_once_the_storage_answers(
    folder, films, recording, alice, monkeypatch
):
    copy = ordered(recording)

    def dies(*args: object, **kwargs: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(archive, "digest", dies)
        with pytest.raises(KeyboardInterrupt):
            work(copy)
    copy.refresh_from_db()
    stored = copy.path
    assert list(archive.names()) == [stored]
    assert keeping.stop(copy, by=alice, now=timezone.now())
    assert keeping.again(copy, by=alice, now=timezone.now())
    assert is_the_film(work(copy))
    upkeep.prune(timezone.now())
    assert list(archive.names()) == [copy.path] != [stored]
    assert is_the_film(copy)


def test_what_was_stored_of_a_copy_that_is_given_up_goes_too(folder, films, recording, monkeypatch):
    copy = ordered(recording)
    with monkeypatch.context() as patch:
        patch.setattr(archive, "digest", no_storage)
        for n in range(9):
            copy = work(copy, later_s=n * 7200)
    assert copy.state == State.FAILED
    assert list(archive.names()) == []


def test_a_storage_that_is_away_when_a_copy_is_given_up_deletes_it_later(
    folder, films, recording, monkeypatch
):
    copy = ordered(recording)
    with monkeypatch.context() as patch:
        patch.setattr(archive, "digest", no_storage)
        patch.setattr(archive, "delete", no_storage)
        for n in range(9):
            copy = work(copy, later_s=n * 7200)
    assert (copy.state, list(archive.names())) == (State.FAILED, [copy.path])
    upkeep.clear(timezone.now() + timedelta(days=1), most=10)
    assert list(archive.names()) == []


def test_a_frozen_worker_leaves_nothing_where_it_was_tried_anew_meanwhile(
    folder, films, recording, alice, monkeypatch
):
    copy = ordered(recording)
    real = archive.store

    def meanwhile(*args: object, **kwargs: object) -> None:
        real(*args, **kwargs)  # type: ignore[arg-type]
        keeping.stop(copy, by=alice, now=timezone.now())
        copy.refresh_from_db()
        keeping.again(copy, by=alice, now=timezone.now())

    with monkeypatch.context() as patch:
        patch.setattr(archive, "store", meanwhile)
        copy = work(copy)
    assert (copy.state, list(archive.names())) == (State.WAITING, [])


@pytest.fixture
def tracks(films, recording) -> Films:
    recording.artifacts.all().delete()
    films.tracks = {"t1": b"one" * 1000, "t2": b"two" * 1000}
    recording.artifacts.create(
        kind="audio_separate", format="mp3", recall_id=uuid.uuid4(), status="done",
        status_at=timezone.now(),
    )  # fmt: skip
    return films


def parts() -> list[str]:
    return sorted(KeptFile.objects.open().exclude(part="").values_list("part", flat=True))


def test_tracks_that_were_stopped_come_back_only_where_a_person_orders_their_list_anew(
    folder, tracks, recording, alice, monkeypatch
):
    now = timezone.now()
    with monkeypatch.context() as patch:
        patch.setattr(archive, "store", no_storage)
        listed = work(ordered(recording, by=alice))
    assert parts() == ["t1", "t2"]
    keeping.stop(KeptFile.objects.get(part="t1"), by=alice, now=now)
    archive.drop_partial(listed.path)  # so that the list is fetched once more
    assert work(listed, later_s=60).state == State.KEPT
    assert parts() == ["t2"]
    keeping.forget(listed, by=alice, why="No.", now=now)
    work(ordered(recording, rule="The policy"))
    assert parts() == ["t2"]
    keeping.forget(KeptFile.objects.get(part="", state=State.KEPT), by=alice, why="No.", now=now)
    work(ordered(recording, by=alice))
    assert parts() == ["t1", "t2"]
