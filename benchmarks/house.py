"""The house as it is deployed, on a benchmark's ground, and Recall played beside it.

The processes are those of deployment/Procfile, on PostgreSQL (`DATABASE_URL`) and Redis
(`REDIS_URL`); Recall is `played.py`, with bots in the shapes that the sandbox gives them.
"""

import json
import os
import re
import shlex
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ground import FOLDER, ROOT, URL, session_of

# isort: split

import httpx
import redis
from django.utils import timezone

from bots.models import Workspace
from recalldash.machine import HOST, environment
from recalldash.processes import Family
from tests.browser.house import free_port
from tests.chaos.servers import eventually
from tests.orders.vendor import REGION, Vendor

BROKER = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/15")
SPEED = 60
_TIME = re.compile(r'"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)"')
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_LINK = re.compile(r'"http[^"]+/(?:media|download)/[^"]*?(\w+)(?:\.mp4|/\?token=[^"]*)"')


@dataclass(frozen=True, slots=True)
class Shapes:
    """One meeting's bot as the sandbox answers for it: while it records, paused, and afterwards.

    `files` are the JSON behind its links, by the last word of their addresses.
    """

    live: str
    paused: str
    over: str
    files: dict[str, Any]


def shapes() -> Shapes:
    """What the sandbox says of a bot, by an hour's meeting that is played in a minute."""
    os.environ["SPEED"] = str(SPEED)
    folder = FOLDER / "vendor"
    folder.mkdir()
    vendor = Vendor(folder)
    del os.environ["SPEED"]
    try:
        vendor.start()
        account = vendor.open()
        link = "https://meet.google.com/abc-defg-hij"
        made = account.api("POST", "bot/", {"meeting_url": link})
        path = f"bot/{made['id']}/"
        live = _until(lambda: account.api("GET", path), "in_call_recording")
        time.sleep(1)
        account.api("POST", f"{path}pause_recording/")
        paused = _until(lambda: account.api("GET", path), "in_call_not_recording")
        account.api("POST", f"{path}leave_call/")
        over = _until(lambda: account.api("GET", path), "done")
        links = over["recordings"][0]["media_shortcuts"]["participant_events"]["data"]
        files = {
            name.removesuffix("_download_url"): httpx.get(url, trust_env=False).json()
            for name, url in links.items()
        }
        return Shapes(*(json.dumps(each) for each in (live, paused, over)), files)
    finally:
        vendor.stop()


def _until(look: Callable[[], Any], code: str) -> Any:
    ends = time.monotonic() + 30
    while True:
        found = look()
        if found["status_changes"] and found["status_changes"][-1]["code"] == code:
            return found
        assert time.monotonic() < ends, f"the sandbox's bot never was {code}"
        time.sleep(0.1)


def bot_like(shape: str, number: int, *, began: datetime, origin: str) -> dict[str, Any]:
    """A bot of that shape with ids of its own, whose meeting began then and took its time."""
    times = [datetime.fromisoformat(each) for each in _TIME.findall(shape)]
    first = min(times)

    def moved(found: re.Match[str]) -> str:
        at = began + SPEED * (datetime.fromisoformat(found[1]) - first)
        return f'"{at.astimezone(UTC).isoformat().replace("+00:00", "Z")}"'

    text = _TIME.sub(moved, _LINK.sub(rf'"{origin}/media/\1"', shape))
    own = _UUID.sub(lambda found: str(uuid.uuid5(uuid.NAMESPACE_OID, f"{number}{found[0]}")), text)
    return dict(json.loads(own))


class House:
    """The processes of deployment/Procfile, once each, and Recall (`played`)."""

    def __init__(self) -> None:
        assert URL, "Give PostgreSQL: DATABASE_URL=postgres://…"
        self.port, theirs = free_port(), free_port()
        self.origin, self.played = f"http://{HOST}:{self.port}", f"http://{HOST}:{theirs}"
        given = {
            "PORT": str(self.port),
            "REDIS_URL": BROKER,
            "CELERY_BROKER_URL": BROKER,
            "RECALL_BASE_URL": f"{self.played}/{{region}}",
            "PYTHONPATH": f"{ROOT}:{ROOT / 'benchmarks'}",
        }
        env = environment(os.environ | given)
        programs: dict[str, list[str]] = {
            "recall": ["uvicorn", "played:app", "--port", str(theirs), "--no-access-log"]
        }
        for line in (ROOT / "deployment" / "Procfile").read_text().splitlines():
            name, _, command = line.partition(": exec python -m ")
            if command and name != "ingest":  # `web` takes webhooks as well
                programs[name] = shlex.split(command.replace("$PORT", str(self.port)))
        self.log = FOLDER / "log"
        self._family = Family(programs, env, log=self.log)

    @property
    def running(self) -> list[str]:
        return list(self._family.children)

    def start(self, *names: str) -> None:
        for name in names:
            self._family.start(name)
        for name, url in (("recall", f"{self.played}/control/"), ("web", f"{self.origin}/login/")):
            if name in names:
                eventually(lambda url=url: _answers(url), within_s=60, what=name)  # type: ignore[misc]

    def stop(self, *names: str) -> None:
        self._family.stop(*names)

    def give(self, bots: list[dict[str, Any]], files: Mapping[str, Any], **more: Any) -> None:
        """What Recall has from now on; its calls so far are forgotten."""
        body = {"bots": bots, "files": {**files, "origin": self.played}, **more}
        httpx.put(f"{self.played}/control/", json=body, trust_env=False, timeout=30)

    def calls(self) -> list[tuple[float, str, int, str]]:
        """Every call that came to Recall: (POSIX seconds, operation, status, bot)."""
        answer = httpx.get(f"{self.played}/control/", trust_env=False, timeout=30)
        return [(at, name, status, bot) for at, name, status, bot in answer.json()["calls"]]


def _answers(url: str) -> bool:
    with suppress(httpx.HTTPError):
        return httpx.get(url, trust_env=False, timeout=5).is_success
    return False


@contextmanager
def house() -> Iterator[House]:
    """A house with nothing started yet, gone afterwards; on a broker that is empty."""
    broker = redis.from_url(BROKER)
    broker.flushdb()
    made = House()
    try:
        yield made
    finally:
        made.stop()
        broker.flushdb()
        broker.close()


def workspace(slug: str, *, webhook_secret: str = "") -> Workspace:
    """A workspace that is connected to Recall as it is played, and that was looked after by now."""
    now = timezone.now()
    made = Workspace.objects.create(
        slug=slug,
        name=slug.title(),
        region=REGION,
        api_key=f"played_{slug}",
        glanced_at=now,
        discovered_at=now,
    )
    if webhook_secret:
        made.replace_webhook_secret(webhook_secret, now=now)
    return made


def browser(made: Workspace, origin: str) -> httpx.Client:
    """An owner of that workspace, signed in at the house."""
    token = "c" * 32
    return httpx.Client(
        base_url=origin,
        cookies={"recalldash": session_of(made), "recalldash_csrf": token},
        headers={"X-CSRFToken": token, "Origin": origin, "Referer": f"{origin}/"},
        timeout=30,
        trust_env=False,
    )
