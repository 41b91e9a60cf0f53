"""What goes wrong during a chaos run: by dice with a fixed seed, one thing after another."""

import random
import time
from collections import Counter
from collections.abc import Callable

from tests.chaos.house import House

# How often each befalls the house, in one round of the bag.
BAG = {
    "worker killed": 4,
    "all workers killed": 1,
    "web killed": 3,
    "web ended": 1,
    "beat killed": 1,
    "sandbox clock killed": 2,
    "Redis flushed": 2,
    "Redis stopped": 1,
    "Redis killed": 1,
    "PostgreSQL stopped": 1,
    "PostgreSQL crashed": 2,
    "PostgreSQL killed": 1,
}

PATIENCE_S = 15.0


class Nemesis:
    """Strikes again and again, a few seconds apart, and puts right what it did after a while.

    On a busy machine it waits for the house to come to, or nothing else would ever happen; but
    not for ever. `most` strikes and no more.
    """

    def __init__(self, house: House, *, seed: int, every_s: float, most: int = 10_000) -> None:
        self.house = house
        self.every_s, self.most = every_s, most
        self.strikes: Counter[str] = Counter()
        self._dice = random.Random(seed)
        self._bag: list[str] = []
        self._next = time.monotonic() + every_s

    def look(self) -> str | None:
        """Strike if it is time; says what was done."""
        late_s = time.monotonic() - self._next
        if late_s < 0 or sum(self.strikes.values()) >= self.most:
            return None
        if late_s < PATIENCE_S and not self.house.answers():
            return None
        if not self._bag:
            self._bag = [name for name, count in BAG.items() for _ in range(count)]
            self._dice.shuffle(self._bag)
        what = self._bag.pop()
        self._strike(what)
        self.strikes[what] += 1
        self._next = time.monotonic() + self.every_s * self._dice.uniform(0.5, 1.5)
        return what

    def _strike(self, what: str) -> None:
        house, workers = self.house, [n for n in self.house.names if n.startswith("worker")]
        match what:
            case "worker killed":
                self._kill(self._dice.choice(workers))
            case "all workers killed":
                self._kill(*workers)
            case "web killed":
                self._kill("web")
            case "web ended":
                house.stop("web")
                house.start("web")
            case "beat killed":
                self._kill("beat")
            case "sandbox clock killed":
                self._kill("clock")
            case "Redis flushed":
                house.redis.flush()
            case "Redis stopped":
                self._away(house.redis.stop, house.redis.start)
            case "Redis killed":
                self._away(house.redis.kill, house.redis.start)
            case "PostgreSQL stopped":
                self._away(house.postgres.stop, house.postgres.start)
            case "PostgreSQL crashed":
                self._away(house.postgres.stop_at_once, house.postgres.start)
            case "PostgreSQL killed":
                self._away(house.postgres.kill, house.postgres.start)

    def _kill(self, *names: str) -> None:
        self.house.kill(*names)
        self._wait(0.0, 1.5)
        self.house.start(*names)

    def _away(self, end: Callable[[], None], start: Callable[[], None]) -> None:
        end()
        self._wait(0.0, 4.0)
        start()

    def _wait(self, least_s: float, most_s: float) -> None:
        time.sleep(self._dice.uniform(least_s, most_s))
