"""A bucket that speaks S3, by django-storages and boto3; loaded only where copies lie in one."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from storages.backends.s3 import S3Storage

from bots.archive_address import Address


@dataclass(frozen=True, slots=True)
class Said:
    """What the bucket said instead of doing it, in its own code; `is_away`: it said nothing."""

    code: str
    is_away: bool = False


def opened(address: Address, *, link_for_s: int) -> S3Storage:
    """The storage at that address, whose links are good for so long."""
    return S3Storage(
        access_key=address.key,
        secret_key=address.secret,
        bucket_name=address.bucket,
        endpoint_url=address.endpoint or None,
        region_name=address.region,
        location=address.prefix,
        querystring_auth=True,
        querystring_expire=link_for_s,
        default_acl=None,
        file_overwrite=True,
        client_config=Config(
            signature_version="s3v4",
            s3={"addressing_style": "path" if address.endpoint else "virtual"},
            connect_timeout=5,
            read_timeout=30,
            retries={"max_attempts": 2},
            # What is not Amazon's does not always know the newer checksums.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )


def put(
    storage: S3Storage,
    key: str,
    source: Path,
    *,
    content_type: str,
    tick: Callable[[], None],
) -> None:
    """Send a whole file there; `tick` is called with each piece that went."""
    storage.connection.meta.client.upload_file(
        str(source),
        storage.bucket_name,
        key,
        ExtraArgs={"ContentType": content_type},
        Config=TransferConfig(use_threads=False),
        Callback=lambda sent: tick(),
    )


def reading(error: Exception) -> Said | None:
    """What that error says of the bucket; None where it is none of these libraries'."""
    if isinstance(error, ClientError):
        return Said(str(error.response.get("Error", {}).get("Code", "")))
    if isinstance(error, Boto3Error):
        # Of an upload: what S3 said stands in the words of another error.
        code = re.search(r"\((\w+)\)", str(error))
        return Said(code[1] if code else "upload")
    if isinstance(error, BotoCoreError):
        return Said(type(error).__name__, is_away=True)
    return None
