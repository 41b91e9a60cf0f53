"""Assistants: kept, sent into meetings, refused with the reason."""

import pytest

from bots import actions, assistants
from bots.models import AuditEvent, Bot, PolicyVersion
from bots.policy import listening
from bots.recall import meeting_urls
from tests.assistants.steps import make_assistant
from tests.world import LINK, NOW

pytestmark = pytest.mark.django_db


def initiate(row, team, **more):
    given = {"meeting_url": LINK, "text": "Note who promises what.", "token": "f", "by": None}
    return assistants.initiate(row, team, now=NOW, **{**given, **more})


def test_it_is_a_bot_and_a_session(workspace, team, alice):
    session = initiate(make_assistant(workspace), team, by=alice)
    bot = Bot.objects.get()
    assert (session.bot, session.state, session.text) == (
        bot,
        "listening",
        "Note who promises what.",
    )
    assert bot.name == "Scribe"
    assert bot.is_assisted
    assert bot.orders.get().action == "send"
    verbs = set(AuditEvent.objects.values_list("verb", flat=True))
    assert {"bot.sent", "assistant.sent"} <= verbs


def test_another_name_can_be_given(workspace, team):
    session = initiate(make_assistant(workspace), team, bot_name="  Support   Desk ")
    assert session.name == session.bot.name == "Support Desk"


def test_the_same_form_is_the_same_session(workspace, team):
    row = make_assistant(workspace)
    assert initiate(row, team).pk == initiate(row, team).pk
    assert Bot.objects.count() == 1


@pytest.mark.parametrize(
    ("rules", "provider"),
    [({}, "meeting_captions"), ({"language": "en"}, "recallai_streaming")],
)
def test_it_hears_words_while_they_are_said(workspace, team, settings, rules, provider):
    settings.PUBLIC_URL = "https://dash.example.com"
    PolicyVersion.objects.save_team(team, rules, by=None, now=NOW)
    config = initiate(make_assistant(workspace), team).bot.request["recording_config"]
    assert listening.provider_of(config) == provider
    assert listening.is_quick(config)
    assert listening.listens(config)


def test_what_a_policy_fixes_stays_fixed(workspace, team):
    PolicyVersion.objects.save_team(
        team, {"may_formats": False, "may_name": False, "bot_name": "House bot"}, by=None, now=NOW
    )
    bot = initiate(make_assistant(workspace), team).bot
    assert bot.name == "House bot"
    assert listening.provider_of(bot.request["recording_config"]) == "recallai_streaming"


def test_no_assistant_no_key_and_no_connection_are_refused_with_the_reason(workspace, team):
    with pytest.raises(assistants.NotInitiated, match="no such assistant"):
        initiate(None, team)
    row = make_assistant(workspace, "https://api.openai.com/v1")
    with pytest.raises(assistants.NotInitiated, match="lacks an API key"):
        initiate(row, team)
    workspace.api_key = ""
    workspace.save()
    team.refresh_from_db()
    with pytest.raises(assistants.NotInitiated, match="not connected to Recall"):
        initiate(make_assistant(workspace, name="Other"), team)
    assert not Bot.objects.exists()


def test_a_bad_link_is_refused(workspace, team):
    with pytest.raises(meeting_urls.NotALink):
        initiate(make_assistant(workspace), team, meeting_url="no link at all")


def test_a_policy_that_is_against_it_is_obeyed(workspace, team):
    PolicyVersion.objects.save_team(team, {"platforms": ["zoom"]}, by=None, now=NOW)
    with pytest.raises(actions.NotAllowed):
        initiate(make_assistant(workspace), team)
    assert not Bot.objects.exists()


def test_a_removed_one_loses_its_key_and_goes_nowhere(workspace, team, alice):
    row = make_assistant(workspace, "https://x.example/v1", api_key="sk-some-secret-key")
    assistants.remove(row, by=alice, now=NOW)
    row.refresh_from_db()
    assert not row.api_key
    with pytest.raises(assistants.NotInitiated):
        initiate(row, team)


def test_a_key_is_sealed_and_never_printed(workspace):
    row = make_assistant(workspace, "https://x.example/v1", api_key="sk-some-secret-key")
    row.refresh_from_db()
    assert f"{row.api_key}" == "sk-some-secret-key"
    assert "some-secret" not in repr(row.api_key) + str(row.settings)
