"""A bot's own address: in what goes out to Recall, and nowhere else."""

import json

import pytest
from django.apps import apps
from django.utils import timezone

from bots import actions, deciding, own_addresses, policy
from bots.models import Bot
from bots.policy import listening
from recalldash import logs
from tests.world import LINK, make_bot

pytestmark = pytest.mark.django_db
PLACE = {"type": "webhook", "url": listening.PLACE, "events": ["transcript.data"]}


def test_it_is_put_into_every_kind_of_request(workspace):
    bot = make_bot(workspace)
    address = f"http://testserver/realtime/recall/{own_addresses.token(bot.pk)}/"
    rtmp = {"type": "rtmp", "url": "rtmp://live.example/x", "events": ["video_mixed_flv.data"]}
    config = {"realtime_endpoints": [rtmp, PLACE]}
    create = deciding.as_sent({"recording_config": config, "bot_name": "x"}, bot)
    start = deciding.as_sent(config, bot)
    for sent in (create["recording_config"], start):
        assert [each["url"] for each in sent["realtime_endpoints"]] == [rtmp["url"], address]
    assert config["realtime_endpoints"][1]["url"] == listening.PLACE
    assert deciding.as_sent({"join_at": None, "recording_config": None}, bot) == {
        "join_at": None,
        "recording_config": None,
    }


def test_a_server_that_recall_cannot_reach_has_none(workspace, settings):
    settings.PUBLIC_URL = ""
    sent = deciding.as_sent({"realtime_endpoints": [PLACE]}, make_bot(workspace))
    assert sent["realtime_endpoints"] == []


def test_its_word_opens_one_bot_alone(workspace):
    one, other = make_bot(workspace), make_bot(workspace)
    assert own_addresses.bot_of(own_addresses.token(one.pk)) == one.pk
    forged = f"{other.pk}:{own_addresses.token(one.pk).split(':')[1]}"
    assert own_addresses.bot_of(forged) is None


def test_no_row_holds_it_when_a_bot_is_sent(workspace, team):
    bot = actions.send(
        team, policy.Ask(meeting_url=LINK), by=None, token="form", now=timezone.now()
    )
    token = own_addresses.token(bot.pk)
    assert token in json.dumps(deciding.as_sent(bot.request, bot))
    assert listening.listens(bot.request["recording_config"])
    reasons = deciding.explain(bot).reasons
    assert "while the meeting runs" in reasons["recording_config.realtime_endpoints"]
    for model in apps.get_app_config("bots").get_models():
        for row in model._default_manager.values():
            assert token not in str(row), model
    assert Bot.objects.get().request == bot.request


def test_the_log_says_none(workspace):
    token = own_addresses.token(make_bot(workspace).pk)
    for line in (f"POST /realtime/recall/{token}/ 503", f"?next=%2Frealtime%2Frecall%2F{token}%2F"):
        assert token not in logs.mask(line)
        assert token.split(":")[1] not in logs.mask(line)


@pytest.mark.parametrize(
    "url",
    ["https://dash.example/realtime/recall/1:a/", "http://old.example:8/realtime/recall/2:b/"],
)
def test_it_is_taken_out_of_answers_wherever_we_were(url):
    answer = {
        "recording_config": {"realtime_endpoints": [{"url": url}, {"url": "wss://x.example"}]}
    }
    assert own_addresses.taken_out(answer)["recording_config"]["realtime_endpoints"] == [
        {"url": listening.PLACE},
        {"url": "wss://x.example"},
    ]
