"""A workspace of a test's own in the running house, its people, and a hand in its meetings."""

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
from playwright.sync_api import BrowserContext

from tests.browser.house import House

REGION = "us-west-2"
COOKIE = "recalldash"
Found = TypeVar("Found")

# Run inside the house, where the database is: people get sessions, as if they had signed in.
FOUND = """
import json, sys
from django.contrib.auth import get_user_model
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone
from bots.demo import new_secret
from bots.models import Membership, Workspace

given = json.load(sys.stdin)
workspace = Workspace.objects.create(
    name=given["slug"].title(), slug=given["slug"], region=given["region"], api_key=given["key"]
)
workspace.teams.create(name="Everyone")
secret = new_secret()
workspace.replace_webhook_secret(secret, now=timezone.now())
sessions = {}
for name, role in given["people"].items():
    person, _ = get_user_model().objects.get_or_create(username=name)
    membership = Membership.objects.create(user=person, workspace=workspace, role=role)
    membership.teams.add(workspace.default_team)
    session = SessionStore()
    session["_auth_user_id"] = str(person.pk)
    session["_auth_user_backend"] = "bots.entrance.Backend"
    session["_auth_user_hash"] = person.get_session_auth_hash()
    session.save()
    sessions[name] = session.session_key
print(json.dumps({"webhook_url": workspace.webhook_url, "secret": secret, "sessions": sessions}))
"""


@dataclass(frozen=True, slots=True)
class Sandbox:
    """The vendor's own dashboard and API, for one key."""

    origin: str
    key: str

    def control(self, method: str, path: str, **body: Any) -> dict[str, Any]:
        """One sandbox-only call: `control("PUT", "workspace/", settings={…})`."""
        return self._call(method, f"control/{path}", body)

    def api(self, method: str, path: str, **body: Any) -> dict[str, Any]:
        """One call of Recall's API: `api("POST", "bot/", meeting_url=…)`."""
        return self._call(method, f"api/v1/{path}", body)

    def set(self, **settings: Any) -> None:
        """The sandbox's settings of this workspace."""
        self.control("PUT", "workspace/", settings=settings)

    def advance(self, seconds: float, room: str) -> None:
        """Let so much of the meeting go by at once."""
        self.control("POST", "advance/", seconds=seconds, room=room)

    def do(self, room: str, verb: str, **more: Any) -> None:
        """What a person does in the meeting, or `speed`."""
        self.control("POST", f"rooms/{quote(room)}", do=verb, **more)

    def calls(self, slug: str = "", *, method: str = "") -> list[dict[str, Any]]:
        """What reached the API, oldest first."""
        calls = self.control("GET", "calls/")["calls"]
        fits = [call for call in calls if method in ("", call["method"])]
        return [call for call in fits if slug in call["path"]]

    def deliveries(self, event: str) -> list[dict[str, Any]]:
        """The webhooks of that name that were or are to be sent, oldest first."""
        messages = self.control("GET", "messages/")["messages"]
        return [message for message in messages if message["event"] == event]

    def _call(self, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = httpx.request(
            method,
            f"{self.origin}/sandbox/{REGION}/{path}",
            headers={"Authorization": f"Token {self.key}"},
            json=body if method != "GET" else None,
            timeout=15,
            trust_env=False,
        )
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return dict(answer.json()) if answer.content else {}


@dataclass(frozen=True, slots=True)
class Company:
    """A workspace of the dashboard with its people, connected to a workspace of the sandbox."""

    slug: str
    sandbox: Sandbox
    sessions: dict[str, str]
    # What the sandbox signs for it with.
    secret: str = ""

    @property
    def home(self) -> str:
        return f"/w/{self.slug}/"

    def let_in(self, context: BrowserContext, person: str) -> None:
        """Give this browser the session of that person."""
        url = self.sandbox.origin
        context.add_cookies([{"name": COOKIE, "value": self.sessions[person], "url": url}])


def found(house: House, slug: str, people: Iterable[str] | dict[str, str]) -> Company:
    """Make a workspace and its people; a list of names makes owners."""
    roles = people if isinstance(people, dict) else dict.fromkeys(people, "owner")
    sandbox = Sandbox(house.url, f"sandbox_{REGION}_{slug}")
    wanted = {"slug": slug, "region": REGION, "key": sandbox.key, "people": roles}
    printed = house.manage("shell", "-v", "0", "-c", FOUND, typed=json.dumps(wanted))
    made = json.loads(printed)
    sandbox.control("PUT", "workspace/", webhook_url=made["webhook_url"], secrets=[made["secret"]])
    # Fast meetings tell an hour's words in a minute; a test that wants some tells them itself.
    sandbox.set(realtime_paused=True)
    return Company(slug, sandbox, made["sessions"], made["secret"])


def eventually(look: Callable[[], Found], *, within_s: float = 15.0) -> Found:
    """What `look` finds as soon as that is anything; fails when it takes too long."""
    deadline = time.monotonic() + within_s
    while not (seen := look()):
        assert time.monotonic() < deadline, f"Nothing after {within_s:g} s"
        time.sleep(0.1)
    return seen
