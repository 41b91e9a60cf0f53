"""The connection doctor: each line says what is so, and what helps."""

import httpx
import pytest

from bots import conf, connection, doctor
from bots.models import Budget, Call, Ear, Workspace
from tests.world import NOW, SECRET, at, make_bot, make_workspace

pytestmark = pytest.mark.django_db
KEY = "key-of-frankfurt-1234"
HOME = "eu-central-1"


class Recall:
    """Four regions, of which Frankfurt alone knows the key; or one answer everywhere."""

    def __init__(self):
        self.asked, self.status = [], None

    def __call__(self, request):
        region = request.url.host.removesuffix(".recall.example")
        self.asked.append(region)
        if self.status is None and region == HOME:
            return httpx.Response(200, json={"results": [], "next": None})
        return httpx.Response(self.status or 401, json={})


@pytest.fixture
def recall(settings, monkeypatch):
    settings.RECALL_BASE_URL = "https://{region}.recall.example"
    recall = Recall()
    monkeypatch.setattr(conf, "transport", lambda: httpx.MockTransport(recall))
    return recall


@pytest.fixture
def workspace():
    return make_workspace(api_key=KEY, region=HOME)


def findings(workspace, *, seconds=0, verdict=None):
    workspace.refresh_from_db()
    found = doctor.examine(workspace, now=at(seconds), verdict=verdict)
    return {finding.name: finding for finding in found}


def check(workspace, seconds=0):
    verdict = doctor.check(workspace, clock=lambda: at(seconds))
    return findings(workspace, seconds=seconds, verdict=verdict)


def test_it_finds_a_good_key_good_and_takes_back_what_was_wrong(workspace, recall):
    Workspace.objects.update(key_problem="old", quiet_until=at(500))
    workspace.refresh_from_db()
    found = check(workspace)
    assert (found["API key"].state, found["Region"].state) == ("ok", "ok")
    assert "Europe (Frankfurt)" in found["Region"].sentence
    assert recall.asked == [HOME]
    assert (workspace.key_problem, workspace.quiet_until) == ("", None)


@pytest.mark.parametrize("region", sorted(set(connection.REGIONS) - {HOME}))
def test_it_names_the_region_that_the_key_belongs_to(workspace, recall, region):
    Workspace.objects.update(region=region)
    workspace.refresh_from_db()
    found = check(workspace)
    assert (found["API key"].state, found["Region"].state) == ("ok", "bad")
    assert "belongs to Europe (Frankfurt) (eu-central-1)" in found["Region"].sentence
    assert found["Region"].cure == "Choose Europe (Frankfurt) in the settings and save."
    assert workspace.quiet_until == at(600)  # nothing in the background calls in vain


def test_it_asks_all_regions_before_it_calls_a_key_unknown(workspace, recall):
    recall.status = 401
    found = check(workspace)
    assert found["API key"].state == "bad"
    assert sorted(recall.asked) == sorted(connection.REGIONS)


@pytest.mark.parametrize("status", [429, 500, 402])
def test_an_answer_that_says_nothing_of_the_key_changes_nothing(workspace, recall, status):
    recall.status = status
    found = check(workspace)
    assert found["API key"].state == "warning"
    assert workspace.key_problem == ""


def test_its_calls_stand_in_the_request_log(workspace, recall):
    recall.status = 401
    check(workspace)
    assert list(Call.objects.values_list("lane", "status")) == [("click", 401)] * 4


def test_it_says_that_a_key_cannot_be_read_and_asks_nobody(workspace, recall, settings):
    settings.SECRET_KEY = "another one, as after a lost .env"
    fresh = Workspace.objects.get(pk=workspace.pk)
    found = check(fresh)
    assert found["API key"].state == found["Unreadable secret"].state == "bad"
    assert "ENCRYPTION_KEYS" in found["API key"].cure
    assert recall.asked == []


def test_it_asks_nobody_without_a_key(recall):
    found = check(make_workspace("bare", api_key=""))
    assert (found["API key"].state, recall.asked) == ("bad", [])


def test_it_says_which_secret_signs(workspace):
    assert findings(workspace)["Webhook secret"].state == "open"
    workspace.secrets.update(last_used_at=at(-30))
    found = findings(workspace)["Webhook secret"]
    assert (found.state, found.at) == ("ok", at(-30))
    assert SECRET[-4:] in found.sentence
    assert SECRET not in found.sentence
    workspace.replace_webhook_secret("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", now=NOW)
    assert "old one" in findings(workspace)["Webhook secret"].sentence
    workspace.secrets.all().delete()
    assert findings(workspace)["Webhook secret"].state == "bad"


def test_it_tells_the_last_delivery_and_the_last_refusal(workspace):
    found = findings(workspace)
    assert (found["Last webhook"].state, found["Last refused"].state) == ("open", "ok")
    Workspace.objects.update(
        last_delivery_at=at(-60), last_refused_at=at(-30), last_refusal="Webhook refused: why."
    )
    found = findings(workspace)
    assert (found["Last webhook"].state, found["Last webhook"].at) == ("ok", at(-60))
    assert (found["Last refused"].state, found["Last refused"].sentence) == (
        "warning",
        "Webhook refused: why.",
    )
    Workspace.objects.update(last_delivery_at=at(-10))
    assert findings(workspace)["Last refused"].state == "ok"


@pytest.mark.parametrize(
    ("skew_s", "state"), [(None, "open"), (1, "ok"), (119, "ok"), (130, "bad"), (-400, "bad")]
)
def test_it_compares_the_clocks(workspace, skew_s, state):
    Workspace.objects.update(clock_skew_s=skew_s, clock_checked_at=NOW)
    assert findings(workspace)["Clock"].state == state


def test_it_says_what_is_used_of_the_limits_and_what_is_closed(workspace):
    assert findings(workspace)["Rate limits"].state == "ok"
    for n in range(50):
        Call.objects.create(
            workspace=workspace,
            lane="sync",
            endpoint="bot_list",
            counted="bot_list",
            method="GET",
            path="/api/v1/bot/",
            at=at(-n),
        )
    found = findings(workspace)["Rate limits"]
    assert (found.state, "50 of 60" in found.sentence) == ("warning", True)
    Budget.objects.create(workspace=workspace, counted="bot_list", closed_until=at(30))
    assert "asked for fewer calls: bot_list" in findings(workspace)["Rate limits"].sentence


def test_it_knows_that_no_webhook_can_come(workspace, settings):
    settings.PUBLIC_URL, settings.SANDBOX = "", False
    found = findings(workspace)
    assert found["Webhook address"].state == "warning"
    assert "PUBLIC_URL" in found["Webhook address"].cure


def test_it_says_whether_live_words_come(workspace):
    assert findings(workspace)["Live words"].state == "open"
    bot = make_bot(workspace)
    ear = Ear.objects.create(bot=bot, heard_at=NOW)
    assert findings(workspace)["Live words"].state == "ok"
    ear.failed_at, ear.failure = at(10), "TLS handshake failed."
    ear.save()
    found = findings(workspace)["Live words"]
    assert (found.state, "TLS handshake failed." in found.sentence) == ("bad", True)
    Ear.objects.create(bot=make_bot(workspace), refused_at=at(20), refusal="It is not signed.")
    assert findings(workspace)["Live words"].sentence == "It is not signed."
    ear.heard_at = at(30)
    ear.save()
    assert findings(workspace)["Live words"].state == "ok"
