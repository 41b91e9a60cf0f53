"""What is in a picture of the sandbox's films, as a graph of ffmpeg's filters.

A meeting is dark, with the elapsed time large in it, its title and who is speaking; a webcam shows
one person's initials, a shared screen a page of grey lines. Titles and names are foreign text: they
reach ffmpeg only inside files of their own, never inside an argument or a filter.
"""

import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

_WIDTH, _HEIGHT = 640, 360
_COLOURS = ("7dd3fc", "fda4af", "86efac", "fcd34d", "c4b5fd", "fdba74", "5eead4", "f9a8d4")
_NAMES_DRAWN = 32  # each name costs a filter; whoever comes later is drawn as _THE_REST
_THE_REST = "Someone else"

Stretch = tuple[float, float]


class Spoken(Protocol):
    """Someone speaking, in seconds of the film."""

    @property
    def start_s(self) -> float: ...
    @property
    def end_s(self) -> float: ...
    @property
    def speaker(self) -> str: ...


class Canvas:
    """One film's picture. Writes the text it draws into files in `folder`, beside `font.ttf`."""

    def __init__(self, folder: Path, frames: int, frames_per_s: int) -> None:
        self._folder, self._frames, self._rate = folder, frames, frames_per_s
        self._background = "0f172a"
        self._chain: list[str] = []
        self._texts = 0

    def meeting(self, title: str, spoken: Sequence[Spoken], voice: int) -> None:
        """Everybody: the time, the title, who is speaking."""
        self._clock("fontcolor=white:fontsize=104:x=(w-tw)/2:y=(h-th)/2")
        self._text(title, 48, "fontcolor=0xcbd5e1:fontsize=22:x=28:y=28")
        stretches: dict[str, list[Stretch]] = {}
        for line in spoken:
            name = line.speaker if len(stretches) < _NAMES_DRAWN else _THE_REST
            name = line.speaker if line.speaker in stretches else name
            stretches.setdefault(name, []).append((line.start_s, line.end_s))
        for number, (name, when) in enumerate(stretches.items(), start=voice):
            colour, during = _COLOURS[number % len(_COLOURS)], f"enable='{_during(when)}'"
            self._box(f"x=28:y=300:w=8:h=32:color=0x{colour}:t=fill:{during}")
            self._text(name, 36, f"fontcolor=0x{colour}:fontsize=28:x=50:y=301:{during}")

    def webcam(self, name: str, spoken: Sequence[Spoken], voice: int) -> None:
        """One person, with a frame while they speak."""
        self._background = "1e293b"
        colour = _COLOURS[voice % len(_COLOURS)]
        initials = "".join(part[0] for part in _drawable(name, at_most=200).split()[:2]) or "?"
        self._box(f"x=230:y=90:w=180:h=180:color=0x{colour}:t=fill")
        self._text(initials, 2, "fontcolor=0x0f172a:fontsize=84:x=(w-tw)/2:y=(h-th)/2")
        self._text(name, 36, "fontcolor=white:fontsize=22:x=28:y=312")
        self._clock("fontcolor=0xcbd5e1:fontsize=18:x=w-tw-28:y=316")
        if spoken:
            during = _during([(line.start_s, line.end_s) for line in spoken])
            self._box(f"w=iw:h=ih:color=0x{colour}:t=6:enable='{during}'")

    def screenshare(self, title: str) -> None:
        """A shared screen: a page with its lines."""
        self._background = "f8fafc"
        self._box("w=iw:h=40:color=0x334155:t=fill")
        self._text(title, 48, "fontcolor=white:fontsize=20:x=16:y=10")
        for n, width in enumerate((420, 520, 480, 300, 540, 500, 440)):
            height = 22 if n == 0 else 10
            colour = "64748b" if n == 0 else "cbd5e1"
            self._box(f"x=48:y={72 + n * 34}:w={width}:h={height}:color=0x{colour}:t=fill")
        self._clock("fontcolor=0x475569:fontsize=18:x=w-tw-20:y=332")

    def graph(self, black: Sequence[Stretch]) -> str:
        """The whole graph; the picture is black in these stretches."""
        if black:
            self._box(f"w=iw:h=ih:color=black:t=fill:enable='{_during(black)}'")
        source = f"color=c=0x{self._background}:s={_WIDTH}x{_HEIGHT}:r={self._rate}"
        return ",".join([f"{source},trim=end_frame={self._frames}", *self._chain]) + "[picture]"

    def _box(self, style: str) -> None:
        self._chain.append(f"drawbox={style}")

    def _clock(self, style: str) -> None:
        self._write("%{pts:gmtime:0:%T}", style)

    def _text(self, text: str, at_most: int, style: str) -> None:
        self._write(_drawable(text, at_most=at_most), f"expansion=none:y_align=font:{style}")

    def _write(self, text: str, style: str) -> None:
        name = f"text{self._texts}"
        self._texts += 1
        # A file that ends in a newline would be two lines to drawtext, and an empty one an error.
        (self._folder / name).write_text(text or " ", encoding="utf-8", errors="replace")
        self._chain.append(f"drawtext=fontfile=font.ttf:textfile={name}:{style}")


def _during(stretches: Sequence[Stretch]) -> str:
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
