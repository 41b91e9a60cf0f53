"""Pictures that bots show in meetings: whether a file is a JPEG, and how large it is. Pure."""

from __future__ import annotations

from typing import Final

# Recall takes 1,835,008 characters of base64, and its guide says 1.3 MB.
LIMIT_BYTES: Final = 1_300_000
# Markers that stand alone, and those that open a frame header (the others of their range do not).
_ALONE: Final = frozenset({0x01, *range(0xD0, 0xD9)})
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ENDS: Final = frozenset({0xD9, 0xDA})


class NotAPicture(ValueError):
    """The file cannot be shown by a bot; its text says why and what to do."""


def size_of(jpeg: bytes) -> tuple[int, int]:
    """Width and height of a JPEG in pixels, from its frame header. Raises NotAPicture."""
    if not jpeg.startswith(b"\xff\xd8\xff"):
        raise NotAPicture("This file is no JPEG picture. Save the picture as .jpg and try again.")
    at = 2
    while at + 4 <= len(jpeg) and jpeg[at] == 0xFF:
        marker = jpeg[at + 1]
        if marker == 0xFF:  # a filling byte
            at += 1
            continue
        if marker in _ALONE:
            at += 2
            continue
        if marker in _ENDS:
            break
        length = int.from_bytes(jpeg[at + 2 : at + 4], "big")
        if marker in _FRAMES and at + 9 <= len(jpeg):
            height = int.from_bytes(jpeg[at + 5 : at + 7], "big")
            width = int.from_bytes(jpeg[at + 7 : at + 9], "big")
            if width and height:
                return width, height
            break
        at += 2 + max(length, 2)
    raise NotAPicture("This JPEG is damaged: its size cannot be read. Save the picture once more.")


def is_wide(width: int, height: int) -> bool:
    """Whether it fills a meeting's tile, 16 : 9, give or take a few pixels."""
    return abs(width * 9 - height * 16) <= 0.02 * width * 9
