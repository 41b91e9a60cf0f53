"""Sounds that bots play in meetings: whether a file is an MP3, and how long it lasts. Pure."""

from __future__ import annotations

from typing import Final, Protocol

# Recall takes 1,835,008 characters of base64: https://docs.recall.ai/reference/bot_output_audio_create
LIMIT_BYTES: Final = 1_835_008 // 4 * 3
# Half a second of nothing: frames of MPEG-1 Layer III, 44.1 kHz, mono, 32 kbit/s, of which none
# holds a sound. A bot is created with it, because only such a one can play others later.
SILENCE: Final = (b"\xff\xfb\x10\xc4" + bytes(100)) * 20

_TAG: Final = 10
_HEADER: Final = 4
# By the bits of a frame's header, kbit/s and Hz of Layer III; MPEG-2 and 2.5 share the first.
_KBITS_1: Final = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0)
_KBITS_2: Final = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0)
_HERTZ: Final[dict[int, tuple[int, ...]]] = {
    0: (11_025, 12_000, 8_000),
    2: (22_050, 24_000, 16_000),
    3: (44_100, 48_000, 32_000),
}
_LAYER_3: Final = 1


class NotASound(ValueError):
    """The file cannot be played by a bot; its text says why and what to do."""


class Upload(Protocol):
    """A file that is being read."""

    def read(self, size: int, /) -> bytes: ...


def read(upload: Upload) -> tuple[bytes, float]:
    """The bytes of an uploaded MP3 and how many seconds they last. Raises NotASound."""
    mp3 = upload.read(LIMIT_BYTES + 1)
    if len(mp3) > LIMIT_BYTES:
        raise NotASound("Recall takes sounds of at most 1.3 MB. Make it shorter or smaller.")
    return mp3, seconds_of(mp3)


def seconds_of(mp3: bytes) -> float:
    """How long an MP3 lasts, by its frames from the first to the last. Raises NotASound."""
    at = _after_tag(mp3)
    seconds, frames = 0.0, 0
    while (frame := _frame(mp3, at)) is not None:
        length, lasts_s = frame
        if at + length > len(mp3):
            break  # the last one may have broken off
        at, seconds, frames = at + length, seconds + lasts_s, frames + 1
    if frames < 2:
        raise NotASound("This file is no MP3 sound. Save the sound as .mp3 and try again.")
    return seconds


def _after_tag(mp3: bytes) -> int:
    """Where the sound begins: behind an ID3v2 tag, where there is one."""
    if not mp3.startswith(b"ID3") or len(mp3) < _TAG:
        return 0
    size = 0
    for byte in mp3[6:10]:
        size = size << 7 | byte & 0x7F
    return _TAG + size


def _frame(mp3: bytes, at: int) -> tuple[int, float] | None:
    """(bytes, seconds) of the Layer III frame that begins there; None where none does."""
    header = mp3[at : at + _HEADER]
    if len(header) < _HEADER or header[0] != 0xFF or header[1] & 0xE0 != 0xE0:
        return None
    version, layer = header[1] >> 3 & 3, header[1] >> 1 & 3
    rate = header[2] >> 2 & 3
    if layer != _LAYER_3 or version not in _HERTZ or rate == 3:
        return None
    hertz = _HERTZ[version][rate]
    is_first = version == 3
    kbits = (_KBITS_1 if is_first else _KBITS_2)[header[2] >> 4]
    if not kbits:
        return None
    samples = 1152 if is_first else 576
    length = samples // 8 * kbits * 1000 // hertz + (header[2] >> 1 & 1)
    return length, samples / hertz
