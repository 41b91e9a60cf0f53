"""The team's own storage, a folder or a bucket: the only room that knows how files lie there.

Files bear names that nobody can guess, each workspace's below a prefix of its own. What is still
being fetched lies apart, on this machine (`partial`).
"""

import errno
import fcntl
import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, BinaryIO

from django.core.files import File
from django.core.files.storage import FileSystemStorage
from django.utils.http import content_disposition_header

from bots import conf
from bots.archive_address import Address

CHUNK = 1024 * 1024
# A presigned link is made at the click that follows it; a player asks again for each piece.
LINK_FOR_S = 900
# What a disk shall have left beside the file that comes.
SPARE_BYTES = 64 * 2**20
_NAME = re.compile(r"[1-9][0-9]{0,18}/[0-9a-f]{2}/[0-9a-f]{48}\.[a-z0-9]{1,8}")
# What a disk says that takes no more.
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_GONE = {"404", "NoSuchKey", "NotFound", "NoSuchBucket"}
_REFUSED = {"403", "AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "401"}
_FULL = {"507", "QuotaExceeded", "InsufficientStorage", "XMinioStorageFull", "StorageFull"}

_STAYS = "Files can be written to {}, and not be deleted there."

Tick = Callable[[], None]


class ArchiveError(Exception):
    """Our storage did not do what was asked; `sentence` is for people and tells no secret."""

    def __init__(self, sentence: str, *, code: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.code = code


class Lost(ArchiveError):
    """There is no such file (any more)."""


class Away(ArchiveError):
    """The storage as a whole does not answer or is not there; no other file fares better."""


class Busy(ArchiveError):
    """Another worker of this machine writes the same partial file."""


def where() -> str:
    """Where copies lie, in words, without key and secret."""
    return conf.archive_address().shown


def new_name(workspace_id: int, ending: str) -> str:
    """A name for a file of that workspace that nobody can guess."""
    word = secrets.token_hex(24)
    plain = ending.lower() if re.fullmatch(r"[A-Za-z0-9]{1,8}", ending) else "bin"
    return f"{workspace_id}/{word[:2]}/{word}.{plain}"


# What has been fetched so far


def partial(name: str) -> Path:
    """Where on this machine the file is put together before it is stored."""
    return conf.partial_folder() / _checked(name).replace("/", "-")


@contextmanager
def writing(name: str) -> Iterator[BinaryIO]:
    """Its partial file, to be read and written by nobody else meanwhile. Raises Busy.

    Raises ArchiveError where the disk takes no more.
    """
    with _told():
        path = partial(name)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with path.open("a+b") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Busy("Another worker is at it.", code="busy") from None
            yield file


def drop_partial(name: str) -> None:
    """Remove what has been fetched so far on this machine, if anything."""
    with suppress(OSError):
        partial(name).unlink(missing_ok=True)


def partials() -> Iterator[tuple[Path, float]]:
    """Every partial file of this machine, and when it was last written (POSIX seconds)."""
    folder = conf.partial_folder()
    for path in folder.iterdir() if folder.is_dir() else ():
        with suppress(OSError):
            yield path, path.stat().st_mtime


def make_room(bytes_to_come: int) -> None:
    """Raises ArchiveError where this machine's disk has no room for so much more."""
    folder = conf.partial_folder()
    with _told():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        free = shutil.disk_usage(folder).free
    if free < bytes_to_come + SPARE_BYTES:
        raise _full()


# What is kept


def store(name: str, source: Path, *, content_type: str, tick: Tick) -> None:
    """Put a whole file there under that name; in a folder it is moved, not copied.

    `tick` is called now and then. Raises ArchiveError.
    """
    key = _checked(name)
    with _told():
        storage = _storage()
        if isinstance(storage, FileSystemStorage):
            target = Path(storage.path(key))
            with _Moved(source) as file:
                storage.save(key, file)
            _settle(target.parent)
            return
        _buckets().put(storage, _key(storage, key), source, content_type=content_type, tick=tick)


def size(name: str) -> int | None:
    """Its size in bytes, None where there is no such file. Raises ArchiveError."""
    key = _checked(name)
    try:
        with _told():
            storage = _storage()
            return int(storage.size(key))
    except Lost:
        return None


def chunks(name: str) -> Iterator[bytes]:
    """The whole file from the storage, piece by piece. Raises Lost and ArchiveError."""
    key = _checked(name)
    with _told():
        storage = _storage()
        if isinstance(storage, FileSystemStorage):
            with storage.open(key, "rb") as file:
                while piece := file.read(CHUNK):
                    yield piece
            return
        client = storage.connection.meta.client
        answer = client.get_object(Bucket=storage.bucket_name, Key=_key(storage, key))
        with closing(answer["Body"]) as body:
            yield from body.iter_chunks(CHUNK)


def digest(name: str, *, tick: Tick = lambda: None) -> tuple[int, str]:
    """(size, SHA-256) of what really lies there. Raises Lost and ArchiveError."""
    return _digest(chunks(name), tick)


def digest_of_partial(name: str, *, tick: Tick = lambda: None) -> tuple[int, str]:
    """The same of the partial file."""
    with _told(), partial(name).open("rb") as file:
        return _digest(iter(lambda: file.read(CHUNK), b""), tick)


def delete(name: str) -> None:
    """Remove the file; where there is none, nothing happens. Raises ArchiveError."""
    key = _checked(name)
    with suppress(Lost), _told():
        _storage().delete(key)


def local_path(name: str) -> Path | None:
    """Where it lies on this machine, None where the storage is a bucket. Raises Lost."""
    with _told():
        storage = _storage()
        if not isinstance(storage, FileSystemStorage):
            return None
        path = Path(storage.path(_checked(name)))
        if not path.is_file():
            raise Lost("The copy is not in the storage any more.", code="lost")
        return path


def link(name: str, *, file_name: str, content_type: str, download: bool) -> str:
    """A presigned link to it in the bucket, good for a quarter of an hour; never to be kept."""
    with _told():
        storage = _storage()
        told = {
            "ResponseContentType": content_type,
            "ResponseContentDisposition": content_disposition_header(download, file_name)
            or "inline",
        }
        return str(storage.url(_checked(name), parameters=told, expire=LINK_FOR_S))


def names() -> Iterator[str]:
    """Every file that lies in the storage, whoever put it there. Raises ArchiveError."""
    with _told():
        storage = _storage()
        if isinstance(storage, FileSystemStorage):
            root = Path(storage.location)
            for path in sorted(root.rglob("*")):
                if path.is_file():
                    yield path.relative_to(root).as_posix()
            return
        prefix = f"{storage.location}/" if storage.location else ""
        for each in storage.bucket.objects.filter(Prefix=prefix):
            yield each.key.removeprefix(prefix)


def is_name(name: str) -> bool:
    """Whether it is a name as we give them."""
    return bool(_NAME.fullmatch(name))


def trial() -> str:
    """Write, read and delete a small file: "" where all of it works, else the sentence why not."""
    name, written = new_name(1, "txt"), secrets.token_bytes(64)
    lies_there = False
    try:
        with writing(name) as file:
            file.write(written)
            file.flush()
        store(name, partial(name), content_type="text/plain", tick=lambda: None)
        lies_there = True
        if b"".join(chunks(name)) != written:
            return f"What was written to {where()} came back changed."
        delete(name)
        lies_there = size(name) is not None
        return _STAYS.format(where()) if lies_there else ""
    except ArchiveError as error:
        return error.sentence
    finally:
        drop_partial(name)
        if lies_there:
            with suppress(ArchiveError):
                delete(name)


class _Moved(File):
    """A file that Django moves into place where that is the same disk, instead of copying it."""

    def __init__(self, source: Path) -> None:
        super().__init__(source.open("rb"), name=source.name)
        self.source = source

    def temporary_file_path(self) -> str:
        return str(self.source)


def _digest(pieces: Iterator[bytes], tick: Tick) -> tuple[int, str]:
    count, sha = 0, hashlib.sha256()
    for piece in pieces:
        count += len(piece)
        sha.update(piece)
        tick()
    return count, sha.hexdigest()


def _settle(folder: Path) -> None:
    """Have the disk remember which files are in the folder."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _checked(name: str) -> str:
    """The name, if it is one of ours: no other leads anywhere. Raises ArchiveError."""
    if not is_name(name):
        raise ArchiveError("This is no name of a file in the storage.", code="bad_name")
    return name


def _key(storage: Any, name: str) -> str:
    return f"{storage.location}/{name}" if storage.location else name


def _storage() -> Any:
    address = conf.archive_address()
    if address.problem:
        raise Away(address.problem, code="bad_address")
    return _opened(address)


@lru_cache(maxsize=4)
def _opened(address: Address) -> Any:
    if address.folder is not None:
        return FileSystemStorage(
            location=address.folder,
            base_url=None,
            file_permissions_mode=0o600,
            directory_permissions_mode=0o700,
            allow_overwrite=True,
        )
    return _buckets().opened(address, link_for_s=LINK_FOR_S)


def _buckets() -> ModuleType:
    """What speaks S3: twenty megabytes in every process, so only where copies lie in a bucket."""
    return import_module("bots.buckets")


@contextmanager
def _told() -> Iterator[None]:
    """Whatever goes wrong at the storage, as one of our own errors."""
    try:
        yield
    except ArchiveError:
        raise
    except FileNotFoundError:
        raise Lost("The copy is not in the storage any more.", code="lost") from None
    except OSError as error:
        if error.errno in NO_ROOM:
            raise _full() from None
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise _refused("permissions") from None
        raise ArchiveError(f"The storage fails: {error.strerror}.", code="disk") from None
    except Exception as error:
        said = None if conf.archive_address().folder else _buckets().reading(error)
        if said is None:
            raise
        if said.is_away:
            raise Away(f"The storage ({where()}) cannot be reached.", code=said.code) from None
        raise _of_s3(said.code) from None


def _of_s3(code: str) -> ArchiveError:
    if code in _GONE:
        if code == "NoSuchBucket":
            return Away(f"There is no such storage: {where()}.", code=code)
        return Lost("The copy is not in the storage any more.", code="lost")
    if code in _REFUSED:
        return _refused(code)
    if code in _FULL:
        return _full()
    return ArchiveError(f"The storage ({where()}) answers with an error.", code=code[:60])


def _full() -> ArchiveError:
    return ArchiveError(
        "There is no room left where copies are kept. Make room; then it goes on.", code="full"
    )


def _refused(code: str) -> ArchiveError:
    return ArchiveError(
        f"The storage ({where()}) refuses this. Look at its key and what it may do.", code=code
    )
