"""Sounds of bots: an MP3 is told by its frames, and nothing else is taken."""

import base64
import io
import subprocess

import imageio_ffmpeg
import pytest

from bots import sounds

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()


def frames(count=4, head=b"\xff\xfb\x10\xc4", length=104):
    return (head + bytes(length - len(head))) * count


@pytest.mark.parametrize(
    ("head", "length", "each_s"),
    [
        (b"\xff\xfb\x10\xc4", 104, 1152 / 44_100),  # MPEG-1, 32 kbit/s
        (b"\xff\xfb\x90\x64", 417, 1152 / 44_100),  # 128 kbit/s
        (b"\xff\xfb\x92\x64", 418, 1152 / 44_100),  # with a byte of padding
        (b"\xff\xf3\x40\xc4", 104, 576 / 22_050),  # MPEG-2
        (b"\xff\xe3\x40\xc4", 208, 576 / 11_025),  # MPEG-2.5
    ],
)
def test_it_reads_how_long_it_lasts(head, length, each_s):
    assert sounds.seconds_of(frames(10, head, length)) == pytest.approx(10 * each_s)


def test_it_passes_over_what_is_written_about_the_sound():
    tag = b"ID3\x04\x00\x00\x00\x00\x01\x02" + b"\xff\xfb" * 65
    assert sounds.seconds_of(tag + frames(3)) == pytest.approx(3 * 1152 / 44_100)


def test_the_last_frame_may_have_broken_off():
    assert sounds.seconds_of(frames(3)[:-1]) == pytest.approx(2 * 1152 / 44_100)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"ID3",
        b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f",
        b"RIFF....WAVEfmt ",
        b"OggS" * 100,
        b"\xff\xd8\xff\xe0" * 100,
        b"\xff\xf1\x50\x80" * 100,  # AAC
        b"\xff\xfb\xf0\xc4" * 100,  # no such bit rate
        b"\xff\xfb\x1c\xc4" * 100,  # no such sampling rate
        b"\xff\xfb\x10\xc4",
        frames(1),
        b"\xff" * 100_000,
    ],
)
def test_it_refuses_what_is_no_mp3(data):
    with pytest.raises(sounds.NotASound, match="no MP3"):
        sounds.seconds_of(data)


def test_it_takes_what_recall_takes_and_no_more():
    most = frames(sounds.LIMIT_BYTES // 104)
    mp3, _ = sounds.read(io.BytesIO(most.ljust(sounds.LIMIT_BYTES, b"\0")))
    assert len(base64.b64encode(mp3)) == 1_835_008
    with pytest.raises(sounds.NotASound, match="at most 1.3 MB"):
        sounds.read(io.BytesIO(most.ljust(sounds.LIMIT_BYTES + 1, b"\0")))


def played(mp3: bytes) -> bytes:
    """What a player makes of it: samples of 16 bits."""
    command = [FFMPEG, "-v", "error", "-xerror", "-f", "mp3", "-i", "-", "-f", "s16le", "-"]
    return subprocess.run(command, input=mp3, capture_output=True, check=True).stdout


def test_the_silence_is_a_sound_in_which_nothing_is_heard():
    assert sounds.seconds_of(sounds.SILENCE) == pytest.approx(0.52, abs=0.01)
    samples = played(sounds.SILENCE)
    assert len(samples) > 44_100 * 2 * 0.4
    assert set(samples) == {0}


def test_it_knows_a_sound_that_a_program_has_made():
    tone = ["-f", "lavfi", "-i", "sine=frequency=440:duration=2", "-f", "mp3", "-"]
    made = subprocess.run([FFMPEG, "-v", "error", *tone], capture_output=True, check=True).stdout
    assert sounds.seconds_of(made) == pytest.approx(2, abs=0.2)
