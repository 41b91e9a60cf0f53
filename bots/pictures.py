"""Pictures that bots show in meetings: whether a file is a JPEG, and how large it is. Pure."""

from __future__ import annotations

from typing import Final, Protocol

# Recall takes 1,835,008 characters of base64, and its guide says 1.3 MB.
LIMIT_BYTES: Final = 1_300_000
# A bot shows some 1280 pixels; a small file may hold so many that nobody can unpack it.
LIMIT_PIXELS: Final = 4096
# Markers that stand alone, and those that open a frame header (the others of their range do not).
_ALONE: Final = frozenset({0x01, *range(0xD0, 0xD9)})
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_SCAN: Final = 0xDA
_END: Final = 0xD9


class NotAPicture(ValueError):
    """The file cannot be shown by a bot; its text says why and what to do."""


class Upload(Protocol):
    """A file that is being read."""

    def read(self, size: int, /) -> bytes: ...


def read(upload: Upload) -> tuple[bytes, int, int]:
    """The bytes of an uploaded JPEG, its width and its height. Raises NotAPicture."""
    jpeg = upload.read(LIMIT_BYTES + 1)
    if len(jpeg) > LIMIT_BYTES:
        raise NotAPicture("Recall takes pictures of at most 1.3 MB.")
    width, height = size_of(jpeg)
    return jpeg, width, height


def size_of(jpeg: bytes) -> tuple[int, int]:
    """Width and height of a whole JPEG in pixels, from its frame header. Raises NotAPicture."""
    if not jpeg.startswith(b"\xff\xd8\xff"):
        raise NotAPicture("This file is no JPEG picture. Save the picture as .jpg and try again.")
    at, size = 2, (0, 0)
    while at + 4 <= len(jpeg) and jpeg[at] == 0xFF and jpeg[at + 1] not in (_SCAN, _END):
        marker = jpeg[at + 1]
        if marker == 0xFF:  # a filling byte
            at += 1
            continue
        if marker in _ALONE:
            at += 2
            continue
        if marker in _FRAMES and at + 9 <= len(jpeg) and size == (0, 0):
            height = int.from_bytes(jpeg[at + 5 : at + 7], "big")
            width = int.from_bytes(jpeg[at + 7 : at + 9], "big")
            size = width, height
        length = int.from_bytes(jpeg[at + 2 : at + 4], "big")
        at += 2 + max(length, 2)
    # The picture itself follows, up to its end: a file that broke off has none.
    if jpeg[at : at + 2] != b"\xff\xda" or jpeg.find(b"\xff\xd9", at) < 0 or not all(size):
        raise NotAPicture(
            "This JPEG is damaged or not whole. Save the picture once more, then choose it again."
        )
    if max(size) > LIMIT_PIXELS:
        raise NotAPicture(
            f"This picture is {size[0]} × {size[1]} pixels. Save it smaller, best as 1280 × 720."
        )
    return size
