"""What programs see: bots some at a time, the state of one, and what came of orders."""

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bots.lifecycle import Action
from bots.models import Bot, PolicyVersion
from tests.api.conftest import Program, refusal
from tests.world import NOW, at, make_bot, make_workspace

pytestmark = pytest.mark.django_db


def ids(answer):
    assert answer.status_code == 200, answer.content
    return [each["id"] for each in answer.json()["bots"]]


def test_it_lists_bots_newest_first_some_at_a_time(program, workspace):
    made = [make_bot(workspace, title=f"No. {n}", created_at=at(n)).pk for n in range(5)]
    first = program.get("bots/?limit=2")
    second = program.get(f"bots/?limit=2&after={first.json()['next']}")
    third = program.get(f"bots/?limit=2&after={second.json()['next']}")
    assert ids(first) + ids(second) + ids(third) == made[::-1]
    assert third.json()["next"] is None


def test_a_bot_in_a_list_says_what_it_is(program, bot, team):
    [said] = program.get("bots/").json()["bots"]
    assert (said["id"], said["recall_id"]) == (bot.pk, str(bot.recall_id))
    assert (said["title"], said["phase"], said["status"]) == (
        "Weekly review", "recording", "in_call_recording",
    )  # fmt: skip
    assert said["team"] == {"id": team.pk, "name": "Sales"}
    assert said["outcome"] is None
    assert said["url"] == f"http://testserver/w/acme/bots/{bot.pk}/"


def test_a_meeting_s_password_is_not_among_it(program, workspace):
    make_bot(workspace, title="", link="https://zoom.us/j/8412345678?pwd=hunter2")
    assert b"hunter2" not in program.get("bots/").content


def test_it_lists_those_that_are_live_or_the_others(program, workspace, bot):
    over = make_bot(workspace, phase="finished")
    assert ids(program.get("bots/?live=true")) == [bot.pk]
    assert ids(program.get("bots/?live=false")) == [over.pk]


def test_it_lists_those_of_a_team(program, workspace, bot):
    research = workspace.teams.create(name="Research")
    other = make_bot(workspace, team=research)
    assert ids(program.get(f"bots/?team={research.pk}")) == [other.pk]
    assert refusal(program.get("bots/?team=999999999999999999999")) == (404, "not_found")


@pytest.mark.parametrize(
    ("query", "field"),
    [("liv=true", "liv"), ("limit=0", "limit"), ("limit=101", "limit"), ("live=perhaps", "live"),
     ("team=x", "team")],
)  # fmt: skip
def test_a_filter_that_makes_no_sense_is_named(program, query, field):
    answer = program.get(f"bots/?{query}")
    assert refusal(answer) == (400, "invalid")
    assert answer.json()["error"]["fields"][0]["field"] == field


def test_a_place_that_was_made_up_leads_nowhere(program, bot):
    assert refusal(program.get("bots/?after=made-up")) == (400, "invalid")


def test_a_list_costs_the_same_however_long(program, workspace):
    make_bot(workspace)
    program.get("bots/")  # the first use of a token is noted
    with CaptureQueriesContext(connection) as few:
        program.get("bots/")
    for _ in range(20):
        make_bot(workspace)
    program.get("bots/")  # the first use of a token is noted
    with CaptureQueriesContext(connection) as many:
        program.get("bots/")
    assert len(many) == len(few)


def test_the_state_of_a_bot_is_all_there_is_to_know(program, bot):
    bot.orders.create(action=Action.PAUSE, token="1", created_at=timezone.now(),
                      due_at=NOW, expires_at=NOW)  # fmt: skip
    said = program.get(f"bots/{bot.pk}/").json()
    assert said["sentence"] == "Recording the meeting."
    assert [(each["kind"], each["code"]) for each in said["timeline"]] == [
        ("status", "joining_call"), ("status", "in_call_recording"), ("order", ""),
    ]  # fmt: skip
    [recording] = said["recordings"]
    assert recording["files"] == [{"kind": "video_mixed", "status": "done"}]
    [order] = said["open_orders"]
    assert (order["action"], order["state"], order["given_by"]) == ("pause", "waiting", "A rule")


def test_it_says_what_can_be_ordered_and_why_not(program, bot):
    said = {each["action"]: each for each in program.get(f"bots/{bot.pk}/").json()["actions"]}
    assert set(said) == {
        "say", "pause", "resume", "start", "stop", "show", "hide", "leave", "cancel",
    }  # fmt: skip
    assert said["pause"]["allowed"]
    assert said["pause"]["path"] == f"/api/v1/bots/{bot.pk}/pause/"
    assert not said["resume"]["allowed"]
    assert said["resume"]["why_not"] == "The recording is running, so there is nothing to resume."
    assert said["start"]["question"] == "Start recording again?"
    assert said["leave"]["question"] is None


def test_a_bot_that_is_over_says_what_came_of_it(program, a_bot):
    over = a_bot("in_call_recording", ("call_ended", "bot_kicked_from_call"), "done", recorded=True)
    said = program.get(f"bots/{over.pk}/").json()
    assert said["outcome"] == {"code": "in_part", "label": "Recorded in part"}
    assert said["sentence"].endswith(".")
    assert said["recordings"][0]["outcome"]["code"] == "in_part"
    assert not any(each["allowed"] for each in said["actions"])


def test_the_state_of_a_long_meeting_costs_no_more(program, bot):
    program.get("bots/")  # the first use of a token is noted
    with CaptureQueriesContext(connection) as few:
        program.get(f"bots/{bot.pk}/")
    for n in range(30):
        bot.status_changes.create(code="in_waiting_room", at=at(n), source="sync", learnt_at=NOW)
    with CaptureQueriesContext(connection) as many:
        program.get(f"bots/{bot.pk}/")
    assert len(many) == len(few)


def test_what_came_of_an_order_has_its_own_address(program, bot):
    order = bot.orders.create(action=Action.STOP, token="1", created_at=timezone.now(),
                              due_at=NOW, expires_at=NOW, state="refused",
                              error="Nothing is being recorded.", error_code="x")  # fmt: skip
    said = program.get(f"orders/{order.pk}/").json()
    assert (said["bot_id"], said["state"], said["is_open"]) == (bot.pk, "refused", False)
    assert (said["sentence"], said["code"]) == ("Nothing is being recorded.", "x")


def test_a_bot_of_another_workspace_is_as_if_it_were_nowhere(program):
    theirs = make_bot(make_workspace("globex"))
    order = theirs.orders.create(action=Action.STOP, created_at=NOW, due_at=NOW, expires_at=NOW)
    nowhere = program.get("bots/999999999/").content
    for path in (f"bots/{theirs.pk}/", f"orders/{order.pk}/", f"bots/{10**30}/"):
        answer = program.get(path)
        assert refusal(answer) == (404, "not_found")
        assert answer.content == nowhere
    assert ids(program.get("bots/")) == []


def test_a_token_for_some_teams_sees_no_other(make_token, workspace, team, bot):
    research = workspace.teams.create(name="Research")
    other = make_bot(workspace, team=research)
    program = Program(make_token(teams=[research])[1])
    assert ids(program.get("bots/")) == [other.pk]
    assert refusal(program.get(f"bots/{bot.pk}/")) == (404, "not_found")
    assert refusal(program.get(f"bots/?team={team.pk}")) == (404, "not_found")


def test_a_token_whose_team_is_gone_sees_nothing(make_token, workspace, bot):
    research = workspace.teams.create(name="Research")
    program = Program(make_token(teams=[research])[1])
    research.delete()
    assert ids(program.get("bots/")) == []


def test_a_token_for_all_teams_sees_private_ones_as_admins_do(program, team, bot):
    PolicyVersion.objects.save_team(team, {"shown_to": "team"}, by=None, now=NOW)
    assert Bot.objects.get(pk=bot.pk).team.is_private
    assert ids(program.get("bots/")) == [bot.pk]


def test_a_bot_that_recall_has_not_taken_has_no_id_of_recall_s(program, workspace):
    waiting = make_bot(workspace, recall_id=None)
    said = program.get(f"bots/{waiting.pk}/").json()
    assert said["recall_id"] is None
    assert {each["why_not"] for each in said["actions"]} == {
        "Recall has not taken this bot yet. Wait until it has, or take the order back."
    }


def test_a_recall_id_is_no_address(program, bot):
    assert refusal(program.get(f"bots/{uuid.uuid4()}/")) == (404, "not_found")
