"""Films and sound: real mp4 and mp3 files that show what a recording of the sandbox holds.

A picture is dark, with the elapsed time large in it, the meeting's title and who is speaking; each
speaker has a soft tone of their own. Titles and names are foreign text: they reach ffmpeg only
inside files of their own, never inside an argument or a filter.
"""

import contextlib
import fcntl
import hashlib
import json
import math
import os
import re
import shutil
import subprocess
import tempfile
import time
import unicodedata
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import imageio_ffmpeg
from font_roboto import RobotoMedium

Paused = Literal["cut", "black"]

FRAMES_PER_S = 1
KEYFRAME_EVERY_S = 5
TIMEOUT_S = 120.0
LIMIT_BYTES = 512 * 1024 * 1024

_EDITION = (
    1  # part of every cached file's name: raise it when films come to look or sound different
)
_WIDTH, _HEIGHT = 640, 360
_PCM_RATE, _SOUND_RATE = 8_000, 16_000
_PULSES_PER_S = 4
_TONES_HZ = (220, 262, 294, 330, 392, 440, 524, 588)
_COLOURS = ("7dd3fc", "fda4af", "86efac", "fcd34d", "c4b5fd", "fdba74", "5eead4", "f9a8d4")
_NAMES_DRAWN = 32  # each name costs a filter; whoever comes later is drawn as _THE_REST
_THE_REST = "Someone else"
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
    """All that a recording's film and sound are made from; equal scripts make equal files."""

    pieces: tuple[Piece, ...]
    paused: Paused
    title: str = ""
    lines: tuple[Line, ...] = ()

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
    timeout_s: float = TIMEOUT_S,
) -> None:
    """Make an mp4 (H.264 and AAC, playable from its beginning on) at `path`, whole or not at all.

    Raises CannotMake.
    """
    seconds = _playable_s(pieces, paused)
    spoken = _spoken(pieces, paused, lines)
    with _workshop(path) as folder:
        shutil.copyfile(RobotoMedium, folder / "font.ttf")
        (folder / "graph").write_text(_picture(folder, seconds, pieces, paused, title, spoken))
        _write_pcm(folder / "pcm", seconds, spoken)
        keyframe_every = str(FRAMES_PER_S * KEYFRAME_EVERY_S)
        _ffmpeg(
            folder,
            *_PCM_INPUT,
            *("-/filter_complex", "graph", "-map", "[picture]", "-map", "0:a"),
            *("-c:v", "libx264", "-profile:v", "main", "-pix_fmt", "yuv420p"),
            *("-preset", "veryfast", "-crf", "36", "-bf", "0", "-tune", "stillimage"),
            *("-g", keyframe_every, "-keyint_min", keyframe_every, "-sc_threshold", "0"),
            *("-c:a", "aac", "-aac_coder", "fast", "-ar", str(_SOUND_RATE), "-b:a", "8k"),
            *("-t", f"{seconds:.3f}", "-movflags", "+faststart", "-f", "mp4", "made"),
            timeout_s=timeout_s,
        )


def sound(
    path: Path,
    *,
    pieces: Sequence[Piece],
    paused: Paused,
    lines: Sequence[Line] = (),
    timeout_s: float = TIMEOUT_S,
) -> None:
    """Make an mp3 at `path` that sounds like the film, whole or not at all. Raises CannotMake."""
    with _workshop(path) as folder:
        _write_pcm(folder / "pcm", _playable_s(pieces, paused), _spoken(pieces, paused, lines))
        _ffmpeg(
            folder,
            *(*_PCM_INPUT, "-c:a", "libmp3lame", "-ar", str(_SOUND_RATE), "-ac", "1"),
            *("-b:a", "8k", "-compression_level", "9", "-f", "mp3", "made"),
            timeout_s=timeout_s,
        )


def kept(
    folder: Path,
    recording_id: str,
    script: Script,
    *,
    suffix: Literal["mp4", "mp3"],
    limit_bytes: int = LIMIT_BYTES,
) -> Path:
    """The recording's file in `folder`, made now if it is not there; the longest unused go.

    One file is made at a time, by however many processes: a player that asks for five ranges of a
    film at once has it made once. Raises CannotMake.
    """
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", recording_id):
        raise ValueError(f"“{recording_id}” cannot be part of a file's name.")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{recording_id}-{script.digest}.{suffix}"

    def make() -> None:
        if suffix == "mp4":
            film(
                path,
                pieces=script.pieces,
                paused=script.paused,
                title=script.title,
                lines=script.lines,
            )
        else:
            sound(path, pieces=script.pieces, paused=script.paused, lines=script.lines)

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
        elif path.suffix in {".mp4", ".mp3"} and path != spare:
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
_PCM_INPUT = ("-f", "s16le", "-ar", str(_PCM_RATE), "-ac", "1", "-i", "pcm")
_SAME_BYTES = ("-map_metadata", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact")


def _ffmpeg(folder: Path, *arguments: str, timeout_s: float) -> None:
    *options, output = arguments
    command = [imageio_ffmpeg.get_ffmpeg_exe(), *_QUIET, *options, *_SAME_BYTES, output]
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


def _picture(
    folder: Path,
    seconds: float,
    pieces: Sequence[Piece],
    paused: Paused,
    title: str,
    spoken: Sequence[Line],
) -> str:
    """The filter graph that draws the film; writes the text it draws into files in `folder`."""
    frames = math.ceil(seconds * FRAMES_PER_S)
    source = f"color=c=0x0f172a:s={_WIDTH}x{_HEIGHT}:r={FRAMES_PER_S}"
    chain = [f"{source},trim=end_frame={frames}"]

    def write(name: str, text: str, style: str) -> None:
        # A file that ends in a newline would be two lines to drawtext, and an empty one an error.
        (folder / name).write_text(text or " ", encoding="utf-8", errors="replace")
        chain.append(f"drawtext=fontfile=font.ttf:textfile={name}:{style}")

    write("clock", "%{pts:gmtime:0:%T}", "fontcolor=white:fontsize=104:x=(w-tw)/2:y=(h-th)/2")
    title_style = "expansion=none:fontcolor=0xcbd5e1:fontsize=22:y_align=font:x=28:y=28"
    write("title", _drawable(title, at_most=48), title_style)
    stretches: dict[str, list[tuple[float, float]]] = {}
    for line in spoken:
        name = line.speaker if len(stretches) < _NAMES_DRAWN else _THE_REST
        name = line.speaker if line.speaker in stretches else name
        stretches.setdefault(name, []).append((line.start_s, line.end_s))
    for number, (name, when) in enumerate(stretches.items()):
        colour = _COLOURS[number % len(_COLOURS)]
        during = _during(when)
        chain.append(f"drawbox=x=28:y=300:w=8:h=32:color=0x{colour}:t=fill:enable='{during}'")
        style = f"expansion=none:fontcolor=0x{colour}:fontsize=28:y_align=font:x=50:y=301"
        write(f"name{number}", _drawable(name, at_most=36), f"{style}:enable='{during}'")
    if black := _black(pieces, paused):
        chain.append(f"drawbox=w=iw:h=ih:color=black:t=fill:enable='{_during(black)}'")
    return ",".join(chain) + "[picture]"


def _black(pieces: Sequence[Piece], paused: Paused) -> list[tuple[float, float]]:
    if paused == "cut":
        return []

    def in_film(at_s: float) -> float:
        return film_time_s(at_s, pieces=pieces, paused=paused)

    return [(in_film(p.start_s), in_film(p.end_s)) for p in pieces if p.kind == "paused"]


def _during(stretches: Sequence[tuple[float, float]]) -> str:
    """An expression that is true in these stretches, which are in order and apart.

    It is a search tree, because ffmpeg refuses deep sums and reads long ones for every frame.
    """
    if len(stretches) == 1:
        ((start_s, end_s),) = stretches
        return f"gte(t,{start_s:.3f})*lt(t,{end_s:.3f})"
    half = len(stretches) // 2
    earlier, later = stretches[:half], stretches[half:]
    return f"if(lt(t,{later[0][0]:.3f}),{_during(earlier)},{_during(later)})"


def _drawable(text: str, *, at_most: int) -> str:
    """One line without control characters or directions, no longer than fits the picture."""
    shown = (" " if ch.isspace() else ch for ch in text[: at_most * 8])
    kept_chars = "".join(ch for ch in shown if not unicodedata.category(ch).startswith("C"))
    line = " ".join(kept_chars.split())
    return line if len(line) <= at_most else f"{line[: at_most - 1]}…"


def _write_pcm(path: Path, seconds: float, spoken: Sequence[Line]) -> None:
    """The sound as 16-bit samples. Quiet stretches are left as holes, which read as zeros."""
    tones: dict[str, bytes] = {}
    with path.open("wb") as pcm:
        for line in spoken:
            if line.speaker not in tones:
                tones[line.speaker] = _tone(_TONES_HZ[len(tones) % len(_TONES_HZ)])
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
