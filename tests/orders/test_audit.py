"""What people order stands in the audit log, written with the deed, and holds nothing secret."""

import json

import pytest
from django.db import transaction

from bots import actions, policy
from bots.lifecycle import Action
from bots.models import AuditEvent, Order, Verb
from tests.orders.steps import ask
from tests.world import NOW, at

pytestmark = pytest.mark.django_db
SECRET_LINK = "https://us02web.zoom.us/j/81234567890?pwd=planted-passcode"


@pytest.fixture
def ann(django_user_model):
    return django_user_model.objects.create_user("ann", "ann@example.com")


def send(workspace, ann):
    wish = policy.Ask(meeting_url=SECRET_LINK, title="Kick-off")
    return actions.send(workspace.default_team, wish, by=ann, token="form", now=NOW)


def events():
    return list(AuditEvent.objects.order_by("pk").values_list("verb", "by_name", "what"))


def test_who_sent_a_bot(workspace, ann):
    bot = send(workspace, ann)
    send(workspace, ann)  # the same form
    assert events() == [(Verb.BOT_SENT, "ann@example.com", "Kick-off")]
    event = AuditEvent.objects.get()
    assert (event.kind, event.target_id, event.at) == ("bot", bot.pk, NOW)
    assert event.detail["team"] == workspace.default_team.pk


def test_who_ordered_what(bot, ann):
    order = actions.order(bot, Action.PAUSE, by=ann, now=NOW)
    actions.order(bot, Action.PAUSE, by=ann, now=at(1))  # the same order
    assert events() == [(Verb.ORDERED, "ann@example.com", "Pause recording: Weekly review")]
    assert AuditEvent.objects.get().detail == {"action": "pause", "order": order.pk}


def test_what_was_not_ordered_is_not_written(bot, ann):
    with pytest.raises(actions.NotNow):
        actions.order(bot, Action.RESUME, by=ann, now=NOW)
    with pytest.raises(actions.NotConfirmed):
        actions.order(bot, Action.LEAVE, by=ann, now=NOW)
    assert events() == []


def test_who_took_an_order_back(workspace, ann, django_user_model):
    ben = django_user_model.objects.create_user("ben")
    order = send(workspace, ann).orders.get()
    assert actions.withdraw(order, by=ben, now=at(1))
    assert not actions.withdraw(order, by=ben, now=at(2))
    assert events()[1:] == [(Verb.WITHDRAWN, "ben", "Send bot: Kick-off")]


def test_it_is_written_with_the_deed_or_not_at_all(bot, ann):
    with transaction.atomic():
        actions.order(bot, Action.PAUSE, by=ann, now=NOW)
        transaction.set_rollback(True)
    assert not AuditEvent.objects.exists()
    assert not Order.objects.exists()


def test_a_rule_has_no_name(bot):
    ask(bot, Action.PAUSE)
    assert AuditEvent.objects.get().by_name == ""


def test_it_holds_no_passcode_and_no_key(workspace, bot, ann):
    made = send(workspace, ann)
    order = made.orders.get()
    actions.withdraw(order, by=ann, now=at(1))
    actions.order(bot, Action.PAUSE, by=ann, now=at(2))
    written = json.dumps(list(AuditEvent.objects.values("what", "detail", "by_name", "kind")))
    assert "planted-passcode" in made.meeting_url
    keys = list(Order.objects.values_list("key", flat=True))
    for secret in ("planted-passcode", "zoom.us", *keys):
        assert secret not in written
