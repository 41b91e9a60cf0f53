"""What programs do with assistants: see which there are, and send one."""

import pytest

from bots.lifecycle import Action
from bots.models import AssistantSession, AuditEvent, Bot, Order, PolicyVersion
from tests.api.conftest import Program, refusal
from tests.assistants.steps import make_assistant
from tests.world import LINK, NOW, make_bot, make_workspace

pytestmark = pytest.mark.django_db
PAGES = {"output_media": {"camera": None, "screenshare": None}}


def initiate(program, row, key="", **more):
    body = {"assistant": row.pk if row else 0, "meeting_url": LINK, "text": "Be brief."} | more
    headers = {"Idempotency_Key": key} if key else {}
    return program.post("initiate/", body, **headers)


def test_it_sends_one_and_tells_assistant_session_and_bot(program, workspace):
    row = make_assistant(workspace)
    answer = initiate(program, row, bot_name="Support Desk")
    assert answer.status_code == 201, answer.content
    session = AssistantSession.objects.get()
    told = answer.json()
    assert told == {
        "integration_id": row.pk,
        "session_id": session.pk,
        "bot": {
            "id": session.bot_id,
            "recall_id": None,
            "status": "joining",
            "url": told["bot"]["url"],
        },
    }
    assert told["bot"]["url"].endswith(f"/w/acme/bots/{session.bot_id}/")
    assert (session.bot.name, session.text) == ("Support Desk", "Be brief.")
    assert program.get(f"bots/{session.bot_id}/").json()["name"] == "Support Desk"


def test_the_log_says_by_which_token(program, workspace):
    initiate(program, make_assistant(workspace))
    order = Order.objects.get()
    assert (order.action, order.given_by) == ("send", "API token “CRM sync”")
    for verb in ("bot.sent", "assistant.sent"):
        assert AuditEvent.objects.get(verb=verb).detail["given_by"] == "API token “CRM sync”"


def test_the_same_key_is_the_same_session(program, workspace):
    row = make_assistant(workspace)
    first, again = (initiate(program, row, key="k").json() for _ in range(2))
    assert first == again
    assert Bot.objects.count() == 1
    assert initiate(program, row).json()["session_id"] != first["session_id"]


def test_what_is_missing_or_wrong_is_a_400_with_the_reason(program, workspace):
    answer = initiate(program, None)
    assert refusal(answer) == (400, "invalid")
    assert answer.json()["error"]["message"] == "There is no such assistant."
    bare = make_assistant(workspace, "https://api.openai.com/v1")
    answer = initiate(program, bare)
    assert refusal(answer) == (400, "invalid")
    assert "lacks an API key" in answer.json()["error"]["message"]
    answer = initiate(program, make_assistant(workspace, name="B"), meeting_url="nothing")
    assert refusal(answer) == (400, "invalid")
    assert answer.json()["error"]["fields"][0]["field"] == "meeting_url"
    assert not Bot.objects.exists()


def test_a_workspace_without_a_key_is_a_400(program, workspace):
    workspace.api_key = ""
    workspace.save()
    answer = initiate(program, make_assistant(workspace))
    assert refusal(answer) == (400, "invalid")
    assert "no API key" in answer.json()["error"]["message"]


def test_a_policy_that_is_against_it_is_obeyed(program, workspace, team):
    PolicyVersion.objects.save_team(team, {"platforms": ["zoom"]}, by=None, now=NOW)
    assert refusal(initiate(program, make_assistant(workspace))) == (409, "not_now")


def test_another_workspace_s_assistant_is_not_there(program):
    assert refusal(initiate(program, make_assistant(make_workspace("globex")))) == (400, "invalid")


def test_it_is_sent_for_a_team_of_the_token(make_token, workspace):
    research = workspace.teams.create(name="Research")
    program = Program(make_token(teams=[research])[1])
    row = make_assistant(workspace)
    initiate(program, row)
    assert Bot.objects.get().team == research
    assert refusal(initiate(program, row, team=workspace.default_team.pk)) == (404, "not_found")


def test_it_takes_the_scope_to_send(make_token, workspace):
    row = make_assistant(workspace)
    for scope in ("read", "steer"):
        program = Program(make_token(scope, name=scope)[1])
        assert refusal(initiate(program, row)) == (403, "scope")
    program = Program(make_token("send", name="send")[1])
    assert initiate(program, row).status_code == 201


def test_the_list_says_who_is_ready_and_shows_no_key(program, workspace):
    make_assistant(workspace, "https://x.example/v1", api_key="sk-a-secret-key")
    make_assistant(workspace, "https://api.openai.com/v1", name="Bare")
    answer = program.get("assistants/")
    told = [(row["name"], row["is_ready"], row["lacks"]) for row in answer.json()["assistants"]]
    assert told == [("Bare", False, ["an API key"]), ("Scribe", True, [])]
    assert b"sk-a-secret" not in answer.content


# Screen share


@pytest.fixture
def shows_pages(a_bot):
    return a_bot("in_call_recording", config=PAGES)


def test_it_shares_a_page_and_stops(program, shows_pages):
    path = f"bots/{shows_pages.pk}/screenshare/"
    answer = program.post(path, {"url": "https://example.com/agenda"})
    order = Order.objects.get(pk=answer.json()["id"])
    assert (order.action, order.body["url"]) == (Action.SHOW, "https://example.com/agenda")
    assert refusal(program.post(f"{path}stop/")) == (409, "not_now")
    Order.objects.update(state="confirmed")
    answer = program.post(f"{path}stop/", Idempotency_Key="stop")
    order = Order.objects.get(pk=answer.json()["id"])
    assert (order.action, order.body) == (Action.HIDE, {"place": "screen", "what": "page"})
    Order.objects.update(state="confirmed")
    again = program.post(f"{path}stop/", Idempotency_Key="stop")
    assert again.json()["id"] == order.pk


def test_an_address_that_nobody_can_open_is_a_400(program, shows_pages):
    answer = program.post(f"bots/{shows_pages.pk}/screenshare/", {"url": "file:///etc/passwd"})
    assert refusal(answer) == (400, "invalid")
    assert answer.json()["error"]["fields"][0]["field"] == "url"


def test_a_bot_that_was_sent_for_pictures_shares_no_page(program, workspace):
    bot = make_bot(workspace, phase="recording")
    answer = program.post(f"bots/{bot.pk}/screenshare/", {"url": "https://example.com/"})
    assert refusal(answer) == (409, "not_now")
    assert "pictures" in answer.json()["error"]["message"]
