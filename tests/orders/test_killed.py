"""Workers that really die, at every step of an order, and one that freezes: exactly one effect.

Each worker is a process; Recall is the sandbox in another, over HTTP; what it was made to do is
read from its own file. On whatever database the tests run on.
"""

import json
import os
import signal
import subprocess
import sys
from datetime import timedelta

import pytest
from django.db import connection as database
from django.utils import timezone

from bots import actions, batches, orders, policy, scheduled, sync
from bots.lifecycle import Action
from bots.models import Bot, Membership, News, Order, Role, Workspace
from recalldash.machine import BASE_DIR
from tests.orders.vendor import Vendor
from tests.world import make_bot

pytestmark = pytest.mark.django_db(transaction=True)

STEPS = (
    "claimed",
    "before the call",
    "after the call",
    "before the answer is written",
    "before the commit",
)
ACTIONS = (Action.SEND, Action.UPDATE, Action.START, Action.PAUSE, Action.LEAVE)
KINDS = {
    Action.START: "start_recording",
    Action.PAUSE: "pause_recording",
    Action.LEAVE: "leave_call",
}
ROOM = "https://meet.google.com/abc-defg-hij"


@pytest.fixture(scope="module")
def vendor(tmp_path_factory):
    vendor = Vendor(tmp_path_factory.mktemp("vendor"))
    vendor.start()
    yield vendor
    vendor.stop()


class Nursery:
    """Where workers come from; see `nursery`."""

    def __init__(self, vendor):
        env = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "DATABASE_URL": database_url(),
            "RECALL_BASE_URL": vendor.url,
            "NO_PROXY": "127.0.0.1",
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.orders.nursery"],
            cwd=BASE_DIR,
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, **given):
        self.process.stdin.write(json.dumps(given) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def carry_out(self, order, step, number, *, late_s=0):
        return self.ask(order=order.pk, step=step, signal=int(number), late_s=late_s)

    def close(self):
        self.process.stdin.close()
        self.process.wait(10)


def database_url():
    given = database.settings_dict
    if database.vendor == "sqlite":
        return f"sqlite:///{given['NAME']}"
    login = given["USER"] + (f":{given['PASSWORD']}" if given["PASSWORD"] else "")
    return f"postgres://{login}@{given['HOST']}:{given['PORT']}/{given['NAME']}"


@pytest.fixture(scope="module")
def nursery(vendor, django_db_setup):
    nursery = Nursery(vendor)
    yield nursery
    nursery.close()


@pytest.fixture
def account(vendor):
    return vendor.open()


@pytest.fixture
def workspace(account, vendor, settings):
    settings.RECALL_BASE_URL = vendor.url
    workspace = Workspace.objects.create(slug="acme", name="Acme", api_key=account.key)
    workspace.teams.create(name="Sales")
    return workspace


def ordered(action, workspace, account):
    """An order that a worker may take up, and how often Recall has done it."""
    now = timezone.now()
    if action is Action.SEND:
        bot = _send(workspace)
        order = bot.orders.get()
        return order, lambda: account.sent(order.token)
    if action is Action.UPDATE:
        bot = _send(workspace, join_at=now + timedelta(hours=2))
        orders.carry_out(bot.orders.get().pk, clock=timezone.now)
        bot.refresh_from_db()
        (order,) = scheduled.update_one(bot, None, now).orders
        return order, lambda: account.changed(str(bot.recall_id))
    bot = _in_call(workspace, account, manual=action is Action.START)
    body = {"video_mixed_mp4": {}} if action is Action.START else {}
    order = actions.order(bot, action, by=None, now=now, body=body, confirmed=True)
    return order, lambda: account.commanded(str(bot.recall_id), KINDS[action])


def _send(workspace, **asked):
    ask = policy.Ask(meeting_url=ROOM, **asked)
    now = timezone.now()
    return actions.send(workspace.default_team, ask, by=None, token=f"form-{now}", now=now)


def _in_call(workspace, account, *, manual):
    config = {"start_recording_on": "manual"} if manual else {}
    body = {"meeting_url": ROOM, "recording_config": {"video_mixed_mp4": {}, **config}}
    made = account.api("POST", "bot/", body)
    room = str(account.control("GET", "rooms/")["rooms"][0]["pk"])
    account.control("POST", f"rooms/{room}/", {"do": "admit"})
    account.control("POST", "advance/", {"seconds": 60, "room": room})
    bot = make_bot(workspace, recall_id=made["id"], link=ROOM, created_at=timezone.now())
    _look(bot)
    assert bot.phase == ("in_call" if manual else "recording")
    return bot


def _look(bot):
    Bot.objects.filter(pk=bot.pk).update(refresh_due_at=timezone.now(), refresh_lease_until=None)
    assert sync.refresh(bot.pk, clock=timezone.now)
    bot.refresh_from_db()


def take_over(order):
    """What the sweep does once the dead worker's lease is over."""
    late = orders.LEASE + timedelta(seconds=1)
    assert order.pk in Order.objects.due(timezone.now() + late).values_list("pk", flat=True)
    orders.carry_out(order.pk, clock=lambda: timezone.now() + late)
    order.refresh_from_db()


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("action", ACTIONS)
def test_a_worker_is_killed(action, step, workspace, account, nursery):
    order, done = ordered(action, workspace, account)
    before = done()
    assert nursery.carry_out(order, step, signal.SIGKILL)["ended"] == "killed 9"
    order.refresh_from_db()
    assert (order.state, order.in_doubt) == ("sending", True)
    assert done() - before == (step not in ("claimed", "before the call"))
    if action is Action.START:
        account.control("POST", "advance/", {"seconds": 5})
    take_over(order)
    assert done() - before == 1
    assert order.state in ("accepted", "confirmed"), order.error
    assert order.attempts == 2
    assert not Order.objects.due(timezone.now() + timedelta(hours=1)).exists()


@pytest.mark.parametrize("action", [Action.PAUSE, Action.LEAVE])
def test_its_status_confirms_what_a_dead_worker_did(action, workspace, account, nursery):
    order, done = ordered(action, workspace, account)
    nursery.carry_out(order, "after the call", signal.SIGKILL)
    take_over(order)
    account.control("POST", "advance/", {"seconds": 30})
    _look(order.bot)
    order.refresh_from_db()
    assert (order.state, done()) == ("confirmed", 1)


def test_every_worker_that_takes_it_up_is_killed(workspace, account, nursery):
    """One after another, after Recall has acted: still the same single effect."""
    order, done = ordered(Action.LEAVE, workspace, account)
    for turn in range(3):
        late_s = turn * (orders.LEASE.total_seconds() + 1)
        ended = nursery.carry_out(order, "after the call", signal.SIGKILL, late_s=late_s)
        assert ended["ended"] == "killed 9"
    late = timedelta(seconds=3 * (orders.LEASE.total_seconds() + 1))
    orders.carry_out(order.pk, clock=lambda: timezone.now() + late)
    order.refresh_from_db()
    assert (order.state, order.attempts, done()) == ("accepted", 4, 1)


def test_a_killed_worker_leaves_what_is_too_old_undone(workspace, account, nursery):
    order, done = ordered(Action.PAUSE, workspace, account)
    nursery.carry_out(order, "before the call", signal.SIGKILL)
    orders.carry_out(order.pk, clock=lambda: timezone.now() + timedelta(minutes=5))
    order.refresh_from_db()
    assert (order.state, done()) == ("expired", 0)
    assert "may or may not have happened" in order.error


@pytest.mark.parametrize("step", STEPS[:-1])
@pytest.mark.parametrize("action", [Action.SEND, Action.PAUSE])
def test_a_frozen_worker_writes_nothing_when_it_thaws(action, step, workspace, account, nursery):
    order, done = ordered(action, workspace, account)
    frozen = nursery.carry_out(order, step, signal.SIGSTOP)
    assert frozen["ended"] == "stopped"
    take_over(order)
    order.bot.refresh_from_db()
    stands = list(Order.objects.filter(pk=order.pk).values())
    bot = list(Bot.objects.values("pk", "recall_id", "phase", "code"))
    assert order.state == "accepted"
    assert nursery.ask(go_on=frozen["pid"])["ended"] == "exit 0"
    assert list(Order.objects.filter(pk=order.pk).values()) == stands
    assert list(Bot.objects.values("pk", "recall_id", "phase", "code")) == bot
    assert done() == 1


@pytest.mark.parametrize("kind", ["cut_before", "cut_after", "status", "html", "timeout"])
@pytest.mark.parametrize("action", [Action.SEND, Action.START, Action.PAUSE, Action.LEAVE])
def test_the_wire_is_cut(action, kind, workspace, account):
    """Recall acts and breaks off, or does not act, or says something else: one effect."""
    order, done = ordered(action, workspace, account)
    before = done()
    fault = {"kind": kind, "method": "POST", "path": "/bot/", "count": 1}
    if kind == "status":
        fault |= {"status": 503}
    if kind == "timeout":
        fault |= {"seconds": 1}
    account.control("POST", "faults/", fault)
    orders.carry_out(order.pk, clock=timezone.now)
    order.refresh_from_db()
    assert (order.state, order.in_doubt) == ("waiting", True)
    assert done() - before == (kind == "cut_after")
    if action is Action.START:
        account.control("POST", "advance/", {"seconds": 5})
    late = timedelta(seconds=5)
    orders.carry_out(order.pk, clock=lambda: timezone.now() + late)
    order.refresh_from_db()
    assert order.state in ("accepted", "confirmed"), order.error
    assert done() - before == 1


@pytest.fixture
def thirty(workspace, account, bob_at):
    """Thirty bots in as many meetings, and a person who tells them all to leave."""
    for number in range(30):
        link = f"https://meet.google.com/aaa-bbbb-c{chr(97 + number // 26)}{chr(97 + number % 26)}"
        made = account.api("POST", "bot/", {"meeting_url": link})
        bot = make_bot(workspace, recall_id=made["id"], link=link, created_at=timezone.now())
        now = timezone.now()
        bot.observe([News("joining_call", now)], source=Bot.Source.WEBHOOK, now=now)
    pks = Bot.objects.values_list("pk", flat=True)
    return batches.start(bob_at, pks, token="form", now=timezone.now())


@pytest.fixture
def bob_at(workspace, django_user_model):
    bob = django_user_model.objects.create_user("bob")
    membership = Membership.objects.create(user=bob, workspace=workspace, role=Role.OPERATOR)
    membership.teams.add(workspace.default_team)
    return membership


def test_leave_all_survives_its_workers(thirty, account, nursery, bob_at):
    """One dies writing the orders, three die carrying them out: each bot leaves once."""
    killed = nursery.ask(batch=thirty.pk, signal=int(signal.SIGKILL), after=11)
    assert killed["ended"] == "killed 9"
    assert Order.objects.count() == 11
    late = batches.LEASE + timedelta(seconds=1)
    assert not batches.work(thirty.pk, clock=lambda: timezone.now() + late, seconds=30)
    assert Order.objects.count() == 30
    for order in Order.objects.order_by("pk")[:3]:
        step = STEPS[order.pk % len(STEPS)]
        assert nursery.carry_out(order, step, signal.SIGKILL, late_s=60)["ended"] == "killed 9"
    much_later = timedelta(seconds=60) + late
    for pk in Order.objects.due(timezone.now() + much_later).values_list("pk", flat=True):
        orders.carry_out(pk, clock=lambda: timezone.now() + much_later)
    told = [account.commanded(str(bot.recall_id), "leave_call") for bot in Bot.objects.all()]
    assert told == [1] * 30
    assert {line.fate for line in batches.progress(thirty, bob_at).lines} == {batches.Fate.TOLD}
    account.control("POST", "advance/", {"seconds": 60})
    for bot in Bot.objects.all():
        _look(bot)
    progress = batches.progress(thirty, bob_at)
    assert progress.counts == [(batches.Fate.LEFT, 30)]
