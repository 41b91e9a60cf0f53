"""A recording without a film as a small drawing: who spoke when, a row for each. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

WIDTH, HEIGHT = 640, 360
MOST_ROWS: Final = 8
# Narrower ticks can't be seen, and as many as fit side by side bound the drawing's size.
TICK: Final = 4
_GROUND, _ROW = "#161a22", "#232936"
_COLOURS: Final = (
    "#7dd3fc", "#fda4af", "#86efac", "#fcd34d", "#c4b5fd", "#fdba74", "#5eead4", "#f9a8d4",
)  # fmt: skip
_MARGIN: Final = 32


def drawing(events: Iterable[tuple[int, str, float | None]], *, length_s: float) -> str | None:
    """SVG of those who spoke most, in the order in which they began; None where nobody did.

    `events` are (who, Recall's word, seconds from the start) in order. No text, no style: it is
    shown as an image, and a policy may forbid both.
    """
    spans = _spans(events, length_s)
    if not spans:
        return None
    length_s = max(length_s, *(end for each in spans.values() for _, end in each))
    loudest = sorted(spans, key=lambda who: -sum(end - start for start, end in spans[who]))
    shown = [who for who in spans if who in loudest[:MOST_ROWS]]
    height = (HEIGHT - 2 * _MARGIN) / len(shown)
    thick = min(height * 0.56, 44)
    rows = "".join(
        _row(spans[who], length_s, _MARGIN + (n + 0.5) * height - thick / 2, thick, _COLOURS[n])
        for n, who in enumerate(shown)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}">'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{_GROUND}"/>{rows}</svg>'
    )


def _spans(
    events: Iterable[tuple[int, str, float | None]], length_s: float
) -> dict[int, list[tuple[float, float]]]:
    """By speaker, from when to when they spoke."""
    spans: dict[int, list[tuple[float, float]]] = defaultdict(list)
    since: dict[int, float] = {}
    for who, action, at_s in events:
        if at_s is None:
            continue
        if action == "speech_on":
            since.setdefault(who, max(at_s, 0.0))
        elif action in ("speech_off", "leave") and who in since:
            start = since.pop(who)
            spans[who].append((start, max(at_s, start)))
    for who, start in since.items():
        spans[who].append((start, max(length_s, start)))
    return spans


def _row(
    spans: list[tuple[float, float]], length_s: float, y: float, thick: float, colour: str
) -> str:
    room = WIDTH - 2 * _MARGIN
    ticks: list[list[int]] = []
    for start, end in sorted(spans):
        x = _MARGIN + int(start / length_s * room) // TICK * TICK if length_s else _MARGIN
        until = _MARGIN + int(end / length_s * room) if length_s else _MARGIN
        if ticks and x <= ticks[-1][1]:
            ticks[-1][1] = max(ticks[-1][1], until)
        else:
            ticks.append([x, max(until, x + TICK)])
    path = "".join(f"M{x} 0h{min(end, WIDTH - _MARGIN) - x}v1H{x}z" for x, end in ticks)
    ground = f'<rect x="{_MARGIN}" y="{y:.0f}" width="{room}" height="{thick:.0f}" rx="6"'
    return (
        f'{ground} fill="{_ROW}"/>'
        f'<path transform="translate(0 {y:.0f}) scale(1 {thick:.0f})" fill="{colour}" d="{path}"/>'
    )
