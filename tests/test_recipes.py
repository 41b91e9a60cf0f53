"""The recipes of the docs, run as they stand there."""

import re
import uuid
from pathlib import Path

import pytest
from django.conf import settings

from bots import actions, consents, leave_rules
from bots.lifecycle import Action
from bots.models import Batch, Bot, LeaveRule, PolicyVersion
from tests.test_leave_command import later
from tests.world import LINK, NOW, deliver, status_event

TEXT = Path(settings.BASE_DIR, "docs/recipes.md").read_text()
FIRST, *PARTS = re.split(r"(?m)^## ", TEXT)
RECIPES = {part.partition("\n")[0]: "\n".join(re.findall(r"(?s)```python\n(.*?)```", part))
           for part in PARTS}  # fmt: skip
BEGINNING = "\n".join(re.findall(r"(?s)```python\n(.*?)```", FIRST))


@pytest.fixture
def run(bob, a_bot, monkeypatch):
    """Run the recipe of that heading for a bot that records; the bot."""

    def run(heading, *, wait=False):
        bot = a_bot("in_call_recording", recorded=True)
        said = {"BOT": bot.recall_id, "PERSON": "bob", "LINK": LINK}
        thread = None
        if wait:
            thread = later(bot, ("call_ended", "bot_received_leave_call"), ("done", ""))
        exec(compile(BEGINNING + RECIPES[heading], heading, "exec"), said)
        if thread:
            thread.join()
        bot.refresh_from_db()
        return bot

    monkeypatch.setattr("bots.tasks.wake_order", lambda order: None)
    return run


def test_all_recipes_are_known():
    assert list(RECIPES) == [
        "Leave now",
        "Leave after half an hour",
        "Leave when it may not record",
        "Have all leave that record",
        "Record once everyone has opted in",
        "Leave, and wait until all is processed",
    ]


@pytest.mark.django_db
def test_leave_now(run, bob):
    order = run("Leave now").orders.get()
    assert (order.action, order.by) == (Action.LEAVE, bob)


@pytest.mark.django_db
def test_leave_after_a_while(run):
    rule = run("Leave after half an hour").leave_rules.get()
    assert (rule.when, rule.after_s, rule.state) == ("joined", 1800, LeaveRule.State.WAITING)
    assert rule.met_at is not None
    assert leave_rules.look(rule.pk, now=rule.met_at).action == Action.LEAVE


@pytest.mark.django_db
def test_leave_when_it_may_not_record(run):
    rule = run("Leave when it may not record").leave_rules.get()
    assert (rule.when, rule.met_at) == ("denied", None)


@pytest.mark.django_db
def test_all_that_record(run, a_bot):
    waiting = a_bot("in_waiting_room")
    bot = run("Have all leave that record")
    items = Batch.objects.get().items.values_list("bot", flat=True)
    assert bot.pk in items
    assert waiting.pk not in items


@pytest.mark.django_db
def test_opt_in(run, team):
    PolicyVersion.objects.save_team(team, {"start_on": "consent"}, by=None, now=NOW)
    with pytest.raises(actions.NotNow, match="does not ask for consent"):
        run("Record once everyone has opted in")  # its second half is for a bot that asks
    sent = Bot.objects.get(consent_stage="waiting")
    sent.orders.update(state="confirmed")
    sent.recall_id = uuid.uuid4()
    sent.save(update_fields=["recall_id"])
    deliver(sent.workspace, status_event(sent, "in_call_not_recording", NOW), when=NOW)
    consents.look(sent.pk, now=NOW)
    person = sent.participants.create(number=1, name="Ann", is_here=True)
    sent.consent.answers.create(participant=person, name="Ann", says="yes", text="yes", at=NOW)
    sent.want_consent(NOW)
    assert consents.look(sent.pk, now=NOW).action == Action.START


@pytest.mark.django_db(transaction=True)
def test_leave_and_wait(run, capsys):
    bot = run("Leave, and wait until all is processed", wait=True)
    assert bot.phase == "finished"
    assert "video_mixed  done" in capsys.readouterr().out
