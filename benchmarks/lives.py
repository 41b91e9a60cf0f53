"""Some bots lived through by the product's own code, in the sandbox and in its own time.

What they leave behind in the tables is what one bot costs; `scale.py` copies it.
"""

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import httpx
import time_machine
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.core import signals
from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from django.db import close_old_connections
from django.test import override_settings

from bots import actions, conf, policy, tasks
from bots.lifecycle import Action, Phase
from bots.models import Bot, Membership, Role, Team, Workspace
from bots.sandbox import clock, delivery, direct, lines
from bots.sandbox.models import Line
from bots.sandbox.models import Workspace as Theirs
from recalldash.celery import app

ORIGIN = "http://localhost"
KEY = "sandbox_us-west-2_scale"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
STEP_S = 4
# Meetings run so many times faster than life, or ten of them would take an hour of a processor.
# They leave the same rows; looks at Recall that a slower meeting would need twice may be one.
SPEED = 6
# Ten bots: one is never let in, one stays alone, one is removed, seven are in good meetings of
# forty minutes with three to five people, of which one is paused and one is told to leave.
LINKS = (
    "https://meet.google.com/nev-erad-mit",
    "https://zoom.us/j/9000000005",
    "https://meet.google.com/kic-kedo-uts",
    *(f"https://meet.google.com/abc-defg-hi{letter}" for letter in "abc"),
    *(f"https://zoom.us/j/8433562685{n}" for n in range(3)),
    "https://meet.google.com/abc-defg-hid",
)
PAUSED, LEFT = 4, 5
# Seconds on the clock: meetings of forty minutes and what follows, then six minutes of another.
MEETING_S, AFTERWARDS_S, LIVE_S = 450, 240, 60


@contextmanager
def sandbox() -> Iterator[httpx.WSGITransport]:
    """Recall and the dashboard call each other without a socket, and workers work at once."""
    ends = (signals.request_started, signals.request_finished)
    for signal in ends:
        signal.disconnect(close_old_connections)
    eager, app.conf.task_always_eager = app.conf.task_always_eager, True
    transport = httpx.WSGITransport(app=WSGIHandler())
    with ExitStack() as stack:
        stack.enter_context(patch.object(conf, "transport", lambda: transport))
        there = {
            "RECALL_BASE_URL": ORIGIN + "/sandbox/{region}",
            "PUBLIC_URL": ORIGIN,
            "SANDBOX_ORIGIN": ORIGIN,
            "SANDBOX_SPEED": SPEED,
            "EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend",
        }
        stack.enter_context(override_settings(**there))
        yield transport
    app.conf.task_always_eager = eager
    for signal in ends:
        signal.connect(close_old_connections)


def people(workspace: Workspace, count: int) -> list[User]:
    """Members of its first team: an owner, a lead, and others who send bots."""
    made = []
    for n in range(count):
        name = f"{workspace.slug}-{n}"
        user = get_user_model().objects.create(username=name, email=f"{name}@example.com")
        role = Role.OWNER if n == 0 else Role.OPERATOR
        row = Membership.objects.create(user=user, workspace=workspace, role=role)
        row.teams.add(workspace.default_team)
        made.append(user)
    return made


def send(team: Team, user: User, link: str, title: str, join_at: datetime | None = None) -> Bot:
    """What the form on the Bots page does."""
    now = datetime.now(UTC)
    ask = policy.Ask(meeting_url=link, title=title, join_at=join_at)
    bot = actions.send(team, ask, by=user, token=f"form-{title}", now=now)
    tasks.wake_order(bot.orders.get())
    return bot


def order(bot: Bot, action: Action, user: User) -> None:
    """What a button does."""
    bot.refresh_from_db()
    tasks.wake_order(actions.order(bot, action, by=user, now=datetime.now(UTC), confirmed=True))


class Life:
    """Time that passes for the sandbox and for us, a sweep every four seconds."""

    def __init__(self, traveller: time_machine.Traveller, transport: httpx.WSGITransport) -> None:
        self._traveller = traveller
        self._client = httpx.Client(transport=transport)
        # Whether real time is told: a request for each second of each meeting takes long.
        self.hears = False

    def pass_(self, seconds: int) -> None:
        for _ in range(seconds // STEP_S):
            self._traveller.shift(timedelta(seconds=STEP_S))
            now = datetime.now(UTC)
            clock.tell(now)
            while delivery.deliver(now, client=self._client):
                pass
            if self.hears:
                lines.deliver(now, client=self._client)
            tasks.sweep()


def lived(workspace: Workspace, team: Team, users: list[User]) -> dict[str, list[int]]:
    """Have bots live: the ids of those that are `over`, `live` and `scheduled` now.

    They end at the present, so that what they left is of the last quarter of an hour.
    """
    logging.getLogger("bots").setLevel(logging.ERROR)
    call_command("migrate", database="sandbox", verbosity=0)
    seconds = MEETING_S + AFTERWARDS_S + LIVE_S
    began = datetime.now(UTC) - timedelta(seconds=seconds + 60)
    with sandbox() as transport, time_machine.travel(began, tick=False) as traveller:
        life = Life(traveller, transport)
        workspace.api_key = KEY
        workspace.save()
        workspace.secrets.create(secret=SECRET)
        # Any call opens the workspace there; then it learns where webhooks go.
        httpx.Client(transport=transport).get(
            f"{ORIGIN}/sandbox/us-west-2/api/v1/bot/", headers={"Authorization": f"Token {KEY}"}
        )
        direct.set_up(
            Theirs.objects.get(),
            webhooks=[{"url": f"{ORIGIN}/webhooks/recall/{workspace.webhook_token}/"}],
            secret_list=[SECRET],
        )
        over = [
            send(team, users[n % len(users)], link, f"Weekly review {n}")
            for n, link in enumerate(LINKS)
        ]
        life.pass_(120)
        for n, action in ((PAUSED, Action.PAUSE), (LEFT, Action.LEAVE)):
            order(over[n], action, users[0])
        life.pass_(30)
        order(over[PAUSED], Action.RESUME, users[0])
        life.pass_(MEETING_S + AFTERWARDS_S - 150)
        life.hears = True
        Line.objects.all().delete()
        live = send(team, users[0], "https://meet.google.com/zzz-defg-hij", "Standup")
        to_come = datetime.now(UTC) + timedelta(days=1)
        later = send(team, users[0], "https://zoom.us/j/84335699999", "Tomorrow", to_come)
        life.pass_(LIVE_S)
    phases = dict(Bot.objects.values_list("pk", "phase"))
    assert phases[live.pk] == Phase.RECORDING, phases[live.pk]
    assert phases[later.pk] == Phase.SCHEDULED, phases[later.pk]
    return {
        "over": [bot.pk for bot in over],
        "live": [live.pk],
        "scheduled": [later.pk],
    }
