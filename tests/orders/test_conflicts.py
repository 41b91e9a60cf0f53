"""Orders that cross: two people, one bot, one moment; one clear result that both can read."""

import threading

import httpx
import pytest
from django.db import connection as database

from bots import actions, conf, orders, timeline
from bots.lifecycle import Action
from bots.models import AuditEvent, Bot, Change, News, Order, Recording
from tests.orders.steps import BOT_ID, ask, bot_answer, carry_out, refusal
from tests.world import NOW, at

ROUNDS = 60


@pytest.fixture
def ann(django_user_model):
    return django_user_model.objects.create_user("ann", first_name="Ann")


@pytest.fixture
def ben(django_user_model):
    return django_user_model.objects.create_user("ben", first_name="Ben")


def at_once(*work):
    """Do these in threads that begin together; what each returned or raised."""
    gate, results = threading.Barrier(len(work)), [None] * len(work)

    def begin(number, do):
        try:
            gate.wait()
            results[number] = do()
        except actions.NotNow as why:
            results[number] = why
        finally:
            database.close()

    threads = [threading.Thread(target=begin, args=each) for each in enumerate(work)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.django_db(transaction=True)
def test_a_leave_always_wins_over_a_pause(bot, monkeypatch, ann, ben):
    """Two people press at the same moment, time after time; workers take up what there is."""
    said = []

    def answer(request):
        said.append(request.url.path.rstrip("/").rpartition("/")[2])
        return bot_answer()

    monkeypatch.setattr(conf, "transport", lambda: httpx.MockTransport(answer))
    ends = set()
    for _ in range(ROUNDS):
        Order.objects.all().delete()
        Bot.objects.filter(pk=bot.pk).update(phase="recording")
        said.clear()
        told = Change.objects.count()
        pause, leave = at_once(
            lambda: actions.order(bot, Action.PAUSE, by=ann, now=NOW),
            lambda: actions.order(bot, Action.LEAVE, by=ben, now=NOW, confirmed=True),
        )
        at_once(*[
            lambda pk=pk: orders.carry_out(pk, clock=lambda: at(1))
            for pk in Order.objects.values_list("pk", flat=True)
        ])  # fmt: skip
        leave.refresh_from_db()
        assert (leave.state, said) == ("accepted", ["leave_call"])
        assert Change.objects.count() > told
        if isinstance(pause, actions.NotNow):
            assert str(pause) == "Ben has told this bot to leave."
            ends.add("refused")
        else:
            pause.refresh_from_db()
            assert (pause.state, pause.error) == (
                "superseded",
                "Replaced: Ben told the bot to leave.",
            )
            ends.add("superseded")
    assert ends <= {"refused", "superseded"}


@pytest.mark.django_db(transaction=True)
def test_the_same_order_by_two_people_is_one(bot, ann, ben):
    for _ in range(ROUNDS // 3):
        Order.objects.all().delete()
        one, other = at_once(
            lambda: actions.order(bot, Action.PAUSE, by=ann, now=NOW, token="a"),
            lambda: actions.order(bot, Action.PAUSE, by=ben, now=NOW, token="b"),
        )
        assert one == other == Order.objects.get()
    events = AuditEvent.objects.values_list("by_name", flat=True)
    assert len(events) == ROUNDS // 3  # whoever came second has ordered nothing


@pytest.mark.django_db(transaction=True)
def test_the_same_form_twice_at_once_is_one_order(bot, ann):
    form = lambda: actions.order(bot, Action.PAUSE, by=ann, now=NOW, token="form")  # noqa: E731
    for _ in range(ROUNDS // 3):
        Order.objects.all().delete()
        assert len({order.pk for order in at_once(form, form, form)}) == 1
        assert Order.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_pause_and_resume_at_once_have_one_clear_result(bot, ann, ben):
    """Only one of them makes sense in what Recall last said; the other is told why."""
    for phase, sense in (("recording", Action.PAUSE), ("paused", Action.RESUME)):
        Order.objects.all().delete()
        Bot.objects.filter(pk=bot.pk).update(phase=phase)
        results = at_once(
            lambda: actions.order(bot, Action.PAUSE, by=ann, now=NOW),
            lambda: actions.order(bot, Action.RESUME, by=ben, now=NOW),
        )
        assert [order.action for order in Order.objects.all()] == [sense]
        (why,) = [each for each in results if isinstance(each, actions.NotNow)]
        assert str(why)


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_give_each_order_once(bot, monkeypatch):
    said = []

    def answer(request):
        said.append(request.headers["Idempotency-Key"])
        return bot_answer()

    monkeypatch.setattr(conf, "transport", lambda: httpx.MockTransport(answer))
    for _ in range(ROUNDS // 3):
        Order.objects.all().delete()
        order = ask(bot, Action.PAUSE)
        sweep = lambda pk=order.pk: orders.carry_out(pk, clock=lambda: at(1))  # noqa: E731
        at_once(sweep, sweep, sweep)
        assert said.count(order.key) == 1


@pytest.mark.django_db
def test_a_pause_that_has_to_wait_is_overtaken_by_a_leave(bot, recall, ben):
    """The leave comes while Recall has the pause in hand; the pause is not tried again."""
    order = ask(bot, Action.PAUSE)

    class Busy(list):
        def pop(self, _):
            actions.order(bot, Action.LEAVE, by=ben, now=at(1), confirmed=True)
            return refusal(429, headers={"Retry-After": "5"})

    recall.answers = Busy()
    carry_out(order, 1)
    assert (order.state, order.error) == ("superseded", "Replaced: Ben told the bot to leave.")


@pytest.mark.django_db
def test_what_a_dead_worker_left_is_overtaken_too(bot, recall, ben):
    pause = ask(bot, Action.PAUSE)
    assert Order.objects.claim(pause.pk, at(1), orders.LEASE)
    leave = actions.order(bot, Action.LEAVE, by=ben, now=at(2), confirmed=True)
    assert orders.carry_out(leave.pk, clock=lambda: at(3)) is None  # it may be alive
    recall.answers = [bot_answer()]
    carry_out(pause, 47)
    assert (pause.state, recall.requests) == ("superseded", [])
    assert "may or may not have happened" in pause.error
    carry_out(leave, 47)
    assert leave.state == "accepted"


@pytest.mark.django_db
@pytest.mark.parametrize("action", [Action.PAUSE, Action.STOP, Action.CANCEL])
def test_nothing_is_ordered_after_a_leave(bot, ben, action):
    actions.order(bot, Action.LEAVE, by=ben, now=NOW, confirmed=True)
    with pytest.raises(actions.NotNow):
        ask(bot, action, confirmed=True)
    assert Order.objects.count() == 1


@pytest.mark.django_db
def test_both_read_it_on_the_bots_page(bot, ann, ben):
    actions.order(bot, Action.PAUSE, by=ann, now=NOW)
    actions.order(bot, Action.LEAVE, by=ben, now=at(0.5), confirmed=True)
    lines = timeline.entries(
        changes=[], orders=bot.orders.all(), paused_from=[], live=True, recorded=False, now=at(1)
    )
    assert {(line.title, line.sentence) for line in lines} == {
        ("Ann: Pause recording", "Replaced: Ben told the bot to leave."),
        ("Ben: Leave meeting", "Not sent to Recall yet."),
    }


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (4, "Recall took this 3 s ago; waiting for it to show."),
        (10, "Recall took this 9 s ago; looking whether it happened."),
    ],
)
def test_an_accepted_order_says_that_it_is_looked_up(bot, recall, seconds, said):
    recall.answers = [bot_answer()]
    order = carry_out(ask(bot, Action.PAUSE))
    assert timeline.fate(order, at(seconds)) == said


@pytest.mark.django_db
def test_it_is_confirmed_by_what_the_look_finds(bot, recall):
    recall.answers = [bot_answer()]
    order = carry_out(ask(bot, Action.PAUSE))
    Recording.objects.hear(bot, recall_id=BOT_ID, status="paused", sub_code="", at=at(1.5))
    order.bot.observe([News("in_call_not_recording", at(1.5))], source=Bot.Source.SYNC, now=at(10))
    order.refresh_from_db()
    assert order.state == "confirmed"


@pytest.mark.django_db
def test_what_may_have_happened_is_not_said_to_be_replaced_alone(bot, recall, ben):
    pause = ask(bot, Action.PAUSE)
    recall.answers = [httpx.ReadError("cut after Recall acted")]
    carry_out(pause, 1)
    assert (pause.state, pause.in_doubt) == ("waiting", True)
    actions.order(bot, Action.LEAVE, by=ben, now=at(2), confirmed=True)
    pause.refresh_from_db()
    assert pause.state == "superseded"
    assert pause.error == (
        "Replaced: Ben told the bot to leave. It may or may not have happened before."
    )
