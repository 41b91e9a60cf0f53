"""What ffmpeg makes of a film that lies on this machine: a still picture, a clip. No network.

Only local files are read (`-protocol_whitelist file`), arguments are lists, and every call ends
after a time: a film comes from outside, and what it holds is not to be trusted.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Final

import imageio_ffmpeg

TIMEOUT_S: Final = 60.0
POSTER_WIDTH: Final = 640
# ffmpeg's scale for JPEG, 2 (best) to 31; tried one after another until the picture is small.
_QUALITIES: Final = (5, 9, 15, 24, 31)
_MOST_POSTER_BYTES: Final = 40_000
# A frame whose brightness (0 to 255) stays below this is black, as paused stretches are.
_DARKEST: Final = 20.0
_PATIENT: Final = ("nice", "-n", "10")  # pages come first
_QUIET: Final = ("-hide_banner", "-nostdin", "-loglevel", "error")
# Of a film that was cut off, ffmpeg says much and shows what is there.
_LOCAL: Final = ("-protocol_whitelist", "file")


class CannotMake(Exception):
    """ffmpeg could not make it; the message ends with the last lines that it said."""


def poster(source: Path, *, at_s: float) -> bytes:
    """The frame at that second as a JPEG, `POSTER_WIDTH` wide and 40 kB large at most.

    Raises CannotMake, also where the film is shorter than that.
    """
    for quality in _QUALITIES:
        picture = _run(
            *("-ss", f"{max(at_s, 0.0):.3f}", *_LOCAL, "-i", _file(source)),
            *("-map", "0:v:0", "-frames:v", "1", "-an", "-sn", "-dn"),
            *("-vf", f"scale='min({POSTER_WIDTH},iw)':-2"),
            *("-map_metadata", "-1", "-q:v", str(quality)),
            *("-f", "image2pipe", "-c:v", "mjpeg", "-pix_fmt", "yuvj420p", "pipe:1"),
        )
        if not picture:
            raise CannotMake(f"The film has no frame at {at_s:g} s.")
        if len(picture) <= _MOST_POSTER_BYTES:
            return picture
    raise CannotMake(f"The frame at {at_s:g} s is too large as a picture.")


def is_black(picture: bytes) -> bool:
    """Whether nothing is to be seen on a JPEG that `poster` made. Raises CannotMake."""
    grey = _run(
        *("-f", "mjpeg", "-i", "pipe:0", "-vf", "scale=32:18"),
        *("-f", "rawvideo", "-pix_fmt", "gray", "pipe:1"),
        given=picture,
    )
    return not grey or max(grey) < _DARKEST


def clip(source: Path, into: Path, *, start_s: float, end_s: float) -> None:
    """Cut the stretch out into an mp4 or m4a that plays from its beginning on, exact to a frame.

    The file is whole or not there at all. Raises CannotMake.
    """
    if end_s <= start_s:
        raise CannotMake("The clip ends before it begins.")
    part = into.with_name(f"{into.name}.part")
    try:
        _run(
            *("-y", "-ss", f"{max(start_s, 0.0):.3f}", *_LOCAL, "-i", _file(source)),
            *("-t", f"{end_s - max(start_s, 0.0):.3f}", "-map", "0:v:0?", "-map", "0:a:0?"),
            *("-sn", "-dn", "-map_metadata", "-1", "-map_chapters", "-1"),
            *("-c:v", "libx264", "-preset", "veryfast", "-crf", "26", "-pix_fmt", "yuv420p"),
            *("-c:a", "aac", "-b:a", "96k", "-movflags", "+faststart"),
            *("-f", "mp4", _file(part)),
            timeout_s=10 * TIMEOUT_S,
        )
        if not part.exists() or not part.stat().st_size:
            raise CannotMake("Nothing came of the clip.")
        part.replace(into)
    finally:
        part.unlink(missing_ok=True)


def _file(path: Path) -> str:
    """A path that ffmpeg takes for nothing else, whatever stands in its name."""
    return f"file:{path.resolve()}"


def _run(*arguments: str, given: bytes | None = None, timeout_s: float = TIMEOUT_S) -> bytes:
    command = [*_PATIENT, imageio_ffmpeg.get_ffmpeg_exe(), *_QUIET, *arguments]
    try:
        done = subprocess.run(
            command, input=given, capture_output=True, timeout=timeout_s, check=True
        )
    except subprocess.TimeoutExpired as error:
        raise CannotMake(f"ffmpeg was stopped after {timeout_s:g} s.") from error
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip()[-500:]
        raise CannotMake(f"ffmpeg ended with {error.returncode}. {said}".strip()) from error
    except OSError as error:
        raise CannotMake(f"ffmpeg could not be started: {error}") from error
    return done.stdout
