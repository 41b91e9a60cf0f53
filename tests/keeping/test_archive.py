"""Our own storage, a folder and a bucket alike: what goes in comes out, no name leads astray."""

import hashlib
import os
import stat

import httpx
import pytest

from bots import archive, archive_address
from tests.keeping.bucket import SECRET

FILM = os.urandom(3 * 2**20 + 17)


def put(name: str, body: bytes = FILM) -> None:
    with archive.writing(name) as file:
        file.write(body)
    archive.store(name, archive.partial(name), content_type="video/mp4", tick=lambda: None)
    archive.drop_partial(name)


def test_what_goes_in_comes_out(storage):
    name = archive.new_name(7, "mp4")
    assert archive.size(name) is None
    put(name)
    assert archive.size(name) == len(FILM)
    assert b"".join(archive.chunks(name)) == FILM
    assert archive.digest(name) == (len(FILM), hashlib.sha256(FILM).hexdigest())
    assert name in set(archive.names())
    assert not list(archive.partials())


def test_it_takes_the_place_of_what_bore_its_name(storage):
    name = archive.new_name(7, "mp4")
    put(name, b"half of it")
    put(name)
    assert archive.size(name) == len(FILM)


def test_what_is_deleted_is_gone_and_may_be_deleted_again(storage):
    name = archive.new_name(7, "mp4")
    put(name)
    for _ in range(2):
        archive.delete(name)
        assert archive.size(name) is None
    with pytest.raises(archive.Lost):
        list(archive.chunks(name))


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "/etc/passwd", "7/ab/../../x.mp4", "", "7/ab/abc.mp4", "7/ab/x.mp4\n"],
)
def test_no_other_name_leads_anywhere(folder, name):
    for ask in (archive.partial, archive.size, archive.delete, archive.local_path):
        with pytest.raises(archive.ArchiveError):
            ask(name)
    with pytest.raises(archive.ArchiveError):
        list(archive.chunks(name))


def test_nobody_guesses_a_name_and_each_workspace_has_its_own_place():
    names = {archive.new_name(7, "mp4") for _ in range(50)}
    assert len(names) == 50
    assert all(name.startswith("7/") and archive.is_name(name) for name in names)
    assert archive.new_name(7, "../sh").endswith(".bin")


def test_files_in_the_folder_are_nobody_elses(folder):
    name = archive.new_name(7, "mp4")
    put(name)
    path = archive.local_path(name)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) & 0o077 == 0


def test_a_link_to_the_bucket_opens_without_a_key_and_says_how_the_file_is_called(s3):
    name = archive.new_name(7, "mp4")
    put(name)
    link = archive.link(name, file_name="Böard.mp4", content_type="video/mp4", download=True)
    answer = httpx.get(link, trust_env=False, headers={"Range": "bytes=5-9"})
    assert answer.content == FILM[5:10]
    assert link.startswith(s3.address.origins[0])
    assert SECRET not in link
    assert "X-Amz-Expires=900" in link
    assert httpx.get(link.partition("?")[0], trust_env=False).status_code >= 400


def test_only_one_worker_at_a_time_writes_a_file(folder):
    name = archive.new_name(7, "mp4")
    with archive.writing(name), pytest.raises(archive.Busy), archive.writing(name):
        pass


def test_it_tries_itself_out_and_leaves_nothing(storage):
    before = set(archive.names())
    assert archive.trial() == ""
    assert set(archive.names()) == before
    assert not list(archive.partials())


def test_it_says_what_is_wrong_with_a_storage(settings, s3, tmp_path):
    wrong = [
        (s3.setting.replace("@copies", "x@copies"), "refuses this"),
        (s3.setting.replace("@copies", "@nowhere"), "no such storage"),
        ("s3://key:secret@copies?endpoint=http://127.0.0.1:9", "cannot be reached"),
        ("ftp://somewhere", "ARCHIVE_URL is of no use"),
    ]
    for url, words in wrong:
        settings.ARCHIVE = archive_address.read(url, folder=tmp_path)
        said = archive.trial()
        assert words in said, url
        assert "by itself" not in said
        assert SECRET not in said
        assert not list(archive.partials())


@pytest.mark.parametrize(
    "url",
    [
        "s3://bucket",
        "s3://key@bucket",
        "s3://key:secret@bucket?endpoint=ftp://x",
        "s3://key:secret@bucket?what=1",
        "s3://key:secret@bucket?prefix=../other",
        "s3://key:hunter2/x@bucket",
        "file://relative/path",
        "file:///a/../b",
        "file:///",
        "s3://key:secret@[bucket",
    ],
)
def test_an_address_that_makes_no_sense_is_told_without_its_secret(url, tmp_path):
    address = archive_address.read(url, folder=tmp_path)
    assert address.problem.startswith("ARCHIVE_URL is of no use")
    assert "hunter2" not in repr(address)
    assert address.origins == ()


def test_an_address_never_shows_its_secret(s3):
    assert SECRET not in repr(s3.address) + s3.address.shown
    assert (s3.address.secret, s3.address.prefix) == (SECRET, "acme/films")


def test_its_trial_leaves_nothing_where_it_cannot_be_read_back(storage, monkeypatch):
    before = set(archive.names())

    def fails(name: str) -> None:
        raise archive.ArchiveError("It cannot be read.")

    monkeypatch.setattr(archive, "chunks", fails)
    assert archive.trial() == "It cannot be read."
    assert set(archive.names()) == before
