"""What was kept and could not be observed: tried again, and told once however often it is."""

import httpx
import pytest

from bots import conf, inbox
from bots.models import Bot, Delivery, News, StatusChange
from tests.world import NOW, at, deliver, make_bot, make_workspace, status_event

RECORDING = "7c3e0c7e-5d84-4bb8-a4a7-7d1ec8a4c001"
pytestmark = pytest.mark.django_db


@pytest.fixture
def workspace():
    return make_workspace()


@pytest.fixture
def bot(workspace):
    return make_bot(workspace)


def breaking(monkeypatch):
    monkeypatch.setattr(Bot, "observe_held", lambda *args, **kwargs: 1 / 0)


@pytest.mark.parametrize("parked", [False, True])
def test_what_failed_is_tried_again_when_it_comes_again(workspace, bot, monkeypatch, parked):
    body = status_event(bot, "done", NOW)
    with monkeypatch.context() as broken:
        breaking(broken)
        delivery = deliver(workspace, body, message_id="msg_same")
        while parked and delivery.due_at is not None:
            delivery = inbox.retry(delivery.pk, now=delivery.due_at)
    assert delivery.state == ("parked" if parked else "failed")
    again = deliver(workspace, body, message_id="msg_same", when=at(5))
    assert (again.pk, again.state, again.repeats, again.error) == (delivery.pk, "observed", 1, "")
    bot.refresh_from_db()
    assert bot.code == "done"


def test_a_double_of_an_unknown_bot_does_not_hasten_the_look_for_it(workspace, monkeypatch):
    nothing = httpx.MockTransport(lambda request: httpx.Response(404, json={}))
    monkeypatch.setattr(conf, "transport", lambda: nothing)
    body = status_event(Bot(recall_id=RECORDING), "done", NOW)
    deliver(workspace, body, message_id="msg_same")
    waiting = inbox.retry(Delivery.objects.get().pk, now=at(1))
    again = deliver(workspace, body, message_id="msg_same", when=at(5))
    assert (again.state, again.due_at) == ("unmatched", waiting.due_at)
    make_bot(workspace, recall_id=RECORDING)
    assert deliver(workspace, body, message_id="msg_same", when=at(6)).state == "observed"


def test_one_that_fails_does_not_hold_up_the_others(workspace, bot, monkeypatch):
    other = make_bot(workspace)
    observe = Bot.observe_held
    monkeypatch.setattr(
        Bot,
        "observe_held",
        lambda self, *a, **k: 1 / (self.pk != bot.pk) and observe(self, *a, **k),
    )
    assert deliver(workspace, status_event(bot, "done", NOW)).state == "failed"
    assert deliver(workspace, status_event(other, "done", NOW)).state == "observed"


def history(bot):
    return [(each.code, each.at) for each in bot.status_changes.order_by("at")]


@pytest.mark.parametrize("api_first", [False, True])
def test_what_is_observed_once_more_is_told_once_wherever_the_api_has_moved_it(
    workspace, bot, api_first
):
    """Between the API's time and the webhook's stands another status, so the two look strange."""
    body = status_event(bot, "in_waiting_room", at(10.3))

    def look():
        news = [News("in_waiting_room", at(10)), News("in_call_not_recording", at(10.1))]
        bot.observe(news, source=Bot.Source.SYNC, now=at(11))

    if api_first:
        look()
    delivery = deliver(workspace, body, when=at(11))
    look()
    inbox.replay(delivery, now=at(12))
    assert history(bot) == [("in_waiting_room", at(10)), ("in_call_not_recording", at(10.1))]


def test_one_that_is_cut_short_has_observed_nothing(workspace, bot, monkeypatch):
    """A worker that ends after the bot has observed, and before the delivery says so."""
    with monkeypatch.context() as broken:
        breaking(broken)
        delivery = deliver(workspace, status_event(bot, "done", NOW))

    class Killed(BaseException):
        pass

    def killed(self):
        assert StatusChange.objects.exists()
        raise Killed

    with monkeypatch.context() as broken:
        broken.setattr(Delivery, "settle", killed)
        with pytest.raises(Killed):
            inbox.retry(delivery.pk, now=delivery.due_at)
    assert not StatusChange.objects.exists()
    due_at = Delivery.objects.get().due_at
    assert inbox.retry(delivery.pk, now=due_at).state == "observed"
    assert StatusChange.objects.count() == 1
