"""Pictures of bots: the size of a JPEG is read from its header, and nothing else is taken."""

import base64

import pytest

from bots import pictures


def jpeg(width=1280, height=720, *, before=b"", frame=0xC0):
    """The smallest thing that has a JPEG's headers."""
    size = height.to_bytes(2, "big") + width.to_bytes(2, "big")
    return (
        b"\xff\xd8\xff\xe0\x00\x04JF" + before
        + bytes([0xFF, frame]) + b"\x00\x0b\x08" + size + b"\x01\x01\x11\x00"
        + b"\xff\xda\x00\x02\xff\xd9"
    )  # fmt: skip


@pytest.mark.parametrize("frame", [0xC0, 0xC1, 0xC2, 0xC9])
def test_it_reads_the_size(frame):
    assert pictures.size_of(jpeg(640, 360, frame=frame)) == (640, 360)


def test_it_passes_over_what_comes_before_the_size():
    tables = b"\xff\xdb\x00\x05abc" + b"\xff\xff\xc4\x00\x06\xff\xc0ab" + b"\xff\x01"
    assert pictures.size_of(jpeg(before=tables)) == (1280, 720)


@pytest.mark.parametrize(
    "data",
    [b"", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"<svg>", b"\xff\xd8", b"not a picture" * 100],
)
def test_it_refuses_what_is_no_jpeg(data):
    with pytest.raises(pictures.NotAPicture, match="no JPEG"):
        pictures.size_of(data)


@pytest.mark.parametrize(
    "data",
    [
        jpeg(0, 720),
        jpeg(1280, 0),
        jpeg()[:14],
        b"\xff\xd8\xff\xd9",
        b"\xff\xd8\xff\xe0\x00\x00" * 9,
        b"\xff\xd8\xff\xe0\xff\xff\xff",
        b"\xff\xd8\xff\xda\x00\x02" + jpeg()[2:],
        jpeg()[:-2],
        jpeg()[:-6],
        jpeg()[:-6] + b"\xff\xd9",
        b"\xff\xd8" + b"\xff" * 1_000_000,
    ],
)
def test_it_refuses_what_is_damaged(data):
    with pytest.raises(pictures.NotAPicture, match="damaged"):
        pictures.size_of(data)


def test_it_refuses_what_nobody_can_unpack():
    assert pictures.size_of(jpeg(4096, 4096)) == (4096, 4096)
    with pytest.raises(pictures.NotAPicture, match="65535 × 720 pixels. Save it smaller"):
        pictures.size_of(jpeg(65535, 720))


def test_the_largest_picture_fits_into_what_recall_takes():
    assert len(base64.b64encode(bytes(pictures.LIMIT_BYTES))) == 1_733_336 < 1_835_008
