"""Leave all: every bot that a person names is told once, whatever happens to the workers."""

from datetime import timedelta
from functools import partial

import httpx
import pytest

from bots import actions, batches, chores, conf, orders, policy, tasks
from bots.batches import Fate
from bots.lifecycle import Action, Phase
from bots.models import AuditEvent, Batch, BatchItem, Bot, Membership, News, Order, Role, Verb
from tests.orders.steps import bot_answer, refusal
from tests.world import LINK, NOW, at, make_bot, make_workspace

pytestmark = pytest.mark.django_db


@pytest.fixture
def mate(bob, workspace):
    return Membership.objects.get(user=bob, workspace=workspace)


@pytest.fixture
def live(workspace):
    """Make bots that record."""

    def make(count=3, **fields):
        return [_recording(workspace, title=f"Meeting {n}", **fields) for n in range(count)]

    return make


@pytest.fixture
def recall(monkeypatch):
    """Recall takes every leave, and says of each bot that it is on its way out."""
    left = []

    def answer(request):
        bot_id = request.url.path.split("/")[-3]
        left.append(bot_id)
        return bot_answer(bot_id=bot_id)

    monkeypatch.setattr(conf, "transport", lambda: httpx.MockTransport(answer))
    return left


def _recording(workspace, **fields):
    bot = make_bot(workspace, **fields)
    bot.observe([News("in_call_recording", at(-5))], source=Bot.Source.WEBHOOK, now=NOW)
    return bot


def start(mate, bots, token="form-1", now=NOW):
    return batches.start(mate, [bot.pk for bot in bots], token=token, now=now)


def work(batch, seconds=1.0, lasting=5.0):
    return batches.work(batch.pk, clock=partial(at, seconds), seconds=lasting)


def carry_out_all(seconds=2.0):
    for pk in Order.objects.due(at(seconds)).values_list("pk", flat=True):
        orders.carry_out(pk, clock=partial(at, seconds))


def fates(batch, mate):
    return {line.bot.pk: line.fate for line in batches.progress(batch, mate).lines}


def test_it_tells_each_bot_once(mate, live, recall):
    bots = live()
    batch = start(mate, bots)
    assert not Order.objects.exists()
    assert not work(batch)
    carry_out_all()
    assert sorted(recall) == sorted(str(bot.recall_id) for bot in bots)
    assert set(fates(batch, mate).values()) == {Fate.TOLD}
    for bot in bots:
        bot.refresh_from_db()
        bot.observe([News("call_ended", at(3))], source=Bot.Source.WEBHOOK, now=at(3))
    progress = batches.progress(batch, mate)
    assert (progress.is_over, progress.out, progress.counts) == (True, 3, [(Fate.LEFT, 3)])
    assert {order.is_bulk for order in Order.objects.all()} == {True}


def test_the_same_form_is_the_same_batch(mate, live):
    bots = live()
    assert start(mate, bots) == start(mate, bots)
    assert start(mate, bots, token="form-2") != start(mate, bots)
    assert BatchItem.objects.count() == 6


def test_it_names_only_what_a_person_steers(mate, live, workspace, member):
    """Of another team, of another workspace, over, and nobody's: as if nobody had said them."""
    (mine,) = live(1)
    support = workspace.teams.create(name="Support")
    (theirs,) = live(1, team=support)
    (private,) = live(1, team=workspace.teams.create(name="Board", is_private=True))
    foreign = _recording(make_workspace("globex"))
    over = make_bot(workspace)
    over.observe([News("done", at(-1))], source=Bot.Source.WEBHOOK, now=NOW)
    named = [mine, theirs, private, foreign, over]
    batch = batches.start(mate, [*(bot.pk for bot in named), 10**17], token="t", now=NOW)
    assert [item.bot for item in batch.items.all()] == [mine]
    assert start(mate, [theirs, foreign, over], token="t2") is None
    admin = Membership.objects.get(user=member("ada", Role.ADMIN, workspace))
    assert start(admin, named, token="t3").items.count() == 3
    viewer = Membership.objects.get(user=member("vic", Role.VIEWER, workspace))
    assert start(viewer, named, token="t4") is None


def test_it_shows_nobody_what_is_hidden_from_them(mate, live, workspace, member):
    (mine,) = live(1)
    (private,) = live(1, team=workspace.teams.create(name="Board", is_private=True))
    admin = Membership.objects.get(user=member("ada", Role.ADMIN, workspace))
    both, hidden = start(admin, [mine, private]), start(admin, [private], token="t2")
    assert set(fates(both, mate)) == {mine.pk}
    assert list(batches.seen_by(mate)) == [both]
    assert set(batches.seen_by(admin)) == {both, hidden}


@pytest.mark.parametrize("killed_after", [0, 1, 4])
def test_it_goes_on_where_a_dead_worker_stopped(mate, live, recall, monkeypatch, killed_after):
    bots = live(6)
    batch = start(mate, bots)
    ordered, order = [], actions.order

    def die(bot, *args, **kwargs):
        if len(ordered) == killed_after:
            raise KeyboardInterrupt  # as abrupt as a kill: nothing after it runs
        ordered.append(bot.pk)
        return order(bot, *args, **kwargs)

    monkeypatch.setattr(actions, "order", die)
    with pytest.raises(KeyboardInterrupt):
        work(batch)
    monkeypatch.setattr(actions, "order", order)
    assert not work(batch, 10)
    assert Order.objects.count() == killed_after
    assert batch.pk in Batch.objects.due(at(47)).values_list("pk", flat=True)
    assert not work(batch, 47)
    carry_out_all(50)
    assert sorted(recall) == sorted(str(bot.recall_id) for bot in bots)
    batch.refresh_from_db()
    assert batch.due_at is None


def test_it_lets_others_have_a_turn(mate, live):
    batch = start(mate, live(batches.STEP + 1))
    assert work(batch, lasting=0)
    assert Order.objects.count() == batches.STEP
    assert not work(batch, 2)
    assert Order.objects.count() == batches.STEP + 1


def test_it_says_of_each_why_not(mate, live, workspace, recall, monkeypatch):
    gone, refused = live(2)
    batch = start(mate, [gone, refused])
    gone.observe([News("call_ended", at(0)), News("done", at(0))], source="webhook", now=NOW)
    work(batch)
    refuse = httpx.MockTransport(lambda request: refusal(400, "cannot_command_unstarted_bot"))
    monkeypatch.setattr(conf, "transport", lambda: refuse)
    carry_out_all()
    assert fates(batch, mate) == {gone.pk: Fate.OVER, refused.pk: Fate.FAILED}
    sentences = {line.bot.pk: line.sentence for line in batches.progress(batch, mate).lines}
    assert sentences[gone.pk] == "The bot has left already."
    assert "not in a call" in sentences[refused.pk]


def test_it_takes_back_what_was_not_sent_yet(mate, workspace, recall):
    ask = policy.Ask(meeting_url=LINK)
    bot = actions.send(workspace.default_team, ask, by=mate.user, token="s", now=NOW)
    batch = start(mate, [bot])
    assert not work(batch)
    bot.refresh_from_db()
    assert (bot.phase, recall) == (Phase.FAILED, [])
    assert fates(batch, mate) == {bot.pk: Fate.TAKEN_BACK}


def test_a_worker_that_thaws_does_not_undo_what_another_wrote(mate, workspace, recall):
    """It froze with the items in its hands; its lease ended, and another took the send back."""
    ask = policy.Ask(meeting_url=LINK)
    bot = actions.send(workspace.default_team, ask, by=mate.user, token="s", now=NOW)
    batch = start(mate, [bot])
    (old,) = batches._open(batch).select_related("bot")
    work(batch)
    batches._settle(old, batch, until=at(600), now=at(60))
    assert fates(batch, mate) == {bot.pk: Fate.TAKEN_BACK}


def test_a_bot_that_never_came_to_be_is_not_live(mate, workspace, recall):
    ask = policy.Ask(meeting_url=LINK)
    bot = actions.send(workspace.default_team, ask, by=mate.user, token="s", now=NOW)
    batch = start(mate, [bot])
    assert actions.withdraw(bot.orders.get(), by=None, now=NOW)
    assert not work(batch)
    (line,) = batches.progress(batch, mate).lines
    assert (line.fate, line.sentence) == (Fate.OVER, batches.NOT_LIVE)


def test_one_that_breaks_does_not_hold_up_the_others(mate, live, recall, monkeypatch):
    bots = live()
    batch = start(mate, bots)
    real = actions.order

    def order(bot, *args, **kwargs):
        if bot.pk == bots[0].pk:
            raise RuntimeError("a defect")
        return real(bot, *args, **kwargs)

    monkeypatch.setattr(actions, "order", order)
    assert not work(batch)
    assert Order.objects.count() == 2
    batch.refresh_from_db()
    assert batch.due_at == at(1) + batches.LOOK_AGAIN
    monkeypatch.setattr(actions, "order", real)
    assert not work(batch, 4)
    assert set(fates(batch, mate).values()) == {Fate.WAITING}
    assert Order.objects.count() == 3


def test_it_waits_for_what_is_on_its_way_to_recall(mate, workspace, recall):
    ask = policy.Ask(meeting_url=LINK)
    bot = actions.send(workspace.default_team, ask, by=mate.user, token="s", now=NOW)
    send = bot.orders.get()
    assert Order.objects.claim(send.pk, NOW, orders.LEASE)
    batch = start(mate, [bot])
    work(batch)
    batch.refresh_from_db()
    assert batch.due_at == at(1) + batches.LOOK_AGAIN
    assert fates(batch, mate) == {bot.pk: Fate.WAITING}
    bot.recall_id = make_bot(workspace).recall_id.__class__(int=7)
    bot.save()
    send.finish(Order.State.CONFIRMED, now=at(2))
    bot.observe([News("in_call_recording", at(2))], source=Bot.Source.WEBHOOK, now=at(2))
    assert not work(batch, 4)
    assert bot.orders.filter(action=Action.LEAVE, is_bulk=True).count() == 1


def test_it_joins_a_leave_that_was_asked_for_already(mate, live, recall):
    (bot,) = live(1)
    single = actions.order(bot, Action.LEAVE, by=None, now=NOW, confirmed=True)
    batch = start(mate, [bot])
    work(batch)
    assert batch.items.get().order == single
    assert not Order.objects.get().is_bulk


def test_a_click_takes_one_out_of_the_many(mate, live, recall):
    (bot,) = live(1)
    batch = start(mate, [bot])
    work(batch)
    order = actions.order(bot, Action.LEAVE, by=mate.user, now=at(2), confirmed=True)
    assert (order, order.is_bulk) == (batch.items.get().order, False)


def test_an_hour_old_backup_lets_nobody_leave(mate, live, recall):
    """The batch of a backup that is brought back later: nobody wants that any more."""
    bots = live()
    batch = start(mate, bots)
    assert not work(batch, 3600)
    assert not Order.objects.exists()
    assert set(fates(batch, mate).values()) == {Fate.FAILED}
    assert recall == []


def test_it_stands_in_the_audit_log_once(mate, live):
    bots = live()
    batch = start(mate, bots)
    start(mate, bots)
    work(batch)
    event = AuditEvent.objects.get()
    assert (event.verb, event.by, event.target_id) == (Verb.LEAVE_ALL, mate.user, batch.pk)
    assert event.detail == {"bots": [bot.pk for bot in bots]}


def test_many_wait_within_recalls_limit_and_come_back_spread_out(mate, live, recall, monkeypatch):
    """Beyond a minute's worth they wait, and not all for the same moment."""
    monkeypatch.setattr("bots.recall.limits.OTHER", 20)
    batch = start(mate, live(60))
    for _ in range(9):
        work(batch)
    carry_out_all(2)
    assert len(recall) == 19  # the share of orders to many bots
    waiting = Order.objects.filter(state="waiting")
    assert set(waiting.values_list("attempts", flat=True)) == {0}
    due = sorted(waiting.values_list("due_at", flat=True))
    assert due[0] >= at(62)
    assert due[-1] - due[0] > timedelta(seconds=60)
    assert not Order.objects.due(at(61)).exists()
    progress = batches.progress(batch, mate)
    assert progress.next_at == due[0]
    assert all("goes out by itself" in line.sentence for line in progress.lines[:41])


def test_all_of_many_leave_in_the_end(mate, live, recall, monkeypatch):
    monkeypatch.setattr("bots.recall.limits.OTHER", 20)
    bots = live(60)
    batch = start(mate, bots)
    for _ in range(9):
        work(batch)
    seconds, tries = 2.0, 0
    while due := Order.objects.filter(state="waiting").order_by("due_at").first():
        seconds = max(seconds, (due.due_at - NOW).total_seconds())
        tries += orders.carry_out(due.pk, clock=partial(at, seconds)) is not None
    assert len(recall) == len(set(recall)) == 60
    # Each of those that had to wait was turned away once, and came back when it was its turn.
    assert tries == 60 + 41


def test_a_click_that_takes_a_place_sends_one_of_many_back_and_no_more(
    mate, live, recall, monkeypatch
):
    monkeypatch.setattr("bots.recall.limits.OTHER", 20)
    *bots, other = live(38 + 1)
    work(start(mate, bots), lasting=60.0)
    carry_out_all(2)
    assert len(recall) == 19
    click = actions.order(other, Action.LEAVE, by=mate.user, now=at(3), confirmed=True)
    orders.carry_out(click.pk, clock=partial(at, 3))
    assert len(recall) == 20
    carry_out_all(63.5)
    assert len(recall) == 20 + 18
    [last] = Order.objects.filter(state="waiting")
    assert last.due_at == at(64)
    carry_out_all(64)
    assert len(recall) == len(set(recall)) == 39


def test_a_batch_is_written_by_a_hand_that_is_free(mate, live, recall, monkeypatch):
    """Or clicks would wait behind it, where all others are busy."""
    woken = []
    monkeypatch.setattr(tasks, "_wake", lambda task, **payload: woken.append(task.name))
    monkeypatch.setattr(tasks.timezone, "now", lambda: at(1))
    batch = start(mate, live())
    with chores.a_hand(), chores.a_hand(), chores.a_hand():
        tasks.write_batch(batch_id=batch.pk)
    assert not Order.objects.exists()
    tasks.write_batch(batch_id=batch.pk)
    assert Order.objects.count() == 3


def test_wakes_go_to_single_orders_first(mate, live, recall, monkeypatch):
    """A click among hundreds is woken by itself; the hundreds share one wake-up."""
    bots = live(30)
    batch = start(mate, bots[1:])
    work(batch)
    click = actions.order(bots[0], Action.PAUSE, by=mate.user, now=at(1))
    woken = []
    monkeypatch.setattr(tasks, "_wake", lambda task, **ids: woken.append((task.name, ids)))
    monkeypatch.setattr(tasks.timezone, "now", lambda: at(2))
    tasks.sweep()
    single, many = {"order_id": click.pk}, {"name": "orders to many bots"}
    assert [what for _, what in woken if what in (single, many)] == [single, many]


def test_only_some_hands_are_busy_with_many(mate, live, recall):
    work(start(mate, live()))
    Order.objects.update(due_at=NOW - timedelta(days=365))
    gate = chores.CHORES["orders to many bots"].gate
    for _ in range(2):
        assert gate.acquire(blocking=False)
    try:
        tasks.chore(name="orders to many bots")
        assert recall == []
    finally:
        for _ in range(2):
            gate.release()
