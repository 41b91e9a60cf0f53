"""A key belongs to one region: tried before it is stored, and where it belongs is said."""

import httpx
import pytest

from bots import conf, connection
from bots.models import Workspace
from tests.world import NOW, at, make_workspace

KEY = "key-of-frankfurt-1234"
HOME = "eu-central-1"
in_database = pytest.mark.django_db


@pytest.fixture
def asked(settings, monkeypatch):
    """Recall in four regions, where Frankfurt alone knows the key; the regions in turn asked."""
    settings.RECALL_BASE_URL = "https://{region}.recall.example"
    asked = []

    def answer(request):
        region = request.url.host.removesuffix(".recall.example")
        asked.append(region)
        if region == HOME and request.headers["Authorization"] == f"Token {KEY}":
            return httpx.Response(200, json={"results": [], "next": None})
        return httpx.Response(401, json={"code": "authentication_failed"})

    monkeypatch.setattr(conf, "transport", lambda: httpx.MockTransport(answer))
    return asked


def recall_says(monkeypatch, status, **options):
    def answer(request):
        if status is None:
            raise httpx.ConnectError("away")
        return httpx.Response(status, **options)

    monkeypatch.setattr(conf, "transport", lambda: httpx.MockTransport(answer))


def test_it_knows_a_key_at_home(asked):
    verdict = connection.judge(KEY, HOME)
    assert (verdict.fits, verdict.is_refusal, verdict.region) == (True, False, HOME)
    assert asked == [HOME]


@pytest.mark.parametrize("region", sorted(set(connection.REGIONS) - {HOME}))
def test_it_names_the_region_that_a_key_belongs_to(asked, region):
    verdict = connection.judge(KEY, region)
    assert (verdict.fits, verdict.is_refusal, verdict.region) == (False, True, HOME)
    assert "Europe (Frankfurt)" in verdict.sentence
    assert asked[0] == region


def test_it_asks_everywhere_before_it_calls_a_key_unknown(asked):
    verdict = connection.judge("some-other-key", "us-west-2")
    assert (verdict.is_refusal, verdict.region) == (True, "")
    assert sorted(asked) == sorted(connection.REGIONS)


@pytest.mark.parametrize("key", ["", "  ", "two words", "ключ", "line\nbreak", "nul\0"])
def test_it_sends_nobody_what_cannot_be_a_key(asked, key):
    assert connection.judge(key, HOME).is_refusal
    assert asked == []


@in_database
def test_it_stores_a_key_that_fits_and_looks_around_at_once(asked):
    workspace = make_workspace(
        key_problem="old", quiet_until=at(99), discovered_at=NOW, glanced_at=NOW
    )
    connection.connect(workspace, api_key=KEY, region=HOME, now=at(1))
    kept = Workspace.objects.get()
    assert (kept.api_key, kept.region, kept.key_problem) == (KEY, HOME, "")
    assert kept.key_checked_at == at(1)
    assert (kept.quiet_until, kept.discovered_at, kept.glanced_at) == (None, None, None)


@in_database
def test_it_leaves_everything_when_recall_refuses(asked):
    workspace = make_workspace(api_key="the-old-one-1234")
    connection.connect(workspace, api_key="some-other-key", region="us-east-1", now=NOW)
    kept = Workspace.objects.get()
    assert (kept.api_key, kept.region, kept.key_checked_at) == (
        "the-old-one-1234",
        "us-west-2",
        None,
    )


@in_database
def test_it_chooses_the_region_that_the_key_belongs_to_and_says_so(asked):
    workspace = make_workspace(api_key="the-old-one-1234")
    verdict = connection.connect(workspace, api_key=KEY, region="us-east-1", now=NOW)
    kept = Workspace.objects.get()
    assert (kept.api_key, kept.region, kept.key_problem) == (KEY, HOME, "")
    assert verdict.sentence == ("This key belongs to Europe (Frankfurt), so that region is chosen.")


@in_database
@pytest.mark.parametrize("status", [None, 402, 403, 429, 500])
def test_it_stores_what_could_not_be_tried_and_says_so(monkeypatch, status):
    recall_says(monkeypatch, status, json={})
    workspace = make_workspace()
    verdict = connection.connect(workspace, api_key=KEY, region=HOME, now=NOW)
    kept = Workspace.objects.get()
    assert not verdict.fits
    assert (kept.api_key, kept.key_problem) == (KEY, verdict.sentence)


@in_database
def test_it_keeps_what_webhooks_wrote_while_the_key_was_tried(asked):
    workspace = make_workspace()
    Workspace.objects.update(last_delivery_at=at(5))
    connection.connect(workspace, api_key=KEY, region=HOME, now=NOW)
    assert Workspace.objects.get().last_delivery_at == at(5)
