"""The people of a chaos run: they send bots, press buttons, and keep a journal of both.

An order counts as given once its page has answered so. Where no answer comes, or a 5xx, the same
form is posted again, as somebody would who presses reload.
"""

import heapq
import json
import random
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.chaos.house import Company

# What is ordered of one bot after it was sent, and how many of ten bots get that.
STORIES: dict[tuple[str, ...], int] = {
    (): 1,
    ("pause", "resume"): 2,
    ("pause", "resume", "leave"): 3,
    ("pause", "resume", "stop"): 1,
    ("leave",): 1,
    ("pause", "leave"): 2,
}
PATIENCE_S = 45.0
AGAIN_S = 1.0
# Many files, of which only one has to be fetched afterwards.
FORMATS = [
    "video_mixed_mp4",
    "audio_mixed_mp3",
    "audio_mixed_raw",
    "audio_separate_mp3",
    "audio_separate_raw",
    "video_separate_mp4",
    "video_separate_png",
    "video_separate_h264",
    "participant_events",
    "meeting_metadata",
]


@dataclass(order=True)
class Step:
    """Something somebody does at a time."""

    at: float
    number: int
    do: Callable[[], None] = field(compare=False)


class People:
    """Threads that give `orders` orders to at least `bots` bots, spread over `seconds`.

    Every given order is a line of the journal: its token, what it was, whose, and the token that
    its bot was sent with.
    """

    def __init__(
        self,
        companies: Sequence[Company],
        journal: Path,
        *,
        orders: int,
        bots: int,
        seconds: float,
        seed: int,
        threads: int = 6,
    ) -> None:
        self.companies = companies
        self.orders, self.bots, self.seconds = orders, bots, seconds
        self.given = self.sent = self.declined = 0
        self.problems: list[str] = []
        self._dice = random.Random(seed)
        self._expected = 0  # orders that are given or will be, if nothing is declined
        self._browsers = {company.slug: company.browser() for company in companies}
        self._journal = journal.open("a")
        self._steps: list[Step] = []
        self._numbers = 0
        self._busy = 0
        self._is_sending = True  # while bots are still to be sent
        self._changed = threading.Condition()
        self._stopped = False
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(threads)]

    def begin(self) -> None:
        """Start; returns at once."""
        self._do(0.0, self._next_bot)
        for thread in self._threads:
            thread.start()

    @property
    def is_done(self) -> bool:
        """Whether everything has been ordered."""
        with self._changed:
            return not self._steps and not self._busy

    def end(self) -> None:
        """Stop, whatever is left to do."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(30)
        self._journal.close()
        for browser in self._browsers.values():
            browser.close()

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._stopped and (not self._steps or self._steps[0].at > now()):
                    wait = self._steps[0].at - now() if self._steps else None
                    self._changed.wait(wait)
                if self._stopped:
                    return
                step = heapq.heappop(self._steps)
                self._busy += 1
            try:
                step.do()
            except Exception as error:  # told at the end; the others go on
                self.problems.append(repr(error))
            with self._changed:
                self._busy -= 1
                self._changed.notify_all()

    def _do(self, in_s: float, do: Callable[[], None]) -> None:
        with self._changed:
            self._numbers += 1
            heapq.heappush(self._steps, Step(now() + in_s, self._numbers, do))
            self._changed.notify_all()

    def _next_bot(self) -> None:
        """Send one more bot, and plan the next, until there are enough of both."""
        with self._changed:
            missing = self.orders - self._expected
            if missing <= 0 and self.sent >= self.bots:
                self._is_sending = False
                return
            story = self._dice.choices(list(STORIES), list(STORIES.values()))[0]
            left = max(self.bots - self.sent - 1, 0)
            story = story[: max(missing - 1 - left, 0)]
            self._expected += 1 + len(story)
            self.sent += 1
            number = self.sent
            token = str(uuid.UUID(int=self._dice.getrandbits(128), version=4))
            tokens = [str(uuid.UUID(int=self._dice.getrandbits(128), version=4)) for _ in story]
            company = self.companies[number % len(self.companies)]
            pace = self.seconds / self.bots * self._dice.uniform(0.5, 1.5)
        self._do(pace, self._next_bot)
        self._send(company, number, token, list(zip(story, tokens, strict=True)))

    def _send(
        self, company: Company, number: int, token: str, story: list[tuple[str, str]]
    ) -> None:
        link = f"https://meet.google.com/{letters(number)}"

        def again() -> None:
            data = {
                "meeting_url": link,
                "token": token,
                "anyway": "1",
                "formats": FORMATS,
                "transcript": "",
            }
            answer = self._post(company, f"{company.home}send/", data)
            if answer is None:
                self._do(AGAIN_S, again)
            elif answer.status_code == 302 and "/bots/" in answer.headers["Location"]:
                pk = answer.headers["Location"].rstrip("/").rpartition("/")[2]
                self._write(company, token, "send", token)
                self._press(company, pk, token, story, wait_s=4.0)
            else:
                self._decline(f"send: {answer.status_code} {answer.text[:300]}", 1 + len(story))

        again()

    def _press(
        self,
        company: Company,
        pk: str,
        sent_as: str,
        story: list[tuple[str, str]],
        *,
        wait_s: float,
    ) -> None:
        """Press the next button of a bot, a while from now; while it can't be, again and again."""
        if not story:
            return
        (action, token), *rest = story
        until = now() + PATIENCE_S
        url = f"{company.home}bots/{pk}/{action}/"

        def again() -> None:
            data = {"token": token, "confirmed": "1"}
            answer = self._post(company, url, data, {"HX-Request": "true"})
            if answer is not None and answer.status_code == 200:
                self._write(company, token, action, sent_as)
                self._press(company, pk, sent_as, rest, wait_s=3.0)
            elif now() > until:
                said = answer.text if answer is not None else "no answer"
                self._decline(f"{action}: {said[:300]}", len(story))
            else:
                self._do(AGAIN_S if answer is None else 2.0, again)

        self._do(wait_s, again)

    def _post(
        self,
        company: Company,
        url: str,
        data: dict[str, Any],
        headers: dict[str, str] | None = None,
    ) -> httpx.Response | None:
        """The page's answer, or None where none came, or only that it can't be just now."""
        try:
            answer = self._browsers[company.slug].post(url, data=data, headers=headers)
        except httpx.HTTPError:
            return None
        return None if answer.status_code >= 500 else answer

    def _write(self, company: Company, token: str, action: str, sent_as: str) -> None:
        line = {"token": token, "action": action, "workspace": company.slug, "sent_as": sent_as}
        with self._changed:
            self.given += 1
            self._journal.write(json.dumps(line) + "\n")
            self._journal.flush()

    def _decline(self, why: str, count: int) -> None:
        """These orders won't be given; others will, in their place."""
        with self._changed:
            self.declined += count
            self._expected -= count
            self.problems.append(why)
            more, self._is_sending = not self._is_sending, True
        if more:
            self._do(0.0, self._next_bot)


def now() -> float:
    return time.monotonic()


def letters(number: int) -> str:
    """A meeting code of Google Meet's kind, another one for each number."""
    found = ""
    for _ in range(10):
        number, digit = divmod(number, 26)
        found += chr(97 + digit)
    return f"{found[:3]}-{found[3:7]}-{found[7:]}"
