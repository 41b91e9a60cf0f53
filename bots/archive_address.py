"""Where a team's own copies lie, as `ARCHIVE_URL` says it: an address in, its parts out. Pure."""

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

_KNOWN = {"endpoint", "region", "prefix"}
_HOW = (
    "Write s3://key:secret@bucket?endpoint=https://…&region=…&prefix=… with /, + and @ in key and "
    "secret as %2F, %2B and %40, or file:///a/folder."
)


@dataclass(frozen=True)
class Address:
    """A folder of this machine, or a bucket at something that speaks S3.

    `problem` is a sentence where the address makes no sense; then nothing else counts.
    """

    folder: Path | None = None
    bucket: str = ""
    key: str = ""
    secret: str = field(default="", repr=False)
    endpoint: str = ""
    region: str = ""
    prefix: str = ""
    problem: str = ""

    @property
    def shown(self) -> str:
        """Where it is, for people: without key and secret."""
        if self.problem or self.folder is not None:
            return "a folder of this server"
        at = urlsplit(self.endpoint).netloc if self.endpoint else "Amazon S3"
        return f"the bucket {self.bucket} at {at}"

    @property
    def origins(self) -> tuple[str, ...]:
        """What browsers load its files from, as Content-Security-Policy writes it."""
        if self.problem or not self.bucket:
            return ()
        if self.endpoint:
            at = urlsplit(self.endpoint)
            return (f"{at.scheme}://{at.netloc}",)
        hosts = ("s3.amazonaws.com", f"s3.{self.region}.amazonaws.com")
        return tuple(f"https://{self.bucket}.{host}" for host in hosts)


def read(written: str, *, folder: Path) -> Address:
    """The parts of `ARCHIVE_URL`; empty means that folder. Never raises, never tells the secret."""
    if not written.strip():
        return Address(folder=folder)
    try:
        parts = urlsplit(written.strip())
        given = dict(
            parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
        )
        port = parts.port
    except ValueError:
        return _wrong("it cannot be read")
    if parts.scheme == "file":
        path = Path(unquote(parts.path))
        if parts.netloc or not path.is_absolute() or ".." in path.parts or len(path.parts) < 2:
            return _wrong("the folder must be named from the root, as in file:///srv/copies")
        return Address(folder=path)
    if parts.scheme != "s3":
        return _wrong("it begins neither with s3:// nor with file:///")
    if unknown := set(given) - _KNOWN:
        return _wrong(f"it says “{sorted(unknown)[0][:40]}”, which means nothing here")
    bucket, within = parts.hostname or "", parts.path.strip("/")
    if not bucket or port is not None:
        return _wrong("it names no bucket")
    if not parts.username or not parts.password:
        return _wrong("it takes a key and a secret before the @")
    endpoint = given.get("endpoint", "").rstrip("/")
    if endpoint:
        at = urlsplit(endpoint)
        if at.scheme not in ("http", "https") or not at.hostname or at.username or at.path:
            return _wrong("the endpoint must be an address such as https://s3.example.com")
    prefix = (given.get("prefix") or within).strip("/")
    if any(each in ("", ".", "..") for each in prefix.split("/") if prefix):
        return _wrong("the prefix must be plain names with / between them")
    return Address(
        bucket=bucket,
        key=unquote(parts.username),
        secret=unquote(parts.password),
        endpoint=endpoint,
        region=given.get("region", "") or "us-east-1",
        prefix=prefix,
    )


def _wrong(why: str) -> Address:
    return Address(problem=f"ARCHIVE_URL is of no use: {why}. {_HOW}")
