"""Storages to keep copies in, a folder and a bucket on a real server; and what is copied."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from bots import archive_address, conf, copying
from bots.models import Recording
from tests.keeping import bucket
from tests.keeping.films import Films


@pytest.fixture(scope="session")
def s3_server() -> Iterator[bucket.Bucket]:
    if bucket.program() is None:
        pytest.skip("rclone is not installed on this machine")
    server = bucket.Bucket()
    server.start()
    yield server
    server.remove()


@pytest.fixture
def folder(settings: object, tmp_path: Path) -> Path:
    """The storage is a folder, and what is being fetched lies in another."""
    settings.DATA_DIR = tmp_path  # type: ignore[attr-defined]
    settings.ARCHIVE = archive_address.read("", folder=tmp_path / "archive")  # type: ignore[attr-defined]
    return tmp_path / "archive"


@pytest.fixture
def s3(settings: object, tmp_path: Path, s3_server: bucket.Bucket) -> bucket.Bucket:
    """The storage is a bucket."""
    settings.DATA_DIR = tmp_path  # type: ignore[attr-defined]
    settings.ARCHIVE = s3_server.address  # type: ignore[attr-defined]
    return s3_server


@pytest.fixture(params=["folder", "s3"])
def storage(request: pytest.FixtureRequest) -> str:
    """Each of the two in turn."""
    request.getfixturevalue(request.param)
    return str(request.param)


@pytest.fixture
def films(monkeypatch) -> Films:
    films = Films()
    monkeypatch.setattr(conf, "transport", lambda: httpx.MockTransport(films))
    monkeypatch.setattr(copying, "SAVED_EVERY_S", 0.0)
    return films


@pytest.fixture
def recording(a_bot) -> Recording:
    bot = a_bot("done", recorded=True)
    bot.participants.create(number=1, name="Ann")
    return bot.recordings.get()
