"""The whole installation, each of its processes to be killed alone; House: on private servers.

The dashboard (web, workers, beat) stands on the PostgreSQL and Redis that it is given; the sandbox
is by itself, as Recall would be: its own server, clock, folder and file.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from recalldash.machine import BASE_DIR, HOST, environment, keep_secrets
from recalldash.processes import Family, prepare, programs
from tests.browser.house import OF_THE_TESTS, free_port
from tests.chaos.servers import Postgres, Redis, eventually

REGION = "us-west-2"

# Run inside the house, where the database is: people get sessions, as if they had signed in.
FOUND = """
import json, sys
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone
from bots.demo import new_secret
from bots.models import Membership, Workspace

given = json.load(sys.stdin)
made = {}
for slug in given["slugs"]:
    workspace = Workspace.objects.create(
        name=slug.title(), slug=slug, region=given["region"],
        api_key=f"sandbox_{given['region']}_{slug}",
    )
    team = workspace.teams.create(name="Everyone")
    secret = new_secret()
    workspace.replace_webhook_secret(secret, now=timezone.now())
    person = get_user_model().objects.create(username=f"somebody at {slug}")
    membership = Membership.objects.create(user=person, workspace=workspace, role="owner")
    membership.teams.add(team)
    session = SessionStore()
    session["_auth_user_id"] = str(person.pk)
    session["_auth_user_backend"] = settings.AUTHENTICATION_BACKENDS[0]
    session["_auth_user_hash"] = person.get_session_auth_hash()
    session.save()
    made[slug] = {
        "webhook_url": workspace.webhook_url, "secret": secret,
        "session": session.session_key, "pk": workspace.pk,
    }
print(json.dumps(made))
"""


@dataclass(frozen=True, slots=True)
class Company:
    """A workspace of the dashboard, its sandbox workspace, and somebody's session."""

    slug: str
    pk: int
    webhook_url: str
    secret: str
    session: str
    origin: str
    sandbox: str

    @property
    def home(self) -> str:
        return f"{self.origin}/w/{self.slug}/"

    def browser(self) -> httpx.Client:
        """Somebody who is signed in: a client with a session and a CSRF token."""
        token = "c" * 32
        return httpx.Client(
            base_url=self.origin,
            cookies={"recalldash": self.session, "recalldash_csrf": token},
            headers={"X-CSRFToken": token, "Origin": self.origin, "Referer": f"{self.origin}/"},
            timeout=20,
            trust_env=False,
        )

    def control(self, verb: str, path: str, **body: Any) -> dict[str, Any]:
        """One sandbox-only call: `control("PUT", "workspace/", settings={…})`."""
        answer = httpx.request(
            verb,
            f"{self.sandbox}/sandbox/{REGION}/control/{path}",
            headers={"Authorization": f"Token sandbox_{REGION}_{self.slug}"},
            json=body if verb != "GET" else None,
            timeout=20,
            trust_env=False,
        )
        assert answer.is_success, f"{verb} {path}: {answer.status_code} {answer.text}"
        return dict(answer.json())

    def send(self, link: str, token: str, browser: httpx.Client, **more: str) -> httpx.Response:
        """Post the form that sends a bot; the same token again is the same bot."""
        data = {"meeting_url": link, "token": token, "join": "now", "anyway": "1", **more}
        return browser.post(f"{self.home}send/", data=data)


class Installation:
    """The processes by name ("web", "worker", "worker-2" …, "beat", "sandbox", "clock").

    `database` and `broker` are addresses, "" for what `make run` has; `speed` is how many times
    faster than life the sandbox's meetings run; `more` is set for the dashboard besides.
    """

    def __init__(
        self,
        folder: Path,
        *,
        database: str,
        broker: str,
        workers: int = 1,
        speed: float = 60.0,
        more: Mapping[str, str] | None = None,
    ) -> None:
        self.folder = folder
        given = {name: value for name, value in os.environ.items() if name not in OF_THE_TESTS}
        ours, theirs = free_port(), free_port()
        self.origin, self.sandbox = f"http://{HOST}:{ours}", f"http://{HOST}:{theirs}"
        # Where Recall is to bring its webhooks.
        self.door = self.origin
        self.env = environment(
            given
            | {
                "PORT": str(ours),
                "DATA_DIR": str(self.folder / "dashboard"),
                "DATABASE_URL": database,
                "REDIS_URL": broker,
                "CELERY_BROKER_URL": broker,
                "RECALL_BASE_URL": f"{self.sandbox}/sandbox/{{region}}",
                "SANDBOX_ORIGIN": self.sandbox,
                # An hour of talk in a minute is no load that any meeting makes.
                "LIVE_WORDS": "0",
                "LOG_LEVEL": "WARNING",
                **(more or {}),
            }
        )
        self.sandbox_env = environment(
            given
            | {
                "PORT": str(theirs),
                "DATA_DIR": str(self.folder / "sandbox"),
                "SPEED": str(speed),
                "LOG_LEVEL": "WARNING",
            },
            alone=True,
        )
        for env in (self.env, self.sandbox_env):
            Path(env["DATA_DIR"]).mkdir()
            keep_secrets(env)
        alone = programs(self.sandbox_env, alone=True)
        self._dashboard = Family(self.programs(workers), self.env, log=self.folder / "log")
        self._sandbox = Family(
            {"sandbox": alone["server"], "clock": alone["clock"]},
            self.sandbox_env,
            log=self.folder / "log",
        )

    def programs(self, workers: int) -> dict[str, Sequence[str]]:
        """The dashboard's processes: what `python -m` is given for each."""
        dashboard = programs(self.env)
        found = {"web": dashboard["server"], "beat": dashboard["beat"]}
        for number in range(workers):
            found["worker" if not number else f"worker-{number + 1}"] = dashboard["worker"]
        return found

    @property
    def names(self) -> list[str]:
        """All its processes."""
        return [*self._sandbox.programs, *self._dashboard.programs]

    def open(self) -> None:
        """Start the processes, and wait until everything is alive."""
        try:
            prepare(self._sandbox, alone=True)
            prepare(self._dashboard)
            self.start(*self.names)
            eventually(self.is_well, within_s=60, what="a house that is well")
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End everything, by its ids."""
        for family in (self._dashboard, self._sandbox):
            family.stop(timeout_s=6)

    def mend(self) -> None:
        """Start again whatever is not there."""
        self.start(*[name for name in self.names if not self.runs(name)])
        eventually(self.is_well, within_s=60, what="a house that is well")

    def start(self, *names: str) -> None:
        for name in names:
            self._family(name).start(name)

    def another(self, name: str) -> "subprocess.Popen[bytes]":
        """A second process of that kind, beside the first; it is yours to end."""
        family = self._family(name)
        return family.spawn(family.programs[name])

    def stop(self, *names: str, timeout_s: float = 8.0) -> None:
        """SIGTERM, and wait for the end."""
        for name in names:
            self._family(name).stop(name, timeout_s=timeout_s)

    def kill(self, *names: str) -> None:
        """kill -9."""
        for name in names:
            process = self.process(name)
            process.kill()
            process.wait()

    def signal(self, name: str, number: signal.Signals) -> None:
        self.process(name).send_signal(number)

    def process(self, name: str) -> "subprocess.Popen[bytes]":
        return self._family(name).children[name].process

    def runs(self, name: str) -> bool:
        child = self._family(name).children.get(name)
        return child is not None and child.process.poll() is None

    def is_well(self) -> bool:
        """Whether database, broker, worker and beat are alive, and the sandbox answers."""
        with suppress(httpx.HTTPError):
            ours = httpx.get(f"{self.origin}/healthz", timeout=5, trust_env=False)
            theirs = httpx.get(f"{self.sandbox}/healthz", timeout=5, trust_env=False)
            return ours.status_code == theirs.status_code == 200
        return False

    def answers(self) -> bool:
        """Whether a page can be had, which takes web and database."""
        with suppress(httpx.HTTPError):
            answer = httpx.get(f"{self.origin}/login/", timeout=2, trust_env=False)
            return answer.status_code < 500
        return False

    def manage(self, *arguments: str, typed: str = "") -> str:
        """What `manage.py` prints, run beside the house; `typed` is its standard input."""
        return run([sys.executable, "manage.py", *arguments], self.env, typed)

    def said(self) -> str:
        """What all processes have written to their terminals."""
        return (self.folder / "log").read_text(errors="replace")

    def found(self, *slugs: str, **settings: Any) -> list[Company]:
        """Make workspaces, connected both ways; `settings` are the sandbox's for each."""
        typed = json.dumps({"slugs": slugs, "region": REGION})
        made = json.loads(self.manage("shell", "-v", "0", "-c", FOUND, typed=typed))
        companies = []
        for slug in slugs:
            made[slug]["webhook_url"] = made[slug]["webhook_url"].replace(self.origin, self.door)
            company = Company(slug, origin=self.origin, sandbox=self.sandbox, **made[slug])
            company.control(
                "PUT",
                "workspace/",
                webhook_url=company.webhook_url,
                secrets=[company.secret],
                settings=settings,
            )
            companies.append(company)
        return companies

    def _family(self, name: str) -> Family:
        return self._sandbox if name in self._sandbox.programs else self._dashboard


class House(Installation):
    """On a private PostgreSQL and Redis, which are killed and started again like the rest."""

    def __init__(self, *, workers: int = 1, speed: float = 60.0) -> None:
        self.postgres, self.redis = Postgres(), Redis()
        super().__init__(
            Path(tempfile.mkdtemp(prefix="recalldash-chaos-")),
            database=self.postgres.url,
            broker=self.redis.url,
            workers=workers,
            speed=speed,
        )

    def open(self) -> None:
        """Start servers and processes, and wait until everything is alive."""
        try:
            self.postgres.start()
            self.redis.start()
        except BaseException:
            self.close()
            raise
        super().open()

    def close(self) -> None:
        """End everything, by its ids, and leave nothing behind."""
        super().close()
        self.postgres.remove()
        self.redis.remove()
        shutil.rmtree(self.folder, ignore_errors=True)

    def mend(self) -> None:
        """Start again whatever is not there."""
        self.postgres.start()
        self.redis.start()
        super().mend()


def run(command: Sequence[str], env: Mapping[str, str], typed: str = "") -> str:
    """What a command prints; fails with what it complains of."""
    done = subprocess.run(
        command, env=dict(env), cwd=BASE_DIR, input=typed, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
