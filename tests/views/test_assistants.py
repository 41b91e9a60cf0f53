"""The pages of assistants: made, tried, sent, silenced; and the summary on a recording's page."""

import uuid

import pytest
from django.urls import reverse

from bots.models import (
    Assistant,
    AssistantSession,
    AuditEvent,
    Bot,
    Recording,
    RecordingSummary,
    Transcript,
)
from tests.assistants.steps import make_assistant, sent, writes
from tests.responder import endpoint
from tests.world import LINK, NOW, make_bot, make_workspace

pytestmark = pytest.mark.django_db
HX = {"HTTP_HX_REQUEST": "true"}
FORM = {
    "name": "Scribe",
    "instruction": "Help.",
    "kind": "openai",
    "base_url": "http://127.0.0.1:9/v1",
    "model": "m",
    "api_key": "sk-a-secret-key-1234",
    "may": ["pause_recording"],
    "token_cap": "5000",
}


def url(name, *more):
    return reverse(name, args=["acme", *more])


def text(response):
    return response.content.decode()


def test_an_admin_makes_one_and_its_key_is_never_shown(as_alice):
    assert "No assistant yet" in text(as_alice.get(url("assistants")))
    response = as_alice.post(url("assistants_new"), FORM, follow=True)
    row = Assistant.objects.get()
    assert response.redirect_chain[-1][0] == url("assistants_one", row.pk)
    assert (row.name, row.may, f"{row.api_key}") == ("Scribe", ["pause_recording"], FORM["api_key"])
    for page in (url("assistants"), url("assistants_one", row.pk), url("assistants_edit", row.pk)):
        assert "sk-a-secret" not in text(as_alice.get(page))
    assert "•••1234" in text(as_alice.get(url("assistants_edit", row.pk)))
    assert AuditEvent.objects.filter(verb="assistant.made").count() == 1


def test_an_empty_key_keeps_the_old_one_but_not_at_another_address(as_alice, workspace):
    as_alice.post(url("assistants_new"), FORM)
    row = Assistant.objects.get()
    edit = url("assistants_edit", row.pk)
    as_alice.post(edit, FORM | {"api_key": "", "name": "Other"})
    row.refresh_from_db()
    assert (row.name, f"{row.api_key}") == ("Other", FORM["api_key"])
    moved = as_alice.post(edit, FORM | {"api_key": "", "base_url": "http://127.0.0.1:10/v1"})
    assert moved.status_code == 422
    assert "Enter the key again" in text(moved)
    row.refresh_from_db()
    assert row.base_url == FORM["base_url"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": " "}, "Give it a name"),
        ({"base_url": "http://10.0.0.1/v1"}, "https://"),
        ({"base_url": "ftp://x"}, "https://"),
        ({"called": "ab"}, "three letters"),
        ({"may": ["share_page"]}, "Name the pages"),
        ({"may": ["share_page"], "pages": "javascript:alert(1)"}, "javascript:alert(1)"),
        ({"may": ["rule_the_world"]}, "not one of the available choices"),
        ({"kind": "oracle"}, "not one of the available choices"),
        ({"token_cap": "5"}, "greater than or equal to 1000"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(as_alice, changes, said):
    response = as_alice.post(url("assistants_new"), FORM | {"instruction": "Keep me."} | changes)
    assert response.status_code == 422
    assert said in text(response)
    assert "Keep me." in text(response)
    assert not Assistant.objects.exists()


def test_two_cannot_have_one_name_unless_one_is_gone(as_alice, workspace):
    row = make_assistant(workspace)
    assert "of that name already" in text(as_alice.post(url("assistants_new"), FORM))
    as_alice.post(url("assistants_remove", row.pk))
    assert as_alice.post(url("assistants_new"), FORM).status_code == 302
    assert as_alice.get(url("assistants_one", row.pk)).status_code == 404


def test_saying_hello_tries_the_responder(as_alice, workspace):
    with endpoint("I am ready.") as there:
        row = make_assistant(workspace, there.url)
        page = as_alice.post(url("assistants_try", row.pk), follow=True)
    assert "Scribe answers: “I am ready.”" in text(page)
    with endpoint({"status": 401}) as there:
        Assistant.objects.update(base_url=there.url)
        page = as_alice.post(url("assistants_try", row.pk), follow=True)
    assert "does not take this key" in text(page)


def test_an_operator_sends_it_and_lands_on_its_bot(as_bob, workspace):
    row = make_assistant(workspace)
    page = text(as_bob.get(url("assistants_one", row.pk)))
    assert "Send it into a meeting" in page
    assert "Change" not in page
    form = {"token": str(uuid.uuid4()), "meeting_url": LINK, "text": "Be brief.", "team": "1"}
    form["team"] = workspace.default_team.pk
    response = as_bob.post(url("assistants_one", row.pk), form)
    session = AssistantSession.objects.get()
    assert response.url == url("bot", session.bot_id)
    assert as_bob.post(url("assistants_one", row.pk), form).url == response.url
    assert Bot.objects.count() == 1
    bot_page = text(as_bob.get(response.url))
    assert "Taking part" in bot_page
    assert "Silence" in bot_page


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"meeting_url": ""}, "Paste the link"),
        ({"meeting_url": "no link"}, "no meeting link"),
        ({"token": "x"}, "Reload the page"),
        ({"team": "0"}, "not one of the available choices"),
    ],
)
def test_a_bad_form_says_what_is_wrong(as_bob, workspace, changes, said):
    row = make_assistant(workspace)
    form = {"token": str(uuid.uuid4()), "meeting_url": LINK, "text": "Keep me.", "bot_name": ""}
    form["team"] = str(workspace.default_team.pk)
    response = as_bob.post(url("assistants_one", row.pk), form | changes)
    assert response.status_code == 422
    assert said in text(response)
    assert "Keep me." in text(response)
    assert not Bot.objects.exists()


def test_one_without_a_key_says_so_and_is_not_sent(as_alice, workspace):
    row = make_assistant(workspace, "https://api.openai.com/v1")
    assert "it lacks an API key" in text(as_alice.get(url("assistants_one", row.pk)))
    form = {"token": str(uuid.uuid4()), "meeting_url": LINK, "team": workspace.default_team.pk}
    response = as_alice.post(url("assistants_one", row.pk), form)
    assert "lacks an API key" in text(response)
    assert not Bot.objects.exists()


def test_an_assistant_of_another_workspace_is_not_there(as_alice):
    row = make_assistant(make_workspace("globex"))
    assert as_alice.get(url("assistants_one", row.pk)).status_code == 404


def test_the_talk_stands_on_the_bot_s_page(as_bob, workspace, settings):
    settings.PUBLIC_URL = "https://dash.example.com"
    session = sent(make_assistant(workspace))
    writes(session, 10, "Ann", "Scribe, <b>hello</b>?")
    page = text(as_bob.get(url("bot", session.bot_id)))
    assert "Scribe, &lt;b&gt;hello&lt;/b&gt;?" in page
    as_bob.post(url("silence", session.bot_id), **HX)
    page = text(as_bob.get(url("bot", session.bot_id)))
    assert "Silenced" in page
    assert "Let it speak" in page
    as_bob.post(url("let_speak", session.bot_id))
    session.refresh_from_db()
    assert session.state == "listening"


def test_a_viewer_reads_the_talk_and_cannot_silence(as_vera, workspace):
    session = sent(make_assistant(workspace))
    page = text(as_vera.get(url("bot", session.bot_id)))
    assert "Taking part" in page
    assert "Silence" not in page


# Summaries


@pytest.fixture
def recording(workspace):
    made = Recording.objects.create(
        workspace=workspace,
        bot=make_bot(workspace),
        recall_id=uuid.uuid4(),
        status="done",
        status_at=NOW,
        created_at=NOW,
    )
    line = {"speaker": "Ann", "start_s": 83.0, "end_s": 90.0, "text": "I will write to Lyon."}
    Transcript.objects.keep(made, [line], now=NOW)
    return made


def test_a_recording_is_summed_up_with_one_click(as_bob, workspace, recording):
    from tests.assistants.test_digests import works

    row = make_assistant(workspace)
    assert "Summarise" in text(as_bob.get(url("recording", recording.pk)))
    asked = as_bob.post(url("summary", recording.pk), {"assistant": row.pk}, **HX)
    assert "reads the transcript" in text(asked)
    works(RecordingSummary.objects.get(), seconds=10**9)
    page = text(as_bob.get(url("recording", recording.pk)))
    assert "I will write to Lyon." in page
    assert f"{url('recording', recording.pk)}?t=83#said-title" in page
    assert "Summarise again" in page


def test_where_nobody_can_sum_up_nothing_is_offered(as_bob, recording):
    assert "Summarise" not in text(as_bob.get(url("recording", recording.pk)))


@pytest.mark.parametrize("given", ["", "0", "abc", "9" * 30])
def test_an_assistant_that_is_none_is_refused_in_words(as_bob, workspace, recording, given):
    make_assistant(workspace)
    response = as_bob.post(url("summary", recording.pk), {"assistant": given}, **HX)
    assert response.status_code == 409
    assert "There is no such assistant." in text(response)
