"""Rules of leaving on a bot's page: set in a sheet or on a page, shown, taken back."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from bots.models import Bot, LeaveRule, PolicyVersion

HTMX = {"HX-Request": "true", "HX-Target": "div#panel"}


def url_of(bot: Bot) -> str:
    return reverse("leave_rules", args=[bot.workspace.slug, bot.pk])


@pytest.fixture
def bot(a_bot):
    return a_bot("in_call_recording")


def typed(**fields):
    return {"token": "form-1", "when": "joined", "length": "45 min", "zone": "UTC", **fields}


def test_it_is_asked_for_in_a_sheet_and_on_a_page(as_bob, bot):
    sheet = as_bob.get(url_of(bot), headers=HTMX)
    assert (sheet["HX-Retarget"], sheet.status_code) == ("#sheet", 200)
    page = as_bob.get(url_of(bot))
    for answer in (sheet, page):
        assert "Leave by rule" in answer.content.decode()
    assert b"<html" in page.content
    assert b"<html" not in sheet.content


def test_it_is_set_and_shown_with_its_time(as_bob, bob, bot):
    answer = as_bob.post(url_of(bot), typed(), headers=HTMX)
    assert answer["HX-Retarget"] == "#panel"
    rule = LeaveRule.objects.get()
    assert (rule.when, rule.after_s, rule.by) == ("joined", 2700, bob)
    said = answer.content.decode()
    assert "Leaves 45 min after it joined" in said
    assert rule.met_at is not None
    assert rule.met_at.isoformat() in said
    as_bob.post(url_of(bot), typed(), headers=HTMX)
    assert LeaveRule.objects.count() == 1, "the same form is the same rule"


def test_a_plain_form_comes_back_to_the_bots_page(as_bob, bot):
    answer = as_bob.post(url_of(bot), typed())
    assert (answer.status_code, answer["Location"]) == (302, reverse("bot", args=["acme", bot.pk]))


def test_a_time_is_read_in_the_browsers_zone(as_bob, bot):
    there = (timezone.now() + timedelta(hours=30)).replace(second=0, microsecond=0)
    local = (there + timedelta(hours=9)).strftime("%Y-%m-%dT%H:%M")
    as_bob.post(url_of(bot), typed(when="at", at=local, zone="Asia/Tokyo", length="nonsense"))
    assert LeaveRule.objects.get().at == there


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"length": "soon"}, "Type a length of time"),
        ({"length": ""}, "Type a length of time"),
        ({"length": "5 s"}, "At least 10 s."),
        ({"length": "400 h"}, "At most 24 h."),
        ({"when": "at", "at": ""}, "Choose a day and a time."),
        ({"when": "at", "at": "yesterday"}, "Enter a valid date/time."),
        ({"when": "at", "at": "2020-01-01T10:00"}, "That time is over."),
        ({"when": "at", "at": "0001-01-01T00:00", "zone": "Asia/Tokyo"}, "No calendar has this"),
        ({"when": "whenever"}, "Select a valid choice"),
    ],
)
def test_it_says_what_is_wrong_and_keeps_what_was_typed(as_bob, bot, fields, said):
    answer = as_bob.post(url_of(bot), typed(**fields), headers=HTMX)
    assert (answer.status_code, answer["HX-Retarget"]) == (422, "#sheet")
    text = answer.content.decode()
    assert said in text
    assert 'value="form-1"' in text
    assert not LeaveRule.objects.exists()


def test_a_refusal_needs_no_length(as_bob, bot):
    as_bob.post(url_of(bot), typed(when="denied", length=""))
    assert str(LeaveRule.objects.get()) == "Leave when it may not record"


def test_it_is_taken_back(as_bob, bot):
    as_bob.post(url_of(bot), typed())
    rule = LeaveRule.objects.get()
    answer = as_bob.post(reverse("leave_rule_back", args=["acme", rule.pk]), headers=HTMX)
    assert f"leave-rule-{rule.pk}" not in answer.content.decode()
    rule.refresh_from_db()
    assert rule.state == LeaveRule.State.TAKEN_BACK
    again = as_bob.post(reverse("leave_rule_back", args=["acme", rule.pk]), headers=HTMX)
    assert "has come to its end already" in again.content.decode()


def test_what_the_policy_fixes_operators_leave_alone(as_bob, bot, team):
    version = PolicyVersion.objects.save_team(
        team, {"stay_s": 600, "may_length": False}, by=None, now=timezone.now()
    )
    Bot.objects.update(has_leave_rules=True)
    rule = bot.leave_rules.create(
        when="joined", after_s=600, policy=version, created_at=timezone.now()
    )
    page = as_bob.get(reverse("bot", args=["acme", bot.pk])).content.decode()
    assert "Leaves 10 min after it joined" in page
    back = reverse("leave_rule_back", args=["acme", rule.pk])
    assert back not in page
    assert as_bob.post(back).status_code == 403


def test_a_bot_that_has_left_takes_none(as_bob, a_bot):
    gone = a_bot("in_call_recording", "call_ended", "done")
    assert url_of(gone) not in as_bob.get(reverse("bot", args=["acme", gone.pk])).content.decode()
    answer = as_bob.post(url_of(gone), typed(), headers=HTMX)
    assert "has left this meeting" in answer.content.decode()
