"""How fast a meeting runs: script seconds on one side, true wall-clock seconds on the other. Pure.

A tempo is a list of anchors `(wall, script_s, speed)`, oldest first: from `wall` on, `speed`
script seconds go by in each wall second. Adding an anchor at `now` changes only what comes after.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

SLOWEST, FASTEST = 0.01, 10_000.0
JUMP_WALL_S = 0.05  # a jump is a very fast stretch, so wall times stay distinct and in order


@dataclass(frozen=True, slots=True)
class Anchor:
    wall: float
    script_s: float
    speed: float


@dataclass(frozen=True, slots=True)
class Tempo:
    """A strictly growing map between wall time (POSIX seconds) and script time (seconds)."""

    anchors: tuple[Anchor, ...]

    @classmethod
    def steady(cls, *, start: float, speed: float = 1.0) -> Self:
        """Script second 0 is at `start`, and `speed` of them go by each second."""
        return cls((Anchor(start, 0.0, speed),))

    @classmethod
    def read(cls, data: Sequence[Sequence[float]]) -> Self:
        return cls(tuple(Anchor(*map(float, row)) for row in data))

    def written(self) -> list[list[float]]:
        return [[a.wall, a.script_s, a.speed] for a in self.anchors]

    def script(self, wall: float) -> float:
        """Script seconds at `wall`; before the start they are negative."""
        anchor = self.anchors[0]
        for other in self.anchors[1:]:
            if other.wall > wall:
                break
            anchor = other
        return anchor.script_s + (wall - anchor.wall) * anchor.speed

    def wall(self, script_s: float) -> float:
        """Wall time at which the script reaches `script_s`, to the microsecond."""
        anchor = self.anchors[0]
        for other in self.anchors[1:]:
            if other.script_s > script_s:
                break
            anchor = other
        return round(anchor.wall + (script_s - anchor.script_s) / anchor.speed, 6)

    @property
    def speed(self) -> float:
        return self.anchors[-1].speed

    def at_speed(self, speed: float, *, now: float) -> "Tempo":
        """From `now` on at another speed."""
        now = max(now, self.anchors[-1].wall)
        speed = min(max(speed, SLOWEST), FASTEST)
        return Tempo((*self.anchors, Anchor(now, self.script(now), speed)))

    def jumped(self, seconds: float, *, now: float) -> "Tempo":
        """From `now` on, `seconds` of script go by within `JUMP_WALL_S`; then as before."""
        now = max(now, self.anchors[-1].wall)
        here = self.script(now)
        fast = Anchor(now, here, max(seconds, 0.001) / JUMP_WALL_S)
        after = Anchor(now + JUMP_WALL_S, here + max(seconds, 0.001), self.speed)
        return Tempo((*self.anchors, fast, after))

    @property
    def settled_at(self) -> float:
        """Wall time from which the latest change has taken effect."""
        return self.anchors[-1].wall

    def __bool__(self) -> bool:
        return bool(self.anchors)


def read(data: Any, *, start: float, speed: float) -> Tempo:
    """The tempo kept in a table, or a steady one if none was kept yet."""
    return Tempo.read(data) if data else Tempo.steady(start=start, speed=speed)
