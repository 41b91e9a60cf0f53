"""Films and sound: real mp4 and mp3 files that show what a recording of the sandbox holds.

`canvas.py` draws them; each speaker has a soft tone of their own, the same in every file.
"""

import contextlib
import fcntl
import hashlib
import json
import math
import os
import shutil
import subprocess
import tempfile
import time
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, get_args

import imageio_ffmpeg
from font_roboto import RobotoMedium

from .canvas import Canvas

Paused = Literal["cut", "black"]
Shot = Literal["meeting", "webcam", "screenshare"]
Suffix = Literal["mp4", "h264", "mp3", "ogg", "raw"]

FRAMES_PER_S = 1
KEYFRAME_EVERY_S = 5
TIMEOUT_S = 120.0
_LEAST_SPEED = 20  # a film of hours is given longer: seconds of film for each second of making it
LIMIT_BYTES = 512 * 1024 * 1024

# Part of every cached file's name: raise it when films come to look or sound different.
_EDITION = 3
_PCM_RATE, _SOUND_RATE = 8_000, 16_000
_PULSES_PER_S = 4
_TONES_HZ = (220, 262, 294, 330, 392, 440, 524, 588)
_ABANDONED_AFTER_S = 3600.0


class CannotMake(Exception):
    """ffmpeg could not make the file; the message ends with the last lines that it said."""


@dataclass(frozen=True)
class Piece:
    """A stretch of the recording, in seconds since the recording started. Pieces do not overlap."""

    start_s: float
    end_s: float
    kind: Literal["recorded", "paused"] = "recorded"


@dataclass(frozen=True)
class Line:
    """Someone speaking, in seconds since the recording started."""

    start_s: float
    end_s: float
    speaker: str


@dataclass(frozen=True)
class Script:
    """All that a film and a sound are made from; equal scripts make equal files.

    A `meeting` shows everybody, a `webcam` the one person of its title, a `screenshare` the screen
    that its title names.
    """

    pieces: tuple[Piece, ...]
    paused: Paused
    title: str = ""
    lines: tuple[Line, ...] = ()
    shot: Shot = "meeting"
    voice: int = 0  # which tone and colour the first speaker has

    @property
    def digest(self) -> str:
        told = json.dumps([_EDITION, asdict(self)], sort_keys=True)
        return hashlib.sha256(told.encode()).hexdigest()[:16]


def length_s(*, pieces: Sequence[Piece], paused: Paused) -> float:
    """How long the film is: what was recorded and, when pauses are black, the pauses too."""
    return sum(
        max(0.0, piece.end_s - piece.start_s)
        for piece in pieces
        if piece.kind == "recorded" or paused == "black"
    )


def film_time_s(at_s: float, *, pieces: Sequence[Piece], paused: Paused) -> float:
    """Where in the film the moment `at_s` is; a moment that was cut out is where the cut is."""
    before = [Piece(p.start_s, min(p.end_s, at_s), p.kind) for p in pieces if p.start_s < at_s]
    return length_s(pieces=before, paused=paused)


def film(
    path: Path,
    *,
    pieces: Sequence[Piece],
    paused: Paused,
    title: str,
    lines: Sequence[Line] = (),
    shot: Shot = "meeting",
    voice: int = 0,
    timeout_s: float = TIMEOUT_S,
) -> None:
    """Make an mp4 (H.264 and AAC, playable from its beginning on) at `path`, whole or not at all;
    bare H.264 without sound if it ends in `.h264`. Raises CannotMake.
    """
    seconds = _playable_s(pieces, paused)
    spoken = _spoken(pieces, paused, lines)
    with _workshop(path) as folder:
        shutil.copyfile(RobotoMedium, folder / "font.ttf")
        canvas = Canvas(folder, math.ceil(seconds * FRAMES_PER_S), FRAMES_PER_S)
        if shot == "meeting":
            canvas.meeting(title, spoken, voice)
        elif shot == "webcam":
            canvas.webcam(title, spoken, voice)
        else:
            canvas.screenshare(title)
        (folder / "graph").write_text(canvas.graph(_black(pieces, paused)))
        _write_pcm(folder / "pcm", seconds, spoken, voice)
        bare = path.suffix == ".h264"
        sounding = ("-c:a", "aac", "-aac_coder", "fast", "-b:a", "8k")
        keyframe_every = str(FRAMES_PER_S * KEYFRAME_EVERY_S)
        _ffmpeg(
            folder,
            *_PCM_INPUT,
            *("-/filter_complex", "graph", "-map", "[picture]"),
            *(() if bare else ("-map", "0:a", *sounding)),
            *("-c:v", "libx264", "-profile:v", "main", "-pix_fmt", "yuv420p"),
            *("-preset", "superfast", "-threads", "1", "-crf", "36", "-bf", "0"),
            *("-tune", "stillimage", "-x264-params", "mbtree=0:rc-lookahead=0"),
            *("-g", keyframe_every, "-keyint_min", keyframe_every, "-sc_threshold", "0"),
            *("-t", f"{seconds:.3f}"),
            *(("-f", "h264") if bare else ("-movflags", "+faststart", "-f", "mp4")),
            "made",
            timeout_s=timeout_s,
        )


def sound(
    path: Path,
    *,
    pieces: Sequence[Piece],
    paused: Paused,
    lines: Sequence[Line] = (),
    voice: int = 0,
    timeout_s: float = TIMEOUT_S,
) -> None:
    """Make the sound of the film at `path`, whole or not at all: mp3, ogg (Opus) or raw (16-bit
    samples, 8 kHz) by its suffix. Raises CannotMake."""
    spoken = _spoken(pieces, paused, lines)
    with _workshop(path) as folder:
        pcm = folder / ("made" if path.suffix == ".raw" else "pcm")
        _write_pcm(pcm, _playable_s(pieces, paused), spoken, voice)
        if path.suffix != ".raw":
            coded = _OPUS if path.suffix == ".ogg" else _MP3
            _ffmpeg(folder, *_PCM_INPUT, *coded, "made", timeout_s=timeout_s)


def kept(folder: Path, script: Script, *, suffix: Suffix, limit_bytes: int = LIMIT_BYTES) -> Path:
    """The script's file in `folder`, made now if it is not there; the longest unused go.

    One file is made at a time, by however many processes: a player that asks for five ranges of a
    film at once has it made once, and so have two recordings that hold the same. Raises CannotMake.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{script.digest}.{suffix}"

    seconds = length_s(pieces=script.pieces, paused=script.paused)
    timeout_s = max(TIMEOUT_S, seconds / _LEAST_SPEED)

    def make() -> None:
        if suffix in ("mp4", "h264"):
            film(
                path,
                pieces=script.pieces,
                paused=script.paused,
                title=script.title,
                lines=script.lines,
                shot=script.shot,
                voice=script.voice,
                timeout_s=timeout_s,
            )
        else:
            sound(
                path,
                pieces=script.pieces,
                paused=script.paused,
                lines=script.lines,
                voice=script.voice,
                timeout_s=timeout_s,
            )

    _make_once(path, make, limit_bytes)
    return path


def _make_once(path: Path, make: Callable[[], None], limit_bytes: int) -> None:
    if not _touch(path):
        with (path.parent / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # held for as long as one ffmpeg may run, at most
            if not _touch(path):
                make()
                _prune(path.parent, spare=path, limit_bytes=limit_bytes)


def _touch(path: Path) -> bool:
    with contextlib.suppress(FileNotFoundError):
        os.utime(path)
        return True
    return False


def _prune(folder: Path, *, spare: Path, limit_bytes: int) -> None:
    """Remove the longest unused files until the rest fit, and what killed processes left behind."""
    found = []
    for path in folder.iterdir():
        with contextlib.suppress(FileNotFoundError):
            found.append((path.stat().st_mtime, path.stat().st_size, path))
    room = limit_bytes - spare.stat().st_size
    for used_at, size, path in sorted(found, reverse=True):
        if path.is_dir():
            if used_at < time.time() - _ABANDONED_AFTER_S:
                shutil.rmtree(path, ignore_errors=True)
        elif path.suffix[1:] in get_args(Suffix) and path != spare:
            room -= size
            if room < 0:
                path.unlink(missing_ok=True)


@contextlib.contextmanager
def _workshop(path: Path) -> Iterator[Path]:
    """A folder to work in, beside `path`; the file `made` in it becomes `path` in one step."""
    with tempfile.TemporaryDirectory(prefix=".making-", dir=path.parent) as folder:
        yield Path(folder)
        os.replace(Path(folder) / "made", path)


# A process that reads no stdin, asks nothing, and writes nothing into the file that differs from
# one run to the next. Every name is relative to its working folder, so no path needs escaping.
_QUIET = ("-nostdin", "-hide_banner", "-loglevel", "error", "-y")
_PATIENT = ("nice", "-n", "10")  # pages come first
_PCM_INPUT = ("-f", "s16le", "-ar", str(_PCM_RATE), "-ac", "1", "-i", "pcm")
_MP3 = (
    *("-c:a", "libmp3lame", "-ar", str(_SOUND_RATE), "-ac", "1", "-b:a", "8k"),
    *("-compression_level", "9", "-f", "mp3"),
)
_OPUS = ("-c:a", "libopus", "-ac", "1", "-b:a", "8k", "-f", "ogg")
_SAME_BYTES = ("-map_metadata", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact")


def _ffmpeg(folder: Path, *arguments: str, timeout_s: float) -> None:
    *options, output = arguments
    command = [*_PATIENT, imageio_ffmpeg.get_ffmpeg_exe(), *_QUIET, *options, *_SAME_BYTES, output]
    try:
        subprocess.run(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=timeout_s,
            check=True,
        )
    except subprocess.TimeoutExpired as e:
        raise CannotMake(f"ffmpeg was stopped after {timeout_s:g} s.{_last_lines(e.stderr)}") from e
    except subprocess.CalledProcessError as e:
        raise CannotMake(f"ffmpeg ended with {e.returncode}.{_last_lines(e.stderr)}") from e
    except OSError as e:
        raise CannotMake(f"ffmpeg could not be started: {e}") from e


def _last_lines(said: bytes | None) -> str:
    lines = (said or b"").decode(errors="replace").strip().splitlines()[-5:]
    return "".join(f"\n{line[:300]}" for line in lines)


def _playable_s(pieces: Sequence[Piece], paused: Paused) -> float:
    """The film's length, and one frame for a recording that was over before it began."""
    return max(length_s(pieces=pieces, paused=paused), 1 / FRAMES_PER_S)


def _spoken(pieces: Sequence[Piece], paused: Paused, lines: Sequence[Line]) -> list[Line]:
    """The lines in the film's own time, without what was paused; who starts last has the floor."""
    heard = []
    for piece in pieces:
        if piece.kind == "recorded":
            shift_s = film_time_s(piece.start_s, pieces=pieces, paused=paused) - piece.start_s
            for line in lines:
                start_s, end_s = max(line.start_s, piece.start_s), min(line.end_s, piece.end_s)
                if start_s < end_s:
                    heard.append(Line(start_s + shift_s, end_s + shift_s, line.speaker))
    heard.sort(key=lambda line: line.start_s)
    cut = [
        Line(line.start_s, min(line.end_s, following.start_s), line.speaker)
        for line, following in zip(heard, heard[1:], strict=False)
    ]
    return [line for line in cut if line.start_s < line.end_s] + heard[-1:]


def _black(pieces: Sequence[Piece], paused: Paused) -> list[tuple[float, float]]:
    if paused == "cut":
        return []

    def in_film(at_s: float) -> float:
        return film_time_s(at_s, pieces=pieces, paused=paused)

    return [(in_film(p.start_s), in_film(p.end_s)) for p in pieces if p.kind == "paused"]


def _write_pcm(path: Path, seconds: float, spoken: Sequence[Line], voice: int) -> None:
    """The sound as 16-bit samples. Quiet stretches are left as holes, which read as zeros."""
    tones: dict[str, bytes] = {}
    with path.open("wb") as pcm:
        for line in spoken:
            if line.speaker not in tones:
                tones[line.speaker] = _tone(_TONES_HZ[(voice + len(tones)) % len(_TONES_HZ)])
            second = tones[line.speaker]
            pulses = max(1, int((line.end_s - line.start_s) * _PULSES_PER_S))
            pcm.seek(int(line.start_s * _PCM_RATE) * 2)
            size = pulses * len(second) // _PULSES_PER_S
            pcm.write((second * math.ceil(pulses / _PULSES_PER_S))[:size])
        pcm.truncate(int(seconds * _PCM_RATE) * 2)


def _tone(hertz: int) -> bytes:
    """One second of a soft tone that swells like syllables, silent at each end of a pulse."""
    loudness = 0.06 * 32767
    turn = 2 * math.pi / _PCM_RATE
    samples = (
        loudness * (1 - math.cos(turn * _PULSES_PER_S * n)) * math.sin(turn * hertz * n)
        for n in range(_PCM_RATE)
    )
    return array("h", (round(sample) for sample in samples)).tobytes()
